//! Owns the comparison of URIs, header values and headers by their rules.
//! Hot. Refuses to allocate: what cannot be compared in place is not the same.
//!
//! The rules make equality neither transitive nor cheap, so that these are for the few places
//! where a rule asks for them; what the product keys by, such as tags and branches, it takes byte
//! for byte. Texts that are the same byte for byte are always the same here.
//!
//! Lists whose order does not count are compared by searching each element in the other list.
//! [`MAX_PARAMS`] bounds that, and with it the time: a list that is longer is the same as an
//! equal text only.

mod value;

use core::net::Ipv6Addr;

use crate::escape::{Char, chars, equal, equal_in_any_case, unescape};
use crate::uri::{Scheme, Uri, host_ipv4};
use crate::write::Writer;
use crate::{HeaderId, Message, Shape};

pub use value::same_value;

/// Most parameters, or headers of a URI, that are compared without regard to their order.
pub const MAX_PARAMS: usize = 32;

/// Whether two URIs are equivalent.
///
/// RFC 3261 §19.1.4 for `sip:` and `sips:`, with the comparison of addresses of RFC 5954 §4.2;
/// RFC 3966 §4 for `tel:`. Those of other schemes are if their texts are equal.
///
/// ```
/// use parser::compare::same_uri;
/// use parser::uri::parse;
///
/// let one = parse(b"sip:%61lice@atlanta.com;transport=TCP").unwrap();
/// let other = parse(b"sip:alice@AtLanTa.CoM;Transport=tcp").unwrap();
/// assert!(same_uri(&one, &other));
///
/// let other = parse(b"sip:alice@atlanta.com:5060;transport=tcp").unwrap();
/// assert!(!same_uri(&one, &other));
/// ```
pub fn same_uri(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    if one.text == other.text {
        return true;
    }
    // A SIP and SIPS URI are never equivalent.
    one.scheme == other.scheme
        && match one.scheme {
            Scheme::Sip | Scheme::Sips => same_sip(one, other),
            Scheme::Tel => same_tel(one, other),
            Scheme::Other => false,
        }
}

/// Whether two messages have the same values of one header, however they are spread over lines.
///
/// RFC 3261 §7.3.1: the order of values counts, and so does not how many stand in a line, nor
/// where its lines stand between those of other headers. Lines of which the table of headers says
/// that each is one value are not split. Each pair is compared by [`same_value`].
/// [`HeaderId::Other`] stands for many headers: never the same.
pub fn same_header(one: &Message<'_>, other: &Message<'_>, id: HeaderId) -> bool {
    let (mut rest, mut values) = (values(other, id), values(one, id));
    let same = values.all(|value| rest.next().is_some_and(|found| same_value(id, value, found)));
    same && rest.next().is_none() && id != HeaderId::Other
}

fn values<'m>(message: &Message<'m>, id: HeaderId) -> impl Iterator<Item = &'m [u8]> {
    let lines = id.shape() == Some(Shape::One);
    let whole = lines.then(|| message.all(id).map(|header| header.value));
    let split = (!lines).then(|| message.values(id));
    let spans = whole.into_iter().flatten().chain(split.into_iter().flatten());
    spans.map(|span| message.text(span))
}

fn same_sip(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    equal(userinfo(one), userinfo(other))
        && same_host(one.part(one.host), other.part(other.host))
        && one.port == other.port
        && same_params(one.part(one.params), other.part(other.params))
        && same_headers(one.part(one.headers), other.part(other.headers))
}

/// User and password with the colon and the at sign: case-sensitive, and there in both or none.
fn userinfo<'m>(uri: &Uri<'m>) -> &'m [u8] {
    uri.text.get(uri.user.start()..uri.host.start()).filter(|_| !uri.user.is_empty()).unwrap_or(&[])
}

/// RFC 5954 §4.2: textual forms of one address are the same host. RFC 3261 §19.1.2: a host has no
/// escapes, and §19.1.4: no name is looked up.
pub(crate) fn same_host(one: &[u8], other: &[u8]) -> bool {
    let both = |found: Option<bool>| found == Some(true);
    one.eq_ignore_ascii_case(other)
        || both(host_ipv4(one).map(|address| Some(address) == host_ipv4(other)))
        || both(ipv6(one).map(|address| Some(address) == ipv6(other)))
}

