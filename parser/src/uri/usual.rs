//! Owns the reading of what nearly all URIs are.
//! Hot. Refuses to say what is wrong with any other: `any` does.
//!
//! Those are `sip:` with a host name or an IPv4 address, no password, no escapes, no headers, in at
//! most 63 bytes.

use simd::{block, equal_mask_64};

use super::{SIP, Scheme, Uri};
use crate::Span;
use crate::bytes::{HOST, URI_PLAIN, byte, small_number, word};
use crate::span::low16;

/// The first `end` bytes of `wide`, if they are such a URI.
#[inline]
pub(super) fn parse(wide: &[u8], end: usize) -> Option<Uri<'_>> {
    let block: &[u8; 64] = block(wide, 0)?;
    if end >= 64 || !SIP.leads(wide, 0, end) {
        return None;
    }
    let inside = (1 << end) - 1;
    let odd = URI_PLAIN.set.outside_mask_64(block) & inside;
    let signs = equal_mask_64(block, b'@') & inside;
    let mut user = Span::NONE;
    let mut host = 4;
    if signs != 0 {
        let sign = signs.trailing_zeros() as usize;
        let colons = equal_mask_64(block, b':') & ((1 << sign) - 1);
        // The first colon is that of the scheme; another one ends a user and starts a password.
        if colons != 1 << 3 || sign == 4 {
            return None;
        }
        user = Span::ordered(4, sign);
        host = sign + 1;
    }
    let others = HOST.set.outside_mask_64(block) >> (host & 63);
    let host_end = (host + others.trailing_zeros() as usize).min(end);
    let mut next = host_end;
    let mut port = None;
    if next < end && byte(wide, next) == b':' {
        let (number @ 1..=0xffff, len) = small_number(word(wide, next + 1))? else { return None };
        port = Some(low16(number as usize));
        next += 1 + len;
    }
    let usual = odd == 0
        && signs & signs.wrapping_sub(1) == 0
        && host_end > host
        && (next == end || (next < end && byte(wide, next) == b';'));
    let text = wide.get(..end)?;
    usual.then_some(Uri {
        text,
        wide,
        scheme: Scheme::Sip,
        user,
        password: Span::NONE,
        host: Span::ordered(host, host_end),
        port,
        params: if next < end { Span::ordered(next + 1, end) } else { Span::NONE },
        headers: Span::ordered(end, end),
    })
}
