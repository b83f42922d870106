//! Owns the parameters and headers of a URI, by name and in order.
//! Hot. Refuses to resolve escapes and to compare URIs.

use super::{Scheme, Uri};
use crate::Span;
use crate::bytes::find;

impl<'m> Uri<'m> {
    /// The name of the scheme as it was written, without the colon.
    ///
    /// ```
    /// assert_eq!(parser::uri::parse(b"urn:service:sos").unwrap().scheme_name(), b"urn");
    /// ```
    pub fn scheme_name(&self) -> &'m [u8] {
        let colon = find(self.text, 0, self.text.len(), b':').unwrap_or(0);
        self.text.get(..colon).unwrap_or_default()
    }

    /// RFC 3261 §19.1.1: names and values of the parameters in order, those of a `tel:` URI too.
    ///
    /// ```
    /// let uri = parser::uri::parse(b"sip:a@h;transport=udp;lr").unwrap();
    /// let names: Vec<_> = uri.each_param().map(|(name, _)| uri.part(name)).collect();
    /// assert_eq!(names, [&b"transport"[..], b"lr"]);
    /// ```
    pub fn each_param(&self) -> impl Iterator<Item = (Span, Option<Span>)> + use<'m> {
        pairs(self.text, self.params, b';')
    }

    /// RFC 3261 §19.1.1: names and values of the headers in order, escapes left in place.
    ///
    /// ```
    /// let uri = parser::uri::parse(b"sip:a@h?Subject=lunch%3F&Priority=urgent").unwrap();
    /// let values: Vec<_> = uri.each_header().map(|(_, value)| uri.part(value.unwrap())).collect();
    /// assert_eq!(values, [&b"lunch%3F"[..], b"urgent"]);
    /// ```
    pub fn each_header(&self) -> impl Iterator<Item = (Span, Option<Span>)> + use<'m> {
        pairs(self.text, self.headers, b'&')
    }

    /// The value of the first header `name` in any case, escapes left in place: empty where it has
    /// none, `None` where it is absent.
    ///
    /// ```
    /// let uri = parser::uri::parse(b"sip:a@h?Replaces=1%40h&x").unwrap();
    /// assert_eq!(uri.header(b"replaces").map(|span| uri.part(span)), Some(&b"1%40h"[..]));
    /// assert!(uri.header(b"X").unwrap().is_empty());
    /// ```
    pub fn header(&self, name: &[u8]) -> Option<Span> {
        let mut headers = self.each_header();
        let (name, value) =
            headers.find(|(known, _)| known.of(self.text).eq_ignore_ascii_case(name))?;
        let end = name.end();
        Some(value.unwrap_or(Span::between(end, end)))
    }

    /// Whether the user is a telephone number: `user=phone` (RFC 3261 §19.1.1), or `tel:`.
    ///
    /// ```
    /// assert!(parser::uri::parse(b"sip:+1@h;user=Phone").unwrap().is_phone());
    /// assert!(!parser::uri::parse(b"sip:bob@h").unwrap().is_phone());
    /// ```
    pub fn is_phone(&self) -> bool {
        let user = || self.param(b"user");
        match self.scheme {
            Scheme::Tel => true,
            Scheme::Sip | Scheme::Sips => {
                user().is_some_and(|user| user.of(self.text).eq_ignore_ascii_case(b"phone"))
            }
            Scheme::Other => false,
        }
    }
}

/// `name` or `name=value` pairs with `between` between them; one without a name is left out.
fn pairs<'m>(
    text: &'m [u8],
    list: Span,
    between: u8,
) -> impl Iterator<Item = (Span, Option<Span>)> + use<'m> {
    let (mut at, end) = (list.start(), list.end());
    core::iter::from_fn(move || {
        while at < end {
            let start = at;
            let stop = find(text, start, end, between).unwrap_or(end);
            at = stop + 1;
            let name_end = find(text, start, stop, b'=').unwrap_or(stop);
            let value = (name_end < stop).then(|| Span::between(name_end + 1, stop));
            if name_end > start {
                return Some((Span::between(start, name_end), value));
            }
        }
        None
    })
}
