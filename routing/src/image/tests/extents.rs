//! Extents: whose memory they are, and which ones a change leaves as they were.

use std::sync::Arc;

use super::*;

/// Memory that says when it is dropped; the bytes begin `off` behind an 8-byte boundary.
struct Mapping {
    words: Vec<u64>,
    off: usize,
    _held: Arc<()>,
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        &self.words.as_bytes()[self.off..]
    }
}

/// An extent over a copy of `bytes` that is not the extent's own memory.
fn mapped(bytes: &[u8], held: &Arc<()>) -> Extent {
    let mut words = vec![0; bytes.len() / 8];
    words.as_mut_bytes().copy_from_slice(bytes);
    Extent::from_owner(Mapping { words, off: 0, _held: Arc::clone(held) }).unwrap()
}

#[test]
fn an_image_over_memory_of_another_says_the_same_and_drops_it_at_the_end() {
    let (built, held) = (built(), Arc::new(()));
    let extents = built.extents().iter().map(|extent| mapped(extent.bytes(), &held)).collect();
    let image = Image::open(extents).unwrap();
    let version = image.clone();
    assert_eq!(image.extent_checksums().collect::<Vec<_>>(), built.checksums());
    exercise(&image);
    assert_eq!(Arc::strong_count(&held), 1 + built.extents().len());
    drop(image);
    assert_eq!(Arc::strong_count(&held), 1 + built.extents().len(), "a clone holds them");
    drop(version);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn memory_off_an_eight_byte_boundary_is_refused() {
    for off in 0..8 {
        let owner = Mapping { words: vec![0; 2], off, _held: Arc::new(()) };
        let refused = Extent::from_owner(owner).map(|extent| extent.bytes().len());
        assert_eq!(refused, if off == 0 { Ok(16) } else { Err(Misaligned { off }) });
    }
}

#[test]
fn a_change_leaves_the_extents_that_it_does_not_touch_as_they_were() {
    // Root, entities, destinations with routes, rates.
    for (from, to, same) in [
        ("enabled = false", "enabled = true", [false, false, true, true]),
        (
            "weight = 60 }, { trunk = \"borealis\", weight = 30",
            "weight = 30 }, { trunk = \"borealis\", weight = 60",
            [false, false, true, true],
        ),
        ("name = \"retail-two\"", "name = \"retail-three\"", [false, false, true, true]),
        ("prefixes = [\"356\"]", "prefixes = [\"356\", \"44\"]", [false, true, false, true]),
        ("39 = \"0.02\"", "39 = \"0.021\"", [false, true, true, false]),
        (
            "destinations = [\"Italy\"]",
            "destinations = [\"Italy\", \"Malta\"]",
            [false, true, false, true],
        ),
        ("", "", [false, true, true, true]),
    ] {
        let text = PLAN.replacen(from, to, 1).replacen("version = 42", "version = 43", 1);
        let (before, after) = (built(), build(&plan_text::parse(&text).unwrap()).unwrap());
        let pairs = before.checksums().iter().zip(after.checksums());
        assert_eq!(pairs.map(|(old, new)| old == new).collect::<Vec<_>>(), same, "{from} {to}");
        let pairs = before.extents().iter().zip(after.extents());
        assert_eq!(pairs.map(|(old, new)| old == new).collect::<Vec<_>>(), same, "{from} {to}");
    }
}
