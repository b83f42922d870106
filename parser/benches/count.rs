//! Measures the pass over one message by counting instructions, and its time without a frame around.
//! Refuses to judge: it prints, and callgrind counts.
//!
//! `cargo bench -p parser --bench count` prints the shortest and the middle time of each message;
//! with `-- KIND ROUNDS [pass|hot]` the same binary only works, so that two runs under callgrind
//! that differ in ROUNDS give the instructions of one message. `pass` is [`parse`] alone; `hot`
//! reads behind it what routing needs of every message: Request-URI with digits, Contact, the
//! first Route and Record-Route with one parameter.

#[path = "../src/samples.rs"]
mod samples;

use std::hint::black_box;
use std::time::Instant;

use parser::number::{Digits, digits};
use parser::uri::Uri;
use parser::{Index, Limits, Message, Span, Start, parse};
use simd::{Padded, padded};

/// Fields of the hot set that the pass leaves to its caller.
#[inline(never)]
fn hot(message: &Message<'_>) -> usize {
    let uri = |span: Span| message.uri(span).ok();
    let token = |uri: Option<Uri<'_>>| uri.and_then(|uri| uri.param(b"t")).map_or(0, Span::end);
    let mut sum = message.contact().map_or(0, Span::end);
    if let Start::Request { uri: target, .. } = message.start() {
        let mut number = Digits::new();
        let user = uri(target).map_or(&b""[..], |uri| uri.part(uri.user));
        sum += usize::from(digits(user, &mut number).is_ok()) + number.as_bytes().len();
    }
    if let Some(route) = message.route() {
        sum += token(uri(route.uri));
    }
    if let Some(route) = message.record_route() {
        sum += token(uri(route.uri));
    }
    sum
}

fn rounds(input: Padded<'_>, index: &mut Index, rounds: u32, whole: bool) {
    let limits = Limits::default();
    for _ in 0..rounds {
        let message = parse(black_box(input), &limits, index).expect("a sample");
        if whole {
            black_box(hot(&message));
        }
        black_box(message.bytes().len() + message.via().branch.end());
    }
}

/// Shortest and middle nanoseconds of a round.
fn nanoseconds(input: Padded<'_>, whole: bool) -> (f64, f64) {
    const ROUNDS: u32 = 2_000;
    let mut index = Index::new();
    let mut times = Vec::new();
    for _ in 0..60 {
        let from = Instant::now();
        rounds(input, &mut index, ROUNDS, whole);
        times.push(from.elapsed().as_nanos() as f64 / f64::from(ROUNDS));
    }
    times.sort_by(f64::total_cmp);
    (times[0], times[times.len() / 2])
}

fn main() {
    // Cargo adds `--bench`.
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = words.first().map(String::as_str);
    for (name, text) in samples::samples() {
        if wanted.is_some_and(|wanted| wanted != name) {
            continue;
        }
        let buffer = padded(&text);
        let input = Padded::new(&buffer, text.len()).expect("padded() leaves room");
        match words.get(1).and_then(|word| word.parse().ok()) {
            Some(count) => {
                let whole = words.get(2).is_some_and(|word| word == "hot");
                rounds(input, &mut Index::new(), count, whole);
            }
            None => {
                let (pass, pass_middle) = nanoseconds(input, false);
                let (whole, whole_middle) = nanoseconds(input, true);
                println!(
                    "{name:9} {:4} B  pass {pass:5.0} ({pass_middle:5.0}) ns  \
                     hot set {whole:5.0} ({whole_middle:5.0}) ns",
                    text.len()
                );
            }
        }
    }
}
