//! Owns which messages there are, and how often each comes; refuses to know what stands in them.

/// A message by what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// INVITE with that many headers, and SDP.
    Invite(usize),
    /// INVITE inside the call, with SDP.
    Reinvite,
    /// 100.
    Trying,
    /// 180.
    Ringing,
    /// 183 with SDP, reliable.
    Progress,
    /// 200 for INVITE, with SDP.
    Ok,
    /// ACK for that.
    Ack,
    /// BYE.
    Bye,
    /// 200 for BYE.
    ByeOk,
    /// CANCEL.
    Cancel,
    /// OPTIONS as a ping.
    Options,
    /// PRACK for the 183.
    Prack,
}

impl Kind {
    /// Each kind, how reports call it, and how many of 60 messages are of it: those of answered
    /// calls, with a few of what else a carrier sends.
    pub const SHARES: [(Kind, &str, usize); 16] = [
        (Kind::Invite(11), "invite11", 1),
        (Kind::Invite(12), "invite12", 2),
        (Kind::Invite(13), "invite13", 2),
        (Kind::Invite(14), "invite14", 3),
        (Kind::Invite(15), "invite15", 1),
        (Kind::Reinvite, "reinvite", 1),
        (Kind::Trying, "trying", 8),
        (Kind::Ringing, "ringing", 6),
        (Kind::Progress, "progress", 3),
        (Kind::Ok, "ok", 8),
        (Kind::Ack, "ack", 8),
        (Kind::Bye, "bye", 7),
        (Kind::ByeOk, "bye_ok", 7),
        (Kind::Cancel, "cancel", 1),
        (Kind::Options, "options", 1),
        (Kind::Prack, "prack", 1),
    ];

    /// The INVITE that figures name: 14 headers, about 1,000 bytes.
    pub const THE_INVITE: Kind = Kind::Invite(14);

    /// Its name.
    pub const INVITE: &str = "invite14";

    /// The kind that reports call so.
    pub fn named(name: &str) -> Option<Kind> {
        let mut kinds = Kind::SHARES.into_iter();
        kinds.find(|(_, known, _)| *known == name).map(|(kind, ..)| kind)
    }

    /// All names.
    pub fn names() -> String {
        Kind::SHARES.map(|(_, name, _)| name).join(", ")
    }

    /// The method of a request, or the one that a response answers.
    pub fn method(self) -> &'static str {
        match self {
            Kind::Ack => "ACK",
            Kind::Bye | Kind::ByeOk => "BYE",
            Kind::Cancel => "CANCEL",
            Kind::Options => "OPTIONS",
            Kind::Prack => "PRACK",
            _ => "INVITE",
        }
    }

    /// Status and reason phrase of a response.
    pub fn status(self) -> Option<(u16, &'static str)> {
        match self {
            Kind::Trying => Some((100, "Trying")),
            Kind::Ringing => Some((180, "Ringing")),
            Kind::Progress => Some((183, "Session Progress")),
            Kind::Ok | Kind::ByeOk => Some((200, "OK")),
            _ => None,
        }
    }

    /// Whether it carries SDP.
    pub fn has_sdp(self) -> bool {
        matches!(self, Kind::Invite(_) | Kind::Reinvite | Kind::Progress | Kind::Ok)
    }

    /// Whether it belongs to a dialog that both sides know.
    pub fn in_dialog(self) -> bool {
        matches!(self, Kind::Reinvite | Kind::Ack | Kind::Bye | Kind::ByeOk | Kind::Prack)
    }
}
