//! Owns the reading of the fields that every packet needs, once the headers are found.
//! Hot. Refuses to find them.
//!
//! Always in this order, whatever that of the message is.

use super::Pass;
use crate::bytes::{VISIBLE, decimal, holds, run, skip};
use crate::field::{cseq, name_addr, route, via};
use crate::index::SeenById;
use crate::list::Elements;
use crate::span::{low8, low16};
use crate::{ErrorKind, HeaderId, MaxForwards, Method, Span, Start};

impl Pass<'_, '_> {
    /// `bytes` are those of the pass. They go from hand to hand, since what is known of their length
    /// would be forgotten with each look at the pass.
    #[inline]
    pub(super) fn fields(&mut self, bytes: &[u8]) {
        self.via(bytes);
        self.from(bytes);
        self.to(bytes);
        self.call_id(bytes);
        self.content_length(bytes);
        // These three depend on whether it is a request, so they are one guess.
        self.cseq(bytes);
        self.max_forwards(bytes);
        self.route(bytes);
    }

    /// The value of the first header of an id, and its number.
    #[inline]
    pub(super) fn value(&self, bytes: &[u8], id: HeaderId) -> Option<(Span, usize)> {
        let (entry, number) = self.index.first(id)?;
        Some((entry.value(bytes), number))
    }

    /// The value of a header that may stand only once.
    #[inline]
    fn sole(&mut self, bytes: &[u8], id: HeaderId) -> Option<Span> {
        let entry = self.index.headers.get(usize::from(self.index.seen.last(id)))?;
        if entry.before != SeenById::ABSENT {
            return self.duplicate(bytes, id);
        }
        Some(entry.value(bytes))
    }

    /// As [`Pass::sole`] where there are more: a fault, and the value of the first one.
    #[cold]
    fn duplicate(&mut self, bytes: &[u8], id: HeaderId) -> Option<Span> {
        let entries = self.index.headers.iter().take(usize::from(self.index.header_count));
        if let Some(second) = entries.filter(|entry| entry.id == id).nth(1) {
            let at = usize::from(second.at);
            self.fault(ErrorKind::DuplicateHeader, at);
        }
        self.value(bytes, id).map(|(value, _)| value)
    }

    /// As [`Pass::sole`] for a header that each message has.
    #[inline]
    fn needed(&mut self, bytes: &[u8], id: HeaderId, missing: ErrorKind) -> Option<Span> {
        let value = self.sole(bytes, id);
        if value.is_none() {
            self.fault(missing, usize::from(self.index.headers_end));
        }
        value
    }

    #[inline]
    fn via(&mut self, bytes: &[u8]) {
        let Some((value, number)) = self.value(bytes, HeaderId::Via) else {
            return self.fault(ErrorKind::MissingVia, usize::from(self.index.headers_end));
        };
        if let Err(fault) = via::parse(bytes, value, number, &mut self.index.via) {
            self.keep(fault);
        }
        let last = self.index.seen.last(HeaderId::Via);
        self.index.via_count = 1;
        if !self.index.via.sole || usize::from(last) != number {
            self.count_vias(bytes, number, usize::from(last));
        }
        if self.index.via_count > self.limits.max_hops {
            self.fault(ErrorKind::TooManyHops, value.start());
        }
    }

    /// Counts the Via values from header `first`, whose first value has been read, to header `last`.
    ///
    /// Each header names the one of its kind in front of it, so no other is looked at.
    #[inline(never)]
    fn count_vias(&mut self, bytes: &[u8], first: usize, last: usize) {
        let (mut count, mut number) = (0u16, last);
        while let Some(entry) = self.index.headers.get(number) {
            let (before, value) = (usize::from(entry.before), entry.value(bytes));
            let is_sole = number == first && self.index.via.sole;
            // Nearly always a line holds one value, and no comma at all.
            if is_sole || (!value.is_empty() && !holds(bytes, value.start(), value.end(), b',')) {
                count = count.saturating_add(1);
            } else {
                count = count.saturating_add(self.count_elements(bytes, value));
            }
            if number == first {
                break;
            }
            number = before;
        }
        self.index.via_count = count;
    }

