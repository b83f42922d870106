//! What the API says and takes is what the model holds.

use super::patch::Patch;
use super::*;
use proptest::prelude::*;

/// There and back must be the same for every entity of `plan`.
fn check(text: &str) {
    fn both<E: Entity>(models: &[E::Model])
    where
        E::Model: PartialEq + std::fmt::Debug,
    {
        for model in models {
            assert_eq!(E::of(model).into_model().as_ref(), Ok(model));
        }
    }
    let mut plan = routing::plan_text::parse(text).unwrap();
    crate::store::normalise(&mut plan);
    both::<api::Destination>(&plan.destinations);
    both::<api::Deck>(&plan.decks);
    both::<api::Trunk>(&plan.trunks);
    both::<api::Plan>(&plan.plans);
    both::<api::Originator>(&plan.originators);
}

#[test]
fn an_entity_comes_back_as_it_went() {
    check(include_str!("../../../scripts/demo.d/plan.toml"));
}

#[test]
fn every_unreadable_value_is_reported() {
    let trunk: api::Trunk = serde_json::from_str(
        r#"{"name":"atlas","gateways":[{"host":"nowhere"},{"host":"192.0.2.1"}],"networks":["10.0.0.1/8"]}"#,
    )
    .unwrap();
    let said: Vec<String> =
        trunk.into_model().unwrap_err().iter().map(|one| finding(one).message).collect();
    assert_eq!(
        said,
        [
            "trunk `atlas`: `nowhere` is no IPv4 address",
            "trunk `atlas`: `10.0.0.1/8` is no network: bits behind /8 are set; the network is 10.0.0.0/8",
        ]
    );
}

#[test]
fn a_patch_changes_what_it_names() {
    let mut deck: api::Deck = serde_json::from_str(
        r#"{"name":"d","rates":[{"prefix":"39","rate":"0.1"},{"prefix":"44","rate":"0.2"}]}"#,
    )
    .unwrap();
    let patch: api::DeckPatch =
        serde_json::from_str(r#"{"set":[{"prefix":"33","rate":"0.3"}],"remove":["44"]}"#).unwrap();
    patch.apply(&mut deck);
    let rates: Vec<String> =
        deck.rates.iter().map(|rate| format!("{}={}", rate.prefix, rate.rate)).collect();
    assert_eq!(rates, ["33=0.3", "39=0.1"]);

    let mut trunk: api::Trunk =
        serde_json::from_str(r#"{"name":"t","deck":"d","gateways":[{"host":"192.0.2.1"}]}"#)
            .unwrap();
    let patch: api::TrunkPatch = serde_json::from_str(r#"{"enabled":false,"deck":null}"#).unwrap();
    patch.apply(&mut trunk);
    assert_eq!((trunk.enabled, trunk.deck, trunk.gateways.len()), (false, None, 1));
}

proptest! {
    #[test]
    fn an_empty_patch_changes_nothing(name in "[a-z]{1,8}", enabled in any::<bool>()) {
        let mut trunk = api::Trunk {
            name, id: None, carrier: Some("c".into()), enabled, in_dialog: api::InDialog::Any,
            gateways: Vec::new(), networks: vec!["10.0.0.0/8".into()], deck: Some("d".into()),
        };
        let before = trunk.clone();
        api::TrunkPatch::default().apply(&mut trunk);
        prop_assert_eq!(trunk, before);
    }
}
