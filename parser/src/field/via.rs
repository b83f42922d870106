//! Owns the top Via.
//! Hot. Refuses to choose where a response goes.

use crate::bytes::{
    TOKEN, Word, byte, decimal, host, is, number, skip, skip_white, trim_end, word,
};
use crate::field::param::{Param, param};
use crate::{ErrorKind, ParseError, Span};

const BRANCH: Word = Word::of(b"branch");
const RECEIVED: Word = Word::of(b"received");
const RPORT: Word = Word::of(b"rport");

/// RFC 3261 §20.42: the first value of the first Via.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopVia {
    /// Which header of the message it stands in.
    pub header: usize,
    /// This element alone, from `SIP/2.0` to its last parameter.
    pub value: Span,
    /// Whether the header has only this element.
    pub sole: bool,
    /// The transport, as it was written.
    pub transport: Span,
    /// The host of sent-by, with the brackets of an IPv6 reference.
    pub host: Span,
    /// The port of sent-by.
    pub port: Option<u16>,
    /// The value of the branch parameter; [`Span::NONE`] where there is none.
    pub branch: Span,
    /// The value of the received parameter; [`Span::NONE`] where there is none.
    pub received: Span,
    /// The rport parameter.
    pub rport: Rport,
}

/// RFC 3581 §3: the rport parameter of a Via.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rport {
    /// There is none.
    #[default]
    Absent,
    /// It has no value: the sender asks for one.
    Empty {
        /// Offset behind the name, where `=port` belongs.
        at: u16,
    },
    /// It has a value.
    Value {
        /// The port.
        port: u16,
        /// Its digits.
        text: Span,
    },
}

/// Parses the first element of the Via header number `header`, whose value is `value`.
#[inline]
pub(crate) fn parse(bytes: &[u8], value: Span, header: usize) -> Result<TopVia, ParseError> {
    let (at, end) = (value.start(), value.end());
    let fault = |at| ParseError::new(ErrorKind::Via, at);
    let mut via = TopVia { header, ..TopVia::default() };

    let (transport_at, transport_end) = protocol(bytes, at, end).map_err(fault)?;
    via.transport = Span::between(transport_at, transport_end);
    let host_at = skip_white(bytes, transport_end, end);
    if host_at == transport_end {
        return Err(fault(host_at));
    }
    let host_end = host(bytes, host_at, end).ok_or(fault(host_at))?;
    via.host = Span::between(host_at, host_end);
    let mut next = skip_white(bytes, host_end, end);
    if next < end && byte(bytes, next) == b':' {
        let port_at = skip_white(bytes, next + 1, end);
        let (port, port_end) = number(bytes, port_at, end).ok_or(fault(port_at))?;
        let port = u16::try_from(port).ok().filter(|port| *port != 0);
        via.port = Some(port.ok_or(fault(port_at))?);
        if port_end < end && is(byte(bytes, port_end), &TOKEN) {
            return Err(fault(port_at));
        }
        next = skip_white(bytes, port_end, end);
    }
    while next < end && byte(bytes, next) == b';' {
        let param = param(bytes, next, end).map_err(fault)?;
        next = param.next;
        keep(bytes, &mut via, &param)?;
    }
    via.sole = next >= end;
    if !via.sole && byte(bytes, next) != b',' {
        return Err(fault(next));
    }
    via.value = Span::between(at, trim_end(bytes, at, next.min(end)));
    Ok(via)
}

/// RFC 3261 §25.1 `sent-protocol`: where the transport stands. Other protocols and versions than
/// `SIP/2.0` follow the grammar too, and a request with them is to be answered.
#[inline]
fn protocol(bytes: &[u8], at: usize, end: usize) -> Result<(usize, usize), usize> {
    let mut part = at;
    if end - at >= 8 && word(bytes, at) == u64::from_le_bytes(*b"SIP/2.0/") {
        part = at + 8;
        // What nearly all say; the space is the end of a token.
        if word(bytes, part) << 32 == u64::from_le_bytes(*b"\0\0\0\0UDP ") && part + 3 < end {
            return Ok((part, part + 3));
        }
    } else {
        for _ in 0..2 {
            let slash = skip(bytes, part, end, &TOKEN);
            let slash = if slash == part { end } else { skip_white(bytes, slash, end) };
            if slash >= end || byte(bytes, slash) != b'/' {
                return Err(slash.min(end));
            }
            part = skip_white(bytes, slash + 1, end);
        }
    }
    part = skip_white(bytes, part, end);
    let part_end = skip(bytes, part, end, &TOKEN);
    if part_end == part { Err(part) } else { Ok((part, part_end)) }
}

/// Keeps a parameter that the top Via is read for.
#[inline]
fn keep(bytes: &[u8], via: &mut TopVia, param: &Param) -> Result<(), ParseError> {
    let (name, name_end) = (param.name, param.name_end);
    let fault = |at| Err(ParseError::new(ErrorKind::Via, at));
    // The lengths decide for nearly all parameters.
    let len = name_end - name;
    let known = match len {
        5 => &RPORT,
        6 => &BRANCH,
        8 => &RECEIVED,
        _ => return Ok(()),
    };
    if !known.is(bytes, name, name_end) {
        return Ok(());
    }
    let duplicate = match len {
        5 => via.rport != Rport::Absent,
        6 => !via.branch.is_empty(),
        _ => !via.received.is_empty(),
    };
    if duplicate {
        return Err(ParseError::new(ErrorKind::DuplicateParameter, name));
    }
    match (param.value, len) {
        (None, 5) => {
            via.rport = Rport::Empty { at: Span::between(name_end, name_end).off };
        }
        (None, _) => return fault(name),
        (Some((from, to)), 5) => {
            let number = decimal(bytes, from, to).and_then(|number| u16::try_from(number).ok());
            let Some(port) = number else { return fault(from) };
            via.rport = Rport::Value { port, text: Span::between(from, to) };
        }
        (Some((from, _)), _) if byte(bytes, from) == b'"' => return fault(from),
        (Some((from, to)), 6) => via.branch = Span::between(from, to),
        (Some((from, to)), _) => via.received = Span::between(from, to),
    }
    Ok(())
}
