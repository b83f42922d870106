//! Owns variants of those tests of RFC 4475 that concern what the pass reads.
//! Refuses to be the set of the RFC, which `rfc4475` is. The messages are written for this test,
//! each with the trait that the named test has.

use super::{options, refusal, with};
use crate::{ErrorKind, Method, Start, view};

fn request_line(line: &str) -> Vec<u8> {
    let text = String::from_utf8(options(&[])).unwrap();
    text.replace("OPTIONS sip:b@example.com SIP/2.0", line).into_bytes()
}

/// RFC 4475 §3.1.1.1: white space wherever the grammar has it, folds, compact names, escapes.
#[test]
fn accepts_a_short_tortuous_invite() {
    let text = b"INVITE sip:v.user@example.net;unknown-param SIP/2.0\r\n\
        TO :\r\n sip:v.user@example.net ;   tag    = 1918181833n\r\n\
        from   : \"J Rosenberg \\\\\\\"\"       <sip:jd@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
        MaX-fOrWaRdS: 0068\r\n\
        Call-ID: wsinv.ndaksdj@192.0.2.1\r\n\
        Content-Length   : 4\r\n\
        cseq: 0009\r\n  INVITE\r\n\
        Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n\
        s :\r\n\
        NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
        UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n\
        Content-Type: application/sdp\r\n\
        Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n\
        v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n \
        SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
        m:\"Quoted string \\\"\\\"\" <sip:jd@example.com> ; newparam =\r\n      newvalue ;\r\n  \
        secondparam ; q = 0.33\r\n\r\nv=0\n";
    with(text, |message| {
        assert_eq!(message.text(message.to().tag), b"1918181833n");
        assert_eq!(message.text(message.from().tag), b"98asjd8");
        assert_eq!(message.max_forwards().unwrap().value, 68);
        assert_eq!((message.cseq().number, message.cseq().method), (9, Method::Invite));
        assert_eq!(message.text(message.via().branch), b"390skdjuw");
        assert_eq!(message.via_count(), 3);
        let hosts: Vec<_> = message
            .vias()
            .map(|value| view::via::parse(message.text(value)).unwrap().host)
            .collect();
        assert_eq!(hosts, [&b"192.0.2.2"[..], b"spindle.example.com", b"192.168.255.111"]);
        assert_eq!(message.text(message.contact().unwrap()), b"sip:jd@example.com");
    })
    .unwrap();
}

/// RFC 4475 §3.1.1.2: every token character in a method, and unusual but legal parts.
#[test]
fn accepts_the_wide_range_of_valid_characters() {
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    let text = format!(
        "{method} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.\
         (doesn't-it)@example.com SIP/2.0\r\n\
         Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n\
         To: \"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>\r\n\
         From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"x\";tag=_token~1'+`*%!-.\r\n\
         Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}}{{\r\n\
         CSeq: 139122385 {method}\r\n\
         extensionHeader-!.%*+_`'~: \u{fbc6}\r\nContent-Length: 0\r\n\r\n"
    );
    with(text.as_bytes(), |message| {
        assert_eq!(message.method(), Some(Method::Other));
        assert_eq!(message.text(message.from().tag), b"_token~1'+`*%!-.");
        let Start::Request { uri, .. } = message.start() else { panic!("a request") };
        let uri = crate::uri::parse(message.text(uri)).unwrap();
        assert_eq!(uri.part(uri.host), b"example.com");
        assert!(uri.part(uri.user).starts_with(b"1_unusual.URI~"));
    })
    .unwrap();
}

/// RFC 4475 §3.1.1.3, §3.1.1.4: escapes are not decoded, %00 is no end.
#[test]
fn leaves_escapes_in_place() {
    with(&request_line("OPTIONS sip:null-%00-null@example.com SIP/2.0"), |message| {
        let Start::Request { uri, .. } = message.start() else { panic!("a request") };
        let uri = crate::uri::parse(message.text(uri)).unwrap();
        assert_eq!(uri.part(uri.user), b"null-%00-null");
    })
    .unwrap();
}

/// RFC 4475 §3.1.1.6: no white space between display name and angle bracket.
#[test]
fn accepts_a_display_name_that_touches_the_bracket() {
    with(&options(&["From: caller<sip:caller@example.com>;tag=323"]), |message| {
        assert_eq!(message.text(message.from().tag), b"323");
    })
    .unwrap();
}

/// RFC 4475 §3.1.1.13: an empty reason phrase, with its space and without.
#[test]
fn accepts_a_response_without_a_reason_phrase() {
    for line in ["SIP/2.0 100 ", "SIP/2.0 100"] {
        let start = with(&request_line(line), |message| message.start()).unwrap();
        assert!(matches!(start, Start::Response { status: 100, reason } if reason.is_empty()));
    }
}

