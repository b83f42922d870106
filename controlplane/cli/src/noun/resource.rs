//! Owns the five verbs that every stored entity has: list, show, create, set, delete.
//! Refuses to know an entity beyond its name, its fields and its tables.

use std::path::PathBuf;

use api::{WriteQuery, WriteReport, path};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Session;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::screen::View;
use crate::table::Table;
use crate::write::{self, DestroyFlags, WriteFlags};

/// An entity that the control plane stores under its name.
pub trait Resource: Serialize + DeserializeOwned {
    /// What it is called.
    const NOUN: &'static str;
    /// What it is called in paths.
    const KIND: &'static str;
    /// What a list of them has.
    type Item: Serialize + DeserializeOwned;
    /// Changes to one.
    type Patch: Serialize;
    /// What a new one is made of on the command line.
    type Flags: Args;

    /// A new one.
    fn new(name: String, flags: Self::Flags) -> Result<Self, Failure>;
    /// Its name.
    fn name(&self) -> &str;
    /// Changes of some fields; what it does not take from `fields` is refused.
    fn patch(fields: &mut Fields) -> Result<Self::Patch, Failure>;
    /// The table of many.
    fn table(items: &[Self::Item]) -> Table;
    /// All of one.
    fn view(&self) -> View;
}

/// The five verbs.
#[derive(Debug, Subcommand)]
pub enum Verb<F: Args> {
    /// List all
    List,
    /// Show one
    Show {
        /// Its name
        name: String,
    },
    /// Create one from flags, or from a JSON file
    Create {
        /// Its name
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        name: Option<String>,
        /// JSON of the whole thing; - is standard input
        #[arg(long, value_name = "FILE", conflicts_with = "Flags")]
        file: Option<PathBuf>,
        #[command(flatten)]
        flags: F,
        #[command(flatten)]
        write: WriteFlags,
    },
    /// Change fields, or replace all of it by a JSON file
    Set {
        /// Its name
        name: String,
        /// Fields to change, named as `show` names them; commas separate the parts of a list
        #[arg(value_name = "KEY=VALUE", required_unless_present = "file")]
        fields: Vec<String>,
        /// JSON of the whole thing; - is standard input
        #[arg(long, value_name = "FILE", conflicts_with = "fields")]
        file: Option<PathBuf>,
        #[command(flatten)]
        write: WriteFlags,
    },
    /// Delete one
    Delete {
        /// Its name
        name: String,
        #[command(flatten)]
        destroy: DestroyFlags,
    },
}

/// Does one of the five.
pub fn run<R: Resource>(session: &mut Session, verb: Verb<R::Flags>) -> Result<(), Failure> {
    match verb {
        Verb::List => {
            let items: Vec<R::Item> = session.client.list(&path(&[R::KIND]))?;
            session.screen.list(&items, &R::table(&items))
        }
        Verb::Show { name } => {
            let entity: R = session.client.get(&path(&[R::KIND, &name]))?;
            session.screen.view(&entity, &entity.view())
        }
        Verb::Create { name, file, flags, write } => {
            let entity = match file {
                Some(file) => write::read_json(&file, R::NOUN)?,
                None => R::new(name.unwrap_or_default(), flags)?,
            };
            change(session, Method::POST, &path(&[R::KIND]), write.query(), &entity)
        }
        Verb::Set { name, fields, file, write } => {
            let path = path(&[R::KIND, &name]);
            if let Some(file) = file {
                let entity: R = write::read_json(&file, R::NOUN)?;
                if entity.name() != name {
                    return Err(Failure::usage(
                        format!("the file describes the {} `{}`", R::NOUN, entity.name()),
                        format!("give it the name `{name}`: names do not change"),
                    ));
                }
                return change(session, Method::PUT, &path, write.query(), &entity);
            }
            let mut fields = Fields::of(R::NOUN, &fields)?;
            let patch = R::patch(&mut fields)?;
            fields.finish()?;
            change(session, Method::PATCH, &path, write.query(), &patch)
        }
        Verb::Delete { name, destroy } => {
            let query = destroy.query(&format!("this deletes the {} `{name}`", R::NOUN))?;
            delete(session, &path(&[R::KIND, &name]), query)
        }
    }
}

/// Sends a change and tells what became of it.
pub fn change(
    session: &mut Session,
    method: Method,
    path: &str,
    query: WriteQuery,
    body: &impl Serialize,
) -> Result<(), Failure> {
    let report: WriteReport = session.client.send_json(method, path, &query, body)?;
    write::tell(&mut session.screen, &report, &report, query.wait)
}

/// Deletes what is at `path` and tells what became of it.
pub fn delete(session: &mut Session, path: &str, query: WriteQuery) -> Result<(), Failure> {
    let report: WriteReport = session.client.send_empty(Method::DELETE, path, &query)?;
    write::tell(&mut session.screen, &report, &report, query.wait)
}
