//! Measures the pass over the messages of one call, each in nanoseconds per message.
//! Refuses to gate anything: the figures depend on the neighbours of the machine.

#[path = "../src/samples.rs"]
mod samples;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parser::edit::Patch;
use parser::reply::{self, ViaStamp};
use parser::{Index, Limits, parse};
use simd::{Padded, padded};

fn parsing(criterion: &mut Criterion) {
    let limits = Limits::default();
    for (name, text) in samples::samples() {
        let buffer = padded(&text);
        let input = Padded::new(&buffer, text.len()).expect("padded() leaves room");
        let mut index = Index::new();
        criterion.bench_function(&format!("parse {name} {} B", text.len()), |bencher| {
            bencher.iter(|| {
                let message = parse(black_box(input), &limits, &mut index).expect("a sample");
                black_box(message.bytes().len() + message.via().branch.end())
            });
        });
    }
}

/// The same messages with other identifiers, in turn: branches are not learnt by heart.
fn mixed(criterion: &mut Criterion) {
    let limits = Limits::default();
    let mut buffers = Vec::new();
    for round in 0..600u32 {
        for (number, (_, text)) in samples::samples().into_iter().enumerate() {
            let mut text = String::from_utf8(text).expect("samples are ASCII");
            let stamp = round.wrapping_mul(2_654_435_761) >> (round % 20);
            text = text.replace("w81Kx0c2", &format!("{stamp:x}"));
            text = text.replace("88120734", &format!("{}", u64::from(stamp) << (number * 3)));
            text = text.replace("z9hG4bK77d21b90c4ae5f3802", &format!("z9hG4bK{:x}", stamp / 7));
            if (round + number as u32).is_multiple_of(3) {
                text = text.replace("\r\nVia: ", "\r\nv: ").replace("\r\nFrom: ", "\r\nf: ");
            }
            if round % 5 == 2 {
                text = text.replace("\r\nCall-ID", "\r\nX-Trace-Id: 0f3b\r\nCall-ID");
            }
            buffers.push((text.len(), padded(text.as_bytes())));
        }
    }
    let mut index = Index::new();
    let mut order = (0..buffers.len()).collect::<Vec<_>>();
    // A fixed shuffle.
    let mut state = 1u64;
    for place in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        order.swap(place, (state >> 33) as usize % (place + 1));
    }
    let mut next = order.iter().cycle();
    criterion.bench_function("parse mixed", |bencher| {
        bencher.iter(|| {
            let (len, buffer) = &buffers[*next.next().expect("a cycle does not end")];
            let input = Padded::new(buffer, *len).expect("padded() leaves room");
            let message = parse(black_box(input), &limits, &mut index).expect("a sample");
            black_box(message.bytes().len())
        });
    });
}

/// What a proxy does to an INVITE: own Via and Record-Route in front, Max-Forwards less one, own
/// Route away, stamp; and the 100 for it.
fn writing(criterion: &mut Criterion) {
    let (_, text) = samples::samples().swap_remove(0);
    let buffer = padded(&text);
    let input = Padded::new(&buffer, text.len()).expect("padded() leaves room");
    let mut index = Index::new();
    let message = parse(input, &Limits::default(), &mut index).expect("a sample");
    let stamp = ViaStamp { received: 0xc000_0211, rport: 5060 };
    let mut out = [0u8; 2048];
    criterion.bench_function("patch invite", |bencher| {
        bencher.iter(|| {
            let mut patch = Patch::<8>::of(&message);
            patch.insert_at(message.first_header_at(), b"Via: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKq1vt5c70lm9d2k4f0s8n6jb3e1;rport\r\nRecord-Route: <sip:203.0.113.5;lr;t=k3v09sd1m>\r\n");
            if let Some(forwards) = message.max_forwards() {
                patch.replace_number(forwards.text, u32::from(forwards.value) - 1);
            }
            if let Some(route) = message.route() {
                patch.delete_value(&message, route.header, route.value);
            }
            reply::stamp_via(&mut patch, &message, stamp);
            black_box(patch.apply(message.bytes(), &mut out))
        });
    });
    criterion.bench_function("reply 100 to invite", |bencher| {
        bencher.iter_batched(
            || (),
            |()| black_box(reply::build(&message, 100, b"Trying", None, stamp, b"", &mut out)),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, parsing, mixed, writing);
criterion_main!(benches);
