//! Owns the reading of a parsed message.
//! Hot. Refuses to change it: [`crate::edit::Patch`] writes changed copies.

use simd::Padded;

use crate::entry::Entry;
use crate::field::{name_addr, route};
use crate::uri::{self, Uri};
use crate::{
    CSeq, Header, HeaderId, Index, MaxForwards, Method, NameAddr, ParseError, RouteValue, Span,
    Start, TopVia, list,
};

/// A parsed message: its bytes and the index over them. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    pub(crate) bytes: &'m [u8],
    /// The same and all that stands behind it, for searches that look at a block at a time.
    pub(crate) wide: &'m [u8],
    pub(crate) index: &'m Index,
}

impl<'m> Message<'m> {
    /// The message of a datagram that [`crate::scan`] has taken in, with the index that it filled.
    ///
    /// Another datagram or index gives a message of wrong texts, and nothing worse.
    #[inline]
    pub fn of(datagram: Padded<'m>, index: &'m Index) -> Message<'m> {
        let bytes = datagram.truncated(index.body.end()).bytes();
        Message { bytes, wide: datagram.with_padding(), index }
    }

    /// What can be answered of a request that [`crate::parse`] refused: `datagram` and `index` as
    /// they were given to it.
    ///
    /// `Some` only for a request other than ACK of which a Via, From, To, Call-ID and CSeq were
    /// found, that has no more headers than the limit and holds no line that could split the
    /// answer. Any of them may be the malformed one, and is copied as it is; a Via that was not
    /// understood says nothing about the way back, which leaves the source.
    #[cold]
    pub fn for_reply(datagram: &'m [u8], index: &'m Index) -> Option<Message<'m>> {
        let Start::Request { method, .. } = index.start else { return None };
        let needed =
            [HeaderId::Via, HeaderId::From, HeaderId::To, HeaderId::CallId, HeaderId::CSeq];
        let message = Message { bytes: datagram, wide: datagram, index };
        let found = index.start_ok
            && index.answerable
            && needed.into_iter().all(|id| message.find(id).is_some());
        (found && method != Method::Ack).then_some(message)
    }

    /// The datagram up to the end of the body: what Content-Length cuts off is not part of it.
    #[inline]
    pub fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    /// The bytes that `span` covers.
    #[inline]
    pub fn text(&self, span: Span) -> &'m [u8] {
        span.of(self.bytes)
    }

    /// The start line.
    #[inline]
    pub fn start(&self) -> Start {
        self.index.start
    }

    /// The method of a request, [`Method::Other`] for unknown ones; `None` for a response.
    #[inline]
    pub fn method(&self) -> Option<Method> {
        match self.index.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// RFC 3261 §7.5: line ends in front of the start line, which are to be ignored; usually
    /// empty. [`crate::edit::Patch::of`] leaves them out.
    #[inline]
    pub fn preamble(&self) -> Span {
        Span { off: 0, len: self.index.preamble }
    }

    /// Offset behind the start line, where a header that shall be the first is inserted.
    #[inline]
    pub fn first_header_at(&self) -> u16 {
        self.index.first_header_at
    }

    /// Offset of the empty line, where a header that shall be the last is inserted.
    #[inline]
    pub fn headers_end(&self) -> u16 {
        self.index.headers_end
    }

    /// All headers in order.
    #[inline]
    pub fn headers(&self) -> impl ExactSizeIterator<Item = Header> + Clone + use<'m> {
        let bytes = self.wide;
        self.entries().iter().map(|entry| entry.header(bytes))
    }

    /// The header with that number, counted from 0.
    #[inline]
    pub fn header(&self, number: usize) -> Option<Header> {
        self.entries().get(number).map(|entry| entry.header(self.wide))
    }

    /// The first header with that id, in as many steps as headers have it; `HeaderId::Other` finds
    /// the first unknown.
    #[inline]
    pub fn find(&self, id: HeaderId) -> Option<Header> {
        self.header(self.find_number(id)?)
    }

    /// The number of the first header with that id.
    #[inline]
    pub fn find_number(&self, id: HeaderId) -> Option<usize> {
        self.index.first(id).map(|(_, number)| number)
    }

    /// All headers with that id, in order.
    #[inline]
    pub fn all(&self, id: HeaderId) -> impl Iterator<Item = Header> + Clone + use<'m> {
        let from = self.find_number(id).unwrap_or(usize::MAX);
        let entries = self.entries().get(from..).unwrap_or_default();
        let bytes = self.wide;
        entries.iter().filter(move |entry| entry.id == id).map(|entry| entry.header(bytes))
    }

    /// All values of all headers with that id, comma lists split, in order.
    #[inline]
    pub fn values(&self, id: HeaderId) -> Values<'m> {
        Values::new(*self, id)
    }

    /// The top Via.
    #[inline]
    pub fn via(&self) -> &'m TopVia {
        &self.index.via
    }

    /// How many Via values there are over all Via headers.
    #[inline]
    pub fn via_count(&self) -> u16 {
        self.index.via_count
    }

    /// All Via values in order; [`crate::view::via`] reads one.
    #[inline]
    pub fn vias(&self) -> Values<'m> {
        self.values(HeaderId::Via)
    }

    /// From.
    #[inline]
    pub fn from(&self) -> &'m NameAddr {
        &self.index.from
    }

    /// To.
    #[inline]
    pub fn to(&self) -> &'m NameAddr {
        &self.index.to
    }

    /// The value of Call-ID.
    #[inline]
    pub fn call_id(&self) -> Span {
        self.index.call_id
    }

    /// CSeq.
    #[inline]
    pub fn cseq(&self) -> &'m CSeq {
        &self.index.cseq
    }

    /// Max-Forwards, where there is one.
    #[inline]
    pub fn max_forwards(&self) -> Option<MaxForwards> {
        self.index.max_forwards
    }

    /// Content-Length, where there is one.
    #[inline]
    pub fn content_length(&self) -> Option<u16> {
        self.index.content_length
    }

    /// The body, possibly empty.
    #[inline]
    pub fn body(&self) -> Span {
        self.index.body
    }

    /// The first Route of a request. Responses have none worth reading.
    #[inline]
    pub fn route(&self) -> Option<RouteValue> {
        self.index.route
    }

    /// The first Record-Route.
    #[inline]
    pub fn record_route(&self) -> Option<RouteValue> {
        let (entry, number) = self.index.first(HeaderId::RecordRoute)?;
        let value = entry.value(self.wide);
        match route::first(self.wide, value, number) {
            Ok(first) => Some(first),
            Err(_) => self.record_routes().next(),
        }
    }

    /// All Route values in order.
    #[inline]
    pub fn routes(&self) -> RouteValues<'m> {
        RouteValues { values: self.values(HeaderId::Route) }
    }

    /// All Record-Route values in order.
    #[inline]
    pub fn record_routes(&self) -> RouteValues<'m> {
        RouteValues { values: self.values(HeaderId::RecordRoute) }
    }

    /// The URI that `span` covers.
    ///
    /// # Errors
    /// As [`uri::parse`].
    #[inline]
    pub fn uri(&self, span: Span) -> Result<Uri<'m>, ParseError> {
        let wide = self.wide.get(span.start()..).unwrap_or_default();
        uri::parse_first(wide, usize::from(span.len))
    }

    /// The URI of the first Contact; `None` where there is none, or only a `*`, or a malformed one.
    #[inline]
    pub fn contact(&self) -> Option<Span> {
        let value = self.index.first(HeaderId::Contact)?.0.value(self.wide);
        // Nearly always it is one URI in brackets, and nothing else.
        match name_addr::usual_uri(self.wide, value.start()) {
            Some((uri, behind)) if behind == value.end() => Some(uri),
            _ => list::uri_of(self.wide, self.values(HeaderId::Contact).next()?),
        }
    }

    #[inline]
    fn entries(&self) -> &'m [Entry] {
        self.index.headers.get(..usize::from(self.index.header_count)).unwrap_or_default()
    }
}

