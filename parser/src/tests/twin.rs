//! Owns the naive twin of the pass: the same facts, byte by byte, from the grammar of RFC 3261 §25.
//! Refuses to share code with the pass, but for the header ids.

use std::ops::Range;

use super::cursor::{Cursor, token, uri_byte, white};
use crate::{HeaderId, Limits};

type Extent = Range<usize>;

/// What the pass should find.
#[derive(Debug, Default, PartialEq)]
pub struct Facts {
    pub request: Option<(Extent, Extent)>,
    pub status: Option<(u16, Extent)>,
    pub preamble: usize,
    pub first_header_at: usize,
    pub headers_end: usize,
    /// Id, line, name, value.
    pub headers: Vec<(HeaderId, Extent, Extent, Extent)>,
    pub via: Via,
    pub vias: Vec<Extent>,
    pub from: (Extent, Extent),
    pub to: (Extent, Extent),
    pub call_id: Extent,
    pub cseq: (u32, Extent, Extent),
    pub max_forwards: Option<(u8, Extent)>,
    pub route: Option<(Extent, Extent, usize)>,
    pub body: Extent,
}

#[derive(Debug, Default, PartialEq)]
pub struct Via {
    pub header: usize,
    pub value: Extent,
    pub sole: bool,
    pub transport: Extent,
    pub host: Extent,
    pub port: Option<u16>,
    pub branch: Extent,
    pub received: Extent,
    /// Behind the name, and the value where there is one.
    pub rport: Option<(usize, Option<(u16, Extent)>)>,
}

fn number(text: &[u8]) -> Option<u128> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let significant = text.iter().position(|byte| *byte != b'0').unwrap_or(text.len());
    let text = &text[significant..];
    if text.len() > 30 {
        return Some(u128::MAX);
    }
    Some(text.iter().fold(0, |sum, byte| sum * 10 + u128::from(byte - b'0')))
}

fn trimmed(text: &[u8], extent: Extent) -> Extent {
    let (mut from, mut to) = (extent.start, extent.end);
    while from < to && white(text[from]) {
        from += 1;
    }
    while to > from && white(text[to - 1]) {
        to -= 1;
    }
    from..to
}

/// The facts of a datagram, or nothing where a rule is broken.
pub fn facts(text: &[u8], limits: &Limits) -> Option<Facts> {
    let mut facts = Facts::default();
    if text.iter().all(|byte| *byte == 0) {
        return None;
    }
    let mut at = 0;
    loop {
        if text[at..].starts_with(b"\r\n") {
            at += 2;
        } else if text[at..].starts_with(b"\n") {
            at += 1;
        } else {
            break;
        }
    }
    facts.preamble = at;

    // Physical lines: content, and where the next one starts.
    let mut lines: Vec<(Extent, usize)> = Vec::new();
    let body_at = loop {
        let feed = at + text[at..].iter().position(|byte| *byte == b'\n')?;
        let content = if feed > at && text[feed - 1] == b'\r' { at..feed - 1 } else { at..feed };
        if content.end == feed && !limits.bare_lf {
            return None;
        }
        if text[content.clone()].contains(&b'\r') {
            return None;
        }
        if content.is_empty() {
            if lines.is_empty() {
                return None;
            }
            facts.headers_end = at;
            break feed + 1;
        }
        lines.push((content, feed + 1));
        at = feed + 1;
    };

    let (start, first_header_at) = lines.remove(0);
    facts.first_header_at = first_header_at;
    start_line(text, start, &mut facts)?;

    // Logical lines.
    let mut logical: Vec<(Extent, usize)> = Vec::new();
    for (content, next) in lines {
        if matches!(text[content.start], b' ' | b'\t') {
            let header = logical.last_mut()?;
            header.0.end = content.end;
            header.1 = next;
        } else {
            logical.push((content, next));
        }
    }
    if logical.len() > usize::from(limits.max_headers.min(128)) {
        return None;
    }
    for (content, next) in logical {
        if next - content.start > usize::from(limits.max_line) {
            return None;
        }
        let colon = content.start + text[content.clone()].iter().position(|byte| *byte == b':')?;
        let mut name = content.start..colon;
        while !name.is_empty() && matches!(text[name.end - 1], b' ' | b'\t') {
            name.end -= 1;
        }
        if name.is_empty() || !text[name.clone()].iter().all(|byte| token(*byte)) {
            return None;
        }
        let value = trimmed(text, colon + 1..content.end);
        facts.headers.push((HeaderId::of(&text[name.clone()]), content.start..next, name, value));
    }
    fields(text, &mut facts, limits)?;

    let left = text.len() - body_at;
    let wanted = match single(&facts, HeaderId::ContentLength)? {
        Some(value) => number(&text[value])?,
        None => left as u128,
    };
    if wanted > left as u128 {
        return None;
    }
    facts.body = body_at..body_at + wanted as usize;
    Some(facts)
}

