//! Owns Session-Expires.
//! Hot. Refuses to run a timer.

use nom::Parser;

use super::grammar::{Read, number, params, whole};
use super::params::Params;
use crate::ParseError;

/// RFC 4028 §4: how long a session lasts without a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires<'m> {
    /// How many seconds.
    pub seconds: u32,
    /// All parameters.
    pub params: Params<'m>,
}

/// RFC 4028 §4: who refreshes the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refresher {
    /// The caller of this transaction.
    Uac,
    /// The callee of this transaction.
    Uas,
}

impl SessionExpires<'_> {
    /// Who refreshes the session.
    pub fn refresher(&self) -> Option<Refresher> {
        let refresher = self.params.value(b"refresher")?;
        if refresher.is_word(b"uac") {
            return Some(Refresher::Uac);
        }
        refresher.is_word(b"uas").then_some(Refresher::Uas)
    }
}

/// Reads a Session-Expires.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::session_expires::{self, Refresher};
///
/// let timer = session_expires::parse(b"1800;refresher=UAC").unwrap();
/// assert_eq!((timer.seconds, timer.refresher()), (1800, Some(Refresher::Uac)));
/// ```
pub fn parse(value: &[u8]) -> Result<SessionExpires<'_>, ParseError> {
    whole(value, session_expires)
}

/// `delta-seconds *(SEMI se-params)`
fn session_expires(input: &[u8]) -> Read<'_, SessionExpires<'_>> {
    let (rest, (seconds, params)) = (number, params).parse(input)?;
    Ok((rest, SessionExpires { seconds, params }))
}
