//! A control plane in memory: it keeps entities, checks bodies by the types of the API, and remembers
//! every change that it was asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::sync::oneshot;

use crate::samples;

/// A running one; its thread ends with the process of the test.
pub struct Fake {
    dir: TempDir,
    store: Arc<Mutex<Store>>,
    server: Option<Server>,
}

/// What ends when `stop` goes.
struct Server {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Store {
    entities: BTreeMap<(String, String), Value>,
    asked: Vec<String>,
    /// What `write` answers instead of an active version.
    report: Option<Value>,
    /// The next records of a tail.
    coming: Vec<Value>,
}

type Shared = Arc<Mutex<Store>>;
type Words = BTreeMap<String, String>;

impl Fake {
    pub fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let mut store = Store::default();
        for (kind, entity) in samples::entities() {
            let name = entity["name"].as_str().unwrap().to_owned();
            store.entities.insert((kind.to_owned(), name), whole(kind, &entity).unwrap());
        }
        let store = Arc::new(Mutex::new(store));
        let mut fake = Self { dir, store, server: None };
        fake.go_on();
        fake
    }

    /// Answers again.
    pub fn go_on(&mut self) {
        let app = Router::new().fallback(answer).with_state(self.store.clone());
        let listener = std::os::unix::net::UnixListener::bind(self.socket()).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = UnixListener::from_std(listener).unwrap();
                tokio::select! {
                    served = axum::serve(listener, app) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        self.server = Some(Server { stop, thread });
    }

    /// Dies with all connections, leaving its socket behind as a killed process does.
    pub fn die(&mut self) {
        let server = self.server.take().unwrap();
        drop(server.stop);
        server.thread.join().unwrap();
    }

    /// A record that the next question of a tail finds.
    pub fn coming(&self, record: Value) {
        self.store.lock().unwrap().coming.push(record);
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("api.sock")
    }

    /// The changes that were asked for: method, path with query, body.
    pub fn asked(&self) -> Vec<String> {
        self.store.lock().unwrap().asked.clone()
    }

    /// Answers changes with `report` from now on.
    pub fn report(&self, report: Value) {
        self.store.lock().unwrap().report = Some(report);
    }
}

async fn answer(
    State(store): State<Shared>,
    method: Method,
    uri: Uri,
    Query(words): Query<Words>,
    body: Bytes,
) -> Response {
    if words.contains_key("wait_ms") && store.lock().unwrap().coming.is_empty() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let parts: Vec<String> =
        uri.path().trim_start_matches("/v1/").split('/').map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let mut store = store.lock().unwrap();
    if method != Method::GET && parts.as_slice() != ["routes", "explain"] {
        store.asked.push(format!("{method} {uri} {text}").trim_end().to_owned());
    }
    let answer = match (method.as_str(), parts.as_slice()) {
        ("GET", ["status"]) => Ok(samples::status()),
        ("GET", ["calls", "active"]) => Ok(samples::active()),
        ("GET", ["cdrs", "summary"]) => Ok(samples::summary()),
        ("GET", ["cdrs", "tail"]) if words.contains_key("wait_ms") => {
            Ok(json!({"items": std::mem::take(&mut store.coming), "after": "0.4.4"}))
        }
        ("GET", ["cdrs", "tail"]) => Ok(json!({"items": samples::cdrs(), "after": "0.3.3"})),
        ("GET", ["cdrs"]) => cdrs(&words),
        ("GET", ["plan", "export"]) => return "version = 17\n".into_response(),
        ("GET", ["plans", _, "coverage"]) => Ok(samples::coverage()),
        ("GET", ["plans", _, "rules"]) => Ok(json!({"items": [samples::rule()], "next": null})),
        ("GET", ["plans", _, "rules", "Italy mobile"]) => Ok(samples::rule()),
        ("POST", ["routes", "explain"]) => {
            typed::<api::ExplainRequest>(&text).map(|_| samples::explain())
        }
        ("POST", ["plan", "import"]) => import(&store, &words, &text),
        ("POST", ["plans", _, "fill"]) => typed::<api::Fill>(&text).map(|_| {
            json!({"rule": "Italy fixed", "destinations": ["Italy fixed", "Satellite"],
                "write": written(&store)})
        }),
        ("POST", ["plans", _, "rules", _, "weights"]) => {
            typed::<api::Weights>(&text).map(|_| written(&store))
        }
        ("POST", ["plans", _, "rules"]) | ("PUT", ["plans", _, "rules", _]) => {
            typed::<api::Rule>(&text).map(|_| written(&store))
        }
        ("DELETE", ["plans", _, "rules", _]) => Ok(written(&store)),
        ("POST", ["dataplane", action]) => {
            Ok(json!({"draining": *action == "drain", "standing_calls": 1}))
        }
        ("GET", [kind]) => Ok(list(&store, kind, &words)),
        ("POST", [kind]) => create(&mut store, kind, &text),
        ("GET", [kind, name]) => find(&store, kind, name).cloned(),
        ("PUT", [kind, name]) => {
            find(&store, kind, name).cloned().and_then(|_| put(&mut store, kind, name, &text))
        }
        ("PATCH", [kind, name]) => patch(&mut store, kind, name, &text),
        ("DELETE", [kind, name]) => find(&store, kind, name).cloned().map(|_| {
            store.entities.remove(&((*kind).to_owned(), (*name).to_owned()));
            written(&store)
        }),
        _ => Err(refusal(404, "not_found", "there is no such path", "")),
    };
    match answer {
        Ok(value) => value.to_string().into_response(),
        Err(refusal) => *refusal,
    }
}

/// Boxed, since a response is many times as large as a value.
type Refusal = Box<Response>;
type Answer = Result<Value, Refusal>;

fn decoded(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap() as u8;
        bytes.push(if byte == b'%' { digit() * 16 + digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

fn refusal(status: u16, code: &str, message: &str, remedy: &str) -> Refusal {
    let body = json!({"error": {"code": code, "message": message, "remedy": remedy}});
    Box::new((StatusCode::from_u16(status).unwrap(), body.to_string()).into_response())
}

fn typed<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text)
        .map_err(|error| refusal(400, "bad_request", &error.to_string(), "read the documentation"))
}

/// The entity with every field, by its type in the API.
fn whole(kind: &str, value: &Value) -> Answer {
    let text = value.to_string();
    let whole = match kind {
        "destinations" => serde_json::to_value(typed::<api::Destination>(&text)?),
        "decks" => serde_json::to_value(typed::<api::Deck>(&text)?),
        "trunks" => serde_json::to_value(typed::<api::Trunk>(&text)?),
        "plans" => serde_json::to_value(typed::<api::Plan>(&text)?),
        "originators" => serde_json::to_value(typed::<api::Originator>(&text)?),
        _ => return Err(refusal(404, "not_found", "there is no such kind", "")),
    };
    Ok(whole.unwrap())
}

fn written(store: &Store) -> Value {
    let active = json!({"version": 17, "active": true, "workers": 2, "after_us": 4100});
    store.report.clone().unwrap_or(active)
}

fn find<'s>(store: &'s Store, kind: &str, name: &str) -> Result<&'s Value, Refusal> {
    let singular = kind.trim_end_matches('s');
    store.entities.get(&(kind.to_owned(), name.to_owned())).ok_or_else(|| {
        let remedy = format!("`tandem {singular} list` lists what there is");
        refusal(404, "not_found", &format!("there is no {singular} `{name}`"), &remedy)
    })
}

