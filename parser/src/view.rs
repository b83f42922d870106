//! Owns the views on demand: header grammars in nom that not every packet needs.
//! Hot. Refuses to hold anything but borrowed parts of the value.
//!
//! Each reads one value, as [`crate::Message::values`] hands them out or as a header that is no
//! list holds it, without white space around it. White space inside may be folded.

pub mod address;
pub mod params;
pub mod reason;
pub mod retry_after;
pub mod timestamp;
pub mod via;

mod grammar;
