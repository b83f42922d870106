//! Owns one sample for each header that has a view: a header value with the oddities that its rule
//! allows, and broken values with their faults.
//! Refuses to say what is read from them: the claims do.

use crate::ErrorKind::{self, DuplicateParameter, OutOfRange, View};
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
            ("SIP/2.0/UDP h;branch=1;Branch=2", DuplicateParameter, 23),
        ],
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
    sample(Path, 2, "<sip:p1.h;lr>,<sip:p2.h;lr>;x=\"<,>\"", &[("sip:h", View, 5)]),
    sample(
        Reason,
        3,
        "SIP ;cause=200 ;text=\"Call completed, elsewhere; \\\"x\\\"\",Q.850;cause=16,\r\n preemption ;cause=1",
        &[
            ("", View, 0),
            ("SIP;", View, 4),
            ("SIP x", View, 4),
            ("SIP;cause=1;Cause=1", DuplicateParameter, 12),
        ],
    ),
    sample(
        ReferTo,
        1,
        "\"a\" <sip:dave@h?Replaces=1%40h%3Bto-tag%3D7>;x=\"y\"",
        &[("<sip:a>,<sip:b>", View, 7)],
    ),
    sample(ReferredBy, 1, "<sip:ref@h> ;cid=\"2UWQFN309shb3@ref.h\"", &[("", View, 0)]),
    sample(ReplyTo, 1, "Bob <sip:bob@biloxi.example.com>", &[("Bob", View, 3)]),
    sample(
        RetryAfter,
        1,
        "18000 (in a (long) \\) meeting) ;duration=3600",
        &[
            ("x", View, 0),
            ("99999999999", OutOfRange, 0),
            ("5 (a", View, 2),
            ("5;duration=1;duration=2", DuplicateParameter, 13),
        ],
    ),
    sample(ServiceRoute, 1, "<sip:HSP.home.example.com;lr>", &[("x", View, 1)]),
    sample(Timestamp, 1, "54.21 0.5", &[("", View, 0), (".5", View, 0), ("5 x", View, 2)]),
];
