//! Owns the claims about patches and the writer.
//! Refuses to know what a proxy edits.

use proptest::prelude::*;

use super::{options, with};
use crate::edit::Patch;
use crate::view::reason;
use crate::write::{Overflow, Writer};
use crate::{HeaderId, Message, Span, Start};

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
fn replaces_the_request_uri_and_the_start_line() {
    let out = patched(&[], |patch, message| {
        let Start::Request { uri, .. } = message.start() else { panic!("a request") };
        patch.replace(uri, b"tel:+1");
    });
    assert_eq!(out, plain(&[]).replace("sip:b@example.com SIP", "tel:+1 SIP"));
    let out = patched(&[], |patch, message| {
        let line = Span::between(message.preamble().end(), message.first_header_at().into());
        patch.replace(line, b"SIP/2.0 200 OK\r\n");
    });
    assert_eq!(out, plain(&[]).replace("OPTIONS sip:b@example.com SIP/2.0", "SIP/2.0 200 OK"));
}

#[test]
fn replaces_and_deletes_a_header() {
    let out = patched(&["P: p", "Z: z"], |patch, message| {
        let mut others = message.all(HeaderId::Other);
        patch.delete(others.next().unwrap().line);
        patch.replace(others.next().unwrap().line, b"A: b\r\nC: d\r\n");
    });
    assert_eq!(out, plain(&["A: b", "C: d"]));
}

/// Deletes parameter `name` of the first Reason.
fn without(line: &str, name: &[u8]) -> String {
    patched(&[line], |patch, message| {
        let read = message.view(HeaderId::Reason, reason::parse).unwrap().unwrap();
        patch.delete(message.span_of(read.params.written(name).unwrap()).unwrap());
    })
}

#[test]
fn inserts_replaces_and_deletes_a_parameter() {
    let line = "Reason: SIP ; cause = 200;text=\"a;b\"\r\n ;x, Q.850;cause=16";
    for (name, expected) in [
        (&b"CAUSE"[..], "Reason: SIP;text=\"a;b\"\r\n ;x, Q.850;cause=16"),
        (b"text", "Reason: SIP ; cause = 200\r\n ;x, Q.850;cause=16"),
        (b"x", "Reason: SIP ; cause = 200;text=\"a;b\", Q.850;cause=16"),
    ] {
        assert_eq!(without(line, name), plain(&[expected]));
    }
    let out = patched(&[line], |patch, message| {
        let mut views = message.views(HeaderId::Reason, reason::parse);
        let read = views.next().unwrap().unwrap();
        let cause = message.span_of(read.params.get(b"cause").flatten().unwrap()).unwrap();
        patch.replace_number(cause, 487);
        views.next();
        patch.insert_at(views.value().off + views.value().len, b";text=\"c\"");
    });
    let expected = line.replace("200", "487").replace("=16", "=16;text=\"c\"");
    assert_eq!(out, plain(&[&expected]));
}

#[test]
fn a_span_is_found_for_parts_of_the_message_alone() {
    with(&options(&[]), |message| {
        let bytes = message.bytes();
        assert_eq!(message.span_of(bytes), Some(Span::between(0, bytes.len())));
        assert_eq!(message.span_of(&bytes[7..9]), Some(Span { off: 7, len: 2 }));
        assert_eq!(message.span_of(&bytes[7..7]), None);
        assert_eq!(message.span_of(b"OPTIONS"), None);
        let copy = bytes.to_vec();
        assert_eq!(message.span_of(&copy), None);
    })
    .unwrap();
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

/// An empty Route, say, is one that the next hop refuses.
#[test]
fn deletes_the_line_where_only_empty_elements_are_left() {
    for (line, place) in [
        ("Route: <sip:a>,", 0),
        ("Route: <sip:a> , ,\r\n ,", 0),
        ("Supported: ,a", 1),
        ("Supported: , ,a,,", 2),
    ] {
        let id = HeaderId::of(line.split(':').next().unwrap().as_bytes());
        let out = patched(&[line], |patch, message| {
            let value = message.values(id).nth(place).unwrap();
            patch.delete_value(message, message.find_number(id).unwrap(), value);
        });
        assert_eq!(out, plain(&[]), "{line}");
        let out = patched(&[line], |patch, message| {
            patch.delete_leading_values(message, message.find_number(id).unwrap(), place + 1);
        });
        assert_eq!(out, plain(&[]), "{line}");
    }
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
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Edits in any order, at one place and over each other too, into an output of any size. The
    /// twin walks over the message byte by byte.
    #[test]
    fn applies_like_its_naive_twin(
        edits in prop::collection::vec((0..=40u16, 0..4u16, "[a-z]{0,5}", any::<u32>()), 0..8),
        room in 0..160usize,
    ) {
        let message: Vec<u8> = (0..40u8).map(|at| b'A' + at % 26).collect();
        let cuts = |at: u16| edits.iter().filter(move |edit| edit.1 > 0 && edit.0 == at);
        let inside = |at: u16| edits.iter().any(|cut| cut.0 < at && at < cut.0 + cut.1);
        let overlap = edits.iter().any(|edit| inside(edit.0) || cuts(edit.0).count() > 1);
        let outside = edits.iter().any(|edit| edit.0 + edit.1 > 40);
        let mut expected = Vec::new();
        let mut patch = Patch::<8>::empty();
        for (at, remove, text, number) in &edits {
            let span = Span { off: *at, len: *remove };
            match (remove, number % 2) {
                (0, 0) => patch.insert_number(*at, *number),
                (0, _) => patch.insert_at(*at, text.as_bytes()),
                (_, 0) => patch.replace_number(span, *number),
                (_, _) => patch.replace(span, text.as_bytes()),
            };
        }
        let written = |(_, _, text, number): &(u16, u16, String, u32)| {
            if number % 2 == 0 { number.to_string() } else { text.clone() }
        };
        for at in 0..=40 {
            let inserts = edits.iter().filter(|edit| edit.1 == 0 && edit.0 == at);
            expected.extend(inserts.chain(cuts(at)).map(written).collect::<String>().into_bytes());
            let is_kept = cuts(at).next().is_none() && !inside(at);
            expected.extend(message.get(usize::from(at)).filter(|_| is_kept));
        }
        let full = expected.len();
        for room in [room, full, full.saturating_sub(1)] {
            let mut out = vec![0; room];
            let found = patch.apply(&message, &mut out).map(|len| &out[..len]);
            if overlap {
                prop_assert_eq!(found, Err(Overflow::Overlap));
            } else if outside {
                // Which of two faults comes first is not told.
                prop_assert!(found.is_err());
            } else if full > room {
                prop_assert_eq!(found, Err(Overflow::Output));
            } else {
                prop_assert_eq!(found, Ok(&expected[..]));
            }
        }
    }
}
