//! Owns the loading of a plan file: text, image, and the names that records refer to.

use std::path::Path;

use routing::image::{self, Image, NameKind};
use routing::{Finding, plan_text};

use super::StartError;
use crate::cdr::names::ImageNames;
use crate::config::Config;

/// Reads and compiles the plan at `path`.
///
/// # Errors
/// The file cannot be read, or the plan has faults: all of them, by line.
pub(super) fn load(path: &Path) -> Result<Image, StartError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| StartError::ReadPlan { path: path.to_owned(), source })?;
    let faults = |findings: Vec<Finding>| {
        let lines: Vec<String> = findings.iter().map(|finding| format!("  {finding}")).collect();
        StartError::Plan { path: path.to_owned(), findings: lines.join("\n") }
    };
    let plan = plan_text::parse(&text).map_err(faults)?;
    let built = image::build(&plan).map_err(faults)?;
    Ok(built.open()?)
}

/// The names of everything that records refer to by id.
pub(super) fn names(image: &Image, config: &Config) -> ImageNames {
    let plans = image.plans().map(|id| (id, image.name(NameKind::Plan, id).to_owned()));
    ImageNames {
        trunks: image.trunks().map(|trunk| (trunk.id(), trunk.name().to_owned())).collect(),
        originators: image.originators().map(|one| (one.id(), one.name().to_owned())).collect(),
        destinations: image.destinations().map(|one| (one.id(), one.name().to_owned())).collect(),
        plans: plans.collect(),
        listeners: (0..).zip(config.listeners.iter().map(|one| one.name.clone())).collect(),
    }
}
