//! Owns one History-Info value.
//! Hot. Refuses to build the tree of entries.

use nom::Parser;

use super::address::{Address, named};
use super::grammar::{Read, decimal, whole};
use crate::ParseError;

/// RFC 7044 §5: one target that the request was sent to.
///
/// The reason why it went on, and whether the entry is private, stand as headers in its URI:
/// [`crate::uri::Uri::header`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryInfo<'m> {
    /// Where to.
    pub address: Address<'m>,
}

/// RFC 7044 §5: how a target came about, with the index of the entry that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiTarget<'m> {
    /// A contact that is bound to the user.
    Rc(&'m [u8]),
    /// Another user.
    Mp(&'m [u8]),
    /// No change.
    Np(&'m [u8]),
}

impl<'m> HistoryInfo<'m> {
    /// The index, such as `1.2.1`.
    pub fn index(&self) -> Option<&'m [u8]> {
        self.address.params.get(b"index").flatten().filter(|index| is_index(index))
    }

    /// The numbers of the index.
    pub fn levels(&self) -> impl Iterator<Item = u32> + use<'m> {
        let index = self.index().unwrap_or_default();
        index.split(|byte| *byte == b'.').map_while(decimal)
    }

    /// How the target came about.
    pub fn target(&self) -> Option<HiTarget<'m>> {
        let index =
            |name: &[u8]| self.address.params.get(name).flatten().filter(|index| is_index(index));
        let rc = || index(b"rc").map(HiTarget::Rc);
        rc().or_else(|| index(b"mp").map(HiTarget::Mp)).or_else(|| index(b"np").map(HiTarget::Np))
    }
}

/// Reads one History-Info value.
///
/// # Errors
/// The offset in `value` where the grammar is broken: brackets are part of it.
///
/// ```
/// use parser::{uri, view::history_info::{self, HiTarget}};
///
/// let value = b"<sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D302>;index=1.2;mp=1";
/// let entry = history_info::parse(value).unwrap();
/// assert!(entry.levels().eq([1, 2]));
/// assert_eq!(entry.target(), Some(HiTarget::Mp(b"1")));
/// let uri = uri::parse(entry.address.uri).unwrap();
/// assert_eq!(uri.header(b"reason").map(|span| uri.part(span)), Some(&b"SIP%3Bcause%3D302"[..]));
/// ```
pub fn parse(value: &[u8]) -> Result<HistoryInfo<'_>, ParseError> {
    whole(value, hi_entry)
}

/// `hi-entry = hi-targeted-to-uri *( SEMI hi-param )`, `hi-targeted-to-uri = name-addr`
fn hi_entry(input: &[u8]) -> Read<'_, HistoryInfo<'_>> {
    let (rest, address) = named.parse(input)?;
    Ok((rest, HistoryInfo { address }))
}

/// `index-val = number *("." number)`, `number = [ %x31-39 *DIGIT ] DIGIT`
fn is_index(text: &[u8]) -> bool {
    let is_number =
        |text: &[u8]| decimal(text).is_some() && (text == b"0" || text.first() != Some(&b'0'));
    text.split(|byte| *byte == b'.').all(is_number)
}
