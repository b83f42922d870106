//! Owns reading destinations, decks, trunks and originators; refuses to know routing plans.

use std::net::Ipv4Addr;

use toml::de::DeValue;

use super::fields::{Fields, Notes, Value};
use crate::cidr::Cidr;
use crate::entity::{Deck, Destination, Gateway, InDialog, Originator, Prefix, Trunk};
use crate::rate::Rate;
use crate::stable_id::NARROW_LIMIT;

/// Port of SIP over UDP, RFC 3261 §19.1.2.
const SIP_PORT: u16 = 5060;

pub(super) fn destination(value: &Value<'_>, notes: &mut Notes) -> Option<Destination> {
    let known = ["name", "id", "country", "prefixes"];
    let mut fields = Fields::open(value, "destination", &known, notes)?;
    let name = fields.required_text("name", notes)?.to_owned();
    let id = fields.small("id", 1..=u32::MAX, notes);
    let country = fields.text("country", notes).and_then(|text| {
        let letters = <[u8; 2]>::try_from(text.as_bytes()).ok();
        let letters = letters.filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
        if letters.is_none() {
            let line = line_of(&fields, "country", notes);
            let cause = format!("`{text}` is no country");
            let remedy = "write two capital letters as in ISO 3166: `DE`";
            fields.refuse(line, cause, remedy, notes);
        }
        letters
    });
    let prefixes = fields.texts("prefixes", notes);
    let prefixes = prefixes.into_iter().map(|(digits, line)| prefix(digits, line)).collect();
    Some(Destination { place: fields.place, name, id, country, prefixes })
}

pub(super) fn deck(value: &Value<'_>, notes: &mut Notes) -> Option<Deck> {
    let mut fields = Fields::open(value, "deck", &["name", "rates"], notes)?;
    let name = fields.required_text("name", notes)?.to_owned();
    let mut rates = Vec::new();
    for (digits, line, value) in fields.pairs("rates", notes) {
        // The text of a TOML float is read as it is written: no binary fraction comes in between.
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            _ => "",
        };
        match Rate::parse(text) {
            Ok(rate) => rates.push((prefix(digits, line), rate)),
            Err(error) => {
                let cause = format!("the rate `{text}` of prefix `{digits}` is refused: {error}");
                let remedy = "write a price per minute such as \"0.0125\"";
                fields.refuse(notes.line_of(value), cause, remedy, notes);
            }
        }
    }
    if fields.get("rates").is_none() {
        let remedy = "add a table `rates` of prefix = \"price\"";
        fields.refuse(fields.place.line, "it has no `rates`", remedy, notes);
    }
    Some(Deck { place: fields.place, name, rates })
}

pub(super) fn trunk(value: &Value<'_>, notes: &mut Notes) -> Option<Trunk> {
    let known = ["name", "id", "carrier", "enabled", "in_dialog", "gateways", "networks", "deck"];
    let mut fields = Fields::open(value, "trunk", &known, notes)?;
    let name = fields.required_text("name", notes)?.to_owned();
    let id = fields.small("id", 1..=NARROW_LIMIT - 1, notes);
    let carrier = fields.text("carrier", notes).unwrap_or(&name).to_owned();
    let enabled = fields.boolean("enabled", notes).unwrap_or(true);
    let choices = [("own", InDialog::Own), ("any", InDialog::Any)];
    let in_dialog = fields.choice("in_dialog", &choices, notes).unwrap_or_default();
    let mut gateways = Vec::new();
    for value in fields.array("gateways", notes) {
        gateways.extend(gateway(value, &mut fields, notes));
    }
    let networks = networks("networks", &mut fields, notes);
    let networks = networks.into_iter().map(|(network, _)| network).collect();
    let deck = fields.text("deck", notes).map(str::to_owned);
    let place = fields.place;
    Some(Trunk { place, name, id, carrier, enabled, in_dialog, gateways, networks, deck })
}

/// `"192.0.2.1:5060"`, or a table with `host`, `port`, `priority` and `weight`.
fn gateway<'d, 'i>(
    value: &'d Value<'i>,
    trunk: &mut Fields<'d, 'i>,
    notes: &mut Notes,
) -> Option<Gateway> {
    let line = notes.line_of(value);
    if let Some(text) = value.get_ref().as_str() {
        let (host, port) = match text.split_once(':') {
            None => (text, Ok(SIP_PORT)),
            Some((host, port)) => (host, port.parse::<u16>()),
        };
        let Ok(port @ 1..) = port else {
            let cause = format!("gateway `{text}` has no port from 1 to 65535 behind `:`");
            trunk.refuse(line, cause, "write \"192.0.2.1:5060\"", notes);
            return None;
        };
        let ipv4 = host_address(host, line, trunk, notes)?;
        return Some(Gateway { ipv4, port, priority: 0, weight: 0 });
    }
    let known = ["host", "port", "priority", "weight"];
    let entity = format!("{}, gateway", trunk.entity);
    let Some(mut fields) = Fields::open(value, &entity, &known, notes) else {
        trunk.place.partial = true;
        return None;
    };
    let host = fields.required_text("host", notes);
    let ipv4 = host.and_then(|host| host_address(host, line, &mut fields, notes));
    let mut number = |key: &str, first: u32, default: u16, notes: &mut Notes| {
        let number = fields.small(key, first..=u32::from(u16::MAX), notes);
        number.and_then(|number| u16::try_from(number).ok()).unwrap_or(default)
    };
    let port = number("port", 1, SIP_PORT, notes);
    let priority = number("priority", 0, 0, notes);
    let weight = number("weight", 0, 0, notes);
    trunk.place.partial |= fields.place.partial;
    Some(Gateway { ipv4: ipv4?, port, priority, weight })
}

fn host_address(
    host: &str,
    line: u32,
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Option<u32> {
    let address = host.parse::<Ipv4Addr>().ok();
    if address.is_none() {
        let cause = format!("gateway `{host}` is no IPv4 address");
        let remedy = "write the address: names are not resolved from a plan file";
        fields.refuse(line, cause, remedy, notes);
    }
    address.map(u32::from)
}

pub(super) fn originator(value: &Value<'_>, notes: &mut Notes) -> Option<Originator> {
    let known = ["name", "id", "enabled", "addresses", "plan"];
    let mut fields = Fields::open(value, "originator", &known, notes)?;
    let name = fields.required_text("name", notes)?.to_owned();
    let id = fields.small("id", 1..=NARROW_LIMIT - 1, notes);
    let enabled = fields.boolean("enabled", notes).unwrap_or(true);
    let addresses = networks("addresses", &mut fields, notes);
    let plan = fields.text("plan", notes).unwrap_or_default().to_owned();
    Some(Originator { place: fields.place, name, id, addresses, plan, enabled })
}

fn networks(key: &str, fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Vec<(Cidr, u32)> {
    let mut networks = Vec::new();
    for (text, line) in fields.texts(key, notes) {
        match Cidr::parse(text) {
            Ok(network) => networks.push((network, line)),
            Err(error) => {
                let cause = format!("`{text}` in `{key}` is refused: {error}");
                let remedy = "write a network such as \"192.0.2.0/24\", or one address";
                fields.refuse(line, cause, remedy, notes);
            }
        }
    }
    networks
}

fn prefix(digits: &str, line: u32) -> Prefix {
    Prefix { digits: digits.to_owned(), line }
}

fn line_of(fields: &Fields<'_, '_>, key: &str, notes: &Notes) -> u32 {
    fields.get(key).map_or(fields.place.line, |value| notes.line_of(value))
}
