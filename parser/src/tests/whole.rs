//! Owns the claims about whole messages: generated valid ones parse, what is written is read again
//! as the same, and an edit leaves the rest as it was.
//! Refuses to judge single fields.

use proptest::prelude::*;
use simd::{Padded, padded};

use super::harness::{check, told, written};
use super::samples::samples;
use super::twin::facts;
use crate::edit::Patch;
use crate::{Header, HeaderId, Index, Limits, Message, Start, parse};

/// A header name in some case, or compact, with white space behind it.
fn name(long: &'static str, compact: Option<&'static str>) -> impl Strategy<Value = String> {
    let names = vec![
        long.to_owned(),
        long.to_lowercase(),
        long.to_uppercase(),
        compact.unwrap_or(long).to_owned(),
        compact.unwrap_or(long).to_uppercase(),
    ];
    (prop::sample::select(names), "[ \t]{0,2}").prop_map(|(name, space)| format!("{name}{space}:"))
}

/// RFC 3261 §25.1 `SWS`.
fn sws() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "", "", " ", "\t ", "\r\n ", " \r\n\t"]).prop_map(String::from)
}

/// RFC 3261 §25.1 `LWS`.
fn lws() -> impl Strategy<Value = String> {
    prop::sample::select(vec![" ", " ", "  ", "\t", "\r\n ", " \r\n \t"]).prop_map(String::from)
}

/// RFC 3261 §25.1 `quoted-string`.
fn quoted() -> impl Strategy<Value = String> {
    prop::collection::vec("[ !#-\\[\\]-~\u{e9}\u{4e2d}]|\\\\[\0-\t\u{b}\u{c}\u{e}-\u{7f}]", 0..8)
        .prop_map(|parts| format!("\"{}\"", parts.concat()))
}

