//! Owns one call between two carriers' equipment, and the messages of it that reach the router.
//! Refuses to know which messages are wanted.

use super::dice::Dice;
use super::kind::Kind;
use super::vendor::{VENDORS, Vendor, compact};
use super::{Start, Told};

/// The router that both sides talk to.
const ROUTER: &str = "203.0.113.5";

/// One side of a call.
#[derive(Clone, Debug)]
struct Party {
    vendor: Vendor,
    number: String,
    host: String,
    port: u16,
    media: (String, u16),
    tag: String,
    named: bool,
}

/// What is said about a call in all its messages.
#[derive(Clone, Debug)]
pub struct Call {
    near: Party,
    far: Party,
    call_id: String,
    cseq: u32,
    /// Of the caller's INVITE, and of what the router made of it.
    branches: (String, String),
    /// What the router finds the call by, in its Record-Route.
    token: String,
}

impl Party {
    fn draw(vendor: Vendor, dice: &mut Dice) -> Party {
        let country = dice.pick(&["43720", "1202555", "4420794", "49891", "861391", "3933"]);
        let number = format!("{country}{:06}", dice.below(1_000_000));
        let network = dice.pick(&["192.0.2", "198.51.100", "10.77.1", "172.16.204"]);
        let host = format!("{network}.{}", 1 + dice.below(254));
        let media =
            (format!("{network}.{}", 1 + dice.below(254)), 10_000 + 2 * dice.below(20_000) as u16);
        let port = dice.pick(&[5060, 5060, 5060, 5070, 15060]);
        let tag = vendor.identifiers.tag(dice);
        Party { vendor, number, host, port, media, tag, named: dice.below(3) > 0 }
    }

    fn sent_by(&self) -> String {
        match self.vendor.port {
            true => format!("{}:{}", self.host, self.port),
            false => self.host.clone(),
        }
    }

    /// The URI that says whose number it is, at `host`.
    fn public(&self, host: &str, writer: &Vendor) -> String {
        match writer.e164 {
            true => format!("sip:+{}@{host};user=phone", self.number),
            false => format!("sip:{}@{host}", self.number),
        }
    }

    /// The URI that it is reached at.
    fn contact(&self) -> String {
        format!("sip:{}@{}", self.number, self.sent_by())
    }

    fn sdp(&self, dice: &mut Dice) -> String {
        let (media, port) = &self.media;
        let session = dice.below(100_000_000);
        let kinds: Vec<String> =
            self.vendor.codecs.iter().map(|(number, _)| number.to_string()).collect();
        let mut lines = vec![
            "v=0".to_owned(),
            format!("o=gw7 {session} {session} IN IP4 {}", self.host),
            "s=call".to_owned(),
            format!("c=IN IP4 {media}"),
            "t=0 0".to_owned(),
            format!("m=audio {port} RTP/AVP {}", kinds.join(" ")),
        ];
        lines.extend(
            self.vendor.codecs.iter().map(|(kind, name)| format!("a=rtpmap:{kind} {name}")),
        );
        lines.extend(["a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv", ""].map(str::to_owned));
        lines.join("\r\n")
    }
}

impl Call {
    /// Any call.
    pub fn draw(dice: &mut Dice) -> Call {
        let (near, far) = (dice.pick(&VENDORS), dice.pick(&VENDORS));
        Call::between(near, far, dice)
    }

    /// A call from `near` to `far`.
    pub fn between(near: Vendor, far: Vendor, dice: &mut Dice) -> Call {
        let (near, far) = (Party::draw(near, dice), Party::draw(far, dice));
        let ids = near.vendor.identifiers;
        let ours = format!("z9hG4bKq{}", dice.hex(30));
        Call {
            call_id: ids.call_id(dice, &near.host),
            cseq: 1 + {
                let limit = dice.pick(&[1, 100, 100_000]);
                dice.below(limit) as u32
            },
            branches: (ids.branch(dice), ours),
            token: dice.hex(26),
            near,
            far,
        }
    }

    /// The same call seen from the called side, which now sends requests.
    pub fn reversed(self) -> Call {
        Call { near: self.far, far: self.near, ..self }
    }

