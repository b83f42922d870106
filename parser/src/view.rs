//! Owns the views on demand: header grammars in nom that not every packet needs.
//! Hot. Refuses to hold anything but borrowed parts of the value.
//!
//! Each module reads one value of the headers whose rows in the table of [`crate::HeaderId`] name
//! it, without white space around it; [`crate::Message::views`] finds the values of a message and
//! runs the module's `parse` over them. White space inside may be folded.
//!
//! What the rule of a header asks for is checked by `parse`, and then at hand as a field.
//! Parameters are checked for their form; what one of them means is asked for by a method, which
//! is `None` both where the parameter is absent and where its value is not one that its rule
//! allows, so that a peer's odd parameter does not cost the whole value. For the same reason the
//! first of several parameters with one name counts, though RFC 3261 §7.3.1 has a sender write each
//! name once. Where the two would name two calls or two users they are refused: tags, and the
//! branch, received and rport of the top Via, by [`crate::parse`]; what a digest is made of by its
//! view.
//!
//! All of this takes linear time, and neither allocates nor panics.
//!
//! Another view is one row in the table of headers (`header.rs`), one file here, one sample
//! (`tests/views/samples.rs`) and one row in `docs/sip-views.md`; tests hold the four together.

pub mod address;
pub mod allow;
pub mod asserted_id;
pub mod auth;
pub mod challenge;
pub mod contact;
pub mod credentials;
pub mod diversion;
pub mod expires;
pub mod from_spec;
pub mod history_info;
pub mod identity;
pub mod min_se;
pub mod option_tag;
pub mod params;
pub mod privacy;
pub mod rack;
pub mod reason;
pub mod remote_party_id;
pub mod retry_after;
pub mod route;
pub mod rseq;
pub mod session_expires;
pub mod text;
pub mod timestamp;
pub mod values;
pub mod via;
pub mod warning;

mod grammar;

use crate::{HeaderId, ParseError};

/// Runs the view of header `id` over one value of it; `None` if it has no view.
///
/// # Errors
/// Those of the view.
///
/// ```
/// use parser::{HeaderId, view};
///
/// assert_eq!(view::check(HeaderId::Reason, b"Q.850;cause=16"), Some(Ok(())));
/// assert_eq!(view::check(HeaderId::Reason, b"Q.850;").unwrap().unwrap_err().at, 6);
/// assert_eq!(view::check(HeaderId::Subject, b"lunch"), None);
/// ```
pub fn check(id: HeaderId, value: &[u8]) -> Option<Result<(), ParseError>> {
    crate::header::check(id, value)
}
