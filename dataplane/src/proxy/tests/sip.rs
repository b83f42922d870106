//! Owns messages as the peers of a test write and read them. Knows nothing of the parser under test: it splits
//! lines, so that the two can disagree.

use std::fmt::Write;

/// A message: start line, headers in order, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sip {
    pub start: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Sip {
    /// Splits a datagram.
    pub fn read(bytes: &[u8]) -> Sip {
        let text = std::str::from_utf8(bytes).expect("the tests send text");
        let (head, body) = text.split_once("\r\n\r\n").expect("an empty line ends the headers");
        let mut lines = head.split("\r\n");
        let start = lines.next().expect("a start line").to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').expect("a header has a colon");
            (name.trim().to_owned(), value.trim().to_owned())
        };
        Sip { start, headers: lines.map(header).collect(), body: body.to_owned() }
    }

    /// The datagram, with the Content-Length of the body.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.start);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "Content-Length") {
            write!(text, "{name}: {value}\r\n").expect("a String takes everything");
        }
        write!(text, "Content-Length: {}\r\n\r\n{}", self.body.len(), self.body).expect("as above");
        text.into_bytes()
    }

    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The first value of a header; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    /// This message with a header at the end.
    pub fn with(mut self, name: &str, value: &str) -> Sip {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// This message with the first such header changed.
    pub fn changed(mut self, name: &str, value: &str) -> Sip {
        let header = self.headers.iter_mut().find(|(other, _)| other == name);
        header.expect("the header to change").1 = value.to_owned();
        self
    }

    /// This message without any such header.
    pub fn without(mut self, name: &str) -> Sip {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// The method of a request; empty for a response.
    pub fn method(&self) -> &str {
        if self.start.starts_with("SIP/") {
            ""
        } else {
            self.start.split(' ').next().unwrap_or_default()
        }
    }

    /// The Request-URI.
    pub fn uri(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    /// The status of a response; 0 for a request.
    pub fn status(&self) -> u16 {
        let code = self.start.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3));
        code.and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// The method in CSeq.
    pub fn cseq_method(&self) -> &str {
        self.get("CSeq").split(' ').nth(1).unwrap_or_default()
    }

    /// The number in CSeq.
    pub fn cseq(&self) -> u32 {
        self.get("CSeq").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The branch of the top Via.
    pub fn branch(&self) -> &str {
        parameter(self.get("Via"), "branch")
    }

    /// `INVITE`, or `200 INVITE`: what a message is, for comparisons.
    pub fn kind(&self) -> String {
        match self.status() {
            0 => self.method().to_owned(),
            status => format!("{status} {}", self.cseq_method()),
        }
    }
}

/// The value of `;name=` in a header value.
pub fn parameter<'t>(value: &'t str, name: &str) -> &'t str {
    let found = value.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_default()
}

/// A request outside dialogs, as a caller at `from` writes it.
pub fn request(method: &str, uri: &str, from: &str, call_id: &str) -> Sip {
    let mut message =
        Sip { start: format!("{method} {uri} SIP/2.0"), headers: Vec::new(), body: String::new() };
    for (name, value) in [
        ("Via", format!("SIP/2.0/UDP {from};branch=z9hG4bK-{call_id}-{method};rport")),
        ("Max-Forwards", "70".to_owned()),
        ("From", format!("\"A, B\" <sip:4930123456@{from}>;tag=caller-{call_id}")),
        ("To", format!("<{uri}>")),
        ("Call-ID", call_id.to_owned()),
        ("CSeq", format!("1 {method}")),
        ("Contact", format!("<sip:4930123456@{from}>")),
    ] {
        message = message.with(name, &value);
    }
    message
}

/// An INVITE with SDP.
pub fn invite(number: &str, from: &str, call_id: &str) -> Sip {
    let mut message =
        request("INVITE", &format!("sip:{number}@10.1.0.1;user=phone"), from, call_id)
            .with("X-Unknown", "kept,  as it is")
            .with("Content-Type", "application/sdp");
    message.body = format!("v=0\r\no=- 1 1 IN IP4 {from}\r\ns=-\r\n");
    message
}

