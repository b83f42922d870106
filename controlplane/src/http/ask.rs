//! Owns reading requests: queries and JSON bodies, each fault with the field it is in; refuses to know what is asked.

use api::WriteQuery;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

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

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    Bytes::from_request(request, state).await.map_err(|error| {
        Failure::bad_request(format!("the body did not come whole: {}", error.body_text()), "")
    })
}

/// Refuses what was not confirmed.
pub fn confirmed(query: &WriteQuery, what: &str) -> Result<(), Failure> {
    if query.confirm { Ok(()) } else { Err(Failure::unconfirmed(what)) }
}
