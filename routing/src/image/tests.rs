//! An image says what its plan says, and damaged bytes are refused or harmless.

mod extents;

use proptest::prelude::*;

use super::extent::checksum;
use super::layout::{RootHead, SectionEntry};
use super::*;
use crate::entity::{InDialog, MAX_NAME};
use crate::{Decision, Digits, TechniqueState, decide, plan_text};
use zerocopy::IntoBytes;

const PLAN: &str = r#"
version = 42
destination = [
    { name = "Italy", country = "IT", prefixes = ["39"] },
    { name = "Italy mobile", prefixes = ["393", "3934"] },
    { name = "Malta", prefixes = ["356"] },
]
deck = [
    { name = "a", rates = { 39 = "0.02", 393 = "0.05" } },
    { name = "b", rates = { 39 = "0.03", 3934 = "0.01" } },
]
trunk = [
    { name = "atlas", id = 9, carrier = "Atlas Telecom", deck = "a", networks = ["192.0.2.64/26"], gateways = [
        { host = "192.0.2.1", priority = 20 }, { host = "192.0.2.2", port = 5070, priority = 10, weight = 3 },
    ] },
    { name = "borealis", deck = "b", in_dialog = "any", gateways = ["192.0.2.130"] },
    { name = "cirrus", enabled = false, gateways = ["192.0.2.200"] },
]

[[plan]]
name = "wholesale"
failover.total_ms = 9000
[[plan.rule]]
name = "mobile"
destinations = ["Italy mobile"]
[[plan.rule.slot]]
technique = "percent"
trunks = [{ trunk = "atlas", weight = 60 }, { trunk = "borealis", weight = 30 }, { trunk = "cirrus", weight = 10 }]
[[plan.rule.slot]]
technique = "lcr"
trunks = ["atlas", "borealis"]
[[plan.rule]]
destinations = ["Italy"]
[[plan.rule.slot]]
technique = "round_robin"
trunks = ["borealis", "atlas"]

[[originator]]
name = "retail-one"
addresses = ["198.51.100.0/24"]
plan = "wholesale"
[[originator]]
name = "retail-two"
enabled = false
addresses = ["198.51.100.8/29", "203.0.113.9"]
plan = "wholesale"
"#;

fn built() -> Built {
    build(&plan_text::parse(PLAN).unwrap()).unwrap()
}

fn ip(text: &str) -> u32 {
    u32::from(text.parse::<std::net::Ipv4Addr>().unwrap())
}

#[test]
fn trunks_say_what_the_plan_says() {
    let image = built().open().unwrap();
    assert_eq!((image.version(), image.cursor_count()), (42, 1));
    let atlas = image.trunk(9).unwrap();
    assert_eq!((atlas.name(), atlas.carrier()), ("atlas", "Atlas Telecom"));
    assert_eq!((atlas.enabled(), atlas.in_dialog()), (true, InDialog::Own));
    let ports: Vec<u16> = atlas.gateways().iter().map(|gateway| gateway.port).collect();
    assert_eq!(ports, [5070, 5060], "by priority");
    for (address, own) in [("192.0.2.1", true), ("192.0.2.64", true), ("192.0.2.130", false)] {
        assert_eq!(atlas.contains(ip(address)), own, "{address}");
    }
    let borealis = crate::stable_id::narrow("borealis");
    assert_eq!(image.trunk(borealis).unwrap().in_dialog(), InDialog::Any);
    assert_eq!(image.name(NameKind::Trunk, borealis), "borealis");
    assert!(image.trunk(1).is_none());
    assert_eq!(image.trunks().filter(TrunkRef::enabled).count(), 2);
    for (address, known) in
        [("192.0.2.200", true), ("192.0.2.127", true), ("192.0.2.128", false), ("10.0.0.1", false)]
    {
        assert_eq!(image.is_trunk_source(ip(address)), known, "{address}");
    }
}

