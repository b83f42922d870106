//! Owns the seven messages of a call as both parties write them, and the reading of what the router made of them.
//! Refuses to know frames and time.

use memchr::{memchr, memmem};

use crate::template::{Names, Template, from_hex};

/// The messages of a call, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The caller's INVITE.
    Invite,
    /// 100 Trying.
    Trying,
    /// 180 Ringing.
    Ringing,
    /// 200 to the INVITE.
    Answer,
    /// The caller's ACK.
    Ack,
    /// The caller's BYE.
    Bye,
    /// 200 to the BYE.
    ByeOk,
}

/// How many there are.
pub const KINDS: usize = 7;

impl Kind {
    /// All of them.
    pub const ALL: [Kind; KINDS] = [
        Kind::Invite,
        Kind::Trying,
        Kind::Ringing,
        Kind::Answer,
        Kind::Ack,
        Kind::Bye,
        Kind::ByeOk,
    ];

    /// Its name in reports.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Invite => "INVITE",
            Kind::Trying => "100",
            Kind::Ringing => "180",
            Kind::Answer => "200",
            Kind::Ack => "ACK",
            Kind::Bye => "BYE",
            Kind::ByeOk => "200 (BYE)",
        }
    }

    /// Its bit in a set of kinds.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Whether it goes towards the carrier.
    pub fn is_request(self) -> bool {
        matches!(self, Kind::Invite | Kind::Ack | Kind::Bye)
    }
}

const SDP: &str = "v=0
o=gw7 5512903 5512903 IN IP4 10.1.0.77
s=call
c=IN IP4 10.1.0.77
b=AS:80
t=0 0
m=audio 21460 RTP/AVP 8 0 18 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=maxptime:40
a=rtcp:21461
a=sendrecv
";

const FROM: &str =
    "From: \"+43720555100\" <sip:+43720555100@10.1.0.2;user=phone>;tag=c-NNNNNNNNNNNNNNNN";
const TO: &str = "To: <sip:+DDDDDDDDDDDD@10.1.0.1;user=phone>";
const CALL_ID: &str = "Call-ID: NNNNNNNNNNNNNNNN@10.1.0.2";
const CALLER: &str = "Contact: <sip:+43720555100@10.1.0.2:5060>";
const CALLEE: &str = "Contact: <sip:+DDDDDDDDDDDD@10.2.0.##:5060>";

/// The texts of all messages.
pub struct Messages {
    invite: Template,
    lines: [Template; 4],
    ends: [Template; 4],
    ack: [Template; 2],
    bye: [Template; 2],
}

impl Messages {
    /// Makes the texts.
    pub fn new() -> Self {
        let length = SDP.len() + SDP.lines().count();
        let with_sdp = format!("Content-Type: application/sdp\nContent-Length: {length}\n\n{SDP}");
        let invite = format!(
            "INVITE sip:+DDDDDDDDDDDD@10.1.0.1:5060;user=phone SIP/2.0\n\
             Via: SIP/2.0/UDP 10.1.0.2:5060;branch=z9hG4bKi-NNNNNNNNNNNNNNNN;rport\n\
             Max-Forwards: 70\n{FROM}\n{TO}\n{CALL_ID}\nCSeq: 1 INVITE\n{CALLER}\n\
             Allow: INVITE,ACK,CANCEL,BYE,OPTIONS,PRACK,UPDATE,INFO\n\
             Supported: timer,100rel,replaces\nSession-Expires: 1800;refresher=uac\nUser-Agent: Example-Gateway/4.2.17 (b20811)\n\
             P-Asserted-Identity: <sip:+43720555100@10.1.0.2;user=phone>\n{with_sdp}"
        );
        let to = format!("{TO};tag=s-NNNNNNNNNNNNNNNN");
        let empty = "Content-Length: 0\n\n";
        let allow = "Allow: INVITE,ACK,CANCEL,BYE,OPTIONS,UPDATE\nServer: sbc/11.0\n";
        let request = |method: &str, branch: &str, cseq: u32| {
            let head = format!(
                "{method} sip:+DDDDDDDDDDDD@10.2.0.##:5060 SIP/2.0\n\
                 Via: SIP/2.0/UDP 10.1.0.2:5060;branch=z9hG4bK{branch}-NNNNNNNNNNNNNNNN;rport\nMax-Forwards: 70\n"
            );
            let end = format!("{FROM}\n{to}\n{CALL_ID}\nCSeq: {cseq} {method}\n{empty}");
            [Template::new(&head), Template::new(&end)]
        };
        let line = |text: &str| Template::new(&format!("SIP/2.0 {text}\n"));
        let ends = [
            format!("{FROM}\n{TO}\n{CALL_ID}\nCSeq: 1 INVITE\n{empty}"),
            format!("{FROM}\n{to}\n{CALL_ID}\nCSeq: 1 INVITE\n{CALLEE}\n{allow}{empty}"),
            format!("{FROM}\n{to}\n{CALL_ID}\nCSeq: 1 INVITE\n{CALLEE}\n{allow}{with_sdp}"),
            format!("{FROM}\n{to}\n{CALL_ID}\nCSeq: 2 BYE\n{empty}"),
        ];
        Messages {
            invite: Template::new(&invite),
            lines: [line("100 Trying"), line("180 Ringing"), line("200 OK"), line("200 OK")],
            ends: ends.map(|text| Template::new(&text)),
            ack: request("ACK", "a", 1),
            bye: request("BYE", "b", 2),
        }
    }

