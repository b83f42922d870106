//! Owns the last image on disk: what the data plane routes with when it starts and nobody brings it one.
//! Refuses to know what an image says; what it reads is checked like an image from another process.
//!
//! One file: a head of 8 KiB with the place and checksum of every extent, then the extents, each from a page of its
//! own. It is written under another name, in pieces, and gets its name when all of it is on disk, so that a crash
//! leaves the one before. The extents come back into sealed memory, as those that the control plane hands over.

mod save;
#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hugepages::extent::{CreateExtentError, ExtentWriter, RefuseExtentError, SealExtentError};
use hugepages::layout::link::MAX_EXTENTS;
use hugepages::memory::PageKind;
use routing::Image;
use routing::image::{Extent, Misaligned, OpenImageError, layout};
use rustix::fs::OFlags;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub use save::{Saver, Snapshot};

/// The file in its directory.
const FILE: &str = "last";
/// The file while it is written.
const ASIDE: &str = "new";

const MAGIC: u64 = u64::from_le_bytes(*b"TANDEMLI");
const VERSION: u32 = 1;
const PAGE: u64 = 4096;
/// Head and entries, filled up with zeros.
const HEAD_BYTES: usize = 8192;

#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Head {
    magic: U64,
    version: U32,
    image_format: U32,
    as_of: U64,
    extents: U32,
    reserved: U32,
    /// Of the whole head with zero in this place.
    checksum: U64,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Entry {
    offset: U64,
    len: U64,
    checksum: U64,
}

const _: () =
    assert!(size_of::<Head>() + MAX_EXTENTS * size_of::<Entry>() <= HEAD_BYTES, "the head fits");

/// Why the last image was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the last image {} cannot be used: {fault}; the control plane brings another one", path.display())]
pub struct ReadLastImageError {
    path: PathBuf,
    fault: Fault,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is no image file")]
    Magic,
    #[error("it is of version {0}, and this release reads {VERSION}")]
    Version(u32),
    #[error("its image has format {0}, and this release reads {FORMAT}", FORMAT = layout::FORMAT)]
    Format(u32),
    #[error("its head is damaged")]
    Head,
    #[error("it ends inside extent {0}")]
    Cut(usize),
    #[error("extent {0} is damaged")]
    Extent(usize),
    #[error("its image says that it is {got}, not {said}")]
    AsOf { said: u64, got: u64 },
    #[error(transparent)]
    Create(#[from] CreateExtentError),
    #[error(transparent)]
    Seal(#[from] SealExtentError),
    #[error(transparent)]
    Map(#[from] RefuseExtentError),
    #[error(transparent)]
    Align(#[from] Misaligned),
    #[error(transparent)]
    Open(#[from] OpenImageError),
}

/// Reads the last image of the directory `dir` into memory on `pages`, if they are to be had; none without a file.
///
/// # Errors
/// [`ReadLastImageError`]: there is one, and it is cut, damaged, or of another release.
pub fn read(dir: &Path, pages: PageKind) -> Result<Option<Image>, ReadLastImageError> {
    let path = dir.join(FILE);
    // The directory is the user's and this may be root: a link must not lead to anything else.
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(&path);
    let read = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => Err(error.into()),
        Ok(file) => read_file(&file, pages),
    };
    read.map(Some).map_err(|fault| ReadLastImageError { path, fault })
}

fn read_file(file: &File, pages: PageKind) -> Result<Image, Fault> {
    let file_bytes = file.metadata()?.len();
    let mut bytes = vec![0; HEAD_BYTES];
    file.read_exact_at(&mut bytes, 0).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Magic,
        _ => Fault::Io(error),
    })?;
    let (head, entries) = read_head(&bytes)?;
    let mut extents = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        let (offset, len) = (entry.offset.get(), entry.len.get());
        // Asked before memory is reserved for it.
        if offset.checked_add(len).is_none_or(|end| end > file_bytes) {
            return Err(Fault::Cut(number));
        }
        let len = usize::try_from(len).map_err(|_| Fault::Cut(number))?;
        let mut writer = ExtentWriter::create("last-image", len, pages)?;
        file.read_exact_at(writer.bytes_mut(), offset)?;
        let extent = Extent::from_owner(writer.seal()?.map()?)?;
        if extent.checksum() != entry.checksum.get() {
            return Err(Fault::Extent(number));
        }
        extents.push(extent);
    }
    let image = Image::open(extents)?;
    let (said, got) = (head.as_of.get(), image.version());
    if said == got { Ok(image) } else { Err(Fault::AsOf { said, got }) }
}

fn read_head(bytes: &[u8]) -> Result<(Head, &[Entry]), Fault> {
    let (head, rest) = Head::read_from_prefix(bytes).map_err(|_| Fault::Head)?;
    if head.magic.get() != MAGIC {
        return Err(Fault::Magic);
    }
    if head.version.get() != VERSION {
        return Err(Fault::Version(head.version.get()));
    }
    let mut sound = bytes.to_vec();
    seal_head(&mut sound, Head { checksum: U64::ZERO, ..head });
    if head.checksum.get() != Extent::copy_of(&sound).checksum() {
        return Err(Fault::Head);
    }
    if head.image_format.get() != layout::FORMAT {
        return Err(Fault::Format(head.image_format.get()));
    }
    let count = head.extents.get() as usize;
    let entries = <[Entry]>::ref_from_prefix_with_elems(rest, count).map_err(|_| Fault::Head)?;
    Ok((head, entries.0))
}

/// Puts `head` in front of `bytes`.
fn seal_head(bytes: &mut [u8], head: Head) {
    if let Some(place) = bytes.first_chunk_mut::<{ size_of::<Head>() }>() {
        *place = zerocopy::transmute!(head);
    }
}
