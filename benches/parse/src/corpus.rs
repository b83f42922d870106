//! Owns the messages that are parsed, made by rule and so known to the last tag; refuses to parse.
//!
//! They are those that reach the router of an interconnect: both sides of calls between equipment of six makers, each
//! with its own order of headers, names in full or compact, identifiers, codecs and extensions. Nothing is taken from
//! anyone's traffic. Every run makes the same bytes.

mod call;
mod dice;
mod kind;
mod vendor;

use std::hint::black_box;

use simd::{PAD, Padded};

use call::Call;
use dice::Dice;
pub use kind::Kind;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A request of that method.
    Method(&'static str),
    /// A response.
    Status(u16),
}

/// What a parser has to find in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Method or status.
    pub start: Start,
    /// Call-ID.
    pub call_id: String,
    /// Of the top Via.
    pub branch: String,
    /// The number in CSeq.
    pub cseq: u32,
    /// The tag of From.
    pub from_tag: String,
    /// The tag of To, empty where there is none.
    pub to_tag: String,
    /// Of the telephone number in the Request-URI.
    pub digits: Option<String>,
    /// The parameter `t` in the URI of the first Route or Record-Route.
    pub token: Option<String>,
}

/// Messages one behind the other in memory, as a burst lies in packet buffers.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    bytes: Vec<u8>,
    /// Start and length of each.
    places: Vec<(usize, usize)>,
    told: Vec<Told>,
}

/// Some of the messages.
#[derive(Clone, Copy, Debug)]
pub struct Burst<'c> {
    bytes: &'c [u8],
    places: &'c [(usize, usize)],
}

impl<'c> Burst<'c> {
    /// The messages.
    #[inline]
    pub fn messages(self) -> impl Iterator<Item = Padded<'c>> {
        let Burst { bytes, places } = self;
        places.iter().filter_map(|&(start, len)| Padded::new(&bytes[start..start + len + PAD], len))
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.places.len()
    }

    /// Reads a byte of each cache line.
    pub fn fetch(self) {
        let bytes = self.messages().flat_map(|datagram| datagram.bytes().iter().step_by(ALIGN));
        black_box(bytes.fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
    }
}

/// What a message starts at a multiple of: a cache line, as in packet buffers.
const ALIGN: usize = 64;

impl Corpus {
    /// `count` distinct messages in any order, of all kinds by their shares.
    pub fn mixed(count: usize) -> Corpus {
        let mut dice = Dice::new(1);
        let shares = Kind::SHARES.iter().flat_map(|(kind, _, share)| vec![*kind; *share]);
        let mut kinds: Vec<Kind> = shares.cycle().take(count).collect();
        dice.shuffle(&mut kinds);
        let mut corpus = Corpus::default();
        for kind in kinds {
            let call = Call::draw(&mut dice);
            // Either side ends a call or asks for more in it.
            let turned =
                matches!(kind, Kind::Bye | Kind::ByeOk | Kind::Reinvite) && dice.below(2) == 0;
            let call = if turned { call.reversed() } else { call };
            let (text, told) = call.message(kind, &mut dice);
            corpus.push(&text, told);
        }
        corpus
    }

    /// One message, the one that figures of its kind are of.
    pub fn one(kind: Kind) -> Corpus {
        let mut dice = Dice::new(5);
        let call = Call::between(vendor::VENDORS[0], vendor::VENDORS[5], &mut dice);
        let (text, told) = call.message(kind, &mut dice);
        let mut corpus = Corpus::default();
        corpus.push(&text, told);
        corpus
    }

    fn push(&mut self, text: &[u8], told: Told) {
        let start = self.bytes.len().next_multiple_of(ALIGN);
        self.bytes.resize(start, 0);
        self.bytes.extend_from_slice(text);
        self.bytes.extend_from_slice(&[0; PAD]);
        self.places.push((start, text.len()));
        self.told.push(told);
    }

    /// The messages.
    pub fn messages(&self) -> impl Iterator<Item = Padded<'_>> {
        self.all().messages()
    }

    /// All of them.
    pub fn all(&self) -> Burst<'_> {
        Burst { bytes: &self.bytes, places: &self.places }
    }

    /// The messages by bursts of so many.
    pub fn bursts(&self, count: usize) -> impl Iterator<Item = Burst<'_>> {
        self.places.chunks(count).map(|places| Burst { bytes: &self.bytes, places })
    }

    /// What each of them says.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// The same, to be changed.
    #[cfg(test)]
    pub fn told_mut(&mut self) -> &mut [Told] {
        &mut self.told
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Mean length of a message.
    pub fn mean_bytes(&self) -> f64 {
        self.places.iter().map(|&(_, len)| len as f64).sum::<f64>() / self.count() as f64
    }
}

#[cfg(test)]
mod tests;
