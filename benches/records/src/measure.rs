//! Owns the measurement: an embedded server with the daemon's settings, the reading that the daemon starts, and
//! the time until the last event is in. Refuses to know what events say.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bench_report::{About, Metric, Record};
use controlplane::cluster::Cluster;
use controlplane::database::{Connection, Database};
use controlplane::migrate::migrate;
use controlplane::privilege::become_user;
use controlplane::records::{KEEP_DAYS, Records, Source};
use tokio::sync::watch;

use crate::arguments::{Arguments, Sizes};
use crate::fault::Fault;
use crate::fill::{self, Filled, NAMED};

const ABOUT: About = About {
    bench: "records",
    left_out: "a journal that is whole when the reading begins, one member, no reader of the table, calls of one day, \
               server on the same cores",
};

/// Records a second: the bar, and what it should come to.
const FLOOR: f64 = 20_000.0;
const GOAL: f64 = 50_000.0;

/// What a run came to.
struct Seen {
    filled: Filled,
    seconds: f64,
    /// Processor time of this process.
    own_seconds: f64,
    /// Processor time of the server.
    server_seconds: f64,
    table_bytes: i64,
    wal_bytes: i64,
}

/// Runs what the arguments ask for.
///
/// # Errors
/// [`Fault`].
pub fn run(arguments: &Arguments) -> Result<(), Fault> {
    let sizes = arguments.sizes();
    let place = tempfile::Builder::new().prefix("tandem-records-").tempdir_in(&arguments.below);
    let place = place
        .map_err(|source| Fault::Write { what: arguments.below.display().to_string(), source })?;
    let (state, run) = (place.path().join("state"), place.path().join("run"));
    let journal = place.path().join("journal");
    let unwritten = |source| Fault::Write { what: "the record".to_owned(), source };
    let record = arguments.record.as_deref().map(Record::open).transpose().map_err(unwritten)?;
    // Before there are threads: the server refuses to be root. The record may be root's.
    become_user(&arguments.user, &[place.path(), &state, &run, &journal])?;
    let filled = fill::fill(&journal, &sizes, now_us())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let seen = runtime.map_err(Fault::Threads)?.block_on(async {
        let cluster = Cluster::find(&state, &run)?;
        let database = Database::new(cluster.address());
        let (stop, stops) = watch::channel(false);
        let server = tokio::spawn(cluster.keep(stops));
        let seen = measure(&database, Source { member: 1, journal }, filled, &sizes).await;
        stop.send_replace(true);
        server.await.ok();
        seen
    })?;
    let metrics = metrics(&seen, &sizes);
    ABOUT.print(arguments.json, &metrics);
    if let Some(mut record) = record {
        let command = bench_report::command(ABOUT, &[]);
        record.append(ABOUT, &[], &command, &metrics).map_err(unwritten)?;
    }
    Ok(())
}

async fn measure(
    database: &Database,
    source: Source,
    filled: Filled,
    sizes: &Sizes,
) -> Result<Seen, Fault> {
    let mut connection = database.wait().await;
    migrate(&mut connection).await?;
    name(&connection).await?;
    let wal = "SELECT pg_current_wal_insert_lsn()::text";
    let before: String = connection.query_one(wal, &[]).await?.try_get(0)?;
    let (own, server) = (own_seconds(), server_seconds());
    let began = Instant::now();
    let records = Records::start(database.clone(), KEEP_DAYS);
    records.follow(source.clone());
    records.reached(&source, filled.end).await;
    let seconds = began.elapsed().as_secs_f64();
    let (own_seconds, server_seconds) = (own_seconds() - own, server_seconds() - server);
    drop(records);
    let counts = "SELECT count(*), (SELECT count(*) FROM cdr_open) FROM cdr_records";
    let bytes = "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint,
                            (pg_current_wal_insert_lsn() - $1::text::pg_lsn)::bigint
                     FROM pg_inherits WHERE inhparent = 'cdr_records'::regclass";
    let row = connection.query_one(counts, &[]).await?;
    let (found, open): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let expected = sizes.answered + sizes.unanswered;
    if found.unsigned_abs() != expected || open != 0 {
        return Err(Fault::Records { found, expected });
    }
    let row = connection.query_one(bytes, &[&before]).await?;
    let (table_bytes, wal_bytes) = (row.try_get(0)?, row.try_get(1)?);
    Ok(Seen { filled, seconds, own_seconds, server_seconds, table_bytes, wal_bytes })
}

/// Names of the ids that the journal has.
async fn name(connection: &Connection) -> Result<(), Fault> {
    let sql = format!(
        "INSERT INTO names (kind, id, name)
         SELECT kind, id, kind || ' number ' || id
         FROM unnest('{{originator,destination,plan,rule,trunk}}'::text[]) kind,
              generate_series(0, {NAMED}) id"
    );
    connection.batch_execute(&sql).await?;
    Ok(())
}

fn metrics(seen: &Seen, sizes: &Sizes) -> Vec<Metric> {
    let records = (sizes.answered + sizes.unanswered) as f64;
    let per_record = |total: f64| total / records;
    vec![
        Metric::new("records_per_second", records / seen.seconds, "records/s").bound(FLOOR, GOAL),
        Metric::new("events_per_second", seen.filled.events as f64 / seen.seconds, "events/s"),
        Metric::new("seconds", seen.seconds, "s"),
        Metric::new("own_cpu_per_record", per_record(seen.own_seconds * 1e6), "us"),
        Metric::new("server_cpu_per_record", per_record(seen.server_seconds * 1e6), "us"),
        Metric::new("journal_bytes_per_record", per_record(seen.filled.bytes as f64), "bytes"),
        Metric::new("table_bytes_per_record", per_record(seen.table_bytes as f64), "bytes"),
        Metric::new("wal_bytes_per_record", per_record(seen.wal_bytes as f64), "bytes"),
    ]
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// User and system time of this process.
fn own_seconds() -> f64 {
    stat("self").map_or(0.0, |stat| stat.ticks / 100.0)
}

/// User and system time of the server, whose processes are the children of a child of this one. Those that have
/// ended count too.
fn server_seconds() -> f64 {
    let own = i64::from(std::process::id());
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let all: Vec<Stat> = names.filter_map(|name| stat(&name)).collect();
    let Some(server) = all.iter().find(|stat| stat.parent == own) else { return 0.0 };
    let backends = all.iter().filter(|stat| stat.parent == server.pid);
    let ticks: f64 = backends.map(|stat| stat.ticks).sum();
    (ticks + server.ticks + server.gone_ticks) / 100.0
}

/// What the kernel tells of a process; times in hundredths of a second.
struct Stat {
    pid: i64,
    parent: i64,
    ticks: f64,
    /// Of its children that have ended.
    gone_ticks: f64,
}

fn stat(name: &str) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    let (pid, rest) = text.split_once(' ')?;
    let fields: Vec<&str> = rest.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Stat {
        pid: pid.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        ticks: number(11)? + number(12)?,
        gone_ticks: number(13)? + number(14)?,
    })
}