    /// Writes a message of a call and gives its length. `lines` are those of the router that it has to repeat: Via
    /// and Record-Route in a response, Record-Route in ACK and BYE.
    #[inline]
    pub fn write(&self, kind: Kind, names: &Names, lines: &[u8], out: &mut [u8]) -> usize {
        let response = |at: usize, out: &mut [u8]| {
            let [line, end] = [self.lines.get(at), self.ends.get(at)];
            let (Some(line), Some(end)) = (line, end) else { return 0 };
            let begun = line.write(out, 0, names);
            let begun = copy(lines, out, begun);
            end.write(out, begun, names)
        };
        let request = |[head, end]: &[Template; 2], out: &mut [u8]| {
            let begun = head.write(out, 0, names);
            let begun = routes(lines, out, begun);
            end.write(out, begun, names)
        };
        match kind {
            Kind::Invite => self.invite.write(out, 0, names),
            Kind::Trying => response(0, out),
            Kind::Ringing => response(1, out),
            Kind::Answer => response(2, out),
            Kind::ByeOk => response(3, out),
            Kind::Ack => request(&self.ack, out),
            Kind::Bye => request(&self.bye, out),
        }
    }
}

fn copy(text: &[u8], out: &mut [u8], at: usize) -> usize {
    let end = at.saturating_add(text.len());
    match out.get_mut(at..end) {
        Some(place) => {
            place.copy_from_slice(text);
            end
        }
        None => usize::MAX / 2,
    }
}

/// Writes the Record-Route lines of `lines` as Route lines, the last first (RFC 3261 §12.1.2).
fn routes(lines: &[u8], out: &mut [u8], at: usize) -> usize {
    let mut all: [&[u8]; 4] = [&[]; 4];
    let mut count = 0;
    for line in each_line(lines) {
        if let (Some(route), Some(cell)) = (line.strip_prefix(RECORD_ROUTE), all.get_mut(count)) {
            *cell = route;
            count += 1;
        }
    }
    all.iter().take(count).rev().fold(at, |at, route| {
        let at = copy(b"Route:", out, at);
        copy(route, out, at)
    })
}

const RECORD_ROUTE: &[u8] = b"Record-Route:";

/// The lines of a text, with their ends.
fn each_line(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// What the router sent.
#[derive(Clone, Copy, Debug)]
pub struct Received<'m> {
    /// What it is.
    pub kind: Kind,
    /// The call that it belongs to.
    pub call: u64,
    /// Its Via and Record-Route lines, which stand in front of all others.
    pub lines: &'m [u8],
}

