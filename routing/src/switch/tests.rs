//! Switches against a map, and decisions with switches against decisions on the plan that has them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::decision::tests::plans::{plans, prefix};
use crate::image::build;
use crate::{Decision, Digits, TechniqueState, decide};

#[derive(Debug, Clone)]
enum Step {
    Set(Switched, bool, u64),
    Adopt(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let what = (any::<bool>(), 0_u32..6)
        .prop_map(|(trunk, id)| if trunk { Switched::Trunk(id) } else { Switched::Originator(id) });
    let set =
        (what, any::<bool>(), 0_u64..40).prop_map(|(what, on, as_of)| Step::Set(what, on, as_of));
    prop::collection::vec(prop_oneof![9 => set, 1 => (0_u64..40).prop_map(Step::Adopt)], 1..60)
}

proptest! {
    #[test]
    fn the_newest_word_counts(steps in steps()) {
        let mut switches = Switches::new();
        let (mut twin, mut image) = (BTreeMap::new(), 0);
        for step in steps {
            match step {
                Step::Set(what, on, as_of) => {
                    let newer = twin.get(&what.key()).is_none_or(|&(_, told)| told <= as_of);
                    let taken = as_of > image && newer;
                    let expect = if taken { Taken::Yes } else { Taken::Stale };
                    prop_assert_eq!(switches.set(what, on, as_of), expect);
                    if taken {
                        twin.insert(what.key(), (on, as_of));
                    }
                }
                Step::Adopt(as_of) => {
                    image = as_of;
                    switches.drop_up_to(as_of);
                    twin.retain(|_, (_, told)| *told > as_of);
                }
            }
            prop_assert_eq!(switches.len(), twin.len());
            for id in 0..6 {
                for what in [Switched::Trunk(id), Switched::Originator(id)] {
                    for in_image in [false, true] {
                        let expect = twin.get(&what.key()).map_or(in_image, |&(on, _)| on);
                        prop_assert_eq!(switches.enabled(what, in_image), expect);
                    }
                }
            }
        }
    }

    #[test]
    fn decides_as_the_image_that_is_to_come(
        plan in plans(),
        flips in prop::collection::vec((any::<Index>(), any::<bool>()), 0..6),
        originator_on in any::<Option<bool>>(),
        numbers in prop::collection::vec(prefix(8), 1..12),
        seed in any::<u64>(),
    ) {
        let mut changed = plan.clone();
        let image = build(&plan).unwrap().open().unwrap();
        let mut switches = Switches::new();
        for (as_of, (index, on)) in (1..).zip(flips) {
            let trunk = &mut changed.trunks[index.index(plan.trunks.len())];
            trunk.enabled = on;
            let id = image.trunks().find(|one| one.name() == trunk.name).unwrap().id();
            prop_assert_eq!(switches.set(Switched::Trunk(id), on, as_of), Taken::Yes);
        }
        if let Some(on) = originator_on {
            changed.originators[0].enabled = on;
            let id = image.originator_by_source(1).unwrap().id();
            prop_assert_eq!(switches.set(Switched::Originator(id), on, 1), Taken::Yes);
        }
        let next = build(&changed).unwrap().open().unwrap();
        let mut state = TechniqueState::for_image(&image, 0, seed);
        let mut next_state = TechniqueState::for_image(&next, 0, seed);
        let (mut got, mut expect) = (Decision::new(), Decision::new());
        for number in numbers {
            let number = Digits::from_ascii(number.as_bytes()).unwrap();
            let (caller, next_caller) =
                (image.originator_by_source(1).unwrap(), next.originator_by_source(1).unwrap());
            let outcome = decide(&image, &switches, caller, &number, &mut state, &mut got);
            let none = Switches::new();
            let expected = decide(&next, &none, next_caller, &number, &mut next_state, &mut expect);
            prop_assert_eq!(outcome, expected);
            prop_assert_eq!(&got, &expect);
        }
    }
}

#[test]
fn forgets_what_does_not_fit_and_keeps_the_rest() {
    let mut switches = Switches::new();
    for id in (0..MAX_SWITCHES as u32).rev() {
        assert_eq!(switches.set(Switched::Trunk(id), false, 1), Taken::Yes);
    }
    assert_eq!(switches.set(Switched::Trunk(1_000), false, 2), Taken::Full);
    assert_eq!(switches.set(Switched::Originator(0), false, 2), Taken::Full);
    assert_eq!(switches.set(Switched::Trunk(7), true, 2), Taken::Yes);
    assert!(switches.enabled(Switched::Trunk(1_000), true));
    for id in 0..MAX_SWITCHES as u32 {
        assert_eq!(switches.enabled(Switched::Trunk(id), true), id == 7);
    }
    switches.drop_up_to(1);
    assert_eq!(switches.len(), 1);
    switches.drop_up_to(2);
    assert!(switches.is_empty());
}