/// RFC 3261 §25.1 `token`.
fn token() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9.!%*_+`'~-]{1,12}"
}

/// RFC 3261 §25.1 `host`.
fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z]([a-z0-9]{0,4}))?",
        "[12]?[0-9]\\.[0-9]{1,2}\\.[0-9]{1,2}\\.1[0-9]{1,2}",
        "\\[[0-9a-f]{1,4}:(:[0-9a-f]{1,4}){1,3}(:192\\.0\\.2\\.1)?\\]",
    ]
}

/// RFC 3261 §25.1 `SIP-URI`; its headers only where it is in brackets.
fn uri(bracketed: bool) -> BoxedStrategy<String> {
    let (userinfo, params) = if bracketed {
        ("(([a-zA-Z0-9_.!~*'()&=+$,;?/-]|%[0-9a-fA-F]{2}){1,12}(:[a-z0-9&=+$,]{0,5})?@)?", 0..4)
    } else {
        ("(([a-zA-Z0-9_.!~*'()&=+$/-]|%[0-9a-fA-F]{2}){1,12}@)?", 0..1)
    };
    let port = prop::option::of(1..=u16::MAX);
    let param = ";[a-zA-Z]([a-z\\[\\]/:&+$.-]|%[0-9A-F]{2}){0,6}(=[a-z0-9.\\[\\]/:&+$-]{1,6})?";
    let headers = if bracketed { "(\\?[a-z]{1,5}=[a-z0-9%20:]{0}(&[a-z]=[0-9])?)?" } else { "" };
    let params = prop::collection::vec(param, params);
    ("sips?:|SIP:|Sips:", userinfo, host(), port, params, headers)
        .prop_map(|(scheme, user, host, port, params, headers)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{scheme}{user}{host}{port}{}{headers}", params.concat())
        })
        .boxed()
}

/// `;name=value` with white space where there may be some. The names are none that is read.
fn params() -> impl Strategy<Value = String> {
    let value = prop_oneof![Just(None), token().prop_map(Some), quoted().prop_map(Some)];
    let param = (sws(), sws(), token(), sws(), sws(), value).prop_map(|parts| {
        let (before, behind, name, left, right, value) = parts;
        let value = value.map(|value| format!("{left}={right}{value}")).unwrap_or_default();
        format!("{before};{behind}z{name}{value}")
    });
    prop::collection::vec(param, 0..3).prop_map(|params| params.concat())
}

/// RFC 3261 §25.1 `name-addr`.
fn name_addr() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(token(), 0..3).prop_map(|words| words.join(" "));
    (prop_oneof![quoted(), words], sws(), uri(true)).prop_map(|(name, gap, uri)| {
        let gap = if name.is_empty() { String::new() } else { gap };
        format!("{name}{gap}<{uri}>")
    })
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![name_addr(), name_addr(), uri(false)]
}

/// From or To, with its tag.
fn party(
    long: &'static str,
    compact: &'static str,
) -> impl Strategy<Value = (String, Option<String>)> {
    let tag = prop::option::of(token());
    (name(long, Some(compact)), sws(), address(), params(), tag, params()).prop_map(
        |(name, gap, address, before, tag, behind)| {
            let text = tag.as_ref().map(|tag| format!(";tag={tag}")).unwrap_or_default();
            (format!("{name}{gap}{address}{before}{text}{behind}\r\n"), tag)
        },
    )
}

fn via() -> impl Strategy<Value = String> {
    let slash = || (sws(), sws()).prop_map(|(left, right)| format!("{left}/{right}"));
    let port = prop::option::of((sws(), sws(), 1..=u16::MAX));
    let branch = prop::option::of(token());
    (slash(), slash(), token(), lws(), host(), port, branch, params()).prop_map(
        |(first, second, transport, gap, host, port, branch, params)| {
            let port = port.map(|(left, right, port)| format!("{left}:{right}{port}"));
            let branch = branch.map(|branch| format!(";branch=z9hG4bK{branch}"));
            let (port, branch) = (port.unwrap_or_default(), branch.unwrap_or_default());
            format!("SIP{first}2.0{second}{transport}{gap}{host}{port}{branch}{params}")
        },
    )
}

/// Elements of a comma list, one at least.
fn list(element: impl Strategy<Value = String>) -> impl Strategy<Value = (String, usize)> {
    prop::collection::vec((element, sws(), sws()), 1..4).prop_map(|elements| {
        let count = elements.len();
        let mut text = String::new();
        for (number, (element, left, right)) in elements.into_iter().enumerate() {
            if number > 0 {
                text += &format!("{left},{right}");
            }
            text += &element;
        }
        (text, count)
    })
}

/// What was put into a message, to be found again.
#[derive(Clone, Debug)]
struct Made {
    text: Vec<u8>,
    vias: usize,
    from_tag: Option<String>,
    to_tag: Option<String>,
    call_id: String,
    cseq: u32,
    headers: usize,
    body: usize,
}

prop_compose! {
    /// Headers that no rule asks for.
    fn others()(
        route in prop::option::of((name("Route", None), sws(), list(name_addr()))),
        record_routes in prop::collection::vec((name("Record-Route", None), sws(), list(name_addr())), 0..3),
        contact in prop::option::of((name("Contact", Some("m")), sws(), list(address()))),
        hops in prop::option::of((name("Max-Forwards", None), sws(), "0{0,3}", 0..=255u8)),
        unknown in prop::collection::vec(("X-[a-zA-Z0-9.!%*_+`'~-]{0,40}", "[ \t]{0,2}", sws(), "[!-~\u{e9}]([ -~]{0,20}[!-~])?"), 0..3),
    ) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(route.map(|(name, gap, (list, _))| format!("{name}{gap}{list}\r\n")));
        lines.extend(record_routes.into_iter().map(|(name, gap, (list, _))| format!("{name}{gap}{list}\r\n")));
        lines.extend(contact.map(|(name, gap, (list, _))| format!("{name}{gap}{list}\r\n")));
        lines.extend(hops.map(|(name, gap, zeros, hops)| format!("{name}{gap}{zeros}{hops}\r\n")));
        lines.extend(unknown.into_iter().map(|(name, space, gap, value)| {
            format!("{name}{space}:{gap}{value}\r\n")
        }));
        lines
    }
}

