//! Owns the checks of which thread runs on which core.
//! Knows nothing of what the threads do.

use toml::Spanned;

use super::super::raw;
use super::super::{Core, Cores, Idle, Machine};
use super::Checker;
use crate::owner::MAX_WORKERS;

pub(super) fn cores(
    checker: &mut Checker<'_>,
    raw: &raw::Cores,
    idle: Idle,
    machine: &Machine,
) -> Cores {
    let keeper = core(checker, "cores.keeper", raw.keeper.as_ref(), 0, machine);
    let shared = shared(checker, raw, idle);
    let Some(list) = &raw.workers else {
        let worker = core(checker, "cores.workers", None, 1, machine);
        let cores = Cores { keeper, workers: vec![worker], shared };
        distinct(checker, raw, &cores);
        return cores;
    };
    let place = list.span().start;
    let items = list.get_ref().iter();
    let workers: Vec<Core> =
        items.map(|item| core(checker, "cores.workers", Some(item), 1, machine)).collect();
    if workers.is_empty() {
        checker.fault(
            place,
            "cores.workers",
            "no worker is named".to_owned(),
            "name one core, as in workers = [1]".to_owned(),
        );
    }
    if workers.len() > MAX_WORKERS {
        checker.fault(
            place,
            "cores.workers",
            format!("{} workers are named, and there can be {MAX_WORKERS}", workers.len()),
            format!("keep up to {MAX_WORKERS} cores in the list"),
        );
    }
    let cores = Cores { keeper, workers, shared };
    distinct(checker, raw, &cores);
    cores
}

/// A thread that spins keeps its core from whoever else is to run there.
fn shared(checker: &mut Checker<'_>, raw: &raw::Cores, idle: Idle) -> bool {
    let Some(spanned) = raw.shared.as_ref().filter(|spanned| *spanned.get_ref()) else {
        return false;
    };
    if idle == Idle::Spin {
        checker.fault(
            spanned.span().start,
            "cores.shared",
            "workers that spin cannot share a core".to_owned(),
            "set idle = \"relax\", or give each thread a core of its own".to_owned(),
        );
    }
    true
}

fn distinct(checker: &mut Checker<'_>, raw: &raw::Cores, cores: &Cores) {
    if cores.shared {
        return;
    }
    let place = raw.workers.as_ref().map(Spanned::span);
    let place = place.or_else(|| raw.keeper.as_ref().map(Spanned::span));
    let place = place.map_or(0, |span| span.start);
    if cores.workers.contains(&cores.keeper) {
        checker.fault(
            place,
            "cores.workers",
            format!("core {} is the keeper's too", cores.keeper.0),
            "give keeper and worker different cores: a worker never yields its core".to_owned(),
        );
    }
    let mut rest = cores.workers.as_slice();
    while let Some((core, behind)) = rest.split_first() {
        rest = behind;
        if rest.contains(core) {
            checker.fault(
                place,
                "cores.workers",
                format!("core {} is named twice", core.0),
                "give each worker a core of its own: it never yields it".to_owned(),
            );
            return;
        }
    }
}

fn core(
    checker: &mut Checker<'_>,
    key: &str,
    raw: Option<&Spanned<i64>>,
    default: u32,
    machine: &Machine,
) -> Core {
    let value = raw.map_or(i64::from(default), |spanned| *spanned.get_ref());
    let core = u32::try_from(value).ok().map(Core);
    // An unreadable affinity mask must not refuse a good file.
    let known = core.filter(|core| machine.cores.is_empty() || machine.cores.contains(core));
    if let Some(core) = known {
        return core;
    }
    let names: Vec<String> = machine.cores.iter().map(|core| core.0.to_string()).collect();
    checker.fault(
        raw.map_or(0, |spanned| spanned.span().start),
        key,
        format!("core {value} is not one that this process may use"),
        format!("use one of {}", names.join(", ")),
    );
    Core(default)
}
