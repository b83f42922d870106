//! The layout of records that outlive the process or leave it.
//! Knows nothing of who writes or reads them.
//!
//! A layout is never edited once it has been released: a change gets the next version number, and
//! readers keep the one before.

pub mod cdr;
pub mod command;
pub mod link;
