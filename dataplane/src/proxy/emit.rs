//! Owns the text of what is sent on, and of the ACK, CANCEL and BYE of our own client transactions.
//! Hot. Knows nothing of transactions: whoever calls has looked everything up.

use parser::edit::Patch;
use parser::reply::{ViaStamp, stamp_via};
use parser::uri::Scheme;
use parser::write::{Overflow, Writer};
use parser::{HeaderId, Message, Start};

use super::env::{Env, ListenerText};
use crate::dialog::cookie;
use crate::net::Endpoint;

/// Edits that a forwarded message may need at most.
pub(super) const EDITS: usize = 16;
/// Room for the header lines that we put in front: one Via, two Record-Routes.
pub(super) const HEAD_LEN: usize = 384;
/// Room for a Request-URI that we write.
pub(super) const URI_LEN: usize = 512;

/// The parameter of our Record-Route URI that holds the dialog cookie.
pub(super) const COOKIE_PARAM: &[u8] = b"tc";

/// Header lines that go in front of a forwarded request.
pub(super) struct Head {
    bytes: [u8; HEAD_LEN],
    len: usize,
}

impl Head {
    /// Our Via (RFC 3261 §16.6 step 8; RFC 3581 §3 for `rport`), then, where the request opens a dialog, our
    /// Record-Route: two values when it leaves by another listener than it came (RFC 5658 §4), so that each side
    /// finds us at an address it can reach.
    pub fn new(
        out: &ListenerText,
        branch: &[u8],
        record: Option<(&ListenerText, &[u8])>,
    ) -> Result<Head, Overflow> {
        let mut bytes = [0u8; HEAD_LEN];
        let mut writer = Writer::new(&mut bytes);
        via(&mut writer, out, branch);
        if let Some((ingress, cookie)) = record {
            record_route(&mut writer, out, cookie);
            if ingress.endpoint != out.endpoint {
                record_route(&mut writer, ingress, cookie);
            }
        }
        let len = writer.finish()?;
        Ok(Head { bytes, len })
    }

    /// The lines.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

fn via(writer: &mut Writer<'_>, out: &ListenerText, branch: &[u8]) {
    writer.bytes(b"Via: SIP/2.0/UDP ").bytes(&out.sent_by).bytes(b";branch=").bytes(branch);
    writer.bytes(b";rport\r\n");
}

fn record_route(writer: &mut Writer<'_>, listener: &ListenerText, cookie: &[u8]) {
    writer
        .bytes(b"Record-Route: <sip:")
        .bytes(&listener.sent_by)
        .bytes(b";lr;")
        .bytes(COOKIE_PARAM);
    writer.bytes(b"=").bytes(cookie).bytes(b">\r\n");
}

/// How a request changes on its way on.
pub(super) struct Onward<'t> {
    /// Lines to put in front.
    pub head: &'t [u8],
    /// The new Request-URI, if it changes.
    pub uri: Option<&'t [u8]>,
    /// Where the request came from.
    pub stamp: ViaStamp,
    /// How many Route values in front are ours.
    pub own_routes: usize,
}

/// Writes `message` as it goes on to the next hop (RFC 3261 §16.6).
#[inline]
pub(super) fn request(
    message: &Message<'_>,
    onward: &Onward<'_>,
    out: &mut [u8],
) -> Result<usize, Overflow> {
    let mut patch: Patch<'_, EDITS> = Patch::of(message);
    if let (Some(uri), Start::Request { uri: old, .. }) = (onward.uri, message.start()) {
        patch.replace(old, uri);
    }
    patch.insert_at(message.first_header_at(), onward.head);
    stamp_via(&mut patch, message, onward.stamp);
    match message.max_forwards() {
        // RFC 3261 §16.6 step 3: "If the copy contains a Max-Forwards header field, the proxy MUST decrement its
        // value by one (1)"; "If the copy does not contain a Max-Forwards header field, the proxy MUST add one
        // with a field value, which SHOULD be 70."
        Some(hops) => {
            patch.replace_number(hops.text, u32::from(hops.value.saturating_sub(1)));
        }
        None => {
            patch.insert_at(message.first_header_at(), b"Max-Forwards: 70\r\n");
        }
    }
    strip_routes(&mut patch, message, onward.own_routes);
    patch.apply(message.bytes(), out)
}

/// Removes the first `count` Route values, over one or several lines.
fn strip_routes(patch: &mut Patch<'_, EDITS>, message: &Message<'_>, count: usize) {
    let mut left = count;
    let mut routes = message.routes();
    let Some(first) = routes.next() else { return };
    let (mut header, mut run) = (first.header, 1);
    while left > run {
        match routes.next() {
            Some(route) if route.header == header => run += 1,
            Some(route) => {
                patch.delete_leading_values(message, header, run);
                left -= run;
                (header, run) = (route.header, 1);
            }
            None => break,
        }
    }
    if left > 0 {
        patch.delete_leading_values(message, header, run.min(left));
    }
}