    /// A message of the call as it reaches the router, and what it says.
    pub fn message(&self, kind: Kind, dice: &mut Dice) -> (Vec<u8>, Told) {
        let sender = if kind.status().is_some() { &self.far } else { &self.near };
        let body = if kind.has_sdp() { sender.sdp(dice) } else { String::new() };
        let (start, digits) = self.start(kind);
        let branch = match kind {
            Kind::Invite(_) | Kind::Cancel => self.branches.0.clone(),
            _ if kind.status().is_some() => self.branches.1.clone(),
            _ => self.near.vendor.identifiers.branch(dice),
        };
        let cseq = match kind {
            Kind::Invite(_) | Kind::Trying | Kind::Ringing | Kind::Progress | Kind::Ok => self.cseq,
            Kind::Ack | Kind::Cancel => self.cseq,
            _ => self.cseq + 1,
        };
        let mut headers = self.headers(kind, &branch, cseq, dice);
        headers.push(("Content-Length", body.len().to_string()));
        let order = sender.vendor.order;
        let place = |name: &str| order.iter().position(|known| *known == name);
        headers.sort_by_key(|(name, _)| place(name).unwrap_or(order.len()));
        let mut text = start + "\r\n";
        for (name, value) in headers {
            let name = if sender.vendor.compact { compact(name) } else { name };
            text += &format!("{name}: {value}\r\n");
        }
        text += "\r\n";
        text += &body;
        let is_known = kind.in_dialog() || kind.status().is_some_and(|(status, _)| status > 100);
        let routed = is_known && kind != Kind::ByeOk;
        let told = Told {
            start: kind
                .status()
                .map_or(Start::Method(kind.method()), |(status, _)| Start::Status(status)),
            call_id: self.call_id.clone(),
            branch,
            cseq,
            from_tag: self.near.tag.clone(),
            to_tag: if is_known { self.far.tag.clone() } else { String::new() },
            digits,
            token: routed.then(|| self.token.clone()),
        };
        (text.into_bytes(), told)
    }

    /// The start line, and the digits of the number in it.
    fn start(&self, kind: Kind) -> (String, Option<String>) {
        if let Some((status, reason)) = kind.status() {
            return (format!("SIP/2.0 {status} {reason}"), None);
        }
        let router = format!("{ROUTER}:5060");
        let (uri, digits) = match kind {
            Kind::Options => (format!("sip:{router}"), None),
            _ if kind.in_dialog() => (self.far.contact(), Some(self.far.number.clone())),
            _ => (self.far.public(&router, &self.near.vendor), Some(self.far.number.clone())),
        };
        (format!("{} {uri} SIP/2.0", kind.method()), digits)
    }

