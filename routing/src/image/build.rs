//! Owns the compilation of entities into extents; refuses to know text and files.

mod rates;

use std::collections::BTreeMap;

use zerocopy::{Immutable, IntoBytes};

use super::extent::checksum;
use super::layout::{
    DestinationRecord, EntryRecord, FLAG_ENABLED, FLAG_IN_DIALOG_ANY, FORMAT, GatewayRecord, MAGIC,
    NO_INDEX, NameSpan, OriginatorRecord, PlanRecord, ROOT_BYTES, RangeRecord, RecordSpan,
    RootHead, RuleRecord, SECTION_ALIGN, Section, SectionEntry, SlotRecord, TECHNIQUE_LCR,
    TECHNIQUE_PERCENT, TECHNIQUE_ROUND_ROBIN, TrunkRecord,
};
use super::{Extent, Image, OpenImageError, cursor};
use crate::check;
use crate::cidr::{Cidr, Range, flatten};
use crate::entity::{InDialog, Plan, Rule, Slot, Technique, Trunk};
use crate::finding::Finding;
use crate::prefix;

/// Extents beside the root.
const PARTS: usize = 3;

/// A compiled image: extents that [`Image::open`] accepts here or in another process.
#[derive(Debug, Clone)]
pub struct Built {
    extents: Vec<Extent>,
    checksums: Vec<u64>,
}

impl Built {
    /// The extents, the root first.
    #[must_use]
    pub fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// Checksums of the contents of the extents, in their order.
    ///
    /// The root differs in every version. Another extent whose bytes are those of the version before has the sum of
    /// before, so that a publisher shares it instead of sending it again.
    #[must_use]
    pub fn checksums(&self) -> &[u64] {
        &self.checksums
    }

    /// Opens what was built.
    ///
    /// # Errors
    /// [`OpenImageError`] as [`Image::open`].
    pub fn open(self) -> Result<Image, OpenImageError> {
        Image::open(self.extents)
    }
}

/// Compiles a plan. The same plan gives the same bytes.
///
/// # Errors
/// All errors of the plan, by line.
pub fn build(plan: &Plan) -> Result<Built, Vec<Finding>> {
    let findings = check::errors(plan);
    if !findings.is_empty() {
        return Err(findings);
    }
    Builder::new(plan).build().map_err(|error| {
        let remedy = "make the prefixes fewer";
        vec![Finding::error(0, "plan", error.to_string(), remedy)]
    })
}

/// Bytes of an extent in the making.
#[derive(Default)]
struct Writer {
    words: Vec<u64>,
}

impl Writer {
    /// Appends a section at the next boundary; says where it begins.
    fn append(&mut self, bytes: &[u8]) -> usize {
        let start = self.words.as_bytes().len().next_multiple_of(SECTION_ALIGN);
        self.words.resize((start + bytes.len()).div_ceil(size_of::<u64>()), 0);
        if let Some(section) = self.words.as_mut_bytes().get_mut(start..start + bytes.len()) {
            section.copy_from_slice(bytes);
        }
        start
    }
}

/// Indices of named entities, which are the places of their records in order of ids.
type Indices<'p> = BTreeMap<&'p str, u32>;

struct Builder<'p> {
    plan: &'p Plan,
    names: Vec<u8>,
    /// Extents from 1 on.
    extents: [Writer; PARTS],
    entries: [SectionEntry; Section::ALL.len()],
    trunks: Indices<'p>,
    destinations: Indices<'p>,
    plans: Indices<'p>,
    decks: Indices<'p>,
    cursors: u32,
}

