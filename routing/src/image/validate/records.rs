//! Owns the checks of the records of an image, section by section; refuses to know where sections lie.

use std::sync::Arc;

use zerocopy::{FromBytes, Immutable, KnownLayout};

use super::{Fault, OpenImageError};
use crate::entity::{MAX_CANDIDATES, MAX_GATEWAYS, MAX_NAME, MAX_NETWORKS, MAX_SLOTS};
use crate::image::layout::{
    DestinationRecord, EntryRecord, FLAG_ENABLED, FLAG_IN_DIALOG_ANY, GatewayRecord, NO_INDEX,
    NO_RATE, NameSpan, OriginatorRecord, PlanRecord, RangeRecord, RecordSpan, RuleRecord, Section,
    SlotRecord, TECHNIQUE_LCR, TECHNIQUE_PERCENT, TECHNIQUE_ROUND_ROBIN, TrunkRecord,
};
use crate::image::{Image, cursor, part};
use crate::prefix;
use crate::rate::Rate;
use crate::stable_id::NARROW_LIMIT;

type Checked = Result<(), OpenImageError>;

/// Checks all sections.
pub(super) fn check(image: &Image) -> Checked {
    let sections = Sections::cast(image)?;
    sections.trunks()?;
    sections.originators()?;
    sections.destinations()?;
    sections.plans()?;
    sections.slots()?;
    sections.rates()
}

/// Keys of the round-robin cursors, which must be numbered in the order of their keys and be `count`.
///
/// For an image that [`check`] has passed. Two slots of one key or cursor would share a turn.
pub(super) fn cursors(image: &Image, count: u32) -> Result<Arc<[cursor::Key]>, OpenImageError> {
    let numbered = cursor::numbered(image);
    if numbered.len() != count as usize {
        return Err(OpenImageError::Size { section: Section::Slots });
    }
    let mut last = None;
    for (record, (key, cursor)) in numbered.iter().enumerate() {
        if *cursor as usize != record || last.replace(key) == Some(key) {
            let section = Section::Slots;
            return Err(OpenImageError::Record { section, record, fault: Fault::Order });
        }
    }
    Ok(numbered.into_iter().map(|(key, _)| key).collect())
}

/// Every section as its records.
struct Sections<'i> {
    names: &'i [u8],
    trunks: &'i [TrunkRecord],
    gateways: &'i [GatewayRecord],
    networks: &'i [RangeRecord],
    trunk_sources: &'i [RangeRecord],
    originators: &'i [OriginatorRecord],
    originator_sources: &'i [RangeRecord],
    destinations: &'i [DestinationRecord],
    destination_prefixes: &'i [u32],
    plans: &'i [PlanRecord],
    routes: &'i [u32],
    rules: &'i [RuleRecord],
    slots: &'i [SlotRecord],
    entries: &'i [EntryRecord],
    rate_prefixes: &'i [u32],
    rates: &'i [u64],
    decks: usize,
}

impl<'i> Sections<'i> {
    fn cast(image: &'i Image) -> Result<Self, OpenImageError> {
        fn records<T: FromBytes + Immutable + KnownLayout>(
            image: &Image,
            section: Section,
        ) -> Result<&[T], OpenImageError> {
            <[T]>::ref_from_bytes(image.bytes(section))
                .map_err(|_| OpenImageError::Size { section })
        }
        Ok(Self {
            names: records(image, Section::Names)?,
            trunks: records(image, Section::Trunks)?,
            gateways: records(image, Section::Gateways)?,
            networks: records(image, Section::Networks)?,
            trunk_sources: records(image, Section::TrunkSources)?,
            originators: records(image, Section::Originators)?,
            originator_sources: records(image, Section::OriginatorSources)?,
            destinations: records(image, Section::Destinations)?,
            destination_prefixes: records(image, Section::DestinationPrefixes)?,
            plans: records(image, Section::Plans)?,
            routes: records(image, Section::Routes)?,
            rules: records(image, Section::Rules)?,
            slots: records(image, Section::Slots)?,
            entries: records(image, Section::Entries)?,
            rate_prefixes: records(image, Section::RatePrefixes)?,
            rates: records(image, Section::Rates)?,
            decks: image.deck_count(),
        })
    }