#[test]
fn the_longest_network_finds_the_originator() {
    let image = built().open().unwrap();
    for (address, name) in [
        ("198.51.100.7", Some("retail-one")),
        ("198.51.100.8", Some("retail-two")),
        ("198.51.100.15", Some("retail-two")),
        ("198.51.100.16", Some("retail-one")),
        ("203.0.113.9", Some("retail-two")),
        ("203.0.113.8", None),
    ] {
        let found = image.originator_by_source(ip(address));
        assert_eq!(found.map(|originator| originator.name()), name, "{address}");
        for originator in image.originators() {
            assert_eq!(originator.contains(ip(address)), name == Some(originator.name()));
        }
    }
    for originator in image.originators() {
        let by_id = image.originator(originator.id()).unwrap();
        assert_eq!((by_id.index(), by_id.enabled()), (originator.index(), originator.enabled()));
    }
}

#[test]
fn names_are_found_by_kind_and_id() {
    let image = built().open().unwrap();
    let mobile = crate::stable_id::wide("Italy mobile");
    let plan = crate::stable_id::wide("wholesale");
    let rule = crate::stable_id::of_rule("wholesale", "mobile");
    assert_eq!(image.name(NameKind::Destination, mobile), "Italy mobile");
    assert_eq!(image.name(NameKind::Plan, plan), "wholesale");
    assert_eq!(image.name(NameKind::Rule, rule), "mobile");
    assert_eq!(image.name(NameKind::Rule, 0), "");
    let italy = image.destinations().find(|destination| destination.name() == "Italy").unwrap();
    assert_eq!(italy.country(), Some("IT"));
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    assert_eq!(built().extents(), built().extents());
}

#[test]
fn an_empty_plan_is_an_image_that_knows_nobody() {
    let image = build(&plan_text::parse("").unwrap()).unwrap().open().unwrap();
    assert!(image.originator_by_source(1).is_none());
    assert!(!image.is_trunk_source(1));
}

#[test]
fn a_plan_with_errors_is_not_built() {
    let mut plan = plan_text::parse(PLAN).unwrap();
    plan.originators[0].plan = "nowhere".to_owned();
    assert_eq!(build(&plan).unwrap_err().len(), 1);
}

/// The head of an image's root.
fn head(extents: &[Extent]) -> RootHead {
    RootHead::read_from_prefix(extents[0].bytes()).unwrap().0
}

/// The extents with bytes changed, and checksums made right again, as a forger would.
fn resealed(extents: &[Vec<u8>], mut head: RootHead) -> Vec<Extent> {
    for entry in &mut head.sections {
        let SectionEntry { extent, offset, length, .. } = *entry;
        let bytes = extents.get(extent as usize).and_then(|bytes| {
            let start = usize::try_from(offset).ok()?;
            bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
        });
        entry.checksum = bytes.map(checksum).unwrap_or_default();
    }
    head.checksum = 0;
    head.checksum = checksum(head.as_bytes());
    let mut root = head.as_bytes().to_vec();
    root.resize(layout::ROOT_BYTES, 0);
    let rest = extents.iter().skip(1);
    [&root].into_iter().chain(rest).map(|bytes| Extent::copy_of(bytes)).collect()
}

/// Asks an image everything that there is to ask.
fn exercise(image: &Image) {
    let mut state = TechniqueState::new(image.cursor_count(), 0, 1);
    let mut decision = Decision::new();
    let addresses = ["198.51.100.7", "198.51.100.8", "192.0.2.64", "255.255.255.255", "0.0.0.0"];
    for address in addresses.map(ip) {
        let _ = image.originator_by_source(address);
        let _ = image.is_trunk_source(address);
        let _ = image.trunks().filter(|trunk| trunk.contains(address)).count();
    }
    for trunk in image.trunks() {
        assert!((1..=8).contains(&trunk.gateways().len()));
        let _ = (trunk.name(), trunk.carrier());
    }
    for originator in image.originators() {
        for number in ["393471", "3934", "39", "356", "1", "39999999999999999999999999999999"] {
            let number = Digits::from_ascii(number.as_bytes()).unwrap();
            let _ = decide(
                image,
                &crate::Switches::new(),
                originator,
                &number,
                &mut state,
                &mut decision,
            );
            for candidate in decision.candidates() {
                assert!(image.trunk(candidate.trunk).is_some());
            }
            let _ = image.name(NameKind::Rule, decision.rule);
        }
    }
}

