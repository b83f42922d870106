//! Owns the patch: edits over a received message, written in one pass.
//! Hot. Refuses to know what an edit means.
//!
//! A patch is a list of places sorted by offset. Writing copies the message from place to place,
//! so every byte that no edit names arrives as it was. Mistakes stick, as in [`Writer`]: fill the
//! patch without looking, and [`Patch::apply`] reports the first one.

use crate::bytes::{LWS, byte, is};
use crate::list::Elements;
use crate::write::{Overflow, Writer};
use crate::{Message, Span};

/// What an edit puts in place. Numbers are held as such and become digits when they are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'t> {
    Slice(&'t [u8]),
    Number(u32),
    /// `=` and a number.
    EqualsNumber(u32),
    /// An IPv4 address.
    Address(u32),
    /// `;received=` and an IPv4 address.
    Received(u32),
}

impl Message<'_> {
    /// Where a part of this message stands that a view has handed out, for a patch to change it;
    /// `None` for what is empty, or not a part of it.
    ///
    /// ```
    /// use parser::edit::Patch;
    /// use parser::view::contact::{self, Contact};
    /// use parser::{HeaderId, Index, Limits, parse};
    ///
    /// let text = b"OPTIONS sip:b@example.com SIP/2.0\r\n\
    ///     Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
    ///     From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n\
    ///     Call-ID: 1@example.com\r\nCSeq: 1 OPTIONS\r\n\
    ///     Contact: <sip:a@192.0.2.1>;q=0.5 ;expires=60;x\r\n\r\n";
    /// let buffer = simd::padded(text);
    /// let datagram = simd::Padded::new(&buffer, text.len()).unwrap();
    /// let mut index = Index::new();
    /// let message = parse(datagram, &Limits::default(), &mut index).unwrap();
    ///
    /// let contact = message.view(HeaderId::Contact, contact::parse).unwrap().unwrap();
    /// let Contact::Param(contact) = contact else { panic!() };
    /// let params = contact.address.params;
    /// let mut patch = Patch::<2>::of(&message);
    /// patch.delete(message.span_of(params.written(b"expires").unwrap()).unwrap());
    /// patch.replace(message.span_of(contact.address.uri).unwrap(), b"sip:a@198.51.100.1");
    /// let mut out = [0; 512];
    /// let len = patch.apply(message.bytes(), &mut out).unwrap();
    /// assert!(out[..len].ends_with(b"Contact: <sip:a@198.51.100.1>;q=0.5;x\r\n\r\n"));
    /// ```
    pub fn span_of(&self, part: &[u8]) -> Option<Span> {
        let from = part.as_ptr().addr().checked_sub(self.bytes().as_ptr().addr())?;
        let end = from.checked_add(part.len())?;
        let inside = !part.is_empty() && end <= self.bytes().len();
        inside.then(|| Span::between(from, end))
    }
}

#[derive(Clone, Copy, Debug)]
struct Edit<'t> {
    at: u16,
    remove: u16,
    text: Text<'t>,
}

impl Edit<'_> {
    #[inline]
    fn end(&self) -> u32 {
        u32::from(self.at) + u32::from(self.remove)
    }
}

/// A sorted list of at most `N` edits over one message. `'t` is the life of the inserted texts.
#[derive(Clone, Debug)]
pub struct Patch<'t, const N: usize> {
    edits: [Edit<'t>; N],
    len: usize,
    fault: Option<Overflow>,
}

impl<'t, const N: usize> Patch<'t, N> {
    /// A patch of `message` that changes nothing but leave out its preamble.
    #[inline]
    pub fn of(message: &Message<'_>) -> Patch<'t, N> {
        let mut patch = Patch::empty();
        if !message.preamble().is_empty() {
            patch.delete(message.preamble());
        }
        patch
    }

    #[inline]
    pub(crate) fn empty() -> Patch<'t, N> {
        let nothing = Edit { at: 0, remove: 0, text: Text::Slice(&[]) };
        Patch { edits: [nothing; N], len: 0, fault: None }
    }

    /// Inserts `text` in front of the byte at `at`. Inserts at one place stay in order of calls,
    /// and in front of what replaces the bytes there.
    #[inline]
    pub fn insert_at(&mut self, at: u16, text: &'t [u8]) -> &mut Self {
        self.push(at, 0, Text::Slice(text))
    }

    /// Inserts a decimal number in front of the byte at `at`.
    #[inline]
    pub fn insert_number(&mut self, at: u16, number: u32) -> &mut Self {
        self.push(at, 0, Text::Number(number))
    }

    /// Replaces the bytes of `span` with `text`.
    #[inline]
    pub fn replace(&mut self, span: Span, text: &'t [u8]) -> &mut Self {
        self.push(span.off, span.len, Text::Slice(text))
    }

