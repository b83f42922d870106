//! Owns the naive twins of the comparisons: of texts with escapes, and of URIs part by part.
//! Refuses to judge the examples of the RFCs, which `compare` does.

use proptest::prelude::*;

use crate::compare::same_uri;
use crate::escape::{equal, equal_in_any_case};
use crate::uri::parse;

/// RFC 3261 §19.1.4: each character, an escape as what it stands for; those of reserved characters
/// (RFC 2396 §2.2), and of the percent sign, are other characters than these.
fn characters(text: &str, lower: bool) -> Vec<(char, bool)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let code = rest.strip_prefix('%').and_then(|behind| behind.get(..2));
        let code = code.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let (char, escaped) = match code {
            Some(code) => (char::from(u8::from_str_radix(code, 16).unwrap()), true),
            None => (first, false),
        };
        rest = &rest[if escaped { 3 } else { 1 }..];
        let char = if lower { char.to_ascii_lowercase() } else { char };
        found.push((char, escaped && ";/?:@&=+$,%".contains(char)));
    }
    found
}

/// User, host, port, and a parameter with its value.
type Parts = (Option<char>, char, Option<u16>, Option<(&'static str, char)>);

fn parts() -> impl Strategy<Value = Parts> {
    let one_of = |chars: &'static [char]| prop::sample::select(chars);
    let port = prop::sample::select(vec![5060, 5061]);
    let name = prop::sample::select(vec!["user", "ttl", "method", "maddr", "transport", "x", "lr"]);
    (
        prop::option::of(one_of(&['a', 'A', 'b'])),
        one_of(&['h', 'H', 'g']),
        prop::option::of(port),
        prop::option::of((name, one_of(&['u', 'U', 't']))),
    )
}

fn written((user, host, port, param): &Parts) -> String {
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let param = param.map(|(name, value)| format!(";{name}={value}")).unwrap_or_default();
    format!("sip:{user}{host}{port}{param}")
}

/// RFC 3261 §19.1.4, each part by its rule.
fn same_parts(one: &Parts, other: &Parts) -> bool {
    let decides =
        |param: &Option<(&str, char)>| param.is_some_and(|(name, _)| !matches!(name, "x" | "lr"));
    let params = match (one.3, other.3) {
        (Some((name, value)), Some((known, found))) if name == known => {
            value.eq_ignore_ascii_case(&found)
        }
        _ => !decides(&one.3) && !decides(&other.3),
    };
    one.0 == other.0 && one.1.eq_ignore_ascii_case(&other.1) && one.2 == other.2 && params
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_are_the_same_if_their_characters_are(
        one in "([aAf;%2]|%(61|41|6[fF]|66|46|3[bB]|25|32)){0,3}",
        other in "([aAf;%2]|%(61|41|6[fF]|66|46|3[bB]|25|32)){0,3}",
    ) {
        let same = |lower| characters(&one, lower) == characters(&other, lower);
        prop_assert_eq!(equal(one.as_bytes(), other.as_bytes()), same(false));
        prop_assert_eq!(equal_in_any_case(one.as_bytes(), other.as_bytes()), same(true));
    }

    #[test]
    fn uris_are_the_same_if_their_parts_are(one in parts(), other in parts()) {
        let (first, second) = (written(&one), written(&other));
        let same = same_uri(&parse(first.as_bytes()).unwrap(), &parse(second.as_bytes()).unwrap());
        prop_assert_eq!(same, same_parts(&one, &other), "{} {}", first, second);
    }
}
