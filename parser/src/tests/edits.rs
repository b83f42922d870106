//! Owns the claims about patches and the writer.
//! Refuses to know what a proxy edits.

use proptest::prelude::*;

use super::{options, with};
use crate::edit::Patch;
use crate::write::{Overflow, Writer};
use crate::{HeaderId, Message, Span};

/// The message of `lines` after `edit`.
fn patched(lines: &[&str], edit: impl FnOnce(&mut Patch<'_, 8>, &Message<'_>)) -> String {
    let text = options(lines);
    with(&text, |message| {
        let mut patch = Patch::of(&message);
        edit(&mut patch, &message);
        let mut out = [0; 2048];
        let len = patch.apply(message.bytes(), &mut out).unwrap();
        String::from_utf8(out[..len].to_vec()).unwrap()
    })
    .unwrap()
}

fn plain(lines: &[&str]) -> String {
    String::from_utf8(options(lines)).unwrap()
}

#[test]
fn without_edits_nothing_changes() {
    assert_eq!(patched(&["X: \r\n y"], |_, _| {}), plain(&["X: \r\n y"]));
}

#[test]
fn leaves_out_the_preamble() {
    let mut text = b"\r\n\r\n".to_vec();
    text.extend(options(&[]));
    let out = with(&text, |message| {
        let mut out = [0; 1024];
        let len = Patch::<1>::of(&message).apply(message.bytes(), &mut out).unwrap();
        out[..len].to_vec()
    });
    assert_eq!(out.unwrap(), &text[4..]);
}

#[test]
fn inserts_in_front_of_all_headers_and_behind_them() {
    let out = patched(&[], |patch, message| {
        patch.insert_at(message.headers_end(), b"Last: 1\r\n");
        patch.insert_at(message.first_header_at(), b"First: 1\r\n");
        patch.insert_at(message.first_header_at(), b"Second: 1\r\n");
    });
    let expected = plain(&["Last: 1"]).replacen("\r\n", "\r\nFirst: 1\r\nSecond: 1\r\n", 1);
    assert_eq!(out, expected);
}

#[test]
fn replaces_a_number_in_place() {
    let out = patched(&["Max-Forwards: 070", "X: y"], |patch, message| {
        let hops = message.max_forwards().unwrap();
        patch.replace_number(hops.text, u32::from(hops.value) - 1);
    });
    assert_eq!(out, plain(&["Max-Forwards: 69", "X: y"]));
}

#[test]
fn an_insert_stands_in_front_of_a_replacement_at_its_place() {
    let out = patched(&["X: y"], |patch, message| {
        let value = message.headers().last().unwrap().value;
        patch.replace(value, b"z").insert_at(value.off, b"a").insert_number(value.off, 7);
    });
    assert_eq!(out, plain(&["X: a7z"]));
}

#[test]
fn deletes_one_value_of_a_list_or_its_line() {
    let list = "Route: <sip:a,1;lr> ,\r\n <sip:b;lr>, <sip:c;lr>";
    for (number, expected) in [
        (0, "Route: <sip:b;lr>, <sip:c;lr>"),
        (1, "Route: <sip:a,1;lr> ,\r\n <sip:c;lr>"),
        (2, "Route: <sip:a,1;lr> ,\r\n <sip:b;lr>"),
    ] {
        let out = patched(&[list, "X: y"], |patch, message| {
            let route = message.routes().nth(number).unwrap();
            patch.delete_value(message, route.header, route.value);
        });
        assert_eq!(out, plain(&[expected, "X: y"]));
    }
    let out = patched(&["Route: <sip:a;lr>", "X: y"], |patch, message| {
        let route = message.route().unwrap();
        patch.delete_value(message, route.header, route.value);
    });
    assert_eq!(out, plain(&["X: y"]));
}

#[test]
fn deletes_two_neighbours_of_a_list() {
    let out = patched(&["Route: <sip:a>,<sip:b>,<sip:c>"], |patch, message| {
        for route in message.routes().take(2) {
            patch.delete_value(message, route.header, route.value);
        }
    });
    assert_eq!(out, plain(&["Route: <sip:c>"]));
}

#[test]
fn deletes_leading_values_or_the_line() {
    let list = "Route: <sip:a>,<sip:b>, <sip:c>";
    for (count, expected) in [
        (0, Some(list)),
        (1, Some("Route: <sip:b>, <sip:c>")),
        (2, Some("Route: <sip:c>")),
        (3, None),
        (9, None),
    ] {
        let out = patched(&[list], |patch, message| {
            patch.delete_leading_values(message, message.route().unwrap().header, count);
        });
        assert_eq!(out, plain(&Vec::from_iter(expected)));
    }
}

