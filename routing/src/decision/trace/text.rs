//! Owns a trace as text for people: one line a step, candidates numbered in trying order; refuses to know the decision.
//! Cold: made when somebody asks.

use std::fmt::{self, Display, Formatter};

use super::{Named, Reason, SlotTrace, Trace};
use crate::decision::{Outcome, Skip};
use crate::rate::Rate;

impl Display for Trace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "number       {}", self.number)?;
        writeln!(f, "originator   {}", self.originator)?;
        if let Some(plan) = &self.plan {
            writeln!(f, "plan         {plan}, version {}", self.version)?;
        }
        if let Some(destination) = &self.destination {
            writeln!(f, "destination  {destination}, by prefix {}", self.prefix)?;
        }
        if let Some(rule) = &self.rule {
            writeln!(f, "rule         {rule}")?;
        }
        let mut candidates = 0;
        for slot in &self.slots {
            slot.write(f, &mut candidates)?;
        }
        writeln!(f, "result       {}", self.result())
    }
}

impl Trace {
    fn result(&self) -> String {
        let policy = &self.decision.policy;
        match (self.outcome, &self.rule) {
            (Outcome::Routed, _) => {
                let most = usize::from(policy.max_total_attempts);
                let count = self.decision.candidates().len().min(most);
                let trunks =
                    if count == 1 { "1 trunk".to_owned() } else { format!("up to {count} trunks") };
                format!("routed: {trunks}, no attempt later than {} ms", policy.total_ms)
            }
            (Outcome::OriginatorDisabled, _) => "403: the originator is disabled".to_owned(),
            (Outcome::UnknownDestination, _) => {
                "404: no destination has a prefix of the number".to_owned()
            }
            (Outcome::NoRouting, None) => {
                "503 no routing: the plan has no rule for the destination".to_owned()
            }
            (Outcome::NoRouting, Some(_)) => {
                "503 no routing: no trunk of the rule has a rate for the number".to_owned()
            }
            (Outcome::AllDown, _) => {
                "503 all trunks down: no candidate is left, and a trunk of the rule is disabled"
                    .to_owned()
            }
        }
    }
}

impl SlotTrace {
    /// The slot and its trunks; `candidates` counts through all slots.
    fn write(&self, f: &mut Formatter<'_>, candidates: &mut usize) -> fmt::Result {
        let failure = match self.in_slot_failover {
            true => "a failure tries the rest of the slot first",
            false => "a failure goes on to the next slot",
        };
        writeln!(f, "slot {}       {}, {failure}", self.ordinal, self.technique.name())?;
        let order = self.order.iter().map(|candidate| &candidate.trunk);
        let trunks = order.chain(self.skipped.iter().map(|skipped| &skipped.trunk));
        let width = trunks.map(|trunk| trunk.to_string().chars().count()).max().unwrap_or(0);
        for candidate in &self.order {
            *candidates += 1;
            let name = candidate.trunk.to_string();
            writeln!(f, "  {candidates:>2}. {name:width$}  {}", candidate.reason)?;
        }
        for skipped in &self.skipped {
            let name = skipped.trunk.to_string();
            writeln!(f, "   -  {name:width$}  {}", skipped.why)?;
        }
        Ok(())
    }
}

impl Display for Named {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { write!(f, "id {}", self.id) } else { f.write_str(&self.name) }
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Rate { rate, weight } => match Rate::new(rate) {
                Some(rate) => write!(f, "rate {rate}, weight {weight}"),
                None => write!(f, "rate unknown, weight {weight}"),
            },
            Self::Draw { weight, of } => write!(f, "drawn with weight {weight} of {of}"),
            Self::Turn { place, of } => write!(f, "in turn, {place} of {of}"),
        }
    }
}

impl Display for Skip {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "skipped: disabled",
            Self::NoRate => "skipped: its deck has no rate for the number",
        })
    }
}
