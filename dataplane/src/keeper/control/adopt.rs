//! Owns the checks between an offer and an image: descriptors, sizes, checksums, and the image itself.
//! Refuses to know sockets and workers.

use std::os::fd::OwnedFd;

use hugepages::extent::{MappedExtent, RefuseExtentError};
use hugepages::layout::link::ImageOffer;
use hugepages::publish::{ExtentId, Holdings, RefuseOfferError};
use routing::Image;
use routing::image::{Extent, Misaligned, OpenImageError};

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
pub(super) fn open(
    offer: &ImageOffer<'_>,
    fds: impl IntoIterator<Item = OwnedFd>,
    holdings: &mut Holdings<Extent>,
) -> Result<(Image, Vec<Extent>), RefuseImageError> {
    let as_of = offer.as_of;
    if as_of == 0 {
        return Err(RefuseImageError::Zero);
    }
    let mut fds = fds.into_iter();
    let mut came = Vec::with_capacity(offer.extents.len());
    for extent in offer.extents {
        let id = extent.id();
        // As many descriptors came as extents are carried: the session has counted them.
        let fd = extent.carried().then(|| fds.next()).flatten();
        let mapped = fd.map(|fd| carried(fd, id, extent.len(), extent.checksum())).transpose()?;
        came.push((ExtentId(id), mapped));
    }
    let extents = holdings.offer(as_of, came)?;
    let image = checked(offer, &extents);
    if image.is_err() {
        holdings.refuse();
    }
    image.map(|image| (image, extents))
}

fn carried(fd: OwnedFd, id: u64, len: u64, said: u64) -> Result<Extent, RefuseImageError> {
    let mapped = MappedExtent::open(fd, len);
    let mapped = mapped.map_err(|source| RefuseImageError::Extent { id, source })?;
    let extent = Extent::from_owner(mapped);
    let extent = extent.map_err(|source| RefuseImageError::Misaligned { id, source })?;
    let got = extent.checksum();
    if got == said { Ok(extent) } else { Err(RefuseImageError::Checksum { id, said, got }) }
}

fn checked(offer: &ImageOffer<'_>, extents: &[Extent]) -> Result<Image, RefuseImageError> {
    for (offered, extent) in offer.extents.iter().zip(extents) {
        let (id, said, got) = (offered.id(), offered.len(), extent.bytes().len() as u64);
        if said != got {
            return Err(RefuseImageError::Size { id, said, got });
        }
    }
    let image = Image::open(extents.to_vec())?;
    let (as_of, got) = (offer.as_of, image.version());
    if as_of == got { Ok(image) } else { Err(RefuseImageError::AsOf { as_of, got }) }
}
