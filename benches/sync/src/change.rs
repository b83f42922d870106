//! Owns changing the plan again and again through the API, each change active before the next one, and every version
//! kept. Refuses to know what calls do meanwhile.

use std::time::{Duration, Instant};

use api::{Plan, Rule, Technique, Trunk, WriteReport};
use reqwest::Client;
use serde_json::json;

use crate::arguments::ChangeArguments;
use crate::fault::Fault;
use crate::history::{self, Writer};

/// Where the API answers; the host does not matter on a unix socket.
const API: &str = "http://tandem";

/// Makes the changes, and says how fast they went.
pub fn run(arguments: &ChangeArguments) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Fault::Threads)?.block_on(change(arguments))
}

async fn change(arguments: &ChangeArguments) -> Result<(), Fault> {
    let client = Client::builder().unix_socket(&*arguments.socket).no_proxy().build()?;
    let mut operator = Operator { client, dice: 20_261_121, off: None };
    let mut history = Writer::create(&arguments.history)?;
    let status: api::Status = operator.get(&["status"]).await?;
    history.keep(status.plan.version, history::now_us(), &operator.export().await?)?;

    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    for change in 0..arguments.changes {
        let due = began + Duration::from_millis(arguments.every_ms) * change;
        tokio::time::sleep_until(due.into()).await;
        let (asked, asked_us) = (Instant::now(), history::now_us());
        let report = operator.change().await?;
        if !report.active {
            let why = report.reason.unwrap_or_default();
            return Err(Fault::Not(format!("version {} is not active: {why}", report.version)));
        }
        slowest = slowest.max(asked.elapsed());
        history.keep(report.version, asked_us, &operator.export().await?)?;
    }
    // Every trunk is left on.
    if operator.off.is_some() {
        let asked_us = history::now_us();
        let report = operator.switch().await?;
        history.keep(report.version, asked_us, &operator.export().await?)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{} changes in {seconds:.1} s, the slowest active after {slowest:?}",
        arguments.changes
    );
    Ok(())
}

struct Operator {
    client: Client,
    dice: u64,
    /// The trunk that is switched off.
    off: Option<String>,
}

impl Operator {
    /// One change at random: weights or technique of a slot, or a trunk switched.
    async fn change(&mut self) -> Result<WriteReport, Fault> {
        if self.below(4) == 0 {
            return self.switch().await;
        }
        let plans: api::Page<Plan> = self.get(&["plans"]).await?;
        let plan = plans.items.first().ok_or_else(|| Fault::Not("there is no plan".to_owned()))?;
        let rules: api::Page<Rule> = self.get(&["plans", &plan.name, "rules"]).await?;
        let pick = self.below(rules.items.len() as u64) as usize;
        let mut rule = rules
            .items
            .into_iter()
            .nth(pick)
            .ok_or_else(|| Fault::Not("there is no rule".to_owned()))?;
        self.shuffle(&mut rule);
        let name = rule.name.clone().unwrap_or_default();
        let url = url(&["plans", &plan.name, "rules", &name]);
        self.send(self.client.put(url).json(&rule)).await
    }

    /// New weights in every slot; sometimes another technique.
    fn shuffle(&mut self, rule: &mut Rule) {
        for slot in &mut rule.slots {
            let count = slot.trunks.len() as u64;
            slot.technique = match self.below(4) {
                0 => Technique::RoundRobin,
                _ => Technique::Percent,
            };
            let first = self.below(count) as usize;
            slot.trunks.rotate_left(first);
            let mut left = 100;
            for (index, trunk) in slot.trunks.iter_mut().enumerate() {
                let others = count - 1 - index as u64;
                let weight = if others == 0 { left } else { 1 + self.below(left - others) };
                left -= weight;
                trunk.weight = (slot.technique == Technique::Percent).then_some(weight as u32);
            }
        }
    }

    /// Switches a trunk off, or the one that is off on again: one is off at most.
    async fn switch(&mut self) -> Result<WriteReport, Fault> {
        let (name, enabled) = match self.off.take() {
            Some(name) => (name, true),
            None => {
                let trunks: api::Page<Trunk> = self.get(&["trunks"]).await?;
                let pick = self.below(trunks.items.len() as u64) as usize;
                let trunk = trunks
                    .items
                    .get(pick)
                    .ok_or_else(|| Fault::Not("there is no trunk".to_owned()))?;
                self.off = Some(trunk.name.clone());
                (trunk.name.clone(), false)
            }
        };
        let url = url(&["trunks", &name]);
        self.send(self.client.patch(url).json(&json!({ "enabled": enabled }))).await
    }

    async fn export(&self) -> Result<String, Fault> {
        let answer = self.client.get(url(&["plan", "export"])).send().await?.error_for_status()?;
        Ok(answer.text().await?)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &[&str]) -> Result<T, Fault> {
        Ok(self.client.get(url(path)).send().await?.error_for_status()?.json().await?)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<WriteReport, Fault> {
        let answer = request.query(&[("wait", "active")]).send().await?;
        if !answer.status().is_success() {
            return Err(Fault::Api(answer.text().await?));
        }
        Ok(answer.json().await?)
    }

    /// A number below `bound`: variety, not randomness.
    fn below(&mut self, bound: u64) -> u64 {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % bound.max(1)
    }
}

fn url(path: &[&str]) -> String {
    format!("{API}{}", api::path(path))
}
