//! Owns the comparison of the pass with its naive twin, over prefixes, mutations and generated
//! messages.
//! Refuses to say which of them is right: the claims do.

use proptest::prelude::*;

use super::harness::check;
use super::samples::samples;
use crate::{Index, Limits};

const NARROW: Limits = Limits { max_headers: 12, max_hops: 2, max_line: 90, bare_lf: true };

/// A message with what the samples lack: preamble, folds, compact names, lists, escapes, NULs.
pub fn odd() -> Vec<u8> {
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
        assert!(check(&text, &mut index, &Limits::STRICT), "{name}");
    }
    assert!(check(&odd(), &mut index, &Limits::STRICT));
}

#[test]
fn agrees_with_its_twin_on_the_messages_of_the_rfcs_and_on_the_seeds() {
    let mut index = Index::new();
    for folder in ["tests/data/rfc4475", "tests/data/rfc5118", "fuzz/corpus"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read(file.unwrap().path()).unwrap();
            for limits in [Limits::STRICT, Limits::TOLERANT, NARROW] {
                check(&text, &mut index, &limits);
            }
            for len in 0..text.len() {
                check(&text[..len], &mut index, &Limits::STRICT);
            }
        }
    }
}

#[test]
fn agrees_with_its_twin_on_every_prefix() {
    let mut index = Index::new();
    for (_, text) in samples().into_iter().chain([("odd", odd())]) {
        for len in 0..text.len() {
            check(&text[..len], &mut index, &Limits::STRICT);
        }
    }
}

#[test]
fn agrees_with_its_twin_on_every_byte_changed_to_every_value() {
    let mut index = Index::new();
    let mut accepted = 0;
    for (text, limits) in [(odd(), Limits::TOLERANT), (samples().swap_remove(5).1, Limits::STRICT)]
    {
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
                check(&[before, &new[..], after].concat(), &mut index, &Limits::STRICT);
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
                check(&message(&both, ";tag=2"), &mut index, &Limits::STRICT);
                check(&message("", &both), &mut index, &Limits::STRICT);
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
        for limits in [Limits::STRICT, Limits::TOLERANT, NARROW] {
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
        for limits in [Limits::STRICT, Limits::TOLERANT] {
            check(&text, &mut index, &limits);
        }
    }

    /// The line feeds are found a piece of the message at a time: more of them than a piece has, close
    /// together and far apart, and in the body.
    #[test]
    fn agrees_with_its_twin_on_messages_of_many_lines(
        lines in prop::collection::vec((0..2usize, "[!-9;-~]{0,20}", 0..5usize), 0..140),
        body in prop::collection::vec(prop::sample::select(&b"\r\n\n\nx"[..]), 0..200),
        bare in any::<bool>(),
    ) {
        let mut text = String::from_utf8(crate::tests::options(&[])).unwrap();
        text.truncate(text.len() - 2);
        for (name, value, folds) in lines {
            text += ["X:", "Supported: "][name];
            text += &value;
            text += &"\r\n ".repeat(folds / 3);
            text += "\r\n";
        }
        text += "\r\n";
        text += std::str::from_utf8(&body).unwrap();
        let text = if bare { text.replace("\r\n", "\n") } else { text };
        let mut index = Index::new();
        for limits in [Limits::STRICT, Limits::TOLERANT] {
            check(text.as_bytes(), &mut index, &limits);
        }
    }

    #[test]
    fn agrees_with_its_twin_on_any_bytes(text in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&text, &mut Index::new(), &Limits::STRICT);
    }
}
