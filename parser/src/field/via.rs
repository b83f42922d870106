//! Owns the top Via.
//! Hot. Refuses to choose where a response goes.

use simd::block;

use crate::bytes::{
    HOST, TOKEN, Word, byte, decimal, host, is, number, pair, run, skip, skip_white, small_number,
    trim_end, word,
};
use crate::field::param::{Param, Params};
use crate::span::low16;
use crate::{ErrorKind, ParseError, Span};

const SIP_2_0: u64 = u64::from_le_bytes(*b"SIP/2.0/");
const UDP: u64 = u64::from_le_bytes(*b"\0\0\0\0UDP ");
const NEXT_BRANCH: Word = Word::of(b";branch=");
const NEXT_RPORT: Word = Word::of(b";rport");
const NEXT_RECEIVED: Word = Word::of(b";receive");
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

/// Parses the first element of the Via header number `header`, whose value is `value`, into `via`,
/// which is a default one. After a fault its value is empty.
#[inline]
pub(crate) fn parse(
    bytes: &[u8],
    value: Span,
    header: usize,
    via: &mut TopVia,
) -> Result<(), ParseError> {
    let (at, end) = (value.start(), value.end());
    let fault = |at| Err(ParseError::new(ErrorKind::Via, at));
    via.header = header;

    let sent_by = match usual_sent_by(bytes, at, via) {
        Some(behind) => behind,
        None => match any_sent_by(bytes, at, end, via) {
            Ok(behind) => behind,
            Err(wrong) => return fault(wrong),
        },
    };
    if usual_params(bytes, sent_by, end, via) {
        via.sole = true;
        via.value = value;
        return Ok(());
    }
    (via.branch, via.rport, via.received) = (Span::NONE, Rport::Absent, Span::NONE);
    let mut params = Params::new(bytes, sent_by, end);
    while let Some(param) = params.next() {
        match param {
            Ok(param) => keep(bytes, via, &param)?,
            Err(wrong) => return fault(wrong),
        }
    }
    let next = params.at();
    via.sole = next >= end;
    if !via.sole && byte(bytes, next) != b',' {
        return fault(next);
    }
    via.value = Span::between(at, trim_end(bytes, at, next.min(end)));
    Ok(())
}

/// What nearly all values start with: `SIP/2.0/UDP host:port;`. The position of the semicolon.
#[inline]
fn usual_sent_by(bytes: &[u8], at: usize, via: &mut TopVia) -> Option<usize> {
    let head = block::<64>(bytes, at)?;
    if word(head, 0) != SIP_2_0 || word(head, 8) << 32 != UDP {
        return None;
    }
    let len = HOST.set.outside_mask(block(head, 12)?).trailing_zeros() as usize;
    let (port @ 1..=0xffff, digits) = small_number(word(head, 12 + len + 1))? else { return None };
    let host = at + 12;
    let colon = host + len;
    let semicolon = colon + 1 + digits;
    let usual =
        colon > host && byte(head, 12 + len) == b':' && byte(head, 12 + len + 1 + digits) == b';';
    if !usual {
        return None;
    }
    via.transport = Span::ordered(at + 8, at + 11);
    via.host = Span::ordered(host, colon);
    via.port = Some(low16(port as usize));
    Some(semicolon)
}

/// Keeps the parameters from `at` on if they are what nearly all elements have, and all there is;
/// otherwise what it has kept counts for nothing.
#[inline]
fn usual_params(bytes: &[u8], at: usize, end: usize, via: &mut TopVia) -> bool {
    let mut at = at;
    // A value ends where no byte of its class stands; whether that is a semicolon is seen next.
    while at < end {
        let name = word(bytes, at);
        if NEXT_BRANCH.starts(name) && via.branch.is_empty() {
            let value = at + 8;
            let Some(len @ 1..) = run(bytes, value, &TOKEN) else { return false };
            via.branch = Span::ordered(value, value + len);
            at = value + len;
        } else if NEXT_RPORT.starts(name) && via.rport == Rport::Absent {
            let value = at + 7;
            if byte(bytes, value - 1) != b'=' {
                via.rport = Rport::Empty { at: low16(value - 1) };
                at = value - 1;
                continue;
            }
            let Some((port @ ..=0xffff, len)) = small_number(word(bytes, value)) else {
                return false;
            };
            let text = Span::ordered(value, value + len);
            via.rport = Rport::Value { port: low16(port as usize), text };
            at = value + len;
        } else if NEXT_RECEIVED.starts(name) && via.received.is_empty() {
            let value = at + 10;
            let [last, equals] = pair(bytes, value - 2);
            let Some(len @ 1..) = run(bytes, value, &HOST) else { return false };
            if last | 0x20 != b'd' || equals != b'=' {
                return false;
            }
            via.received = Span::ordered(value, value + len);
            at = value + len;
        } else {
            return false;
        }
    }
    at == end
}

/// Any protocol and sent-by; the position behind them and white space. The error is a position.
#[inline(never)]
fn any_sent_by(bytes: &[u8], at: usize, end: usize, via: &mut TopVia) -> Result<usize, usize> {
    let (transport_at, transport_end) = protocol(bytes, at, end)?;
    via.transport = Span::between(transport_at, transport_end);
    let host_at = skip_white(bytes, transport_end, end);
    let host_end = host(bytes, host_at, end).filter(|_| host_at != transport_end);
    let host_end = host_end.ok_or(host_at)?;
    via.host = Span::between(host_at, host_end);
    let next = skip_white(bytes, host_end, end);
    if next >= end || byte(bytes, next) != b':' {
        return Ok(next);
    }
    let port_at = skip_white(bytes, next + 1, end);
    let Some((port @ 1..=0xffff, port_end)) = number(bytes, port_at, end) else {
        return Err(port_at);
    };
    via.port = Some(low16(port as usize));
    if port_end < end && is(byte(bytes, port_end), &TOKEN) {
        return Err(port_at);
    }
    Ok(skip_white(bytes, port_end, end))
}

/// RFC 3261 §25.1 `sent-protocol`: where the transport stands. Other protocols and versions than
/// `SIP/2.0` follow the grammar too, and a request with them is to be answered.
fn protocol(bytes: &[u8], at: usize, end: usize) -> Result<(usize, usize), usize> {
    let mut part = at;
    for _ in 0..2 {
        let slash = skip(bytes, part, end, &TOKEN);
        let slash = if slash == part { end } else { skip_white(bytes, slash, end) };
        if slash >= end || byte(bytes, slash) != b'/' {
            return Err(slash.min(end));
        }
        part = skip_white(bytes, slash + 1, end);
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