    /// All headers but Content-Length.
    fn headers(
        &self,
        kind: Kind,
        branch: &str,
        cseq: u32,
        dice: &mut Dice,
    ) -> Vec<(&'static str, String)> {
        let (near, far) = (&self.near, &self.far);
        let status = kind.status().map(|(status, _)| status);
        let sender = if status.is_some() { far } else { near };
        let is_known = kind.in_dialog() || status.is_some_and(|status| status > 100);
        let mut all = Vec::new();
        if status.is_some() {
            all.push((
                "Via",
                format!("SIP/2.0/UDP {ROUTER}:5060;branch={branch};rport=5060;received={ROUTER}"),
            ));
            let (host, port, theirs) = (&near.host, near.port, &self.branches.0);
            all.push((
                "Via",
                format!(
                    "SIP/2.0/UDP {};received={host};branch={theirs};rport={port}",
                    near.sent_by()
                ),
            ));
        } else {
            let rport = if near.named { ";rport" } else { "" };
            all.push(("Via", format!("SIP/2.0/UDP {};branch={branch}{rport}", near.sent_by())));
        }
        let name = if near.named { format!("\"{}\" ", near.number) } else { String::new() };
        let from = if kind == Kind::Options {
            format!("<sip:ping@{}>", near.host)
        } else {
            format!("{name}<{}>", near.public(&near.host, &near.vendor))
        };
        all.push(("From", format!("{from};tag={}", near.tag)));
        let to_tag = if is_known { format!(";tag={}", far.tag) } else { String::new() };
        let to = match kind {
            Kind::Options => format!("sip:{ROUTER}"),
            _ => far.public(ROUTER, &near.vendor),
        };
        all.push(("To", format!("<{to}>{to_tag}")));
        all.push(("Call-ID", self.call_id.clone()));
        all.push(("CSeq", format!("{cseq} {}", kind.method())));
        if status.is_none() {
            let forwards = if kind == Kind::Options { 1 } else { 70 - dice.below(4) };
            all.push(("Max-Forwards", forwards.to_string()));
        }
        let own_route = format!("<sip:{ROUTER};lr;t={}>", self.token);
        let mut add = |name, value: &str| all.push((name, value.to_owned()));
        let contact = format!("<{}>", sender.contact());
        let Vendor { agent, allow, supported, .. } = sender.vendor;
        match kind {
            Kind::Invite(_) => {
                add("Contact", &contact);
                add("Allow", allow);
                add("Supported", supported);
            }
            Kind::Reinvite => {
                add("Route", &own_route);
                add("Contact", &contact);
                add("Allow", allow);
                add("Supported", supported);
                add("Session-Expires", "1800;refresher=uac");
                add("User-Agent", agent);
            }
            Kind::Ringing | Kind::Progress | Kind::Ok => {
                add("Record-Route", &own_route);
                add("Contact", &contact);
                add("Allow", allow);
                if kind == Kind::Progress {
                    add("Require", "100rel");
                    add("RSeq", &dice.below(10_000).to_string());
                }
                if kind == Kind::Ok {
                    add("Supported", supported);
                    add("Require", "timer");
                    add("Session-Expires", "1800;refresher=uac");
                }
                add("Server", agent);
            }
            Kind::Ack => {
                add("Route", &own_route);
                add("Contact", &contact);
            }
            Kind::Bye => {
                add("Route", &own_route);
                add("Reason", "Q.850;cause=16;text=\"Normal call clearing\"");
                add("User-Agent", agent);
            }
            Kind::ByeOk => add("Server", agent),
            Kind::Prack => {
                add("Route", &own_route);
                add("RAck", &format!("{} {} INVITE", dice.below(10_000), self.cseq));
            }
            Kind::Cancel => add("Reason", "SIP;cause=487;text=\"ORIGINATOR_CANCEL\""),
            Kind::Options => {
                add("Contact", &format!("<sip:{}>", near.sent_by()));
                add("Accept", "application/sdp");
                add("User-Agent", agent);
            }
            Kind::Trying => {}
        }
        if let Kind::Invite(count) = kind {
            // Content-Type and Content-Length are the last two.
            let extras = sender.vendor.extras;
            all.extend(
                extras.into_iter().take(count - 11).map(|name| (name, self.extra(name, dice))),
            );
        }
        if kind.has_sdp() {
            all.push(("Content-Type", "application/sdp".to_owned()));
        }
        all
    }

    /// The value of a header that not every INVITE has.
    fn extra(&self, name: &str, dice: &mut Dice) -> String {
        let Party { vendor, host, .. } = &self.near;
        let caller = self.near.public(host, vendor);
        match name {
            "Date" => {
                format!("Sat, 21 Nov 2026 {:02}:{:02}:17 GMT", dice.below(24), dice.below(60))
            }
            "Diversion" => {
                format!("<{}>;reason=unconditional;counter=1", self.far.public(host, vendor))
            }
            "Expires" => "180".to_owned(),
            "Min-SE" => "90".to_owned(),
            "P-Asserted-Identity" => format!("<{caller}>"),
            "P-Charging-Vector" => format!("icid-value={};icid-generated-at={host}", dice.hex(32)),
            "Privacy" => "none".to_owned(),
            "Record-Route" => format!("<sip:{host};lr;ftag={}>", self.near.tag),
            "Remote-Party-ID" => format!("<{caller}>;party=calling;screen=yes;privacy=off"),
            "Session-Expires" => "1800;refresher=uac".to_owned(),
            "Timestamp" => format!("{}", dice.below(1 << 31)),
            "User-Agent" => vendor.agent.to_owned(),
            // Of the equipment behind the one that sends.
            _ => format!(
                "SIP/2.0/UDP 10.0.{}.9:5060;branch={}",
                dice.below(256),
                vendor.identifiers.branch(dice)
            ),
        }
    }
}
