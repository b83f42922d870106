//! Owns the comparison of the pass with its naive twin, over prefixes, mutations and generated
//! messages.
//! Refuses to say which of them is right: the claims do.

use std::ops::Range;

use proptest::prelude::*;
use simd::{PAD, Padded};

use super::twin::{Facts, Via, address, facts, list};
use crate::edit::Patch;
use crate::samples::samples;
use crate::{HeaderId, Index, Limits, Message, Rport, Span, Start, parse, view};

const STRICT: Limits = Limits { max_headers: 128, max_hops: 70, max_line: 8192, bare_lf: false };
const BARE: Limits = Limits { bare_lf: true, ..STRICT };
const NARROW: Limits = Limits { max_headers: 12, max_hops: 2, max_line: 90, bare_lf: true };

/// Parses with the pass and with its twin and compares all they found; says whether it is a
/// message. The padding is full of bytes that would be seen if anything looked at them.
pub fn check(text: &[u8], index: &mut Index, limits: &Limits) -> bool {
    let mut buffer = text.to_vec();
    buffer.extend(b"\n:\r,;\"<\\".iter().cycle().take(PAD));
    let expected = facts(text, limits);
    let parsed = parse(Padded::new(&buffer, text.len()).unwrap(), limits, index);
    let shown = String::from_utf8_lossy(text);
    match (&parsed, &expected) {
        (Ok(message), Some(facts)) => {
            assert_eq!(&found(message), facts, "{shown}");
            on_demand(message, facts);
        }
        (Err(error), None) => assert!(usize::from(error.at) <= text.len(), "{error} {shown}"),
        _ => panic!("pass {parsed:?}, twin {expected:?}: {shown}"),
    }
    let accepted = parsed.is_ok();
    if let Some(partial) = Message::for_reply(text, index) {
        let mut out = [0; 1 << 16];
        let stamp = crate::reply::ViaStamp { received: 0x0102_0304, rport: 5 };
        let reply = crate::reply::build(&partial, 400, b"Bad", Some(b"t"), stamp, b"", &mut out);
        let reply = reply.map(|len| &out[..len]).unwrap_or_default();
        assert!(memchr::memmem::find(reply, b"\r\n\r\n") == Some(reply.len().wrapping_sub(4)));
    }
    accepted
}

fn extent(span: Span) -> Range<usize> {
    if span.is_empty() && span.off == 0 { 0..0 } else { span.start()..span.end() }
}

fn found(message: &Message<'_>) -> Facts {
    let (mut request, mut status) = (None, None);
    match message.start() {
        Start::Request { method, method_text, uri } => {
            assert_eq!(method, crate::Method::of(message.text(method_text)));
            request = Some((extent(method_text), extent(uri)));
        }
        Start::Response { status: code, reason } => status = Some((code, extent(reason))),
    }
    let via = message.via();
    let rport = match via.rport {
        Rport::Absent => None,
        Rport::Empty { at } => Some((usize::from(at), None)),
        Rport::Value { port, text } => {
            let mut at = text.start();
            while message.bytes()[at - 1] != b'=' {
                at -= 1;
            }
            at -= 1;
            while b" \t\r\n".contains(&message.bytes()[at - 1]) {
                at -= 1;
            }
            Some((at, Some((port, extent(text)))))
        }
    };
    let cseq = message.cseq();
    assert_eq!(usize::from(message.via_count()), message.vias().count());
    Facts {
        request,
        status,
        preamble: message.preamble().end(),
        first_header_at: message.first_header_at().into(),
        headers_end: message.headers_end().into(),
        headers: message
            .headers()
            .map(|header| {
                (header.id, extent(header.line), extent(header.name), extent(header.value))
            })
            .collect(),
        via: Via {
            header: via.header,
            value: extent(via.value),
            sole: via.sole,
            transport: extent(via.transport),
            host: extent(via.host),
            port: via.port,
            branch: extent(via.branch),
            received: extent(via.received),
            rport,
        },
        vias: message.vias().map(extent).collect(),
        from: (extent(message.from().uri), extent(message.from().tag)),
        to: (extent(message.to().uri), extent(message.to().tag)),
        call_id: extent(message.call_id()),
        cseq: (cseq.number, extent(cseq.number_text), extent(cseq.method_text)),
        max_forwards: message.max_forwards().map(|hops| (hops.value, extent(hops.text))),
        route: message.route().map(|route| (extent(route.value), extent(route.uri), route.header)),
        body: extent(message.body()),
    }
}