prop_compose! {
    /// A valid message, its headers in any order.
    fn valid()(
        method in prop_oneof![token(), prop::sample::select(vec!["INVITE", "ACK", "BYE", "OPTIONS"]).prop_map(String::from)],
        status in prop::option::of((100..700u16, "[ -~\u{e9}]{0,12}")),
        target in uri(true),
        preamble in prop::sample::select(vec!["", "\r\n", "\r\n\r\n"]),
        vias in prop::collection::vec((name("Via", Some("v")), sws(), list(via())), 1..3),
        from in party("From", "f"),
        to in party("To", "t"),
        call_id in (name("Call-ID", Some("i")), sws(), "[!-~]{1,20}"),
        cseq in (name("CSeq", None), sws(), "0{0,3}", 0..1u32 << 31, lws()),
        others in others(),
        length in prop::option::of(name("Content-Length", Some("l"))),
        body in prop::collection::vec(any::<u8>(), 0..20),
        order in any::<prop::sample::Index>(),
    ) -> Made {
        let mut lines = others;
        lines.push(from.0);
        lines.push(to.0);
        lines.push(format!("{}{}{}\r\n", call_id.0, call_id.1, call_id.2));
        lines.push(format!("{}{}{}{}{}{method}\r\n", cseq.0, cseq.1, cseq.2, cseq.3, cseq.4));
        lines.extend(vias.iter().map(|(name, gap, (list, _))| format!("{name}{gap}{list}\r\n")));
        lines.extend(length.map(|name| format!("{name} {}\r\n", body.len())));
        let middle = order.index(lines.len());
        lines.rotate_left(middle);
        let start = match status {
            Some((status, reason)) => format!("SIP/2.0 {status} {reason}\r\n"),
            None => format!("{method} {target} SIP/2.0\r\n"),
        };
        let head = format!("{preamble}{start}{}\r\n", lines.concat());
        Made {
            text: [head.as_bytes(), &body].concat(),
            vias: vias.iter().map(|(_, _, (_, count))| count).sum(),
            from_tag: from.1,
            to_tag: to.1,
            call_id: call_id.2,
            cseq: cseq.3,
            headers: lines.len(),
            body: body.len(),
        }
    }
}

