//! Owns a call detail record and the questions about records, as they travel. Refuses to join events.

use serde::{Deserialize, Serialize};

use crate::write::is_false;

/// Query of records, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CdrQuery {
    /// Calls received at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Calls received before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Calling number begins with this; a `+` in front does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Called number begins with this; a `+` in front does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callee: Option<String>,
    /// Name of a trunk that was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunk: Option<String>,
    /// Name of the originator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originator: Option<String>,
    /// Call-ID of the caller's leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// Most records of the page, 1 to 1000; 100 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Go on behind the page before: its `next`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Whether telephone numbers are shown in full; else country code and three digits, then the last two.
    #[serde(skip_serializing_if = "is_false")]
    pub unmasked: bool,
}

/// Query of records as they come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TailQuery {
    /// Go on behind the answer before: its `after`; left out: the last `limit` records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Wait this long for the first one, milliseconds, at most 30000; 0 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Most records of the answer, 1 to 1000; 100 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Whether telephone numbers are shown in full.
    #[serde(skip_serializing_if = "is_false")]
    pub unmasked: bool,
}

/// A part of a search, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdrPage {
    /// The records.
    pub items: Vec<Cdr>,
    /// `after` of the next page; none on the last.
    pub next: Option<String>,
}

/// Records as they became complete, oldest first: those of unanswered calls, and of answered ones when they end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdrTail {
    /// The records; none when the wait was over before one came.
    pub items: Vec<Cdr>,
    /// `after` of the next question.
    pub after: String,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cdr {
    /// Id of the record: member, segment and offset in its journal, such as `0.3.4711`.
    pub id: String,
    /// Id of the call in the appliance, 16 hexadecimal digits.
    pub call: String,
    /// Worker that handled the set-up.
    pub worker: u16,
    /// Call-ID.
    pub call_id: String,
    /// Caller's tag.
    pub from_tag: String,
    /// Callee's tag.
    pub to_tag: String,
    /// Calling number.
    pub caller: String,
    /// Called number.
    pub callee: String,
    /// P-Asserted-Identity, if there was one.
    pub p_asserted_identity: Option<String>,
    /// Name of the originator, or its id where the name is not known.
    pub originator: Option<String>,
    /// Name of the destination, or its id where the name is not known.
    pub destination: Option<String>,
    /// Name of the plan, or its id where the name is not known.
    pub plan: Option<String>,
    /// Name of the rule, or its id where the name is not known.
    pub rule: Option<String>,
    /// Version of the image that the decision was made with.
    pub image_version: u64,
    /// Address and port that the INVITE came from.
    pub source: String,
    /// Address and port that the last attempt went to.
    pub egress: Option<String>,
    /// When the INVITE came, RFC 3339 UTC.
    pub received: String,
    /// First 18x.
    pub progress: Option<String>,
    /// When the 2xx went upstream.
    pub answer: Option<String>,
    /// When an answered call ended.
    pub end: Option<String>,
    /// Post-dial delay, µs: to the first 18x, or to the answer of a call without one.
    pub pdd_us: Option<u64>,
    /// From the INVITE to the final response, µs.
    pub setup_us: u64,
    /// From the answer to the end, µs.
    pub duration_us: Option<u64>,
    /// How the set-up ended, such as `answered` or `no_routing`.
    pub outcome: String,
    /// Final status sent upstream.
    pub status: u16,
    /// Q.850 cause, 0 if none.
    pub cause: u8,
    /// Which side ended the call: `caller`, `callee`, `router` or `unknown`.
    pub release: String,
    /// Whether the call stands as far as is known.
    pub standing: bool,
    /// The end was known by its cookie only.
    pub orphan_end: bool,
    /// Attempts in the order of trying.
    pub attempts: Vec<Attempt>,
    /// Answers that came after their attempt had been given up.
    pub late_answers: Vec<LateAnswer>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Place in the order of trying, from 0.
    pub ordinal: u8,
    /// Slot of the rule from 1.
    pub slot: u8,
    /// Name of the trunk, or its id where the name is not known.
    pub trunk: String,
    /// Address and port of its gateway.
    pub gateway: String,
    /// Final status, 0 if none.
    pub status: u16,
    /// Q.850 cause, 0 if none.
    pub cause: u8,
    /// INVITE sent, µs after the call was received.
    pub start_us: u64,
    /// First 18x, µs after the call was received.
    pub progress_us: Option<u64>,
    /// End, µs after the call was received.
    pub end_us: Option<u64>,
    /// What else happened, such as `no_response` or `local_status`.
    pub flags: Vec<String>,
}

/// A 2xx that came too late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateAnswer {
    /// Name of the trunk, or its id where the name is not known.
    pub trunk: String,
    /// The status.
    pub status: u16,
    /// µs after the call was received.
    pub after_us: Option<u64>,
}
