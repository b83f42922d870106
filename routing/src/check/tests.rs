//! What hand-made plans are refused for; the text form has its own cases beside it.

use super::*;
use crate::stable_id;

fn trunk(name: &str) -> Trunk {
    Trunk {
        place: Place::default(),
        name: name.to_owned(),
        id: None,
        carrier: name.to_owned(),
        enabled: true,
        in_dialog: crate::entity::InDialog::Own,
        gateways: vec![crate::entity::Gateway { ipv4: 1, port: 5060, priority: 0, weight: 0 }],
        networks: Vec::new(),
        deck: None,
    }
}

fn check(trunks: Vec<Trunk>, expect: &[&str]) {
    let found = errors(&Plan { trunks, ..Plan::default() });
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expect);
}

/// Two names with one 24-bit id, found by trying.
fn colliding_names() -> (String, String) {
    let mut seen: BTreeMap<u32, String> = BTreeMap::new();
    (0..)
        .find_map(|number| {
            let name = format!("carrier-{number}");
            let other = seen.insert(stable_id::narrow(&name), name.clone())?;
            Some((other, name))
        })
        .unwrap()
}

#[test]
fn a_carrier_longer_than_names_are_is_refused() {
    let long = Trunk { carrier: "c".repeat(MAX_NAME + 1), ..trunk("one") };
    let expect = "trunk `one`: its carrier has 129 bytes, more than 128; choose another name";
    check(vec![long], &[expect]);
    check(vec![Trunk { carrier: "c".repeat(MAX_NAME), ..trunk("one") }], &[]);
}

#[test]
fn a_collision_of_derived_ids_names_both() {
    let (first, second) = colliding_names();
    let id = stable_id::narrow(&first);
    let expect = format!(
        "trunk `{second}`: it has id {id}, and so has trunk `{first}` (line 0); give one of them another `id = N`"
    );
    check(vec![trunk(&first), trunk(&second)], &[&expect]);
    let given = Trunk { id: Some(7), ..trunk(&second) };
    check(vec![trunk(&first), given], &[]);
}

#[test]
fn ids_of_trunks_stay_within_24_bits() {
    let wide = Trunk { id: Some(1 << 24), ..trunk("atlas") };
    check(vec![wide], &["trunk `atlas`: id 16777216 is not 1 to 16777215; choose another `id`"]);
}

#[test]
fn a_trunk_needs_gateways_that_are_hosts() {
    check(
        vec![Trunk { gateways: Vec::new(), ..trunk("atlas") }],
        &["trunk `atlas`: it has no `gateways`; add `gateways`"],
    );
    let gateway = crate::entity::Gateway { ipv4: u32::MAX, port: 0, priority: 0, weight: 0 };
    check(
        vec![Trunk { gateways: vec![gateway; 2], ..trunk("atlas") }],
        &[
            "trunk `atlas`: gateway 255.255.255.255:0 is not the address of one host; write the carrier's signalling address",
            "trunk `atlas`: gateway 255.255.255.255:0 has port 0; give 1 to 65535",
            "trunk `atlas`: gateway 255.255.255.255:0 is not the address of one host; write the carrier's signalling address",
            "trunk `atlas`: gateway 255.255.255.255:0 has port 0; give 1 to 65535",
            "trunk `atlas`: gateway 255.255.255.255:0 stands twice; keep one",
        ],
    );
}
