//! Owns how rsip reads a message: into a string for each header, and these into types on demand. Refuses to help it
//! but with compact names, which it does not know.

use std::hint::black_box;

use rsip::headers::{Header, ToTypedHeader, UntypedHeader};
use rsip::message::HasHeaders;
use rsip::{SipMessage, headers, typed};
use simd::Padded;

use super::Contender;
use crate::corpus::{Start, Told};

/// A string for each header.
#[derive(Debug)]
pub struct Message;

/// The same, and the hot set out of them.
#[derive(Debug)]
pub struct Fields;

/// The hot set in rsip's types.
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

/// Takes the text of a header that has that name.
macro_rules! named {
    ($name:ident) => {
        |header| match header {
            Header::$name(found) => Some(found.value()),
            _ => None,
        }
    };
}

/// The text of the first header that `pick` takes or that has the compact name.
fn value<'m>(
    message: &'m SipMessage,
    compact: &str,
    pick: impl Fn(&'m Header) -> Option<&'m str>,
) -> Option<&'m str> {
    message.headers().iter().find_map(|header| match header {
        Header::Other(name, value) if name == compact => Some(value.as_str()),
        header => pick(header),
    })
}

impl<'m> HotSet<'m> {
    fn of(message: &'m SipMessage) -> Result<HotSet<'m>, rsip::Error> {
        let value = |name, compact, pick: fn(&'m Header) -> Option<&'m str>| {
            value(message, compact, pick).ok_or_else(|| rsip::Error::missing_header(name))
        };
        let contact = value("Contact", "m", named!(Contact)).ok();
        let route = value("Route", "Route", named!(Route)).ok();
        let record_route = value("Record-Route", "Record-Route", named!(RecordRoute)).ok();
        let max_forwards = value("Max-Forwards", "Max-Forwards", named!(MaxForwards)).ok();
        Ok(HotSet {
            via: headers::Via::new(value("Via", "v", named!(Via))?).into_typed()?,
            from: headers::From::new(value("From", "f", named!(From))?).into_typed()?,
            to: headers::To::new(value("To", "t", named!(To))?).into_typed()?,
            call_id: value("Call-ID", "i", named!(CallId))?,
            cseq: headers::CSeq::new(value("CSeq", "CSeq", named!(CSeq))?).into_typed()?,
            max_forwards: max_forwards.and_then(|text| text.parse().ok()),
            contact: contact.map(|text| headers::Contact::new(text).into_typed()).transpose()?,
            route: route.map(|text| headers::Route::new(text).into_typed()).transpose()?,
            record_route: record_route
                .map(|text| headers::RecordRoute::new(text).into_typed())
                .transpose()?,
            user: match message {
                SipMessage::Request(request) => request.uri.user(),
                SipMessage::Response(_) => None,
            },
        })
    }

    /// The parameter of our Route or Record-Route.
    fn token(&self) -> Option<String> {
        let route = self.route.as_ref().map(|route| route.uris());
        let record_route = self.record_route.as_ref().map(|route| route.uris());
        let first = route.or(record_route)?.first()?;
        first.uri.params.iter().find_map(|param| match param {
            rsip::Param::Other(name, value) if name.value() == "t" => {
                value.as_ref().map(|value| value.value().to_owned())
            }
            _ => None,
        })
    }
}

fn told(datagram: Padded<'_>) -> Result<Told, rsip::Error> {
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
        from_tag: hot.from.tag().map(|tag| tag.value().to_owned()).unwrap_or_default(),
        to_tag: hot.to.tag().map(|tag| tag.value().to_owned()).unwrap_or_default(),
        digits: hot.user.map(|user| user.trim_start_matches('+').to_owned()),
        token: hot.token(),
    })
}

fn method(method: &rsip::Method) -> &'static str {
    match method {
        rsip::Method::Invite => "INVITE",
        rsip::Method::Ack => "ACK",
        rsip::Method::Bye => "BYE",
        rsip::Method::Cancel => "CANCEL",
        rsip::Method::Options => "OPTIONS",
        rsip::Method::PRack => "PRACK",
        _ => "another",
    }
}

impl Contender for Message {
    fn name(&self) -> &'static str {
        "rsip"
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
        "rsip_fields"
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
