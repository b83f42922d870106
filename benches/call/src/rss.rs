//! Owns the choice of a receive queue as a NIC makes it: the Toeplitz hash of addresses and ports, and a table of 128
//! entries that gives the queues out in turn.
//! Refuses to know packets.

use std::net::Ipv4Addr;

/// The key that drivers use unless they are told otherwise: the one that the hash was published with.
const KEY: [u8; 40] = [
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
    0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
    0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
];
const TABLE_ENTRIES: u32 = 128;

/// The queue of a datagram between two UDP ports, of `queues`.
pub fn queue(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), queues: usize) -> usize {
    (hash(from, to) % TABLE_ENTRIES) as usize % queues.max(1)
}

/// For each bit of the input that is set, the 32 bits of the key that begin at the same place.
fn hash(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16)) -> u32 {
    let addresses = [from.0.octets(), to.0.octets()];
    let ports = [from.1.to_be_bytes(), to.1.to_be_bytes()];
    let input = addresses.iter().flatten().chain(ports.iter().flatten());
    let mut window = u64::from_be_bytes(KEY[..8].try_into().unwrap_or_default());
    let mut hash = 0;
    for (byte, next) in input.zip(KEY[8..].iter().chain(&[0])) {
        for bit in (0..8).rev() {
            if byte >> bit & 1 == 1 {
                hash ^= (window >> 32) as u32;
            }
            window = window << 1 | u64::from(next >> bit & 1);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // The verification suite that the hash was published with: from, to, hash.
        let samples = [
            (([66, 9, 149, 187], 2_794), ([161, 142, 100, 80], 1_766), 0x51cc_c178),
            (([199, 92, 111, 2], 14_230), ([65, 69, 140, 83], 4_739), 0xc626_b0ea),
        ];
        for ((from, from_port), (to, to_port), wanted) in samples {
            assert_eq!(hash((from.into(), from_port), (to.into(), to_port)), wanted);
        }
    }

    #[test]
    fn one_queue_takes_all() {
        assert_eq!(queue((Ipv4Addr::LOCALHOST, 1), (Ipv4Addr::LOCALHOST, 2), 1), 0);
    }
}
