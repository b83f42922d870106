//! Owns the claim about values that are cut from a comma list: the others, and all else in the
//! message, stay as they are.
//! Refuses to test other edits: `edits` and `whole` do.

use proptest::prelude::*;

use super::twin::list;
use super::{options, with};
use crate::edit::Patch;
use crate::{HeaderId, Message};

/// Values of lists with empty ones among them, and what stands between.
fn values() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "",
        "",
        "<sip:a;lr>",
        "<sip:b,c>",
        "\"x, \\\"y\" <sip:d>",
        "sip:e;p=\"f,g\"",
        "h",
    ]);
    let comma = prop::sample::select(vec![",", ", ", " ,", " ,\r\n ", "\t,\r\n\t "]);
    prop::collection::vec((value, comma), 1..6).prop_map(|parts| {
        let text: String = parts.iter().map(|(value, comma)| [*value, *comma].concat()).collect();
        let last = parts[parts.len() - 1].1;
        text[..text.len() - last.len()].trim().to_owned()
    })
}

/// The texts of the elements of a value that are not empty.
fn elements(value: &[u8]) -> Vec<Vec<u8>> {
    let all = list(value, 0..value.len());
    all.into_iter().map(|element| value[element].to_vec()).filter(|text| !text.is_empty()).collect()
}

/// Patches the first Contact of `text` and looks at what is left: `others` in its line, or no line
/// without them, and the same in front of it and behind it.
fn check(text: &[u8], others: &[Vec<u8>], edit: impl FnOnce(&mut Patch<'_, 4>, &Message<'_>)) {
    with(text, |message| {
        let header = message.find(HeaderId::Contact).unwrap();
        let mut patch = Patch::of(&message);
        edit(&mut patch, &message);
        let mut out = vec![0; text.len()];
        let len = patch.apply(message.bytes(), &mut out).unwrap();
        let shown = String::from_utf8_lossy(&out[..len]);
        let (head, behind) = if others.is_empty() {
            (&text[..header.line.start()], &text[header.line.end()..])
        } else {
            (&text[..header.value.start()], &text[header.value.end()..])
        };
        let rest = out[..len].strip_prefix(head).and_then(|rest| rest.strip_suffix(behind));
        let Some(left) = rest else { panic!("more than the value was changed: {shown}") };
        assert_eq!(elements(left), others, "{shown}");
        // No comma is left over at the place of the cut.
        let commas = |value: &[u8]| list(value, 0..value.len()).len();
        assert!(others.is_empty() || commas(left) < commas(message.text(header.value)), "{shown}");
    })
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_that_is_cut_from_a_list_leaves_the_others(
        value in values(),
        which in any::<prop::sample::Index>(),
        count in 1..7usize,
    ) {
        let line = format!("Contact: {value}");
        let text = options(&["Require: a", &line, "Supported: b"]);
        let all = elements(value.as_bytes());
        if !all.is_empty() {
            let place = which.index(all.len());
            let mut others = all.clone();
            others.remove(place);
            check(&text, &others, |patch, message| {
                let mut spans = message.values(HeaderId::Contact).filter(|span| !span.is_empty());
                let header = message.find_number(HeaderId::Contact).unwrap();
                let cut = spans.nth(place).unwrap();
                patch.delete_value(message, header, cut);
            });
        }
        // Empty elements count as elements here.
        let spans = list(value.as_bytes(), 0..value.len());
        let kept = spans.into_iter().skip(count).map(|span| value.as_bytes()[span].to_vec());
        let kept: Vec<_> = kept.filter(|text| !text.is_empty()).collect();
        check(&text, &kept, |patch, message| {
            let header = message.find_number(HeaderId::Contact).unwrap();
            patch.delete_leading_values(message, header, count);
        });
    }
}
