//! Owns the questions that are put to an image; refuses to know how its bytes came to be.
//! Hot: called per packet (sources) and per attempt (trunks); the names at the end are for cold use.

use super::Image;
use super::layout::{
    DestinationRecord, FLAG_ENABLED, FLAG_IN_DIALOG_ANY, GatewayRecord, NO_INDEX, NameSpan,
    OriginatorRecord, PlanRecord, RangeRecord, RecordSpan, RuleRecord, Section, TrunkRecord,
};
use crate::entity::InDialog;

/// What a name is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A trunk.
    Trunk,
    /// An originator.
    Originator,
    /// A destination.
    Destination,
    /// A routing plan.
    Plan,
    /// A rule of a plan.
    Rule,
}

/// A trunk of an image.
#[derive(Debug, Clone, Copy)]
pub struct TrunkRef<'i> {
    image: &'i Image,
    record: &'i TrunkRecord,
}

/// An originator of an image.
#[derive(Debug, Clone, Copy)]
pub struct OriginatorRef<'i> {
    image: &'i Image,
    record: &'i OriginatorRecord,
    index: u32,
}

/// A destination of an image.
#[derive(Debug, Clone, Copy)]
pub struct DestinationRef<'i> {
    image: &'i Image,
    record: &'i DestinationRecord,
}

impl Image {
    /// The originator that `ipv4` (host order) belongs to: the one with the longest network around it.
    #[inline]
    #[must_use]
    pub fn originator_by_source(&self, ipv4: u32) -> Option<OriginatorRef<'_>> {
        let range = range_around(self.records(Section::OriginatorSources), ipv4)?;
        self.originator_at(range.value)
    }

    /// The originator with this stable id.
    #[inline]
    #[must_use]
    pub fn originator(&self, id: u32) -> Option<OriginatorRef<'_>> {
        let records: &[OriginatorRecord] = self.records(Section::Originators);
        let index = records.binary_search_by_key(&id, |record| record.id).ok()?;
        self.originator_at(u32::try_from(index).ok()?)
    }

    fn originator_at(&self, index: u32) -> Option<OriginatorRef<'_>> {
        let record = self.records(Section::Originators).get(index as usize)?;
        Some(OriginatorRef { image: self, record, index })
    }

    /// All originators, ascending by id.
    pub fn originators(&self) -> impl Iterator<Item = OriginatorRef<'_>> {
        let records: &[OriginatorRecord] = self.records(Section::Originators);
        (0..).zip(records).map(|(index, record)| OriginatorRef { image: self, record, index })
    }

    /// The trunk with this stable id.
    #[inline]
    #[must_use]
    pub fn trunk(&self, id: u32) -> Option<TrunkRef<'_>> {
        let records: &[TrunkRecord] = self.records(Section::Trunks);
        let index = records.binary_search_by_key(&id, |record| record.id).ok()?;
        Some(TrunkRef { image: self, record: records.get(index)? })
    }

    /// All trunks, ascending by id.
    pub fn trunks(&self) -> impl ExactSizeIterator<Item = TrunkRef<'_>> {
        let records: &[TrunkRecord] = self.records(Section::Trunks);
        records.iter().map(|record| TrunkRef { image: self, record })
    }

    /// All destinations, ascending by id.
    pub fn destinations(&self) -> impl ExactSizeIterator<Item = DestinationRef<'_>> {
        let records: &[DestinationRecord] = self.records(Section::Destinations);
        records.iter().map(|record| DestinationRef { image: self, record })
    }

    /// Stable ids of all plans, ascending.
    pub fn plans(&self) -> impl ExactSizeIterator<Item = u32> {
        self.records::<PlanRecord>(Section::Plans).iter().map(|record| record.id)
    }

    /// Whether `ipv4` (host order) is a gateway or in a network of any trunk, disabled ones included.
    #[inline]
    #[must_use]
    pub fn is_trunk_source(&self, ipv4: u32) -> bool {
        range_around(self.records(Section::TrunkSources), ipv4).is_some()
    }

    /// Name of the entity of this kind and id; empty when there is none. For cold use.
    #[must_use]
    pub fn name(&self, kind: NameKind, id: u32) -> &str {
        let span = match kind {
            NameKind::Trunk => return self.trunk(id).map(|trunk| trunk.name()).unwrap_or_default(),
            NameKind::Originator => {
                return self.originator(id).map(|originator| originator.name()).unwrap_or_default();
            }
            NameKind::Destination => {
                let records: &[DestinationRecord] = self.records(Section::Destinations);
                let index = records.binary_search_by_key(&id, |record| record.id);
                index.ok().and_then(|index| records.get(index)).map(|record| record.name)
            }
            NameKind::Plan => {
                let records: &[PlanRecord] = self.records(Section::Plans);
                let index = records.binary_search_by_key(&id, |record| record.id);
                index.ok().and_then(|index| records.get(index)).map(|record| record.name)
            }
            // Rules stand by plan, not by id.
            NameKind::Rule => {
                let records: &[RuleRecord] = self.records(Section::Rules);
                records.iter().find(|record| record.id == id).map(|record| record.name)
            }
        };
        span.map(|span| self.text(span)).unwrap_or_default()
    }

    fn text(&self, span: NameSpan) -> &str {
        let start = span.first as usize;
        let bytes = self.records::<u8>(Section::Names).get(start..start + span.length as usize);
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl<'i> TrunkRef<'i> {
    /// Stable id, below 2^24.
    #[inline]
    #[must_use]
    pub fn id(&self) -> u32 {
        self.record.id
    }

    /// Whether calls may be sent to it.
    #[inline]
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.record.flags & FLAG_ENABLED != 0
    }

    /// Its addresses, 1 to 8, ascending by priority, equal priorities as written.
    #[inline]
    #[must_use]
    pub fn gateways(&self) -> &'i [GatewayRecord] {
        part(self.image.records(Section::Gateways), self.record.gateways)
    }

    /// Whether `ipv4` (host order) is one of its gateways or lies in one of its networks.
    #[inline]
    #[must_use]
    pub fn contains(&self, ipv4: u32) -> bool {
        let networks: &[RangeRecord] =
            part(self.image.records(Section::Networks), self.record.networks);
        self.gateways().iter().any(|gateway| gateway.ipv4 == ipv4)
            || networks.iter().any(|network| (network.first..=network.last).contains(&ipv4))
    }

    /// Next hop rule for requests of standing dialogs.
    #[inline]
    #[must_use]
    pub fn in_dialog(&self) -> InDialog {
        if self.record.flags & FLAG_IN_DIALOG_ANY == 0 { InDialog::Own } else { InDialog::Any }
    }

    /// Name. For cold use.
    #[must_use]
    pub fn name(&self) -> &'i str {
        self.image.text(self.record.name)
    }

    /// Name of its carrier. For cold use.
    #[must_use]
    pub fn carrier(&self) -> &'i str {
        self.image.text(self.record.carrier)
    }
}