/// Writes a response as it goes upstream: without our Via (RFC 3261 §16.7 step 3), and without the Retry-After
/// of a trunk, which would make the originator stop all its traffic.
#[inline]
pub(super) fn response(message: &Message<'_>, out: &mut [u8]) -> Result<usize, Overflow> {
    let mut patch: Patch<'_, EDITS> = Patch::of(message);
    patch.delete_leading_values(message, message.via().header, 1);
    if matches!(message.start(), Start::Response { status: 503, .. }) {
        for header in message.all(HeaderId::RetryAfter).take(4) {
            patch.delete(header.line);
        }
    }
    patch.apply(message.bytes(), out)
}

/// How many Route values in front name one of our listeners: two where we recorded both sides of one passage
/// (RFC 5658), which carry the same cookie. Another of ours behind them belongs to another passage of a spiral.
#[inline]
pub(super) fn own_routes(env: &Env, message: &Message<'_>) -> usize {
    if message.route().is_none() {
        return 0;
    }
    let mut first = None;
    message
        .routes()
        .take(2)
        .take_while(|route| {
            own_route(env, message.text(route.uri))
                .is_some_and(|cookie| *first.get_or_insert(cookie) == cookie)
        })
        .count()
}

/// The cookie in a Route URI that names one of our listeners; an empty one where it has none. `None` for a URI
/// that is not ours.
///
/// What we wrote comes back as we wrote it from all but a few peers: comparing it takes a tenth of reading it.
#[inline]
pub(super) fn own_route<'m>(env: &Env, uri: &'m [u8]) -> Option<&'m [u8]> {
    let written = uri.strip_prefix(b"sip:").and_then(|rest| {
        env.listeners.iter().find_map(|listener| {
            rest.strip_prefix(listener.sent_by.as_slice())?.strip_prefix(b";lr;tc=")
        })
    });
    match written {
        Some(cookie) if cookie.len() == cookie::TEXT_LEN => Some(cookie),
        _ => read_own_route(env, uri),
    }
}

/// As [`own_route`], of a URI that a peer wrote anew.
fn read_own_route<'m>(env: &Env, text: &'m [u8]) -> Option<&'m [u8]> {
    let uri = parser::uri::parse(text).ok()?;
    endpoint(&uri).filter(|endpoint| env.is_ours(*endpoint))?;
    Some(uri.param(COOKIE_PARAM).map_or(&b""[..], |cookie| cookie.of(text)))
}

/// The address and port in a SIP URI whose host is an IPv4 address.
#[inline]
pub(super) fn endpoint_of(uri: &[u8]) -> Option<Endpoint> {
    endpoint(&parser::uri::parse(uri).ok()?)
}

#[inline]
fn endpoint(uri: &parser::uri::Uri<'_>) -> Option<Endpoint> {
    let ipv4 = parser::uri::host_ipv4(uri.part(uri.host))?;
    Some(Endpoint { ipv4, port: uri.port.unwrap_or(5060) })
}

/// A Request-URI that we wrote.
pub(super) struct RequestUri {
    bytes: [u8; URI_LEN],
    len: usize,
}

impl RequestUri {
    /// The Request-URI of `message` aimed at a gateway: user part and parameters stay, host and port change.
    pub fn towards(message: &Message<'_>, gateway: Endpoint) -> Result<RequestUri, Overflow> {
        let mut bytes = [0u8; URI_LEN];
        let mut writer = Writer::new(&mut bytes);
        if let Start::Request { uri, .. } = message.start()
            && let Ok(uri) = message.uri(uri)
        {
            writer.bytes(b"sip:").bytes(uri.part(uri.user)).bytes(b"@").ipv4(gateway.ipv4);
            if gateway.port != 5060 {
                writer.bytes(b":").number(u32::from(gateway.port));
            }
            if uri.scheme == Scheme::Tel {
                // RFC 3261 §19.1.6: a tel URI becomes a SIP URI with user=phone.
                writer.bytes(b";user=phone");
            } else if !uri.params.is_empty() {
                writer.bytes(b";").bytes(uri.part(uri.params));
            }
        }
        let len = writer.finish()?;
        Ok(RequestUri { bytes, len })
    }

    /// The URI.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What ACK and CANCEL take from the INVITE that was sent.
pub(super) struct Sent<'t> {
    /// The INVITE as received.
    pub invite: &'t Message<'t>,
    /// The Request-URI that it was sent with.
    pub uri: &'t [u8],
    /// Our Via line of that branch.
    pub via: &'t [u8],
    /// How many Route values in front were stripped.
    pub own_routes: usize,
}

