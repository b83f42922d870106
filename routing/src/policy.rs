//! Owns the failover policy of a plan: its limits, its timers, and which SIP codes go on to the next trunk.
//! Hot: copied into a transaction at decision time and asked at every failure.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// SIP codes 300 to 699 as a bitmap.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Default,
)]
#[repr(C)]
pub struct CodeSet {
    words: [u64; 7],
}

const FIRST_CODE: u16 = 300;
const LAST_CODE: u16 = 699;

impl CodeSet {
    /// The set without any code.
    pub const EMPTY: Self = Self { words: [0; 7] };

    /// This set with `code` added; a code outside 300 to 699 changes nothing.
    #[must_use]
    pub const fn with(mut self, code: u16) -> Self {
        if code >= FIRST_CODE && code <= LAST_CODE {
            let bit = code - FIRST_CODE;
            let word = (bit / 64) as usize;
            #[expect(clippy::indexing_slicing, reason = "399 / 64 is 6, the last of seven words")]
            {
                self.words[word] |= 1 << (bit % 64);
            }
        }
        self
    }

    /// Whether `code` is in the set; false outside 300 to 699.
    #[inline]
    #[must_use]
    pub fn contains(&self, code: u16) -> bool {
        let bit = code.wrapping_sub(FIRST_CODE);
        self.words.get(usize::from(bit / 64)).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }
}

/// Codes of the `conservative` policy: a trunk's 500, 502, 503 and 504 go on to the next trunk.
///
/// Local timeouts, transport and ICMP errors go on under every policy and are no SIP codes.
#[must_use]
pub const fn conservative() -> CodeSet {
    CodeSet::EMPTY.with(500).with(502).with(503).with(504)
}

/// What a plan says about going on after a failure; times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PolicyValues {
    /// SIP codes that go on to the next trunk.
    pub next_on: CodeSet,
    /// No attempt starts later than this after the call was received.
    pub total_ms: u32,
    /// No response at all for this long: next gateway, then next trunk.
    pub no_response_ms: u32,
    /// Neither 180 to 183 nor 2xx for this long: next trunk.
    pub pdd_ms: u32,
    /// After a 181 or 182, neither 180, 183 nor a final for this long: CANCEL, next trunk.
    pub invite_timeout_ms: u32,
    /// After the first 180 or 183, no final for this long: CANCEL and 408 upstream.
    pub ring_timeout_ms: u32,
    /// Wait before the next attempt.
    pub retry_interval_ms: u32,
    /// Trunks tried for one call, 1 to 16.
    pub max_total_attempts: u8,
    /// Zero; keeps the layout without hidden bytes.
    pub reserved: [u8; 7],
}

impl PolicyValues {
    /// The values that hold where a plan says nothing.
    pub const DEFAULT: Self = Self {
        next_on: conservative(),
        total_ms: 60_000,
        no_response_ms: 2_000,
        pdd_ms: 6_000,
        invite_timeout_ms: 30_000,
        ring_timeout_ms: 120_000,
        retry_interval_ms: 0,
        max_total_attempts: 4,
        reserved: [0; 7],
    };

    /// Whether a final response `status` of a trunk goes on to the next one.
    #[inline]
    #[must_use]
    pub fn goes_on(&self, status: u16) -> bool {
        self.next_on.contains(status)
    }
}

impl Default for PolicyValues {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conservative_goes_on_for_exactly_four_codes() {
        let going_on: Vec<u16> =
            (0..=u16::MAX).filter(|&code| PolicyValues::DEFAULT.goes_on(code)).collect();
        assert_eq!(going_on, [500, 502, 503, 504]);
    }

    #[test]
    fn a_set_holds_every_code_of_its_range() {
        for code in 0..=u16::MAX {
            let inside = (FIRST_CODE..=LAST_CODE).contains(&code);
            assert_eq!(CodeSet::EMPTY.with(code).contains(code), inside, "{code}");
        }
    }
}
