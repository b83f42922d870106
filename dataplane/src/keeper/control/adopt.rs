//! Owns the checks between an offer and an image: descriptors, sizes, checksums, and the image itself.
//! Refuses to know sockets and workers.
//!
//! Every byte of an image is read, twice, and every record is looked at: an image of a million prefixes (112 MB) takes
//! 255 ms, and one that a hostile control plane makes may take any time. So it is done beside the keeper ([`Opening`]),
//! on a thread that ends with it and has neither file nor socket nor log, while journal and clock go on.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use hugepages::extent::{MappedExtent, RefuseExtentError};
use hugepages::layout::link::{ExtentOffer, ImageOffer};
use hugepages::publish::{ExtentId, Holdings, RefuseOfferError};
use routing::Image;
use routing::image::{Extent, Misaligned, OpenImageError};

use super::Snapshot;

/// An extent with the checksum of its bytes, which was made here once.
#[derive(Clone, Debug)]
pub(super) struct Summed {
    extent: Extent,
    checksum: u64,
}

/// An image that holds, and what is to be kept of it.
pub(super) type Good = (Arc<Image>, Snapshot);

/// An offer that is being checked.
pub(super) struct Opening(JoinHandle<Opened>);

/// An offer that has been checked.
pub(super) struct Opened {
    /// Its change sequence.
    pub as_of: u64,
    /// Those that the offer was measured by, with what has come.
    pub holdings: Holdings<Summed>,
    /// What it is.
    pub image: Result<Good, RefuseImageError>,
}

impl Opening {
    /// Begins to check an offer.
    ///
    /// # Errors
    /// The kernel has no thread for it.
    pub fn begin(
        as_of: u64,
        extents: Vec<ExtentOffer>,
        fds: impl IntoIterator<Item = OwnedFd> + Send + 'static,
        mut holdings: Holdings<Summed>,
    ) -> io::Result<Opening> {
        let work = move || {
            let image = open(&ImageOffer { as_of, extents: &extents }, fds, &mut holdings);
            Opened { as_of, holdings, image }
        };
        // It inherits the keeper's core, and so takes no worker's.
        Builder::new().name("image".to_owned()).spawn(work).map(Opening)
    }

    /// Whether [`Opening::end`] will not wait.
    pub fn is_over(&self) -> bool {
        self.0.is_finished()
    }

    /// What came of it; nothing after a panic.
    pub fn end(self) -> Option<Opened> {
        self.0.join().ok()
    }
}

/// Why an image was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RefuseImageError {
    /// Nothing is older than the first change.
    #[error("an image cannot be 0: change sequences begin at 1")]
    Zero,
    /// It is older than what is in force.
    #[error(
        "image {as_of} is older than image {in_force}, which is in force; to go back, end the data plane, remove the directory `image` in its state directory, and start it again"
    )]
    Older {
        /// The image offered.
        as_of: u64,
        /// The image in force.
        in_force: u64,
    },
    /// It breaks the rules of publication.
    #[error(transparent)]
    Offer(#[from] RefuseOfferError),
    /// An extent is not what it has to be.
    #[error("extent {id}: {source}")]
    Extent {
        /// The extent.
        id: u64,
        /// Why.
        source: RefuseExtentError,
    },
    /// An extent cannot be read by words.
    #[error("extent {id}: {source}")]
    Misaligned {
        /// The extent.
        id: u64,
        /// Why.
        source: Misaligned,
    },
    /// An extent has other bytes than those that were published.
    #[error("extent {id} has checksum {got:016x}, not {said:016x}")]
    Checksum {
        /// The extent.
        id: u64,
        /// What the offer says.
        said: u64,
        /// What its bytes say.
        got: u64,
    },
    /// An extent that is here has another size.
    #[error("extent {id} is held here with {got} bytes, not {said}")]
    Size {
        /// The extent.
        id: u64,
        /// What the offer says.
        said: u64,
        /// What it has.
        got: u64,
    },
    /// The bytes are no image.
    #[error(transparent)]
    Open(#[from] OpenImageError),
    /// The image is another one.
    #[error("image {as_of} says of itself that it is {got}")]
    AsOf {
        /// The image offered.
        as_of: u64,
        /// What its root says.
        got: u64,
    },
}

/// Makes an image of an offer and the descriptors that came with it. [`Holdings::adopt`] or [`Holdings::refuse`] has
/// to follow when it is one.
///
/// # Errors
/// [`RefuseImageError`]: what came with it is unmapped, nothing else has changed.
fn open(
    offer: &ImageOffer<'_>,
    fds: impl IntoIterator<Item = OwnedFd>,
    holdings: &mut Holdings<Summed>,
) -> Result<Good, RefuseImageError> {
    let as_of = offer.as_of;
    if as_of == 0 {
        return Err(RefuseImageError::Zero);
    }
    let mut fds = fds.into_iter();
    let mut came = Vec::with_capacity(offer.extents.len());
    for extent in offer.extents {
        // As many descriptors came as extents are carried: the session has counted them.
        let fd = extent.carried().then(|| fds.next()).flatten();
        let mapped = fd.map(|fd| carried(fd, extent)).transpose()?;
        came.push((ExtentId(extent.id()), mapped));
    }
    let extents = holdings.offer(as_of, came)?;
    let image = checked(offer, extents);
    if image.is_err() {
        holdings.refuse();
    }
    image
}

fn carried(fd: OwnedFd, offered: &ExtentOffer) -> Result<Summed, RefuseImageError> {
    let id = offered.id();
    let mapped = MappedExtent::open(fd, offered.len());
    let mapped = mapped.map_err(|source| RefuseImageError::Extent { id, source })?;
    let extent = Extent::from_owner(mapped);
    let extent = extent.map_err(|source| RefuseImageError::Misaligned { id, source })?;
    Ok(Summed { checksum: extent.checksum(), extent })
}

fn checked(offer: &ImageOffer<'_>, summed: Vec<Summed>) -> Result<Good, RefuseImageError> {
    for (offered, Summed { extent, checksum }) in offer.extents.iter().zip(&summed) {
        let (id, said, got) = (offered.id(), offered.len(), extent.bytes().len() as u64);
        if said != got {
            return Err(RefuseImageError::Size { id, said, got });
        }
        let (said, got) = (offered.checksum(), *checksum);
        if said != got {
            return Err(RefuseImageError::Checksum { id, said, got });
        }
    }
    let (extents, checksums): (Vec<Extent>, Vec<u64>) =
        summed.into_iter().map(|one| (one.extent, one.checksum)).unzip();
    let image = Image::open(extents.clone())?;
    let (as_of, got) = (offer.as_of, image.version());
    if as_of == got {
        Ok((Arc::new(image), Snapshot { as_of, extents, checksums }))
    } else {
        Err(RefuseImageError::AsOf { as_of, got })
    }
}
