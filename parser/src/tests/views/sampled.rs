//! Owns what holds for every view, seen on the samples.
//! Refuses to know any view.

use std::collections::BTreeSet;

use super::samples::SAMPLES;
use crate::header::holds_addresses;
use crate::tests::{options, with};
use crate::{ErrorKind, HeaderId, Message, ParseError, Shape, Span, list, view};

/// The values of a header value that stands alone, each with what its view says.
fn values(id: HeaderId, value: &[u8]) -> Vec<Result<(), ParseError>> {
    let read = |value| view::check(id, value).expect("a sample is of a header with a view");
    match id.shape() {
        Some(Shape::List) => {
            let all = Span::between(0, value.len());
            list::Elements::new(value, all).map(|element| read(element.of(value))).collect()
        }
        _ => vec![read(value)],
    }
}

/// The values that the views of a message read of header `id`.
fn in_message(message: Message<'_>, id: HeaderId) -> Vec<Result<(), ParseError>> {
    message.views(id, |value| view::check(id, value).unwrap()).collect()
}

#[test]
fn each_header_with_a_view_has_a_sample_and_a_row_in_the_docs() {
    let docs = include_str!("../../../../docs/sip-views.md");
    let rows: BTreeSet<&str> =
        docs.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let samples: BTreeSet<&str> = SAMPLES.iter().map(|sample| sample.id.name()).collect();
    let viewed = HeaderId::NAMED.iter().filter(|id| id.shape().is_some());
    let viewed: BTreeSet<&str> = viewed.map(|id| id.name()).collect();
    assert_eq!(samples, viewed);
    assert_eq!(rows, viewed);
    assert_eq!(samples.len(), SAMPLES.len());
}

/// Which headers are compared by URI and parameters is read off their rows.
#[test]
fn a_row_says_that_its_values_are_addresses_where_they_are() {
    for sample in SAMPLES {
        let text = sample.value.as_bytes();
        let mut elements = list::Elements::new(text, Span::between(0, text.len()));
        let is_address = |span: Span| view::address::parse(span.of(text)).is_ok();
        let first = elements.next().is_some_and(is_address);
        assert_eq!(holds_addresses(sample.id), first, "{:?}", sample.id);
    }
}

#[test]
fn reads_each_sample_in_a_message() {
    for sample in SAMPLES {
        let line = format!("{}: {}", sample.id.name(), sample.value);
        let text = options(&[&line]);
        let read = with(&text, |message| in_message(message, sample.id)).unwrap();
        assert_eq!(read, vec![Ok(()); sample.count], "{line}");
    }
}

#[test]
fn reads_repeated_headers_in_order() {
    for sample in SAMPLES {
        if [HeaderId::From, HeaderId::To, HeaderId::Via].contains(&sample.id) {
            continue;
        }
        let line = format!("{}: {}", sample.id.name(), sample.value);
        let apart = format!("Subject: x\r\n{line}");
        let text = options(&[&line, &apart]);
        let (read, places) = with(&text, |message| {
            let mut views = message.views(sample.id, |value| Ok::<_, ParseError>(value.len()));
            let mut places = Vec::new();
            while let Some(len) = views.next() {
                assert_eq!(views.value().of(message.bytes()).len(), len.unwrap());
                places.push(views.header());
            }
            (in_message(message, sample.id), places)
        })
        .unwrap();
        assert_eq!(read, vec![Ok(()); 2 * sample.count], "{line}");
        let headers: BTreeSet<_> = places.iter().collect();
        assert_eq!((headers.len(), places.is_sorted()), (2, true), "{line}");
    }
}

#[test]
fn reads_folds_and_tabs_where_white_space_stands() {
    for sample in SAMPLES {
        for white in ["\r\n ", "\t", " \r\n\t  "] {
            let value = sample.value.replace("\r\n ", " ").replace(' ', white);
            let read = values(sample.id, value.as_bytes());
            assert_eq!(read, vec![Ok(()); sample.count], "{value}");
        }
    }
}

#[test]
fn refuses_broken_values_with_kind_and_offset() {
    let mut wrong = Vec::new();
    for sample in SAMPLES {
        for (value, kind, at) in sample.broken {
            let read = view::check(sample.id, value.as_bytes()).unwrap();
            if read != Err(ParseError { kind: *kind, at: *at }) {
                wrong.push(format!("{:?} {value:?}: {read:?}", sample.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_fault_has_its_offset_in_the_message() {
    let text = options(&["Reason: SIP;cause=200,\r\n Q.850;"]);
    let faults: Vec<_> = with(&text, |message| {
        message.views(HeaderId::Reason, view::reason::parse).map(|read| read.err()).collect()
    })
    .unwrap();
    let at = text.windows(6).position(|text| text == b"Q.850;").unwrap() + 6;
    assert_eq!(faults, [None, Some(ParseError::new(ErrorKind::View, at))]);
}

#[test]
fn every_prefix_is_read_or_refused_inside_itself() {
    for sample in SAMPLES {
        for len in 0..=sample.value.len() {
            // A buffer of its own, so that nothing stands behind the prefix.
            let prefix = sample.value.as_bytes()[..len].to_vec();
            for fault in values(sample.id, &prefix).iter().filter_map(|read| read.err()) {
                assert!(usize::from(fault.at) <= len, "{fault:?} in {:?}", sample.value);
            }
        }
    }
}

#[test]
fn every_changed_byte_is_read_or_refused_inside_the_value() {
    for sample in SAMPLES {
        for at in 0..sample.value.len() {
            for byte in *b"\0\r\n\t \"\\()<>,;:=%*.0aZ/[]@?\x7f\x80\xff" {
                let mut value = sample.value.as_bytes().to_vec();
                value[at] = byte;
                for fault in values(sample.id, &value).iter().filter_map(|read| read.err()) {
                    assert!(usize::from(fault.at) <= value.len(), "{fault:?} in {value:?}");
                }
            }
        }
    }
}

#[test]
fn a_value_longer_than_a_datagram_is_refused() {
    let value = vec![b'9'; 70_000];
    for sample in SAMPLES {
        let fault = view::check(sample.id, &value).unwrap().unwrap_err();
        assert_eq!((fault.kind, fault.at), (ErrorKind::TooLong, u16::MAX));
    }
}