fn start_line(text: &[u8], line: Extent, facts: &mut Facts) -> Option<()> {
    let words: Vec<&[u8]> = text[line.clone()].split(|byte| *byte == b' ').collect();
    if words[0].len() >= 4 && words[0][..4].eq_ignore_ascii_case(b"SIP/") {
        if !words[0].eq_ignore_ascii_case(b"SIP/2.0") {
            return None;
        }
        let code = words.get(1).filter(|code| code.len() == 3)?;
        let status = number(code).filter(|status| (100..700).contains(status))?;
        let reason_at = (line.start + 12).min(line.end);
        facts.status = Some((status as u16, reason_at..line.end));
        return Some(());
    }
    let [method, uri, version] = words[..] else { return None };
    let legal = !method.is_empty()
        && method.iter().all(|byte| token(*byte))
        && !uri.is_empty()
        && uri.iter().all(|byte| uri_byte(*byte))
        && version.eq_ignore_ascii_case(b"SIP/2.0");
    let method_end = line.start + method.len();
    facts.request = Some((line.start..method_end, method_end + 1..method_end + 1 + uri.len()));
    legal.then_some(())
}

/// The value of a header that may stand once; the outer `None` is a second one.
fn single(facts: &Facts, id: HeaderId) -> Option<Option<Extent>> {
    let mut all = facts.headers.iter().filter(|header| header.0 == id);
    let first = all.next().map(|header| header.3.clone());
    if all.next().is_some() { None } else { Some(first) }
}

fn fields(text: &[u8], facts: &mut Facts, limits: &Limits) -> Option<()> {
    let vias: Vec<(usize, Extent)> = facts
        .headers
        .iter()
        .enumerate()
        .filter(|(_, header)| header.0 == HeaderId::Via)
        .map(|(number, header)| (number, header.3.clone()))
        .collect();
    for (number, value) in &vias {
        let parts = list(text, value.clone());
        if parts.is_empty() || parts.iter().any(Extent::is_empty) {
            return None;
        }
        if facts.vias.is_empty() {
            facts.via = via(text, parts[0].clone())?;
            facts.via.header = *number;
            facts.via.sole = parts.len() == 1;
        }
        facts.vias.extend(parts);
    }
    if facts.vias.is_empty() || facts.vias.len() > usize::from(limits.max_hops) {
        return None;
    }
    facts.from = address(text, single(facts, HeaderId::From)??)?;
    facts.to = address(text, single(facts, HeaderId::To)??)?;
    facts.call_id = single(facts, HeaderId::CallId)??;
    let call_id = &text[facts.call_id.clone()];
    if call_id.is_empty() || call_id.iter().any(|byte| *byte <= 32 || *byte == 127) {
        return None;
    }
    let cseq = single(facts, HeaderId::CSeq)??;
    let mut cursor = Cursor { text, at: cseq.start, end: cseq.end };
    let digits = cursor.some(|byte| byte.is_ascii_digit())?;
    if cursor.lws().is_empty() {
        return None;
    }
    let method = cursor.some(token)?;
    if cursor.peek().is_some() {
        return None;
    }
    let value = number(&text[digits.clone()]).filter(|value| *value < 1 << 31)?;
    let expected = facts.request.as_ref().map(|(method, _)| &text[method.clone()]);
    if expected.is_some_and(|expected| *expected != text[method.clone()]) {
        return None;
    }
    facts.cseq = (value as u32, digits, method);
    if let Some(value) = single(facts, HeaderId::MaxForwards)? {
        let hops = number(&text[value.clone()]).filter(|hops| *hops < 256)?;
        facts.max_forwards = Some((hops as u8, value));
    }
    let route = facts.headers.iter().position(|header| header.0 == HeaderId::Route);
    if let (Some(number), Some(_)) = (route, &facts.request) {
        let element = list(text, facts.headers[number].3.clone()).first()?.clone();
        let (uri, _) = address(text, element.clone())?;
        if !text[element.start..uri.start].contains(&b'<') {
            return None;
        }
        facts.route = Some((element, uri, number));
    }
    Some(())
}

