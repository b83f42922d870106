//! Measures each piece of the parser's work alone, in nanoseconds: index and hot set of every kind of message, views,
//! and writing. Refuses to gate anything: the figures depend on the neighbours of the machine.

use std::hint::black_box;

use bench_parse::contender::ours::HotSet;
use bench_parse::corpus::{Corpus, Kind};
use criterion::{Criterion, criterion_group, criterion_main};
use parser::edit::Patch;
use parser::reply::{self, ViaStamp};
use parser::view::{address, allow, asserted_id, contact, session_expires, via};
use parser::{HeaderId, Index, Limits, Message, parse};
use simd::Padded;

const STAMP: ViaStamp = ViaStamp { received: 0xc000_0211, rport: 5060 };
const OURS: &[u8] =
    b"Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bKq1vt5c70lm9d2k4f0s8n6jb3e1;rport\r\n\
      Record-Route: <sip:203.0.113.5;lr;t=k3v09sd1m5c70lm9d2k4f0s8n6>\r\n";

fn index_of<'m>(datagram: Padded<'m>, index: &'m mut Index) -> Message<'m> {
    parse(black_box(datagram), &Limits::default(), index).expect("a message of the corpus")
}

fn kinds(criterion: &mut Criterion) {
    for (kind, name, _) in Kind::SHARES {
        let corpus = Corpus::one(kind);
        let datagram = corpus.messages().next().expect("one message");
        let mut index = Index::new();
        criterion.bench_function(&format!("index {name}"), |bencher| {
            bencher.iter(|| black_box(index_of(datagram, &mut index).bytes().len()));
        });
        let message = index_of(datagram, &mut index);
        criterion.bench_function(&format!("hot set {name}"), |bencher| {
            bencher.iter(|| black_box(HotSet::of(&black_box(message))).contact);
        });
    }
}

/// One after the other, so that branches are not learnt by heart.
fn mixed(criterion: &mut Criterion) {
    let corpus = Corpus::mixed(6_000);
    let mut index = Index::new();
    let mut next = 0;
    let datagrams: Vec<Padded<'_>> = corpus.messages().collect();
    criterion.bench_function("index and hot set mixed", |bencher| {
        bencher.iter(|| {
            let message = index_of(datagrams[next], &mut index);
            next = (next + 1) % datagrams.len();
            black_box(HotSet::of(&message)).contact
        });
    });
}

/// Views of the INVITE: each reads all values of its header.
fn views(criterion: &mut Criterion) {
    let corpus = Corpus::one(Kind::THE_INVITE);
    let datagram = corpus.messages().next().expect("one message");
    let mut index = Index::new();
    let message = index_of(datagram, &mut index);
    macro_rules! view {
        ($name:literal, $id:ident, $parse:path) => {
            assert!(message.views(HeaderId::$id, $parse).all(|value| value.is_ok()), $name);
            assert_ne!(message.views(HeaderId::$id, $parse).count(), 0, $name);
            criterion.bench_function(concat!("view ", $name), |bencher| {
                bencher.iter(|| {
                    black_box(message).views(HeaderId::$id, $parse).filter(Result::is_ok).count()
                });
            });
        };
    }
    view!("Via", Via, via::parse);
    view!("From", From, address::parse);
    view!("Contact", Contact, contact::parse);
    view!("Allow", Allow, allow::parse);
    view!("P-Asserted-Identity", PAssertedIdentity, asserted_id::parse);
    view!("Session-Expires", SessionExpires, session_expires::parse);
}

/// What the router does to an INVITE: own Via and Record-Route in front, the Request-URI of the trunk, Max-Forwards
/// less one, the caller's Via stamped; and the 100 for it.
fn writing(criterion: &mut Criterion) {
    let corpus = Corpus::one(Kind::THE_INVITE);
    let datagram = corpus.messages().next().expect("one message");
    let mut index = Index::new();
    let message = index_of(datagram, &mut index);
    let mut out = [0; 2_048];
    criterion.bench_function("patch and write invite14", |bencher| {
        bencher.iter(|| {
            let mut patch = Patch::<8>::of(black_box(&message));
            patch.insert_at(message.first_header_at(), OURS);
            if let parser::Start::Request { uri, .. } = message.start() {
                patch.replace(uri, b"sip:+4989100200@198.51.100.30:5060;user=phone");
            }
            if let Some(forwards) = message.max_forwards() {
                patch.replace_number(forwards.text, u32::from(forwards.value) - 1);
            }
            reply::stamp_via(&mut patch, &message, STAMP);
            patch.apply(message.bytes(), &mut out).expect("room for it")
        });
    });
    criterion.bench_function("reply 100 to invite14", |bencher| {
        bencher.iter(|| {
            reply::build(black_box(&message), 100, b"Trying", None, STAMP, b"", &mut out)
                .expect("room for it")
        });
    });
}

criterion_group!(benches, kinds, mixed, views, writing);
criterion_main!(benches);
