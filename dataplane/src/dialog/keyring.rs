//! Owns the keys of cookies and branches: the newest signs, all verify.
//! Hot. Knows nothing of where keys are stored.
//!
//! One secret of 48 bytes per key id, cut into three independent keys, so that no value that we show to a
//! peer tells anything about another.

use core::hash::Hasher;

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use siphasher::sip::{SipHasher13, SipHasher24};

/// Bytes of a secret.
pub const SECRET_BYTES: usize = 48;
/// Key ids are 4 bits.
pub const MAX_KEYS: usize = 16;

/// All keys of this appliance, and the process-wide hash key.
pub struct KeyRing {
    keys: [Option<Key>; MAX_KEYS],
    newest: u8,
    /// For tables in memory and loop hashes: stable over restarts through the newest key.
    hash: [u8; 16],
}

struct Key {
    branch: Aes128,
    cookie: [u8; 16],
}

impl core::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KeyRing").field("newest", &self.newest).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// A ring of (id, secret) pairs; the last one signs. `None` when it is empty or an id exceeds 15.
    pub fn new(secrets: &[(u8, [u8; SECRET_BYTES])]) -> Option<Self> {
        let (newest, signing) = secrets.last()?;
        let mut keys = [const { None }; MAX_KEYS];
        for (id, secret) in secrets {
            let (branch, rest) = secret.split_first_chunk::<16>()?;
            let (cookie, _) = rest.split_first_chunk::<16>()?;
            *keys.get_mut(usize::from(*id))? =
                Some(Key { branch: Aes128::new(&(*branch).into()), cookie: *cookie });
        }
        let (_, hash) = signing.split_last_chunk::<16>()?;
        Some(KeyRing { keys, newest: *newest, hash: *hash })
    }

    /// The id of the key that signs.
    #[inline]
    pub fn newest(&self) -> u8 {
        self.newest
    }

    /// A keyed hash for tables in memory: SipHash-1-3.
    #[inline]
    pub fn table_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.hash)
    }

    /// The MAC of `parts` under key `id`: SipHash-2-4; `None` when there is no such key.
    #[inline]
    pub fn mac(&self, id: u8, parts: &[&[u8]]) -> Option<u64> {
        let key = self.keys.get(usize::from(id))?.as_ref()?;
        let mut hasher = SipHasher24::new_with_key(&key.cookie);
        for part in parts {
            // Lengths in front keep two splits of the same bytes apart.
            hasher.write_u16(u16::try_from(part.len()).unwrap_or(u16::MAX));
            hasher.write(part);
        }
        Some(hasher.finish())
    }

    /// Encrypts one block in place under the newest key.
    #[inline]
    pub fn seal(&self, block: &mut [u8; 16]) {
        if let Some(Some(key)) = self.keys.get(usize::from(self.newest)) {
            let mut sealed = (*block).into();
            key.branch.encrypt_block(&mut sealed);
            *block = sealed.into();
        }
    }

    /// Decrypts one block in place under key `id`; `None` when there is no such key.
    #[inline]
    pub fn open(&self, id: u8, block: &mut [u8; 16]) -> Option<()> {
        let key = self.keys.get(usize::from(id))?.as_ref()?;
        let mut opened = (*block).into();
        key.branch.decrypt_block(&mut opened);
        *block = opened.into();
        Some(())
    }
}

/// Hashes `parts` in order with their lengths, under `ring`'s table key.
#[inline]
pub fn hash_parts(ring: &KeyRing, domain: u8, parts: &[&[u8]]) -> u64 {
    let mut hasher = ring.table_hasher();
    hasher.write_u8(domain);
    for part in parts {
        hasher.write_u16(u16::try_from(part.len()).unwrap_or(u16::MAX));
        hasher.write(part);
    }
    hasher.finish()
}