/// The values of all headers of one id: see [`Message::values`].
#[derive(Clone, Debug)]
pub struct Values<'m> {
    message: Message<'m>,
    id: HeaderId,
    /// The header that is being split.
    header: usize,
    elements: list::Elements<'m>,
}

impl<'m> Values<'m> {
    #[inline]
    fn new(message: Message<'m>, id: HeaderId) -> Values<'m> {
        let header = message.find_number(id).unwrap_or(usize::MAX);
        let value = message.header(header).map_or(Span::NONE, |header| header.value);
        Values { message, id, header, elements: list::Elements::new(message.wide, value) }
    }

    /// Which header of the message the value that came last stands in.
    #[inline]
    pub fn header(&self) -> usize {
        self.header
    }
}

impl Iterator for Values<'_> {
    type Item = Span;

    #[inline]
    fn next(&mut self) -> Option<Span> {
        loop {
            if let Some(element) = self.elements.next() {
                return Some(element);
            }
            let rest = self.message.entries().get(self.header.checked_add(1)?..)?;
            let skipped = rest.iter().position(|entry| entry.id == self.id)?;
            self.header += 1 + skipped;
            let value = rest.get(skipped)?.value(self.message.wide);
            self.elements = list::Elements::new(self.message.wide, value);
        }
    }
}

/// The elements of all Route or Record-Route headers.
#[derive(Clone, Debug)]
pub struct RouteValues<'m> {
    values: Values<'m>,
}

impl Iterator for RouteValues<'_> {
    type Item = RouteValue;

    #[inline]
    fn next(&mut self) -> Option<RouteValue> {
        let value = self.values.next()?;
        let uri = list::uri_of(self.values.message.wide, value).unwrap_or(Span::NONE);
        Some(RouteValue { value, uri, header: self.values.header })
    }
}
