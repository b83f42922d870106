//! Owns the table of headers: one row per header that the product has a name for.
//! Hot. Refuses to know their grammars: a row makes a header findable by id, and names the view
//! that reads it, if there is one.

mod lookup;
mod table;

pub(crate) use lookup::{lookup, lookup_spaced};

use crate::{ParseError, view};

/// How the values of a header with a view stand in its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Each line is one value, whatever commas it holds.
    One,
    /// Each line is a comma list of values.
    List,
}

/// What the values of a header with a view are; a word that is not one of these does not compile.
macro_rules! is_of {
    (addresses) => {
        true
    };
}

macro_rules! header_table {
    ($(
        $id:ident = $name:literal $(/ $compact:literal)?, $section:literal
        $(, $shape:ident: $view:ident $(of $addresses:ident)?)?;
    )*) => {
        /// A header by its name; compact forms and any case count as the name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum HeaderId {
            $(
                #[doc = concat!(
                    "`", $name, "`, ", $section, "."
                    $(, " View: [`", stringify!($view), "`](crate::view::", stringify!($view), ").")?
                )]
                $id,
            )*
            /// Any other name.
            Other,
        }

        impl HeaderId {
            /// How many ids there are, [`HeaderId::Other`] included.
            pub const COUNT: usize = HeaderId::Other as usize + 1;

            /// Every id but [`HeaderId::Other`], in the order of the enum.
            pub const NAMED: &'static [HeaderId] = &[$(HeaderId::$id,)*];

            /// The long name in its usual spelling; empty for [`HeaderId::Other`].
            pub fn name(self) -> &'static str {
                match self {
                    $(HeaderId::$id => $name,)*
                    HeaderId::Other => "",
                }
            }

            /// The compact name, for headers that have one.
            pub fn compact(self) -> Option<u8> {
                match self {
                    $($(HeaderId::$id => Some($compact),)?)*
                    _ => None,
                }
            }

            /// Where the header stands in an RFC; empty for [`HeaderId::Other`].
            pub fn section(self) -> &'static str {
                match self {
                    $(HeaderId::$id => $section,)*
                    HeaderId::Other => "",
                }
            }

            /// How the values of the header stand in its lines; `None` if it has no view.
            pub fn shape(self) -> Option<Shape> {
                match self {
                    $($(HeaderId::$id => Some(Shape::$shape),)?)*
                    _ => None,
                }
            }
        }

        /// Whether the values of header `id` are addresses with parameters: RFC 3261 §20.10.
        pub(crate) fn holds_addresses(id: HeaderId) -> bool {
            match id {
                $($($(HeaderId::$id => is_of!($addresses),)?)?)*
                _ => false,
            }
        }

        /// Runs the view of header `id` over one value of it; `None` if it has no view.
        pub(crate) fn check(id: HeaderId, value: &[u8]) -> Option<Result<(), ParseError>> {
            match id {
                $($(HeaderId::$id => Some(view::$view::parse(value).map(|_| ())),)?)*
                _ => None,
            }
        }

        /// Long names and compact names with their ids.
        const NAMES: &[(&[u8], HeaderId)] = &[
            $(($name.as_bytes(), HeaderId::$id), $((&[$compact], HeaderId::$id),)?)*
        ];
    };
}

