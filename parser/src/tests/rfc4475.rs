//! Owns the tests of RFC 4475: each message of its sections 3.1 to 3.4, the RFC's verdict, and ours.
//! Refuses to change a message: the files under `tests/data` are the RFC's bytes.
//!
//! A test says what the RFC demands of an element in general; what the parser cannot know, such as
//! schemes, methods and extensions that the router serves, is the router's to refuse.

mod invalid;
mod semantics;
mod valid;

use super::{answer, with};
use crate::{ErrorKind, HeaderId, Message};

/// The message of that name.
macro_rules! rfc4475 {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rfc4475/", $name, ".dat"))
    };
}
use rfc4475;

/// The message is accepted, and `look` is right about it.
fn accepted(text: &[u8], look: impl FnOnce(Message<'_>)) {
    with(text, look).unwrap();
}

/// The message is refused for `kind` at the first `at`; answered with the status of that fault, if
/// there is one.
fn refused(text: &[u8], kind: ErrorKind, at: &[u8], status: Option<u16>) {
    let error = with(text, |_| ()).unwrap_err();
    assert_eq!(error.kind, kind);
    let found = memchr::memmem::find(text, at).expect("the place of the fault");
    assert_eq!(usize::from(error.at), found, "{}", String::from_utf8_lossy(text));
    let reply = answer(text, error);
    let line = status.map(|status| format!("SIP/2.0 {status} {}\r\n", kind.fault().reason));
    match (&reply, &line) {
        (Some(reply), Some(line)) => assert!(reply.starts_with(line.as_bytes()), "{line}"),
        _ => assert_eq!(reply.is_some(), line.is_some()),
    }
}

/// The values of all headers `id`, as texts.
fn values<'m>(message: &Message<'m>, id: HeaderId) -> Vec<&'m str> {
    let texts = message.values(id).map(|value| str::from_utf8(message.text(value)).unwrap());
    texts.collect()
}
