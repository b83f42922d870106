//! Owns the tests of RFC 4475 §3.1.2: messages that are wrong in their syntax.
//! Refuses what the RFC wants refused; where it leaves the choice, the test says why ours is as it is.

use super::{accepted, refused, rfc4475};
use crate::uri::parse as uri;
use crate::view::address;
use crate::{ErrorKind, HeaderId, Start};

/// §3.1.2.1: "should respond with a 400". The Via that cannot be read is copied as it is, and the
/// answer goes to the source.
#[test]
fn badinv01_extra_separators() {
    refused(rfc4475!("badinv01"), ErrorKind::Via, b";,;,,", Some(400));
}

/// §3.1.2.2: over UDP "the receiving element should respond with a 400".
#[test]
fn clerr_content_length_larger_than_the_message() {
    refused(rfc4475!("clerr"), ErrorKind::ContentTooShort, b"9999", Some(400));
}

/// §3.1.2.3: "should respond with an error", and so for one that is no number.
#[test]
fn ncl_negative_content_length() {
    let text = rfc4475!("ncl");
    refused(text, ErrorKind::ContentLength, b"-999", Some(400));
    let five = String::from_utf8(text.to_vec()).unwrap().replace("-999", "five");
    refused(five.as_bytes(), ErrorKind::ContentLength, b"five", Some(400));
}

/// §3.1.2.4: "should respond with a 400 Bad Request due to the CSeq error".
#[test]
fn scalar02_overlarge_numbers_in_a_request() {
    refused(rfc4475!("scalar02"), ErrorKind::CSeqNumber, b"36893488147419103232", Some(400));
}

/// §3.1.2.5: "An element receiving this response will simply discard it."
#[test]
fn scalarlg_overlarge_numbers_in_a_response() {
    refused(rfc4475!("scalarlg"), ErrorKind::CSeqNumber, b"9292394834772304023312", None);
}

/// §3.1.2.6: "should return a 400 Bad Request error"; no closing quote is guessed.
#[test]
fn quotbal_unterminated_quoted_string() {
    refused(rfc4475!("quotbal"), ErrorKind::To, b"\"Mr. J. User", Some(400));
}

/// §3.1.2.7: "It is reasonable always to reject a request with this error with a 400".
#[test]
fn ltgtruri_brackets_around_the_request_uri() {
    refused(rfc4475!("ltgtruri"), ErrorKind::RequestUri, b"<sip:user@example.com>", Some(400));
}

/// §3.1.2.8: "should respond with a 400 Bad Request"; the space is not ignored.
#[test]
fn lwsruri_space_in_the_request_uri() {
    refused(rfc4475!("lwsruri"), ErrorKind::RequestUri, b" lr SIP/2.0", Some(400));
}

/// §3.1.2.9: "It is acceptable to reject this request as malformed." So it is: what another
/// element makes of the spaces is not known.
#[test]
fn lwsstart_several_spaces_in_the_request_line() {
    refused(rfc4475!("lwsstart"), ErrorKind::RequestUri, b" sip:user@example.com ", Some(400));
}

/// §3.1.2.10: "It is acceptable to reject this request as malformed." So it is, as above.
#[test]
fn trws_spaces_at_the_end_of_the_request_line() {
    refused(rfc4475!("trws"), ErrorKind::StartLine, b" SIP/2.0  ", Some(400));
}

/// §3.1.2.11: "acceptable [...] to reject"; the headers "must not appear in the Request-URI of the
/// forwarded request". Accepted: the pass does not look inside the Request-URI, and the URI view
/// hands the headers out by themselves, so that a router that keeps the URI can cut or refuse them.
#[test]
fn escruri_headers_in_the_request_uri() {
    accepted(rfc4475!("escruri"), |message| {
        let Start::Request { uri: span, .. } = message.start() else { panic!("a request") };
        let target = uri(message.text(span)).unwrap();
        assert_eq!(target.part(target.headers), b"Route=%3Csip:example.com%3E");
        assert_eq!(target.part(target.host), b"example.com");
        assert_eq!(message.route(), None);
    });
}

/// §3.1.2.12: an element "shouldn't [reject] unless the contents of the Date header field were
/// actually important". They are not.
#[test]
fn baddate_time_zone_other_than_gmt() {
    accepted(rfc4475!("baddate"), |message| {
        let date = message.find(HeaderId::Date).unwrap();
        assert_eq!(message.text(date.value), b"Fri, 01 Jan 2010 16:00:00 EST");
    });
}

/// §3.1.2.13: "It is reasonable [...] to respond with a 400". The message is accepted, since a
/// proxy does not need the Contact; who reads it is told that it is broken.
#[test]
fn regbadct_contact_that_needs_brackets() {
    accepted(rfc4475!("regbadct"), |message| {
        assert_eq!(message.contact(), None);
        let value = message.find(HeaderId::Contact).unwrap().value;
        let error = address::parse(message.text(value)).unwrap_err();
        assert_eq!(error.at, 20, "the question mark");
    });
}

/// §3.1.2.14: "Elements attempting to be liberal may ignore the spaces." Ours does: they are
/// outside the URI, which stays as it is, and the To is copied with them.
#[test]
fn badaspec_spaces_within_the_brackets() {
    accepted(rfc4475!("badaspec"), |message| {
        assert_eq!(message.text(message.to().uri), b"sip:t.watson@example.org");
    });
}

/// §3.1.2.15: "It is reasonable always to reject a request with this error with a 400". So it is:
/// a proxy that is liberal "must not propagate the error", and ours copies From as it is.
#[test]
fn baddn_comma_in_a_display_name() {
    refused(rfc4475!("baddn"), ErrorKind::From, b", Alexander", Some(400));
}

/// §3.1.2.16: "should respond to the request with a 505".
#[test]
fn badvers_unknown_protocol_version() {
    refused(rfc4475!("badvers"), ErrorKind::Version, b"SIP/7.0", Some(505));
}

/// §3.1.2.17: "Any element receiving this request will respond with a 400 Bad Request."
#[test]
fn mismatch01_methods_of_request_line_and_cseq() {
    refused(rfc4475!("mismatch01"), ErrorKind::CSeqMethod, b"INVITE", Some(400));
}

/// §3.1.2.18: a 501 is better, "a 400 Bad Request is also acceptable". It is a 400: which methods
/// are served is not the parser's to know, and the mismatch is a fault whatever they are.
#[test]
fn mismatch02_unknown_method_and_cseq() {
    refused(rfc4475!("mismatch02"), ErrorKind::CSeqMethod, b"INVITE", Some(400));
}

/// §3.1.2.19: "An element receiving this response should simply drop it."
#[test]
fn bigcode_overlarge_status_code() {
    refused(rfc4475!("bigcode"), ErrorKind::StatusCode, b"4294967301", None);
}
