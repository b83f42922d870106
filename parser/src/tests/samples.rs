//! Owns the messages of one call that the tests share.
//! Refuses to be part of the library.

/// The messages of one call as a proxy sees them, by name.
pub fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let sdp = [
        "v=0",
        "o=gw7 5512903 5512903 IN IP4 192.0.2.17",
        "s=call",
        "c=IN IP4 192.0.2.77",
        "t=0 0",
        "m=audio 21460 RTP/AVP 8 0 18 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:18 G729/8000",
        "a=fmtp:18 annexb=no",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
        "",
    ]
    .join("\r\n");
    let caller = "Via: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK77d21b90c4ae5f3802;rport";
    let ours = "Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bKq1vt5c70lm9d2k4f0s8n6jb3e1;\
                received=203.0.113.5;rport=5060";
    let stamped = "Via: SIP/2.0/UDP 192.0.2.17:5060;received=192.0.2.17;\
                   branch=z9hG4bK77d21b90c4ae5f3802;rport=5060";
    let from =
        "From: \"+43720555100\" <sip:+43720555100@gw7.carrier-one.example;user=phone>;tag=w81Kx0c2";
    let to = "To: <sip:+12025550143@203.0.113.5;user=phone>";
    let to_tag = "To: <sip:+12025550143@203.0.113.5;user=phone>;tag=7f3a19d0e5";
    let call_id = "Call-ID: 88120734-5512903@192.0.2.17";
    let record_route = "Record-Route: <sip:203.0.113.5;lr;t=k3v09sd1m>";
    let route = "Route: <sip:203.0.113.5;lr;t=k3v09sd1m>";
    let contact = "Contact: <sip:+43720555100@192.0.2.17:5060;transport=udp>";
    let remote = "Contact: <sip:+12025550143@198.51.100.30:5060>";
    let allow = "Allow: INVITE,ACK,CANCEL,BYE,OPTIONS,PRACK,UPDATE,INFO";
    let forwards = "Max-Forwards: 69";
    vec![
        (
            "invite",
            message(
                "INVITE sip:+12025550143@203.0.113.5:5060;user=phone SIP/2.0",
                &[
                    caller,
                    from,
                    to,
                    call_id,
                    "CSeq: 417 INVITE",
                    forwards,
                    contact,
                    allow,
                    "Supported: timer,100rel,replaces",
                    "Session-Expires: 1800;refresher=uac",
                    "P-Asserted-Identity: <sip:+43720555100@gw7.carrier-one.example;user=phone>",
                    "Route: <sip:203.0.113.5:5060;lr>",
                    "Content-Type: application/sdp",
                ],
                &sdp,
            ),
        ),
        (
            "trying",
            message(
                "SIP/2.0 100 Trying",
                &[ours, stamped, from, to, call_id, "CSeq: 417 INVITE"],
                "",
            ),
        ),
        (
            "ringing",
            message(
                "SIP/2.0 180 Ringing",
                &[
                    ours,
                    stamped,
                    record_route,
                    from,
                    to_tag,
                    call_id,
                    "CSeq: 417 INVITE",
                    remote,
                    allow,
                    "Server: CarrierTwo-GW/4.1",
                ],
                "",
            ),
        ),
        (
            "ok",
            message(
                "SIP/2.0 200 OK",
                &[
                    ours,
                    stamped,
                    record_route,
                    from,
                    to_tag,
                    call_id,
                    "CSeq: 417 INVITE",
                    remote,
                    allow,
                    "Supported: timer",
                    "Require: timer",
                    "Session-Expires: 1800;refresher=uac",
                    "Server: CarrierTwo-GW/4.1",
                    "Content-Type: application/sdp",
                ],
                &sdp,
            ),
        ),
        (
            "ack",
            message(
                "ACK sip:+12025550143@198.51.100.30:5060 SIP/2.0",
                &[caller, from, to_tag, call_id, "CSeq: 417 ACK", forwards, route, contact],
                "",
            ),
        ),
        (
            "bye",
            message(
                "BYE sip:+12025550143@198.51.100.30:5060 SIP/2.0",
                &[
                    caller,
                    from,
                    to_tag,
                    call_id,
                    "CSeq: 418 BYE",
                    forwards,
                    route,
                    "Reason: Q.850;cause=16;text=\"Normal call clearing\"",
                    "User-Agent: CarrierOne-SBC/12.1",
                ],
                "",
            ),
        ),
        (
            "progress",
            message(
                "SIP/2.0 183 Session Progress",
                &[
                    ours,
                    stamped,
                    record_route,
                    from,
                    to_tag,
                    call_id,
                    "CSeq: 417 INVITE",
                    remote,
                    allow,
                    "Require: 100rel",
                    "RSeq: 9021",
                    "Server: CarrierTwo-GW/4.1",
                    "Content-Type: application/sdp",
                ],
                &sdp,
            ),
        ),
        (
            "prack",
            message(
                "PRACK sip:+12025550143@198.51.100.30:5060 SIP/2.0",
                &[
                    caller,
                    from,
                    to_tag,
                    call_id,
                    "CSeq: 418 PRACK",
                    "RAck: 9021 417 INVITE",
                    forwards,
                    route,
                ],
                "",
            ),
        ),
        (
            "cancel",
            message(
                "CANCEL sip:+12025550143@203.0.113.5:5060;user=phone SIP/2.0",
                &[
                    caller,
                    from,
                    to,
                    call_id,
                    "CSeq: 417 CANCEL",
                    forwards,
                    "Route: <sip:203.0.113.5:5060;lr>",
                    "Reason: SIP;cause=487;text=\"ORIGINATOR_CANCEL\"",
                ],
                "",
            ),
        ),
        (
            "options",
            message(
                "OPTIONS sip:203.0.113.5:5060 SIP/2.0",
                &[
                    caller,
                    "From: <sip:ping@192.0.2.17>;tag=5a1c9e",
                    "To: <sip:203.0.113.5>",
                    call_id,
                    "CSeq: 90211 OPTIONS",
                    "Max-Forwards: 1",
                    "Contact: <sip:192.0.2.17:5060>",
                    "Accept: application/sdp",
                    "User-Agent: CarrierOne-SBC/12.1",
                ],
                "",
            ),
        ),
    ]
}

/// A message of a start line, headers, a Content-Length behind them, and a body.
pub fn message(start: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{start}\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    text.into_bytes()
}
