//! The trie against a sorted map that knows nothing but the definition of the longest prefix.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Longest prefix by trying every length, longest first.
fn naive(prefixes: &BTreeMap<String, u32>, number: &str) -> Option<u32> {
    (1..=number.len().min(15)).rev().find_map(|length| prefixes.get(&number[..length]).copied())
}

fn table(prefixes: &[(&str, u32)]) -> Vec<u32> {
    build(prefixes.iter().map(|&(digits, value)| (Key::parse(digits).unwrap(), value)).collect())
        .unwrap()
}

fn check(prefixes: &[(&str, u32)], number: &str, expect: Option<u32>) {
    let cells = table(prefixes);
    let number = Digits::from_ascii(number.as_bytes()).unwrap();
    let opened = Table::open(&cells, VALUE_LIMIT).unwrap();
    assert_eq!(opened.lookup(&number), expect, "{number}");
}

#[test]
fn an_empty_table_knows_no_number() {
    check(&[], "49", None);
}

#[test]
fn the_longest_prefix_wins() {
    let prefixes = [("49", 1), ("4915", 2), ("491", 3)];
    check(&prefixes, "4930123", Some(1));
    check(&prefixes, "49151234", Some(2));
    check(&prefixes, "4916", Some(3));
    check(&prefixes, "48", None);
}

#[test]
fn a_number_may_end_inside_the_trie() {
    let prefixes = [("49", 1), ("49300", 2)];
    check(&prefixes, "4930", Some(1));
    check(&prefixes, "49", Some(1));
    check(&prefixes, "4", None);
    check(&prefixes, "49300", Some(2));
}

#[test]
fn of_equal_prefixes_the_last_one_holds() {
    check(&[("49", 1), ("491", 5), ("49", 2), ("4", 3)], "4930", Some(2));
}

#[test]
fn only_fifteen_digits_count() {
    let prefixes = [("123456789012345", 7), ("12345678901234", 6)];
    check(&prefixes, "12345678901234567890", Some(7));
    check(&prefixes, "12345678901234999999", Some(6));
}

#[test]
fn refuses_prefixes_that_are_none() {
    for prefix in ["", "49a", "+49", "1234567890123456"] {
        let error = Key::parse(prefix).unwrap_err();
        assert!(matches!(error, BuildPrefixError::Prefix { .. }), "{error}");
    }
    let error = build(vec![(Key::parse("1").unwrap(), VALUE_LIMIT)]).unwrap_err();
    assert!(matches!(error, BuildPrefixError::Value { .. }), "{error}");
}

#[test]
fn refuses_cells_that_are_no_trie() {
    let mut cells = table(&[("49", 1), ("4915", 2)]);
    assert!(Table::open(&cells, 3).is_ok());
    assert!(matches!(Table::open(&cells, 2), Err(OpenPrefixError::Value { value: 2, .. })));
    assert!(matches!(Table::open(&cells[1..], 3), Err(OpenPrefixError::Size { .. })));
    assert!(matches!(Table::open(&[], 3), Err(OpenPrefixError::Size { cells: 0 })));
    cells[0] = CHILD;
    assert!(matches!(Table::open(&cells, 3), Err(OpenPrefixError::Child { cell: 0, node: 0 })));
}

/// Prefixes over few digits, so that they nest; numbers that extend them.
fn digits(most: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(vec!['0', '1', '9']), 1..=most),
        prop::collection::vec(prop::sample::select(('0'..='9').collect::<Vec<_>>()), 1..=most),
    ]
    .prop_map(|digits| digits.into_iter().collect())
}

proptest! {
    #[test]
    fn agrees_with_a_sorted_map(
        prefixes in prop::collection::btree_map(digits(15), 0_u32..50, 0..60),
        numbers in prop::collection::vec(digits(20), 40),
        tail in digits(6),
    ) {
        let keys = prefixes.iter().map(|(digits, value)| (Key::parse(digits).unwrap(), *value));
        // In any order.
        let cells = build(keys.rev().collect()).unwrap();
        let table = Table::open(&cells, 50).unwrap();
        let extended = prefixes.keys().map(|prefix| format!("{prefix}{tail}"));
        let cut = prefixes.keys().filter(|prefix| prefix.len() > 1);
        let cut: Vec<String> = cut.map(|prefix| prefix[..prefix.len() - 1].to_owned()).collect();
        for number in numbers.into_iter().chain(extended).chain(cut).chain(prefixes.keys().cloned()) {
            let looked_up = table.lookup(&Digits::from_ascii(number.as_bytes()).unwrap());
            prop_assert_eq!(looked_up, naive(&prefixes, &number), "{}", number);
            let matched = table.matched_digits(&Digits::from_ascii(number.as_bytes()).unwrap());
            let longest = (1..=number.len().min(15)).rev().find(|at| prefixes.contains_key(&number[..*at]));
            prop_assert_eq!(matched, longest.unwrap_or(0), "{}", number);
        }
    }

    #[test]
    fn keys_are_ordered_and_nest_as_texts_do(left in digits(15), right in digits(15), tail in digits(15)) {
        let extended: String = left.chars().chain(tail.chars()).take(15).collect();
        let key = |text: &str| Key::parse(text).unwrap();
        for other in [&right, &extended, &left] {
            prop_assert_eq!(key(&left).cmp(&key(other)), left.cmp(other));
            prop_assert_eq!(key(&left).begins(key(other)), other.starts_with(&left));
            prop_assert_eq!(key(other).begins(key(&left)), left.starts_with(other.as_str()));
        }
        prop_assert_eq!(key(&left).to_string(), left);
    }

    #[test]
    fn hostile_cells_are_refused_or_harmless(
        cells in prop::collection::vec(prop_oneof![any::<u32>(), 0_u32..8, CHILD..CHILD + 8], 0..96),
        number in digits(20),
    ) {
        let number = Digits::from_ascii(number.as_bytes()).unwrap();
        if let Ok(table) = Table::open(&cells, 8) {
            prop_assert!(table.lookup(&number).is_none_or(|value| value < 8));
            prop_assert!(table.matched_digits(&number) <= 15);
        }
        let _ = Table::checked_before(&cells).matched_digits(&number);
        let _ = Table::checked_before(&cells).lookup(&number);
    }
}
