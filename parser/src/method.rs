//! Owns the request methods by name.
//! Hot. Refuses to know what a method does.

use crate::bytes::{low_bytes, word};

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
            Method::Other => Method::of(bytes.get(at..end).unwrap_or_default()),
            method => method,
        }
    }

    /// The method that the first `len` bytes of a word name, if it is one that a call knows.
    #[inline]
    pub(crate) fn of_word(word: u64, len: usize) -> Method {
        const fn text(name: &[u8]) -> u64 {
            match name {
                [first, rest @ ..] => text(rest) << 8 | *first as u64,
                [] => 0,
            }
        }
        const INVITE: u64 = text(b"INVITE");
        const ACK: u64 = text(b"ACK");
        const BYE: u64 = text(b"BYE");
        const CANCEL: u64 = text(b"CANCEL");
        const OPTIONS: u64 = text(b"OPTIONS");
        const PRACK: u64 = text(b"PRACK");
        const UPDATE: u64 = text(b"UPDATE");
        match (word & low_bytes(len), len) {
            (INVITE, 6) => Method::Invite,
            (ACK, 3) => Method::Ack,
            (BYE, 3) => Method::Bye,
            (CANCEL, 6) => Method::Cancel,
            (OPTIONS, 7) => Method::Options,
            (PRACK, 5) => Method::Prack,
            (UPDATE, 6) => Method::Update,
            _ => Method::Other,
        }
    }

    /// The name as it stands in a request line; empty for [`Method::Other`].
    #[inline]
    pub fn name(self) -> &'static [u8] {
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