/// RFC 4475 §3.1.2.1: extra commas and semicolons.
#[test]
fn refuses_extra_separators_in_via() {
    let via = "Via: SIP/2.0/UDP 192.0.2.15;;,;,,";
    assert_eq!(refusal(&options(&[via])), Some(ErrorKind::Via));
}

/// RFC 4475 §3.1.2.2, §3.1.2.3: Content-Length too large, negative.
#[test]
fn refuses_bad_content_lengths() {
    assert_eq!(refusal(&options(&["Content-Length: 9999"])), Some(ErrorKind::ContentTooShort));
    assert_eq!(refusal(&options(&["Content-Length: -999"])), Some(ErrorKind::ContentLength));
}

/// RFC 4475 §3.1.2.4, §3.1.2.5: scalar fields out of range.
#[test]
fn refuses_scalars_out_of_range() {
    let cseq = "CSeq: 36893488147419103232 OPTIONS";
    assert_eq!(refusal(&options(&[cseq])), Some(ErrorKind::CSeqNumber));
    assert_eq!(refusal(&options(&["Max-Forwards: 300"])), Some(ErrorKind::MaxForwards));
}

/// RFC 4475 §3.1.2.6: a quoted string that does not end.
#[test]
fn refuses_an_unterminated_quoted_string() {
    let to = "To: \"Mr. J. User <sip:j.user@example.com>";
    assert_eq!(refusal(&options(&[to])), Some(ErrorKind::To));
}

/// RFC 4475 §3.1.2.7 to §3.1.2.10: what must not stand in a request line.
#[test]
fn refuses_broken_request_lines() {
    for (line, kind) in [
        ("OPTIONS <sip:user@example.com> SIP/2.0", ErrorKind::RequestUri),
        ("OPTIONS sip:user@example.com; lr SIP/2.0", ErrorKind::RequestUri),
        ("OPTIONS  sip:user@example.com SIP/2.0", ErrorKind::RequestUri),
        ("OPTIONS sip:user@example.com  SIP/2.0", ErrorKind::RequestUri),
        ("OPTIONS sip:user@example.com SIP/2.0  ", ErrorKind::StartLine),
        ("OPTIONS sip:user@example.com", ErrorKind::StartLine),
        ("OPTIONS sip:user@example.com HTTP/1.1", ErrorKind::StartLine),
        ("OPTIONS", ErrorKind::StartLine),
        (" OPTIONS sip:user@example.com SIP/2.0", ErrorKind::StartLine),
    ] {
        assert_eq!(refusal(&request_line(line)), Some(kind), "{line}");
    }
}

/// RFC 4475 §3.1.2.16: a version that is not ours.
#[test]
fn refuses_an_unknown_version() {
    let line = "OPTIONS sip:t.watson@example.org SIP/7.0";
    assert_eq!(refusal(&request_line(line)), Some(ErrorKind::Version));
}

/// RFC 4475 §3.1.2.17: CSeq and request line disagree.
#[test]
fn refuses_a_method_mismatch() {
    assert_eq!(refusal(&options(&["CSeq: 8 INVITE"])), Some(ErrorKind::CSeqMethod));
}

/// RFC 4475 §3.1.2.19: a status code out of range.
#[test]
fn refuses_an_overlarge_status_code() {
    for line in
        ["SIP/2.0 4294967301 better not break", "SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 20 x"]
    {
        assert_eq!(refusal(&request_line(line)), Some(ErrorKind::StatusCode), "{line}");
    }
}

/// RFC 4475 §3.3.1: what must be there is not.
#[test]
fn refuses_missing_required_headers() {
    let text = options(&["Call-ID: absent", "From: absent", "To: absent"]);
    assert_eq!(refusal(&text), Some(ErrorKind::MissingFrom));
}

/// RFC 4475 §3.3.8: several values where one is required.
#[test]
fn refuses_multiple_values_in_single_value_fields() {
    let text = options(&["CSEQ: 59 OPTIONS", "CALL-ID: other"]);
    assert_eq!(refusal(&text), Some(ErrorKind::DuplicateHeader));
}

/// RFC 5118 §4.5: a received parameter with an IPv6 address, with brackets and without.
#[test]
fn accepts_both_forms_of_an_ipv6_received() {
    for received in ["[2001:db8::9:255]", "2001:db8::9:255"] {
        let via = format!("Via: SIP/2.0/UDP [2001:db8::9:1];received={received};branch=z9hG4bKas3");
        with(&options(&[&via]), |message| {
            assert_eq!(message.text(message.via().received), received.as_bytes());
            assert_eq!(message.text(message.via().host), b"[2001:db8::9:1]");
        })
        .unwrap();
    }
}
