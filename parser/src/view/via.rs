//! Owns any one Via value.
//! Hot. Refuses to choose where a response goes.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::{preceded, terminated};

use super::grammar::{
    Read, decimal, digits, fail, host, lws, params, separator, sws, token, whole,
};
use super::params::Params;
use crate::ParseError;

/// RFC 3261 §20.42: one Via value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'m> {
    /// `SIP`, usually.
    pub protocol: &'m [u8],
    /// `2.0`, usually.
    pub version: &'m [u8],
    /// `UDP`, `TCP`, ...
    pub transport: &'m [u8],
    /// The host of sent-by, with the brackets of an IPv6 reference.
    pub host: &'m [u8],
    /// The port of sent-by.
    pub port: Option<u16>,
    /// The parameters.
    pub params: Params<'m>,
}

impl<'m> Via<'m> {
    /// The branch parameter.
    pub fn branch(&self) -> Option<&'m [u8]> {
        self.params.get(b"branch").flatten()
    }

    /// The received parameter.
    pub fn received(&self) -> Option<&'m [u8]> {
        self.params.get(b"received").flatten()
    }

    /// RFC 3581 §3: the rport parameter, `Some(None)` where the sender asks for a value, or has
    /// one that is no port.
    pub fn rport(&self) -> Option<Option<u16>> {
        let port = |text| decimal(text).and_then(|port| u16::try_from(port).ok());
        self.params.get(b"rport").map(|text| text.and_then(port))
    }

    /// The maddr parameter.
    pub fn maddr(&self) -> Option<&'m [u8]> {
        self.params.get(b"maddr").flatten()
    }

    /// The ttl parameter.
    pub fn ttl(&self) -> Option<u8> {
        u8::try_from(self.params.number(b"ttl")?).ok()
    }
}

/// Reads one Via value.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::via;
///
/// let via = via::parse(b"SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bK1;rport;ttl=16").unwrap();
/// assert_eq!((via.transport, via.host), (&b"UDP"[..], &b"[2001:db8::1]"[..]));
/// assert_eq!((via.port, via.ttl()), (Some(5070), Some(16)));
/// assert_eq!((via.branch(), via.rport()), (Some(&b"z9hG4bK1"[..]), Some(None)));
/// ```
pub fn parse(value: &[u8]) -> Result<Via<'_>, ParseError> {
    whole(value, via_parm)
}

/// `via-parm = sent-protocol LWS sent-by *( SEMI via-params )`
fn via_parm(input: &[u8]) -> Read<'_, Via<'_>> {
    let (rest, (protocol, version, transport)) =
        (terminated(token, separator('/')), terminated(token, separator('/')), token)
            .parse(input)?;
    let (rest, (_, host, port)) = (lws, host, opt(preceded(separator(':'), port))).parse(rest)?;
    // A colon that no port follows is not taken, and stops the parameters.
    let (rest, params) = params.parse(rest)?;
    Ok((rest, Via { protocol, version, transport, host, port, params }))
}

/// `port = 1*DIGIT`
fn port(input: &[u8]) -> Read<'_, u16> {
    let (rest, text) = terminated(digits, sws).parse(input)?;
    match decimal(text).and_then(|port| u16::try_from(port).ok()) {
        Some(port) if port != 0 => Ok((rest, port)),
        _ => fail(input),
    }
}
