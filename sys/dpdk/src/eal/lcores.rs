//! Owns the check of a list of lcores before the EAL sees it.
//! Refuses the wider grammar of the EAL (groups in brackets): it answers a mistake with its whole
//! help text on standard output, or ends the process, so what reaches it must be right.

use std::fmt;
use std::fs;

use dpdk_sys as sys;

use crate::lcore::LcoreId;

/// What is wrong with a list of lcores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LcoresFault {
    /// An item is neither `NUMBER`, nor `FIRST-LAST`, nor `NUMBER@CPU`.
    Item(String),
    /// An lcore's number is too high.
    TooHigh(u32),
    /// An lcore is named twice.
    Twice(u32),
    /// The main lcore is not in the list.
    NoMain(u32),
    /// This process may not run on that CPU, or there is none of that number.
    NoCpu(u32),
}

impl fmt::Display for LcoresFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = sys::RTE_MAX_LCORE - 1;
        match self {
            LcoresFault::Item(item) => {
                write!(out, "{item:?} is neither NUMBER, nor FIRST-LAST, nor NUMBER@CPU")
            }
            LcoresFault::TooHigh(lcore) => write!(out, "lcore {lcore} is above {most}"),
            LcoresFault::Twice(lcore) => write!(out, "lcore {lcore} is named twice"),
            LcoresFault::NoMain(lcore) => write!(out, "the main lcore {lcore} is missing"),
            LcoresFault::NoCpu(cpu) => write!(out, "this process has no CPU {cpu}"),
        }
    }
}

/// Checks `text` against the grammar above, the main lcore and the CPUs that may be used.
pub(super) fn check(text: &str, main: LcoreId, cpus: &[u32]) -> Result<(), LcoresFault> {
    let mut seen = Vec::new();
    for item in text.split(',') {
        for (lcore, cpu) in pairs(item).ok_or_else(|| LcoresFault::Item(item.to_owned()))? {
            if lcore >= sys::RTE_MAX_LCORE {
                return Err(LcoresFault::TooHigh(lcore));
            }
            if seen.contains(&lcore) {
                return Err(LcoresFault::Twice(lcore));
            }
            if !cpus.contains(&cpu) {
                return Err(LcoresFault::NoCpu(cpu));
            }
            seen.push(lcore);
        }
    }
    if seen.contains(&main.0) { Ok(()) } else { Err(LcoresFault::NoMain(main.0)) }
}

/// The lcores of one item, each with its CPU.
fn pairs(item: &str) -> Option<Vec<(u32, u32)>> {
    if let Some((lcore, cpu)) = item.split_once('@') {
        return Some(vec![(number(lcore)?, number(cpu)?)]);
    }
    range(item).map(|lcores| lcores.map(|lcore| (lcore, lcore)).collect())
}

/// `NUMBER` or `FIRST-LAST`.
fn range(text: &str) -> Option<std::ops::RangeInclusive<u32>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(first..=last)
}

/// Digits only, up to four: `parse` alone would take a sign.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|c| c.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The CPUs that this thread may run on, as the kernel lists them.
pub(super) fn allowed_cpus() -> Vec<u32> {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    list.unwrap_or_default().trim().split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{LcoresFault, allowed_cpus, check};
    use crate::lcore::LcoreId;

    const MAIN: LcoreId = LcoreId(0);

    #[test]
    fn accepts_what_the_eal_accepts_of_the_simple_forms() {
        for good in ["0", "0@0", "0@0,1@1", "0-1", "2@0,0@0,1@1", "127@1,0"] {
            assert_eq!(check(good, MAIN, &[0, 1]), Ok(()), "{good}");
        }
    }

    #[test]
    fn names_the_fault() {
        let bad = |text: &str| check(text, MAIN, &[0, 1]).unwrap_err();
        for item in ["", "a", "+0", "-1", "1-0", "0@", "@0", "0@0-1", "0 ", "(0)@0", "12345"] {
            assert_eq!(bad(item), LcoresFault::Item(item.to_owned()));
        }
        assert_eq!(bad("0@0,,1"), LcoresFault::Item(String::new()));
        assert_eq!(bad("0@0,128@1"), LcoresFault::TooHigh(128));
        assert_eq!(bad("0@0,0@1"), LcoresFault::Twice(0));
        assert_eq!(bad("0@0,1@9"), LcoresFault::NoCpu(9));
        assert_eq!(bad("0-3"), LcoresFault::NoCpu(2));
        assert_eq!(bad("1@1"), LcoresFault::NoMain(0));
        assert_eq!(bad("0@9").to_string(), "this process has no CPU 9");
    }

    #[test]
    fn finds_a_cpu_to_run_on() {
        assert!(!allowed_cpus().is_empty());
    }
}
