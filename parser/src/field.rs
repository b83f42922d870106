//! Owns the fields that every packet needs, parsed by hand during the pass over the message.
//! Hot. Refuses everything else: other header grammars are nom views.

pub(crate) mod cseq;
pub(crate) mod name_addr;
pub(crate) mod param;
pub(crate) mod route;
pub(crate) mod via;
