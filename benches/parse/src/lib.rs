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
//! | the INVITE: 14 headers, 951 bytes with SDP | 5,496 |
//! | of that, the hot set behind the index | 1,039 |
//! | one more header that nothing reads (INVITE of 11 to 15 headers) | 144 to 182 |
//! | a mixed message, mean of 666 bytes | 5,158 |
//! | the cheapest, 100 | 3,738 |
//!
//! - *Per byte* it costs next to nothing: User-Agent and Min-SE, of 33 and 12 bytes, cost the same 144. The newline mask takes 64 bytes a step, and SDP is never read.
//! - *Per header* 144 to 182: line end, name, look-up, trimming, the entry. For the 14 of the INVITE that is less than
//!   half of all.
//! - *Per message* the rest, more than half: start line, top Via, From, To, CSeq, Call-ID and the hot set, which a 100
//!   of seven headers needs as well as an INVITE. So a message costs by the fields that every packet needs, and hardly
//!   by its length.
//! - *Time* follows the instructions only where branches are learnt: the INVITE again and again takes 340 ns, which is
//!   16 instructions a nanosecond; at that pace the mixed messages would take 319 ns, and take 534. The other 215 are
//!   mispredicted branches, on lengths and orders that no predictor has seen, and messages from behind the
//!   second-level cache. Memory is the smaller part: in a run beside other work the least round took 524 ns, and 470
//!   with the messages fetched before.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod contender;
pub mod corpus;
pub mod fault;
pub mod instructions;
pub mod measure;
