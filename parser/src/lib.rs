//! Zero-copy views of SIP messages and the byte-exact writer of changed ones.
//!
//! Owns the grammar: where things stand in a datagram, and how a changed copy is written.
//! Refuses to know packets, sockets, routing or time, and to decide anything.
//!
//! The way through the crate:
//!
//! 1. [`parse`] makes one pass over a [`simd::Padded`] datagram and fills a reusable [`Index`]:
//!    start line, every header's name and extent, and by hand the few fields that every packet
//!    needs (top Via, From, To, Call-ID, CSeq, Max-Forwards, first Route, Content-Length, body).
//! 2. [`Message`] reads that index. Everything else is a view on demand, written in nom: [`view`],
//!    which [`Message::views`] runs over the values of a header; and by hand what routing needs:
//!    [`uri`], [`number`]. [`compare`] and [`escape`] know when two texts mean the same.
//! 3. [`edit::Patch`] writes the message with changes, [`reply::build`] an answer to it, both
//!    through the bounded [`write::Writer`].
//!
//! When [`parse`] refuses a message, the index still holds what was understood:
//! [`Message::for_reply`] says whether that is enough for a 400.
//!
//! All offsets are `u16`, relative to the start of the datagram, unless a type says otherwise.
//! Nothing here allocates, panics or takes more than linear time, whatever the input.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

pub mod compare;
pub mod edit;
pub mod escape;
pub mod number;
pub mod reply;
pub mod uri;
pub mod view;
pub mod write;

mod bytes;
mod error;
mod field;
mod header;
mod index;
mod list;
mod message;
mod method;
#[cfg(test)]
mod samples;
mod scan;
mod short;
mod span;
mod start;
#[cfg(test)]
mod tests;

pub use error::{ErrorKind, Fault, ParseError};
pub use field::cseq::CSeq;
pub use field::name_addr::NameAddr;
pub use field::route::RouteValue;
pub use field::via::{Rport, TopVia};
pub use header::{HeaderId, Shape};
pub use index::{Header, Index, Limits, MaxForwards};
pub use message::{Message, RouteValues, Values};
pub use method::Method;
pub use scan::{parse, scan};
pub use span::Span;
pub use start::Start;