impl<'i> OriginatorRef<'i> {
    /// Stable id, below 2^24.
    #[inline]
    #[must_use]
    pub fn id(&self) -> u32 {
        self.record.id
    }

    /// Place in this image, from 0. Another version may give it to another originator.
    #[inline]
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Whether its calls are accepted.
    #[inline]
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.record.flags & FLAG_ENABLED != 0
    }

    /// Whether a packet from `ipv4` (host order) is this originator's: no other has a longer network around it.
    #[inline]
    #[must_use]
    pub fn contains(&self, ipv4: u32) -> bool {
        range_around(self.image.records(Section::OriginatorSources), ipv4)
            .is_some_and(|range| range.value == self.index)
    }

    /// Name. For cold use.
    #[must_use]
    pub fn name(&self) -> &'i str {
        self.image.text(self.record.name)
    }

    #[inline]
    pub(crate) fn plan_index(&self) -> usize {
        self.record.plan as usize
    }
}

impl<'i> DestinationRef<'i> {
    /// Stable id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.record.id
    }

    /// ISO 3166 alpha-2, if the plan says it.
    #[must_use]
    pub fn country(&self) -> Option<&'i str> {
        std::str::from_utf8(&self.record.country).ok().filter(|_| self.record.country != [0; 2])
    }

    /// Name. For cold use.
    #[must_use]
    pub fn name(&self) -> &'i str {
        self.image.text(self.record.name)
    }
}

/// The records that a span names; none for a span that leads outside.
#[inline]
pub(crate) fn part<T>(records: &[T], span: RecordSpan) -> &[T] {
    let start = span.first as usize;
    records.get(start..start + span.count as usize).unwrap_or_default()
}

/// The record at an index that may be [`NO_INDEX`].
#[inline]
pub(crate) fn optional(index: u32) -> Option<usize> {
    (index != NO_INDEX).then_some(index as usize)
}

/// The range that holds `ipv4`, of ranges that ascend and are disjoint.
#[inline]
fn range_around(ranges: &[RangeRecord], ipv4: u32) -> Option<&RangeRecord> {
    let behind = ranges.partition_point(|range| range.first <= ipv4);
    ranges.get(behind.checked_sub(1)?).filter(|range| ipv4 <= range.last)
}