/// Parses `text` and hands the message to `look`.
fn read<T>(text: &[u8], look: impl FnOnce(Message<'_>) -> T) -> T {
    let buffer = padded(text);
    let mut index = Index::new();
    match parse(Padded::new(&buffer, text.len()).unwrap(), &Limits::STRICT, &mut index) {
        Ok(message) => look(message),
        Err(error) => panic!("{error}: {:?}", String::from_utf8_lossy(text)),
    }
}

/// One edit of a header by number: what is left of the others must be what it was.
fn check_edit(text: &[u8], which: usize, what: u8) {
    read(text, |message| {
        let headers: Vec<Header> = message.headers().collect();
        let edited = headers[which % headers.len()];
        let mut patch = Patch::<4>::of(&message);
        let value = edited.value;
        match what {
            0 => patch.delete(edited.line),
            1 => patch.replace(value, b"replaced: \"by, this\""),
            2 => patch.insert_at(edited.line.off, b"X-Inserted: here\r\n"),
            3 => patch.insert_at(message.headers_end(), b"X-Inserted: here\r\n"),
            4 => patch.replace_number(value, 4_294_967_295),
            _ => patch.delete_leading_values(&message, which % headers.len(), 1),
        };
        let mut out = vec![0; message.bytes().len() + 64];
        let len = patch.apply(message.bytes(), &mut out).unwrap();
        let out = &out[..len];
        let (at, end) = match what {
            0 => (edited.line.start(), edited.line.end()),
            1 | 4 => (value.start(), value.end()),
            2 => (edited.line.start(), edited.line.start()),
            3 => (message.headers_end().into(), message.headers_end().into()),
            _ => (edited.line.start(), edited.line.end()),
        };
        let before = &message.bytes()[message.preamble().end()..at];
        let behind = &message.bytes()[end..];
        assert!(out.starts_with(before), "in front of the edit");
        assert!(out.ends_with(behind), "behind the edit");
        let middle = &out[before.len()..out.len() - behind.len()];
        match what {
            0 => assert!(middle.is_empty()),
            1 => assert_eq!(middle, b"replaced: \"by, this\""),
            2 | 3 => assert_eq!(middle, b"X-Inserted: here\r\n"),
            4 => assert_eq!(middle, b"4294967295"),
            _ => {
                // The name stays if a value does, and the values that stay are the last ones.
                let old = message.text(edited.line);
                let head = &old[..edited.value.start() - edited.line.start()];
                let kept = middle.strip_prefix(head).unwrap_or_default();
                assert!(middle.is_empty() || !kept.is_empty() && old.ends_with(kept));
            }
        }
        // It is still a message, but for the header that was edited: the twin reads the same ones.
        let Some(facts) = facts(out, &Limits::STRICT) else { return };
        let others = headers.iter().filter(|header| header.line != edited.line);
        for header in others.filter(|header| header.id != HeaderId::ContentLength) {
            let line = message.text(header.line);
            assert!(facts.headers.iter().any(|found| &out[found.1.clone()] == line));
        }
    });
}

#[test]
fn samples_are_written_as_they_were_and_read_as_the_same() {
    for (_, text) in samples() {
        read(&text, |message| {
            let out = written(&message);
            assert_eq!(out, text);
            read(&out, |again| assert_eq!(told(&again), told(&message)));
        });
    }
}

#[test]
fn every_edit_of_every_header_of_the_samples_leaves_the_rest() {
    for (_, text) in samples() {
        let count = read(&text, |message| message.headers().len());
        for which in 0..count {
            for what in 0..6 {
                check_edit(&text, which, what);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_valid_message_is_accepted_and_read_as_it_was_made(made in valid()) {
        prop_assert!(facts(&made.text, &Limits::STRICT).is_some(), "the twin refuses {:?}", String::from_utf8_lossy(&made.text));
        read(&made.text, |message| {
            let text = |span| String::from_utf8(message.text(span).to_vec()).unwrap();
            assert_eq!(usize::from(message.via_count()), made.vias);
            assert_eq!(text(message.from().tag), made.from_tag.clone().unwrap_or_default());
            assert_eq!(text(message.to().tag), made.to_tag.clone().unwrap_or_default());
            assert_eq!(text(message.call_id()), made.call_id);
            assert_eq!(message.cseq().number, made.cseq);
            assert_eq!(message.headers().len(), made.headers);
            assert_eq!(usize::from(message.body().len), made.body);
            for span in message.vias() {
                crate::view::via::parse(message.text(span)).unwrap();
            }
            for span in [message.from().value, message.to().value].into_iter().chain(message.values(HeaderId::Contact)) {
                let found = crate::view::address::parse(message.text(span)).unwrap();
                crate::uri::parse(found.uri).unwrap();
            }
            if let Start::Request { uri, .. } = message.start() {
                crate::uri::parse(message.text(uri)).unwrap();
            }
        });
    }

    #[test]
    fn a_valid_message_is_written_as_it_was_and_read_as_the_same(made in valid()) {
        read(&made.text, |message| {
            let out = written(&message);
            assert_eq!(out, &made.text[message.preamble().end()..]);
            read(&out, |again| {
                assert_eq!(told(&again), told(&message));
                assert_eq!(written(&again), out, "a second time");
            });
        });
    }

    #[test]
    fn an_edit_of_a_valid_message_leaves_the_rest(made in valid(), which in 0..20usize, what in 0..6u8) {
        check_edit(&made.text, which, what);
    }

    #[test]
    fn every_prefix_and_change_of_a_valid_message_agrees_with_the_twin(
        made in valid(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 24),
    ) {
        let mut index = Index::new();
        for (place, byte) in changes {
            let at = place.index(made.text.len());
            check(&made.text[..at], &mut index, &Limits::STRICT);
            let mut changed = made.text.clone();
            changed[at] = byte;
            check(&changed, &mut index, &Limits::STRICT);
        }
    }
}
