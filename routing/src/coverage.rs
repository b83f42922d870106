//! Owns which destinations a routing plan serves, and filling the rest; refuses to change a plan.
//!
//! Every destination of the catalogue is in a plan or visibly not: one that is added later stays without routing until
//! somebody fills it.

use std::collections::BTreeMap;

use crate::entity::{Place, Plan, Rule, Slot};

/// All destinations against one routing plan, in the order of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage<'p> {
    /// One row for each destination.
    pub rows: Vec<Row<'p>>,
}

/// What a routing plan does for a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'p> {
    /// Name of the destination.
    pub destination: &'p str,
    /// Name of the rule that serves it; none when its calls end with "no routing".
    pub rule: Option<&'p str>,
}

impl<'p> Coverage<'p> {
    /// Destinations that some rule serves.
    #[must_use]
    pub fn configured(&self) -> usize {
        self.rows.iter().filter(|row| row.rule.is_some()).count()
    }

    /// Names of the destinations that no rule serves.
    pub fn missing(&self) -> impl Iterator<Item = &'p str> {
        self.rows.iter().filter(|row| row.rule.is_none()).map(|row| row.destination)
    }
}

/// Coverage of the routing plan named `name`; nothing when there is none.
#[must_use]
pub fn coverage<'p>(plan: &'p Plan, name: &str) -> Option<Coverage<'p>> {
    let routing = plan.plans.iter().find(|routing| routing.name == name)?;
    let served = routing.rules.iter().flat_map(|rule| {
        rule.destinations.iter().map(|(destination, _)| (&**destination, &*rule.name))
    });
    let served: BTreeMap<&str, &str> = served.collect();
    let names = plan.destinations.iter().map(|destination| &*destination.name);
    let rows = names.map(|destination| Row { destination, rule: served.get(destination).copied() });
    Some(Coverage { rows: rows.collect() })
}

/// A rule named `rule` for all destinations that the routing plan named `name` does not serve, and for no other.
///
/// Nothing when there is no such plan, or nothing to fill. Whether name and slots are right is checked with the plan
/// that the rule becomes part of.
#[must_use]
pub fn fill(plan: &Plan, name: &str, rule: &str, slots: Vec<Slot>) -> Option<Rule> {
    let coverage = coverage(plan, name)?;
    let destinations: Vec<(String, u32)> =
        coverage.missing().map(|destination| (destination.to_owned(), 0)).collect();
    (!destinations.is_empty()).then(|| Rule {
        place: Place::default(),
        name: rule.to_owned(),
        destinations,
        slots,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decision::tests::plans::{plans, prefix};
    use crate::entity::{SlotTrunk, Technique};
    use crate::{Decision, Digits, Outcome, TechniqueState, check, decide, image};

    fn slots() -> Vec<Slot> {
        let trunks = vec![SlotTrunk { trunk: "trunk-0".to_owned(), weight: None, line: 0 }];
        let place = Place::default();
        vec![Slot { place, technique: Technique::RoundRobin, in_slot_failover: false, trunks }]
    }

    #[test]
    fn a_plan_that_is_not_there_has_no_coverage() {
        assert_eq!(coverage(&Plan::default(), "wholesale"), None);
        assert_eq!(fill(&Plan::default(), "wholesale", "rest", slots()), None);
    }

    proptest! {
        #[test]
        fn says_what_calls_meet_and_fills_only_what_is_missing(
            mut plan in plans(), numbers in prop::collection::vec(prefix(8), 1..20),
        ) {
            plan.originators[0].enabled = true;
            let image = image::build(&plan).unwrap().open().unwrap();
            let before = coverage(&plan, "wholesale").unwrap();
            prop_assert_eq!(before.rows.len(), plan.destinations.len());
            let rule = fill(&plan, "wholesale", "rest", slots());
            prop_assert_eq!(rule.is_some(), before.configured() < before.rows.len());
            let mut filled = plan.clone();
            filled.plans[0].rules.extend(rule);
            prop_assert_eq!(check::errors(&filled), vec![]);
            let after = coverage(&filled, "wholesale").unwrap();
            prop_assert_eq!(after.missing().count(), 0);
            for (old, new) in before.rows.iter().zip(&after.rows) {
                prop_assert_eq!(old.destination, new.destination);
                prop_assert_eq!(new.rule, old.rule.or(Some("rest")));
            }

            let mut state = TechniqueState::for_image(&image, 0, 0);
            let mut decision = Decision::new();
            let originator = image.originator_by_source(1).unwrap();
            for number in numbers {
                let number = Digits::from_ascii(number.as_bytes()).unwrap();
                let outcome = decide(&image, &crate::Switches::new(), originator, &number, &mut state, &mut decision);
                let name = image.name(image::NameKind::Destination, decision.destination);
                let row = before.rows.iter().find(|row| row.destination == name);
                prop_assert_eq!(row.is_some(), outcome != Outcome::UnknownDestination);
                let rule = image.name(image::NameKind::Rule, decision.rule);
                prop_assert_eq!(row.and_then(|row| row.rule).unwrap_or_default(), rule);
            }
        }
    }
}
