//! Owns the measurement: from just before COMMIT to the moment at which the last worker routes by the change, as
//! the workers themselves say it in shared memory. Refuses to know the API: a change is plain SQL.

use std::path::Path;
use std::time::{Duration, Instant};

use bench_report::{About, Metric, Record};
use hugepages::counters::CountersReader;
use tokio_postgres::{Client, NoTls};

use crate::arguments::MeasureArguments;
use crate::fault::Fault;

const ABOUT: About = About {
    bench: "sync",
    left_out: "calls, more than one worker, huge pages; the plan is the demo's with destinations added",
};

/// Longest wait for one change.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at the workers.
const LOOK: Duration = Duration::from_micros(50);

/// Two trunks of the first slot of the demo's plan; together they keep their weight.
const PAIR: &str =
    "SELECT s.rule_id, s.slot, array_agg(s.trunk_id ORDER BY s.position), sum(s.weight)::bigint
    FROM slot_trunks s JOIN attempt_slots a USING (rule_id, slot)
    WHERE a.technique = 'percent' AND s.position <= (SELECT min(position) + 1 FROM slot_trunks o
        WHERE o.rule_id = s.rule_id AND o.slot = s.slot)
    GROUP BY s.rule_id, s.slot HAVING count(*) = 2 AND sum(s.weight) > 2 ORDER BY 1, 2 LIMIT 1";
const WEIGHTS: &str =
    "UPDATE slot_trunks SET weight = CASE trunk_id WHEN $3 THEN $5::bigint ELSE $6::bigint END
    WHERE rule_id = $1 AND slot = $2 AND trunk_id IN ($3, $4)";
const SWITCH: &str = "UPDATE trunks SET enabled = $2 WHERE id = $1";
const VERSION: &str = "SELECT version FROM config_version";

/// Measures, and prints the figures.
pub fn run(arguments: &MeasureArguments) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Fault::Threads)?.block_on(measure(arguments))
}

async fn measure(arguments: &MeasureArguments) -> Result<(), Fault> {
    let client = connect(&arguments.database).await?;
    let workers = Workers::open(&arguments.instance)?;
    let pair = client.query_opt(PAIR, &[]).await?;
    let pair =
        pair.ok_or_else(|| Fault::Not("the plan has no percent slot with two trunks".to_owned()))?;
    let (rule, slot): (i64, i32) = (pair.get(0), pair.get(1));
    let (trunks, sum): (Vec<i64>, i64) = (pair.get(2), pair.get(3));
    let (one, other) = (trunks[0], trunks[1]);

    let mut images = Vec::new();
    let mut last = 0;
    for change in 0..i64::from(arguments.changes) {
        // Never the weight that is there already, which would change nothing.
        let mut weight = 1 + change * 7 % (sum - 1);
        if weight == last {
            weight = 1 + weight % (sum - 1);
        }
        last = weight;
        client.batch_execute("BEGIN").await?;
        client.execute(WEIGHTS, &[&rule, &slot, &one, &other, &weight, &(sum - weight)]).await?;
        let version = version_of(&client).await?;
        let began = Instant::now();
        client.batch_execute("COMMIT").await?;
        images.push(workers.wait_for("image_as_of", version, began)?);
        pause(change).await;
    }

    let mut switches = Vec::new();
    for change in 0..i64::from(arguments.changes.min(200)) {
        client.batch_execute("BEGIN").await?;
        client.execute(SWITCH, &[&one, &(change % 2 == 1)]).await?;
        let version = version_of(&client).await?;
        let began = Instant::now();
        client.batch_execute("COMMIT").await?;
        switches.push(workers.wait_for("command_as_of", version, began)?);
        workers.wait_for("image_as_of", version, began)?;
        pause(change).await;
    }
    client.execute(SWITCH, &[&one, &true]).await?;

    let prefixes: i64 =
        client.query_one("SELECT count(*) FROM destination_prefixes", &[]).await?.get(0);
    let metrics = [
        Metric::new("prefixes", prefixes as f64, "prefixes"),
        Metric::new("changes", images.len() as f64, "changes"),
        Metric::new("commit_to_active_p50_ms", percentile(&mut images, 50), "ms"),
        Metric::new("commit_to_active_p99_ms", percentile(&mut images, 99), "ms").bound(50.0, 20.0),
        Metric::new("commit_to_active_max_ms", percentile(&mut images, 100), "ms"),
        Metric::new("commit_to_switched_p50_ms", percentile(&mut switches, 50), "ms"),
        Metric::new("commit_to_switched_p99_ms", percentile(&mut switches, 99), "ms"),
    ];
    ABOUT.print(arguments.json, &metrics);
    if let Some(path) = &arguments.record {
        let mut record = Record::open(path).map_err(Fault::file(path))?;
        // What this process was given is the script's choice.
        let command = format!("scripts/bench {}", ABOUT.bench);
        record.append(ABOUT, &[], &command, &metrics).map_err(Fault::file(path))?;
    }
    let over = |metric: &&Metric| metric.floor.is_some_and(|floor| metric.value > floor);
    let missed = metrics.iter().find(over);
    missed.map_or(Ok(()), |metric| Err(Fault::Not(format!("{} misses its floor", metric.name))))
}

async fn connect(dir: &Path) -> Result<Client, Fault> {
    let mut config = tokio_postgres::Config::new();
    config.host_path(dir).user("tandem").dbname("postgres");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

async fn version_of(client: &Client) -> Result<u64, Fault> {
    let version: i64 = client.query_one(VERSION, &[]).await?.get(0);
    Ok(version.unsigned_abs())
}

/// Some milliseconds, another number each time, so that no rhythm of the other side is met.
async fn pause(change: i64) {
    tokio::time::sleep(Duration::from_micros(change.unsigned_abs() * 7919 % 20_000)).await;
}

/// The counters of all workers.
struct Workers(Vec<CountersReader>);

impl Workers {
    fn open(instance: &Path) -> Result<Workers, Fault> {
        let mut workers = vec![CountersReader::open(instance, "worker-0")?];
        while let Ok(next) = CountersReader::open(instance, &format!("worker-{}", workers.len())) {
            workers.push(next);
        }
        Ok(Workers(workers))
    }

    /// Milliseconds since `began` at which the word of every worker is at least `version`.
    fn wait_for(&self, word: &str, version: u64, began: Instant) -> Result<f64, Fault> {
        let reached = |worker: &CountersReader| {
            worker.iter().find(|(name, _)| *name == word).is_some_and(|(_, value)| value >= version)
        };
        while !self.0.iter().all(reached) {
            if began.elapsed() > PATIENCE {
                return Err(Fault::Not(format!(
                    "{word} did not reach {version} within {PATIENCE:?}"
                )));
            }
            std::thread::sleep(LOOK);
        }
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }
}

/// The value that `share` percent of all do not exceed (nearest rank).
fn percentile(values: &mut [f64], share: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * share).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or(f64::NAN)
}
