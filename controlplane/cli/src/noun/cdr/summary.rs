//! Owns how a summary of calls is shown. Refuses to count.

use api::{Percentiles, Summary};

use crate::screen::View;
use crate::table::{Column, Table, number, text};
use crate::unit::{millis, or_dash, percent};

const OUTCOMES: &[Column] = &[text("OUTCOME"), number("CALLS"), number("SHARE %")];
const TRUNKS: &[Column] = &[
    text("TRUNK"),
    number("FIRST ATTEMPTS"),
    number("SHARE %"),
    number("ATTEMPTS"),
    number("ANSWERED"),
];
const TIMES: &[Column] = &[text("TIME"), number("P50 MS"), number("P90 MS"), number("P99 MS")];

/// All of it; the table of trunks is first, which is what CSV takes.
pub fn view(summary: &Summary) -> View {
    let share = |calls: u64| (summary.calls > 0).then(|| calls as f64 / summary.calls as f64);
    let mut trunks = Table::new(TRUNKS);
    for count in &summary.trunks {
        trunks.row([
            count.trunk.clone(),
            count.first.to_string(),
            or_dash(count.share.map(percent)),
            count.attempts.to_string(),
            count.answered.to_string(),
        ]);
    }
    let mut outcomes = Table::new(OUTCOMES);
    for count in &summary.outcomes {
        let share = or_dash(share(count.calls).map(percent));
        outcomes.row([count.outcome.replace('_', " "), count.calls.to_string(), share]);
    }
    let mut times = Table::new(TIMES);
    for (label, points) in [("set-up", summary.setup_us), ("post-dial delay", summary.pdd_us)] {
        let Some(Percentiles { p50, p90, p99 }) = points else { continue };
        times.row([label.to_owned(), millis(p50), millis(p90), millis(p99)]);
    }
    let asr = share(summary.answered).map(|share| format!("   ASR {} %", percent(share)));
    View::default()
        .fact("calls", summary.calls.to_string())
        .fact("answered", format!("{}{}", summary.answered, asr.unwrap_or_default()))
        .fact("standing", summary.standing.to_string())
        .fact("failovers", summary.failovers.to_string())
        .fact("no routing", summary.no_routing.to_string())
        .fact_if("late answers", seen(summary.late_answers))
        .fact_if("orphan ends", seen(summary.orphan_ends))
        .table(trunks)
        .table(outcomes)
        .table(times)
}

/// What is rare is shown when it is there.
fn seen(count: u64) -> Option<String> {
    (count > 0).then(|| count.to_string())
}
