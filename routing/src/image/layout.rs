//! Owns the byte layout of a plan image, format 2; refuses to know how it is made or asked.
//!
//! Root: 4 KiB with magic, format, version and a table of sections, in extent 0. Sections: arrays of the records below in
//! extents 1 and on, named by index, joined by `u32` indices. Little endian, no pointer, no hidden padding.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::policy::PolicyValues;

/// First eight bytes of a root: `TANDEMPI`.
pub const MAGIC: u64 = u64::from_le_bytes(*b"TANDEMPI");
/// The format that this code reads and writes.
pub const FORMAT: u32 = 2;
/// Bytes of a root.
pub const ROOT_BYTES: usize = 4096;
/// Start of every section within its extent: one cache line.
pub const SECTION_ALIGN: usize = 64;
/// Index that stands for nothing.
pub const NO_INDEX: u32 = u32::MAX;
/// Rate that stands for none.
pub const NO_RATE: u64 = u64::MAX;

const _: () = assert!(cfg!(target_endian = "little"), "images are little endian");

/// Sections in the order of the root's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Section {
    /// UTF-8 text of all names, end to end.
    Names = 1,
    /// [`TrunkRecord`], ascending by id.
    Trunks,
    /// [`GatewayRecord`], by trunk.
    Gateways,
    /// [`RangeRecord`], networks by trunk; `value` is the trunk's index.
    Networks,
    /// [`RangeRecord`], ascending and disjoint: every address that some trunk signals from.
    TrunkSources,
    /// [`OriginatorRecord`], ascending by id.
    Originators,
    /// [`RangeRecord`], ascending and disjoint; `value` is the originator's index.
    OriginatorSources,
    /// [`DestinationRecord`], ascending by id.
    Destinations,
    /// Cells of the prefix table whose values are destination indices.
    DestinationPrefixes,
    /// [`PlanRecord`], ascending by id.
    Plans,
    /// `u32` rule index or [`NO_INDEX`]: one row per plan, one column per destination.
    Routes,
    /// [`RuleRecord`], by plan.
    Rules,
    /// [`SlotRecord`], by rule.
    Slots,
    /// [`EntryRecord`], by slot.
    Entries,
    /// Cells of the prefix table whose values are rate rows.
    RatePrefixes,
    /// `u64` rate or [`NO_RATE`]: one row per distinct row, one column per deck.
    Rates,
}

impl Section {
    /// All sections in the order of the root's table.
    pub const ALL: [Self; 16] = [
        Self::Names,
        Self::Trunks,
        Self::Gateways,
        Self::Networks,
        Self::TrunkSources,
        Self::Originators,
        Self::OriginatorSources,
        Self::Destinations,
        Self::DestinationPrefixes,
        Self::Plans,
        Self::Routes,
        Self::Rules,
        Self::Slots,
        Self::Entries,
        Self::RatePrefixes,
        Self::Rates,
    ];

    /// Place in the root's table.
    #[inline]
    #[must_use]
    pub const fn place(self) -> usize {
        self as usize - 1
    }
}

const _: () = {
    let mut place = 0;
    while place < Section::ALL.len() {
        #[expect(clippy::indexing_slicing, reason = "bounded by the loop")]
        let section = Section::ALL[place];
        assert!(section.place() == place, "sections stand in the order of their numbers");
        place += 1;
    }
};

/// The head of a root; the rest of its 4 KiB is zero.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RootHead {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`FORMAT`].
    pub format: u32,
    /// Number of extents, the root's own included.
    pub extents: u32,
    /// Version of the image: the change sequence that it holds.
    pub as_of: u64,
    /// Checksum of the head with this field as zero.
    pub checksum: u64,
    /// Buy rate decks, which are the columns of [`Section::Rates`].
    pub decks: u32,
    /// Round-robin slots, which are numbered from 0 in the order of plan id, rule id and place in the rule.
    pub cursors: u32,
    /// One entry for each of [`Section::ALL`].
    pub sections: [SectionEntry; Section::ALL.len()],
}

/// Where a section lies.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SectionEntry {
    /// Number of the [`Section`].
    pub section: u32,
    /// Extent, from 1.
    pub extent: u32,
    /// Byte offset in the extent, a multiple of [`SECTION_ALIGN`].
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// Checksum of those bytes.
    pub checksum: u64,
}

/// A piece of [`Section::Names`].
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct NameSpan {
    /// First byte.
    pub first: u32,
    /// Bytes.
    pub length: u32,
}

/// Consecutive records of another section.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RecordSpan {
    /// First record.
    pub first: u32,
    /// Records.
    pub count: u32,
}

