//! Owns explaining a decision to people; refuses to decide: the data plane's own code does, and says what it did.

use api::{Candidate, Explain, ExplainRequest, MatchedDestination, Skipped};
use axum::Json;
use axum::extract::State;
use routing::decision::trace::{Reason, SlotTrace};
use routing::rate::Rate;
use routing::{Digits, Outcome, Switches, TechniqueState, Trace, decide_traced};

use super::ask::Body;
use super::entity::newest;
use super::{Dataplane, Failure, Shared};
use crate::json;

/// `POST /v1/routes/explain`.
pub async fn explain<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Body(request): Body<ExplainRequest>,
) -> Result<Json<Explain>, Failure> {
    let snapshot = newest(&parts).await?;
    let originator = snapshot.plan.originators.iter().find(|one| one.name == request.originator);
    let originator =
        originator.ok_or_else(|| Failure::not_found("originator", &request.originator))?;
    let image = parts.publication.borrow().image.clone();
    let image = image.ok_or_else(|| {
        Failure::unavailable("no configuration has been compiled yet", "look at `tandem status`")
    })?;
    let number = match Digits::from_ascii(request.callee.as_bytes()) {
        Ok(number) => number,
        Err(error) => return Ok(Json(no_number(image.version(), request, &error.to_string()))),
    };
    let originator = image.originator(originator.stable_id()).ok_or_else(|| {
        let message = format!("originator `{}` is not in the image yet", request.originator);
        Failure::unavailable(message, "try again")
    })?;
    let seed = u64::from(std::process::id()) ^ u64::from(originator.id());
    let mut state = TechniqueState::for_image(&image, 0, seed);
    // The newest configuration says what every switch says.
    Ok(Json(told(&decide_traced(&image, &Switches::default(), originator, &number, &mut state))))
}

fn no_number(version: u64, request: ExplainRequest, why: &str) -> Explain {
    Explain {
        version,
        originator: request.originator,
        digits: None,
        destination: None,
        plan: None,
        rule: None,
        candidates: Vec::new(),
        skipped: Vec::new(),
        outcome: "unknown_destination".to_owned(),
        status: Some(404),
        text: format!("`{}` is no number that can be looked up: {why}\n", request.callee),
    }
}

fn told(trace: &Trace) -> Explain {
    let (outcome, status) = match trace.outcome {
        Outcome::Routed => ("routed", None),
        Outcome::OriginatorDisabled => ("originator_disabled", Some(403)),
        Outcome::UnknownDestination => ("unknown_destination", Some(404)),
        Outcome::NoRouting => ("no_routing", Some(503)),
        Outcome::AllDown => ("all_trunks_down", Some(503)),
    };
    let name = |named: &routing::decision::trace::Named| named.to_string();
    Explain {
        version: trace.version,
        originator: name(&trace.originator),
        digits: Some(trace.number.clone()),
        destination: trace.destination.as_ref().map(|destination| MatchedDestination {
            name: name(destination),
            prefix: trace.prefix.clone(),
        }),
        plan: trace.plan.as_ref().map(name),
        rule: trace.rule.as_ref().map(name),
        candidates: trace.slots.iter().flat_map(candidates).collect(),
        skipped: trace.slots.iter().flat_map(skipped).collect(),
        outcome: outcome.to_owned(),
        status,
        text: trace.to_string(),
    }
}

fn candidates(slot: &SlotTrace) -> impl Iterator<Item = Candidate> {
    slot.order.iter().map(|candidate| {
        let (weight, rate) = match candidate.reason {
            Reason::Rate { rate, weight } => (Some(weight), Rate::new(rate)),
            Reason::Draw { weight, .. } => (Some(weight), None),
            Reason::Turn { .. } => (None, None),
        };
        Candidate {
            trunk: candidate.trunk.to_string(),
            slot: slot.ordinal,
            technique: json::technique(slot.technique),
            weight,
            rate: rate.map(|rate| rate.to_string()),
            reason: candidate.reason.to_string(),
        }
    })
}

fn skipped(slot: &SlotTrace) -> impl Iterator<Item = Skipped> {
    slot.skipped.iter().map(|skipped| Skipped {
        trunk: skipped.trunk.to_string(),
        slot: slot.ordinal,
        reason: skipped.why.to_string(),
    })
}