#[test]
fn a_changed_bit_of_a_section_is_refused() {
    let built = built();
    let head = head(built.extents());
    for entry in &head.sections {
        for at in [entry.offset, (entry.offset + entry.length).saturating_sub(1)] {
            let mut bytes: Vec<Vec<u8>> =
                built.extents().iter().map(|extent| extent.bytes().to_vec()).collect();
            bytes[entry.extent as usize][usize::try_from(at).unwrap()] ^= 0x10;
            let extents = bytes.iter().map(|bytes| Extent::copy_of(bytes)).collect();
            let refused = Image::open(extents);
            assert!(matches!(refused, Err(OpenImageError::Checksum { .. })), "{refused:?}");
        }
    }
}

#[test]
fn roots_that_are_none_are_refused_with_a_reason() {
    let built = built();
    let open = |change: &dyn Fn(&mut RootHead)| {
        let mut bytes: Vec<Vec<u8>> =
            built.extents().iter().map(|extent| extent.bytes().to_vec()).collect();
        let mut head = head(built.extents());
        change(&mut head);
        bytes[0][..size_of::<RootHead>()].copy_from_slice(head.as_bytes());
        Image::open(bytes.iter().map(|bytes| Extent::copy_of(bytes)).collect()).unwrap_err()
    };
    assert!(matches!(open(&|head| head.magic = 1), OpenImageError::Magic { got: 1 }));
    assert!(matches!(open(&|head| head.format = 1), OpenImageError::Format { got: 1, .. }));
    assert!(matches!(open(&|head| head.as_of = 2), OpenImageError::RootChecksum));
    assert!(matches!(Image::open(Vec::new()), Err(OpenImageError::RootSize { bytes: 0 })));
    let short = built.extents()[..2].to_vec();
    assert!(matches!(Image::open(short), Err(OpenImageError::Extents { expected: 4, got: 2 })));
}

/// An image with one word of a section forged.
fn forged(section: Section, word: usize, value: u32) -> Result<Image, OpenImageError> {
    let built = built();
    let mut bytes: Vec<Vec<u8>> =
        built.extents().iter().map(|extent| extent.bytes().to_vec()).collect();
    let head = head(built.extents());
    let entry = head.sections[section.place()];
    let at = usize::try_from(entry.offset).unwrap() + 4 * word;
    bytes[entry.extent as usize][at..at + 4].copy_from_slice(&value.to_le_bytes());
    Image::open(resealed(&bytes, head))
}

/// Records may share a long name, so that a small image would take hours to look at.
#[test]
fn a_name_longer_than_names_are_is_refused() {
    let long = "c".repeat(MAX_NAME);
    let text = PLAN.replace("Atlas Telecom", &long).replace("borealis", &"b".repeat(MAX_NAME));
    let mut bytes: Vec<Vec<u8>> = Vec::new();
    let built = build(&plan_text::parse(&text).unwrap()).unwrap();
    bytes.extend(built.extents().iter().map(|extent| extent.bytes().to_vec()));
    let head = head(built.extents());
    assert!(Image::open(resealed(&bytes, head)).is_ok());
    let entry = head.sections[Section::Trunks.place()];
    // Beginning and length of the first trunk's name stand behind four words.
    let at = usize::try_from(entry.offset).unwrap() + 16;
    let extent = &mut bytes[entry.extent as usize];
    extent[at..at + 4].copy_from_slice(&0_u32.to_le_bytes());
    extent[at + 4..at + 8].copy_from_slice(&129_u32.to_le_bytes());
    let refused = Image::open(resealed(&bytes, head)).unwrap_err();
    let expect = OpenImageError::Record { section: Section::Trunks, record: 0, fault: Fault::Name };
    assert_eq!(refused, expect);
}

