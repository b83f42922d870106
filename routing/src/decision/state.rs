//! Owns what techniques remember on one core: random numbers and cursors; refuses to know slots beyond their names.
//! Hot: one multiplication per random number, one pass over the cursors per image. Its memory is the business of `sizing`.

use std::sync::Arc;

use crate::image::cursor;

/// Per-core state of the techniques. The same seed, core and calls give the same choices.
#[derive(Debug, Clone)]
pub struct TechniqueState {
    pub(super) random: u64,
    pub(super) cursors: Box<[u32]>,
    /// Which slot each cursor serves, ascending.
    pub(super) keys: Arc<[cursor::Key]>,
    /// Stands in for a cursor that the state was not sized for.
    pub(super) spare: u32,
}

impl TechniqueState {
    /// A random number below `limit`; 0 for 0.
    ///
    /// Multiply-shift without rejection: for limits of a few hundred the bias is below 2^-55.
    #[inline]
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(GOLDEN);
        let wide = u128::from(mix(self.random)) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Goes over to `next`, which was made elsewhere for the image that is adopted, and leaves the memory of before in
    /// it for its maker to drop.
    ///
    /// Draws go on in their sequence, and a slot of the same plan, rule and place goes on in turn: where its trunks
    /// are the same ones, nobody can tell by them that the image changed. Takes one step per cursor of either
    /// state, and allocates nothing.
    pub fn adopt(&mut self, next: &mut Self) {
        let mut before = self.keys.iter().zip(&self.cursors).peekable();
        for (key, cursor) in next.keys.iter().zip(&mut next.cursors) {
            while before.next_if(|(old, _)| *old < key).is_some() {}
            if let Some((_, turn)) = before.next_if(|(old, _)| *old == key) {
                *cursor = *turn;
            }
        }
        (next.random, next.spare) = (self.random, self.spare);
        std::mem::swap(self, next);
    }

    #[inline]
    pub(super) fn cursor(&mut self, number: u32) -> &mut u32 {
        self.cursors.get_mut(number as usize).unwrap_or(&mut self.spare)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64 (Steele, Lea, Flood 2014).
#[inline]
pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
