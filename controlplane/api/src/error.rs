//! Owns the one shape of errors. Knows nothing of what can fail.

use serde::{Deserialize, Serialize};

/// Body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// What went wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// Kind of error, for programs.
    pub code: ErrorCode,
    /// What failed, with which value, in one sentence without a final dot.
    pub message: String,
    /// What to do about it, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Each fault of its own, such as the lines of a plan file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Finding>,
}

/// Kinds of errors with their HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request cannot be read.
    BadRequest,
    /// 400: the request destroys or replaces and lacks `confirm=true`.
    ConfirmationRequired,
    /// 404: there is no such thing.
    NotFound,
    /// 409: it exists already, or is in use.
    Conflict,
    /// 422: the values do not make a valid plan.
    Invalid,
    /// 503: the database or the data plane cannot be reached.
    Unavailable,
    /// 500: a fault of the control plane; its log says more.
    Internal,
    /// A code of a later version.
    #[serde(other)]
    Unknown,
}

/// One fault, or one thing that deserves a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Line of the plan file from 1, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The cause as a sentence.
    pub message: String,
    /// What to do about it, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}
