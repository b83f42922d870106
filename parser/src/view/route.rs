//! Owns one value of Route, Record-Route, Path and Service-Route.
//! Hot. Refuses to know which of them are ours.

use nom::Parser;

use super::address::{Address, named};
use super::grammar::{Read, whole};
use crate::{ParseError, uri};

/// RFC 3261 §20.34, §20.30: one hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteParam<'m> {
    /// Where.
    pub address: Address<'m>,
}

impl RouteParam<'_> {
    /// RFC 3261 §16.12: whether the hop is a loose router, with `lr` in its URI.
    pub fn is_loose(&self) -> bool {
        uri::parse(self.address.uri).is_ok_and(|uri| uri.param(b"lr").is_some())
    }
}

/// Reads one value of Route, Record-Route, Path (RFC 3327 §4) or Service-Route (RFC 3608 §5).
///
/// # Errors
/// The offset in `value` where the grammar is broken: brackets are part of it.
///
/// ```
/// use parser::view::route;
///
/// let hop = route::parse(b"Edge <sip:p1.example.com;lr>;x=y").unwrap();
/// assert_eq!(hop.address.uri, b"sip:p1.example.com;lr");
/// assert!(hop.is_loose());
/// assert!(route::parse(b"sip:p1.example.com;lr").is_err());
/// ```
pub fn parse(value: &[u8]) -> Result<RouteParam<'_>, ParseError> {
    whole(value, route_param)
}

/// `route-param = name-addr *( SEMI rr-param )`
fn route_param(input: &[u8]) -> Read<'_, RouteParam<'_>> {
    let (rest, address) = named.parse(input)?;
    Ok((rest, RouteParam { address }))
}