/// Reads a message of the router; nothing if it is none of a call that goes well.
#[inline]
pub fn read(message: &[u8]) -> Option<Received<'_>> {
    let start = memchr(b'\n', message)? + 1;
    let mut end = start;
    for line in each_line(message.get(start..)?) {
        if !line.starts_with(b"Via:") && !line.starts_with(RECORD_ROUTE) {
            break;
        }
        end += line.len();
    }
    const NAME: &[u8] = b"\r\nCall-ID: ";
    let call_at = memmem::find(message, NAME)? + NAME.len();
    let call_id = message.get(call_at..)?;
    let call = from_hex(call_id)?;
    let kind = match message.get(..11)? {
        [b'I', b'N', b'V', ..] => Kind::Invite,
        [b'A', b'C', b'K', ..] => Kind::Ack,
        [b'B', b'Y', b'E', ..] => Kind::Bye,
        b"SIP/2.0 100" => Kind::Trying,
        b"SIP/2.0 180" => Kind::Ringing,
        b"SIP/2.0 200" => {
            // The CSeq stands in the line behind: nobody moves lines.
            let cseq = call_id.get(memchr(b'\n', call_id)? + 1..)?;
            if cseq.starts_with(b"CSeq: 1 I") { Kind::Answer } else { Kind::ByeOk }
        }
        _ => return None,
    };
    Some(Received { kind, call, lines: message.get(start..end)? })
}

/// Whether two sets of lines hold the same Record-Routes.
pub fn same_routes(one: &[u8], other: &[u8]) -> bool {
    let records = |line: &&[u8]| line.starts_with(RECORD_ROUTE);
    each_line(one).filter(records).eq(each_line(other).filter(records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::hex;

    const LINES: &[u8] =
        b"Via: SIP/2.0/UDP 10.2.0.1:5060;branch=z9hG4bKx\r\nRecord-Route: <sip:10.2.0.1;lr>\r\n\
                           Record-Route: <sip:10.1.0.1;lr>\r\nVia: SIP/2.0/UDP 10.1.0.2:5060\r\n";

    fn written(kind: Kind) -> Vec<u8> {
        let names = Names { call: hex(7), called: *b"390612345678", carrier: *b"12" };
        let mut out = vec![0; 1_472];
        let len = Messages::new().write(kind, &names, LINES, &mut out);
        out.truncate(len);
        out
    }

    #[test]
    fn every_message_is_what_the_parser_takes_and_reads_back() {
        for kind in Kind::ALL {
            let text = written(kind);
            let padded = simd::padded(&text);
            let mut index = parser::Index::new();
            let content = simd::Padded::new(&padded, text.len()).unwrap();
            let parsed = parser::parse(content, &parser::Limits::default(), &mut index);
            let message = parsed.unwrap_or_else(|error| panic!("{kind:?}: {error:?}"));
            assert_eq!(message.text(message.call_id()), b"0000000000000007@10.1.0.2");
            let received = read(&text).unwrap();
            assert_eq!((received.kind, received.call), (kind, 7));
        }
    }

    #[test]
    fn an_invite_has_fourteen_headers_and_about_a_thousand_bytes() {
        let text = written(Kind::Invite);
        let head = text.len() - SDP.len() - SDP.lines().count();
        let headers = each_line(&text[..head]).count() - 2;
        assert_eq!(headers, 14);
        assert!((950..1_100).contains(&text.len()), "{}", text.len());
    }

    #[test]
    fn responses_repeat_the_lines_and_requests_route_by_them() {
        assert_eq!(read(&written(Kind::Ringing)).unwrap().lines, LINES);
        let bye = String::from_utf8(written(Kind::Bye)).unwrap();
        assert!(
            bye.contains("Route: <sip:10.1.0.1;lr>\r\nRoute: <sip:10.2.0.1;lr>\r\nFrom:"),
            "{bye}"
        );
        assert!(same_routes(LINES, &LINES[48..]) && !same_routes(LINES, b""));
    }

    #[test]
    fn a_failure_is_no_message_of_a_call_that_goes_well() {
        let text = String::from_utf8(written(Kind::Answer)).unwrap().replace("200 OK", "503 No");
        assert!(read(text.as_bytes()).is_none());
    }
}
