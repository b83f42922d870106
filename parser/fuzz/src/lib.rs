//! Owns what the fuzz targets do with the bytes that they are given.
//! Refuses to make bytes: libFuzzer does, from `corpus` and the messages of the RFCs.
//!
//! The differential target and the round trip are those of the property tests, by the same files.
#![forbid(unsafe_code)]

use parser::compare::{same_header, same_uri, same_value};
use parser::number::{Digits, digits};
use parser::reply::{ViaStamp, build};
use parser::view::address;
use parser::write::Writer;
// The shared files name these as parts of the crate they stand in.
use parser::{
    HeaderId, Index, Limits, Message, Method, Rport, Span, Start, edit, escape, parse, reply, uri,
    view,
};
use simd::{PAD, Padded};

mod tests;

use tests::{harness, touch::touch};

const BARE: Limits = Limits { max_headers: 12, max_hops: 3, max_line: 400, bare_lf: true };

/// `data` with padding that would be seen if anything looked at it.
fn hostile(data: &[u8]) -> Vec<u8> {
    let mut buffer = data.to_vec();
    buffer.extend(b"\n:\r,;\"<\\".iter().cycle().take(PAD));
    buffer
}

/// Parses `data` and hands the message to `look`, if it is one.
fn with<T>(data: &[u8], limits: &Limits, look: impl FnOnce(Message<'_>) -> T) -> Option<T> {
    let buffer = hostile(data);
    let mut index = Index::new();
    parse(Padded::new(&buffer, data.len())?, limits, &mut index).ok().map(look)
}

/// The pass survives, names an offset inside, and does not see the padding; what it refuses can be
/// answered or not, without harm.
pub fn only_parse(data: &[u8]) {
    for limits in [Limits::STRICT, BARE] {
        let (hostile, zeros) = (hostile(data), simd::padded(data));
        let (mut one, mut other) = (Index::new(), Index::new());
        let first = parse(Padded::new(&hostile, data.len()).expect("padded"), &limits, &mut one);
        let first = first.map(|message| harness::told(&message));
        let second = parse(Padded::new(&zeros, data.len()).expect("padded"), &limits, &mut other);
        let second = second.map(|message| harness::told(&message));
        assert_eq!(first, second, "the padding was seen");
        if let Err(error) = first {
            assert!(usize::from(error.at) <= data.len());
        }
        if let Some(request) = Message::for_reply(data, &one) {
            let mut out = vec![0; data.len() + 1000];
            let stamp = ViaStamp { received: 1, rport: 2 };
            let len = build(&request, 400, b"Bad", Some(b"t"), stamp, b"", &mut out);
            let len = len.expect("an answer is little longer than what it copies");
            let end = memchr::memmem::find(&out[..len], b"\r\n\r\n");
            assert_eq!(end, Some(len - 4), "an answer has one empty line, at its end");
        }
    }
}

/// Every view reads, or refuses with an offset inside, whatever stands in any header; and as a
/// value by itself.
pub fn views(data: &[u8]) {
    value(data);
    with(data, &Limits::STRICT, |message| {
        for header in message.headers() {
            value(message.text(header.value));
            assert!(header.id == HeaderId::Other || same_header(&message, &message, header.id));
            for span in message.values(header.id).take(2) {
                value(message.text(span));
            }
        }
        if let Start::Request { uri, .. } = message.start() {
            address_uri(message.text(uri));
        }
    });
}

fn value(value: &[u8]) {
    touch(value);
    if let Ok(read) = address::parse(value) {
        address_uri(read.uri);
    }
    address_uri(value);
    let half = value.len() / 2;
    let (one, other) = (&value[..half], &value[half..]);
    // One header that the first byte chooses, since most are compared alike, and two that are not.
    let named = usize::from(value.first().copied().unwrap_or(0)) % HeaderId::COUNT;
    let id = HeaderId::NAMED.get(named).copied().unwrap_or(HeaderId::Other);
    for id in [id, HeaderId::From, HeaderId::Contact] {
        assert!(same_value(id, value, value));
        assert_eq!(same_value(id, one, other), same_value(id, other, one));
    }
}

fn address_uri(text: &[u8]) {
    let Ok(read) = uri::parse(text) else { return };
    assert!(same_uri(&read, &read));
    let _ = digits(read.part(read.user), &mut Digits::new());
    let _ = (read.param(b"lr"), read.user_param(b"phone-context"));
    let mut out = vec![0; text.len()];
    let mut writer = Writer::new(&mut out);
    escape::unescape(read.part(read.user), &mut writer);
    let plain = writer.finish().expect("nothing gets longer");
    let mut again = vec![0; 3 * text.len()];
    let mut writer = Writer::new(&mut again);
    escape::escape(escape::Part::User, &out[..plain], &mut writer);
    let escaped = writer.finish().expect("an escape has three bytes");
    let whole = [b"sip:", &again[..escaped], b"@h"].concat();
    assert!(plain == 0 || uri::parse(&whole).is_ok());
}

/// Edits that the first bytes choose are those of a vector that is spliced; what is no edit of
/// this message is an error.
pub fn edits(data: &[u8]) {
    let Some((choices, text)) = data.split_at_checked(8) else { return };
    with(text, &Limits::STRICT, |message| {
        let mut patch = edit::Patch::<4>::of(&message);
        let mut cuts: Vec<(usize, usize)> = vec![(0, message.preamble().end())];
        let mut count = cuts[0].1.min(1);
        for pair in choices.chunks_exact(2) {
            let headers = message.headers().len();
            let Some(header) = message.header(usize::from(pair[0]) % headers) else { continue };
            let span = match pair[1] % 4 {
                0 => header.line,
                1 => header.value,
                2 => header.name,
                _ => Span { off: header.value.off, len: 0 },
            };
            let overlaps = |cut: &(usize, usize)| cut.0 < span.end() && span.start() < cut.1;
            let touches = cuts.iter().any(|cut| cut.0 <= span.end() && span.start() <= cut.1);
            if count == 4 || cuts.iter().any(overlaps) || touches {
                continue;
            }
            count += 1;
            cuts.push((span.start(), span.end()));
            patch.replace(span, b"new");
        }
        let mut expected = message.bytes().to_vec();
        let preamble = cuts.remove(0);
        cuts.sort_unstable();
        for (from, to) in cuts.into_iter().rev() {
            expected.splice(from..to, *b"new");
        }
        expected.drain(..preamble.1);
        let mut out = vec![0; expected.len()];
        assert_eq!(patch.apply(message.bytes(), &mut out), Ok(expected.len()));
        assert!(out == expected, "an edit changed something else");
        if let Some(short) = out.len().checked_sub(1) {
            assert!(patch.apply(message.bytes(), &mut out[..short]).is_err());
        }
        // One value less, by the patch's own knowledge of lists: read again, the others are there.
        let mut patch = edit::Patch::<4>::of(&message);
        let top = message.via();
        patch.delete_value(&message, top.header, top.value);
        let mut out = vec![0; message.bytes().len()];
        let len = patch.apply(message.bytes(), &mut out).expect("a deletion fits");
        let rest: Vec<_> = message.vias().skip(1).map(|via| message.text(via).to_vec()).collect();
        with(&out[..len], &Limits::STRICT, |again| {
            let left: Vec<_> = again.vias().map(|via| again.text(via).to_vec()).collect();
            assert_eq!(left, rest, "the top Via alone is gone");
        });
    });
}

/// What is written without edits is the message, and is read as the same.
pub fn round_trip(data: &[u8]) {
    for limits in [Limits::STRICT, BARE] {
        with(data, &limits, |message| {
            let out = harness::written(&message);
            assert_eq!(out, &message.bytes()[message.preamble().end()..]);
            let told = harness::told(&message);
            let again = with(&out, &limits, |again| harness::told(&again));
            assert_eq!(again, Some(told), "what is written is another message");
        });
    }
}

/// The pass and its naive twin find the same.
pub fn differential(data: &[u8]) {
    let mut index = Index::new();
    for limits in [Limits::STRICT, BARE] {
        harness::check(data, &mut index, &limits);
    }
}
