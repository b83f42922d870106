//! What a message costs the parser, measured beside other parsers over the same messages.
//! Refuses to know packets: the messages are made here ([`corpus`]).
//!
//! `scripts/bench parse` lets all of [`contender`] take turns, round after round, over 6,000 distinct messages that lie
//! one behind the other, over the same in portions that were fetched into the cache before, and over the one INVITE of
//! 14 headers; its figures are medians over the rounds, with least and most. Instructions are callgrind's. Before that
//! it verifies what each contender reads against what was put in, and a call of the heap by ours ends it.
//! `cargo bench -p bench-parse` times the pieces alone: index and hot set of every kind of message, views, writing.
//!
//! # What limits it
//!
//! Seen on an Intel Xeon (family 6 model 207), x86-64-v3, with `scripts/bench parse`:
//!
//! | what | instructions |
//! |---|---|
//! | the INVITE: 14 headers, 951 bytes with SDP | 2,728 |
//! | of that, the hot set behind the index | 378 |
//! | one more header that nothing reads (INVITE of 11 to 15 headers) | 43 to 98 |
//! | the dearest, 183 with SDP and two Vias | 3,367 |
//! | the cheapest, a 100 | 2,161 |
//!
//! - *Per byte* it costs next to nothing: the newline mask takes 64 bytes in 40 instructions, and SDP is never read.
//! - *Per header* 43 to 98: line end, name, look-up, the entry.
//! - *Per message* the rest, more than half: start line, top Via, From, To, CSeq, Call-ID and the hot set, which a 100
//!   of seven headers needs as well as an INVITE. So a message costs by the fields that every packet needs, and hardly
//!   by its length.
//! - *Time* follows the instructions only where branches are learnt: the INVITE again and again takes 204 ns, which is
//!   13 instructions a nanosecond, and so does the mean of the mixed messages, each again and again (200 ns; seen
//!   by hand, no command prints it). One after the other they take 250 ns once they were fetched: most of the 50
//!   between are mispredicted branches, on forms and lengths that no predictor has seen. Where the other contenders
//!   have swept the caches, memory adds some 40: 293 ns.
//!
//! What made a difference to the mixed messages, and what did not, stands in `docs/adr/0010`.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod contender;
pub mod corpus;
pub mod fault;
pub mod instructions;
pub mod measure;
