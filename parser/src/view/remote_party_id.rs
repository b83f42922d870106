//! Owns one Remote-Party-ID value.
//! Hot. Refuses to know whom to trust.

use nom::Parser;

use super::address::{Address, named};
use super::grammar::{Read, whole};
use super::text::Text;
use crate::ParseError;

/// draft-ietf-sip-privacy-04 §5: one Remote-Party-ID value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemotePartyId<'m> {
    /// Who.
    pub address: Address<'m>,
}

impl<'m> RemotePartyId<'m> {
    /// `calling`, `called`, ...
    pub fn party(&self) -> Option<Text<'m>> {
        self.address.params.value(b"party")
    }

    /// `subscriber`, `user`, `term`, ...
    pub fn id_type(&self) -> Option<Text<'m>> {
        self.address.params.value(b"id-type")
    }

    /// Whether the identity was verified; `None` where nothing, or neither `yes` nor `no`, is said.
    pub fn screen(&self) -> Option<bool> {
        let screen = self.address.params.value(b"screen")?;
        if screen.is_word(b"yes") { Some(true) } else { screen.is_word(b"no").then_some(false) }
    }

    /// `full`, `name`, `uri`, `off`, ..., with `-network` or the like behind it where it is there;
    /// several are one quoted list.
    pub fn privacy(&self) -> Option<Text<'m>> {
        self.address.params.value(b"privacy")
    }
}

/// Reads one Remote-Party-ID value.
///
/// # Errors
/// The offset in `value` where the grammar is broken: brackets are part of it.
///
/// ```
/// use parser::view::remote_party_id;
///
/// let value = b"\"J\" <sip:+12025550101@example.com>;party=calling;screen=yes;privacy=full";
/// let id = remote_party_id::parse(value).unwrap();
/// assert!(id.party().unwrap().is_word(b"calling"));
/// assert!(id.privacy().unwrap().is_word(b"full"));
/// assert_eq!(id.screen(), Some(true));
/// ```
pub fn parse(value: &[u8]) -> Result<RemotePartyId<'_>, ParseError> {
    whole(value, rpid)
}

/// `rpid = [display-name] LAQUOT addr-spec RAQUOT *(SEMI rpi-token)`
fn rpid(input: &[u8]) -> Read<'_, RemotePartyId<'_>> {
    let (rest, address) = named.parse(input)?;
    Ok((rest, RemotePartyId { address }))
}
