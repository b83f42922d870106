//! Owns the dialog cookie: what our Record-Route tells us again in every request of a dialog.
//! Hot. Knows nothing of SIP syntax: it gets texts and gives bytes.
//!
//! 27 bytes, 44 characters of base32hex:
//!
//! | bytes | field |
//! |---|---|
//! | 0 | version (4 bits), key id (4 bits) |
//! | 1, 2, 3 | member, layout, core |
//! | 4–6, 7–8 | call slot, its generation |
//! | 9–11, 12–14 | originator, trunk (stable ids) |
//! | 15, 16 | flags, CSeq delta |
//! | 17–18 | hash of the caller's tag |
//! | 19–26 | SipHash-2-4 over all of these, Call-ID and the caller's tag |
//!
//! It survives a restart: nothing in it names memory but the call slot, and that is only believed when the
//! call record agrees.

use super::base32;
use super::keyring::KeyRing;

/// Characters of a cookie.
pub const TEXT_LEN: usize = base32::encoded_len(BYTES);
const BYTES: usize = 27;
const SIGNED: usize = 19;
const VERSION: u8 = 1;

/// Which side of a dialog sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The caller, towards the trunk.
    FromCaller,
    /// The trunk, towards the caller.
    FromCallee,
}

/// The facts of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Appliance in a fleet.
    pub member: u8,
    /// Number of workers and key epoch that `core` refers to.
    pub layout: u8,
    /// Worker that owns the call.
    pub core: u8,
    /// Slot of the call record, 24 bits.
    pub call_slot: u32,
    /// Generation of that slot.
    pub generation: u16,
    /// Stable id of the originator, 24 bits.
    pub originator: u32,
    /// Stable id of the trunk, 24 bits.
    pub trunk: u32,
    /// Reserved for leg mode and number restoring.
    pub flags: u8,
    /// What is added to the caller's CSeq towards the trunk.
    pub cseq_delta: u8,
}

/// Where a cookie says that its call is, unproved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Appliance in a fleet.
    pub member: u8,
    /// Number of workers and key epoch that `core` refers to.
    pub layout: u8,
    /// Worker that owns the call.
    pub core: u8,
}

impl Place {
    /// The place that a cookie names. Its MAC is not looked at: that takes Call-ID and tags, and whoever owns
    /// the call does it.
    #[inline]
    pub fn claimed(text: &[u8]) -> Option<Place> {
        let [version, member, layout, core, ..] = base32::decode::<BYTES>(text)?;
        (version >> 4 == VERSION).then_some(Place { member, layout, core })
    }
}

impl Cookie {
    /// The cookie as text, bound to `call_id` and the caller's `tag`.
    #[inline]
    pub fn seal(&self, keys: &KeyRing, call_id: &[u8], tag: &[u8]) -> [u8; TEXT_LEN] {
        let mut bytes = [0u8; BYTES];
        let key = keys.newest();
        let [_, slot @ ..] = self.call_slot.to_be_bytes();
        let [_, originator @ ..] = self.originator.to_be_bytes();
        let [_, trunk @ ..] = self.trunk.to_be_bytes();
        let [generation_high, generation_low] = self.generation.to_be_bytes();
        let [tag_high, tag_low] = tag_hash(keys, key, tag).to_be_bytes();
        if let Some((signed, mac)) = bytes.split_first_chunk_mut::<SIGNED>() {
            let [a, b, c] = slot;
            let [d, e, f] = originator;
            let [g, h, i] = trunk;
            *signed = [
                VERSION << 4 | key & 15,
                self.member,
                self.layout,
                self.core,
                a,
                b,
                c,
                generation_high,
                generation_low,
                d,
                e,
                f,
                g,
                h,
                i,
                self.flags,
                self.cseq_delta,
                tag_high,
                tag_low,
            ];
            let value = keys.mac(key, &[signed.as_slice(), call_id, tag]).unwrap_or(0);
            mac.copy_from_slice(&value.to_be_bytes());
        }
        base32::encode(&bytes)
    }

    /// The call slot that a cookie claims, unchecked: good for fetching ahead, and for nothing else.
    #[inline]
    pub fn claimed_call(text: &[u8]) -> Option<u32> {
        let [_, _, _, _, a, b, c, ..] = base32::decode::<BYTES>(text)?;
        Some(u32::from_be_bytes([0, a, b, c]))
    }

