//! Owns the answers that the router gives itself: status, reason, and what explains them.
//! Hot. Knows nothing of transactions.

use hugepages::layout::cdr::Outcome;
use parser::reply::{self, ViaStamp};
use parser::write::{Overflow, Writer};
use parser::{HeaderId, Message};

use super::core::{Core, domain};
use super::outbox::{Outbox, SendError};
use crate::dialog::base32;
use crate::dialog::keyring::hash_parts;
use crate::net::{Endpoint, ListenerId};

/// Methods that a request to the router itself may have (RFC 3261 §20.5).
pub(super) const ALLOW: &[u8] =
    b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO\r\n";
/// What OPTIONS to the router tells (RFC 3261 §11.2).
pub(super) const CAPABILITIES: &[u8] =
    b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO\r\n\
    Accept: application/sdp\r\nSupported: \r\n";

/// Why a call ends here: the code, the texts that users' monitors match, and the CDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    /// Q.850 cause; 0 for none.
    pub cause: u8,
    pub text: &'static str,
    pub outcome: Outcome,
}

impl Refusal {
    const fn new(status: u16, cause: u8, text: &'static str, outcome: Outcome) -> Self {
        Refusal { status, cause, text, outcome }
    }

    pub const NO_ROUTING: Refusal = Refusal::new(503, 3, "no routing", Outcome::NoRouting);
    pub const ALL_DOWN: Refusal = Refusal::new(503, 38, "all trunks down", Outcome::AllDown);
    pub const TRUNK_REFUSED: Refusal = Refusal::new(503, 21, "trunk refused", Outcome::Rejected);
    pub const UNKNOWN: Refusal =
        Refusal::new(404, 1, "unknown destination", Outcome::UnknownDestination);
    pub const NOT_A_NUMBER: Refusal = Refusal::new(404, 28, "not a number", Outcome::NotANumber);
    pub const BAD_URI: Refusal = Refusal::new(400, 28, "bad request-uri", Outcome::BadRequest);
    /// RFC 3261 §16.3 step 2.
    pub const BAD_SCHEME: Refusal =
        Refusal::new(416, 28, "unsupported uri scheme", Outcome::BadRequest);
    pub const DISABLED: Refusal = Refusal::new(403, 21, "originator disabled", Outcome::Disabled);
    pub const TIMEOUT: Refusal = Refusal::new(408, 102, "timeout", Outcome::Timeout);
    pub const CANCELLED: Refusal = Refusal::new(487, 0, "", Outcome::Cancelled);
    pub const LOOP: Refusal = Refusal::new(482, 0, "loop", Outcome::LoopDetected);
    pub const TOO_MANY_HOPS: Refusal = Refusal::new(483, 0, "too many hops", Outcome::TooManyHops);
    pub const BAD_EXTENSION: Refusal = Refusal::new(420, 0, "", Outcome::BadRequest);
    pub const UNREACHABLE: Refusal = Refusal::new(503, 38, "unreachable", Outcome::Failed);
    pub const FOREIGN_ROUTE: Refusal = Refusal::new(403, 0, "foreign route", Outcome::BadRequest);
    /// RFC 3261 §21.5.7; Q.850 127 as RFC 3398 §8.2.6.1 maps what has no better cause.
    pub const TOO_LONG: Refusal = Refusal::new(513, 127, "message too long", Outcome::Failed);
    pub const FAILED: Refusal = Refusal::new(500, 41, "out of memory", Outcome::Failed);

    /// What stands for a trunk's final whose text could not be kept.
    pub const fn relayed(status: u16) -> Refusal {
        Refusal::new(status, 0, "", Outcome::Rejected)
    }

    /// The header lines that tell why: Reason (RFC 3326), first the SIP one whose text is matched by monitors,
    /// then Q.850, and Warning 399 (RFC 3261 §20.43).
    pub fn lines(&self, sent_by: &[u8], writer: &mut Writer<'_>) {
        if self.text.is_empty() {
            return;
        }
        let text = self.text.as_bytes();
        writer.bytes(b"Reason: SIP;cause=").number(u32::from(self.status)).bytes(b";text=\"");
        writer.bytes(text).bytes(b"\"\r\n");
        if self.cause != 0 {
            writer.bytes(b"Reason: Q.850;cause=").number(u32::from(self.cause)).bytes(b"\r\n");
        }
        writer.bytes(b"Warning: 399 ").bytes(sent_by).bytes(b" \"").bytes(text).bytes(b"\"\r\n");
    }
}

