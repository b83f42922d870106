//! Owns the memory of a technique state: made for an image, before a worker goes over to it; refuses to know calls.
//! Cold: the only allocations of the decision.

use std::sync::Arc;

use super::TechniqueState;
use super::state::mix;
use crate::image::Image;

impl TechniqueState {
    /// State of worker `core` (from 0) for `image`. To be made where allocating is allowed.
    #[must_use]
    pub fn for_image(image: &Image, core: u32, seed: u64) -> Self {
        Self { keys: image.cursor_keys(), ..Self::new(image.cursor_count(), core, seed) }
    }

    /// State of worker `core` (from 0) for an image with `cursors` round-robin slots, without their names: the next image
    /// begins its turns anew.
    #[must_use]
    pub fn new(cursors: usize, core: u32, seed: u64) -> Self {
        // Workers start at different offsets, so that a burst of first calls does not meet at one trunk.
        let random = mix(seed ^ mix(u64::from(core)));
        Self { random, cursors: vec![core; cursors].into(), keys: Arc::default(), spare: core }
    }
}
