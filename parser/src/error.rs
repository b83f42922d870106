//! Owns the faults of a message: one byte of kind, one offset, and the table that explains them.
//! Hot. Refuses to format anything but in `Display`, which cold code calls.

use core::fmt;

/// Why a message or a part of it was refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The rule that was broken.
    pub kind: ErrorKind,
    /// Offset of the first byte that breaks it, relative to what was given to the parser.
    pub at: u16,
}

/// What is known about an [`ErrorKind`]: a row of the fault table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule, as a sentence.
    pub rule: &'static str,
    /// Where the rule stands, such as `RFC 3261 §8.1.1.5`.
    pub section: &'static str,
    /// Status code of the answer, where the message can be answered.
    pub status: u16,
    /// Reason phrase of that answer.
    pub reason: &'static str,
}

impl ParseError {
    /// A fault of `kind` at offset `at`.
    #[inline]
    pub(crate) fn new(kind: ErrorKind, at: usize) -> ParseError {
        ParseError { kind, at: crate::span::low16(at) }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = self.kind.fault();
        write!(out, "byte {}: {} ({})", self.at, fault.rule, fault.section)
    }
}

impl core::error::Error for ParseError {}

macro_rules! fault_table {
    ($($kind:ident: $rule:literal, $section:literal, $status:literal, $reason:literal;)*) => {
        /// The rules that a message can break.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum ErrorKind {
            $(#[doc = concat!("Broken rule: ", $rule, " (", $section, ").")] $kind,)*
        }

        impl ErrorKind {
            /// Every kind, in the order of the enum.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$kind,)*];

            /// The rule, its source, and the answer to a request that breaks it.
            #[cold]
            pub fn fault(self) -> Fault {
                match self {
                    $(ErrorKind::$kind => Fault {
                        rule: $rule, section: $section, status: $status, reason: $reason,
                    },)*
                }
            }
        }
    };
}

fault_table! {
    KeepAlive: "a datagram of line ends only is a keep-alive, not a message", "RFC 5626 §3.5.1", 0, "";
    TooLong: "a datagram is at most 65535 bytes long", "RFC 3261 §18.1.1", 513, "Message Too Large";
    StartLine: "a start line is a request line or a status line", "RFC 3261 §7", 400, "Bad Request Line";
    Version: "the version is SIP/2.0", "RFC 3261 §7.1", 505, "Version Not Supported";
    StatusCode: "a status code is three digits from 100 to 699", "RFC 3261 §7.2", 400, "Bad Status Line";
    RequestUri: "a Request-URI is not empty and holds no white space, quotes or angle brackets", "RFC 3261 §7.1", 400, "Bad Request-URI";
    NoEmptyLine: "an empty line ends the headers", "RFC 3261 §7", 400, "Missing Empty Line";
    BareCr: "a carriage return stands only before a line feed", "RFC 3261 §7.3.1", 400, "Bad Line End";
    BareLf: "a line ends in CRLF unless the peer is set to bare line feeds", "RFC 3261 §7", 400, "Bad Line End";
    LineTooLong: "a header is not longer than the configured limit", "RFC 3261 §21.5.7", 513, "Message Too Large";
    TooManyHeaders: "a message has no more headers than the configured limit", "RFC 3261 §21.5.7", 513, "Message Too Large";
    HeaderName: "a header starts with a token and a colon", "RFC 3261 §7.3.1", 400, "Bad Header Name";
    DuplicateHeader: "From, To, Call-ID, CSeq, Max-Forwards and Content-Length stand at most once", "RFC 3261 §7.3.1", 400, "Duplicate Header";
    MissingVia: "a message has a Via", "RFC 3261 §8.1.1", 400, "Missing Via";
    MissingFrom: "a message has a From", "RFC 3261 §8.1.1", 400, "Missing From";
    MissingTo: "a message has a To", "RFC 3261 §8.1.1", 400, "Missing To";
    MissingCallId: "a message has a Call-ID", "RFC 3261 §8.1.1", 400, "Missing Call-ID";
    MissingCSeq: "a message has a CSeq", "RFC 3261 §8.1.1", 400, "Missing CSeq";
    Via: "a Via is SIP/2.0/transport, host, port and parameters", "RFC 3261 §20.42", 400, "Bad Via";
    TooManyHops: "a message has no more Via values than the configured limit", "RFC 3261 §16.3", 483, "Too Many Hops";
    From: "a From is a name-addr or addr-spec with parameters", "RFC 3261 §20.20", 400, "Bad From";
    To: "a To is a name-addr or addr-spec with parameters", "RFC 3261 §20.39", 400, "Bad To";
    CallId: "a Call-ID is one word", "RFC 3261 §20.8", 400, "Bad Call-ID";
    CSeq: "a CSeq is a number and a method", "RFC 3261 §20.16", 400, "Bad CSeq";
    CSeqNumber: "a CSeq number is below 2^31", "RFC 3261 §8.1.1.5", 400, "CSeq Number Out Of Range";
    CSeqMethod: "the method of CSeq is that of the request", "RFC 3261 §8.1.1.5", 400, "CSeq Method Mismatch";
    MaxForwards: "Max-Forwards is a number from 0 to 255", "RFC 3261 §20.22", 400, "Bad Max-Forwards";
    Route: "a Route is a list of name-addr", "RFC 3261 §20.34", 400, "Bad Route";
    ContentLength: "Content-Length is a decimal number", "RFC 3261 §20.14", 400, "Bad Content-Length";
    ContentTooShort: "a body is not shorter than Content-Length says", "RFC 3261 §18.3", 400, "Content-Length Beyond Message";
    DuplicateParameter: "a parameter name stands at most once", "RFC 3261 §7.3.1", 400, "Duplicate Parameter";
    Uri: "a URI is a scheme, a colon and what the scheme asks for", "RFC 3261 §19.1.1", 400, "Bad URI";
    UriEscape: "a percent sign is followed by two hexadecimal digits", "RFC 3261 §19.1.2", 400, "Bad URI Escape";
    UriHost: "a host is a name, an IPv4 address or an IPv6 reference", "RFC 3261 §19.1.1", 400, "Bad URI Host";
    UriPort: "a port is a number from 1 to 65535", "RFC 3261 §19.1.1", 400, "Bad URI Port";
    NotANumber: "a telephone number is digits and visual separators, with a plus in front at most", "RFC 3966 §3", 404, "Not A Number";
    NumberTooLong: "a telephone number has at most 32 digits", "RFC 3966 §5.1.1", 404, "Number Too Long";
    View: "a header value follows its grammar", "RFC 3261 §25.1", 400, "Bad Header Value";
    OutOfRange: "a number in a header value is in the range of its rule", "RFC 3261 §25.1", 400, "Number Out Of Range";
    MissingParameter: "a header value has the parameters that its scheme needs", "RFC 3261 §22.4", 400, "Missing Parameter";
}
