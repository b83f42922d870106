//! Owns IPv4 networks and sorted address ranges; refuses to know whose they are.
//!
//! Addresses are `u32` in host order: 10.0.0.1 is `0x0a00_0001`.

use std::fmt;
use std::net::Ipv4Addr;

/// An IPv4 network whose host bits are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    first: u32,
    length: u8,
}

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseCidrError {
    /// The part before `/` is no dotted address.
    #[error("it is no IPv4 address")]
    Address,
    /// The part behind `/` is no number from 0 to 32.
    #[error("the length behind `/` is not 0 to 32")]
    Length,
    /// Bits behind the length are set.
    #[error("bits behind /{length} are set; the network is {network}")]
    HostBits {
        /// The length that was written.
        length: u8,
        /// The network that the address lies in.
        network: Cidr,
    },
}

impl Cidr {
    /// The network of one address.
    #[must_use]
    pub fn host(address: u32) -> Self {
        Self { first: address, length: 32 }
    }

    /// Reads `10.1.0.0/16`, or `10.1.2.3` for one address.
    ///
    /// # Errors
    /// [`ParseCidrError`] for anything else, also for host bits that are set.
    pub fn parse(text: &str) -> Result<Self, ParseCidrError> {
        let (address, length) = match text.split_once('/') {
            None => (text, 32),
            Some((address, length)) => {
                let digits = length.bytes().all(|b| b.is_ascii_digit());
                let length = length.parse().ok().filter(|length| digits && *length <= 32);
                (address, length.ok_or(ParseCidrError::Length)?)
            }
        };
        let address: Ipv4Addr = address.parse().map_err(|_| ParseCidrError::Address)?;
        let first = u32::from(address) & mask(length);
        let network = Self { first, length };
        if first != u32::from(address) {
            return Err(ParseCidrError::HostBits { length, network });
        }
        Ok(network)
    }

    /// First address.
    #[must_use]
    pub fn first(self) -> u32 {
        self.first
    }

    /// Last address, included.
    #[must_use]
    pub fn last(self) -> u32 {
        self.first | !mask(self.length)
    }

    /// Bits that are fixed, 0 to 32.
    #[must_use]
    pub fn length(self) -> u8 {
        self.length
    }

    /// Whether `address` lies in the network.
    #[must_use]
    pub fn contains(self, address: u32) -> bool {
        address & mask(self.length) == self.first
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.length)
    }
}

fn mask(length: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
}

/// A range of addresses and what its longest network stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range<T> {
    /// First address.
    pub first: u32,
    /// Last address, included.
    pub last: u32,
    /// Value of the longest network that covers the range.
    pub value: T,
}

/// Sorted, disjoint ranges that give every address the value of its longest network.
///
/// Neighbours of equal value are merged. Of two equal networks the later one in `networks` holds.
#[must_use]
pub fn flatten<T: Copy + PartialEq>(networks: &[(Cidr, T)]) -> Vec<Range<T>> {
    let mut sorted = networks.to_vec();
    sorted.sort_by_key(|(network, _)| (network.first(), network.length()));
    let mut ranges = Vec::new();
    // Networks nest or are disjoint, so the ones that are open at an address form a stack, longest on top.
    let mut open: Vec<(Cidr, T)> = Vec::new();
    // u64 so that one past 255.255.255.255 can be said.
    let mut done = 0_u64;
    for &(network, value) in &sorted {
        close_before(u64::from(network.first()), &mut open, &mut done, &mut ranges);
        if let Some(&(_, outer)) = open.last() {
            push(&mut ranges, done, u64::from(network.first()), outer);
        }
        done = u64::from(network.first());
        open.push((network, value));
    }
    close_before(1 << 32, &mut open, &mut done, &mut ranges);
    ranges
}

/// Ends the open networks that lie wholly before `limit`.
fn close_before<T: Copy + PartialEq>(
    limit: u64,
    open: &mut Vec<(Cidr, T)>,
    done: &mut u64,
    ranges: &mut Vec<Range<T>>,
) {
    while let Some((network, value)) = open.pop_if(|(network, _)| u64::from(network.last()) < limit)
    {
        let end = u64::from(network.last()) + 1;
        push(ranges, *done, end, value);
        *done = end.max(*done);
    }
}

/// Adds `start..end` unless it is empty, extending the last range where it continues it.
fn push<T: Copy + PartialEq>(ranges: &mut Vec<Range<T>>, start: u64, end: u64, value: T) {
    let (Ok(first), Ok(last)) = (u32::try_from(start), u32::try_from(end.saturating_sub(1))) else {
        return;
    };
    if start >= end {
        return;
    }
    if let Some(previous) = ranges.last_mut()
        && previous.value == value
        && u64::from(previous.last) + 1 == start
    {
        previous.last = last;
        return;
    }
    ranges.push(Range { first, last, value });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let got = Cidr::parse(text).map(|network| network.to_string()).map_err(|e| e.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), expect, "{text}");
    }

    #[test]
    fn reads_networks_and_single_addresses() {
        check("10.1.0.0/16", Ok("10.1.0.0/16"));
        check("10.1.2.3", Ok("10.1.2.3/32"));
        check("0.0.0.0/0", Ok("0.0.0.0/0"));
    }

    #[test]
    fn refuses_host_bits_and_nonsense() {
        check("10.1.2.3/16", Err("bits behind /16 are set; the network is 10.1.0.0/16"));
        check("10.1.2/16", Err("it is no IPv4 address"));
        check("10.1.0.0/33", Err("the length behind `/` is not 0 to 32"));
        check("10.1.0.0/+8", Err("the length behind `/` is not 0 to 32"));
        check("10.1.0.0/", Err("the length behind `/` is not 0 to 32"));
    }

    proptest! {
        #[test]
        fn ranges_agree_with_the_longest_network(
            // Few distinct bits, so that networks nest and touch often.
            seeds in prop::collection::vec((0_u32..64, 24_u8..=32, 0_u32..4), 0..24),
            wide in any::<bool>(),
        ) {
            let mut networks: Vec<(Cidr, u32)> = seeds
                .iter()
                .map(|&(bits, length, value)| {
                    let first = (0xffff_ff00 | bits << 2) & mask(length);
                    (Cidr { first, length }, value)
                })
                .collect();
            if wide {
                networks.push((Cidr { first: 0, length: 0 }, 9));
            }
            let ranges = flatten(&networks);
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
            }
            for address in (0xffff_fe00..=u32::MAX).chain([0, 1]) {
                let mut longest: Option<(Cidr, u32)> = None;
                for &(network, value) in &networks {
                    if network.contains(address)
                        && longest.is_none_or(|(best, _)| best.length() <= network.length())
                    {
                        longest = Some((network, value));
                    }
                }
                let found = ranges
                    .iter()
                    .find(|range| range.first <= address && address <= range.last)
                    .map(|range| range.value);
                prop_assert_eq!(found, longest.map(|(_, value)| value), "{:x}", address);
            }
        }
    }
}
