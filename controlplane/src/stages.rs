//! Owns the times of what is done in stages, for the log; refuses to know what is done.

use std::fmt;
use std::time::Instant;

/// Times of stages, one behind the other.
#[derive(Debug)]
pub struct Stages {
    last: Instant,
    done: Vec<(&'static str, u128)>,
}

impl Stages {
    /// The first stage begins.
    pub fn begin() -> Self {
        Self { last: Instant::now(), done: Vec::new() }
    }

    /// A stage is over, and the next one begins.
    pub fn end(&mut self, name: &'static str) {
        self.done.push((name, self.last.elapsed().as_micros()));
        self.last = Instant::now();
    }
}

/// Such as `load 310, plan 20`: µs.
impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, us)) in self.done.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{name} {us}")?;
        }
        Ok(())
    }
}