/// Writes the ACK for a final other than 2xx (RFC 3261 §17.1.1.3).
pub(super) fn ack(
    sent: &Sent<'_>,
    response: &Message<'_>,
    out: &mut [u8],
) -> Result<usize, Overflow> {
    let mut writer = Writer::new(out);
    begin(&mut writer, b"ACK", sent);
    line(&mut writer, response, HeaderId::To);
    finish(&mut writer, sent, b"ACK");
    writer.bytes(b"Content-Length: 0\r\n\r\n");
    writer.finish()
}

/// Writes the CANCEL of a branch (RFC 3261 §9.1), with the Reason of the caller's own CANCEL (RFC 3326 §2).
pub(super) fn cancel(
    sent: &Sent<'_>,
    reason_of: Option<&Message<'_>>,
    out: &mut [u8],
) -> Result<usize, Overflow> {
    let mut writer = Writer::new(out);
    begin(&mut writer, b"CANCEL", sent);
    line(&mut writer, sent.invite, HeaderId::To);
    finish(&mut writer, sent, b"CANCEL");
    if let Some(message) = reason_of {
        for header in message.all(HeaderId::Reason).take(4) {
            writer.bytes(message.text(header.line));
        }
    }
    writer.bytes(b"Content-Length: 0\r\n\r\n");
    writer.finish()
}

fn begin(writer: &mut Writer<'_>, method: &[u8], sent: &Sent<'_>) {
    writer.bytes(method).bytes(b" ").bytes(sent.uri).bytes(b" SIP/2.0\r\n").bytes(sent.via);
    writer.bytes(b"Max-Forwards: 70\r\n");
    line(writer, sent.invite, HeaderId::From);
}

fn finish(writer: &mut Writer<'_>, sent: &Sent<'_>, method: &[u8]) {
    line(writer, sent.invite, HeaderId::CallId);
    writer.bytes(b"CSeq: ").number(sent.invite.cseq().number).bytes(b" ").bytes(method);
    writer.bytes(b"\r\n");
    for route in sent.invite.routes().skip(sent.own_routes) {
        writer.bytes(b"Route: ").bytes(sent.invite.text(route.value)).bytes(b"\r\n");
    }
}

/// Copies the first header line with that id.
fn line(writer: &mut Writer<'_>, message: &Message<'_>, id: HeaderId) {
    if let Some(header) = message.find(id) {
        writer.bytes(message.text(header.line));
    }
}

/// The two requests that end a 2xx which nobody waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// Its ACK (RFC 3261 §13.2.2.4).
    Ack,
    /// The BYE after it.
    Bye,
}

/// Writes the ACK or BYE for a late 2xx, from that response alone: Request-URI from its Contact, Route from the
/// Record-Route values in front of ours in reverse order (RFC 3261 §12.1.2), the caller's identity from From.
pub(super) fn release(
    env: &Env,
    answer: &Message<'_>,
    fallback: Endpoint,
    via: &[u8],
    which: Release,
    out: &mut [u8],
) -> Result<usize, Overflow> {
    let (method, cseq): (&[u8], u32) = match which {
        Release::Ack => (b"ACK", answer.cseq().number),
        Release::Bye => (b"BYE", answer.cseq().number.saturating_add(1)),
    };
    let mut writer = Writer::new(out);
    writer.bytes(method).bytes(b" ");
    match answer.contact() {
        Some(uri) => {
            writer.bytes(answer.text(uri));
        }
        None => {
            writer.bytes(b"sip:").ipv4(fallback.ipv4).bytes(b":").number(u32::from(fallback.port));
        }
    }
    writer.bytes(b" SIP/2.0\r\n").bytes(via).bytes(b"Max-Forwards: 70\r\n");
    line(&mut writer, answer, HeaderId::From);
    line(&mut writer, answer, HeaderId::To);
    line(&mut writer, answer, HeaderId::CallId);
    writer.bytes(b"CSeq: ").number(cseq).bytes(b" ").bytes(method).bytes(b"\r\n");
    let ahead = routes_ahead(env, answer);
    for at in (0..ahead).rev() {
        if let Some(route) = answer.record_routes().nth(at) {
            writer.bytes(b"Route: ").bytes(answer.text(route.value)).bytes(b"\r\n");
        }
    }
    writer.bytes(b"Content-Length: 0\r\n\r\n");
    writer.finish()
}

/// How many Record-Route values of a response stand in front of ours: those between us and the callee.
pub(super) fn routes_ahead(env: &Env, answer: &Message<'_>) -> usize {
    // Bounded: a response with more proxies than that on one side is not worth quadratic time.
    answer
        .record_routes()
        .take(16)
        .take_while(|route| {
            !endpoint_of(answer.text(route.uri)).is_some_and(|endpoint| env.is_ours(endpoint))
        })
        .count()
}
