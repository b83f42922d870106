//! Owns the reading of what nearly all URIs are.
//! Hot. Refuses to say what is wrong with any other: `any` does.
//!
//! Those are `sip:` with a number or a plain name and a host name or an IPv4 address, no password,
//! no escapes, no headers, in at most 63 bytes.

use simd::{block, either_mask_64, equal_mask_64};

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
///
/// Where a name of that length and first letter stands is a mask; how many other parameters are in
/// front, which differs from message to message, costs no branch.
#[inline]
pub(super) fn param(wide: &[u8], params: Span, name: &[u8]) -> Option<Option<Span>> {
    let (at, end) = (params.start(), params.end());
    if end > 63 {
        return None;
    }
    let block = block::<64>(wide, 0)?;
    let (letter, len) = (*name.first()?, u32::try_from(name.len()).ok()?);
    let inside = ((1 << end) - 1) >> at << at;
    let semicolons = equal_mask_64(block, b';') & inside;
    let starts = (semicolons << 1 | 1 << at) & inside;
    let stops = semicolons | 1 << end;
    let ends = stops | equal_mask_64(block, b'=') & inside;
    let letters = either_mask_64(block, letter.to_ascii_lowercase(), letter.to_ascii_uppercase());
    let mut named = starts & letters & ends.checked_shr(len).unwrap_or(0);
    while named != 0 {
        let at = named.trailing_zeros() as usize;
        let stop = at + (stops >> at).trailing_zeros() as usize;
        let name_end = at + name.len();
        if name_end <= stop && block.get(at..name_end)?.eq_ignore_ascii_case(name) {
            return Some(Some(Span::between((name_end + 1).min(stop), stop)));
        }
        named &= named - 1;
    }
    Some(None)
}
