//! Owns what the router does with every message that comes; refuses to decide anything from it.

use std::hint::black_box;

use parser::number::{Digits, digits};
use parser::{Index, Limits, Message, Method, Span, Start as Parsed, parse};
use simd::Padded;

use super::Contender;
use crate::corpus::{Start, Told};

/// The parameter of our Record-Route that names the call.
const TOKEN: &[u8] = b"t";

/// The part of the hot set that the index leaves to its caller.
#[derive(Clone, Copy, Debug)]
pub struct HotSet<'m> {
    /// Of the telephone number in the Request-URI, none where there is none.
    pub digits: Digits,
    /// The URI of the first Contact.
    pub contact: Option<Span>,
    /// Our parameter in the first Route.
    pub route: Option<&'m [u8]>,
    /// The same in the first Record-Route.
    pub record_route: Option<&'m [u8]>,
}

impl<'m> HotSet<'m> {
    /// Reads it.
    #[inline]
    pub fn of(message: &Message<'m>) -> HotSet<'m> {
        let token = |uri: Span| {
            let uri = message.uri(uri).ok()?;
            uri.param(TOKEN).map(|span| uri.part(span))
        };
        let mut number = Digits::new();
        if let Parsed::Request { uri: target, .. } = message.start()
            && let Ok(uri) = message.uri(target)
        {
            // What is not a number has no digits.
            let _ = digits(uri.part(uri.user), &mut number);
        }
        HotSet {
            digits: number,
            contact: message.contact(),
            route: message.route().and_then(|route| token(route.uri)),
            record_route: message.record_route().and_then(|route| token(route.uri)),
        }
    }
}

/// The index and the hot set.
#[derive(Debug, Default)]
pub struct Hot {
    index: Index,
    limits: Limits,
}

impl Contender for Hot {
    fn name(&self) -> &'static str {
        "tandem"
    }

    #[inline]
    fn parse(&mut self, datagram: Padded<'_>) {
        if let Ok(message) = parse(black_box(datagram), &self.limits, &mut self.index) {
            black_box(&HotSet::of(&message));
            black_box(&message);
        }
    }

    fn told(&mut self, datagram: Padded<'_>, _: &Told) -> Result<Told, String> {
        let message =
            parse(datagram, &self.limits, &mut self.index).map_err(|error| format!("{error:?}"))?;
        let hot = HotSet::of(&message);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let digits = text(hot.digits.as_bytes());
        Ok(Told {
            start: start(&message),
            call_id: text(message.text(message.call_id())),
            branch: text(message.text(message.via().branch)),
            cseq: message.cseq().number,
            from_tag: text(message.text(message.from().tag)),
            to_tag: text(message.text(message.to().tag)),
            digits: (!digits.is_empty()).then_some(digits),
            token: hot.route.or(hot.record_route).map(text),
        })
    }
}

fn start(message: &Message<'_>) -> Start {
    const METHODS: [(Method, &str); 6] = [
        (Method::Invite, "INVITE"),
        (Method::Ack, "ACK"),
        (Method::Bye, "BYE"),
        (Method::Cancel, "CANCEL"),
        (Method::Options, "OPTIONS"),
        (Method::Prack, "PRACK"),
    ];
    match message.start() {
        Parsed::Response { status, .. } => Start::Status(status),
        Parsed::Request { method, .. } => {
            let known = METHODS.iter().find(|(known, _)| *known == method);
            Start::Method(known.map_or("another", |(_, name)| name))
        }
    }
}

/// The index alone.
#[derive(Debug, Default)]
pub struct Indexed(Hot);

impl Contender for Indexed {
    fn name(&self) -> &'static str {
        "index"
    }

    #[inline]
    fn parse(&mut self, datagram: Padded<'_>) {
        let Hot { index, limits } = &mut self.0;
        black_box(&parse(black_box(datagram), limits, index).ok());
    }

    fn told(&mut self, datagram: Padded<'_>, expected: &Told) -> Result<Told, String> {
        let told = self.0.told(datagram, expected)?;
        Ok(Told { digits: expected.digits.clone(), token: expected.token.clone(), ..told })
    }
}
