//! Owns the comparison of the searches in `bytes` with naive ones, byte by byte, on slices of every
//! length and with anything behind the end.
//! Refuses to test who uses them.

use proptest::prelude::*;

use crate::Method;
use crate::bytes::{
    DIGIT, HEX, HOST, LWS, PLAIN, TOKEN, URI, VALUE, VISIBLE, Word, decimal, find, find_either, is,
    number, skip, word,
};
use crate::short::Text;

/// Bytes that are in some classes and not in others, runs of them more often than not.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let run = (
        any::<u8>(),
        prop::sample::select(&b"a7Z-.;,:<>\"\\ \r\n\t@%=/[~\x7f\x80\0"[..]),
        1..40usize,
    );
    let runs = prop::collection::vec(run, 0..5);
    runs.prop_map(|runs| {
        let bytes = runs.into_iter().flat_map(|(odd, byte, len)| {
            core::iter::repeat_n(byte, len).chain((odd % 4 == 0).then_some(odd))
        });
        bytes.collect()
    })
}

fn check_searches(text: &[u8], at: usize, end: usize) {
    let inside = &text[at..end];
    let mut room = [0; 64];
    let alone = Text::of(text, text.len(), &mut room);
    for (name, class) in [
        ("token", &TOKEN),
        ("lws", &LWS),
        ("digit", &DIGIT),
        ("hex", &HEX),
        ("value", &VALUE),
        ("host", &HOST),
        ("uri", &URI),
        ("visible", &VISIBLE),
    ] {
        let run = inside.iter().take_while(|byte| is(**byte, class)).count();
        assert_eq!(skip(text, at, end, class), at + run, "{name} {at}..{end} {text:?}");
        assert_eq!(alone.skip(at, end, class), at + run, "{name} {at}..{end} {text:?}");
    }
    let plain = inside.iter().take_while(|byte| !b"<>\";,".contains(byte)).count();
    assert_eq!(skip(text, at, end, &PLAIN), at + plain);
    for (one, other) in [(b'"', b'\\'), (b'>', b'<'), (b',', b','), (0, 0x80)] {
        let first = |one, other| inside.iter().position(|byte| *byte == one || *byte == other);
        let expected = first(one, other).map(|count| at + count);
        assert_eq!(find_either(text, at, end, one, other), expected, "{at}..{end} {text:?}");
        assert_eq!(alone.find_either(at, end, one, other), expected, "{at}..{end} {text:?}");
        let expected = first(one, one).map(|count| at + count);
        assert_eq!(find(text, at, end, one), expected);
        assert_eq!(alone.find(at, end, one), expected);
    }
}

fn check_numbers(text: &[u8], at: usize, end: usize) {
    let len = text[at..end].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = text[at..at + len].iter();
    let sum = digits.fold(0u128, |sum, digit| (sum * 10 + u128::from(digit - b'0')).min(1 << 90));
    let value = u32::try_from(sum).unwrap_or(u32::MAX);
    assert_eq!(number(text, at, end), (len > 0).then_some((value, at + len)), "{at}..{end}");
    assert_eq!(decimal(text, at, end), (len > 0 && at + len == end).then_some(value));
}

#[test]
fn searches_agree_with_naive_ones_at_every_length_of_run() {
    for len in 0..100 {
        for run in 0..=len {
            let mut text = vec![b'7'; len];
            text[run..].fill(b';');
            for at in [0, 1, 31, 32, 33, 63, 64] {
                for end in [len, len.saturating_sub(1), len.saturating_sub(33)] {
                    if at <= end {
                        check_searches(&text, at, end);
                        check_numbers(&text, at, end);
                    }
                }
            }
        }
    }
}

#[test]
fn searches_outside_the_slice_find_nothing() {
    for len in [0, 5, 31, 32, 33, 70] {
        let text = vec![b'a'; len];
        for at in [len, len + 1, len + 40] {
            assert_eq!(skip(&text, at, at, &TOKEN), at);
            assert_eq!(skip(&text, at + 1, at, &TOKEN), at + 1);
            assert_eq!(find(&text, at, at + 9, b'a'), None);
            assert_eq!(find(&text, at + 1, at, b'a'), None);
            let mut room = [0; 64];
            let alone = Text::of(&text, text.len(), &mut room);
            assert_eq!(alone.find(at, at, b'a'), None);
            assert_eq!(alone.find(at + 1, at, b'a'), None);
            assert_eq!(alone.skip(at + 1, at, &TOKEN), at + 1);
            assert_eq!(number(&text, at, at + 9), None);
            assert_eq!(word(&text, at), 0);
        }
    }
}

#[test]
fn a_word_is_found_in_any_case_and_with_no_other_byte() {
    const BRANCH: Word = Word::of(b"branch");
    const VERSION: Word = Word::of(b"sip/2.0");
    for (known, name) in [(BRANCH, &b"branch"[..]), (VERSION, b"sip/2.0")] {
        for at in 0..name.len() {
            for byte in 0..=255u8 {
                let mut other = name.to_ascii_uppercase();
                other[at] = byte;
                let expected = other.eq_ignore_ascii_case(name);
                let end = other.len();
                assert_eq!(known.is(&other, 0, end), expected, "{other:?}");
                other.extend(b"zzz");
                assert_eq!(known.is(&other, 0, end), expected, "{other:?}");
                assert_eq!(known.leads(&other, 0, end + 3), expected, "{other:?}");
                assert!(!known.is(&other, 0, end + 1) && !known.is(&other, 0, end - 1));
                assert!(!known.leads(&other, 0, end - 1) && !known.leads(&other, 1, 0));
            }
        }
    }
}

#[test]
fn a_method_between_two_offsets_is_the_one_that_its_slice_names() {
    let names = [
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "REGISTER",
        "PRACK",
        "UPDATE",
        "INFO",
        "MESSAGE",
        "REFER",
        "SUBSCRIBE",
        "NOTIFY",
        "PUBLISH",
        "invite",
        "ACKS",
        "",
        "X",
        "BYE\0",
    ];
    for name in names {
        for behind in ["", " ", "\0", "E", " sip:a@b SIP/2.0"] {
            let text = format!("--{name}{behind}").into_bytes();
            let end = 2 + name.len();
            assert_eq!(Method::between(&text, 2, end), Method::of(name.as_bytes()), "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn searches_agree_with_naive_ones_on_any_bytes(
        text in text(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
        check_searches(&text, from.min(to), from.max(to));
    }

    #[test]
    fn numbers_agree_with_naive_ones(
        text in "[0-9]{0,12}[ -~]{0,3}[0-9]{0,30}",
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
        check_numbers(text.as_bytes(), from.min(to), from.max(to));
    }
}
