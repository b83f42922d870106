//! Claims about the last image: it comes back as it was, and nothing else is taken for one.

use std::fs;

use routing::image::build;
use routing::plan_text;

use super::*;
use crate::keeper::testing::Scratch;

fn save(dir: &Path, snapshot: Snapshot) -> usize {
    let mut saver = Saver::new(dir, 0);
    saver.keep(snapshot.clone());
    let mut turns = 0;
    while saver.has_work() {
        turns += 1;
        if let Some(as_of) = saver.turn(turns as u64).unwrap() {
            assert_eq!(as_of, snapshot.as_of);
        }
    }
    turns
}

fn why(dir: &Path) -> String {
    read(dir, PageKind::Small).unwrap_err().to_string()
}

#[test]
fn what_was_saved_comes_back() {
    let scratch = Scratch::new();
    assert!(read(scratch.path(), PageKind::Small).unwrap().is_none());
    let kept = simple(7);
    save(scratch.path(), kept.clone());
    let image = read(scratch.path(), PageKind::Small).unwrap().unwrap();
    assert_eq!(image.version(), 7);
    let sums: Vec<u64> = image.extent_checksums().collect();
    let expect: Vec<u64> = kept.extents.iter().map(Extent::checksum).collect();
    assert_eq!(sums, expect);
    assert!(!scratch.path().join(ASIDE).exists());
}

/// A small image.
fn simple(version: u64) -> Snapshot {
    let text = format!(
        "version = {version}\n[[trunk]]\nname = \"atlas\"\nid = 1\ngateways = [\"192.0.2.1\"]\n"
    );
    let built = build(&plan_text::parse(&text).unwrap()).unwrap();
    Snapshot {
        as_of: version,
        extents: built.extents().to_vec(),
        checksums: built.checksums().to_vec(),
    }
}

#[test]
fn a_large_image_is_written_in_pieces() {
    let scratch = Scratch::new();
    let mut kept = simple(3);
    // Extents that the image does not name are kept as well: the file knows extents only.
    let more = Extent::copy_of(&vec![7; (3 << 20) + 5]);
    kept.checksums.push(more.checksum());
    kept.extents.push(more);
    assert!(save(scratch.path(), kept) >= 4);
    let file = fs::read(scratch.path().join(FILE)).unwrap();
    assert!(file.len() > 3 << 20);
}

#[test]
fn the_newest_of_those_that_wait_is_written_and_not_too_often() {
    let scratch = Scratch::new();
    let mut saver = Saver::new(scratch.path(), 100);
    let mut saved = Vec::new();
    for now in 0..250 {
        saver.keep(simple(now + 1));
        saved.extend(saver.turn(now).unwrap());
    }
    assert_eq!(saved, [1, 101, 201]);
    assert_eq!(saver.finish().unwrap(), Some(250));
    let image = read(scratch.path(), PageKind::Small).unwrap().unwrap();
    assert_eq!(image.version(), 250);
}

#[test]
fn a_file_that_is_cut_or_changed_is_refused_wherever_it_is() {
    let scratch = Scratch::new();
    save(scratch.path(), simple(7));
    let path = scratch.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    for len in [0, 7, 4096, HEAD_BYTES, HEAD_BYTES + 100, whole.len() - 1] {
        fs::write(&path, &whole[..len]).unwrap();
        assert!(why(scratch.path()).contains("cannot be used"), "{len}");
    }
    for at in (0..whole.len()).step_by(97) {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        fs::write(&path, &changed).unwrap();
        // Between two extents lie bytes that nobody reads.
        if let Ok(read) = read(scratch.path(), PageKind::Small) {
            let sums = read.unwrap().extent_checksums().collect::<Vec<_>>();
            let expect: Vec<u64> = simple(7).extents.iter().map(Extent::checksum).collect();
            assert_eq!(sums, expect, "{at}");
        }
    }
}

#[test]
fn each_refusal_says_its_reason() {
    let scratch = Scratch::new();
    let path = scratch.path().join(FILE);
    save(scratch.path(), simple(7));
    let whole = fs::read(&path).unwrap();
    let remade = |change: &dyn Fn(&mut Head)| {
        let mut bytes = whole.clone();
        let (mut head, _) = Head::read_from_prefix(&bytes).unwrap();
        change(&mut head);
        head.checksum = U64::ZERO;
        seal_head(&mut bytes, head);
        head.checksum = Extent::copy_of(&bytes[..HEAD_BYTES]).checksum().into();
        seal_head(&mut bytes, head);
        fs::write(&path, &bytes).unwrap();
        why(scratch.path())
    };
    for (said, expect) in [
        (remade(&|head| head.magic = 1.into()), "it is no image file"),
        (remade(&|head| head.version = 9.into()), "it is of version 9, and this release reads 1"),
        (remade(&|head| head.image_format = 1.into()), "its image has format 1"),
        (remade(&|head| head.as_of = 8.into()), "its image says that it is 7, not 8"),
        (remade(&|head| head.extents = 1_000.into()), "its head is damaged"),
        (remade(&|head| head.extents = 0.into()), "cannot be used"),
    ] {
        assert!(said.contains(expect), "{said}");
        assert!(said.ends_with("the control plane brings another one"), "{said}");
    }
    fs::write(&path, &whole[..HEAD_BYTES + 10]).unwrap();
    assert!(why(scratch.path()).contains("it ends inside extent 0"));
}

#[test]
fn a_link_in_its_place_is_not_followed() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    save(elsewhere.path(), simple(7));
    std::os::unix::fs::symlink(elsewhere.path().join(FILE), scratch.path().join(FILE)).unwrap();
    assert!(why(scratch.path()).contains("cannot be used"));
}

#[test]
fn a_disk_that_refuses_leaves_the_image_before() {
    let scratch = Scratch::new();
    save(scratch.path(), simple(7));
    let mut saver = Saver::new(scratch.path(), 0);
    saver.keep(simple(8));
    assert!(saver.turn(0).unwrap().is_none());
    fs::remove_file(scratch.path().join(ASIDE)).unwrap();
    assert!(saver.turn(1).is_err());
    assert!(!saver.has_work());
    let image = read(scratch.path(), PageKind::Small).unwrap().unwrap();
    assert_eq!(image.version(), 7);
}
