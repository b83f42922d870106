//! Owns the reading of the fields that every packet needs, once the headers are found.
//! Hot. Refuses to find them.
//!
//! Always in this order, whatever that of the message is.

use super::Pass;
use crate::bytes::{VISIBLE, decimal, skip};
use crate::field::{cseq, name_addr, route, via};
use crate::index::Seen;
use crate::list::Elements;
use crate::{ErrorKind, HeaderId, MaxForwards, Method, Span, Start};

impl Pass<'_, '_> {
    #[inline]
    pub(super) fn fields(&mut self) {
        self.via();
        self.from();
        self.to();
        self.call_id();
        self.cseq();
        self.max_forwards();
        self.content_length();
        self.route();
    }

    /// The value of the first header of an id, and its number.
    #[inline]
    pub(super) fn value(&self, id: HeaderId) -> Option<(Span, usize)> {
        let number = usize::from(self.index.seen.get(id as usize)?.first);
        Some((self.index.headers.get(number)?.value(self.bytes), number))
    }

    /// The value of a header that may stand only once.
    #[inline]
    fn sole(&mut self, id: HeaderId) -> Option<Span> {
        let Seen { first, last } = *self.index.seen.get(id as usize)?;
        let value = self.index.headers.get(usize::from(first))?.value(self.bytes);
        if first != last {
            self.duplicate(id);
        }
        Some(value)
    }

    #[cold]
    fn duplicate(&mut self, id: HeaderId) {
        let entries = self.index.headers.iter().take(usize::from(self.index.header_count));
        if let Some(second) = entries.filter(|entry| entry.id == id).nth(1) {
            let at = second.line.start();
            self.fault(ErrorKind::DuplicateHeader, at);
        }
    }

    /// As [`Pass::sole`] for a header that each message has.
    #[inline]
    fn needed(&mut self, id: HeaderId, missing: ErrorKind) -> Option<Span> {
        let value = self.sole(id);
        if value.is_none() {
            self.fault(missing, usize::from(self.index.headers_end));
        }
        value
    }

    #[inline]
    fn via(&mut self) {
        let Some((value, number)) = self.value(HeaderId::Via) else {
            return self.fault(ErrorKind::MissingVia, usize::from(self.index.headers_end));
        };
        if let Err(fault) = via::parse(self.bytes, value, number, &mut self.index.via) {
            self.keep(fault);
        }
        let last = self.index.seen.get(HeaderId::Via as usize).map_or(0, |seen| seen.last);
        self.index.via_count = 1;
        if !self.index.via.sole || usize::from(last) != number {
            self.count_vias(number, usize::from(last));
        }
        if self.index.via_count > self.limits.max_hops {
            self.fault(ErrorKind::TooManyHops, value.start());
        }
    }

    /// Counts the Via values from header `first` to header `last`.
    #[inline(never)]
    fn count_vias(&mut self, first: usize, last: usize) {
        let mut count = 0u16;
        let mut empty = None;
        for entry in self.index.headers.get(first..=last).unwrap_or_default() {
            if entry.id != HeaderId::Via {
                continue;
            }
            let (before, value) = (count, entry.value(self.bytes));
            for element in Elements::new(self.bytes, value) {
                count = count.saturating_add(1);
                if element.is_empty() {
                    empty = empty.or(Some(element));
                }
            }
            if count == before {
                empty = empty.or(Some(value));
            }
        }
        self.index.via_count = count;
        if let Some(empty) = empty {
            self.fault(ErrorKind::Via, empty.start());
        }
    }

    #[inline]
    fn from(&mut self) {
        if let Some(value) = self.needed(HeaderId::From, ErrorKind::MissingFrom)
            && let Err(fault) =
                name_addr::read(self.bytes, value, ErrorKind::From, &mut self.index.from)
        {
            self.keep(fault);
        }
    }

    #[inline]
    fn to(&mut self) {
        if let Some(value) = self.needed(HeaderId::To, ErrorKind::MissingTo)
            && let Err(fault) =
                name_addr::read(self.bytes, value, ErrorKind::To, &mut self.index.to)
        {
            self.keep(fault);
        }
    }

    #[inline]
    fn call_id(&mut self) {
        if let Some(value) = self.needed(HeaderId::CallId, ErrorKind::MissingCallId) {
            self.index.call_id = value;
            let end = skip(self.bytes, value.start(), value.end(), &VISIBLE);
            if value.is_empty() || end != value.end() {
                self.fault(ErrorKind::CallId, end);
            }
        }
    }

    #[inline]
    fn cseq(&mut self) {
        let Some(value) = self.needed(HeaderId::CSeq, ErrorKind::MissingCSeq) else { return };
        self.index.cseq.value = value;
        if let Err(fault) = cseq::parse(self.bytes, value, &mut self.index.cseq) {
            return self.keep(fault);
        }
        let cseq = &self.index.cseq;
        if let Start::Request { method, method_text, .. } = self.index.start {
            // RFC 3261 §8.1.1.5: the method MUST match that of the request.
            let same = cseq.method == method
                && (method != Method::Other
                    || method_text.of(self.bytes) == cseq.method_text.of(self.bytes));
            if !same {
                self.fault(ErrorKind::CSeqMethod, cseq.method_text.start());
            }
        }
    }

    #[inline]
    fn max_forwards(&mut self) {
        let Some(value) = self.sole(HeaderId::MaxForwards) else { return };
        let number = decimal(self.bytes, value.start(), value.end());
        match number.and_then(|number| u8::try_from(number).ok()) {
            Some(number) => {
                self.index.max_forwards = Some(MaxForwards { value: number, text: value });
            }
            None => self.fault(ErrorKind::MaxForwards, value.start()),
        }
    }

    #[inline]
    fn content_length(&mut self) {
        let Some(value) = self.sole(HeaderId::ContentLength) else { return };
        match decimal(self.bytes, value.start(), value.end()) {
            None => self.fault(ErrorKind::ContentLength, value.start()),
            Some(number) => match u16::try_from(number) {
                Ok(number) => self.index.content_length = Some(number),
                // No datagram is that long.
                Err(_) => self.fault(ErrorKind::ContentTooShort, value.start()),
            },
        }
    }

    #[inline]
    fn route(&mut self) {
        if let Some((value, number)) = self.value(HeaderId::Route)
            && matches!(self.index.start, Start::Request { .. })
        {
            match route::first(self.bytes, value, number) {
                Ok(route) => self.index.route = Some(route),
                Err(fault) => self.keep(fault),
            }
        }
    }
}
