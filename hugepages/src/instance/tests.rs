//! Claims about the instance directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::segment::{LayoutVersion, Segment, SegmentKind, SegmentSpec};
use crate::testing::Scratch;

fn spec(kind: SegmentKind) -> SegmentSpec {
    SegmentSpec { kind, layout: LayoutVersion(1), words: 8 }
}

#[test]
fn directory_is_closed_to_others() {
    let scratch = Scratch::new();
    let _dir = InstanceDir::lock(scratch.path()).unwrap();
    assert_eq!(fs::metadata(scratch.path()).unwrap().permissions().mode() & 0o777, 0o750);
}

#[test]
fn second_instance_is_told_who_holds_the_directory() {
    let scratch = Scratch::new();
    let first = InstanceDir::lock(scratch.path()).unwrap();
    let error = InstanceDir::lock(scratch.path()).unwrap_err();
    let us = std::process::id();
    assert!(matches!(error, LockInstanceError::Held { pid: Some(pid), .. } if pid == us));
    let text = error.to_string();
    assert!(text.contains(&format!("in use by process {us}; stop that one")), "{text}");
    drop(first);
    InstanceDir::lock(scratch.path()).unwrap();
}

#[test]
fn holder_without_a_readable_pid_is_another_process() {
    let scratch = Scratch::new();
    let _first = InstanceDir::lock(scratch.path()).unwrap();
    for content in ["", "x", "99999999999999999999"] {
        fs::write(scratch.path().join("lock"), content).unwrap();
        let text = InstanceDir::lock(scratch.path()).unwrap_err().to_string();
        assert!(text.contains("in use by another process;"), "{text}");
    }
}

#[test]
fn refused_second_instance_does_not_reap() {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let _segment = Segment::create(&dir, "c", spec(SegmentKind::Counters)).unwrap();
    InstanceDir::lock(scratch.path()).unwrap_err();
    assert_eq!(segments_in(scratch.path()).unwrap(), ["c"]);
}

#[test]
fn directory_that_others_may_write_is_refused() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path()).unwrap();
    for mode in [0o777, 0o770] {
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(mode)).unwrap();
        let text = InstanceDir::lock(scratch.path()).unwrap_err().to_string();
        assert!(text.contains(&format!("has mode {mode:o}")), "{text}");
        assert!(text.contains("`chmod 750` it"), "{text}");
    }
}

#[test]
fn missing_parent_and_file_in_the_way_are_errors() {
    let scratch = Scratch::new();
    let error = InstanceDir::lock(&scratch.path().join("a/b")).unwrap_err();
    assert!(error.to_string().contains("create its parent or choose another `instance`"));
    fs::create_dir(scratch.path()).unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let error = InstanceDir::lock(&file).unwrap_err();
    assert!(matches!(error, LockInstanceError::Create { errno: Errno::NOTDIR, .. }));
}

#[test]
fn segments_of_a_dead_owner_are_reaped_but_events_stay() {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    assert!(dir.left_behind().is_empty());
    for (name, kind) in [
        ("counters", SegmentKind::Counters),
        ("commands", SegmentKind::Ring),
        ("cdr.1", SegmentKind::EventRing),
        ("cdr.0", SegmentKind::EventRing),
    ] {
        drop(Segment::create(&dir, name, spec(kind)).unwrap());
    }
    for name in ["draft.seg.new", "notes.txt", "odd.seg"] {
        fs::write(scratch.path().join(name), "x").unwrap();
    }
    // A segment of another release: same magic and kind, another header version.
    let mut other = fs::read(scratch.path().join("counters.seg")).unwrap();
    other[8] = 99;
    fs::write(scratch.path().join("other.seg"), other).unwrap();
    drop(dir);

    let dir = InstanceDir::lock(scratch.path()).unwrap();
    assert_eq!(dir.left_behind(), ["cdr.0", "cdr.1"]);
    let mut files: Vec<_> =
        fs::read_dir(scratch.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["cdr.0.seg", "cdr.1.seg", "lock", "notes.txt", "odd.seg"]);
    dir.remove("cdr.0").unwrap();
    assert_eq!(segments_in(scratch.path()).unwrap(), ["cdr.1", "odd"]);
}

#[test]
fn removing_what_is_not_there_names_it() {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    for name in ["gone", "../lock"] {
        let text = dir.remove(name).unwrap_err().to_string();
        assert!(text.contains(&format!("{name:?}")), "{text}");
    }
}

#[test]
fn directory_can_be_given_to_its_present_owner() {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    dir.give_to(uid.as_raw(), gid.as_raw()).unwrap();
}

#[test]
fn directory_of_somebody_else_is_left_alone() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path()).unwrap();
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(scratch.path().join("systemd"), "").unwrap();
    let text = InstanceDir::lock(scratch.path()).unwrap_err().to_string();
    assert!(text.contains("is no instance directory; choose one of its own"), "{text}");
    assert!(!scratch.path().join("lock").exists());
    fs::remove_file(scratch.path().join("systemd")).unwrap();
    InstanceDir::lock(scratch.path()).unwrap();
}

#[test]
fn owner_that_is_gone_is_named() {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    assert_eq!(dead_owner(scratch.path()), None);
    drop(dir);
    // Above every limit that the kernel has for process ids.
    fs::write(scratch.path().join("lock"), "999999999\n").unwrap();
    assert_eq!(dead_owner(scratch.path()), Some(999_999_999));
}

#[test]
fn segments_belong_to_the_user_that_the_process_becomes() {
    use std::os::unix::fs::MetadataExt;
    if !rustix::process::geteuid().is_root() {
        // Only root may give files away.
        return;
    }
    let scratch = Scratch::new();
    let mut dir = InstanceDir::lock(scratch.path()).unwrap();
    let before = Segment::create(&dir, "before", spec(SegmentKind::Counters)).unwrap();
    dir.make_segments_for(65_534, 65_533);
    let after = Segment::create(&dir, "after", spec(SegmentKind::Counters)).unwrap();
    let owner = |segment: &Segment| {
        let metadata = fs::metadata(segment.path()).unwrap();
        (metadata.uid(), metadata.gid())
    };
    assert_eq!(owner(&after), (65_534, 65_533));
    assert_ne!(owner(&before).0, 65_534);
}
