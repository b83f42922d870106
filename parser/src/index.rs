//! Owns what the pass over a message found: a reusable struct of fixed size.
//! Hot. Refuses to hold bytes: [`crate::Message`] joins it with them.

use crate::entry::Entry;
use crate::field::cseq::CSeq;
use crate::field::name_addr::NameAddr;
use crate::field::route::RouteValue;
use crate::field::via::TopVia;
use crate::{HeaderId, Method, ParseError, Span, Start};

/// What a message may ask of the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most headers, each line counted; at most [`Index::HEADERS`].
    pub max_headers: u16,
    /// Most Via values over all Via headers.
    pub max_hops: u16,
    /// Longest header in bytes, with its folded lines.
    pub max_line: u16,
    /// Whether a line may end in a line feed alone.
    pub bare_lf: bool,
}

impl Limits {
    /// What the grammar says: CRLF. As many headers as the index holds, 70 hops (the usual
    /// Max-Forwards), 8 KiB a header.
    pub const STRICT: Limits =
        Limits { max_headers: 128, max_hops: 70, max_line: 8192, bare_lf: false };

    /// Takes what senders with line feeds alone write, too.
    pub const TOLERANT: Limits = Limits { bare_lf: true, ..Limits::STRICT };
}

impl Default for Limits {
    /// [`Limits::STRICT`].
    fn default() -> Limits {
        Limits::STRICT
    }
}

/// One header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name.
    pub id: HeaderId,
    /// From the name to the line end behind the last folded line, inclusive.
    pub line: Span,
    /// The name as it was written, without the white space behind it.
    pub name: Span,
    /// The value without the white space around it; folds inside are left as they are.
    pub value: Span,
}

/// RFC 3261 §20.22: the Max-Forwards of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxForwards {
    /// From 0 to 255.
    pub value: u8,
    /// Its digits.
    pub text: Span,
}

/// What [`crate::parse`] found in a message. Reusable: each pass clears what it needs.
#[derive(Clone, Debug)]
pub struct Index {
    pub(crate) start: Start,
    /// Whether the start line was one.
    pub(crate) start_ok: bool,
    /// Whether all headers were seen, and none holds what would split a line that is copied.
    pub(crate) answerable: bool,
    pub(crate) preamble: u16,
    pub(crate) first_header_at: u16,
    pub(crate) headers_end: u16,
    pub(crate) body: Span,
    pub(crate) header_count: u16,
    pub(crate) via_count: u16,
    /// Where the headers of each id stand.
    pub(crate) seen: SeenById,
    pub(crate) via: TopVia,
    pub(crate) from: NameAddr,
    pub(crate) to: NameAddr,
    pub(crate) cseq: CSeq,
    pub(crate) call_id: Span,
    pub(crate) max_forwards: Option<MaxForwards>,
    pub(crate) content_length: Option<u16>,
    pub(crate) route: Option<RouteValue>,
    pub(crate) fault: Option<ParseError>,
    pub(crate) headers: [Entry; Index::HEADERS],
}

/// The number of the last header of each id: [`SeenById::ABSENT`] where there is none. Each header
/// has that of the one in front of it.
#[derive(Clone, Debug)]
pub(crate) struct SeenById([u8; SeenById::ROOM]);

impl SeenById {
    /// Behind every number.
    pub(crate) const ABSENT: u8 = u8::MAX;
    /// A power of two, so that a mask keeps an id inside.
    const ROOM: usize = 128;
    const NONE: SeenById = SeenById([SeenById::ABSENT; SeenById::ROOM]);

    #[inline]
    pub(crate) fn last(&self, id: HeaderId) -> u8 {
        self.0.get(id as usize % SeenById::ROOM).copied().unwrap_or(SeenById::ABSENT)
    }

    /// Takes in the header with that number; they come in order. The one in front of it.
    #[inline]
    pub(crate) fn note(&mut self, id: HeaderId, number: u8) -> u8 {
        let last = self.0.get_mut(id as usize % SeenById::ROOM);
        last.map_or(SeenById::ABSENT, |last| core::mem::replace(last, number))
    }
}

const _: () = assert!(HeaderId::COUNT <= SeenById::ROOM, "every id has a place");

impl Index {
    /// Most headers that an index can hold.
    pub const HEADERS: usize = 128;

    /// An empty index.
    pub fn new() -> Index {
        Index {
            start: Start::Response { status: 0, reason: Span::NONE },
            start_ok: false,
            answerable: false,
            preamble: 0,
            first_header_at: 0,
            headers_end: 0,
            body: Span::NONE,
            header_count: 0,
            via_count: 0,
            seen: SeenById::NONE,
            via: TopVia::default(),
            from: NameAddr::default(),
            to: NameAddr::default(),
            cseq: CSeq {
                number: 0,
                method: Method::Other,
                value: Span::NONE,
                number_text: Span::NONE,
                method_text: Span::NONE,
            },
            call_id: Span::NONE,
            max_forwards: None,
            content_length: None,
            route: None,
            fault: None,
            headers: [Entry::NONE; Index::HEADERS],
        }
    }

    /// The first header of an id, and its number.
    #[inline]
    pub(crate) fn first(&self, id: HeaderId) -> Option<(&Entry, usize)> {
        let mut number = usize::from(self.seen.last(id));
        let mut entry = self.headers.get(number)?;
        // Nearly always it is the only one.
        while entry.before != SeenById::ABSENT {
            number = usize::from(entry.before);
            entry = self.headers.get(number)?;
        }
        Some((entry, number))
    }

    /// Forgets the message before; the header table is left as it is, behind a count of 0.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.start = Start::Response { status: 0, reason: Span::NONE };
        self.start_ok = false;
        self.answerable = true;
        self.preamble = 0;
        self.first_header_at = 0;
        self.headers_end = 0;
        self.body = Span::NONE;
        self.header_count = 0;
        self.via_count = 0;
        self.seen = SeenById::NONE;
        self.via = TopVia::default();
        self.from = NameAddr::default();
        self.to = NameAddr::default();
        self.call_id = Span::NONE;
        self.max_forwards = None;
        self.content_length = None;
        self.route = None;
        self.fault = None;
    }
}

impl Default for Index {
    fn default() -> Index {
        Index::new()
    }
}
