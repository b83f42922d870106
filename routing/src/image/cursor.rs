//! Owns the names of round-robin cursors, by which a turn goes on in the next image; refuses to know where a turn stands.

use std::sync::Arc;

use super::layout::{PlanRecord, RuleRecord, Section, SlotRecord, TECHNIQUE_ROUND_ROBIN};
use super::{Image, part};

/// A round-robin slot by what stays the same from image to image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Stable id of the plan.
    pub(crate) plan: u32,
    /// Stable id of the rule.
    pub(crate) rule: u32,
    /// Place of the slot in the rule, from 1.
    pub(crate) ordinal: u8,
}

/// Keys of all round-robin slots that a call can reach with the numbers of their cursors, ascending by key.
pub(super) fn numbered(image: &Image) -> Vec<(Key, u32)> {
    let rules: &[RuleRecord] = image.records(Section::Rules);
    let slots: &[SlotRecord] = image.records(Section::Slots);
    let mut keys = Vec::new();
    for plan in image.records::<PlanRecord>(Section::Plans) {
        for rule in part(rules, plan.rules) {
            for (slot, ordinal) in part(slots, rule.slots).iter().zip(1_u8..) {
                if slot.technique == TECHNIQUE_ROUND_ROBIN {
                    let key = Key { plan: plan.id, rule: rule.id, ordinal };
                    keys.push((key, slot.cursor));
                }
            }
        }
    }
    keys.sort_unstable();
    keys
}

impl Image {
    /// Keys of the cursors in the order of their numbers, which is that of the keys.
    pub(crate) fn cursor_keys(&self) -> Arc<[Key]> {
        Arc::clone(&self.cursors)
    }
}