impl<'p> Builder<'p> {
    fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            names: Vec::new(),
            extents: Default::default(),
            entries: [SectionEntry::default(); Section::ALL.len()],
            trunks: indices(plan.trunks.iter().map(|t| (t.stable_id(), &*t.name))),
            destinations: indices(plan.destinations.iter().map(|d| (d.stable_id(), &*d.name))),
            plans: indices(plan.plans.iter().map(|p| (p.stable_id(), &*p.name))),
            decks: (0..).zip(&plan.decks).map(|(index, deck)| (&*deck.name, index)).collect(),
            cursors: 0,
        }
    }

    fn build(mut self) -> Result<Built, prefix::BuildPrefixError> {
        self.trunks();
        self.originators();
        self.destinations()?;
        self.plans();
        let joint = rates::join(self.plan)?;
        self.put(Section::RatePrefixes, &prefix::build(joint.prefixes)?);
        self.put(Section::Rates, &joint.rows);
        let names = std::mem::take(&mut self.names);
        self.put(Section::Names, &names);
        Ok(self.seal())
    }

    fn trunks(&mut self) {
        let plan = self.plan;
        let mut trunks: Vec<&Trunk> = plan.trunks.iter().collect();
        trunks.sort_by_key(|trunk| trunk.stable_id());
        let (mut records, mut gateways, mut networks) = (Vec::new(), Vec::new(), Vec::new());
        let mut sources: Vec<(Cidr, u32)> = Vec::new();
        for (index, trunk) in (0_u32..).zip(trunks) {
            let mut ordered = trunk.gateways.clone();
            ordered.sort_by_key(|gateway| gateway.priority);
            let enabled = if trunk.enabled { FLAG_ENABLED } else { 0 };
            let any = if trunk.in_dialog == InDialog::Any { FLAG_IN_DIALOG_ANY } else { 0 };
            let deck = trunk.deck.as_ref().and_then(|deck| self.decks.get(&**deck));
            records.push(TrunkRecord {
                id: trunk.stable_id(),
                flags: enabled | any,
                deck: deck.copied().unwrap_or(NO_INDEX),
                reserved: 0,
                name: self.name(&trunk.name),
                carrier: self.name(&trunk.carrier),
                gateways: span(gateways.len(), ordered.len()),
                networks: span(networks.len(), trunk.networks.len()),
            });
            gateways.extend(ordered.iter().map(|gateway| GatewayRecord {
                ipv4: gateway.ipv4,
                port: gateway.port,
                priority: gateway.priority,
                weight: gateway.weight,
                reserved: 0,
            }));
            networks.extend(trunk.networks.iter().map(|network| RangeRecord {
                first: network.first(),
                last: network.last(),
                value: index,
                reserved: 0,
            }));
            // All sources stand for one thing, "some trunk", so that overlaps merge.
            sources.extend(ordered.iter().map(|gateway| (Cidr::host(gateway.ipv4), 0)));
            sources.extend(trunk.networks.iter().map(|&network| (network, 0)));
        }
        self.put(Section::Trunks, &records);
        self.put(Section::Gateways, &gateways);
        self.put(Section::Networks, &networks);
        self.put(Section::TrunkSources, &ranges(&flatten(&sources)));
    }

    fn originators(&mut self) {
        let plan = self.plan;
        let mut originators: Vec<_> = plan.originators.iter().collect();
        originators.sort_by_key(|originator| originator.stable_id());
        let mut records = Vec::new();
        let mut sources: Vec<(Cidr, u32)> = Vec::new();
        for (index, originator) in (0_u32..).zip(originators) {
            records.push(OriginatorRecord {
                id: originator.stable_id(),
                flags: if originator.enabled { FLAG_ENABLED } else { 0 },
                plan: self.plans.get(&*originator.plan).copied().unwrap_or(NO_INDEX),
                reserved: 0,
                name: self.name(&originator.name),
            });
            sources.extend(originator.addresses.iter().map(|&(network, _)| (network, index)));
        }
        self.put(Section::Originators, &records);
        self.put(Section::OriginatorSources, &ranges(&flatten(&sources)));
    }

    fn destinations(&mut self) -> Result<(), prefix::BuildPrefixError> {
        let plan = self.plan;
        let mut destinations: Vec<_> = plan.destinations.iter().collect();
        destinations.sort_by_key(|destination| destination.stable_id());
        let mut records = Vec::new();
        let mut prefixes = Vec::new();
        for (index, destination) in (0_u32..).zip(destinations) {
            records.push(DestinationRecord {
                id: destination.stable_id(),
                country: destination.country.unwrap_or_default(),
                reserved: 0,
                name: self.name(&destination.name),
            });
            for prefix in &destination.prefixes {
                prefixes.push((prefix::Key::parse(&prefix.digits)?, index));
            }
        }
        self.put(Section::Destinations, &records);
        self.put(Section::DestinationPrefixes, &prefix::build(prefixes)?);
        Ok(())
    }

    fn plans(&mut self) {
        let plan = self.plan;
        let mut plans: Vec<_> = plan.plans.iter().collect();
        plans.sort_by_key(|plan| plan.stable_id());
        let (mut records, mut rules) = (Vec::new(), Vec::new());
        let (mut slots, mut entries): (Vec<SlotRecord>, _) = (Vec::new(), Vec::new());
        let mut turning = Vec::new();
        let columns = self.destinations.len();
        let mut routes = Vec::with_capacity(plans.len() * columns);
        for plan in plans {
            records.push(PlanRecord {
                policy: plan.policy,
                id: plan.stable_id(),
                reserved: 0,
                name: self.name(&plan.name),
                rules: span(rules.len(), plan.rules.len()),
            });
            let mut row = vec![NO_INDEX; columns];
            for rule in &plan.rules {
                self.route(rule, index_of(rules.len()), &mut row);
                rules.push(RuleRecord {
                    id: plan.rule_id(rule),
                    reserved: 0,
                    name: self.name(&rule.name),
                    slots: span(slots.len(), rule.slots.len()),
                });
                for (slot, ordinal) in rule.slots.iter().zip(1_u8..) {
                    if slot.technique == Technique::RoundRobin {
                        let key = cursor::Key {
                            plan: plan.stable_id(),
                            rule: plan.rule_id(rule),
                            ordinal,
                        };
                        turning.push((key, slots.len()));
                    }
                    slots.push(self.slot(slot, &mut entries));
                }
            }
            routes.extend(row);
        }
        turning.sort_unstable();
        self.cursors = index_of(turning.len());
        for (cursor, (_, slot)) in (0_u32..).zip(turning) {
            if let Some(slot) = slots.get_mut(slot) {
                slot.cursor = cursor;
            }
        }
        self.put(Section::Plans, &records);
        self.put(Section::Routes, &routes);
        self.put(Section::Rules, &rules);
        self.put(Section::Slots, &slots);
        self.put(Section::Entries, &entries);
    }

    /// Points the destinations of a rule at it.
    fn route(&self, rule: &Rule, index: u32, row: &mut [u32]) {
        for (destination, _) in &rule.destinations {
            let column = self.destinations.get(&**destination);
            if let Some(cell) = column.and_then(|&column| row.get_mut(column as usize)) {
                *cell = index;
            }
        }
    }

    /// The record of a slot, whose cursor is numbered when all slots are known.
    fn slot(&self, slot: &Slot, entries: &mut Vec<EntryRecord>) -> SlotRecord {
        let written = span(entries.len(), slot.trunks.len());
        entries.extend(slot.trunks.iter().map(|entry| EntryRecord {
            trunk: self.trunks.get(&*entry.trunk).copied().unwrap_or(NO_INDEX),
            weight: entry.weight.unwrap_or(1),
        }));
        let technique = match slot.technique {
            Technique::Lcr => TECHNIQUE_LCR,
            Technique::Percent => TECHNIQUE_PERCENT,
            Technique::RoundRobin => TECHNIQUE_ROUND_ROBIN,
        };
        SlotRecord {
            entries: written,
            cursor: 0,
            technique,
            in_slot_failover: u8::from(slot.in_slot_failover),
            reserved: 0,
        }
    }

    fn name(&mut self, name: &str) -> NameSpan {
        let first = index_of(self.names.len());
        self.names.extend_from_slice(name.as_bytes());
        NameSpan { first, length: index_of(name.len()) }
    }

    /// Appends a section to its extent.
    fn put<T: IntoBytes + Immutable>(&mut self, section: Section, records: &[T]) {
        let part = part_of(section);
        let Some(writer) = self.extents.get_mut(part) else { return };
        let bytes = records.as_bytes();
        let start = writer.append(bytes);
        if let Some(entry) = self.entries.get_mut(section.place()) {
            *entry = SectionEntry {
                section: section as u32,
                extent: index_of(part + 1),
                offset: start as u64,
                length: bytes.len() as u64,
                checksum: checksum(bytes),
            };
        }
    }

    fn seal(self) -> Built {
        let mut head = RootHead {
            magic: MAGIC,
            format: FORMAT,
            extents: index_of(PARTS + 1),
            as_of: self.plan.version,
            checksum: 0,
            decks: index_of(self.plan.decks.len()),
            cursors: self.cursors,
            sections: self.entries,
        };
        head.checksum = checksum(head.as_bytes());
        let mut root = Writer::default();
        root.append(head.as_bytes());
        root.words.resize(ROOT_BYTES / size_of::<u64>(), 0);
        let parts = [root].into_iter().chain(self.extents);
        let extents: Vec<Extent> = parts.map(|part| Extent::of_words(part.words)).collect();
        let checksums = extents.iter().map(Extent::checksum).collect();
        Built { extents, checksums }
    }
}

/// Which extent holds a section, counted behind the root: what changes together lies together.
///
/// A trunk that is switched leaves both tables as they are, a rule leaves the rates, a rate leaves the destinations.
fn part_of(section: Section) -> usize {
    match section {
        Section::DestinationPrefixes | Section::Routes => 1,
        Section::RatePrefixes | Section::Rates => 2,
        _ => 0,
    }
}

fn indices<'p>(entities: impl Iterator<Item = (u32, &'p str)>) -> Indices<'p> {
    let mut by_id: Vec<(u32, &str)> = entities.collect();
    by_id.sort_unstable();
    (0..).zip(by_id).map(|(index, (_, name))| (name, index)).collect()
}

fn ranges(flat: &[Range<u32>]) -> Vec<RangeRecord> {
    flat.iter()
        .map(|range| RangeRecord {
            first: range.first,
            last: range.last,
            value: range.value,
            reserved: 0,
        })
        .collect()
}

fn span(first: usize, count: usize) -> RecordSpan {
    RecordSpan { first: index_of(first), count: index_of(count) }
}

/// A place as an index. One that does not fit becomes [`NO_INDEX`], which opening refuses.
fn index_of(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NO_INDEX)
}
