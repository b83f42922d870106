//! Owns a routing plan as an entity: what it is made of on the command line, and how it is shown.
//! Knows nothing of files.

use api::{Failover, FailoverPatch, Plan, PlanPatch, Policy};
use clap::Args;

use crate::args::Output;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::noun::resource::Resource;
use crate::noun::rule;
use crate::screen::View;
use crate::table::{Column, Table, number, text};

const COLUMNS: &[Column] =
    &[text("NAME"), number("RULES"), number("ATTEMPTS"), number("PDD MS"), number("RING MS")];

const POLICIES: &[(&str, Policy)] = &[("conservative", Policy::Conservative)];

/// What a new plan is made of.
#[derive(Debug, Args)]
pub struct Flags {
    /// Trunks tried for one call
    #[arg(long, value_name = "COUNT")]
    max_total_attempts: Option<u8>,
    /// No attempt starts after this, in ms
    #[arg(long, value_name = "MS")]
    total_ms: Option<u32>,
    /// No response at all: next gateway, then next trunk, in ms
    #[arg(long, value_name = "MS")]
    no_response_ms: Option<u32>,
    /// Neither 180 to 183 nor 2xx: next trunk, in ms
    #[arg(long, value_name = "MS")]
    pdd_ms: Option<u32>,
    /// After 181 or 182, neither 180, 183 nor a final: next trunk, in ms
    #[arg(long, value_name = "MS")]
    invite_timeout_ms: Option<u32>,
    /// After the first 180 or 183, no final: 408, in ms
    #[arg(long, value_name = "MS")]
    ring_timeout_ms: Option<u32>,
    /// Wait before the next attempt, in ms
    #[arg(long, value_name = "MS")]
    retry_interval_ms: Option<u32>,
    /// Id, instead of the one that derives from the name
    #[arg(long)]
    id: Option<u32>,
}

impl Resource for Plan {
    const NOUN: &'static str = "plan";
    const KIND: &'static str = "plans";
    type Item = Plan;
    type Patch = PlanPatch;
    type Flags = Flags;

    /// A plan without rules: `tandem rule create` and `tandem plan fill` add them.
    fn new(name: String, flags: Flags) -> Result<Self, Failure> {
        let default = Failover::default();
        let failover = Failover {
            max_total_attempts: flags.max_total_attempts.unwrap_or(default.max_total_attempts),
            total_ms: flags.total_ms.unwrap_or(default.total_ms),
            no_response_ms: flags.no_response_ms.unwrap_or(default.no_response_ms),
            pdd_ms: flags.pdd_ms.unwrap_or(default.pdd_ms),
            invite_timeout_ms: flags.invite_timeout_ms.unwrap_or(default.invite_timeout_ms),
            ring_timeout_ms: flags.ring_timeout_ms.unwrap_or(default.ring_timeout_ms),
            retry_interval_ms: flags.retry_interval_ms.unwrap_or(default.retry_interval_ms),
        };
        Ok(Self { name, id: flags.id, policy: Policy::default(), failover, rules: Vec::new() })
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn patch(fields: &mut Fields) -> Result<PlanPatch, Failure> {
        let policy = fields.word("policy", POLICIES)?;
        let ms = "milliseconds";
        let failover = FailoverPatch {
            max_total_attempts: fields.parsed("max_total_attempts", "1 to 16")?,
            total_ms: fields.parsed("total_ms", ms)?,
            no_response_ms: fields.parsed("no_response_ms", ms)?,
            pdd_ms: fields.parsed("pdd_ms", ms)?,
            invite_timeout_ms: fields.parsed("invite_timeout_ms", ms)?,
            ring_timeout_ms: fields.parsed("ring_timeout_ms", ms)?,
            retry_interval_ms: fields.parsed("retry_interval_ms", ms)?,
        };
        let failover = (failover != FailoverPatch::default()).then_some(failover);
        Ok(PlanPatch { policy, failover, rules: None })
    }

    fn table(items: &[Plan]) -> Table {
        let mut table = Table::new(COLUMNS);
        for Plan { name, failover, rules, .. } in items {
            table.row([
                name.clone(),
                rules.len().to_string(),
                failover.max_total_attempts.to_string(),
                failover.pdd_ms.to_string(),
                failover.ring_timeout_ms.to_string(),
            ]);
        }
        table
    }

    fn view(&self) -> View {
        let failover = &self.failover;
        View::default()
            .fact("name", &self.name)
            .fact_if("id", self.id.map(|id| id.to_string()))
            .fact("policy", policy_text(self.policy))
            .fact("max_total_attempts", failover.max_total_attempts.to_string())
            .fact("total_ms", failover.total_ms.to_string())
            .fact("no_response_ms", failover.no_response_ms.to_string())
            .fact("pdd_ms", failover.pdd_ms.to_string())
            .fact("invite_timeout_ms", failover.invite_timeout_ms.to_string())
            .fact("ring_timeout_ms", failover.ring_timeout_ms.to_string())
            .fact("retry_interval_ms", failover.retry_interval_ms.to_string())
            .table(rule::table_of(&self.rules, Output::Table))
    }
}

fn policy_text(policy: Policy) -> &'static str {
    POLICIES.iter().find(|(_, known)| *known == policy).map_or("", |(name, _)| name)
}