/// The readers that are no part of the pass, against the twin and against each other.
fn on_demand(message: &Message<'_>, facts: &Facts) {
    let bytes = message.bytes();
    let lists = |id| {
        let headers = facts.headers.iter().filter(move |header| header.0 == id);
        headers.flat_map(|header| list(bytes, header.3.clone())).collect::<Vec<_>>()
    };
    for id in [HeaderId::RecordRoute, HeaderId::Route] {
        let expected = lists(id).into_iter().map(|element| {
            let uri = address(bytes, element.clone()).map_or(0..0, |found| found.0);
            (element, uri)
        });
        let values: Vec<_> =
            if id == HeaderId::Route { message.routes() } else { message.record_routes() }
                .map(|route| (extent(route.value), extent(route.uri)))
                .collect();
        assert_eq!(values, expected.collect::<Vec<_>>());
    }
    let contact = lists(HeaderId::Contact).first().and_then(|first| address(bytes, first.clone()));
    assert_eq!(message.contact().map(extent), contact.map(|found| found.0));

    let via = view::via::parse(message.text(message.via().value)).unwrap();
    assert_eq!(via.transport, message.text(message.via().transport));
    assert_eq!(via.host, message.text(message.via().host));
    assert_eq!(via.port, message.via().port);
    let branch = via.params.get(b"branch").flatten().unwrap_or_default();
    assert_eq!(branch, message.text(message.via().branch));

    let mut out = vec![0; bytes.len()];
    let len = Patch::<4>::of(message).apply(bytes, &mut out).unwrap();
    assert_eq!(&out[..len], &bytes[facts.preamble..], "a patch without edits changed something");
}

/// A message with what the samples lack: preamble, folds, compact names, lists, escapes, NULs.
fn odd() -> Vec<u8> {
    b"\r\n\r\nINVITE sip:%2B1(202)555;phone-context=x@[2001:db8::1]:5062;lr?a=b SIP/2.0\r\n\
      v : SIP / 2.0 / UDP [2001:db8::9]:5061 ;branch = z9hG4bKa ; rport;received=192.0.2.7,\r\n \
      SIP/2.0/TCP b.example;x=\"a,\\\"b\";branch=z9hG4bKb\r\n\
      f: \"A, \\\"B\\\" <c>\" <sip:a@example.com>;TAG=9\r\n\
      T:\r\n\t sip:b@example.com ;tag = x7\r\n\
      i:\t1@h\r\n\
      cseq: 007\r\n  INVITE\r\n\
      max-FORWARDS :  009 \r\n\
      m: \"x,y\" <sip:c@192.0.2.1;x=1>;q=0.5, <sip:d@h>\r\n\
      Route: <sip:p1.example;lr>,Two <sip:p2.example;lr> ;k=v\r\n\
      Record-Route:<sip:r,1@h;lr> , <sip:r2@h;lr>\r\n\
      X-Unknown-Header-That-Has-A-Long-Name: a,b\r\n\
      Via: SIP/2.0/UDP c.example\r\n\
      l: 6\r\n\r\na\0b\r\n\rrest"
        .to_vec()
}

#[test]
fn agrees_with_its_twin_on_the_samples() {
    let mut index = Index::new();
    for (name, text) in samples() {
        assert!(check(&text, &mut index, &STRICT), "{name}");
    }
    assert!(check(&odd(), &mut index, &STRICT));
}

#[test]
fn agrees_with_its_twin_on_every_prefix() {
    let mut index = Index::new();
    for (_, text) in samples().into_iter().chain([("odd", odd())]) {
        for len in 0..text.len() {
            check(&text[..len], &mut index, &STRICT);
        }
    }
}

#[test]
fn agrees_with_its_twin_on_every_byte_changed_to_every_value() {
    let mut index = Index::new();
    let mut accepted = 0;
    for (text, limits) in [(odd(), BARE), (samples().swap_remove(5).1, STRICT)] {
        let mut text = text;
        for at in 0..text.len() {
            let kept = text[at];
            for byte in 0..=255 {
                text[at] = byte;
                accepted += u32::from(check(&text, &mut index, &limits));
            }
            text[at] = kept;
        }
    }
    assert!(accepted > 1000, "mutations of values are mostly legal");
}

#[test]
fn agrees_with_its_twin_on_every_byte_of_the_samples_changed_removed_or_doubled() {
    let mut index = Index::new();
    for (_, text) in samples() {
        for at in 0..text.len() {
            let (before, after) = (&text[..at], &text[at + 1..]);
            for new in b"\0\t\n\r \"%,/0;:<=>?@AZ[\\]`az{\x7f\x80\xff"
                .iter()
                .map(|byte| vec![*byte])
                .chain([vec![], vec![text[at]; 2], b"\r\n".to_vec(), b"\r\n ".to_vec()])
            {
                check(&[before, &new[..], after].concat(), &mut index, &STRICT);
            }
        }
    }
}

