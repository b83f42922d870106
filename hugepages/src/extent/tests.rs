//! Claims about extents, honest ones and those of a hostile publisher.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;

use proptest::prelude::*;
use rustix::io::{FdFlags, fcntl_getfd};

use super::*;
use crate::testing::Scratch;

fn filled(bytes: &[u8], pages: PageKind) -> ExtentWriter {
    let mut writer = ExtentWriter::create("test", bytes.len(), pages).unwrap();
    writer.bytes_mut().copy_from_slice(bytes);
    writer
}

fn sealed(bytes: &[u8]) -> SealedExtent {
    filled(bytes, PageKind::Small).seal().unwrap()
}

/// A descriptor as the receiver gets it.
fn copy(extent: &SealedExtent) -> OwnedFd {
    extent.fd().try_clone_to_owned().unwrap()
}

/// Anonymous memory of `len` bytes with some seals.
fn memory(len: u64, seals: SealFlags) -> OwnedFd {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = sysfs::memfd_create("hostile", flags).unwrap();
    sysfs::fallocate(&file, FallocateFlags::empty(), 0, len).unwrap();
    sysfs::fcntl_add_seals(&file, seals).unwrap();
    file
}

#[track_caller]
fn refused(file: OwnedFd, len: u64, expect: &str) {
    let text = MappedExtent::open(file, len).unwrap_err().to_string();
    assert!(text.contains(expect), "{text}");
}

#[test]
fn receiver_reads_what_the_maker_wrote() {
    let content: Vec<u8> = (0..10_000_u32).map(|n| n as u8).collect();
    let extent = sealed(&content);
    let mapped = MappedExtent::open(copy(&extent), extent.len() as u64).unwrap();
    assert_eq!((mapped.as_ref(), mapped.len()), (&content[..], 10_000));
    assert_eq!(extent.map().unwrap().as_ref(), content);
}

#[test]
fn mapping_outlives_every_descriptor() {
    let extent = sealed(&[7; 5000]);
    let mapped = MappedExtent::open(copy(&extent), 5000).unwrap();
    drop(extent);
    let elsewhere = std::thread::spawn(move || mapped.as_ref().iter().all(|&byte| byte == 7));
    assert!(elsewhere.join().unwrap());
}

#[test]
fn starts_zeroed() {
    let mut writer = ExtentWriter::create("zero", 5000, PageKind::Small).unwrap();
    assert!(writer.bytes_mut().iter().all(|&byte| byte == 0));
}

#[test]
fn sealed_extent_can_be_changed_by_nobody() {
    let extent = sealed(&[1; 100]);
    let mut file = File::from(copy(&extent));
    file.seek(SeekFrom::Start(0)).unwrap();
    assert!(file.write_all(b"x").is_err());
    assert!(file.set_len(0).is_err() && file.set_len(1 << 20).is_err());
    assert!(Mapping::shared(extent.fd(), 100).is_err(), "no writable mapping");
    assert_eq!(extent.map().unwrap().as_ref(), [1; 100]);
}

#[test]
fn descriptors_are_closed_on_exec() {
    let extent = sealed(&[1]);
    assert!(fcntl_getfd(extent.fd()).unwrap().contains(FdFlags::CLOEXEC));
}

#[test]
fn refused_descriptor_is_closed() {
    let file = memory(100, SealFlags::empty());
    let number = file.as_raw_fd();
    let inode = sysfs::fstat(&file).unwrap().st_ino;
    assert!(MappedExtent::open(file, 100).is_err());
    let link = std::fs::metadata(format!("/proc/self/fd/{number}"));
    // Another test may have got the number meanwhile, but not the file.
    let same = link.is_ok_and(|it| std::os::unix::fs::MetadataExt::ino(&it) == inode);
    assert!(!same);
}

#[test]
fn each_missing_seal_is_named() {
    refused(memory(100, SealFlags::empty()), 100, "lacks the seal against writing");
    refused(memory(100, SEALS - SealFlags::WRITE), 100, "lacks the seal against writing");
    refused(memory(100, SEALS - SealFlags::SHRINK), 100, "lacks the seal against shrinking");
    refused(memory(100, SEALS - SealFlags::GROW), 100, "lacks the seal against growing");
    refused(memory(100, SEALS - SealFlags::SEAL), 100, "lacks the seal against more seals");
    // The weaker seal leaves the writable mappings that are there.
    let future = (SEALS - SealFlags::WRITE) | SealFlags::FUTURE_WRITE;
    refused(memory(100, future), 100, "lacks the seal against writing");
}