fn ipv6(host: &[u8]) -> Option<Ipv6Addr> {
    let inside = host.strip_prefix(b"[")?.strip_suffix(b"]")?;
    core::str::from_utf8(inside).ok()?.parse().ok()
}

/// Names and values of a list; empty elements are none.
fn pairs(list: &[u8], separator: u8) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    list.split(move |byte| *byte == separator).filter(|pair| !pair.is_empty()).map(|pair| {
        let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        (pair.get(..equals).unwrap_or_default(), pair.get(equals + 1..).unwrap_or_default())
    })
}

/// RFC 3261 §19.1.4: parameters in both must match, some must be in both, others may be missing.
fn same_params(one: &[u8], other: &[u8]) -> bool {
    const DECISIVE: [&[u8]; 5] = [b"user", b"ttl", b"method", b"maddr", b"transport"];
    let matches = |list: &[u8], other: &[u8]| {
        pairs(list, b';').all(|(name, value)| {
            let mut found = pairs(other, b';').filter(|(known, _)| equal_in_any_case(known, name));
            match found.next() {
                Some((_, found)) => equal_in_any_case(value, found),
                None => !DECISIVE.iter().any(|known| equal_in_any_case(known, name)),
            }
        })
    };
    one == other || few(one, other, b';') && matches(one, other) && matches(other, one)
}

/// RFC 3261 §19.1.4: "URI header components are never ignored." Those of one name are compared in
/// their order.
fn same_headers(one: &[u8], other: &[u8]) -> bool {
    let count = |list| pairs(list, b'&').count();
    let found = |(number, (name, value)): (usize, (&[u8], &[u8]))| {
        let named = |(known, _): &(&[u8], &[u8])| equal_in_any_case(known, name);
        let earlier = pairs(one, b'&').take(number).filter(named).count();
        let found = pairs(other, b'&').filter(named).nth(earlier);
        found.is_some_and(|(_, found)| same_header_value(name, value, found))
    };
    one == other
        || few(one, other, b'&')
            && count(one) == count(other)
            && pairs(one, b'&').enumerate().all(found)
}

/// The value of a header in a URI: unescaped, then by the rules of that header. One that is longer
/// than 512 bytes is the same as an equal one only.
fn same_header_value(name: &[u8], one: &[u8], other: &[u8]) -> bool {
    let (mut name_room, mut one_room, mut other_room) = ([0; 32], [0; 512], [0; 512]);
    let texts = (
        unescaped(name, &mut name_room),
        unescaped(one, &mut one_room),
        unescaped(other, &mut other_room),
    );
    match texts {
        (Some(name), Some(one), Some(other)) => same_value(HeaderId::of(name), one, other),
        _ => equal(one, other),
    }
}

fn unescaped<'r>(text: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let mut writer = Writer::new(room);
    unescape(text, &mut writer);
    let len = writer.finish().ok()?;
    room.get(..len)
}

/// RFC 3966 §4: the numbers without visual separators, and all parameters in any order and case.
fn same_tel(one: &Uri<'_>, other: &Uri<'_>) -> bool {
    let (params, others) = (one.part(one.params), other.part(other.params));
    let all = |list: &[u8], other: &[u8]| {
        pairs(list, b';').all(|(name, value)| {
            let mut found = pairs(other, b';').filter(|(known, _)| equal_in_any_case(known, name));
            let is_number = equal_in_any_case(name, b"ext") || value.starts_with(b"+");
            found.next().is_some_and(|(_, found)| match is_number {
                true => same_number(value, found),
                false => equal_in_any_case(value, found),
            })
        })
    };
    same_number(one.part(one.user), other.part(other.user))
        && few(params, others, b';')
        && all(params, others)
        && all(others, params)
}

fn same_number(one: &[u8], other: &[u8]) -> bool {
    let digits = |char: &Char| !matches!(char.byte, b'-' | b'.' | b'(' | b')');
    let number = |text| chars(text).filter(digits).map(Char::lower);
    // What a plus in front means, its escape means too.
    number(one).map(|char| char.byte).eq(number(other).map(|char| char.byte))
}

/// Whether the lists are short enough to be searched.
fn few(one: &[u8], other: &[u8], separator: u8) -> bool {
    let few = |list| pairs(list, separator).nth(MAX_PARAMS).is_none();
    few(one) && few(other)
}
