//! Owns the words that the control plane's HTTP API and its clients exchange: one type for each body and query.
//! Refuses to know how they travel, who stores them, and how they are shown.
//!
//! Everything is JSON; texts are UTF-8, times are RFC 3339 in UTC, and a number has its unit in its
//! name. Entities mirror the plan file (`docs/plan-file.md`): references are names, and what is left
//! out has the default that stands there. A request with a field that is not known is refused.
//!
//! | method and path | query | body | answer |
//! |---|---|---|---|
//! | `GET /v1/status` | | | [`Status`] |
//! | `GET /v1/destinations`, `trunks`, `plans`, `originators` | [`ListQuery`] | | [`Page`] of the entity |
//! | `GET /v1/decks` | [`ListQuery`] | | [`Page`] of [`DeckItem`] |
//! | `POST /v1/KIND` | [`WriteQuery`] | the entity | [`WriteReport`] |
//! | `GET /v1/KIND/NAME` | | | the entity |
//! | `PUT /v1/KIND/NAME` | [`WriteQuery`] | the entity | [`WriteReport`] |
//! | `PATCH /v1/KIND/NAME` | [`WriteQuery`] | its patch | [`WriteReport`] |
//! | `DELETE /v1/KIND/NAME` | [`WriteQuery`], `confirm` | | [`WriteReport`] |
//! | `GET /v1/plans/PLAN/rules` | | | [`Page`] of [`Rule`] |
//! | `POST /v1/plans/PLAN/rules` | [`WriteQuery`] | [`Rule`] | [`WriteReport`] |
//! | `GET`, `PUT`, `DELETE /v1/plans/PLAN/rules/RULE` | as above | [`Rule`] | as above |
//! | `POST /v1/plans/PLAN/rules/RULE/weights` | [`WriteQuery`] | [`Weights`] | [`WriteReport`] |
//! | `GET /v1/plans/PLAN/coverage` | | | [`Coverage`] |
//! | `POST /v1/plans/PLAN/fill` | [`WriteQuery`], `confirm` | [`Fill`] | [`FillReport`] |
//! | `POST /v1/plan/import` | [`ImportQuery`] | TOML | [`ImportReport`] |
//! | `GET /v1/plan/export` | | | TOML |
//! | `POST /v1/routes/explain` | | [`ExplainRequest`] | [`Explain`] |
//! | `GET /v1/cdrs` | [`CdrQuery`] | | [`CdrPage`] |
//! | `GET /v1/cdrs/tail` | [`TailQuery`] | | [`CdrTail`] |
//! | `GET /v1/cdrs/summary` | [`SummaryQuery`] | | [`Summary`] |
//! | `GET /v1/calls/active` | | | [`ActiveCalls`] |
//! | `POST /v1/dataplane/drain`, `resume` | [`DrainQuery`], `confirm` | | [`DrainReport`] |
//!
//! `KIND` is `destinations`, `decks`, `trunks`, `plans` or `originators`; names in paths are
//! percent-encoded. Every error, with any status, has [`ErrorBody`] as its body.
#![forbid(unsafe_code)]

mod cdr;
mod deck;
mod destination;
mod error;
mod explain;
mod import;
mod list;
mod live;
mod originator;
mod patch;
mod path;
mod plan;
mod status;
mod summary;
#[cfg(test)]
mod tests;
mod trunk;
mod write;

pub use cdr::{Attempt, Cdr, CdrPage, CdrQuery, CdrTail, LateAnswer, TailQuery};
pub use deck::{Deck, DeckItem, DeckPatch, Rate};
pub use destination::{Destination, DestinationPatch};
pub use error::{ErrorBody, ErrorCode, ErrorDetail, Finding};
pub use explain::{Candidate, Explain, ExplainRequest, MatchedDestination, Skipped};
pub use import::{ImportQuery, ImportReport, PlanCounts};
pub use list::{ListQuery, Page};
pub use live::{ActiveCalls, ActiveCount, DrainQuery, DrainReport};
pub use originator::{Originator, OriginatorPatch};
pub use path::path;
pub use plan::{
    Coverage, CoverageItem, Failover, FailoverPatch, Fill, FillReport, Plan, PlanPatch, Policy,
    Rule, Slot, SlotTrunk, Technique, Weights,
};
pub use status::{
    ControlplaneStatus, DatabaseKind, DatabaseStatus, DataplaneStatus, JournalPlace, JournalStatus,
    PlanStatus, Status, WorkerStatus,
};
pub use summary::{OutcomeCount, Percentiles, Summary, SummaryQuery, TrunkCount};
pub use trunk::{Gateway, InDialog, Trunk, TrunkPatch};
pub use write::{WaitFor, WriteQuery, WriteReport};
