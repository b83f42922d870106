//! Owns the request methods by name.
//! Hot. Refuses to know what a method does.

use crate::bytes::word;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are those of the RFCs")]
pub enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Options,
    Register,
    Prack,
    Update,
    Info,
    Message,
    Refer,
    Subscribe,
    Notify,
    Publish,
    /// Any other token.
    Other,
}

impl Method {
    /// The method that `token` names.
    ///
    /// RFC 3261 §7.1: method names are case-sensitive, so `invite` is [`Method::Other`].
    #[inline]
    pub fn of(token: &[u8]) -> Method {
        match token {
            b"INVITE" => Method::Invite,
            b"ACK" => Method::Ack,
            b"BYE" => Method::Bye,
            b"CANCEL" => Method::Cancel,
            b"OPTIONS" => Method::Options,
            b"REGISTER" => Method::Register,
            b"PRACK" => Method::Prack,
            b"UPDATE" => Method::Update,
            b"INFO" => Method::Info,
            b"MESSAGE" => Method::Message,
            b"REFER" => Method::Refer,
            b"SUBSCRIBE" => Method::Subscribe,
            b"NOTIFY" => Method::Notify,
            b"PUBLISH" => Method::Publish,
            _ => Method::Other,
        }
    }

    /// The method that `at..end` names.
    #[inline]
    pub(crate) fn between(bytes: &[u8], at: usize, end: usize) -> Method {
        match Method::of_word(word(bytes, at), end.saturating_sub(at)) {
            // Not in a call.
            None => Method::of(bytes.get(at..end).unwrap_or_default()),
            Some(method) => method,
        }
    }

    /// The method that the first `len` bytes of a word name, if it is one that a call knows.
    #[inline]
    pub(crate) fn of_word(word: u64, len: usize) -> Option<Method> {
        if len > 7 {
            return None;
        }
        let text = word & ((1 << (8 * len)) - 1);
        let row = USUAL.get(slot(MULTIPLIER, text))?;
        (row.text == text && row.len == len).then_some(row.method)
    }

    /// The name as it stands in a request line; empty for [`Method::Other`].
    #[inline]
    pub const fn name(self) -> &'static [u8] {
        match self {
            Method::Invite => b"INVITE",
            Method::Ack => b"ACK",
            Method::Bye => b"BYE",
            Method::Cancel => b"CANCEL",
            Method::Options => b"OPTIONS",
            Method::Register => b"REGISTER",
            Method::Prack => b"PRACK",
            Method::Update => b"UPDATE",
            Method::Info => b"INFO",
            Method::Message => b"MESSAGE",
            Method::Refer => b"REFER",
            Method::Subscribe => b"SUBSCRIBE",
            Method::Notify => b"NOTIFY",
            Method::Publish => b"PUBLISH",
            Method::Other => b"",
        }
    }
}

/// The methods that a call knows, in the slots of their texts: a look-up without a branch on which
/// one it is.
static USUAL: [Usual; SLOTS] = usual(MULTIPLIER).0;
const SLOTS: usize = 16;
/// That of an empty slot, which no word has.
const NO_LEN: usize = 8;
const MULTIPLIER: u64 = multiplier();

#[derive(Clone, Copy)]
struct Usual {
    /// The first byte lowest.
    text: u64,
    len: usize,
    method: Method,
}

const fn slot(multiplier: u64, text: u64) -> usize {
    (text.wrapping_mul(multiplier) >> 60) as usize
}

/// The slots under a multiplier, and whether no two methods share one. Run by the compiler only.
#[allow(clippy::indexing_slicing, reason = "run by the compiler only, where a panic is an error")]
const fn usual(multiplier: u64) -> ([Usual; SLOTS], bool) {
    const METHODS: [Method; 7] = [
        Method::Invite,
        Method::Ack,
        Method::Bye,
        Method::Cancel,
        Method::Options,
        Method::Prack,
        Method::Update,
    ];
    let mut slots = [Usual { text: 0, len: NO_LEN, method: Method::Other }; SLOTS];
    let mut next = 0;
    while next < METHODS.len() {
        let method = METHODS[next];
        let mut text = 0;
        let mut rest = method.name();
        while let [before @ .., last] = rest {
            text = text << 8 | *last as u64;
            rest = before;
        }
        let slot = slot(multiplier, text);
        if slots[slot].len != NO_LEN {
            return (slots, false);
        }
        slots[slot] = Usual { text, len: method.name().len(), method };
        next += 1;
    }
    (slots, true)
}

const fn multiplier() -> u64 {
    let mut odd = 0x9e37_79b9_7f4a_7c15u64;
    while !usual(odd).1 {
        odd = odd.wrapping_mul(6_364_136_223_846_793_005);
    }
    odd
}