    /// Reads and checks a cookie that came with these dialog ids; tells who sent the request.
    ///
    /// `None` when it is not ours, was changed, or belongs to another dialog.
    #[inline]
    pub fn open(
        text: &[u8],
        keys: &KeyRing,
        call_id: &[u8],
        from_tag: &[u8],
        to_tag: &[u8],
    ) -> Option<(Cookie, Direction)> {
        let bytes = base32::decode::<BYTES>(text)?;
        let (signed, mac) = bytes.split_first_chunk::<SIGNED>()?;
        let [
            head,
            member,
            layout,
            core,
            a,
            b,
            c,
            gh,
            gl,
            d,
            e,
            f,
            g,
            h,
            i,
            flags,
            cseq_delta,
            th,
            tl,
        ] = *signed;
        if head >> 4 != VERSION {
            return None;
        }
        let key = head & 15;
        let caller = u16::from_be_bytes([th, tl]);
        let claimed = u64::from_be_bytes(*mac.first_chunk::<8>()?);
        let is_of = |tag: &[u8]| {
            tag_hash(keys, key, tag) == caller
                && keys.mac(key, &[signed.as_slice(), call_id, tag]) == Some(claimed)
        };
        let direction = if is_of(from_tag) {
            Direction::FromCaller
        } else if is_of(to_tag) {
            Direction::FromCallee
        } else {
            return None;
        };
        let cookie = Cookie {
            member,
            layout,
            core,
            call_slot: u32::from_be_bytes([0, a, b, c]),
            generation: u16::from_be_bytes([gh, gl]),
            originator: u32::from_be_bytes([0, d, e, f]),
            trunk: u32::from_be_bytes([0, g, h, i]),
            flags,
            cseq_delta,
        };
        Some((cookie, direction))
    }
}

#[inline]
fn tag_hash(keys: &KeyRing, key: u8, tag: &[u8]) -> u16 {
    (keys.mac(key, &[b"tag", tag]).unwrap_or(0) & 0xffff) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(ids: &[u8]) -> KeyRing {
        let secrets: Vec<(u8, [u8; 48])> =
            ids.iter().map(|id| (*id, [id.wrapping_mul(37) + 1; 48])).collect();
        KeyRing::new(&secrets).unwrap()
    }

    const COOKIE: Cookie = Cookie {
        member: 1,
        layout: 2,
        core: 3,
        call_slot: 0x00ab_cdef,
        generation: 0x1234,
        originator: 0x00fe_dcba,
        trunk: 77,
        flags: 5,
        cseq_delta: 1,
    };

    #[test]
    fn opens_for_both_sides_and_tells_them_apart() {
        let keys = ring(&[4]);
        let text = COOKIE.seal(&keys, b"call@host", b"caller");
        assert_eq!(text.len(), 44);
        assert_eq!(
            Cookie::open(&text, &keys, b"call@host", b"caller", b"callee"),
            Some((COOKIE, Direction::FromCaller))
        );
        assert_eq!(
            Cookie::open(&text, &keys, b"call@host", b"callee", b"caller"),
            Some((COOKIE, Direction::FromCallee))
        );
    }

    #[test]
    fn tells_its_place_to_whoever_asks() {
        let text = COOKIE.seal(&ring(&[4]), b"id", b"tag");
        let place = Place { member: 1, layout: 2, core: 3 };
        assert_eq!(Place::claimed(&text), Some(place));
        assert_eq!(Place::claimed(&text.to_ascii_uppercase()), Some(place));
        assert_eq!(Place::claimed(&text[..43]), None);
        assert_eq!(Place::claimed(&[b'0'; 44]), None);
    }

    #[test]
    fn opens_in_upper_case_and_after_a_key_rotation() {
        let text = COOKIE.seal(&ring(&[4]), b"id", b"tag");
        let rotated = ring(&[4, 5]);
        assert_eq!(rotated.newest(), 5);
        let upper = text.to_ascii_uppercase();
        assert!(Cookie::open(&upper, &rotated, b"id", b"tag", b"").is_some());
        assert!(Cookie::open(&text, &ring(&[5]), b"id", b"tag", b"").is_none());
    }

    #[test]
    fn does_not_open_for_another_dialog() {
        let keys = ring(&[0]);
        let text = COOKIE.seal(&keys, b"id", b"tag");
        assert!(Cookie::open(&text, &keys, b"id2", b"tag", b"x").is_none());
        assert!(Cookie::open(&text, &keys, b"id", b"other", b"x").is_none());
    }

    proptest! {
        #[test]
        fn any_changed_character_closes_it(at in 0usize..44, to in 0u8..32) {
            let keys = ring(&[9]);
            let mut text = COOKIE.seal(&keys, b"id", b"tag");
            let changed = base32::digit(to);
            prop_assume!(text[at] != changed);
            text[at] = changed;
            prop_assert!(Cookie::open(&text, &keys, b"id", b"tag", b"callee").is_none());
        }

        #[test]
        fn no_text_makes_it_panic(text in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(Cookie::open(&text, &ring(&[1]), b"id", b"tag", b"").is_none());
        }
    }
}
