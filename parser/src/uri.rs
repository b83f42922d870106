//! Owns URIs: the parts of a `sip:`, `sips:` or `tel:` URI.
//! Hot. Refuses to resolve names.

mod parts;
mod usual;

use crate::bytes::{HEX, HOST, URI, Word, byte, decimal, host, is};
use crate::short::Text;
use crate::{ErrorKind, ParseError, Span};

const SIP: Word = Word::of(b"sip:");

/// The scheme of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other.
    Other,
}

/// A URI. Its spans are relative to the start of the URI: [`Span::inside`] turns them into
/// offsets of the message.
#[derive(Clone, Copy, Debug)]
pub struct Uri<'m> {
    /// The URI as it was written.
    pub text: &'m [u8],
    /// The same and all that stands behind it, for searches that look at a block at a time.
    wide: &'m [u8],
    /// The scheme.
    pub scheme: Scheme,
    /// The user part with its parameters, escapes left in place; for `tel:` the number.
    pub user: Span,
    /// The password.
    pub password: Span,
    /// The host, with the brackets of an IPv6 reference; empty for `tel:` and other schemes.
    pub host: Span,
    /// The port.
    pub port: Option<u16>,
    /// The parameters behind the host (for `tel:`, behind the number), without the first
    /// semicolon.
    pub params: Span,
    /// The headers, without the question mark.
    pub headers: Span,
}

impl<'m> Uri<'m> {
    /// The value of the parameter `name` in any case: empty where it has none, `None` where it is
    /// absent.
    #[inline]
    pub fn param(&self, name: &[u8]) -> Option<Span> {
        find_param(self.wide, self.text, self.params, name)
    }

    /// The same among the parameters of the user part, such as `phone-context`; those of a `tel:`
    /// URI are its own.
    #[inline]
    pub fn user_param(&self, name: &[u8]) -> Option<Span> {
        if self.scheme == Scheme::Tel {
            return self.param(name);
        }
        let (at, end) = (self.user.start(), self.user.end());
        let mut room = [0; 64];
        let semicolon = Text::of(self.wide, self.text.len(), &mut room).find(at, end, b';')?;
        find_param(self.wide, self.text, Span::between(semicolon + 1, end), name)
    }

    /// The bytes that a span of this URI covers.
    #[inline]
    pub fn part(&self, span: Span) -> &'m [u8] {
        span.of(self.text)
    }
}

/// The value of the first parameter `name` in a list that semicolons split.
#[inline]
fn find_param(wide: &[u8], text: &[u8], params: Span, name: &[u8]) -> Option<Span> {
    match usual::param(wide, params, name) {
        Some(found) => found,
        None => any_param(wide, text, params, name),
    }
}

#[inline(never)]
fn any_param(wide: &[u8], text: &[u8], params: Span, name: &[u8]) -> Option<Span> {
    let mut room = [0; 64];
    let marks = Text::of(wide, text.len(), &mut room);
    let (mut at, end) = (params.start(), params.end());
    while at < end {
        let stop = marks.find(at, end, b';').unwrap_or(end);
        let name_end = at + name.len();
        let named = name_end <= stop
            && text.get(at..name_end)?.eq_ignore_ascii_case(name)
            && (name_end == stop || byte(text, name_end) == b'=');
        if named {
            return Some(Span::between((name_end + 1).min(stop), stop));
        }
        at = stop + 1;
    }
    None
}

impl PartialEq for Uri<'_> {
    fn eq(&self, other: &Uri<'_>) -> bool {
        // The parts follow from the text.
        self.text == other.text
    }
}

impl Eq for Uri<'_> {}

/// Parses a URI, without white space or brackets around it.
///
/// RFC 3261 §19.1.1 for `sip:` and `sips:`, RFC 3966 §3 for `tel:`; of other schemes only the
/// scheme is read. Every byte of the text is checked: visible, no quotes or angle brackets, and
/// percent signs only in escapes.
///
/// # Errors
/// The rule that it breaks; the offset is relative to the URI.
#[inline]
pub fn parse(text: &[u8]) -> Result<Uri<'_>, ParseError> {
    parse_first(text, text.len())
}

/// As [`parse`], of the first `end` bytes of `wide`.
#[inline]
pub(crate) fn parse_first(wide: &[u8], end: usize) -> Result<Uri<'_>, ParseError> {
    if let Some(usual) = usual::parse(wide, end) {
        return Ok(usual);
    }
    any(wide, end)
}

