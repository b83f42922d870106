//! Owns the printing of a running data plane's counters.
//! Knows no counter by name: the segments bring their names along.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use hugepages::counters::CountersReader;
use hugepages::instance;

use super::{Message, StatsArguments, StatsOutput, unless_closed};

/// How often `--watch` prints.
const INTERVAL: Duration = Duration::from_secs(1);

/// Clears the screen and puts the cursor into its corner.
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// Counters of one segment by name, in the segment's order.
type Values = Vec<(String, u64)>;

/// Values by segment.
type Sample = BTreeMap<String, Values>;

pub(super) fn print(arguments: &StatsArguments) -> Result<(), Message> {
    let mut before: Option<Sample> = None;
    loop {
        let sample = sample(&arguments.instance)?;
        if let Some(pid) = instance::dead_owner(&arguments.instance) {
            // With stderr gone there is nobody to tell.
            let _ = writeln!(io::stderr(), "process {pid} has ended; these are its last values");
        }
        let mut out = BufWriter::new(io::stdout().lock());
        let cleared = arguments.watch && io::stdout().is_terminal();
        let written = clear(&mut out, cleared)
            .and_then(|()| match arguments.output {
                StatsOutput::Table => write_table(&mut out, &sample, before.as_ref()),
                StatsOutput::Json => write_json(&mut out, &sample),
            })
            .and_then(|()| out.flush());
        if let Err(error) = written {
            return unless_closed(error);
        }
        if !arguments.watch {
            return Ok(());
        }
        before = Some(sample);
        thread::sleep(INTERVAL);
    }
}

fn sample(dir: &Path) -> Result<Sample, Message> {
    let failed = |error: &dyn std::fmt::Display| {
        let dir = dir.display();
        format!(
            "cannot read {dir}: {error}; name the instance directory of the configuration, as its user or root"
        )
    };
    let segments = instance::segments_in(dir).map_err(|error| failed(&error))?;
    let mut sample = Sample::new();
    for segment in segments {
        // Rings and other segments are no counters; one that has just gone is none any more.
        if let Ok(reader) = CountersReader::open(dir, &segment) {
            let values = reader.iter().map(|(name, value)| (name.to_owned(), value)).collect();
            sample.insert(segment, values);
        }
    }
    if sample.is_empty() {
        return Err(failed(&"there are no counters in it, no data plane runs there"));
    }
    Ok(sample)
}

fn clear(out: &mut impl Write, cleared: bool) -> io::Result<()> {
    if cleared { out.write_all(CLEAR) } else { Ok(()) }
}

fn write_table(out: &mut impl Write, sample: &Sample, before: Option<&Sample>) -> io::Result<()> {
    let change_head = if before.is_some() { "    CHANGE" } else { "" };
    for (segment, values) in sample {
        writeln!(out, "{:<36}  {:>16}{change_head}", segment.to_uppercase(), "VALUE")?;
        for (position, (name, value)) in values.iter().enumerate() {
            write!(out, "{name:<36}  {value:>16}")?;
            let old = before.and_then(|before| before.get(segment)?.get(position));
            match old {
                // A restart begins at zero: then there is no change to tell.
                Some((_, old)) if value > old => writeln!(out, "{:>+10}", value - old)?,
                _ => writeln!(out)?,
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_json(out: &mut impl Write, sample: &Sample) -> io::Result<()> {
    let segments: serde_json::Map<String, serde_json::Value> = sample
        .iter()
        .map(|(segment, values)| {
            let values: serde_json::Map<String, serde_json::Value> =
                values.iter().map(|(name, value)| (name.clone(), (*value).into())).collect();
            (segment.clone(), values.into())
        })
        .collect();
    serde_json::to_writer(&mut *out, &segments)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use hugepages::counters::{CounterId, Counters};
    use hugepages::instance::InstanceDir;

    use super::*;
    use crate::keeper::testing::Scratch;

    fn text(write: impl Fn(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prints_what_another_process_counts() {
        let scratch = Scratch::new();
        let dir = InstanceDir::lock(&scratch.path().join("instance")).unwrap();
        let mut counters = Counters::create(&dir, "worker-0", &["forward", "drop"]).unwrap();
        counters.add(CounterId(1), 7);
        let before = sample(dir.path()).unwrap();
        counters.add(CounterId(1), 3);
        let after = sample(dir.path()).unwrap();
        let table = text(|out| write_table(out, &after, Some(&before)));
        assert!(table.contains("WORKER-0"), "{table}");
        assert!(
            table.lines().any(|line| line.starts_with("drop") && line.ends_with("10        +3"))
        );
        let json = text(|out| write_json(out, &after));
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["worker-0"]["drop"], 10);
    }

    #[test]
    fn says_that_nothing_runs() {
        let scratch = Scratch::new();
        let message = sample(scratch.path()).unwrap_err();
        assert!(message.contains("no data plane runs there"), "{message}");
        let message = sample(&scratch.path().join("nothing")).unwrap_err();
        assert!(message.contains("name the instance directory"), "{message}");
    }
}
