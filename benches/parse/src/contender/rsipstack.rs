//! Owns how rsipstack reads a message: into a string for each header, and these into types on demand. Refuses to
//! start the stack around it.

use std::hint::black_box;

use rsipstack::sip::{Error, Method, Param};
use rsipstack::sip::{HasHeaders, Header, HeadersExt, SipMessage, typed};
use simd::Padded;

use super::Contender;
use crate::corpus::{Start, Told};

/// A string for each header.
#[derive(Debug)]
pub struct Message;

/// The same, and the hot set out of them.
#[derive(Debug)]
pub struct Fields;

/// The hot set in rsipstack's types.
#[expect(dead_code, reason = "what the router would go on with")]
struct HotSet<'m> {
    via: typed::Via,
    from: typed::From,
    to: typed::To,
    call_id: &'m str,
    cseq: typed::CSeq,
    max_forwards: Option<u32>,
    contact: Option<typed::Contact>,
    route: Option<typed::Route>,
    record_route: Option<typed::RecordRoute>,
    user: Option<&'m str>,
}

impl<'m> HotSet<'m> {
    fn of(message: &'m SipMessage) -> Result<HotSet<'m>, Error> {
        let contact = message.contact_header().ok();
        let record_route = message.headers().iter().find_map(|header| match header {
            Header::RecordRoute(found) => Some(found.value()),
            _ => None,
        });
        Ok(HotSet {
            via: typed::Via::parse(message.via_header()?.value())?,
            from: typed::From::parse(message.from_header()?.value())?,
            to: typed::To::parse(message.to_header()?.value())?,
            call_id: message.call_id_header()?.value(),
            cseq: typed::CSeq::parse(message.cseq_header()?.value())?,
            max_forwards: message
                .max_forwards_header()
                .ok()
                .and_then(|header| header.value().parse().ok()),
            contact: contact.map(|header| typed::Contact::parse(header.value())).transpose()?,
            route: message
                .route_header()
                .map(|header| typed::Route::parse(header.value()))
                .transpose()?,
            record_route: record_route.map(typed::RecordRoute::parse).transpose()?,
            user: match message {
                SipMessage::Request(request) => request.uri.user(),
                SipMessage::Response(_) => None,
            },
        })
    }

    /// The parameter of our Route or Record-Route.
    fn token(&self) -> Option<String> {
        let route = self.route.as_ref().map(|route| &route.uri);
        let uri = route.or_else(|| self.record_route.as_ref().map(|route| &route.uri))?;
        uri.params.iter().find_map(|param| match param {
            Param::Other(name, value) if name.value() == "t" => {
                value.as_ref().map(|value| value.value().to_owned())
            }
            _ => None,
        })
    }
}

fn told(datagram: Padded<'_>) -> Result<Told, Error> {
    let message = SipMessage::try_from(datagram.bytes())?;
    let hot = HotSet::of(&message)?;
    let start = match &message {
        SipMessage::Request(request) => Start::Method(method(&request.method)),
        SipMessage::Response(response) => Start::Status(response.status_code.code()),
    };
    Ok(Told {
        start,
        call_id: hot.call_id.to_owned(),
        branch: hot.via.branch().map(ToString::to_string).unwrap_or_default(),
        cseq: hot.cseq.seq,
        from_tag: hot.from.tag().map(ToString::to_string).unwrap_or_default(),
        to_tag: hot.to.tag().map(ToString::to_string).unwrap_or_default(),
        digits: hot.user.map(|user| user.trim_start_matches('+').to_owned()),
        token: hot.token(),
    })
}

fn method(method: &Method) -> &'static str {
    match method {
        Method::Invite => "INVITE",
        Method::Ack => "ACK",
        Method::Bye => "BYE",
        Method::Cancel => "CANCEL",
        Method::Options => "OPTIONS",
        Method::PRack => "PRACK",
        _ => "another",
    }
}

impl Contender for Message {
    fn name(&self) -> &'static str {
        "rsipstack"
    }

    #[inline]
    fn parse(&mut self, datagram: Padded<'_>) {
        black_box(&SipMessage::try_from(black_box(datagram).bytes()).ok());
    }

    fn told(&mut self, datagram: Padded<'_>, _: &Told) -> Result<Told, String> {
        told(datagram).map_err(|error| error.to_string())
    }
}

impl Contender for Fields {
    fn name(&self) -> &'static str {
        "rsipstack_fields"
    }

    #[inline]
    fn parse(&mut self, datagram: Padded<'_>) {
        if let Ok(message) = SipMessage::try_from(black_box(datagram).bytes()) {
            black_box(&HotSet::of(&message).ok());
        }
    }

    fn told(&mut self, datagram: Padded<'_>, _: &Told) -> Result<Told, String> {
        told(datagram).map_err(|error| error.to_string())
    }
}