/// The response of a peer at `contact` to a request that it received.
pub fn answer(request: &Sip, status: u16, phrase: &str, tag: &str, contact: &str) -> Sip {
    let start = format!("SIP/2.0 {status} {phrase}");
    let mut message = Sip { start, headers: Vec::new(), body: String::new() };
    for (name, value) in &request.headers {
        match name.as_str() {
            "Via" | "From" | "Call-ID" | "CSeq" | "Record-Route" => {
                message = message.with(name, value)
            }
            "To" if status == 100 || value.contains(";tag=") => message = message.with(name, value),
            "To" => message = message.with(name, &format!("{value};tag={tag}")),
            _ => {}
        }
    }
    match (status, request.method()) {
        (101..=299, "INVITE") => message.with("Contact", &format!("<sip:callee@{contact}>")),
        _ => message,
    }
}

/// RFC 3261 §17.1.1.3: the ACK for a failure.
pub fn ack_of_failure(invite: &Sip, failure: &Sip) -> Sip {
    same_hop(invite, "ACK").changed("To", failure.get("To"))
}

/// RFC 3261 §9.1.
pub fn cancel(invite: &Sip) -> Sip {
    same_hop(invite, "CANCEL")
}

fn same_hop(invite: &Sip, method: &str) -> Sip {
    let start = format!("{method} {} SIP/2.0", invite.uri());
    let mut message = Sip { start, headers: Vec::new(), body: String::new() };
    message = message.with("Via", invite.get("Via")).with("Max-Forwards", "70");
    for name in ["From", "To", "Call-ID"] {
        message = message.with(name, invite.get(name));
    }
    for route in invite.all("Route") {
        message = message.with("Route", route);
    }
    message.with("CSeq", &format!("{} {method}", invite.cseq()))
}

/// A peer's view of a dialog (RFC 3261 §12.1).
#[derive(Clone, Debug)]
pub struct Leg {
    pub local: String,
    pub remote: String,
    pub target: String,
    pub routes: Vec<String>,
    pub call_id: String,
    pub cseq: u32,
    pub host: String,
}

impl Leg {
    /// The caller's, from the INVITE that it sent and the 2xx that it received.
    pub fn of_caller(invite: &Sip, ok: &Sip, host: &str) -> Leg {
        let routes = ok.all("Record-Route").iter().rev().map(|route| (*route).to_owned()).collect();
        Leg::new(
            ok.get("From"),
            ok.get("To"),
            ok.get("Contact"),
            routes,
            invite,
            host,
            invite.cseq(),
        )
    }

    /// The callee's, from the INVITE that it received and the 2xx that it sent.
    pub fn of_callee(invite: &Sip, ok: &Sip, host: &str) -> Leg {
        let routes = invite.all("Record-Route").iter().map(|route| (*route).to_owned()).collect();
        Leg::new(ok.get("To"), ok.get("From"), invite.get("Contact"), routes, invite, host, 100)
    }

    fn new(
        local: &str,
        remote: &str,
        contact: &str,
        routes: Vec<String>,
        of: &Sip,
        host: &str,
        cseq: u32,
    ) -> Leg {
        let target = contact.trim_matches(['<', '>']).to_owned();
        let [local, remote, host, call_id] =
            [local, remote, host, of.get("Call-ID")].map(str::to_owned);
        Leg { local, remote, target, routes, call_id, cseq, host }
    }

    /// The ACK of a 2xx.
    pub fn ack(&self) -> Sip {
        self.build("ACK", self.cseq)
    }

    /// The next request of this side.
    pub fn request(&mut self, method: &str) -> Sip {
        self.cseq += 1;
        let message = self.build(method, self.cseq);
        if matches!(method, "INVITE" | "UPDATE") {
            return message.with("Contact", &format!("<sip:peer@{}>", self.host));
        }
        message
    }

    fn build(&self, method: &str, cseq: u32) -> Sip {
        let start = format!("{method} {} SIP/2.0", self.target);
        let mut message = Sip { start, headers: Vec::new(), body: String::new() };
        let (host, id) = (&self.host, &self.call_id);
        message = message
            .with("Via", &format!("SIP/2.0/UDP {host};branch=z9hG4bK-{id}-{host}-{method}-{cseq}"))
            .with("Max-Forwards", "70");
        for route in &self.routes {
            message = message.with("Route", route);
        }
        message
            .with("From", &self.local)
            .with("To", &self.remote)
            .with("Call-ID", id)
            .with("CSeq", &format!("{cseq} {method}"))
    }
}