#[test]
fn agrees_with_its_twin_on_parameters_of_every_length() {
    let mut index = Index::new();
    let message = |via: &str, from: &str| {
        let text = format!(
            "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h{via}\r\nFrom: <sip:a@b>{from}\r\n\
             To: <sip:c@d>\r\nCall-ID: 7\r\nCSeq: 1 BYE\r\n\r\n"
        );
        text.into_bytes()
    };
    for name in (0..70).map(|len| "n".repeat(len)) {
        for value in (0..70).map(|len| "v".repeat(len)) {
            for end in ["", ";tag=1", " ;tag=1", ":;tag=1", "=", ",", "\"", "[x]:1;rport"] {
                let both = format!(";{name}={value}{end}");
                check(&message(&both, ";tag=2"), &mut index, &STRICT);
                check(&message("", &both), &mut index, &STRICT);
            }
        }
    }
}

/// A header, most of them well-formed.
fn header() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "Via",
        "v",
        "VIA",
        "From",
        "f",
        "To",
        "t",
        "Call-ID",
        "i",
        "CSeq",
        "Max-Forwards",
        "Route",
        "Record-Route",
        "Contact",
        "m",
        "Content-Length",
        "l",
        "X-A",
        "Reason",
        "T\u{7}",
        "Via ",
    ]);
    let value = prop::sample::select(vec![
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport",
        "SIP/2.0/UDP a.example;branch=z9hG4bK2, SIP/2.0/TCP [::1];rport=7;received=[::2]",
        "<sip:a@b>;tag=1",
        "SIP/2.0/UDP h;branch=1;BRANCH=2",
        "SIP/2.0/UDP h;rport=1;rport",
        "<sip:a@b>;tag=1;Tag=2",
        "\"q\\\"<,\" <sip:a@b;x=\"y\">",
        "sip:a@b;tag=2;x=\"a;tag=3\"",
        "<sip:r;lr>, \"x\" <sip:s;lr>;p",
        "Bell, A <sip:a@b>",
        "1 INVITE",
        "2147483648 INVITE",
        "2 OPTIONS",
        "70",
        "256",
        "0",
        "",
        ",",
        "word@host",
        "*",
    ]);
    let gap = prop::sample::select(vec!["", " ", "\t ", "\r\n ", "\n\t", "  \r\n\t"]);
    let end = prop::sample::select(vec!["\r\n", "\r\n", "\r\n", " \r\n", "\n", "\r", "\r\n \r\n"]);
    (name, gap.clone(), value, gap, end).prop_map(|(name, before, value, behind, end)| {
        format!("{name}:{before}{value}{behind}{end}")
    })
}

fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let start = prop::sample::select(vec![
        "INVITE sip:a@b SIP/2.0\r\n",
        "\r\n\r\nINVITE sip:a@b SIP/2.0\r\n",
        "OPTIONS sip:a SIP/2.0\n",
        "SIP/2.0 200 OK\r\n",
        "sip/2.0 183\r\n",
        "INVITE  sip:a@b SIP/2.0\r\n",
        "INVITE sip:a@b SIP/3.0\r\n",
        "SIP/2.0 099 x\r\n",
    ]);
    let mandatory = prop::sample::select(vec![
        "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n\
         Call-ID: 7\r\nCSeq: 1 INVITE\r\n",
        "v: SIP/2.0/UDP h\r\nf: sip:a@b\r\nt: c <sip:c@d>\r\ni: 7\r\nCSeq: 01\t INVITE\r\n",
        "",
    ]);
    let end = prop::sample::select(vec!["\r\n", "\r\nbody", "\n\0\r\n", ""]);
    let in_front = prop::collection::vec(header(), 0..2);
    let behind = prop::collection::vec(header(), 0..7);
    (start, in_front, mandatory, behind, end).prop_map(
        |(start, in_front, mandatory, behind, end)| {
            let (in_front, behind) = (in_front.concat(), behind.concat());
            format!("{start}{in_front}{mandatory}{behind}{end}").into_bytes()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_its_twin_on_generated_messages(text in datagram()) {
        let mut index = Index::new();
        for limits in [STRICT, BARE, NARROW] {
            check(&text, &mut index, &limits);
        }
    }

    #[test]
    fn agrees_with_its_twin_on_messages_with_many_changes(
        number in 0..11usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..12),
    ) {
        let mut text = if number == 10 { odd() } else { samples().swap_remove(number).1 };
        for (place, byte, what) in changes {
            let at = place.index(text.len());
            let common = b"\r\n \t,;:<>\"=\\@vftimcl"[usize::from(byte) % 20];
            match what {
                0 => text[at] = byte,
                1 => text[at] = common,
                2 => text.insert(at, common),
                _ => { text.remove(at); }
            }
        }
        let mut index = Index::new();
        for limits in [STRICT, BARE] {
            check(&text, &mut index, &limits);
        }
    }

    #[test]
    fn agrees_with_its_twin_on_any_bytes(text in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&text, &mut Index::new(), &STRICT);
    }
}
