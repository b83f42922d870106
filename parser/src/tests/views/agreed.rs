//! Owns the agreement of views with the pass over the message on the fields that both read.
//! Refuses to ask it the other way round: the pass looks closer at a tag than the view does.

use super::samples::SAMPLES;
use crate::tests::{options, with};
use crate::view::{from_spec, route, via};
use crate::{HeaderId, Message};

/// Where the pass took something, the view reads the same.
fn check(message: Message<'_>) {
    for (found, id) in [(message.from(), HeaderId::From), (message.to(), HeaderId::To)] {
        let uri = message.text(found.uri);
        // The pass leaves what stands in brackets to whoever reads URIs.
        if uri.iter().any(|byte| b" \t\r\n".contains(byte)) {
            continue;
        }
        let read = message.view(id, from_spec::parse).unwrap().unwrap();
        assert_eq!(read.address.uri, uri);
        assert_eq!(read.tag().unwrap_or_default(), message.text(found.tag));
    }
    if let Some(found) = message.route() {
        let uri = message.text(found.uri);
        if !uri.iter().any(|byte| b" \t\r\n".contains(byte)) {
            let read = message.view(HeaderId::Route, route::parse).unwrap().unwrap();
            assert_eq!(read.address.uri, uri);
        }
    }
    let (found, read) = (message.via(), message.view(HeaderId::Via, via::parse).unwrap().unwrap());
    assert_eq!(read.transport, message.text(found.transport));
    assert_eq!((read.host, read.port), (message.text(found.host), found.port));
    assert_eq!(read.branch().unwrap_or_default(), message.text(found.branch));
    assert_eq!(read.received().unwrap_or_default(), message.text(found.received));
}

#[test]
fn a_view_reads_what_the_pass_took_whichever_byte_is_changed() {
    let mut taken = 0;
    for id in [HeaderId::From, HeaderId::To, HeaderId::Route, HeaderId::Via] {
        let sample = SAMPLES.iter().find(|sample| sample.id == id).unwrap();
        for at in 0..sample.value.len() {
            for byte in b' '..=b'~' {
                let mut value = sample.value.as_bytes().to_vec();
                value[at] = byte;
                let line = format!("{}: {}", id.name(), String::from_utf8(value).unwrap());
                taken += usize::from(with(&options(&[&line]), check).is_ok());
            }
        }
    }
    // Many of the changes are where any byte may stand.
    assert!(taken > 10_000, "{taken}");
}
