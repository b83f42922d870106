//! Owns reading requests: queries and JSON bodies, each fault with the field it is in; refuses to know what is asked.

use std::time::Duration;

use api::WriteQuery;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::Failure;

/// A query string.
pub struct Query<T>(pub T);

/// A JSON body.
pub struct Body<T>(pub T);

/// A body as text.
pub struct Text(pub String);

/// Names in the path.
pub struct Names<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        axum::extract::Query::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(|error| {
            Failure::bad_request(format!("the query cannot be read: {}", error.body_text()), "")
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Names<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let names = Path::<T>::from_request_parts(parts, state).await;
        names.map(|names| Self(names.0)).map_err(|error| {
            Failure::bad_request(
                format!("the path cannot be read: {}", error.body_text()),
                "percent-encode names as UTF-8",
            )
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let given = request.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
        // curl calls a body a form when nobody says what it is.
        if let Some(other) = given
            && !other.starts_with("application/json")
            && !other.starts_with("application/x-www-form-urlencoded")
        {
            let message = format!("the body is `{other}`");
            return Err(Failure::bad_request(message, "send `content-type: application/json`"));
        }
        let bytes = bytes(request, state).await?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
        let value = value.map_err(|error| {
            let place = match error.path().to_string() {
                path if path == "." => String::new(),
                path => format!("{path}: "),
            };
            let message = format!("the body cannot be read: {place}{}", error.inner());
            Failure::bad_request(message, "")
        })?;
        reader.end().map_err(|error| {
            Failure::bad_request(format!("the body cannot be read: {error}"), "send one JSON value")
        })?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = bytes(request, state).await?;
        match String::from_utf8(bytes.into()) {
            Ok(text) => Ok(Self(text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let message = format!("the body is no UTF-8 at byte {at}");
                Err(Failure::bad_request(message, "send the plan file as it is"))
            }
        }
    }
}

/// Bodies that are read at once whatever their size; others are read one after the other.
const SMALL: u64 = 1 << 20;
static LARGE: Semaphore = Semaphore::const_new(1);
/// Longest time for a body to come, and for the one before it to be read.
const WITHIN: Duration = Duration::from_secs(60);

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > super::BODY as u64) {
        return Err(too_large());
    }
    let read = async {
        // Held until all is there, so that memory for one is enough.
        let _turn = match length {
            Some(length) if length <= SMALL => None,
            _ => LARGE.acquire().await.ok(),
        };
        Bytes::from_request(request, state).await.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => {
                let message = format!("the body did not come whole: {}", error.body_text());
                Failure::bad_request(message, "")
            }
        })
    };
    tokio::time::timeout(WITHIN, read).await.unwrap_or_else(|_| {
        let message = format!("the body did not come within {} s", WITHIN.as_secs());
        Err(Failure::bad_request(message, "try again"))
    })
}

fn too_large() -> Failure {
    let message = format!("the body has more than {} MiB", super::BODY >> 20);
    Failure::bad_request(message, "send it in parts: entities one by one")
}

/// Refuses what was not confirmed.
pub fn confirmed(query: &WriteQuery, what: &str) -> Result<(), Failure> {
    if query.confirm { Ok(()) } else { Err(Failure::unconfirmed(what)) }
}
