//! Owns the way from a message to the views of its headers.
//! Hot. Refuses to choose among values.

use crate::{HeaderId, Message, ParseError, Shape, Span, Values};

impl<'m> Message<'m> {
    /// All values of all headers with that id, in order, each read by `parse`, the function of a
    /// view; comma lists are split where [`HeaderId::shape`] says that the header is one.
    ///
    /// An error has its offset in the message.
    ///
    /// ```
    /// use parser::{HeaderId, Index, Limits, parse, view::reason};
    ///
    /// let text = b"BYE sip:b@example.com SIP/2.0\r\n\
    ///     Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
    ///     From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>;tag=2\r\n\
    ///     Call-ID: 1@example.com\r\nCSeq: 2 BYE\r\n\
    ///     Reason: SIP;cause=200;text=\"here, or there\",\r\n Q.850;cause=16\r\n\r\n";
    /// let buffer = simd::padded(text);
    /// let datagram = simd::Padded::new(&buffer, text.len()).unwrap();
    /// let mut index = Index::new();
    /// let message = parse(datagram, &Limits::default(), &mut index).unwrap();
    ///
    /// let causes = message.views(HeaderId::Reason, reason::parse);
    /// let causes: Vec<_> = causes.map(|reason| reason.unwrap().cause()).collect();
    /// assert_eq!(causes, [Some(200), Some(16)]);
    /// ```
    pub fn views<T, F>(&self, id: HeaderId, parse: F) -> Views<'m, F>
    where
        F: Fn(&'m [u8]) -> Result<T, ParseError>,
    {
        let places = match id.shape() {
            Some(Shape::List) => Places::List(self.values(id)),
            // A line of which nothing is known is not cut.
            Some(Shape::One) | None => Places::One { id, next: self.find_number(id) },
        };
        Views { message: *self, places, parse, header: 0, value: Span::NONE }
    }

    /// The first of [`Message::views`].
    pub fn view<T, F>(&self, id: HeaderId, parse: F) -> Option<Result<T, ParseError>>
    where
        F: Fn(&'m [u8]) -> Result<T, ParseError>,
    {
        self.views(id, parse).next()
    }
}

/// The values of all headers of one id, read: see [`Message::views`].
#[derive(Clone, Debug)]
pub struct Views<'m, F> {
    message: Message<'m>,
    places: Places<'m>,
    parse: F,
    header: usize,
    value: Span,
}

/// Where the next value stands.
#[derive(Clone, Debug)]
enum Places<'m> {
    List(Values<'m>),
    One { id: HeaderId, next: Option<usize> },
}

impl<F> Views<'_, F> {
    /// Which header of the message the value that came last stands in.
    pub fn header(&self) -> usize {
        self.header
    }

    /// The extent of the value that came last.
    pub fn value(&self) -> Span {
        self.value
    }
}

impl<'m, T, F> Iterator for Views<'m, F>
where
    F: Fn(&'m [u8]) -> Result<T, ParseError>,
{
    type Item = Result<T, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.places {
            Places::List(values) => {
                self.value = values.next()?;
                self.header = values.header();
            }
            Places::One { id, next } => {
                self.header = (*next)?;
                self.value = self.message.header(self.header)?.value;
                let behind = self.header + 1;
                let more = self.message.headers().skip(behind).position(|more| more.id == *id);
                *next = more.map(|count| behind + count);
            }
        }
        let offset = self.value.off;
        let in_message =
            |error: ParseError| ParseError { at: error.at.saturating_add(offset), ..error };
        Some((self.parse)(self.message.text(self.value)).map_err(in_message))
    }
}
