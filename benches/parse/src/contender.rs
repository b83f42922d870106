//! Owns what is measured side by side, and that each of it reads what the messages say; refuses to know the clock.
//!
//! | name | what it does with a message |
//! |---|---|
//! | `tandem` | the index and the hot set: all that the router asks of a message, without an allocation |
//! | `index` | the index alone |
//! | `httparse` | splits the lines behind the start line into names and values; leaves out the start line, which it cannot read, what a name means, every field, and the body |
//! | `rsip` | `SipMessage::try_from`: a string for each header, the body copied; leaves out every field |
//! | `rsip_fields` | the same, then the fields of the hot set with its types |
//! | `rsipstack` | as `rsip` |
//! | `rsipstack_fields` | as `rsip_fields` |
//!
//! What is made of a message is dropped before the next, within the time. The fields of the last two come with all
//! that their types hold: URIs as trees of strings. `tandem` looks at the form of those fields and no further.

mod httparse;
pub mod ours;
mod rsip;
mod rsipstack;

use simd::Padded;

use crate::corpus::{Burst, Corpus, Told};
use crate::fault::Fault;

/// A parser that takes part.
pub trait Contender {
    /// How reports call it.
    fn name(&self) -> &'static str;

    /// Does its work with one message.
    fn parse(&mut self, datagram: Padded<'_>);

    /// What it reads in a message; what it does not look at is as `expected`.
    ///
    /// # Errors
    /// What it says of a message that it refuses, or that it misses a header.
    fn told(&mut self, datagram: Padded<'_>, expected: &Told) -> Result<Told, String>;

    /// Works through the messages so many times.
    fn sweep(&mut self, burst: Burst<'_>, times: usize) {
        for _ in 0..times {
            for datagram in burst.messages() {
                self.parse(datagram);
            }
        }
    }
}

/// Those that are ours, which ask nothing of the heap.
pub const OURS: [&str; 2] = ["tandem", "index"];

/// The names of all.
pub fn names() -> String {
    all().iter().map(|contender| contender.name()).collect::<Vec<_>>().join(", ")
}

/// All of them, ours first.
pub fn all() -> Vec<Box<dyn Contender>> {
    vec![
        Box::new(ours::Hot::default()),
        Box::new(ours::Indexed::default()),
        Box::new(httparse::Lines),
        Box::new(rsip::Message),
        Box::new(rsip::Fields),
        Box::new(rsipstack::Message),
        Box::new(rsipstack::Fields),
    ]
}

/// Fails unless `contender` reads in every message what was put in.
///
/// # Errors
/// The first message that it reads otherwise.
pub fn verify(contender: &mut dyn Contender, corpus: &Corpus) -> Result<(), Fault> {
    for (number, (datagram, expected)) in corpus.messages().zip(corpus.told()).enumerate() {
        let told = contender.told(datagram, expected);
        if told.as_ref() != Ok(expected) {
            let text = String::from_utf8_lossy(datagram.bytes()).into_owned();
            let told = format!("{told:?}");
            let (contender, expected) = (contender.name(), format!("{expected:?}"));
            return Err(Fault::Misread { contender, number, told, expected, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{all, verify};
    use crate::corpus::{Corpus, Kind};

    #[test]
    fn every_contender_reads_what_was_put_in() {
        let corpus = Corpus::mixed(600);
        for mut contender in all() {
            verify(contender.as_mut(), &corpus).unwrap();
            for (kind, _, _) in Kind::SHARES {
                verify(contender.as_mut(), &Corpus::one(kind)).unwrap();
            }
        }
    }

    #[test]
    fn a_message_that_says_something_else_is_found() {
        let mut corpus = Corpus::mixed(60);
        corpus.told_mut()[59].branch.push('x');
        for mut contender in all() {
            let said = verify(contender.as_mut(), &corpus).unwrap_err().to_string();
            assert!(said.contains("message 59"), "{said}");
        }
    }
}