/// Room for the lines of a refusal.
pub(super) const LINES_LEN: usize = 384;

/// Writes the Unsupported line that goes with a 420 (RFC 3261 §20.40); gives its length, 0 when it does not fit.
pub(super) fn unsupported(message: &Message<'_>, lines: &mut [u8]) -> usize {
    let mut writer = Writer::new(lines);
    let mut lead: &[u8] = b"Unsupported: ";
    for tag in message.values(HeaderId::ProxyRequire) {
        writer.bytes(lead).bytes(message.text(tag));
        lead = b", ";
    }
    writer.bytes(b"\r\n");
    writer.finish().unwrap_or(0)
}

/// The reason phrase of a status that the router answers with (RFC 3261 §21).
pub(super) fn phrase(status: u16) -> &'static [u8] {
    match status {
        100 => b"Trying",
        200 => b"OK",
        400 => b"Bad Request",
        403 => b"Forbidden",
        404 => b"Not Found",
        405 => b"Method Not Allowed",
        408 => b"Request Timeout",
        416 => b"Unsupported URI Scheme",
        420 => b"Bad Extension",
        481 => b"Call/Transaction Does Not Exist",
        482 => b"Loop Detected",
        483 => b"Too Many Hops",
        487 => b"Request Terminated",
        500 => b"Server Internal Error",
        503 => b"Service Unavailable",
        505 => b"Version Not Supported",
        513 => b"Message Too Large",
        _ => b"Error",
    }
}

/// Characters of a tag of ours.
const TAG_LEN: usize = base32::encoded_len(8);

/// The tag that we put into To: the same for every answer to one request, without keeping it.
pub(super) struct OwnTag([u8; TAG_LEN]);

impl OwnTag {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The stamp of a request from `source`.
#[inline]
pub(super) fn stamp(source: Endpoint) -> ViaStamp {
    ViaStamp { received: source.ipv4, rport: source.port }
}

impl<O: Outbox> Core<'_, O> {
    /// The tag of our answers to the request whose server key is `key`.
    pub fn own_tag(&self, key: u64) -> OwnTag {
        let hash = hash_parts(&self.env.keys, domain::TAG, &[&key.to_le_bytes()]);
        OwnTag(base32::encode(&hash.to_be_bytes()))
    }

    /// Answers a request without keeping anything of it.
    pub fn reply(
        &mut self,
        request: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
        status: u16,
        extra: &[u8],
    ) -> Result<(), SendError> {
        self.reply_with(request, key, listener, source, status, phrase(status), extra)
    }

    /// Answers a request with a reason phrase of its own.
    #[allow(clippy::too_many_arguments, reason = "the parts of a status line and where it goes")]
    pub fn reply_with(
        &mut self,
        request: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
        status: u16,
        reason: &[u8],
        extra: &[u8],
    ) -> Result<(), SendError> {
        let tag = self.own_tag(key);
        // RFC 3261 §8.2.6.2: of all responses, only a 100 may come without a To-tag.
        let tag = (status != 100).then_some(tag.as_bytes());
        let mut send = |extra: &[u8]| {
            self.out.send(listener, source, |out| {
                reply::build(request, status, reason, tag, stamp(source), extra, out)
            })
        };
        match send(extra) {
            // The lines that explain are given up before the answer is.
            Err(SendError::TooLong) if !extra.is_empty() => send(b""),
            result => result,
        }
    }
}

/// Writes a refusal of an INVITE, with these header lines of its own.
pub(super) fn refusal(
    request: &Message<'_>,
    refusal: Refusal,
    tag: &OwnTag,
    source: Endpoint,
    (sent_by, own): (&[u8], &[u8]),
    out: &mut [u8],
) -> Result<usize, Overflow> {
    let mut lines = [0u8; LINES_LEN];
    let mut writer = Writer::new(&mut lines);
    refusal.lines(sent_by, &mut writer);
    writer.bytes(own);
    let len = writer.finish()?;
    let extra = lines.get(..len).unwrap_or_default();
    reply::build(
        request,
        refusal.status,
        phrase(refusal.status),
        Some(tag.as_bytes()),
        stamp(source),
        extra,
        out,
    )
}
