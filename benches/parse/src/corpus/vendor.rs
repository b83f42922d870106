//! Owns how equipment of different makers writes messages; refuses to know calls.

use super::dice::Dice;

/// Equipment of one maker.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// What it calls itself.
    pub agent: &'static str,
    /// Its order of headers; what is not named comes where it was made.
    pub order: &'static [&'static str],
    /// What it adds to an INVITE of eleven headers, first what it always has.
    pub extras: [&'static str; 4],
    /// Whether it uses compact names.
    pub compact: bool,
    /// Methods that it allows.
    pub allow: &'static str,
    /// What it supports.
    pub supported: &'static str,
    /// Whether it writes numbers with a plus and says that they are telephone numbers.
    pub e164: bool,
    /// Whether it says its port in Via and Contact.
    pub port: bool,
    /// How its identifiers look.
    pub identifiers: Identifiers,
    /// Codecs that it offers: payload type and name.
    pub codecs: &'static [(u8, &'static str)],
}

/// How branches, tags and Call-IDs look.
#[derive(Clone, Copy, Debug)]
pub enum Identifiers {
    /// Hexadecimal digits.
    Hex,
    /// Decimal numbers.
    Decimal,
    /// Groups of hexadecimal digits with hyphens.
    Guid,
    /// Parts with dots, as a proxy writes them that counts branches.
    Dotted,
}

impl Identifiers {
    /// A branch, with the cookie of RFC 3261 §8.1.1.7 in front.
    pub fn branch(self, dice: &mut Dice) -> String {
        match self {
            Identifiers::Hex => format!("z9hG4bK{}", dice.hex(18)),
            Identifiers::Decimal => {
                format!("z9hG4bK-{}-{}", dice.below(1 << 32), dice.below(1_000))
            }
            Identifiers::Guid => format!("z9hG4bKPj{}", guid(dice)),
            Identifiers::Dotted => {
                format!("z9hG4bK{}.{}.{}", dice.hex(4), dice.hex(32), dice.below(3))
            }
        }
    }

    /// A tag.
    pub fn tag(self, dice: &mut Dice) -> String {
        match self {
            Identifiers::Hex => dice.hex(10),
            Identifiers::Decimal => format!("{}", dice.below(1 << 40)),
            Identifiers::Guid => guid(dice),
            Identifiers::Dotted => format!("gK{}.{}", dice.hex(6), dice.hex(4)),
        }
    }

    /// A Call-ID made at `host`.
    pub fn call_id(self, dice: &mut Dice, host: &str) -> String {
        match self {
            Identifiers::Hex => format!("{}@{host}", dice.hex(24)),
            Identifiers::Decimal => {
                format!("{}-{}@{host}", dice.below(1 << 32), dice.below(10_000_000))
            }
            Identifiers::Guid => guid(dice),
            Identifiers::Dotted => format!("{}.{}_{}", dice.below(1 << 30), dice.hex(8), host),
        }
    }
}

fn guid(dice: &mut Dice) -> String {
    [8, 4, 4, 4, 12].map(|digits| dice.hex(digits)).join("-")
}

const G711: &[(u8, &str)] = &[(8, "PCMA/8000"), (0, "PCMU/8000"), (101, "telephone-event/8000")];
const USUAL: &[(u8, &str)] =
    &[(8, "PCMA/8000"), (0, "PCMU/8000"), (18, "G729/8000"), (101, "telephone-event/8000")];

/// The first one writes the INVITE that figures name.
pub const VENDORS: [Vendor; 6] = [
    Vendor {
        agent: "CarrierOne-SBC/12.1",
        order: &[],
        extras: ["Session-Expires", "P-Asserted-Identity", "User-Agent", "Min-SE"],
        compact: false,
        allow: "INVITE,ACK,CANCEL,BYE,OPTIONS,PRACK,UPDATE,INFO",
        supported: "timer,100rel,replaces",
        e164: true,
        port: true,
        identifiers: Identifiers::Hex,
        codecs: USUAL,
    },
    // A softswitch behind a proxy of its own.
    Vendor {
        agent: "Softswitch 9.4.2 build 1187",
        order: &["Record-Route", "Via", "Max-Forwards", "Contact", "To", "From", "Call-ID", "CSeq"],
        extras: ["Via", "Record-Route", "User-Agent", "Session-Expires"],
        compact: false,
        allow: "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, PRACK, UPDATE",
        supported: "replaces, timer",
        e164: false,
        port: true,
        identifiers: Identifiers::Dotted,
        codecs: G711,
    },
    // An IP PBX as carriers' customers run it.
    Vendor {
        agent: "PBX 18.20.1",
        order: &["Via", "Max-Forwards", "From", "To", "Contact", "Call-ID", "CSeq", "User-Agent"],
        extras: ["User-Agent", "Date", "Privacy", "P-Asserted-Identity"],
        compact: false,
        allow: "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH, MESSAGE",
        supported: "replaces, timer",
        e164: false,
        port: true,
        identifiers: Identifiers::Guid,
        codecs: G711,
    },
    // A media gateway with an ISUP side.
    Vendor {
        agent: "MGC/7.3",
        order: &[
            "Via",
            "Remote-Party-ID",
            "From",
            "To",
            "Date",
            "Call-ID",
            "Supported",
            "Min-SE",
            "User-Agent",
            "Allow",
            "CSeq",
            "Max-Forwards",
            "Timestamp",
            "Contact",
            "Expires",
        ],
        extras: ["Remote-Party-ID", "Timestamp", "Date", "Expires"],
        compact: false,
        allow: "INVITE, OPTIONS, BYE, CANCEL, ACK, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY, INFO, REGISTER",
        supported: "100rel,timer,resource-priority,replaces,sdp-anat",
        e164: true,
        port: true,
        identifiers: Identifiers::Decimal,
        codecs: USUAL,
    },
    // One that saves bytes.
    Vendor {
        agent: "Compact-GW/2.0",
        order: &["Via", "Route", "From", "To", "Call-ID", "CSeq", "Contact", "Content-Length"],
        extras: ["Session-Expires", "User-Agent", "P-Asserted-Identity", "Diversion"],
        compact: true,
        allow: "INVITE,ACK,BYE,CANCEL,OPTIONS,PRACK",
        supported: "100rel,timer",
        e164: false,
        port: false,
        identifiers: Identifiers::Hex,
        codecs: G711,
    },
    // A session border controller of an IMS core.
    Vendor {
        agent: "IMS-IBCF/21.5 P3",
        order: &[
            "Via",
            "Call-ID",
            "From",
            "To",
            "CSeq",
            "Allow",
            "Contact",
            "P-Asserted-Identity",
            "P-Charging-Vector",
            "Supported",
            "Max-Forwards",
            "Content-Length",
            "Content-Type",
        ],
        extras: ["P-Asserted-Identity", "P-Charging-Vector", "Session-Expires", "Privacy"],
        compact: false,
        allow: "ACK,BYE,CANCEL,INFO,INVITE,OPTIONS,PRACK,REFER,NOTIFY,UPDATE",
        supported: "100rel,timer,precondition,histinfo",
        e164: true,
        port: true,
        identifiers: Identifiers::Guid,
        codecs: USUAL,
    },
];

/// RFC 3261 §7.3.3 and the RFCs of the extensions.
pub fn compact(name: &'static str) -> &'static str {
    match name {
        "Call-ID" => "i",
        "Contact" => "m",
        "Content-Length" => "l",
        "Content-Type" => "c",
        "From" => "f",
        "Session-Expires" => "x",
        "Supported" => "k",
        "To" => "t",
        "Via" => "v",
        name => name,
    }
}
