//! Owns any one Via value.
//! Hot. Refuses to choose where a response goes.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::{preceded, terminated};

use super::grammar::{Read, fail, host, lws, number, params, separator, sws, token, whole};
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

/// Reads one Via value.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
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
    let (rest, params) = params(rest)?;
    Ok((rest, Via { protocol, version, transport, host, port, params }))
}

/// `port = 1*DIGIT`
fn port(input: &[u8]) -> Read<'_, u16> {
    let (rest, number) = terminated(number, sws).parse(input)?;
    match u16::try_from(number) {
        Ok(port) if port != 0 => Ok((rest, port)),
        _ => fail(input),
    }
}