    fn trunks(&self) -> Checked {
        ascending(Section::Trunks, self.trunks, |trunk| trunk.id)?;
        let known = FLAG_ENABLED | FLAG_IN_DIALOG_ANY;
        each(Section::Trunks, self.trunks, |trunk| {
            require(trunk.id < NARROW_LIMIT, Fault::Id)?;
            require(trunk.flags & !known == 0, Fault::Unknown)?;
            require(trunk.deck == NO_INDEX || (trunk.deck as usize) < self.decks, Fault::Index)?;
            self.name(trunk.name)?;
            self.name(trunk.carrier)?;
            span(self.gateways, trunk.gateways, 1..=MAX_GATEWAYS)?;
            let gateways = part(self.gateways, trunk.gateways);
            require(gateways.is_sorted_by_key(|gateway| gateway.priority), Fault::Order)?;
            span(self.networks, trunk.networks, 0..=MAX_NETWORKS)
        })?;
        each(Section::Gateways, self.gateways, |gateway| {
            require(gateway.port != 0, Fault::Number)
        })?;
        each(Section::Networks, self.networks, |network| {
            require(network.first <= network.last, Fault::Order)
        })?;
        self.ranges(Section::TrunkSources, self.trunk_sources, 1)
    }

    fn originators(&self) -> Checked {
        ascending(Section::Originators, self.originators, |originator| originator.id)?;
        each(Section::Originators, self.originators, |originator| {
            require(originator.id < NARROW_LIMIT, Fault::Id)?;
            require(originator.flags & !FLAG_ENABLED == 0, Fault::Unknown)?;
            require((originator.plan as usize) < self.plans.len(), Fault::Index)?;
            self.name(originator.name)
        })?;
        let count = self.originators.len();
        self.ranges(Section::OriginatorSources, self.originator_sources, count)
    }

    fn destinations(&self) -> Checked {
        ascending(Section::Destinations, self.destinations, |destination| destination.id)?;
        each(Section::Destinations, self.destinations, |destination| {
            let country = destination.country;
            let is_text = country == [0; 2] || country.iter().all(u8::is_ascii_uppercase);
            require(is_text, Fault::Unknown)?;
            self.name(destination.name)
        })?;
        let count = self.destinations.len();
        prefixes(Section::DestinationPrefixes, self.destination_prefixes, count)
    }

    fn plans(&self) -> Checked {
        ascending(Section::Plans, self.plans, |plan| plan.id)?;
        // Plans share no rule and rules no slot, which bounds what is read per plan.
        let (mut next_rule, mut next_slot) = (0, 0);
        each(Section::Plans, self.plans, |plan| {
            let attempts = usize::from(plan.policy.max_total_attempts);
            require((1..=MAX_CANDIDATES).contains(&attempts), Fault::Number)?;
            span(self.rules, plan.rules, 0..=self.rules.len())?;
            follows(plan.rules, &mut next_rule)?;
            self.name(plan.name)
        })?;
        let columns = self.destinations.len();
        if Some(self.routes.len()) != self.plans.len().checked_mul(columns) {
            return Err(OpenImageError::Size { section: Section::Routes });
        }
        for (record, &rule) in self.routes.iter().enumerate() {
            // A division by zero columns cannot be: then there is no route either.
            let plan = self.plans.get(record / columns.max(1));
            let own =
                plan.is_some_and(|plan| rule.wrapping_sub(plan.rules.first) < plan.rules.count);
            if rule != NO_INDEX && !own {
                let section = Section::Routes;
                return Err(OpenImageError::Record { section, record, fault: Fault::Index });
            }
        }
        each(Section::Rules, self.rules, |rule| {
            require(rule.id != 0, Fault::Id)?;
            span(self.slots, rule.slots, 1..=MAX_SLOTS)?;
            follows(rule.slots, &mut next_slot)?;
            let slots = part(self.slots, rule.slots);
            let entries: u64 = slots.iter().map(|slot| u64::from(slot.entries.count)).sum();
            require(entries <= MAX_CANDIDATES as u64, Fault::Span)?;
            self.name(rule.name)
        })
    }

