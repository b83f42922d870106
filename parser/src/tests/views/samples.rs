//! Owns one sample for each header that has a view: a header value with the oddities that its rule
//! allows, and broken values with their faults.
//! Refuses to say what is read from them: the claims do.

use crate::ErrorKind::{self, DuplicateParameter, MissingParameter, OutOfRange, View};
use crate::HeaderId::{self, *};

/// A sample.
pub(super) struct Sample {
    pub(super) id: HeaderId,
    /// How many values stand in it.
    pub(super) count: usize,
    pub(super) value: &'static str,
    /// Single values, each with its fault.
    pub(super) broken: &'static [(&'static str, ErrorKind, u16)],
}

const fn sample(
    id: HeaderId,
    count: usize,
    value: &'static str,
    broken: &'static [(&'static str, ErrorKind, u16)],
) -> Sample {
    Sample { id, count, value, broken }
}

/// The samples, in the order of the table of headers.
pub(super) const SAMPLES: &[Sample] = &[
    sample(
        Via,
        3,
        "SIP / 2.0 / UDP [2001:db8::1] : 5061 ;branch=z9hG4bK1;x=\"a,\\\";b\" ; rport,\r\n \
         SIP/2.0/TLS-SCTP h.example;ttl=16;maddr=224.2.0.1,SIP/2.0/TCP 192.0.2.1:70;received=::1",
        &[
            ("", View, 0),
            ("SIP/2.0", View, 7),
            ("SIP/2.0/UDP h:0", View, 13),
            ("SIP/2.0/UDP h;", View, 14),
            ("SIP/2.0/UDP [::g]", View, 12),
        ],
    ),
    sample(
        From,
        1,
        "\"Bob, \\\"B;\\\" <x>\" <sips:bob@biloxi.example.com;x=y?a=b> ; tag = a48s ; z",
        &[
            ("", View, 0),
            ("<sip:a@b", View, 8),
            ("<a>", View, 0),
            ("\"a <sip:b>", View, 0),
            ("<sip:a@b>;;tag=1", View, 10),
        ],
    ),
    sample(
        To,
        1,
        "The Operator of the day <sip:operator@cs.columbia.example> ;tag=287447",
        &[("sip:a@b?c", View, 7), ("<sip:a@b> x", View, 10), ("<sip:a@b>;tag=\"1", View, 13)],
    ),
    sample(
        Route,
        3,
        "<sip:p1.example.com;lr>,\r\n \"x, <y>\" <sip:p2,3.example.com;lr> ; a=b, Z <sip:h>",
        &[("sip:p1.example.com;lr", View, 18), ("<sip:a>;", View, 8), ("<>", View, 1)],
    ),
    sample(
        RecordRoute,
        2,
        "<sip:server10.biloxi.example.com;lr>, <sip:bigbox3.site3.example.com;lr;ftag=1>;x",
        &[("*", View, 1)],
    ),
    sample(
        Contact,
        3,
        "\"Mr. Watson\" <sip:watson@worcester.example.com> ;q=0.7; expires=3600,\r\n \
         \"Mr; \\\"W\\\", \" <mailto:watson@example.com> ;q=0.1, sip:a@b;+sip.instance=\"<urn:x:1>\"",
        &[("**", View, 1), ("*;q=1", View, 1), ("<sip:a@b>;expires=", View, 17)],
    ),
    sample(Allow, 4, "INVITE, ACK,\r\n X.FOO ,BYE", &[("", View, 0), ("INVITE ACK", View, 6)]),
    sample(
        Authorization,
        1,
        "Digest username=\"Ali\\\"ce\", realm=\"a, b;c\" , nonce = \"84a4cc6f3082121f32b42a2187831a9e\",\r\n \
         uri=\"sip:h;x=,\",response=\"7587245234b3434cc3412213e5f113a5432\",algorithm=SHA-512-256-sess,\
         qop=auth,nc=00000001,cnonce=\"x\",opaque=\"\",x-y=z",
        &[
            ("Digest", View, 6),
            ("Digest username=\"a\"", MissingParameter, 19),
            ("Digest username=\"a\",", View, 20),
            ("Digest username=\"a\" realm=\"b\"", MissingParameter, 19),
            ("Digest nc=1,NC=2", DuplicateParameter, 12),
            ("Digest realm=\"a", View, 13),
        ],
    ),
    sample(
        Diversion,
        2,
        "\"A, B\" <sip:+12025550101@h;user=phone>;reason=user-busy ;counter=2;limit=3;privacy=\"full\",\r\n \
         <tel:+12025550102>;reason=\"time,of-day\";screen=yes",
        &[("sip:a@b", View, 7)],
    ),
    sample(
        Expires,
        1,
        "0003600",
        &[("", View, 0), ("-1", View, 0), ("5 x", View, 1), ("4294967296", OutOfRange, 0)],
    ),
    sample(
        HistoryInfo,
        3,
        "<sip:a@h?Reason=SIP%3Bcause%3D302>;index=1,\r\n \"x,y\" <sip:b@h>;index=1.1 ;rc=1,\
         <sip:c@h;p=v?Privacy=history>;index=1.2;mp=1;z=\"q,\"",
        &[("<sip:a@b>;=1", View, 10)],
    ),
    sample(
        Identity,
        1,
        "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.sig-_+/== ; info = <https://h.example/a,b;c.pem> ;alg=ES256 ;ppt=\"shaken\"",
        &[
            ("abc", View, 3),
            ("\"abc\"", View, 0),
            ("abc;alg=ES256", View, 4),
            ("abc;info=https://h", View, 9),
            ("abc;info=<x>", View, 9),
        ],
    ),
    sample(MinExpires, 1, "60", &[("60;x", View, 2)]),
    sample(MinSe, 1, "90 ;lo=\"a,b\"", &[(";x", View, 0), ("90;", View, 3)]),
    sample(
        PAssertedIdentity,
        2,
        "\"Cullen, J.\" <sip:fluffy@h>,\r\n tel:+14085264000;phone-context=x",
        &[("", View, 0), ("\"x\"", View, 3), ("fluffy", View, 6)],
    ),
    sample(
        PPreferredIdentity,
        1,
        "\"C \\\\\" <sip:fluffy@cisco.example.com>",
        &[("<sip:a@b", View, 8)],
    ),
    sample(Path, 2, "<sip:p1.h;lr>,<sip:p2.h;lr>;x=\"<,>\"", &[("sip:h", View, 5)]),
    sample(
        Privacy,
        1,
        "header ;id; critical",
        &[("", View, 0), ("id;", View, 2), ("id,user", View, 2)],
    ),
    sample(
        ProxyAuthenticate,
        1,
        "Digest realm=\"a, \\\"b\\\\\", domain=\"sip:a sip:b\",qop=\"auth,auth-int\",\r\n \
         nonce=\"f84f1c\" , opaque=\"\", stale=FALSE, algorithm=SHA-256",
        &[
            ("Digest realm=\"a\",nonce=\"b\",nonce=\"b\"", DuplicateParameter, 27),
            ("Digest realm=\"a\"", MissingParameter, 16),
        ],
    ),
    sample(
        ProxyAuthorization,
        1,
        "Bearer eyJhbGciOiJFUzI1NiJ9.e-_~+/.x==",
        &[("Bearer", View, 6), ("Bearer ,", View, 7)],
    ),
    sample(ProxyRequire, 2, "foo , bar.baz", &[("foo;x", View, 3)]),
    sample(
        RAck,
        1,
        "776656 1 INVITE",
        &[
            ("1 2", View, 3),
            ("1 2 ", View, 4),
            ("0 1 INVITE", OutOfRange, 0),
            ("1 2147483648 INVITE", OutOfRange, 2),
            ("1 2 INVITE x", View, 10),
        ],
    ),
    sample(
        RSeq,
        1,
        "4294967295",
        &[("0", OutOfRange, 0), ("4294967296", OutOfRange, 0), ("1x", View, 1)],
    ),
    sample(
        Reason,
        3,
        "SIP ;cause=200 ;text=\"Call completed, elsewhere; \\\"x\\\"\",Q.850;cause=16,\r\n preemption ;cause=1",
        &[("", View, 0), ("SIP;", View, 4), ("SIP x", View, 4)],
    ),
    sample(
        ReferTo,
        1,
        "\"a\" <sip:dave@h?Replaces=1%40h%3Bto-tag%3D7>;x=\"y\"",
        &[("<sip:a>,<sip:b>", View, 7)],
    ),
    sample(ReferredBy, 1, "<sip:ref@h> ;cid=\"2UWQFN309shb3@ref.h\"", &[("", View, 0)]),
    sample(
        RemotePartyId,
        2,
        "\"J, S\" <sip:+1@h>;party=calling ;id-type=subscriber;screen=yes;privacy=\"full,name\",\r\n \
         <sip:b@h>;party=called;privacy=off",
        &[("sip:b@h", View, 7)],
    ),
    sample(ReplyTo, 1, "Bob <sip:bob@biloxi.example.com>", &[("Bob", View, 3)]),
    sample(Require, 1, "100rel", &[("", View, 0)]),
    sample(
        RetryAfter,
        1,
        "18000 (in a (long) \\) meeting) ;duration=3600",
        &[("x", View, 0), ("99999999999", OutOfRange, 0), ("5 (a", View, 2)],
    ),
    sample(ServiceRoute, 1, "<sip:HSP.home.example.com;lr>", &[("x", View, 1)]),
    sample(SessionExpires, 1, "4000 ; refresher = uac ;x", &[("", View, 0)]),
    sample(Supported, 3, "timer,\r\n 100rel , a%b", &[("a b", View, 1)]),
    sample(Timestamp, 1, "54.21 0.5", &[("", View, 0), (".5", View, 0), ("5 x", View, 2)]),
    sample(Unsupported, 1, "foo", &[("\"foo\"", View, 0)]),
    sample(
        Warning,
        3,
        "307 isi.edu \"Session, 'parameter' \\\"foo\\\" not\",301 [::1]:5060 \"x;y\",\r\n 399 my_name~ \"\"",
        &[
            ("", View, 0),
            ("30 h \"x\"", View, 0),
            ("3000 h \"x\"", View, 0),
            ("300 \"x\"", View, 4),
            ("300 h x", View, 6),
            ("300 h \"x", View, 6),
        ],
    ),
    sample(
        WwwAuthenticate,
        1,
        "Digest  nonce=\"1\",algorithm=MD5 ,realm=\"b\"",
        &[("Digest =", View, 7), ("NTLM", View, 4)],
    ),
];
