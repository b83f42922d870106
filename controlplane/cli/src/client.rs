//! Owns the way to the control plane: HTTP with JSON over a unix socket, one request at a time.
//! Refuses to know what is asked: a request is a path, a query and a body.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use api::{ErrorBody, Page};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use crate::failure::Failure;

/// Longer than a write waits for its acknowledgement, and than a plan of a million prefixes takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Items asked for at a time.
const PAGE: u32 = 1000;

/// A connection to the control plane.
pub struct Client {
    socket: PathBuf,
    runtime: Runtime,
    http: reqwest::Client,
}

impl Client {
    /// A client for the daemon at `socket`; nothing is sent yet.
    ///
    /// # Errors
    /// The system refuses what a client needs.
    pub fn new(socket: &Path) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let http = reqwest::Client::builder()
            .unix_socket(socket)
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .map_err(|error| Failure::Output(io::Error::other(cause(&error))))?;
        Ok(Self { socket: socket.to_owned(), runtime, http })
    }

    /// Asks for one thing.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.exchange(self.request(Method::GET, path))
    }

    /// Asks for one thing with a query.
    pub fn query<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, Failure> {
        self.exchange(self.request(Method::GET, path).query(query))
    }

    /// Asks for all pages of a list.
    pub fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let mut items = Vec::new();
        let mut query = api::ListQuery { limit: Some(PAGE), after: None };
        loop {
            let page: Page<T> = self.query(path, &query)?;
            items.extend(page.items);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(items),
            }
        }
    }

    /// Asks for a text.
    pub fn text(&self, path: &str) -> Result<String, Failure> {
        self.runtime.block_on(async {
            let response = self.send(self.request(Method::GET, path)).await?;
            response.text().await.map_err(|error| self.no_answer(&error, path))
        })
    }

    /// Sends a JSON body.
    pub fn send_json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &impl Serialize,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        self.exchange(self.request(method, path).query(query).json(body))
    }

    /// Sends a text.
    pub fn send_text<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
        body: String,
    ) -> Result<T, Failure> {
        let request = self.request(Method::POST, path).query(query);
        self.exchange(request.header("content-type", "application/toml").body(body))
    }

    /// Sends a request without a body.
    pub fn send_empty<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, Failure> {
        self.exchange(self.request(method, path).query(query))
    }

    /// As [`Client::query`], until Ctrl-C.
    pub fn query_until_interrupted<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, Failure> {
        let request = self.request(Method::GET, path).query(query);
        self.runtime.block_on(async {
            tokio::select! {
                answer = self.exchange_async(request) => answer,
                _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            }
        })
    }

    /// Waits, until Ctrl-C.
    pub fn sleep_until_interrupted(&self, time: Duration) -> Result<(), Failure> {
        self.runtime.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(time) => Ok(()),
                _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            }
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // The host is a form of HTTP; the socket decides who is asked.
        self.http.request(method, format!("http://tandem{path}"))
    }

    fn exchange<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        self.runtime.block_on(self.exchange_async(request))
    }

    async fn exchange_async<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, Failure> {
        let response = self.send(request).await?;
        let what = response.url().path().to_owned();
        let bytes = response.bytes().await.map_err(|error| self.no_answer(&error, &what))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::Unreadable { what, why: error.to_string() })
    }

    /// The answer of a success, or what the refusal says.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let (http, request) = request.build_split();
        let request = request
            .map_err(|error| Failure::usage(cause(&error), "write names without control codes"))?;
        let what = request.url().path().to_owned();
        let response =
            http.execute(request).await.map_err(|error| self.no_answer(&error, &what))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let bytes = response.bytes().await.map_err(|error| self.no_answer(&error, &what))?;
        match serde_json::from_slice::<ErrorBody>(&bytes) {
            Ok(body) => Err(Failure::Refused(body.error)),
            Err(_) => Err(Failure::Unreadable { what, why: format!("HTTP status {status}") }),
        }
    }

    fn no_answer(&self, error: &reqwest::Error, what: &str) -> Failure {
        if error.is_connect()
            && let Some(source) = system_error(error)
        {
            return Failure::Connect { socket: self.socket.clone(), source };
        }
        let why = match error.is_timeout() {
            true => format!("not within {} s", PATIENCE.as_secs()),
            false => cause(error),
        };
        Failure::NoAnswer { what: what.to_owned(), why }
    }
}

/// What the system said, somewhere behind `error`.
fn system_error(error: &reqwest::Error) -> Option<io::Error> {
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        if let Some(system) = error.downcast_ref::<io::Error>() {
            return Some(match system.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => system.kind().into(),
            });
        }
        next = error.source();
    }
    None
}

/// The innermost reason, which is the one that people can act on.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
