//! Owns what techniques remember on one core: random numbers and cursors; refuses to know slots.
//! Hot: one multiplication per random number. Its memory is the business of `sizing`.

/// Per-core state of the techniques. The same seed, core and calls give the same choices.
#[derive(Debug, Clone)]
pub struct TechniqueState {
    pub(super) random: u64,
    pub(super) cursors: Box<[u32]>,
    pub(super) core: u32,
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
