//! Owns the memory of a technique state: made at start, fitted to each new image; refuses to know calls.
//! Cold: the only allocations of the decision.

use super::TechniqueState;
use super::state::mix;
use crate::image::Image;

impl TechniqueState {
    /// State of worker `core` (from 0) for an image with `cursors` round-robin slots.
    #[must_use]
    pub fn new(cursors: usize, core: u32, seed: u64) -> Self {
        // Workers start at different offsets, so that a burst of first calls does not meet at one trunk.
        let random = mix(seed ^ mix(u64::from(core)));
        Self { random, cursors: vec![core; cursors].into(), core, spare: core }
    }

    /// Fits the state to a new image. Allocates, so it is not for the path of a call.
    ///
    /// Cursors are numbered by the image; one that moved goes on from where another stood, which shifts no trunk's
    /// share by more than one call.
    #[cold]
    pub fn adopt(&mut self, image: &Image) {
        let mut cursors = std::mem::take(&mut self.cursors).into_vec();
        cursors.resize(image.cursor_count(), self.core);
        self.cursors = cursors.into();
    }
}
