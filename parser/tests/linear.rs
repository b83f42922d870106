//! Owns the claim that no input takes more than linear time.
//! Refuses to look at a clock: it counts instructions.
//!
//! Each shape is a datagram of hostile bytes, made in doubling sizes. The test runs itself under
//! callgrind, which counts the instructions of [`counted`] alone and writes a file after each call;
//! the count of a size may be little more than twice that of its half. What is quadratic shows as
//! four times, which was seen with a planted search of every open quote. Shapes that are refused
//! early are cheap, which is fine: most are read to the end, as
//! the pass goes on behind a fault.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use parser::compare::{same_uri, same_value};
use parser::edit::Patch;
use parser::number::{Digits, digits};
use parser::reply::{ViaStamp, build};
use parser::view::{self, address, reason, via};
use parser::write::Writer;
use parser::{HeaderId, Index, Limits, Message, Start, escape, parse, uri};
use simd::{Padded, padded};

/// Bytes of a shape, so that what is repeated is repeated an even number of times in each: an odd
/// quote is another shape than an even one.
const SIZES: [usize; 3] = [7_680, 15_360, 30_720];
/// How many times the work may grow when the size doubles. The fixed part of the work makes it
/// less than two, the blocks that a search looks at a little more.
const MOST: f64 = 2.2;
/// Set in the process that callgrind runs.
const INSIDE: &str = "PARSER_LINEAR_INSIDE";

/// The datagram of a header that `unit` fills, with `head` in front.
fn header(line: &str, unit: &str, size: usize) -> Vec<u8> {
    let mut text = String::from("OPTIONS sip:b@h SIP/2.0\r\n");
    for usual in ["Via: SIP/2.0/UDP h;branch=1", "From: <sip:a@h>;tag=1", "To: <sip:b@h>"] {
        let name = usual.split(':').next().unwrap_or_default();
        if !line.starts_with(name) {
            text += usual;
            text += "\r\n";
        }
    }
    text += "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n";
    text += line;
    text += &unit.repeat(size / unit.len());
    text += "\r\n\r\n";
    text.into_bytes()
}

