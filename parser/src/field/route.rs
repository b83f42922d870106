//! Owns one element of Route and Record-Route.
//! Hot. Refuses to look inside the URI.

use crate::bytes::{byte, find};
use crate::field::name_addr;
use crate::list::Elements;
use crate::{ErrorKind, ParseError, Span};

/// RFC 3261 §20.34, §20.30: one element of a Route or Record-Route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteValue {
    /// The whole element, from its display name to its last parameter.
    pub value: Span,
    /// The URI, without its angle brackets; empty where the element is malformed.
    pub uri: Span,
    /// Which header of the message it stands in.
    pub header: usize,
}

/// Parses the first element of the Route header number `header`, whose value is `value`.
#[inline]
pub(crate) fn first(bytes: &[u8], value: Span, header: usize) -> Result<RouteValue, ParseError> {
    // Nearly all hold one URI in brackets, and nothing else.
    if byte(bytes, value.start()) == b'<'
        && let Some((uri, behind)) = name_addr::usual_uri(bytes, value.start())
        && behind == value.end()
    {
        return Ok(RouteValue { value, uri, header });
    }
    any_first(bytes, value, header)
}

/// [`first`] of any value.
#[inline(never)]
fn any_first(bytes: &[u8], value: Span, header: usize) -> Result<RouteValue, ParseError> {
    let fault = ParseError::new(ErrorKind::Route, value.start());
    let element = Elements::new(bytes, value).next().ok_or(fault)?;
    let found = name_addr::parse(bytes, element, ErrorKind::Route)?;
    // RFC 3261 §20.34: route-param = name-addr, so a URI without brackets is none: its parameters,
    // lr among them, would belong to the header.
    let open = found.uri.start();
    if byte(bytes, element.start()) != b'<' && find(bytes, element.start(), open, b'<').is_none() {
        return Err(fault);
    }
    Ok(RouteValue { value: element, uri: found.uri, header })
}
