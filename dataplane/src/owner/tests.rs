//! Claims about owners: evenness, agreement over all messages of a call, agreement with the parser.

use proptest::prelude::*;
use simd::{Padded, padded};

use super::{Claim, Layout, MAX_WORKERS, Owner, Rule, scan};
use crate::dialog::cookie::Cookie;
use crate::dialog::keyring::KeyRing;
use crate::proxy::branch::{Branch, Kind};

fn keys(id: u8) -> KeyRing {
    KeyRing::new(&[(id, [id + 7; 48])]).unwrap()
}

fn rule(keys: &KeyRing, workers: usize) -> Rule<'_> {
    Rule { keys, layout: Layout::new(workers, keys.newest()), member: 0 }
}

fn owner(rule: &Rule<'_>, text: &str) -> Option<Owner> {
    let buffer = padded(text.as_bytes());
    rule.owner(Padded::new(&buffer, text.len()).unwrap())
}

fn whose(rule: &Rule<'_>, text: &str) -> Option<(u8, Claim)> {
    owner(rule, text).map(|owner| (owner.worker, owner.claim))
}

fn worker(rule: &Rule<'_>, text: &str) -> u8 {
    owner(rule, text).expect("a Call-ID, at least").worker
}

fn invite(call_id: &str) -> String {
    format!(
        "INVITE sip:39@10.1.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.0.10;branch=z9hG4bKx\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:39@c>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n\r\n"
    )
}

fn branch(rule: &Rule<'_>, core: u8) -> String {
    let branch = Branch {
        layout: rule.layout.id(),
        core,
        ordinal: 0,
        kind: Kind::Transaction,
        slot: 3,
        generation: 1,
        boot: 9,
    };
    String::from_utf8(branch.seal(rule.keys, 5).to_vec()).unwrap()
}

fn response(branch: &str, call_id: &str) -> String {
    format!(
        "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 10.2.0.1;branch={branch}\r\n\
         Via: SIP/2.0/UDP 10.1.0.10;branch=z9hG4bKx\r\nCall-ID: {call_id}\r\n\r\n"
    )
}

fn cookie(rule: &Rule<'_>, core: u8, call_id: &str) -> String {
    let cookie = Cookie {
        member: 0,
        layout: rule.layout.id(),
        core,
        call_slot: 1,
        generation: 1,
        originator: 1,
        trunk: 1,
        flags: 0,
        cseq_delta: 0,
    };
    String::from_utf8(cookie.seal(rule.keys, call_id.as_bytes(), b"1").to_vec()).unwrap()
}

fn bye(cookie: &str, call_id: &str) -> String {
    format!(
        "BYE sip:a@10.1.0.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.2.0.11;branch=z9hG4bKy\r\n\
         Call-ID: {call_id}\r\nRoute: <sip:10.2.0.1:5060;lr;tc={cookie}>, <sip:other;lr>\r\n\r\n"
    )
}

#[test]
fn calls_of_one_source_address_spread_evenly() {
    // Chance exceeds these values once in a thousand times, for one degree of freedom less than workers.
    for (workers, bound) in [(2usize, 10.83), (3, 13.82), (4, 16.27), (7, 22.46), (16, 37.70)] {
        let keys = keys(1);
        let rule = rule(&keys, workers);
        let calls = 20_000;
        let mut counts = vec![0u32; workers];
        for call in 0..calls {
            // As SIPp numbers the calls of one process.
            let text = invite(&format!("{call}-4711@10.77.1.2"));
            counts[usize::from(worker(&rule, &text))] += 1;
        }
        let expected = f64::from(calls) / workers as f64;
        let squared: f64 =
            counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        assert!(squared < bound, "{workers} workers: {counts:?}, chi-squared {squared:.1}");
    }
}

#[test]
fn every_message_of_a_call_has_one_owner() {
    let keys = keys(2);
    let rule = rule(&keys, 5);
    for call in 0..100 {
        let id = format!("call-{call}");
        let home = worker(&rule, &invite(&id));
        let cancel = invite(&id).replace("INVITE", "CANCEL").replace("Call-ID: ", "i:");
        assert_eq!(whose(&rule, &cancel), Some((home, Claim::Stands)));
        let ack = invite(&id).replace("INVITE", "ACK").replace("Call-ID: ", "CALL-id \t:\r\n  ");
        assert_eq!(whose(&rule, &ack), Some((home, Claim::Stands)));
        assert_eq!(worker(&rule, &response(&branch(&rule, home), &id)), home);
        assert_eq!(worker(&rule, &bye(&cookie(&rule, home, &id), &id)), home);
    }
}

