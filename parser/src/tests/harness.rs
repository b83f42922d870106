//! Owns what a datagram must stand: the comparison of the pass with its naive twin, and the writing
//! of a message as it was.
//! Refuses to make datagrams: property tests and fuzz targets do, which share this file.

use std::ops::Range;

use simd::{PAD, Padded};

use super::twin::{Facts, Via, address, facts, list};
use crate::edit::Patch;
use crate::{HeaderId, Index, Limits, Message, Rport, Span, Start, parse, view};

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
        if id == HeaderId::RecordRoute {
            let first =
                message.record_route().map(|route| (extent(route.value), extent(route.uri)));
            assert_eq!(first.as_ref(), values.first());
        }
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

/// All that can be told of a message without offsets.
pub fn told(message: &Message<'_>) -> Vec<Vec<u8>> {
    let text = |span| message.text(span).to_vec();
    let mut told: Vec<_> =
        message.headers().flat_map(|header| [text(header.line), text(header.value)]).collect();
    match message.start() {
        Start::Request { method_text, uri, .. } => told.extend([text(method_text), text(uri)]),
        Start::Response { status, reason } => {
            told.extend([status.to_be_bytes().to_vec(), text(reason)]);
        }
    }
    let (from, to, via) = (message.from(), message.to(), message.via());
    told.extend([from.uri, from.tag, to.uri, to.tag, message.call_id()].map(text));
    told.extend([via.value, via.host, via.branch, via.received, message.body()].map(text));
    told.extend(message.vias().chain(message.routes().map(|route| route.uri)).map(text));
    told
}

/// The message as a patch without edits writes it.
pub fn written(message: &Message<'_>) -> Vec<u8> {
    let mut out = vec![0; message.bytes().len()];
    let len = Patch::<1>::of(message).apply(message.bytes(), &mut out).unwrap();
    out.truncate(len);
    out
}