    fn slots(&self) -> Checked {
        each(Section::Slots, self.slots, |slot| {
            span(self.entries, slot.entries, 1..=MAX_CANDIDATES)?;
            require(slot.in_slot_failover <= 1, Fault::Unknown)?;
            let entries = part(self.entries, slot.entries);
            match slot.technique {
                TECHNIQUE_LCR => Ok(()),
                TECHNIQUE_PERCENT => {
                    let sum: u64 = entries.iter().map(|entry| u64::from(entry.weight)).sum();
                    let each_has = entries.iter().all(|entry| entry.weight > 0);
                    require(sum == 100 && each_has, Fault::Number)
                }
                TECHNIQUE_ROUND_ROBIN => Ok(()),
                _ => Err(Fault::Unknown),
            }
        })?;
        each(Section::Entries, self.entries, |entry| {
            require((entry.trunk as usize) < self.trunks.len(), Fault::Index)
        })
    }

    fn rates(&self) -> Checked {
        let size = OpenImageError::Size { section: Section::Rates };
        let rows = self.rates.len().checked_div(self.decks).unwrap_or(0);
        if rows.checked_mul(self.decks) != Some(self.rates.len()) {
            return Err(size);
        }
        each(Section::Rates, self.rates, |&rate| {
            require(rate == NO_RATE || rate < Rate::LIMIT, Fault::Number)
        })?;
        prefixes(Section::RatePrefixes, self.rate_prefixes, rows)
    }

    fn name(&self, name: NameSpan) -> Result<(), Fault> {
        // Names may overlap: without the limit, few bytes would make many to look at.
        require(name.length as usize <= MAX_NAME, Fault::Name)?;
        let start = name.first as usize;
        let bytes = self.names.get(start..start + name.length as usize);
        require(bytes.is_some_and(|bytes| std::str::from_utf8(bytes).is_ok()), Fault::Name)
    }

    fn ranges(&self, section: Section, ranges: &[RangeRecord], values: usize) -> Checked {
        let mut free = Some(0_u32);
        each(section, ranges, |range| {
            let behind = free.is_some_and(|free| free <= range.first);
            require(behind && range.first <= range.last, Fault::Order)?;
            free = range.last.checked_add(1);
            require((range.value as usize) < values, Fault::Index)
        })
    }
}

fn prefixes(section: Section, cells: &[u32], values: usize) -> Checked {
    let limit = u32::try_from(values).unwrap_or(prefix::VALUE_LIMIT).min(prefix::VALUE_LIMIT);
    match prefix::Table::open(cells, limit) {
        Ok(_) => Ok(()),
        Err(fault) => Err(OpenImageError::Prefixes { section, fault }),
    }
}

/// Ids ascend from 1, which look-up by bisection relies on.
fn ascending<T>(section: Section, records: &[T], id: impl Fn(&T) -> u32) -> Checked {
    let mut last = 0;
    each(section, records, |record| {
        require(id(record) > last, Fault::Order)?;
        last = id(record);
        Ok(())
    })
}

fn span<T>(
    records: &[T],
    span: RecordSpan,
    allowed: std::ops::RangeInclusive<usize>,
) -> Result<(), Fault> {
    let end = span.first as usize + span.count as usize;
    require(allowed.contains(&(span.count as usize)) && end <= records.len(), Fault::Span)
}

/// A span begins where the one before it ended.
fn follows(span: RecordSpan, next: &mut usize) -> Result<(), Fault> {
    require(span.first as usize == *next, Fault::Span)?;
    *next += span.count as usize;
    Ok(())
}

fn each<T>(
    section: Section,
    records: &[T],
    mut check: impl FnMut(&T) -> Result<(), Fault>,
) -> Checked {
    for (record, value) in records.iter().enumerate() {
        check(value).map_err(|fault| OpenImageError::Record { section, record, fault })?;
    }
    Ok(())
}

fn require(holds: bool, fault: Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault) }
}