#[test]
fn forged_records_are_refused_with_their_fault() {
    use Fault::{Id, Index, Name, Number, Order, Span, Unknown};
    for (section, word, value, fault) in [
        (Section::Trunks, 0, 0, Order),
        (Section::Trunks, 24, 1 << 24, Id),
        (Section::Trunks, 1, 4, Unknown),
        (Section::Trunks, 2, 2, Index),
        (Section::Trunks, 4, 100_000, Name),
        (Section::Trunks, 9, 0, Span),
        (Section::Trunks, 9, 9, Span),
        (Section::Gateways, 1, 0, Number),
        (Section::TrunkSources, 1, u32::MAX, Order),
        (Section::TrunkSources, 2, 1, Index),
        (Section::Originators, 2, 1, Index),
        (Section::OriginatorSources, 2, 2, Index),
        (Section::Routes, 0, 9, Index),
        (Section::Rules, 5, 5, Span),
        (Section::Rules, 10, 1, Span),
        (Section::Slots, 1, 17, Span),
        (Section::Slots, 10, 1, Order),
        (Section::Slots, 3, 9, Unknown),
        (Section::Entries, 0, 3, Index),
        (Section::Entries, 1, 61, Number),
        (Section::Rates, 1, u32::MAX, Number),
    ] {
        let refused = forged(section, word, value).map(|image| image.version());
        let refused = refused.map_err(|error| match error {
            OpenImageError::Record { fault, .. } => Some(fault),
            _ => None,
        });
        assert_eq!(refused, Err(Some(fault)), "{section:?} word {word} = {value}");
    }
    let cells = forged(Section::DestinationPrefixes, 0, 3);
    assert!(matches!(cells, Err(OpenImageError::Prefixes { .. })), "{cells:?}");
    assert!(forged(Section::Slots, 1, 2).is_err(), "shares of a shortened slot");
    assert!(forged(Section::Gateways, 0, 7).is_ok(), "an address may be anything");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn damaged_extents_are_refused(
        extent in 0_usize..4, at in any::<prop::sample::Index>(), flip in 1_u8..=255,
    ) {
        let built = built();
        let mut bytes: Vec<Vec<u8>> =
            built.extents().iter().map(|extent| extent.bytes().to_vec()).collect();
        let at = at.index(bytes[extent].len());
        bytes[extent][at] ^= flip;
        // Bytes between sections and behind the head belong to nobody, so a change there may pass.
        if let Ok(image) = Image::open(bytes.iter().map(|bytes| Extent::copy_of(bytes)).collect()) {
            exercise(&image);
        }
    }

    #[test]
    fn forged_extents_are_refused_or_harmless(
        changes in prop::collection::vec(
            (0_usize..Section::ALL.len(), any::<prop::sample::Index>(), interesting()), 0..4,
        ),
        head_change in prop::option::of((any::<prop::sample::Index>(), interesting())),
    ) {
        let built = built();
        let mut bytes: Vec<Vec<u8>> =
            built.extents().iter().map(|extent| extent.bytes().to_vec()).collect();
        let mut head = head(built.extents());
        for (section, at, value) in changes {
            let entry = head.sections[section];
            let start = usize::try_from(entry.offset).unwrap();
            let words = usize::try_from(entry.length).unwrap() / 4;
            if words > 0 {
                let at = start + 4 * at.index(words);
                bytes[entry.extent as usize][at..at + 4].copy_from_slice(&value.to_le_bytes());
            }
        }
        if let Some((at, value)) = head_change {
            // Behind magic and format, whose faults have tests of their own.
            let words = head.as_mut_bytes();
            let at = 12 + 4 * at.index((words.len() - 12) / 4);
            words[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        if let Ok(image) = Image::open(resealed(&bytes, head)) {
            exercise(&image);
        }
    }

    #[test]
    fn arbitrary_extents_are_refused(
        extents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..4),
    ) {
        prop_assert!(Image::open(extents.iter().map(|bytes| Extent::copy_of(bytes)).collect()).is_err());
    }
}

/// Words that are likely to be taken for an index, a length or a flag.
fn interesting() -> impl Strategy<Value = u32> {
    prop_oneof![
        0_u32..20,
        any::<u32>(),
        Just(u32::MAX),
        Just(1 << 31),
        (0_u32..20).prop_map(|n| n << 16)
    ]
}