/// Set in `flags` of a trunk or originator that may be used.
pub const FLAG_ENABLED: u32 = 1;
/// Set in `flags` of a trunk whose dialogs may go anywhere.
pub const FLAG_IN_DIALOG_ANY: u32 = 2;

/// A trunk.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TrunkRecord {
    /// Stable id, below 2^24, not 0.
    pub id: u32,
    /// [`FLAG_ENABLED`], [`FLAG_IN_DIALOG_ANY`].
    pub flags: u32,
    /// Column in [`Section::Rates`] or [`NO_INDEX`].
    pub deck: u32,
    /// Zero.
    pub reserved: u32,
    /// Name.
    pub name: NameSpan,
    /// Name of its carrier.
    pub carrier: NameSpan,
    /// Its [`Section::Gateways`], 1 to 8, by priority.
    pub gateways: RecordSpan,
    /// Its [`Section::Networks`], up to 64.
    pub networks: RecordSpan,
}

/// One address of a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct GatewayRecord {
    /// Address in host order.
    pub ipv4: u32,
    /// UDP port.
    pub port: u16,
    /// Lower is tried first.
    pub priority: u16,
    /// Share among equal priorities.
    pub weight: u16,
    /// Zero.
    pub reserved: u16,
}

/// Addresses and whose they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RangeRecord {
    /// First address in host order.
    pub first: u32,
    /// Last address, included.
    pub last: u32,
    /// What the section says.
    pub value: u32,
    /// Zero.
    pub reserved: u32,
}

/// An originator.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct OriginatorRecord {
    /// Stable id, below 2^24, not 0.
    pub id: u32,
    /// [`FLAG_ENABLED`].
    pub flags: u32,
    /// Index of its plan.
    pub plan: u32,
    /// Zero.
    pub reserved: u32,
    /// Name.
    pub name: NameSpan,
}

/// A destination.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct DestinationRecord {
    /// Stable id, not 0.
    pub id: u32,
    /// ISO 3166 alpha-2 in capitals, or zeros.
    pub country: [u8; 2],
    /// Zero.
    pub reserved: u16,
    /// Name.
    pub name: NameSpan,
}

/// A routing plan.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PlanRecord {
    /// Failover policy.
    pub policy: PolicyValues,
    /// Stable id, not 0.
    pub id: u32,
    /// Zero.
    pub reserved: u32,
    /// Name.
    pub name: NameSpan,
    /// Its [`Section::Rules`].
    pub rules: RecordSpan,
}

/// A rule.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RuleRecord {
    /// Stable id, not 0.
    pub id: u32,
    /// Zero.
    pub reserved: u32,
    /// Name.
    pub name: NameSpan,
    /// Its [`Section::Slots`], 1 to 4.
    pub slots: RecordSpan,
}

/// [`SlotRecord::technique`] of `lcr`.
pub const TECHNIQUE_LCR: u8 = 1;
/// [`SlotRecord::technique`] of `percent`.
pub const TECHNIQUE_PERCENT: u8 = 2;
/// [`SlotRecord::technique`] of `round_robin`.
pub const TECHNIQUE_ROUND_ROBIN: u8 = 3;

/// A slot.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SlotRecord {
    /// Its [`Section::Entries`]; the slots of a rule have at most 16 together.
    pub entries: RecordSpan,
    /// Number of its round-robin cursor; 0 for other techniques.
    pub cursor: u32,
    /// One of the `TECHNIQUE_` constants.
    pub technique: u8,
    /// 1 when a failure tries the rest of the slot first, else 0.
    pub in_slot_failover: u8,
    /// Zero.
    pub reserved: u16,
}

/// A trunk of a slot.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct EntryRecord {
    /// Index of the trunk.
    pub trunk: u32,
    /// Weight; under `percent` 1 to 100.
    pub weight: u32,
}

const _: () = {
    assert!(size_of::<RootHead>() <= ROOT_BYTES);
    assert!(size_of::<SectionEntry>() == 32);
    assert!(size_of::<TrunkRecord>() == 48);
    assert!(size_of::<GatewayRecord>() == 12);
    assert!(size_of::<RangeRecord>() == 16);
    assert!(size_of::<OriginatorRecord>() == 24);
    assert!(size_of::<DestinationRecord>() == 16);
    assert!(size_of::<PlanRecord>() == 112);
    assert!(size_of::<RuleRecord>() == 24);
    assert!(size_of::<SlotRecord>() == 16);
    assert!(size_of::<EntryRecord>() == 8);
};