#[test]
fn a_branch_that_was_read_is_told_with_its_place() {
    let keys = keys(2);
    let rule = rule(&keys, 2);
    let sealed = branch(&rule, 1);
    let text = response(&sealed, "id").replace("branch=", "x=1;\r\n  branch = ");
    let opened = owner(&rule, &text).unwrap().opened.expect("a branch of ours");
    assert_eq!(text.find(&sealed), Some(usize::from(opened.at)));
    assert_eq!(
        Some(opened.branch),
        Branch::open(sealed.as_bytes(), &keys).map(|(branch, _)| branch)
    );
    // Of another layout too: it names the transaction all the same.
    let other = Rule { layout: Layout::new(3, 2), ..rule };
    assert_eq!(owner(&other, &text).unwrap().opened, Some(opened));
    assert_eq!(owner(&rule, &invite("id")).unwrap().opened, None);
}

#[test]
fn branch_and_cookie_go_before_the_call_id() {
    let keys = keys(2);
    let rule = rule(&keys, 2);
    let home = worker(&rule, &invite("id"));
    let other = 1 - home;
    assert_eq!(worker(&rule, &response(&branch(&rule, other), "id")), other);
    let text = bye(&cookie(&rule, other, "id"), "id");
    assert_eq!(worker(&rule, &text), other);
    // A strict router moves our Route into the Request-URI.
    let strict =
        text.replace("a@10.1.0.10 ", &format!("10.2.0.1;lr;tc={} ", cookie(&rule, other, "id")));
    let strict = strict.replace("Route: <sip:10.2.0.1", "Route: <sip:next;lr>, <sip:10.2.0.1");
    assert_eq!(worker(&rule, &strict), other);
    // The cookie of a Route that is not the top one is somebody else's business.
    let behind = text.replace("Route: <sip:10.2.0.1", "Route: <sip:next;lr>, <sip:10.2.0.1");
    assert_eq!(worker(&rule, &behind), home);
}

#[test]
fn under_another_layout_the_call_id_decides() {
    let (old_keys, new_keys) = (keys(2), keys(3));
    let both = KeyRing::new(&[(2, [9; 48]), (3, [10; 48])]).unwrap();
    let old = rule(&old_keys, 2);
    // More workers, or fewer; as many and another key, with the old one still known, and without.
    for (keys, workers, opens) in
        [(&old_keys, 3, true), (&old_keys, 1, true), (&both, 2, true), (&new_keys, 2, false)]
    {
        let new = rule(keys, workers);
        assert_ne!(old.layout, new.layout);
        for call in 0..50 {
            let id = format!("call-{call}");
            let home = worker(&new, &invite(&id));
            for core in 0..2 {
                assert_eq!(worker(&new, &bye(&cookie(&old, core, &id), &id)), home);
                let late = owner(&new, &response(&branch(&old, core), &id));
                // What was signed with a key that is gone is nobody's.
                assert_eq!(late.map(|owner| owner.worker), opens.then_some(home));
            }
        }
    }
}

#[test]
fn a_layout_names_each_number_of_workers_and_key() {
    let mut seen = std::collections::BTreeSet::new();
    for workers in 1..=MAX_WORKERS {
        for key in 0..8 {
            let layout = Layout::new(workers, key);
            assert_eq!(usize::from(layout.workers()), workers);
            assert!(seen.insert(layout.id()));
            assert_eq!(Layout::of(layout.id()), layout);
        }
    }
    assert_eq!(Layout::new(1, 0).id(), 0);
}

#[test]
fn what_names_nobody_is_for_whoever_has_it() {
    let keys = keys(1);
    let rule = rule(&keys, 2);
    for text in
        ["", "\r\n\r\n", "OPTIONS", "INVITE sip:a SIP/2.0\r\nVia: x\r\n\r\nCall-ID: body\r\n"]
    {
        assert_eq!(owner(&rule, text), None, "{text:?}");
    }
    // A response to somebody else's branch.
    assert_eq!(owner(&rule, &response("z9hG4bKforeign", "id")), None);
}

#[test]
fn only_what_would_open_something_waits_for_others() {
    let keys = keys(1);
    let rule = rule(&keys, 2);
    let claim = |text: &str| owner(&rule, text).unwrap().claim;
    for (method, expect) in [
        ("INVITE", Claim::Opens),
        ("OPTIONS", Claim::Opens),
        ("REGISTER", Claim::Opens),
        ("ACK", Claim::Stands),
        ("BYE", Claim::Stands),
        ("CANCEL", Claim::Stands),
    ] {
        assert_eq!(claim(&invite("id").replace("INVITE", method)), expect, "{method}");
        // A cookie speaks of a dialog.
        let in_dialog = bye(&cookie(&rule, 1, "id"), "id").replace("BYE", method);
        assert_eq!(claim(&in_dialog), Claim::Stands, "{method}");
    }
}

/// What names an owner: of a response the branch of its top Via, of a request the cookie of its top Route; and of both
/// the Call-ID.
type Names = (Vec<u8>, Vec<u8>);

