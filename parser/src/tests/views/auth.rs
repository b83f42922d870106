//! Owns the claims about challenges and credentials.
//! Refuses to compute a digest.

use super::{or_dash, seen, text};
use crate::HeaderId;
use crate::tests::{options, with};
use crate::view::auth::Algorithm;
use crate::view::challenge::{self, Challenge};
use crate::view::credentials::{self, Credentials};

fn challenged(value: &str) -> String {
    seen(challenge::parse(value.as_bytes()), |read| match read {
        Challenge::Digest(digest) => {
            let (realm, nonce) = (text(digest.realm.inner()), text(digest.nonce.inner()));
            let qop = or_dash(digest.qop.map(|qop| qop.inner()));
            format!("{realm}|{nonce}|{:?}|{qop}|{}", digest.algorithm, digest.stale)
        }
        Challenge::Other(other) => {
            let params = text(other.params.text());
            format!("{}|{params}|{}", text(other.scheme), or_dash(other.token))
        }
    })
}

#[test]
fn reads_challenges() {
    for (value, expected) in [
        ("Digest realm=\"a\",nonce=\"b\"", "a|b|Md5|-|false"),
        (
            "digest\r\n NONCE = \"b\" ,\r\n\trealm=\"a,\\\"=\",stale=\"TRUE\"",
            "a,\\\"=|b|Md5|-|true",
        ),
        ("Digest realm=a,nonce=b==,qop=auth,algorithm=\"sha-256\"", "a|b==|Sha256|auth|false"),
        ("Digest realm=\"\",nonce=\"\",algorithm=X-1", "||Other([88, 45, 49])|-|false"),
        ("Digest realm=\"a\",nonce=\"b\",domain=\"sip:x, sip:y\",stale=no", "a|b|Md5|-|false"),
        ("Digest realm=\"a\"", "MissingParameter 16"),
        ("Digest nonce=\"a\"", "MissingParameter 16"),
        ("Digest realm=\"a\",,nonce=\"b\"", "View 17"),
        ("Digest realm=\"a\",nonce", "View 22"),
        ("Digest realm=\"a\",realm=\"b\"", "DuplicateParameter 17"),
        ("Digest realm=\"a\";nonce=\"b\"", "MissingParameter 16"),
        ("Digest realm=\"a\",nonce=\"b\" x", "View 26"),
        ("Digest", "View 6"),
        ("NTLM realm=\"x\", y=z", "NTLM|realm=\"x\", y=z|-"),
        ("Negotiate YIIJvwYGKwYBBQUCoIIJszCC/+==", "Negotiate||YIIJvwYGKwYBBQUCoIIJszCC/+=="),
        ("Basic a b", "View 8"),
    ] {
        assert_eq!(challenged(value), expected, "{value}");
    }
}

#[test]
fn knows_the_algorithms_in_any_case() {
    for (name, expected, len, session) in [
        ("MD5", Algorithm::Md5, 32, false),
        ("md5-SESS", Algorithm::Md5Sess, 32, true),
        ("SHA-256", Algorithm::Sha256, 64, false),
        ("SHA-256-sess", Algorithm::Sha256Sess, 64, true),
        ("SHA-512-256", Algorithm::Sha512_256, 64, false),
        ("sha-512-256-sess", Algorithm::Sha512_256Sess, 64, true),
    ] {
        let value = format!("Digest realm=\"a\",nonce=\"b\",algorithm={name}");
        let Ok(Challenge::Digest(digest)) = challenge::parse(value.as_bytes()) else { panic!() };
        assert_eq!(digest.algorithm, expected);
        assert_eq!(
            (digest.algorithm.hex_len(), digest.algorithm.is_session()),
            (Some(len), session)
        );
    }
    assert_eq!(Algorithm::Other(b"SHA-1").hex_len(), None);
}

#[test]
fn finds_the_quality_of_protection_in_its_list() {
    let offers = |qop: &str, wanted: &[u8]| {
        let value = format!("Digest realm=\"a\",nonce=\"b\"{qop}");
        let Ok(Challenge::Digest(digest)) = challenge::parse(value.as_bytes()) else { panic!() };
        digest.offers(wanted)
    };
    assert!(offers(",qop=\"auth-int, auth\"", b"auth"));
    assert!(offers(",qop=AUTH", b"auth"));
    assert!(!offers(",qop=\"auth-int\"", b"auth"));
    assert!(!offers("", b"auth"));
}

#[test]
fn reads_credentials() {
    let all = "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"0f\"";
    let read = |more: &str| {
        let value = format!("{all}{more}");
        match credentials::parse(value.as_bytes()) {
            Ok(Credentials::Digest(digest)) => Ok((digest.count(), digest.params.iter().count())),
            Ok(Credentials::Other(_)) => unreachable!("the scheme is Digest"),
            Err(error) => Err((error.kind, usize::from(error.at).checked_sub(all.len()))),
        }
    };
    assert_eq!(read(""), Ok((None, 5)));
    assert_eq!(read(",nc=0000000F,x=\"y,z\""), Ok((Some(15), 7)));
    assert_eq!(read(",nc=ffffffff"), Ok((Some(u32::MAX), 6)));
    assert_eq!(read(",nc=1"), Ok((None, 6)));
    assert_eq!(read(",nc=0000000g"), Ok((None, 6)));
    assert_eq!(read(",nonce=\"x\""), Err((crate::ErrorKind::DuplicateParameter, Some(1))));
    assert_eq!(read(","), Err((crate::ErrorKind::View, Some(1))));
    for name in ["username", "realm", "nonce", "uri", "response"] {
        let value = all.replace(name, "x");
        let fault = credentials::parse(value.as_bytes()).unwrap_err();
        assert_eq!(fault.kind, crate::ErrorKind::MissingParameter, "{name}");
    }
}

#[test]
fn one_line_is_one_challenge_and_the_order_is_kept() {
    let text = options(&[
        "WWW-Authenticate: Digest realm=\"a, b\", nonce=\"1\", algorithm=SHA-256, qop=\"auth,auth-int\"",
        "Subject: x\r\nwww-authenticate: Digest realm=\"a, b\", nonce=\"1\", algorithm=MD5",
    ]);
    let algorithms: Vec<_> = with(&text, |message| {
        let all = message.views(HeaderId::WwwAuthenticate, challenge::parse);
        all.map(|read| match read {
            Ok(Challenge::Digest(digest)) => digest.algorithm.hex_len(),
            _ => None,
        })
        .collect()
    })
    .unwrap();
    assert_eq!(algorithms, [Some(64), Some(32)]);
}
