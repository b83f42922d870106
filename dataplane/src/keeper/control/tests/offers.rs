//! Images that are not taken: each is refused with its reason, and the one before stays in force.

use rustix::fs::MemfdFlags;

use super::plane::{Offer, Offered, Plane, Rig, fd, image_extents, offer_of, plain_file, seal};
use super::*;

/// Offers a changed image 6 when image 5 is in force; gives the reason of its refusal.
fn check_refused(change: impl FnOnce(&mut Offer), expect: &str) {
    check_offer(
        |plane| {
            let mut offer = offer_of(6, &image_extents(6));
            change(&mut offer);
            plane.offer(&offer);
        },
        expect,
    );
}

fn check_offer(offer: impl FnOnce(&mut Plane), expect: &str) {
    let (mut rig, mut plane) = Rig::connected();
    plane.offer(&offer_of(5, &image_extents(5)));
    plane.heard(&mut rig);
    offer(&mut plane);
    let heard = plane.heard(&mut rig);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].starts_with("Refused") && heard[0].contains(expect), "{heard:?}");
    assert!(rig.said().contains("image_refused"));
    assert_eq!((rig.image_as_of(0), rig.count(Statistic::ImagesRefused)), (5, 1));
    plane.offer(&offer_of(7, &image_extents(7)));
    assert_eq!(plane.heard(&mut rig), ["Adopted { as_of: 7 }"]);
}

/// Changes the bytes of an extent and the checksum with them.
fn change_bytes(extent: &mut Offered, change: impl FnOnce(&mut Vec<u8>)) {
    let bytes = extent.bytes.as_mut().unwrap();
    change(bytes);
    extent.checksum = Extent::copy_of(bytes).checksum();
    extent.len = bytes.len() as u64;
}

#[test]
fn a_wrong_checksum_is_refused() {
    check_refused(|offer| offer.extents[1].checksum ^= 1, "extent 601 has checksum");
}

#[test]
fn a_root_of_garbage_is_refused() {
    check_refused(|offer| change_bytes(&mut offer.extents[0], |root| root.fill(0xa5)), "root");
}

#[test]
fn another_format_is_refused() {
    // The format stands behind the magic.
    check_refused(|offer| change_bytes(&mut offer.extents[0], |root| root[8] = 9), "format 9");
}

#[test]
fn any_changed_byte_of_an_image_is_refused_or_harmless() {
    let (mut rig, mut plane) = Rig::connected();
    let good = image_extents(1);
    for as_of in 1..400 {
        let mut offer = offer_of(as_of, &image_extents(as_of));
        let at = usize::try_from(as_of).unwrap() * 31;
        let extent = &mut offer.extents[at % good.len()];
        change_bytes(extent, |bytes| {
            let at = at % bytes.len();
            bytes[at] ^= 0xff;
        });
        plane.offer(&offer);
        let heard = plane.heard(&mut rig);
        assert_eq!(heard.len(), 1, "{heard:?}");
    }
    assert!(rig.count(Statistic::ImagesRefused) > 50);
}

#[test]
fn an_image_that_says_it_is_another_is_refused() {
    check_offer(
        |plane| plane.offer(&Offer { as_of: 6, ..offer_of(8, &image_extents(8)) }),
        "image 6 says of itself that it is 8",
    );
}

#[test]
fn an_image_that_is_not_newer_is_refused() {
    for as_of in [4, 5] {
        let expect = format!("image {as_of} is not newer than image 5");
        check_offer(|plane| plane.offer(&offer_of(as_of, &image_extents(as_of))), &expect);
    }
    check_refused(|offer| offer.as_of = 0, "change sequences begin at 1");
}

#[test]
fn an_older_image_of_a_new_connection_is_refused() {
    let (mut rig, mut plane) = Rig::connected();
    plane.offer(&offer_of(5, &image_extents(5)));
    plane.heard(&mut rig);
    drop(plane);
    let mut plane = rig.plane();
    plane.heard(&mut rig);
    plane.welcome(&mut rig);
    plane.offer(&offer_of(4, &image_extents(4)));
    let heard = plane.heard(&mut rig);
    assert!(
        heard[0].contains("older than image 5") && heard[0].contains("to go back"),
        "{heard:?}"
    );
    plane.offer(&offer_of(6, &image_extents(6)));
    assert_eq!(plane.heard(&mut rig), ["Adopted { as_of: 6 }"]);
}

#[test]
fn extents_that_are_held_need_not_travel() {
    let (mut rig, mut plane) = Rig::connected();
    let first = offer_of(5, &image_extents(5));
    plane.offer(&first);
    plane.heard(&mut rig);
    let mut second = offer_of(6, &image_extents(6));
    let mut shared = 0;
    for (extent, held) in second.extents.iter_mut().zip(&first.extents).skip(1) {
        if extent.checksum == held.checksum {
            *extent = Offered { bytes: None, ..held.clone() };
            shared += 1;
        }
    }
    assert!(shared > 0, "two versions of a plan share extents");
    plane.offer(&second);
    assert_eq!(plane.heard(&mut rig), ["Adopted { as_of: 6 }"]);
}

#[test]
fn extents_that_are_not_held_or_have_another_size_are_refused() {
    check_refused(|offer| offer.extents[1].bytes = None, "neither came with it nor is held here");
    check_refused(
        |offer| {
            let held = &offer_of(5, &image_extents(5)).extents[1];
            offer.extents[1].id = held.id;
            offer.extents[1].bytes = None;
            offer.extents[1].len = held.len + 8;
        },
        "extent 501 is held here with",
    );
    check_refused(
        |offer| {
            let held = &offer_of(5, &image_extents(5)).extents[1];
            offer.extents[1] = Offered { bytes: None, checksum: held.checksum ^ 1, ..held.clone() };
        },
        "extent 501 has checksum",
    );
    check_refused(|offer| offer.extents[1].len += 8_192, "its file has");
}

#[test]
fn memory_that_could_change_is_refused() {
    let offer = offer_of(6, &image_extents(6));
    let good: Vec<_> =
        offer.extents.iter().map(|extent| seal("good", extent.bytes.as_ref().unwrap())).collect();
    let file = plain_file();
    let unsealed = rustix::fs::memfd_create("open", MemfdFlags::ALLOW_SEALING).unwrap();
    rustix::fs::ftruncate(&unsealed, 1 << 20).unwrap();
    for (bad, expect) in [
        (fd(&file), "no sealable memory"),
        (std::os::fd::AsFd::as_fd(&unsealed), "lacks the seal against writing"),
    ] {
        check_offer(
            |plane| {
                let mut fds: Vec<_> = good.iter().map(|extent| extent.fd()).collect();
                fds[1] = bad;
                plane.offer_with(&offer, &fds);
            },
            expect,
        );
    }
}
