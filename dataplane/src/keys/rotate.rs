//! Owns when a new key is made and when an old one goes. Knows nothing of files.

use super::{Error, Key, KeyId, Keys, MAX_KEYS, file};

const DAY_S: u64 = 24 * 3600;
/// Age of the signing key from which on a start makes the next one.
pub(super) const ROTATE_AFTER_S: u64 = 30 * DAY_S;
/// How long a key is kept once it signs no more. No call lasts as long.
const KEEP_S: u64 = 7 * DAY_S;

/// `keys` with a new one that signs, without those that signed nothing that can still stand.
pub(super) fn rotated(keys: &Keys, now_utc_s: u64) -> Result<Keys, Error> {
    let newest = keys.signing();
    // The newest signs whatever became of the clock.
    let created = now_utc_s.max(newest.created_utc_s.saturating_add(1));
    // The order of ids is that of ages, so that the id after the newest one is free or the oldest.
    let next = (usize::from(newest.id.get()) + 1) % MAX_KEYS;
    let id = u8::try_from(next).ok().and_then(KeyId::new).unwrap_or(newest.id);
    let fresh = file::fresh(id, created)?;
    let mut kept: arrayvec::ArrayVec<Key, MAX_KEYS> = arrayvec::ArrayVec::new();
    kept.push(fresh);
    let mut superseded = created;
    for key in keys.iter() {
        let signs_no_more_for = created.saturating_sub(superseded);
        if key.id != id && signs_no_more_for <= KEEP_S && !kept.is_full() {
            kept.push(*key);
        }
        superseded = key.created_utc_s;
    }
    Ok(Keys { keys: kept, first: fresh, identity: keys.identity })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keeper::testing::Scratch;

    fn first(at: u64) -> Keys {
        let scratch = Scratch::new();
        let keys = Keys::load_or_create(&scratch.path().join("k")).unwrap();
        let first = Key { created_utc_s: at, ..*keys.signing() };
        Keys { keys: [first].into_iter().collect(), first, ..keys }
    }

    fn ids(keys: &Keys) -> Vec<u8> {
        keys.iter().map(|key| key.id.get()).collect()
    }

    #[test]
    fn the_new_key_signs_and_the_old_one_verifies_for_a_week() {
        let one = first(1_000);
        let two = rotated(&one, 1_000 + 30 * DAY_S).unwrap();
        assert_eq!(ids(&two), [1, 0]);
        assert_eq!(two.signing().created_utc_s, 1_000 + 30 * DAY_S);
        assert_ne!(two.signing().branch, one.signing().branch);
        assert_eq!(two.identity(), one.identity());
        let soon = rotated(&two, 1_000 + 36 * DAY_S).unwrap();
        assert_eq!(ids(&soon), [2, 1, 0], "the first signed until six days ago");
        let later = rotated(&two, 1_000 + 60 * DAY_S).unwrap();
        assert_eq!(ids(&later), [2, 1], "what the first signed has ended");
    }

    #[test]
    fn ids_go_round_and_there_is_always_room() {
        let mut keys = first(1_000);
        for turn in 1..40_u8 {
            // Many on one day: all would be kept, and the oldest has to make room.
            keys = rotated(&keys, 1_000).unwrap();
            assert_eq!(keys.signing().id.get(), turn % 16);
            assert_eq!(keys.iter().count(), usize::from(turn + 1).min(MAX_KEYS));
        }
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_older_key() {
        let keys = rotated(&first(5_000), 10).unwrap();
        assert_eq!(keys.signing().created_utc_s, 5_001);
    }
}