    /// How many values one Via header has; an empty one is a fault.
    fn count_elements(&mut self, bytes: &[u8], value: Span) -> u16 {
        let mut count = 0u16;
        for element in Elements::new(bytes, value) {
            count = count.saturating_add(1);
            if element.is_empty() {
                self.fault(ErrorKind::Via, element.start());
            }
        }
        if count == 0 {
            self.fault(ErrorKind::Via, value.start());
        }
        count
    }

    #[inline]
    fn from(&mut self, bytes: &[u8]) {
        if let Some(value) = self.needed(bytes, HeaderId::From, ErrorKind::MissingFrom)
            && let Err(fault) = name_addr::read(bytes, value, ErrorKind::From, &mut self.index.from)
        {
            self.keep(fault);
        }
    }

    #[inline]
    fn to(&mut self, bytes: &[u8]) {
        if let Some(value) = self.needed(bytes, HeaderId::To, ErrorKind::MissingTo)
            && let Err(fault) = name_addr::read(bytes, value, ErrorKind::To, &mut self.index.to)
        {
            self.keep(fault);
        }
    }

    #[inline]
    fn call_id(&mut self, bytes: &[u8]) {
        if let Some(value) = self.needed(bytes, HeaderId::CallId, ErrorKind::MissingCallId) {
            self.index.call_id = value;
            if !value.is_empty()
                && run(bytes, value.start(), &VISIBLE) == Some(usize::from(value.len))
            {
                return;
            }
            let end = skip(bytes, value.start(), value.end(), &VISIBLE);
            if value.is_empty() || end != value.end() {
                self.fault(ErrorKind::CallId, end);
            }
        }
    }

    #[inline]
    fn cseq(&mut self, bytes: &[u8]) {
        let Some(value) = self.needed(bytes, HeaderId::CSeq, ErrorKind::MissingCSeq) else {
            return;
        };
        if let Err(fault) = cseq::parse(bytes, value, &mut self.index.cseq) {
            self.index.cseq.value = value;
            return self.keep(fault);
        }
        let cseq = &self.index.cseq;
        if let Start::Request { method, method_text, .. } = self.index.start {
            // RFC 3261 §8.1.1.5: the method MUST match that of the request.
            let same = cseq.method == method
                && (method != Method::Other || method_text.of(bytes) == cseq.method_text.of(bytes));
            if !same {
                self.fault(ErrorKind::CSeqMethod, cseq.method_text.start());
            }
        }
    }

    #[inline]
    fn max_forwards(&mut self, bytes: &[u8]) {
        let Some(value) = self.sole(bytes, HeaderId::MaxForwards) else { return };
        match decimal(bytes, value.start(), value.end()) {
            Some(number @ ..=0xff) => {
                let count = low8(number as usize);
                self.index.max_forwards = Some(MaxForwards { value: count, text: value });
            }
            _ => self.fault(ErrorKind::MaxForwards, value.start()),
        }
    }

    #[inline]
    fn content_length(&mut self, bytes: &[u8]) {
        let Some(value) = self.sole(bytes, HeaderId::ContentLength) else { return };
        match decimal(bytes, value.start(), value.end()) {
            Some(number @ ..=0xffff) => self.index.content_length = Some(low16(number as usize)),
            // No datagram is that long.
            Some(_) => self.fault(ErrorKind::ContentTooShort, value.start()),
            None => self.fault(ErrorKind::ContentLength, value.start()),
        }
    }

    #[inline]
    fn route(&mut self, bytes: &[u8]) {
        if let Some((value, number)) = self.value(bytes, HeaderId::Route)
            && matches!(self.index.start, Start::Request { .. })
        {
            match route::first(bytes, value, number) {
                Ok(route) => self.index.route = Some(route),
                Err(fault) => self.keep(fault),
            }
        }
    }
}
