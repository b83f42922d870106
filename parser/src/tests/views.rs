//! Owns the tests of the views on demand: claims, one sample a header, generated values.
//! Refuses to test the pass over the message.

mod claims;
mod sampled;
mod samples;