/// Elements of a comma list.
pub fn list(text: &[u8], value: Extent) -> Vec<Extent> {
    let mut parts = Vec::new();
    if value.is_empty() {
        return parts;
    }
    let (mut in_quotes, mut in_brackets, mut escaped, mut broken) = (false, false, false, false);
    let mut from = value.start;
    for at in value.clone() {
        let byte = text[at];
        if in_quotes {
            if escaped {
                broken |= byte == b'\r' || byte == b'\n';
                escaped = false;
            } else if byte == b'\\' {
                escaped = true;
            } else if byte == b'"' {
                in_quotes = false;
            }
        } else if in_brackets {
            in_brackets = byte != b'>';
        } else if byte == b'"' {
            in_quotes = true;
        } else if byte == b'<' {
            in_brackets = true;
        } else if byte == b',' && !broken {
            parts.push(trimmed(text, from..at));
            from = at + 1;
        }
    }
    parts.push(trimmed(text, from..value.end));
    parts
}

fn via(text: &[u8], value: Extent) -> Option<Via> {
    let mut cursor = Cursor { text, at: value.start, end: value.end };
    let mut via = Via { value, ..Via::default() };
    for _ in 0..2 {
        cursor.some(token)?;
        cursor.lws();
        cursor.eat(b'/')?;
        cursor.lws();
    }
    via.transport = cursor.some(token)?;
    if cursor.lws().is_empty() {
        return None;
    }
    let from = cursor.at;
    if cursor.eat(b'[').is_some() {
        cursor.some(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.')?;
        cursor.eat(b']')?;
    } else {
        cursor.some(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))?;
    }
    via.host = from..cursor.at;
    cursor.lws();
    if cursor.eat(b':').is_some() {
        cursor.lws();
        let port = cursor.some(token)?;
        let port = number(&text[port]).filter(|port| (1..65536).contains(port))?;
        via.port = Some(port as u16);
        cursor.lws();
    }
    while cursor.eat(b';').is_some() {
        let (name, value) = cursor.param()?;
        let plain = value.clone().filter(|value| text[value.start] != b'"');
        let lower = text[name.clone()].to_ascii_lowercase();
        match &lower[..] {
            b"branch" if via.branch.is_empty() => via.branch = plain?,
            b"received" if via.received.is_empty() => via.received = plain?,
            b"rport" if via.rport.is_none() => {
                let value = match value {
                    None => None,
                    Some(value) => {
                        let port = number(&text[value.clone()]).filter(|port| *port < 65536)?;
                        Some((port as u16, value))
                    }
                };
                via.rport = Some((name.end, value));
            }
            b"branch" | b"received" | b"rport" => return None,
            _ => {}
        }
    }
    if cursor.peek().is_some() { None } else { Some(via) }
}

/// URI and tag.
pub fn address(text: &[u8], value: Extent) -> Option<(Extent, Extent)> {
    let mut cursor = Cursor { text, at: value.start, end: value.end };
    if cursor.peek() == Some(b'"') {
        cursor.quoted()?;
        cursor.lws();
    } else {
        cursor.run(|byte| !b"<>\";,".contains(&byte));
    }
    let uri = if cursor.eat(b'<').is_some() {
        let inside = cursor.run(|byte| byte != b'>' && byte != b'<');
        cursor.eat(b'>')?;
        trimmed(text, inside)
    } else {
        if text.get(value.start) == Some(&b'"') {
            return None;
        }
        cursor.at = value.start;
        let uri = cursor.run(|byte| uri_byte(byte) && byte != b';');
        if text[uri.clone()].iter().any(|byte| b",?".contains(byte)) {
            return None;
        }
        uri
    };
    if !text[uri.clone()].contains(&b':') {
        return None;
    }
    cursor.lws();
    let mut tag = 0..0;
    while cursor.eat(b';').is_some() {
        let (name, value) = cursor.param()?;
        if text[name].eq_ignore_ascii_case(b"tag") {
            if !tag.is_empty() {
                return None;
            }
            tag = value.filter(|value| text[value.start] != b'"')?;
        }
    }
    if cursor.peek().is_some() { None } else { Some((uri, tag)) }
}