/// Name, start of a header, and what is repeated behind.
const HEADERS: &[(&str, &str, &str)] = &[
    ("folds", "X: a", "\r\n x"),
    ("empty folds", "X: a", "\r\n "),
    ("folds in From", "From: <sip:a@h>", "\r\n ;\r\n x=y"),
    ("white space", "X: a", " "),
    ("white space in front of the colon", "X", " "),
    ("white space in From", "From: <sip:a@h>;", " "),
    ("a long name", "X", "x"),
    ("a long token", "Call-ID: x", "x"),
    ("zeros", "Max-Forwards: 0", "0"),
    ("digits", "Content-Length: 0", "9"),
    ("Via values", "Via: SIP/2.0/UDP h", ",SIP/2.0/UDP h"),
    ("Via parameters", "Via: SIP/2.0/UDP h", ";x=y"),
    ("Via parameters with tokens", "Via: SIP/2.0/UDP h", ";x"),
    ("Via with open quotes", "Via: SIP/2.0/UDP h", ";x=\""),
    ("Via with an odd quote", "Via: SIP/2.0/UDP h;x=\"", ";x=\""),
    ("Via commas", "Via: SIP/2.0/UDP h", ","),
    ("Via open brackets", "Via: SIP/2.0/UDP ", "["),
    ("a second Via of quotes", "Via: SIP/2.0/UDP h\r\nVia: ", "\""),
    ("a second Via of commas in quotes", "Via: SIP/2.0/UDP h\r\nVia: \"", ",\\\""),
    ("a second Via of brackets", "Via: SIP/2.0/UDP h\r\nVia: ", "<,"),
    ("From parameters", "From: <sip:a@h>", ";x=y"),
    ("From quoted parameters", "From: <sip:a@h>", ";x=\"y\""),
    ("From open quotes", "From: ", "\""),
    ("From escaped quotes", "From: \"", "\\\""),
    ("From backslashes", "From: \"", "\\"),
    ("From words", "From: ", "x "),
    ("From open brackets", "From: ", "<"),
    ("From question marks", "From: sip:a", "?"),
    ("Route values", "Route: <sip:a>", ",<sip:a>"),
    ("Route commas in quotes", "Route: \"", ",\","),
    ("Route brackets", "Route: ", "<"),
    ("Route brackets and commas", "Route: ", "<,"),
    ("Route quotes", "Route: ", "\","),
    ("Contact values", "Contact: <sip:a>", ",<sip:a>"),
    ("Contact parameters", "Contact: <sip:a>", ";x=y"),
    ("Contact open quoted parameters", "Contact: <sip:a>", ";x=\""),
    ("Contact with an odd quote", "Contact: <sip:a>;x=\"", ";x=\""),
    ("Contact spaces and semicolons", "Contact: <sip:a>", " ; x = y"),
    ("Contact brackets", "Contact: ", "<"),
    ("Contact quotes", "Contact: ", "\""),
    ("Contact quoted pairs", "Contact: \"", "\\\""),
    ("Contact words", "Contact: ", "x "),
    ("URI parameters", "Contact: <sip:a@h", ";x=y"),
    ("URI equal parameters", "Contact: <sip:a@h", ";x"),
    ("URI headers", "Contact: <sip:a@h?x=y", "&x=y"),
    ("URI escapes", "Contact: <sip:", "%41"),
    ("URI at signs", "Contact: <sip:", "a@"),
    ("URI colons", "Contact: <sip:", ":"),
    ("URI open brackets", "Contact: <sip:", "["),
    ("URI semicolons", "Contact: <sip:a@h", ";"),
    ("URI digits", "Contact: <sip:", "-1"),
    ("Reason parameters", "Reason: SIP", ";x=y"),
    ("Reason open quotes", "Reason: SIP", ";x=\""),
    ("Reason with an odd quote", "Reason: SIP;x=\"", ";x=\""),
    ("Reason quotes", "Reason: SIP;text=", "\"\""),
    ("Retry-After open comments", "Retry-After: 1 ", "("),
    ("Retry-After comments", "Retry-After: 1 ", "()"),
    ("Retry-After backslashes", "Retry-After: 1 (", "\\"),
    ("Timestamp digits", "Timestamp: ", "1"),
    ("History-Info indices", "History-Info: <sip:a>;index=1", ".1"),
    ("Privacy values", "Privacy: id", ";id"),
    ("Warning quoted pairs", "Warning: 399 h \"", "\\\""),
    ("Identity parameters", "Identity: a;info=<a:b>", ";x=y"),
    ("a long Identity", "Identity: a", "."),
    ("digest parameters", "Authorization: Digest a=b", ",x=y"),
    ("digest open quotes", "Authorization: Digest a=b", ",x=\""),
    ("a token of another scheme", "Authorization: Bearer a", "="),
    ("option tags", "Supported: a", ",a"),
];

/// All shapes by name, in one size.
fn shapes(size: usize) -> Vec<(String, Vec<u8>)> {
    let mut shapes: Vec<_> = HEADERS
        .iter()
        .flat_map(|(name, line, unit)| {
            let open = header(line, unit, size);
            let mut closed = open.clone();
            closed.truncate(closed.len() - 4);
            closed.extend(b">\r\n\r\n");
            [((*name).to_owned(), open), (format!("{name}, closed"), closed)]
        })
        .collect();
    let mut add = |name: &str, text: Vec<u8>| shapes.push((name.to_owned(), text));
    for count in [1, 16, 120] {
        let line = format!("X-{}: y\r\n", "x".repeat((size / count).saturating_sub(8)));
        add(&format!("{count} headers"), header(&line.repeat(count), "y", 1));
    }
    add("lines without a colon", header("", "x\r\n", size));
    add("lines", header("", "x:\r\n", size));
    add("line feeds", header("X: y", "\n", size));
    add("carriage returns", header("X: y", "\r", size));
    add("preamble", [b"\r\n".repeat(size / 2), header("X: y", "y", 1)].concat());
    add("NULs", vec![0; size]);
    add("spaces", vec![b' '; size]);
    add("request line", [b"OPTIONS sip:", &b"a".repeat(size)[..], b" SIP/2.0\r\n\r\n"].concat());
    add("words of a request line", [&b"a ".repeat(size / 2)[..], b"\r\n\r\n"].concat());
    add("status line", [b"SIP/2.0 200 ", &b"a".repeat(size)[..], b"\r\n\r\n"].concat());
    add("status", [b"SIP/2.0 ", &b"1".repeat(size)[..], b"\r\n\r\n"].concat());
    add("body", [header("X: y", "y", 1), b"\r\n \"".repeat(size / 4)].concat());
    shapes
}

