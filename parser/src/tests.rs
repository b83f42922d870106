//! Owns the tests of the crate: claims, and the agreement with a naive twin.
//! Refuses to test other crates.

mod agree;
mod claims;
mod compare;
mod cursor;
mod edits;
mod harness;
mod limits;
mod lists;
mod replies;
mod rfc4475;
mod rfc5118;
mod same;
mod samples;
mod searches;
mod splits;
mod telephones;
mod torture;
mod twin;
mod uris;
mod views;
mod whole;

use simd::{Padded, padded};

use crate::{ErrorKind, Index, Limits, Message, ParseError, parse};

/// Parses `text` with the default limits and hands the message to `look`.
fn with<T>(text: &[u8], look: impl FnOnce(Message<'_>) -> T) -> Result<T, ParseError> {
    with_limits(text, &Limits::default(), look)
}

fn with_limits<T>(
    text: &[u8],
    limits: &Limits,
    look: impl FnOnce(Message<'_>) -> T,
) -> Result<T, ParseError> {
    let buffer = padded(text);
    let mut index = Index::new();
    parse(Padded::new(&buffer, text.len()).unwrap(), limits, &mut index).map(look)
}

/// The kind of fault that `text` is refused with.
fn refusal(text: &[u8]) -> Option<ErrorKind> {
    with(text, |_| ()).err().map(|error| error.kind)
}

/// The answer to `text`, which was refused with `error`, where enough of it was understood.
fn answer(text: &[u8], error: ParseError) -> Option<Vec<u8>> {
    let buffer = padded(text);
    let mut index = Index::new();
    let input = Padded::new(&buffer, text.len()).unwrap();
    assert_eq!(crate::scan(input, &Limits::default(), &mut index), Err(error));
    let request = Message::for_reply(text, &index)?;
    let fault = error.kind.fault();
    let stamp = crate::reply::ViaStamp { received: 0xc000_0201, rport: 5060 };
    let reason = fault.reason.as_bytes();
    let mut out = vec![0; 1 << 16];
    let len = crate::reply::build(&request, fault.status, reason, Some(b"t"), stamp, b"", &mut out);
    out.truncate(len.unwrap());
    Some(out)
}

/// A valid OPTIONS whose headers are those five that must be there, one of them replaced by each
/// line of `lines` that has its name, and the other lines behind them.
fn options(lines: &[&str]) -> Vec<u8> {
    let mut all = vec![
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        "From: <sip:a@example.com>;tag=1",
        "To: <sip:b@example.com>",
        "Call-ID: 1@example.com",
        "CSeq: 1 OPTIONS",
    ];
    for line in lines {
        let name = line.split(':').next().unwrap();
        match all.iter().position(|known| known.split(':').next() == Some(name)) {
            Some(place) => all[place] = line,
            None => all.push(line),
        }
    }
    let mut text = String::from("OPTIONS sip:b@example.com SIP/2.0\r\n");
    for line in all.iter().filter(|line| !line.ends_with("absent")) {
        text += line;
        text += "\r\n";
    }
    text += "\r\n";
    text.into_bytes()
}
