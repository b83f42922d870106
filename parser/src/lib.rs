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
//!
//! # What it costs
//!
//! Nothing here allocates, locks, reads a clock or converts text. The pass takes time linear in the
//! bytes of start line and headers, whatever they are, and does not read the body. What it found is
//! handed out in constant time; the first header of a name, in as many steps as headers have that
//! name. A view takes time linear in the value that it reads, each time that it is asked for; a
//! parameter by name is one more walk over the parameters of that value.
//! Writing takes time linear in what is written. Comparisons are bounded by
//! [`compare::MAX_PARAMS`]. `tests/linear.rs` counts instructions on hostile input of doubling
//! size, and `scripts/bench parse` time and allocations on what carriers send.
//!
//! An [`Index`] is about two kilobytes without a pointer: one for each datagram of a burst is made
//! once, and used again and again.
//!
//! # What it promises
//!
//! No input makes it panic, read outside the slice that it was given, or loop: the crate has no
//! unsafe code, and neither indexing nor unwrap outside tests; what fuzzing adds to that stands in
//! `fuzz/README.md`.
//! A fault is a [`ParseError`] of one byte of kind and an offset; what it means, and how it is
//! answered, stands in one table: [`ErrorKind::fault`]. A [`Span`], [`Index`] or patch that is used
//! with another message than its own gives wrong bytes or an error, and nothing worse. An output
//! that is too small is an error ([`write::Overflow`]). Bytes that no edit names are written as
//! they came.
//!
//! # Example
//!
//! ```
//! use parser::edit::Patch;
//! use parser::view::reason;
//! use parser::{ErrorKind, HeaderId, Index, Limits, Method, parse};
//!
//! let text = b"BYE sip:bob@198.51.100.7 SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK74b\r\n\
//!     Max-Forwards: 70\r\n\
//!     From: <sip:alice@example.com>;tag=9fxced\r\n\
//!     To: <sip:bob@example.com>;tag=314159\r\n\
//!     Call-ID: 3848276298@example.com\r\n\
//!     CSeq: 2 BYE\r\n\
//!     Reason: Q.850;cause=16;text=\"Terminated\"\r\n\r\n";
//! // The padding lets searches look at whole blocks; a receiver has it in its buffers.
//! let buffer = simd::padded(text);
//! let datagram = simd::Padded::new(&buffer, text.len()).unwrap();
//! let mut index = Index::new();
//! let message = parse(datagram, &Limits::default(), &mut index).unwrap();
//!
//! assert_eq!(message.method(), Some(Method::Bye));
//! assert_eq!(message.text(message.to().tag), b"314159");
//! let reason = message.view(HeaderId::Reason, reason::parse).unwrap().unwrap();
//! assert_eq!(reason.cause(), Some(16));
//!
//! let hops = message.max_forwards().unwrap();
//! let mut patch = Patch::<4>::of(&message);
//! patch.replace_number(hops.text, u32::from(hops.value) - 1);
//! patch.insert_at(message.first_header_at(), b"Via: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bK1\r\n");
//! let mut out = [0; 512];
//! let len = patch.apply(message.bytes(), &mut out).unwrap();
//! assert!(out[..len].ends_with(b"Terminated\"\r\n\r\n"));
//!
//! let broken = &text[..text.len() - 2];
//! let buffer = simd::padded(broken);
//! let datagram = simd::Padded::new(&buffer, broken.len()).unwrap();
//! let error = parse(datagram, &Limits::default(), &mut index).unwrap_err();
//! assert_eq!(error.kind, ErrorKind::NoEmptyLine);
//! assert_eq!(error.kind.fault().status, 400);
//! ```
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
mod entry;
mod error;
mod field;
mod header;
mod index;
mod list;
mod message;
mod method;
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