/// [`parse_first`] of any URI.
#[inline(never)]
fn any(wide: &[u8], end: usize) -> Result<Uri<'_>, ParseError> {
    let text = wide.get(..end).unwrap_or_default();
    let fault = |kind, at| Err(ParseError::new(kind, at));
    if end > usize::from(u16::MAX) {
        return fault(ErrorKind::TooLong, usize::from(u16::MAX));
    }
    let mut room = [0; 64];
    let marks = Text::of(wide, end, &mut room);
    legal(text, &marks)?;
    let (scheme, colon) = if SIP.leads(text, 0, end) {
        (Scheme::Sip, 3)
    } else {
        match other_scheme(text, &marks) {
            Some(found) => found,
            None => return fault(ErrorKind::Uri, 0),
        }
    };
    let mut uri = Uri {
        text,
        wide,
        scheme,
        user: Span::NONE,
        password: Span::NONE,
        host: Span::NONE,
        port: None,
        params: Span::NONE,
        headers: Span::NONE,
    };
    match scheme {
        Scheme::Sip | Scheme::Sips => sip(&mut uri, &marks, colon + 1)?,
        Scheme::Tel => {
            let user_end = marks.find(colon + 1, end, b';').unwrap_or(end);
            if user_end == colon + 1 {
                return fault(ErrorKind::Uri, user_end);
            }
            uri.user = Span::between(colon + 1, user_end);
            uri.params = Span::between((user_end + 1).min(end), end);
        }
        Scheme::Other => {}
    }
    Ok(uri)
}

/// A scheme other than `sip`, and where its colon stands.
fn other_scheme(text: &[u8], marks: &Text<'_>) -> Option<(Scheme, usize)> {
    let colon = marks.find(0, text.len(), b':')?;
    let scheme = match text.get(..colon).unwrap_or_default() {
        name if name.eq_ignore_ascii_case(b"sips") => Scheme::Sips,
        name if name.eq_ignore_ascii_case(b"tel") => Scheme::Tel,
        // RFC 3261 §25.1: scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
        [first, rest @ ..]
            if first.is_ascii_alphabetic()
                && rest
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) =>
        {
            Scheme::Other
        }
        _ => return None,
    };
    Some((scheme, colon))
}

/// Checks the bytes that may stand anywhere in a URI.
#[inline]
fn legal(text: &[u8], marks: &Text<'_>) -> Result<(), ParseError> {
    let end = text.len();
    let stop = marks.skip(0, end, &URI);
    if stop != end {
        return Err(ParseError::new(ErrorKind::Uri, stop));
    }
    let mut at = 0;
    while let Some(percent) = marks.find(at, end, b'%') {
        // RFC 3261 §25.1: escaped = "%" HEXDIG HEXDIG
        if !is(byte(text, percent + 1), &HEX) || !is(byte(text, percent + 2), &HEX) {
            return Err(ParseError::new(ErrorKind::UriEscape, percent));
        }
        at = percent + 3;
    }
    Ok(())
}

/// Reads what stands behind `sip:`.
#[inline]
fn sip(uri: &mut Uri<'_>, marks: &Text<'_>, at: usize) -> Result<(), ParseError> {
    let text = uri.text;
    let end = text.len();
    let fault = |kind, at| Err(ParseError::new(kind, at));
    let mut host_at = at;
    // Semicolons and question marks may stand in the user part, so the at sign comes first.
    if let Some(sign) = marks.find(at, end, b'@') {
        let user_end = marks.find(at, sign, b':').unwrap_or(sign);
        if user_end == at {
            return fault(ErrorKind::Uri, at);
        }
        if let Some(second) = marks.find(sign + 1, end, b'@') {
            return fault(ErrorKind::Uri, second);
        }
        uri.user = Span::between(at, user_end);
        uri.password = Span::between((user_end + 1).min(sign), sign);
        host_at = sign + 1;
    }
    let mut host_end = marks.skip(host_at, end, &HOST);
    if host_end == host_at {
        // An IPv6 reference, if anything.
        match host(text, host_at, end) {
            Some(reference) => host_end = reference,
            None => return fault(ErrorKind::UriHost, host_at),
        }
    }
    uri.host = Span::between(host_at, host_end);
    let mut next = host_end;
    if byte(text, next) == b':' {
        let port_end = marks.find_either(next + 1, end, b';', b'?').unwrap_or(end);
        let number = decimal(text, next + 1, port_end).and_then(|port| u16::try_from(port).ok());
        uri.port = number.filter(|port| *port != 0);
        if uri.port.is_none() {
            return fault(ErrorKind::UriPort, next + 1);
        }
        next = port_end;
    }
    let params_end = marks.find(next, end, b'?').unwrap_or(end);
    if next < params_end {
        if byte(text, next) != b';' {
            return fault(ErrorKind::UriHost, next);
        }
        uri.params = Span::between(next + 1, params_end);
    }
    uri.headers = Span::between((params_end + 1).min(end), end);
    Ok(())
}

/// The address that a host of four decimal numbers names, first number in the high byte.
#[inline]
pub fn host_ipv4(host: &[u8]) -> Option<u32> {
    let mut address = 0u32;
    let mut part = 0u32;
    let mut digits = 0;
    let mut dots = 0;
    for byte in host {
        match byte {
            b'0'..=b'9' if digits < 3 => {
                part = part * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && dots < 3 => {
                address = address << 8 | part;
                (part, digits) = (0, 0);
                dots += 1;
            }
            _ => return None,
        }
        if part > 255 {
            return None;
        }
    }
    (dots == 3 && digits > 0).then_some(address << 8 | part)
}