/// All that the crate does with a datagram, each part once.
fn work(input: Padded<'_>, index: &mut Index, out: &mut [u8]) {
    let limits = Limits { max_headers: 128, max_hops: u16::MAX, max_line: u16::MAX, bare_lf: true };
    let accepted = parse(input, &limits, index).is_ok();
    let stamp = ViaStamp { received: 1, rport: 2 };
    if let Some(request) = Message::for_reply(input.bytes(), index) {
        let _ = black_box(build(&request, 400, b"Bad", Some(b"t"), stamp, b"", out));
    }
    // What was understood is read even of what was refused: the readers must stand that too.
    let message = Message::of(input, index);
    for id in [HeaderId::Via, HeaderId::Contact, HeaderId::From, HeaderId::Reason] {
        for span in message.values(id) {
            let value = message.text(span);
            let _ = black_box(via::parse(value).map(|via| via.params.get(b"z")));
            let _ = black_box(reason::parse(value).map(|reason| reason.cause()));
            if let Ok(found) = address::parse(value) {
                black_box(found.params.get(b"z"));
                address_uri(found.uri, out);
            }
        }
    }
    black_box(message.routes().count() + message.record_routes().count());
    for header in message.headers() {
        let value = message.text(header.value);
        for id in HeaderId::NAMED {
            let _ = black_box(view::check(*id, value));
        }
        // Different only at its end.
        let shorter = value.split_last().map_or(value, |(_, rest)| rest);
        black_box(same_value(header.id, value, shorter));
        black_box(same_value(HeaderId::Other, value, shorter));
    }
    if let Start::Request { uri, .. } = message.start() {
        address_uri(message.text(uri), out);
    }
    if accepted {
        let mut patch = Patch::<4>::of(&message);
        patch.delete_leading_values(&message, message.via().header, 1);
        patch.insert_at(message.first_header_at(), b"X: y\r\n");
        let _ = black_box(patch.apply(message.bytes(), out));
    }
}

fn address_uri(text: &[u8], out: &mut [u8]) {
    let shorter = text.split_last().map_or(text, |(_, rest)| rest);
    let Ok(found) = uri::parse(text) else { return };
    black_box((found.param(b"z"), found.user_param(b"z")));
    let _ = black_box(digits(found.part(found.user), &mut Digits::new()));
    if let Ok(shorter) = uri::parse(shorter) {
        black_box(same_uri(&found, &shorter));
    }
    let mut writer = Writer::new(out);
    escape::unescape(text, &mut writer);
    escape::escape(escape::Part::User, text, &mut writer);
    let _ = black_box(writer.finish());
}

/// The function whose instructions are counted; callgrind finds it by this name.
#[inline(never)]
fn counted(input: Padded<'_>, index: &mut Index, out: &mut [u8]) {
    work(black_box(input), index, out);
}

/// What runs under callgrind: every shape in every size, in order.
fn inside() {
    let (mut index, mut out) = (Index::new(), vec![0; 1 << 18]);
    for size in SIZES {
        for (_, text) in shapes(size) {
            let buffer = padded(&text);
            counted(Padded::new(&buffer, text.len()).unwrap(), &mut index, &mut out);
        }
    }
}

/// The counts of all calls of [`counted`], in order.
fn counts(folder: &Path) -> Vec<u64> {
    let file = folder.join("count");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=linear::counted", "-q"])
        .arg("--dump-after=linear::counted")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "takes_linear_time_whatever_the_input"])
        .env(INSIDE, "1")
        .stdout(Stdio::null())
        .status()
        .expect("valgrind counts the instructions: scripts/setup installs it");
    assert!(status.success(), "{status}");
    let calls = SIZES.len() * shapes(0).len();
    let count = |number: usize| {
        let text = std::fs::read_to_string(file.with_extension(number.to_string())).unwrap();
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        total.unwrap().trim().parse().unwrap()
    };
    (1..=calls).map(count).collect()
}

#[test]
fn takes_linear_time_whatever_the_input() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let folder = std::env::temp_dir().join(format!("parser-linear-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let counts = counts(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    let names: Vec<_> = shapes(0).into_iter().map(|(name, _)| name).collect();
    let mut wrong = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let of_shape: Vec<_> = counts.iter().skip(number).step_by(names.len()).copied().collect();
        assert!(of_shape.iter().all(|count| *count > 100), "{name}: {of_shape:?}");
        let grew = of_shape.windows(2).any(|pair| pair[1] as f64 > pair[0] as f64 * MOST);
        println!("{name:42} {of_shape:?}");
        if grew {
            wrong.push(format!("{name}: {of_shape:?}"));
        }
    }
    assert!(wrong.is_empty(), "more than {MOST} times for twice the bytes: {wrong:#?}");
}
