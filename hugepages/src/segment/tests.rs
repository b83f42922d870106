//! Claims about segments and about files that only look like one.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::Ordering;

use super::*;
use crate::testing::Scratch;

const SPEC: SegmentSpec =
    SegmentSpec { kind: SegmentKind::Counters, layout: LayoutVersion(7), words: 100 };

fn view(dir: &Path) -> Result<SegmentView, OpenSegmentError> {
    SegmentView::open(dir, "s", SPEC.kind, SPEC.layout)
}

fn instance(scratch: &Scratch) -> InstanceDir {
    InstanceDir::lock(scratch.path()).unwrap()
}

#[test]
fn reader_sees_what_the_owner_stores() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let segment = Segment::create(&dir, "s", SPEC).unwrap();
    let view = view(dir.path()).unwrap();
    assert_eq!((view.len(), view.load(99), view.load(100)), (100, Some(0), None));
    segment.words()[99].store(5, Ordering::Relaxed);
    assert_eq!(view.load(99), Some(5));
    assert_eq!(view.generation(), segment.generation());
}

#[test]
fn file_is_for_owner_and_group_and_has_its_space() {
    use std::os::unix::fs::MetadataExt;
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let segment = Segment::create(&dir, "s", SPEC).unwrap();
    let metadata = fs::metadata(segment.path()).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777 & !0o640, 0);
    assert!(metadata.blocks() * 512 >= metadata.len());
}

#[test]
fn filled_segment_is_never_seen_unfilled() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let path = dir.path().to_owned();
    Segment::create_with(&dir, "s", SPEC, |words| {
        assert!(matches!(view(&path), Err(OpenSegmentError::NotFound { .. })));
        words[0].store(1, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!(view(&path).unwrap().load(0), Some(1));
}

#[test]
fn second_segment_of_a_name_is_refused() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let _first = Segment::create(&dir, "s", SPEC).unwrap();
    let second = Segment::create(&dir, "s", SPEC);
    assert!(matches!(second, Err(CreateSegmentError::Exists { .. })));
}

#[test]
fn names_that_are_paths_are_refused() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    for name in ["", "..", ".s", "a/b", "A", "a b", "é", &"x".repeat(65)] {
        let made = Segment::create(&dir, name, SPEC);
        assert!(matches!(made, Err(CreateSegmentError::Name { .. })), "{name:?}");
        let opened = SegmentView::open(dir.path(), name, SPEC.kind, SPEC.layout);
        assert!(matches!(opened, Err(OpenSegmentError::Name { .. })), "{name:?}");
    }
}

#[test]
fn segment_beyond_the_space_is_refused_and_leaves_nothing() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    for words in [1 << 50, usize::MAX] {
        let made = Segment::create(&dir, "s", SegmentSpec { words, ..SPEC });
        assert!(matches!(made, Err(CreateSegmentError::Reserve { .. })), "{made:?}");
    }
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(files, ["lock"]);
}

#[test]
fn reader_notices_that_its_segment_was_replaced() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let first = Segment::create(&dir, "s", SPEC).unwrap();
    let old = view(dir.path()).unwrap();
    assert!(old.is_current());
    dir.remove("s").unwrap();
    assert!(!old.is_current());
    let second = Segment::create(&dir, "s", SPEC).unwrap();
    assert!(!old.is_current());
    assert_ne!(first.generation(), second.generation());
    assert_eq!(old.load(0), Some(0), "what is mapped stays readable");
}

#[test]
fn segment_that_is_not_there_is_named() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let text = view(dir.path()).unwrap_err().to_string();
    assert!(text.contains("s.seg; is the data plane running"), "{text}");
}

/// Makes a good segment, changes one header word, and opens it.
fn open_with(word: u64, value: u64) -> OpenSegmentError {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let segment = Segment::create(&dir, "s", SPEC).unwrap();
    let file = OpenOptions::new().write(true).open(segment.path()).unwrap();
    file.write_all_at(&value.to_le_bytes(), word * 8).unwrap();
    view(dir.path()).unwrap_err()
}

#[test]
fn damaged_header_is_refused() {
    use OpenSegmentError as E;
    assert!(matches!(open_with(0, 0), E::NotASegment { .. }));
    assert!(matches!(open_with(1, 2), E::Version { what: "header", got: 2, .. }));
    assert!(matches!(open_with(2, 2), E::Kind { got: 2, .. }));
    assert!(matches!(open_with(2, 1 << 32 | 1), E::Kind { .. }));
    assert!(matches!(open_with(3, 8), E::Version { what: "layout", got: 8, .. }));
    assert!(matches!(open_with(3, 1 << 32 | 7), E::Version { what: "layout", .. }));
    for words in [101, 1 << 40, u64::MAX / 8, u64::MAX] {
        assert!(matches!(open_with(4, words), E::Truncated { .. }), "{words}");
    }
}

#[test]
fn truncated_file_is_refused() {
    for (bytes, header_is_whole) in [(0, false), (127, false), (128, true), (927, true)] {
        let scratch = Scratch::new();
        let dir = instance(&scratch);
        let segment = Segment::create(&dir, "s", SPEC).unwrap();
        OpenOptions::new().write(true).open(segment.path()).unwrap().set_len(bytes).unwrap();
        let error = view(dir.path()).unwrap_err();
        let truncated = matches!(error, OpenSegmentError::Truncated { .. });
        assert_eq!(truncated, header_is_whole, "{bytes}: {error}");
    }
}

#[test]
fn link_pipe_and_directory_are_refused() {
    let scratch = Scratch::new();
    let dir = instance(&scratch);
    let segment = Segment::create(&dir, "real", SPEC).unwrap();
    let open = |name| SegmentView::open(dir.path(), name, SPEC.kind, SPEC.layout);
    symlink(segment.path(), dir.path().join("link.seg")).unwrap();
    fs::create_dir(dir.path().join("dir.seg")).unwrap();
    sysfs::mknodat(dir.fd(), "pipe.seg", sysfs::FileType::Fifo, Mode::RUSR, 0).unwrap();
    assert!(matches!(open("link"), Err(OpenSegmentError::Open { .. })));
    assert!(matches!(open("dir"), Err(OpenSegmentError::NotASegment { .. })));
    assert!(matches!(open("pipe"), Err(OpenSegmentError::NotASegment { .. })));
}
