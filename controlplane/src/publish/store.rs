//! Owns the live extents by their content. Knows nothing of versions: an extent lives for as long as
//! somebody holds it.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use hashbrown::HashMap;
use hugepages::extent::{ExtentWriter, SealedExtent};
use hugepages::memory::PageKind;
use hugepages::publish::ExtentId;

use super::{PublishError, PublishImage};

/// A sealed extent under the id that its content has.
#[derive(Debug)]
pub(crate) struct Extent {
    pub(crate) id: ExtentId,
    pub(crate) checksum: u64,
    pub(crate) sealed: SealedExtent,
}

/// Extents by length and checksum. Sixty-four bits of checksum tell contents apart: they come from our
/// own compiler, nobody searches for two that collide.
#[derive(Debug, Default)]
pub(crate) struct Store {
    live: Mutex<Live>,
}

#[derive(Debug, Default)]
struct Live {
    by_content: HashMap<(usize, u64), Weak<Extent>>,
    last: u64,
}

impl Store {
    /// The extents of an image: those that are there, and new ones for the rest.
    pub(crate) fn seal(&self, image: PublishImage) -> Result<Vec<Arc<Extent>>, PublishError> {
        let as_of = image.as_of;
        let mut extents = Vec::with_capacity(image.extents.len());
        for (bytes, checksum) in image.extents {
            let content = (bytes.len(), checksum);
            if let Some(extent) = self.find(content) {
                extents.push(extent);
                continue;
            }
            let sealed = seal(as_of, &bytes)?;
            extents.push(self.keep(content, sealed));
        }
        Ok(extents)
    }

    fn find(&self, content: (usize, u64)) -> Option<Arc<Extent>> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.by_content.get(&content)?.upgrade()
    }

    fn keep(&self, content: (usize, u64), sealed: SealedExtent) -> Arc<Extent> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.last += 1;
        let extent = Arc::new(Extent { id: ExtentId(live.last), checksum: content.1, sealed });
        live.by_content.retain(|_, extent| extent.strong_count() > 0);
        live.by_content.insert(content, Arc::downgrade(&extent));
        extent
    }
}

fn seal(as_of: u64, bytes: &[u8]) -> Result<SealedExtent, PublishError> {
    let mut writer = ExtentWriter::create("tandem-image", bytes.len(), PageKind::Huge)
        .map_err(|source| PublishError::Create { as_of, source })?;
    writer.bytes_mut().copy_from_slice(bytes);
    writer.seal().map_err(|source| PublishError::Seal { as_of, source })
}
