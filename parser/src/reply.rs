//! Owns answers that are built from the request alone.
//! Hot. Refuses to choose status or tags, and to know where the answer goes.

use crate::edit::{Patch, Text};
use crate::uri::host_ipv4;
use crate::write::{Overflow, Writer};
use crate::{HeaderId, Message, Rport, Span};

/// Where a request came from: what the top Via is stamped with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViaStamp {
    /// The source address, first number in the high byte.
    pub received: u32,
    /// The source port.
    pub rport: u16,
}

/// Builds an answer to `request` into `out`; returns its length.
///
/// RFC 3261 §8.2.6.2: From, Call-ID, CSeq and all Via equal those of the request, in order, and so
/// does To, but for `to_tag`, which is added if To has none. A 100 copies Timestamp (§8.2.6.1).
/// The top Via is stamped (§18.2.1, RFC 3581 §4). `extra` is whole header lines with their line
/// ends. There is no body. The caller does not answer ACK.
///
/// # Errors
/// [`Overflow::Output`] if `out` is too small.
#[inline]
pub fn build(
    request: &Message<'_>,
    status: u16,
    reason: &[u8],
    to_tag: Option<&[u8]>,
    via_stamp: ViaStamp,
    extra: &[u8],
    out: &mut [u8],
) -> Result<usize, Overflow> {
    let mut writer = Writer::new(out);
    writer.bytes(b"SIP/2.0 ").number(u32::from(status)).bytes(b" ").bytes(reason).bytes(b"\r\n");
    let top = request.find_number(HeaderId::Via).unwrap_or_default();
    for (number, header) in request.headers().enumerate().skip(top) {
        if header.id != HeaderId::Via {
            continue;
        }
        // One that was not understood has no place for a stamp.
        if number == top && !request.via().value.is_empty() {
            let mut patch = Patch::<3>::empty();
            stamp_via(&mut patch, request, via_stamp);
            let (from, to) = (header.line.start(), header.value.end());
            patch.write(request.bytes(), from, to, &mut writer);
            writer.bytes(b"\r\n");
        } else {
            line(&mut writer, request, header.line.start(), header.value);
        }
    }
    let timestamp = (status == 100).then_some(HeaderId::Timestamp);
    let copied = [HeaderId::From, HeaderId::To, HeaderId::CallId, HeaderId::CSeq];
    for id in copied.into_iter().chain(timestamp) {
        let Some(header) = request.find(id) else { continue };
        match to_tag {
            Some(tag) if id == HeaderId::To && request.to().tag.is_empty() => {
                let written = Span::between(header.line.start(), header.value.end());
                writer.bytes(request.text(written)).bytes(b";tag=").bytes(tag).bytes(b"\r\n");
            }
            _ => line(&mut writer, request, header.line.start(), header.value),
        }
    }
    writer.bytes(extra).bytes(b"Content-Length: 0\r\n\r\n");
    writer.finish()
}

/// Copies a header up to the end of its value: what we send ends in CRLF, whatever came.
#[inline]
fn line(writer: &mut Writer<'_>, request: &Message<'_>, at: usize, value: Span) {
    writer.bytes(request.text(Span::between(at, value.end()))).bytes(b"\r\n");
}

/// Adds to `patch` what the stamp changes in the top Via of `request`: at most two edits.
#[inline]
pub fn stamp_via<const N: usize>(patch: &mut Patch<'_, N>, request: &Message<'_>, stamp: ViaStamp) {
    let via = request.via();
    let asked = match via.rport {
        Rport::Absent => false,
        Rport::Empty { at } => {
            // RFC 3581 §4: the server MUST set the value of rport to the source port.
            patch.push(at, 0, Text::EqualsNumber(u32::from(stamp.rport)));
            true
        }
        Rport::Value { text, .. } => {
            patch.replace_number(text, u32::from(stamp.rport));
            true
        }
    };
    if !via.received.is_empty() {
        // Only a server sets it, so whatever stands there is not the truth.
        patch.push(via.received.off, via.received.len, Text::Address(stamp.received));
        return;
    }
    // RFC 3261 §18.2.1: received is added if the host is a name or another address than the
    // source; RFC 3581 §4: with rport it MUST be there, even if it is the same.
    if asked || host_ipv4(request.text(via.host)) != Some(stamp.received) {
        patch.push(
            Span::between(via.value.end(), via.value.end()).off,
            0,
            Text::Received(stamp.received),
        );
    }
}