// The first ten are those that every packet is read for.
header_table! {
    Via = "Via" / b'v', "RFC 3261 §20.42", List: via;
    From = "From" / b'f', "RFC 3261 §20.20", One: from_spec of addresses;
    To = "To" / b't', "RFC 3261 §20.39", One: from_spec of addresses;
    CallId = "Call-ID" / b'i', "RFC 3261 §20.8";
    CSeq = "CSeq", "RFC 3261 §20.16";
    MaxForwards = "Max-Forwards", "RFC 3261 §20.22";
    ContentLength = "Content-Length" / b'l', "RFC 3261 §20.14";
    Route = "Route", "RFC 3261 §20.34", List: route of addresses;
    RecordRoute = "Record-Route", "RFC 3261 §20.30", List: route of addresses;
    Contact = "Contact" / b'm', "RFC 3261 §20.10", List: contact of addresses;
    Accept = "Accept", "RFC 3261 §20.1";
    AcceptContact = "Accept-Contact" / b'a', "RFC 3841 §9.2";
    AcceptEncoding = "Accept-Encoding", "RFC 3261 §20.2";
    AcceptLanguage = "Accept-Language", "RFC 3261 §20.3";
    AlertInfo = "Alert-Info", "RFC 3261 §20.4";
    Allow = "Allow", "RFC 3261 §20.5", List: allow;
    AllowEvents = "Allow-Events" / b'u', "RFC 6665 §8.2.2";
    AuthenticationInfo = "Authentication-Info", "RFC 3261 §20.6";
    Authorization = "Authorization", "RFC 3261 §20.7", One: credentials;
    CallInfo = "Call-Info", "RFC 3261 §20.9";
    ContentDisposition = "Content-Disposition", "RFC 3261 §20.11";
    ContentEncoding = "Content-Encoding" / b'e', "RFC 3261 §20.12";
    ContentLanguage = "Content-Language", "RFC 3261 §20.13";
    ContentType = "Content-Type" / b'c', "RFC 3261 §20.15";
    Date = "Date", "RFC 3261 §20.17";
    Diversion = "Diversion", "RFC 5806 §9", List: diversion of addresses;
    ErrorInfo = "Error-Info", "RFC 3261 §20.18";
    Event = "Event" / b'o', "RFC 6665 §8.2.1";
    Expires = "Expires", "RFC 3261 §20.19", One: expires;
    FeatureCaps = "Feature-Caps", "RFC 6809 §6.2";
    Geolocation = "Geolocation", "RFC 6442 §4.1";
    HistoryInfo = "History-Info", "RFC 7044 §5", List: history_info of addresses;
    Identity = "Identity" / b'y', "RFC 8224 §4", One: identity;
    InReplyTo = "In-Reply-To", "RFC 3261 §20.21";
    InfoPackage = "Info-Package", "RFC 6086 §8.2";
    Join = "Join", "RFC 3911 §7.1";
    MimeVersion = "MIME-Version", "RFC 3261 §20.24";
    MinExpires = "Min-Expires", "RFC 3261 §20.23", One: expires;
    MinSe = "Min-SE", "RFC 4028 §5", One: min_se;
    Organization = "Organization", "RFC 3261 §20.25";
    PAccessNetworkInfo = "P-Access-Network-Info", "RFC 7315 §4.4";
    PAssertedIdentity = "P-Asserted-Identity", "RFC 3325 §9.1", List: asserted_id of addresses;
    PChargeInfo = "P-Charge-Info", "RFC 8496 §5";
    PChargingFunctionAddresses = "P-Charging-Function-Addresses", "RFC 7315 §4.5";
    PChargingVector = "P-Charging-Vector", "RFC 7315 §4.6";
    PEarlyMedia = "P-Early-Media", "RFC 5009 §8";
    PPreferredIdentity = "P-Preferred-Identity", "RFC 3325 §9.2", List: asserted_id of addresses;
    Path = "Path", "RFC 3327 §4", List: route of addresses;
    Priority = "Priority", "RFC 3261 §20.26";
    Privacy = "Privacy", "RFC 3323 §4.2", One: privacy;
    ProxyAuthenticate = "Proxy-Authenticate", "RFC 3261 §20.27", One: challenge;
    ProxyAuthorization = "Proxy-Authorization", "RFC 3261 §20.28", One: credentials;
    ProxyRequire = "Proxy-Require", "RFC 3261 §20.29", List: option_tag;
    RAck = "RAck", "RFC 3262 §7.2", One: rack;
    RSeq = "RSeq", "RFC 3262 §7.1", One: rseq;
    Reason = "Reason", "RFC 3326 §2", List: reason;
    RecvInfo = "Recv-Info", "RFC 6086 §8.2";
    ReferTo = "Refer-To" / b'r', "RFC 3515 §2.1", One: address of addresses;
    ReferredBy = "Referred-By" / b'b', "RFC 3892 §3", One: address of addresses;
    RejectContact = "Reject-Contact" / b'j', "RFC 3841 §9.2";
    RemotePartyId = "Remote-Party-ID", "draft-ietf-sip-privacy-04 §5", List: remote_party_id of addresses;
    Replaces = "Replaces", "RFC 3891 §6.1";
    ReplyTo = "Reply-To", "RFC 3261 §20.31", One: address of addresses;
    RequestDisposition = "Request-Disposition" / b'd', "RFC 3841 §9.1";
    Require = "Require", "RFC 3261 §20.32", List: option_tag;
    ResourcePriority = "Resource-Priority", "RFC 4412 §3.1";
    RetryAfter = "Retry-After", "RFC 3261 §20.33", One: retry_after;
    Server = "Server", "RFC 3261 §20.35";
    ServiceRoute = "Service-Route", "RFC 3608 §5", List: route of addresses;
    SessionExpires = "Session-Expires" / b'x', "RFC 4028 §4", One: session_expires;
    SessionId = "Session-ID", "RFC 7989 §5";
    SipEtag = "SIP-ETag", "RFC 3903 §11.3.1";
    SipIfMatch = "SIP-If-Match", "RFC 3903 §11.3.2";
    Subject = "Subject" / b's', "RFC 3261 §20.36";
    SubscriptionState = "Subscription-State", "RFC 6665 §8.2.3";
    Supported = "Supported" / b'k', "RFC 3261 §20.37", List: option_tag;
    TargetDialog = "Target-Dialog", "RFC 4538 §7";
    Timestamp = "Timestamp", "RFC 3261 §20.38", One: timestamp;
    Unsupported = "Unsupported", "RFC 3261 §20.40", List: option_tag;
    UserAgent = "User-Agent", "RFC 3261 §20.41";
    UserToUser = "User-to-User", "RFC 7433 §4.1";
    Warning = "Warning", "RFC 3261 §20.43", List: warning;
    WwwAuthenticate = "WWW-Authenticate", "RFC 3261 §20.44", One: challenge;
}

impl HeaderId {
    /// The id of a header name, compact or long, in any case, without white space around it.
    pub fn of(name: &[u8]) -> HeaderId {
        NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or(HeaderId::Other, |(_, id)| *id)
    }
}
