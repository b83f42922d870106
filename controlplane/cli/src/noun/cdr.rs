//! Owns `tandem cdr`: call records that are searched, followed and summed up.
//! Refuses to join events: records come whole.

mod columns;
mod summary;

use api::{Cdr, CdrPage, CdrQuery, CdrTail, Summary, SummaryQuery, TailQuery, path};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::Session;
use crate::failure::Failure;
use crate::screen::Heads;
use crate::unit;

/// Records asked for at a time.
const PAGE: u32 = 1000;
/// How long one question of a tail waits for a record.
const WAIT_MS: u64 = 10_000;

/// What is done with call records.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Find records, newest first
    Search(SearchArguments),
    /// Show the last records, and with -f those that come
    Tail(TailArguments),
    /// Sum up calls in one closing table
    Summary(Period),
}

/// When calls came.
#[derive(Debug, Args)]
pub struct Period {
    /// Calls from this time on: a time, a date, or an age such as 15m
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Calls before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// What `cdr search` takes.
#[derive(Debug, Args)]
pub struct SearchArguments {
    #[command(flatten)]
    period: Period,
    /// Calling number begins with this
    #[arg(long, value_name = "DIGITS")]
    caller: Option<String>,
    /// Called number begins with this
    #[arg(long, value_name = "DIGITS")]
    callee: Option<String>,
    /// Name of a trunk that was tried
    #[arg(long)]
    trunk: Option<String>,
    /// Name of the originator
    #[arg(long)]
    originator: Option<String>,
    /// Call-ID of the caller's leg
    #[arg(long)]
    call_id: Option<String>,
    /// Most records
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Show telephone numbers in full
    #[arg(long)]
    unmasked: bool,
}

/// What `cdr tail` takes.
#[derive(Debug, Args)]
pub struct TailArguments {
    /// Go on as records come, until interrupted
    #[arg(long, short)]
    follow: bool,
    /// Records to begin with
    #[arg(long, short = 'n', default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=1000))]
    lines: u32,
    /// Show telephone numbers in full
    #[arg(long)]
    unmasked: bool,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Search(arguments) => search(session, arguments),
        Verb::Tail(arguments) => tail(session, &arguments),
        Verb::Summary(period) => {
            let (from, to) = period.times()?;
            let query = SummaryQuery { from, to };
            let summary: Summary = session.client.query(&path(&["cdrs", "summary"]), &query)?;
            session.screen.view(&summary, &summary::view(&summary))
        }
    }
}

impl Period {
    fn times(&self) -> Result<(Option<String>, Option<String>), Failure> {
        let now = Timestamp::now();
        let time = |text: &Option<String>| text.as_deref().map(|text| unit::time(text, now));
        Ok((time(&self.from).transpose()?, time(&self.to).transpose()?))
    }
}

fn search(session: &mut Session, arguments: SearchArguments) -> Result<(), Failure> {
    let (from, to) = arguments.period.times()?;
    let mut query = CdrQuery {
        from,
        to,
        caller: arguments.caller,
        callee: arguments.callee,
        trunk: arguments.trunk,
        originator: arguments.originator,
        call_id: arguments.call_id,
        limit: None,
        after: None,
        unmasked: arguments.unmasked,
    };
    let mut found: Vec<Cdr> = Vec::new();
    let mut wanted = arguments.limit;
    while wanted > 0 {
        query.limit = Some(wanted.min(PAGE));
        let page: CdrPage = session.client.query(&path(&["cdrs"]), &query)?;
        wanted = wanted.saturating_sub(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
        found.extend(page.items);
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    session.screen.list(&found, &columns::table(&found, session.screen.output()))
}

fn tail(session: &mut Session, arguments: &TailArguments) -> Result<(), Failure> {
    let path = path(&["cdrs", "tail"]);
    let unmasked = arguments.unmasked;
    let query = TailQuery { after: None, wait_ms: None, limit: Some(arguments.lines), unmasked };
    let mut tail: CdrTail = session.client.query_until_interrupted(&path, &query)?;
    show(session, &tail, Heads::Yes)?;
    if !arguments.follow {
        return Ok(());
    }
    loop {
        let query = TailQuery {
            after: Some(tail.after.clone()),
            wait_ms: Some(WAIT_MS),
            limit: Some(PAGE),
            unmasked,
        };
        tail = session.query_through_outages(&path, &query)?;
        if !tail.items.is_empty() {
            show(session, &tail, Heads::No)?;
        }
    }
}

fn show(session: &mut Session, tail: &CdrTail, heads: Heads) -> Result<(), Failure> {
    let table = columns::table(&tail.items, session.screen.output());
    session.screen.stream(&tail.items, &table, heads)
}
