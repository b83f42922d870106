//! Owns what is told about a plan: one finding per fault, with place, cause and remedy; refuses to know how faults are found.

use std::fmt;

/// Whether a finding stops a plan from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan cannot be used.
    Error,
    /// The plan can be used; somebody should look.
    Warning,
}

/// One fault of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// Line in the plan text, from 1; 0 when the plan came from elsewhere.
    pub line: u32,
    /// Which entity: ``trunk `atlas` ``, or a table where none has a name yet.
    pub entity: String,
    /// What is wrong, with the value.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    /// An error at `line`.
    #[must_use]
    pub fn error(
        line: u32,
        entity: impl Into<String>,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (entity, cause, remedy) = (entity.into(), cause.into(), remedy.into());
        Self { severity: Severity::Error, line, entity, cause, remedy }
    }

    /// A warning at `line`.
    #[must_use]
    pub fn warning(
        line: u32,
        entity: impl Into<String>,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(line, entity, cause, remedy) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}: {}", self.entity, self.cause)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}

/// The one of `known` that `word` was most likely meant to be: about a third of its letters may differ, or it was cut.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|candidate| {
            let is_cut = word.len() >= 3 && candidate.starts_with(word);
            (if is_cut { 1 } else { distance(word, candidate) }, candidate)
        })
        .filter(|(steps, candidate)| *steps <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements between two words, letter case aside (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().flat_map(char::to_lowercase).enumerate() {
        let mut above_left = i;
        let mut beside = i + 1;
        if let Some(first) = row.first_mut() {
            *first = beside;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(&right) {
            let above = *cell;
            beside = (above_left + usize::from(a != *b)).min(above + 1).min(beside + 1);
            above_left = above;
            *cell = beside;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (a, b, steps) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("Prefix", "prefixes", 2)]
        {
            assert_eq!(distance(a, b), steps, "{a} {b}");
            assert_eq!(distance(b, a), steps, "{b} {a}");
        }
    }

    #[test]
    fn nearest_refuses_far_words() {
        assert_eq!(nearest("gatways", ["name", "gateways"]), Some("gateways"));
        assert_eq!(nearest("naem", ["name", "gateways"]), Some("name"));
        assert_eq!(nearest("pdd", ["total_ms", "pdd_ms"]), Some("pdd_ms"));
        assert_eq!(nearest("colour", ["name", "gateways"]), None);
    }

    #[test]
    fn display_gives_place_cause_and_remedy() {
        let finding = Finding::error(7, "trunk `atlas`", "port 0 is no port", "give 1 to 65535");
        assert_eq!(
            finding.to_string(),
            "line 7: trunk `atlas`: port 0 is no port; give 1 to 65535"
        );
    }
}
