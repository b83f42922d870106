//! Owns the bytes of a journal segment: its name, header and frames, and the pass over them.
//! Refuses to know what a payload says, but for its place.
//!
//! ```text
//! header  magic[8] version:u32 length:u32 number:u64 created_utc_us:u64 count:u32 crc:u32
//!         count × { worker:u32 zero:u32 next:u64 }
//! frame   length:u32 crc32(payload):u32 payload, zeros up to a multiple of 8
//! ```
//!
//! All numbers are little endian. `next` is the position that each worker's next event has, so that
//! a segment can be continued without a look at those before it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Start of each segment.
const MAGIC: [u8; 8] = *b"TANDEMJ\0";

/// The version that is written and read.
const VERSION: u32 = 1;

/// Header without workers.
const FIXED: usize = 40;

/// Length and checksum before a payload.
pub const FRAME_HEAD: usize = 8;

/// Longest payload: six texts of 65,535 bytes, 255 attempts and the fixed part fit.
pub const MAX_PAYLOAD: usize = 512 * 1024;

/// Highest number of workers in a header, far above the cores of a machine.
const MAX_WORKERS: usize = 4096;

/// Position that the next event of each worker has.
pub type Positions = BTreeMap<u16, u64>;

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its number.
    pub number: u64,
    /// When it was made, UTC in µs.
    pub created_utc_us: u64,
    /// Where each worker's events go on.
    pub positions: Positions,
}

/// Why a header is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It begins with something else.
    #[error("it is no journal segment")]
    Magic,
    /// Written by another release.
    #[error("its format is {0}, and this version reads 1")]
    Version(u32),
    /// Its parts contradict each other.
    #[error("its header is damaged")]
    Damaged,
}

/// Path of segment `number` in `dir`.
pub fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}.tdj"))
}

/// Numbers of the segments in `dir`, ascending.
///
/// # Errors
/// The directory cannot be read.
pub fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".tdj"));
        numbers.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

impl Header {
    /// The bytes in front of the first frame.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = FIXED + self.positions.len() * 16;
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.created_utc_us.to_le_bytes());
        let count = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        let mut rest = Vec::with_capacity(length - FIXED);
        for (worker, next) in &self.positions {
            rest.extend_from_slice(&u64::from(*worker).to_le_bytes());
            rest.extend_from_slice(&next.to_le_bytes());
        }
        let mut crc = crc32fast::Hasher::new();
        crc.update(&bytes);
        crc.update(&rest);
        bytes.extend_from_slice(&crc.finalize().to_le_bytes());
        bytes.extend_from_slice(&rest);
        bytes
    }

    /// Reads a header and leaves `input` at the first frame, whose offset it gives.
    ///
    /// # Errors
    /// [`HeaderError`]: the bytes end too early or are no header of this version.
    pub fn read(input: &mut impl Read) -> Result<(Header, u64), HeaderError> {
        let mut fixed = [0u8; FIXED];
        input.read_exact(&mut fixed)?;
        if !fixed.starts_with(&MAGIC) {
            return Err(HeaderError::Magic);
        }
        let version = u32_at(&fixed, 8);
        if version != VERSION {
            return Err(HeaderError::Version(version));
        }
        let count = u32_at(&fixed, 32) as usize;
        if count > MAX_WORKERS || u32_at(&fixed, 12) as usize != FIXED + count * 16 {
            return Err(HeaderError::Damaged);
        }
        let mut rest = vec![0u8; count * 16];
        input.read_exact(&mut rest)?;
        let mut crc = crc32fast::Hasher::new();
        crc.update(fixed.get(..36).unwrap_or_default());
        crc.update(&rest);
        if crc.finalize() != u32_at(&fixed, 36) {
            return Err(HeaderError::Damaged);
        }
        let mut positions = Positions::new();
        for pair in rest.chunks_exact(16) {
            let worker = u16::try_from(u64_at(pair, 0)).map_err(|_| HeaderError::Damaged)?;
            positions.insert(worker, u64_at(pair, 8));
        }
        let header =
            Header { number: u64_at(&fixed, 16), created_utc_us: u64_at(&fixed, 24), positions };
        Ok((header, (FIXED + count * 16) as u64))
    }
}

/// Appends a frame to `out`. A payload longer than [`MAX_PAYLOAD`] cannot be read again: callers
/// check it.
pub fn push_frame(out: &mut Vec<u8>, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
    out.extend_from_slice(payload);
    out.resize(out.len().next_multiple_of(8), 0);
}

/// What the next bytes of a segment are.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A good frame; its payload is in the buffer.
    Payload,
    /// Nothing more, at the end of a frame.
    End,
    /// Bytes that are no frame, or not yet.
    Torn,
}

/// One segment being read, frame by frame.
#[derive(Debug)]
pub struct Frames {
    input: BufReader<File>,
    header: Header,
    /// Offset behind the last good frame.
    offset: u64,
    payload: Vec<u8>,
}

impl Frames {
    /// Opens a segment and checks its header.
    ///
    /// # Errors
    /// [`HeaderError`]: it cannot be read, or is none of this version.
    pub fn open(path: &Path) -> Result<Frames, HeaderError> {
        // The directory may be another user's: no link is followed, and no pipe holds the caller up.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let mut input = BufReader::with_capacity(256 * 1024, file);
        let (header, offset) = Header::read(&mut input)?;
        Ok(Frames { input, header, offset, payload: Vec::new() })
    }

    /// What its header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Offset behind the last good frame.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Payload of the last good frame.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Reads one frame. After `End` or `Torn` the place is unchanged, so that a segment that grows
    /// can be asked again.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn advance(&mut self) -> io::Result<Frame> {
        let mut head = [0u8; FRAME_HEAD];
        let got = fill(&mut self.input, &mut head)?;
        if got < FRAME_HEAD {
            self.back()?;
            return Ok(if got == 0 { Frame::End } else { Frame::Torn });
        }
        let length = u32_at(&head, 0) as usize;
        if length == 0 || length > MAX_PAYLOAD {
            self.back()?;
            return Ok(Frame::Torn);
        }
        let padded = length.next_multiple_of(8);
        self.payload.resize(padded, 0);
        let got = fill(&mut self.input, &mut self.payload)?;
        self.payload.truncate(length);
        if got < padded || crc32fast::hash(&self.payload) != u32_at(&head, 4) {
            self.back()?;
            return Ok(Frame::Torn);
        }
        self.offset += (FRAME_HEAD + padded) as u64;
        Ok(Frame::Payload)
    }

    fn back(&mut self) -> io::Result<()> {
        io::Seek::seek(&mut self.input, io::SeekFrom::Start(self.offset))?;
        Ok(())
    }
}

/// Reads until `out` is full or the input ends; says how much came.
fn fill(input: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_le_bytes)
}