/// Two items a page, so that a list takes more than one.
fn list(store: &Store, kind: &str, words: &Words) -> Value {
    let behind = |name: &str| words.get("after").is_none_or(|after| name > after.as_str());
    let of_kind = store.entities.iter().filter(|((other, _), _)| other == kind);
    let mut items: Vec<Value> =
        of_kind.filter(|((_, name), _)| behind(name)).map(|(_, entity)| entity.clone()).collect();
    let more = items.len() > 2;
    items.truncate(2);
    let next = more.then(|| items[1]["name"].clone());
    if kind == "decks" {
        for item in &mut items {
            *item = json!({"name": item["name"], "rates": item["rates"].as_array().unwrap().len(),
                "trunks": ["atlas"]});
        }
    }
    json!({"items": items, "next": next})
}

fn create(store: &mut Store, kind: &str, text: &str) -> Answer {
    let entity = whole(kind, &serde_json::from_str(text).unwrap())?;
    let name = entity["name"].as_str().unwrap().to_owned();
    let key = (kind.to_owned(), name.clone());
    if store.entities.contains_key(&key) {
        let message = format!("`{name}` exists already");
        return Err(refusal(409, "conflict", &message, "take another name"));
    }
    store.entities.insert(key, entity);
    Ok(written(store))
}

fn put(store: &mut Store, kind: &str, name: &str, text: &str) -> Answer {
    let entity = whole(kind, &serde_json::from_str(text).unwrap())?;
    store.entities.insert((kind.to_owned(), name.to_owned()), entity);
    Ok(written(store))
}

fn patch(store: &mut Store, kind: &str, name: &str, text: &str) -> Answer {
    match kind {
        "destinations" => typed::<api::DestinationPatch>(text).map(|_| ())?,
        "decks" => typed::<api::DeckPatch>(text).map(|_| ())?,
        "trunks" => typed::<api::TrunkPatch>(text).map(|_| ())?,
        "plans" => typed::<api::PlanPatch>(text).map(|_| ())?,
        _ => typed::<api::OriginatorPatch>(text).map(|_| ())?,
    }
    let mut entity = find(store, kind, name)?.clone();
    let fields: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
    for (key, value) in fields {
        if entity.get(&key).is_some() {
            entity[key.as_str()] = value;
        }
    }
    store.entities.insert((kind.to_owned(), name.to_owned()), entity);
    Ok(written(store))
}

fn cdrs(words: &Words) -> Answer {
    let mut items = samples::cdrs();
    items.reverse();
    if let Some(callee) = words.get("callee") {
        items.retain(|cdr| cdr["callee"].as_str().unwrap().starts_with(callee));
    }
    // One a page, so that a search takes more than one.
    if let Some(after) = words.get("after") {
        items.retain(|cdr| cdr["id"].as_str().unwrap() < after.as_str());
    }
    let next = (items.len() > 1).then(|| items[0]["id"].clone());
    items.truncate(1);
    Ok(json!({"items": items, "next": next}))
}

fn import(store: &Store, words: &Words, text: &str) -> Answer {
    if text.contains("broken") {
        let body = json!({"error": {"code": "invalid", "message": "the plan has 2 errors",
            "details": [
                {"line": 3, "message": "unknown field `brokn`", "remedy": "did you mean `broken`?"},
                {"line": 9, "message": "trunk `c` does not exist"}]}});
        return Err(Box::new((StatusCode::UNPROCESSABLE_ENTITY, body.to_string()).into_response()));
    }
    let counts = |n: u64| {
        json!({"destinations": n, "prefixes": n, "decks": n, "rates": n * 100, "trunks": n,
            "gateways": n, "plans": n, "rules": n, "originators": n})
    };
    let dry_run = words.contains_key("dry_run");
    Ok(json!({
        "before": counts(1), "after": counts(12),
        "warnings": [{"line": 4, "message": "trunk `c` is used by no rule"}],
        "write": (!dry_run).then(|| written(store)),
    }))
}