    /// Replaces the bytes of `span` with a decimal number.
    #[inline]
    pub fn replace_number(&mut self, span: Span, number: u32) -> &mut Self {
        self.push(span.off, span.len, Text::Number(number))
    }

    /// Removes the bytes of `span`.
    #[inline]
    pub fn delete(&mut self, span: Span) -> &mut Self {
        self.push(span.off, span.len, Text::Slice(&[]))
    }

    /// Removes one element of the comma list in the header with that number: with its comma and
    /// empty elements beside it, or the whole line if it is the only element. An unknown header
    /// number removes nothing and makes [`Patch::apply`] fail.
    ///
    /// Two deletions in one line overlap if the second is that of the last element:
    /// [`Patch::delete_leading_values`] removes several.
    #[inline]
    pub fn delete_value(
        &mut self,
        message: &Message<'_>,
        header: usize,
        element: Span,
    ) -> &mut Self {
        let Some(header) = message.header(header) else { return self.fail(Overflow::Range) };
        let (bytes, value) = (message.bytes(), header.value);
        let between = |at: usize| is(byte(bytes, at), &LWS) || byte(bytes, at) == b',';
        let next = (element.end()..value.end()).find(|at| !between(*at));
        if let Some(next) = next {
            return self.delete(Span::between(element.start(), next));
        }
        let last = (value.start()..element.start()).rev().find(|at| !between(*at));
        match last {
            Some(last) => self.delete(Span::between(last + 1, value.end())),
            None => self.delete(header.line),
        }
    }

    /// Removes the first `count` elements of the comma list in the header with that number, or the
    /// whole line if it has no more.
    #[inline]
    pub fn delete_leading_values(
        &mut self,
        message: &Message<'_>,
        header: usize,
        count: usize,
    ) -> &mut Self {
        let Some(header) = message.header(header) else { return self.fail(Overflow::Range) };
        if count == 0 {
            return self;
        }
        let mut others = Elements::new(message.bytes(), header.value).skip(count);
        match others.find(|element| !element.is_empty()) {
            Some(kept) => self.delete(Span::between(header.value.start(), kept.start())),
            None => self.delete(header.line),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, at: u16, remove: u16, text: Text<'t>) -> &mut Self {
        let edit = Edit { at, remove, text };
        let known = self.edits.get(..self.len).unwrap_or_default();
        // An edit that removes goes behind the inserts at its place.
        let behind = known
            .iter()
            .rposition(|other| (other.at, other.remove.min(1)) <= (at, remove.min(1)))
            .map_or(0, |place| place + 1);
        let in_front = behind.checked_sub(1).and_then(|place| known.get(place));
        let next = known.get(behind);
        if in_front.is_some_and(|other| other.end() > u32::from(at))
            || next.is_some_and(|other| edit.end() > u32::from(other.at))
        {
            return self.fail(Overflow::Overlap);
        }
        let Some(tail) = self.edits.get_mut(behind..=self.len) else {
            return self.fail(Overflow::Edits);
        };
        tail.rotate_right(1);
        if let Some(place) = tail.first_mut() {
            *place = edit;
        }
        self.len += 1;
        self
    }

    #[cold]
    fn fail(&mut self, fault: Overflow) -> &mut Self {
        self.fault.get_or_insert(fault);
        self
    }

    /// Writes `message`, the bytes that the patch was made for, with the edits into `out`; returns
    /// the length.
    ///
    /// # Errors
    /// What did not fit, or which rule of patches was broken while it was filled.
    #[inline]
    pub fn apply(&self, message: &[u8], out: &mut [u8]) -> Result<usize, Overflow> {
        let mut writer = Writer::new(out);
        self.write(message, 0, message.len(), &mut writer);
        writer.finish()
    }

    /// Writes `from..to` of the message with the edits, all of which stand there.
    #[inline]
    pub(crate) fn write(&self, message: &[u8], from: usize, to: usize, writer: &mut Writer<'_>) {
        if let Some(fault) = self.fault {
            writer.fail(fault);
            return;
        }
        let mut at = from;
        for edit in self.edits.get(..self.len).unwrap_or_default() {
            match message.get(at..usize::from(edit.at)) {
                Some(kept) => writer.bytes(kept),
                None => return writer.fail(Overflow::Range),
            };
            match edit.text {
                Text::Slice(text) => writer.bytes(text),
                Text::Number(number) => writer.number(number),
                Text::EqualsNumber(number) => writer.bytes(b"=").number(number),
                Text::Address(address) => writer.ipv4(address),
                Text::Received(address) => writer.bytes(b";received=").ipv4(address),
            };
            at = usize::from(edit.at) + usize::from(edit.remove);
        }
        match message.get(at..to) {
            Some(kept) => {
                writer.bytes(kept);
            }
            None => writer.fail(Overflow::Range),
        }
    }
}
