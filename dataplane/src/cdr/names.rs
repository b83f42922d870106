//! Owns the names of what records refer to by id. Knows nothing of how an image comes to disk.
//!
//! They are those of the last image in the state directory: a stable id is never given to anything else, so that a
//! later image names what an earlier one routed, unless it has been deleted since. Without a name there is the id.

use std::path::Path;

use hugepages::memory::PageKind;
use routing::Image;
use routing::image::NameKind;

use crate::config::IMAGE;
use crate::keeper::last_image::{self, ReadLastImageError};

/// Names of trunks, originators, destinations and plans.
#[derive(Debug, Default)]
pub struct Names {
    image: Option<Image>,
}

impl Names {
    /// Reads the names beside the journal in `dir`; without an image there are none.
    ///
    /// # Errors
    /// The image is there and cannot be read.
    pub fn load(dir: &Path) -> Result<Names, ReadLastImageError> {
        let beside = dir.parent().unwrap_or(dir).join(IMAGE);
        Ok(Names { image: last_image::read(&beside, PageKind::Small)? })
    }

    /// Whether the image is `version` or newer.
    pub fn knows(&self, version: u64) -> bool {
        self.image.as_ref().is_some_and(|image| image.version() >= version)
    }

    /// Name of a trunk.
    pub fn trunk(&self, id: u32) -> Option<&str> {
        self.name(NameKind::Trunk, id)
    }

    /// Name of an originator.
    pub fn originator(&self, id: u32) -> Option<&str> {
        self.name(NameKind::Originator, id)
    }

    /// Name of a destination.
    pub fn destination(&self, id: u32) -> Option<&str> {
        self.name(NameKind::Destination, id)
    }

    /// Name of a plan.
    pub fn plan(&self, id: u32) -> Option<&str> {
        self.name(NameKind::Plan, id)
    }

    fn name(&self, kind: NameKind, id: u32) -> Option<&str> {
        self.image.as_ref().map(|image| image.name(kind, id)).filter(|name| !name.is_empty())
    }
}
