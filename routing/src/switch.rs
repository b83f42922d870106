//! Owns switches that go ahead of the image: trunks and originators that were switched on or off since it was made.
//! Hot: while there is none, asking costs one comparison. Refuses to know how a switch came here.
//!
//! A switch carries the change sequence of the configuration, as every image does. The newest word about an entity
//! counts, and an image is a word about all of them: adopting one drops the switches that it already tells, and a switch
//! that comes behind its image is none. What does not fit is forgotten, since the next image tells it.

#[cfg(test)]
mod tests;

/// Entities that can be switched at the same time.
pub const MAX_SWITCHES: usize = 256;

/// What is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switched {
    /// The trunk with this stable id.
    Trunk(u32),
    /// The originator with this stable id.
    Originator(u32),
}

/// What became of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is in force.
    Yes,
    /// The image, or a later switch, has told more than it.
    Stale,
    /// There is no place for it.
    Full,
}

/// Switches of one worker. Owns its memory from the beginning and allocates nothing.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Ascending by key, up to `len`.
    entries: [Entry; MAX_SWITCHES],
    len: usize,
    /// Change sequence of the image in force.
    image_as_of: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    key: u64,
    as_of: u64,
    enabled: bool,
}

impl Switched {
    #[inline]
    const fn key(self) -> u64 {
        match self {
            Self::Trunk(id) => 1 << 32 | id as u64,
            Self::Originator(id) => 2 << 32 | id as u64,
        }
    }
}

impl Switches {
    /// No switches, and no image.
    #[must_use]
    pub const fn new() -> Self {
        let entry = Entry { key: 0, as_of: 0, enabled: false };
        Self { entries: [entry; MAX_SWITCHES], len: 0, image_as_of: 0 }
    }

    /// Whether the entity is enabled, `in_image` being what the image says of it.
    #[inline]
    #[must_use]
    pub fn enabled(&self, what: Switched, in_image: bool) -> bool {
        if self.len == 0 {
            return in_image;
        }
        self.switched(what.key()).unwrap_or(in_image)
    }

    /// Takes a switch of the change sequence `as_of`.
    pub fn set(&mut self, what: Switched, enabled: bool, as_of: u64) -> Taken {
        if as_of <= self.image_as_of {
            return Taken::Stale;
        }
        let key = what.key();
        match self.entries().binary_search_by_key(&key, |entry| entry.key) {
            Ok(at) => match self.entries.get_mut(at) {
                Some(entry) if entry.as_of <= as_of => {
                    *entry = Entry { key, as_of, enabled };
                    Taken::Yes
                }
                _ => Taken::Stale,
            },
            Err(at) => {
                let Some(behind) = self.entries.get_mut(at..=self.len) else { return Taken::Full };
                behind.rotate_right(1);
                if let Some(place) = behind.first_mut() {
                    *place = Entry { key, as_of, enabled };
                }
                self.len += 1;
                Taken::Yes
            }
        }
    }

    /// Drops what an image of the change sequence `as_of` tells.
    pub fn drop_up_to(&mut self, as_of: u64) {
        self.image_as_of = as_of;
        let mut kept = 0;
        for at in 0..self.len {
            let Some(entry) = self.entries.get(at).copied() else { break };
            if entry.as_of > as_of
                && let Some(place) = self.entries.get_mut(kept)
            {
                *place = entry;
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// Entities that are switched.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the image tells all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn entries(&self) -> &[Entry] {
        self.entries.get(..self.len).unwrap_or_default()
    }

    fn switched(&self, key: u64) -> Option<bool> {
        let entries = self.entries();
        let at = entries.binary_search_by_key(&key, |entry| entry.key).ok()?;
        entries.get(at).map(|entry| entry.enabled)
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self::new()
    }
}