#[test]
fn pops_the_top_via_of_a_list() {
    let via = "Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2";
    let out = patched(&[via], |patch, message| {
        patch.delete_value(message, message.via().header, message.via().value);
    });
    assert_eq!(out, plain(&["Via: SIP/2.0/UDP b;branch=z9hG4bK2"]));
}

#[test]
fn mistakes_stick_until_apply() {
    let text = options(&[]);
    let fault = |edit: &dyn Fn(&mut Patch<'_, 2>)| {
        let mut patch = Patch::empty();
        edit(&mut patch);
        patch.insert_at(0, b"");
        patch.apply(&text, &mut [0; 1024])
    };
    let span = |off, len| Span { off, len };
    assert!(fault(&|patch| _ = patch.delete(span(3, 4))).is_ok());
    for (second, expected) in [
        (span(5, 4), Err(Overflow::Overlap)),
        (span(3, 1), Err(Overflow::Overlap)),
        (span(1, 4), Err(Overflow::Overlap)),
        (span(6, 0), Err(Overflow::Overlap)),
        (span(7, 2), Err(Overflow::Edits)),
        (span(1, 2), Err(Overflow::Edits)),
    ] {
        let result = fault(&|patch| {
            patch.delete(span(3, 4)).delete(second);
        });
        assert_eq!(result, expected, "{second:?}");
    }
    assert_eq!(fault(&|patch| _ = patch.delete(span(60_000, 1))), Err(Overflow::Range));
}

#[test]
fn a_patch_for_a_header_that_is_not_there_fails() {
    with(&options(&[]), |message| {
        let mut patch = Patch::<2>::of(&message);
        patch.delete_value(&message, 99, Span::NONE);
        assert_eq!(patch.apply(message.bytes(), &mut [0; 1024]), Err(Overflow::Range));
    })
    .unwrap();
}

#[test]
fn an_output_that_is_too_small_is_an_error_at_every_length() {
    with(&options(&["Route: <sip:a>"]), |message| {
        let mut patch = Patch::<4>::of(&message);
        patch.insert_at(message.first_header_at(), b"X: y\r\n");
        let header = message.find(HeaderId::Route).unwrap();
        patch.delete(header.line);
        let mut out = [0; 1024];
        let len = patch.apply(message.bytes(), &mut out).unwrap();
        for short in 0..len {
            assert_eq!(patch.apply(message.bytes(), &mut out[..short]), Err(Overflow::Output));
        }
        assert_eq!(patch.apply(message.bytes(), &mut out[..len]), Ok(len));
    })
    .unwrap();
}

#[test]
fn the_writer_writes_numbers_and_addresses() {
    let mut out = [0; 64];
    let mut writer = Writer::new(&mut out);
    writer.number(0).bytes(b" ").number(u32::MAX).bytes(b" ").ipv4(0xc000_02ff);
    let len = writer.finish().unwrap();
    assert_eq!(&out[..len], b"0 4294967295 192.0.2.255");
}

#[test]
fn the_writer_writes_nothing_behind_a_gap() {
    let mut out = [0; 4];
    let mut writer = Writer::new(&mut out);
    writer.bytes(b"abc").bytes(b"toolong").bytes(b"d");
    assert_eq!(writer.finish(), Err(Overflow::Output));
    assert_eq!(out, *b"abc\0");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The twin edits a vector, from the last edit to the first.
    #[test]
    fn applies_like_its_naive_twin(
        cuts in prop::collection::btree_map(0..300u16, (0..9u16, "[a-z]{0,5}"), 0..8),
        shuffle in any::<u64>(),
    ) {
        let message: Vec<u8> = (0..400u32).map(|at| b'A' + (at % 26) as u8).collect();
        let mut edits: Vec<(u16, u16, Vec<u8>)> = Vec::new();
        for (at, (remove, text)) in cuts {
            if edits.last().is_none_or(|last| last.0 + last.1 <= at) {
                edits.push((at, remove, text.into_bytes()));
            }
        }
        let mut expected = message.clone();
        for (at, remove, text) in edits.iter().rev() {
            let place = usize::from(*at)..usize::from(at + remove);
            expected.splice(place, text.iter().copied());
        }
        let mut order: Vec<_> = edits.iter().collect();
        if !order.is_empty() {
            let middle = shuffle as usize % order.len();
            order.rotate_left(middle);
            order[middle..].reverse();
        }
        let mut patch = Patch::<8>::empty();
        for (at, remove, text) in order {
            patch.replace(Span { off: *at, len: *remove }, text);
        }
        let mut out = [0; 1024];
        let len = patch.apply(&message, &mut out).unwrap();
        prop_assert_eq!(&out[..len], &expected[..]);
    }
}