#[test]
fn a_writable_mapping_prevents_the_seal() {
    let file = memory(4096, SealFlags::empty());
    let _mapping = Mapping::shared(file.as_fd(), 4096).unwrap();
    assert_eq!(sysfs::fcntl_add_seals(&file, SEALS), Err(Errno::BUSY));
}

#[test]
fn lengths_that_are_not_there_are_refused() {
    let extent = sealed(&[1; 100]);
    refused(copy(&extent), 0, "cannot have 0 bytes");
    refused(copy(&extent), u64::MAX, "cannot have");
    refused(copy(&extent), 4097, "said to have 4097 bytes, but its file has 4096");
    assert_eq!(MappedExtent::open(copy(&extent), 4096).unwrap().len(), 4096);
}

#[test]
fn holes_are_refused() {
    let file = memory(4096, SealFlags::empty());
    sysfs::ftruncate(&file, 1 << 40).unwrap();
    sysfs::fcntl_add_seals(&file, SEALS).unwrap();
    refused(file, 1 << 40, "has memory for 4096 only");
}

#[test]
fn what_is_no_memory_is_refused() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path()).unwrap();
    let path = scratch.path().join("file");
    std::fs::write(&path, [0; 100]).unwrap();
    let (pipe, _end) = rustix::pipe::pipe().unwrap();
    let null = File::open("/dev/null").unwrap();
    for file in [File::open(&path).unwrap().into(), pipe, null.into()] {
        let error = MappedExtent::open(file, 100).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("no sealable memory") || text.contains("lacks the seal"), "{text}");
    }
}

#[test]
fn an_extent_without_bytes_is_not_made() {
    let text = ExtentWriter::create("none", 0, PageKind::Huge).unwrap_err().to_string();
    assert_eq!(text, "extent \"none\" would have no bytes");
}

#[test]
fn an_extent_beyond_memory_is_refused() {
    for pages in [PageKind::Small, PageKind::Huge] {
        for bytes in [usize::MAX, isize::MAX as usize, 1 << 60] {
            let error = ExtentWriter::create("vast", bytes, pages).unwrap_err();
            let expected = matches!(
                error,
                CreateExtentError::Reserve { .. } | CreateExtentError::OutOfMemory { .. }
            );
            assert!(expected, "{error}");
        }
    }
}

#[test]
fn small_extents_take_small_pages() {
    let writer = filled(&[1; 4096], PageKind::Huge);
    assert_eq!(writer.pages(), PageKind::Small);
    assert!(writer.shortage().is_none());
}

#[test]
fn huge_pages_are_taken_or_their_shortage_is_told() {
    let content = vec![3; HUGE_PAGE + 5];
    let writer = filled(&content, PageKind::Huge);
    match (writer.pages(), writer.shortage()) {
        (PageKind::Huge, None) => {}
        (PageKind::Small, Some(shortage)) => {
            let text = shortage.to_string();
            assert!(text.contains("huge pages"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    let extent = writer.seal().unwrap();
    let mapped = MappedExtent::open(copy(&extent), content.len() as u64).unwrap();
    assert_eq!(mapped.as_ref(), content);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the peer hands over and says, it is mapped whole or refused.
    #[test]
    fn any_file_and_length_is_mapped_whole_or_refused(
        size in 0..20_000_u64,
        reserved: bool,
        seals in 0..32_u32,
        len in prop_oneof![0..30_000_u64, any::<u64>()],
    ) {
        let file = memory(4096, SealFlags::empty());
        sysfs::ftruncate(&file, size).unwrap();
        if reserved && size > 0 {
            sysfs::fallocate(&file, FallocateFlags::empty(), 0, size).unwrap();
        }
        let seals = SealFlags::from_bits_truncate(seals);
        let whole = sysfs::fcntl_add_seals(&file, seals).is_ok() && seals.contains(SEALS);
        match MappedExtent::open(file, len) {
            Ok(mapped) => {
                prop_assert!(whole && (1..=size).contains(&len));
                prop_assert_eq!(mapped.as_ref().iter().filter(|&&byte| byte != 0).count(), 0);
                prop_assert_eq!(mapped.len() as u64, len);
            }
            Err(_) => prop_assert!(!whole || !reserved || len == 0 || len > size),
        }
    }
}
