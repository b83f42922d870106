//! Owns a deck of buy rates as it travels. Refuses to compute with prices: they are decimal texts.

use serde::{Deserialize, Serialize};

/// Buy rates by prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deck {
    /// Unique name, 1 to 128 bytes.
    pub name: String,
    /// Rates; the longest prefix holds.
    pub rates: Vec<Rate>,
}

/// Price of a minute to numbers of one prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// 1 to 15 digits.
    pub prefix: String,
    /// Price of a minute as a decimal text with at most 8 places, such as "0.0125".
    pub rate: String,
}

/// A deck in a list, without its rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeckItem {
    /// Name of the deck.
    pub name: String,
    /// How many rates it has.
    pub rates: u64,
    /// Names of the trunks that buy by it.
    pub trunks: Vec<String>,
}

/// What to change in a deck; what is left out stays.
///
/// `rates` takes the place of all rates first, then `remove` and `set` apply.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeckPatch {
    /// All rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rates: Option<Vec<Rate>>,
    /// Rates to add, or to change where the prefix has one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<Rate>,
    /// Prefixes whose rates go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}