/// What the parser says of them.
fn parsed(text: &[u8]) -> Option<Names> {
    let buffer = padded(text);
    let mut index = parser::Index::new();
    let padded = Padded::new(&buffer, text.len())?;
    let message = parser::parse(padded, &parser::Limits::default(), &mut index).ok()?;
    let name = match message.start() {
        parser::Start::Response { .. } => message.text(message.via().branch),
        parser::Start::Request { .. } => {
            let uri = message.text(message.route()?.uri);
            uri.split(|byte| *byte == b';').find_map(|part| part.strip_prefix(b"tc="))?
        }
    };
    Some((name.to_vec(), message.text(message.call_id()).to_vec()))
}

fn scanned(text: &[u8]) -> Option<Names> {
    let buffer = padded(text);
    let (_, headers) = scan::Headers::of(Padded::new(&buffer, text.len())?)?;
    let (mut first, mut call_id) = (None, None);
    for (name, value) in headers {
        match name {
            scan::Name::Via if first.is_none() => first = Some(scan::branch(value)?.1),
            scan::Name::Route if first.is_none() => first = Some(scan::route_cookie(value)?),
            scan::Name::CallId if call_id.is_none() => call_id = Some(value.bytes()),
            _ => {}
        }
    }
    Some((first?.to_vec(), call_id?.to_vec()))
}

fn spelling(name: &'static str, compact: &'static str) -> impl Strategy<Value = String> {
    let written = prop_oneof![
        Just(name.to_owned()),
        Just(name.to_ascii_uppercase()),
        Just(name.to_ascii_lowercase()),
        Just(compact.to_owned())
    ];
    let blanks = prop_oneof![Just(""), Just(" "), Just("\t ")];
    let fold = prop_oneof![Just(""), Just(" "), Just("\r\n "), Just(" \r\n\t")];
    (written, blanks, fold).prop_map(|(written, blanks, fold)| format!("{written}{blanks}:{fold}"))
}

proptest! {
    #[test]
    fn finds_what_the_parser_finds(
        via in spelling("Via", "v"),
        call_id in spelling("Call-ID", "i"),
        route in spelling("Route", "Route"),
        id in "[a-z0-9.-]{1,40}(@[a-z0-9.]{1,20})?",
        filler in "[ -9;-~]{0,90}",
        params in "(;[a-z]{1,9}(=([a-z0-9.]{1,30}|\"([a-z,;>= ]|\\\\[\"a]){0,30}\"))?){0,4}",
        plain in "(;[a-z]{1,9}(=[a-z0-9.]{1,30})?){0,4}",
        display in "(\"([a-z,;> ]|\\\\[\"a]){0,30}\" )?",
        ends in "(\r\n){0,2}",
        order in Just([0usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let rule_keys = keys(1);
        let rule = rule(&rule_keys, 3);
        let (branch, tc) = (branch(&rule, 2), cookie(&rule, 1, &id));
        prop_assume!([&params, &plain].iter().all(|text| !text.contains(";tc") && !text.contains(";branch")));
        let lines = [
            format!("{via}SIP/2.0/UDP 10.1.0.10{params};branch={branch}{params}\r\n"),
            format!("{call_id}{id}\r\n"),
            format!("{route}{display}<sip:10.1.0.1:5060{plain};lr;tc={tc}>,<sip:b;lr>\r\n"),
            format!("Subject: {}\r\n", filler.trim()),
        ];
        let middle: String = order.iter().map(|at| lines[*at].as_str()).collect();
        for (start, name) in [
            ("INVITE sip:39@10.1.0.1 SIP/2.0", &tc),
            ("SIP/2.0 180 Ringing", &branch),
            ("sip/2.0 180 Ringing", &branch),
        ] {
            let text = format!(
                "{ends}{start}\r\n{middle}From: <sip:a@b>;tag=1\r\nTo: <sip:39@c>\r\nCSeq: 1 INVITE\r\n\
                 Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            );
            let names = (name.clone().into_bytes(), id.clone().into_bytes());
            prop_assert_eq!(parsed(text.as_bytes()), Some(names.clone()));
            prop_assert_eq!(scanned(text.as_bytes()), Some(names));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let keys = keys(1);
        let buffer = padded(&bytes);
        rule(&keys, 3).owner(Padded::new(&buffer, bytes.len()).unwrap());
    }
}

#[test]
fn half_a_cookie_claims_nothing() {
    let keys = keys(1);
    let rule = rule(&keys, 2);
    let home = worker(&rule, &invite("id"));
    let other = cookie(&rule, 1 - home, "id");
    let half = &other[..8];
    for behind in [">, <sip:b;lr;x=012345678901234567890123456789", ""] {
        let text = bye(half, "id").replace(half, &format!("{half}{behind}"));
        assert_eq!(worker(&rule, &text), home, "{text}");
    }
    let text = invite("id").replace("10.1.0.1 ", &format!("10.1.0.1;tc={half} "));
    assert_eq!(worker(&rule, &text), home);
}
