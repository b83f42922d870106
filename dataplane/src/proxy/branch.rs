//! Owns the branch of our own Via: it names the transaction, and only we can make one.
//! Hot. Knows nothing of transactions but their numbers.
//!
//! `z9hG4bK`, one character of key id, 26 characters of one AES-128 block, 8 characters of loop hash. The block
//! holds layout, core, ordinal of the branch, kind, slot (24 bits), generation (24 bits), boot (16 bits) and
//! 32 zero bits: a text that we did not make decrypts to zeros there once in four billion tries.

use crate::dialog::base32;
use crate::dialog::keyring::KeyRing;

/// Characters of a branch.
pub const TEXT_LEN: usize = COOKIE.len() + 1 + BLOCK_LEN + LOOP_LEN;
const COOKIE: &[u8; 7] = b"z9hG4bK";
const BLOCK_LEN: usize = base32::encoded_len(16);
const LOOP_LEN: usize = 8;

/// What a branch stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A request that belongs to a transaction.
    Transaction = 1,
    /// An ACK that was forwarded statelessly.
    Stateless = 2,
    /// An INVITE inside a dialog, whose answer is never released by a BYE.
    Reinvite = 3,
}

/// The names in a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Number of workers and key epoch that `core` refers to.
    pub layout: u8,
    /// Worker that owns the transaction.
    pub core: u8,
    /// Which attempt of the transaction.
    pub ordinal: u8,
    /// What it stands for.
    pub kind: Kind,
    /// Slot of the transaction, 24 bits.
    pub slot: u32,
    /// Generation of the slot, 24 bits.
    pub generation: u32,
    /// Which run of the process.
    pub boot: u16,
}

/// A branch of ours that was read in a datagram before anybody parsed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Where its text starts in the datagram.
    pub at: u16,
    /// What it names.
    pub branch: Branch,
}

impl Branch {
    /// The branch as text, with `loop_hash` behind it (RFC 5393 §4.2.1; 40 bits are shown).
    #[inline]
    pub fn seal(&self, keys: &KeyRing, loop_hash: u64) -> [u8; TEXT_LEN] {
        let [_, slot_a, slot_b, slot_c] = self.slot.to_be_bytes();
        let [_, generation_a, generation_b, generation_c] = self.generation.to_be_bytes();
        let [boot_a, boot_b] = self.boot.to_be_bytes();
        let mut block = [
            self.layout,
            self.core,
            self.ordinal,
            self.kind as u8,
            slot_a,
            slot_b,
            slot_c,
            generation_a,
            generation_b,
            generation_c,
            boot_a,
            boot_b,
            0,
            0,
            0,
            0,
        ];
        keys.seal(&mut block);
        let mut text = [0u8; TEXT_LEN];
        if let Some((head, rest)) = text.split_first_chunk_mut::<7>()
            && let Some((key, rest)) = rest.split_first_mut()
            && let Some((sealed, hash)) = rest.split_first_chunk_mut::<BLOCK_LEN>()
            && let Some(hash) = hash.first_chunk_mut::<LOOP_LEN>()
        {
            *head = *COOKIE;
            *key = base32::digit(keys.newest());
            *sealed = base32::encode(&block);
            *hash = base32::encode(&shown(loop_hash));
        }
        text
    }

    /// Reads a branch; gives the names and the loop hash as shown. `None` when it is not ours.
    #[inline]
    pub fn open(text: &[u8], keys: &KeyRing) -> Option<(Branch, LoopHash)> {
        if text.len() != TEXT_LEN {
            return None;
        }
        let (head, rest) = text.split_first_chunk::<7>()?;
        if !head.eq_ignore_ascii_case(COOKIE) {
            return None;
        }
        let (key, rest) = rest.split_first()?;
        let (sealed, hash) = rest.split_first_chunk::<BLOCK_LEN>()?;
        let mut block = base32::decode(sealed)?;
        keys.open(base32::value(*key)?, &mut block)?;
        let [
            layout,
            core,
            ordinal,
            kind,
            slot_a,
            slot_b,
            slot_c,
            gen_a,
            gen_b,
            gen_c,
            boot_a,
            boot_b,
            0,
            0,
            0,
            0,
        ] = block
        else {
            return None;
        };
        let kind = match kind {
            1 => Kind::Transaction,
            2 => Kind::Stateless,
            3 => Kind::Reinvite,
            _ => return None,
        };
        let loop_hash = base32::decode(hash)?;
        let branch = Branch {
            layout,
            core,
            ordinal,
            kind,
            slot: u32::from_be_bytes([0, slot_a, slot_b, slot_c]),
            generation: u32::from_be_bytes([0, gen_a, gen_b, gen_c]),
            boot: u16::from_be_bytes([boot_a, boot_b]),
        };
        Some((branch, LoopHash(loop_hash)))
    }
}

/// The part of a loop hash that a branch shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopHash([u8; 5]);

impl LoopHash {
    /// Whether `loop_hash` is the one that was shown.
    #[inline]
    pub fn is(self, loop_hash: u64) -> bool {
        self.0 == shown(loop_hash)
    }
}

#[inline]
fn shown(loop_hash: u64) -> [u8; 5] {
    let [a, b, c, d, e, ..] = loop_hash.to_be_bytes();
    [a, b, c, d, e]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring() -> KeyRing {
        KeyRing::new(&[(3, [7; 48])]).unwrap()
    }

    const BRANCH: Branch = Branch {
        layout: 1,
        core: 2,
        ordinal: 3,
        kind: Kind::Transaction,
        slot: 0x12_3456,
        generation: 0xab_cdef,
        boot: 0xbeef,
    };

    #[test]
    fn opens_what_it_sealed_in_any_case() {
        let text = BRANCH.seal(&ring(), 0x0123_4567_89ab_cdef);
        assert!(text.starts_with(b"z9hG4bK"));
        let (branch, hash) = Branch::open(&text.to_ascii_uppercase(), &ring()).unwrap();
        assert_eq!(branch, BRANCH);
        assert!(hash.is(0x0123_4567_89ab_cdef));
        assert!(!hash.is(0x0123_4567_00ab_cdef));
    }

    #[test]
    fn does_not_open_under_another_key() {
        let text = BRANCH.seal(&ring(), 0);
        let other = KeyRing::new(&[(3, [8; 48])]).unwrap();
        assert_eq!(Branch::open(&text, &other), None);
    }

    proptest! {
        #[test]
        fn a_changed_block_is_not_ours(at in 8usize..34, to in 0u8..32) {
            let mut text = BRANCH.seal(&ring(), 5);
            let changed = base32::digit(to);
            prop_assume!(text[at] != changed);
            text[at] = changed;
            prop_assert_eq!(Branch::open(&text, &ring()), None);
        }
    }
}
