//! Owns the one shape of errors, and how faults of the parts become it; refuses to find faults.

use api::{ErrorBody, ErrorCode, ErrorDetail};
use axum::Json;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use routing::Finding;

use crate::json;
use crate::store::ChangeError;

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(ErrorDetail);

impl Failure {
    /// An error of a kind, with what to do about it.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>, remedy: &str) -> Self {
        let remedy = (!remedy.is_empty()).then(|| remedy.to_owned());
        Self(ErrorDetail { code, message: message.into(), remedy, details: Vec::new() })
    }

    /// 400: the request cannot be read.
    #[must_use]
    pub fn bad_request(message: impl Into<String>, remedy: &str) -> Self {
        Self::new(ErrorCode::BadRequest, message, remedy)
    }

    /// 400: what destroys or replaces was not confirmed.
    #[must_use]
    pub fn unconfirmed(what: &str) -> Self {
        Self::new(
            ErrorCode::ConfirmationRequired,
            format!("{what} needs a confirmation"),
            "add `confirm=true` to the query",
        )
    }

    /// 404.
    #[must_use]
    pub fn not_found(what: &str, name: &str) -> Self {
        let listed = match what {
            "rule" => "`tandem rule list PLAN` shows what there is".to_owned(),
            "slot" => "`tandem rule show PLAN RULE` shows what there is".to_owned(),
            what => format!("`tandem {what} list` shows what there is"),
        };
        Self::new(ErrorCode::NotFound, format!("there is no {what} `{name}`"), &listed)
    }

    /// What it says.
    #[must_use]
    pub fn detail(&self) -> &ErrorDetail {
        &self.0
    }

    /// 503.
    #[must_use]
    pub fn unavailable(message: impl Into<String>, remedy: &str) -> Self {
        Self::new(ErrorCode::Unavailable, message, remedy)
    }

    /// 422 with all that is wrong.
    #[must_use]
    pub fn invalid(message: impl Into<String>, findings: &[Finding]) -> Self {
        let mut failure =
            Self::new(ErrorCode::Invalid, message, "mend what is named; nothing was changed");
        failure.0.details = findings.iter().map(json::finding).collect();
        failure
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        let message = error.to_string();
        match error {
            ChangeError::NotFound { what, name } => Self::not_found(what, &name),
            ChangeError::Exists { .. } => {
                Self::new(ErrorCode::Conflict, message, "replace it, or choose another name")
            }
            ChangeError::InUse { .. } => {
                Self::new(ErrorCode::Conflict, message, "take it out there first")
            }
            ChangeError::Conflict(_) => Self::new(ErrorCode::Conflict, message, ""),
            ChangeError::Invalid(findings) => Self::invalid(message, &findings),
            ChangeError::Refused { remedy, .. } => {
                Self::new(ErrorCode::Invalid, message, &remedy.unwrap_or_default())
            }
            ChangeError::Locked { pid, .. } => {
                let end =
                    |pid| format!("end it there, or with `SELECT pg_terminate_backend({pid})`");
                Self::unavailable(message, &pid.map_or_else(|| "try again".to_owned(), end))
            }
            ChangeError::Failed(_)
            | ChangeError::Silent
            | ChangeError::Unreachable(_)
            | ChangeError::Lost(_)
            | ChangeError::Behind { .. } => Self::unavailable(message, "look at `tandem status`"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            ErrorCode::BadRequest | ErrorCode::ConfirmationRequired => StatusCode::BAD_REQUEST,
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::Conflict => StatusCode::CONFLICT,
            ErrorCode::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Internal | ErrorCode::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(ErrorBody { error: self.0 })).into_response()
    }
}

pub(super) async fn no_such_route(method: Method, uri: Uri) -> Failure {
    let message = format!("there is no {method} {}", uri.path());
    Failure::new(ErrorCode::NotFound, message, "the routes are listed in docs/controlplane.md")
}

pub(super) async fn no_such_method(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not know {method}", uri.path());
    let failure = Failure::bad_request(message, "the routes are listed in docs/controlplane.md");
    (StatusCode::METHOD_NOT_ALLOWED, failure.into_response().into_body()).into_response()
}
