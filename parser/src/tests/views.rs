//! Owns the tests of the views on demand: claims, one sample a header, generated values.
//! Refuses to test the pass over the message.

use crate::ParseError;

mod addresses;
mod agreed;
mod auth;
mod claims;
mod generated;
mod numbers;
mod sampled;
mod samples;
mod touch;
mod touched;
mod words;

/// What `look` sees in a value that is read, or the fault of one that is not, as kind and offset.
fn seen<T>(read: Result<T, ParseError>, look: impl FnOnce(T) -> String) -> String {
    read.map_or_else(|error| format!("{:?} {}", error.kind, error.at), look)
}

/// Bytes as text.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The same, a dash where there are none.
fn or_dash(bytes: Option<&[u8]>) -> &str {
    bytes.map_or("-", text)
}
