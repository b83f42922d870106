//! Owns the reading of what nearly all URIs are.
//! Hot. Refuses to say what is wrong with any other: `any` does.
//!
//! Those are `sip:` with a number or a plain name and a host name or an IPv4 address, no password,
//! no escapes, no headers, in at most 63 bytes.

use simd::{block, equal_mask_64};

use super::{SIP, Scheme, Uri};
use crate::Span;
use crate::bytes::{HOST, PARAMS, small_number, word};
use crate::span::low16;

/// The first `end` bytes of `wide`, if they are such a URI.
#[inline]
pub(super) fn parse(wide: &[u8], end: usize) -> Option<Uri<'_>> {
    let block = block::<64>(wide, 0)?;
    if !matches!(end, 5..=63) || !SIP.starts(u64::from_le_bytes(*block.first_chunk()?)) {
        return None;
    }
    let inside = (1 << end) - 1;
    // A plus may stand in front of a user, and nowhere else.
    let plus = u64::from(block.get(4) == Some(&b'+')) << 4;
    let mut stops = (HOST.set.outside_mask_64(block) & inside & !0xf) ^ plus;
    let mut user = Span::NONE;
    let mut host = 4;
    let mut host_end = stops.trailing_zeros() as usize;
    if block.get(host_end) == Some(&b'@') {
        if host_end == 4 {
            return None;
        }
        user = Span::ordered(4, host_end);
        host = host_end + 1;
        stops &= stops - 1;
        host_end = stops.trailing_zeros() as usize;
    } else if plus != 0 {
        return None;
    }
    let host_end = host_end.min(end);
    let mut next = host_end;
    let mut port = None;
    if stops != 0 && block.get(next) == Some(&b':') {
        let (number @ 1..=0xffff, len) = small_number(word(wide, next + 1))? else { return None };
        port = Some(low16(number as usize));
        next += 1 + len;
    }
    let mut params = Span::NONE;
    if next < end {
        let odd = PARAMS.set.outside_mask_64(block) & inside;
        if block.get(next) != Some(&b';') || odd >> (next & 63) != 0 {
            return None;
        }
        params = Span::ordered(next + 1, end);
    }
    (next <= end && host_end > host).then_some(Uri {
        text: wide.get(..end)?,
        wide,
        scheme: Scheme::Sip,
        user,
        password: Span::NONE,
        host: Span::ordered(host, host_end),
        port,
        params,
        headers: Span::ordered(end, end),
    })
}

/// The value of the first parameter `name` in a list that semicolons split, as
/// [`Uri::param`] gives it; `None` for one that is not in the first 63 bytes.
#[inline]
pub(super) fn param(wide: &[u8], params: Span, name: &[u8]) -> Option<Option<Span>> {
    let (mut at, end) = (params.start(), params.end());
    if end > 63 {
        return None;
    }
    let block = block::<64>(wide, 0)?;
    let semicolons = equal_mask_64(block, b';') & ((1 << end) - 1);
    let mut stops = (semicolons >> at << at) | 1 << end;
    while at < end {
        let stop = stops.trailing_zeros() as usize;
        stops &= stops.wrapping_sub(1);
        let name_end = at + name.len();
        let ends = name_end == stop || (name_end < stop && block.get(name_end) == Some(&b'='));
        if ends && block.get(at..name_end)?.eq_ignore_ascii_case(name) {
            return Some(Some(Span::between((name_end + 1).min(stop), stop)));
        }
        at = stop + 1;
    }
    Some(None)
}
