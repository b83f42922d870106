//! Owns the routing model: plan text, plan image, prefix table and the decision; refuses to know SIP, packets and I/O.
//!
//! The way of a plan: [`plan_text::parse`] reads TOML into a [`entity::Plan`], [`image::build`] compiles it into
//! extents, [`image::Image::open`] validates those bytes once, and [`decide`] answers *digits → ordered trunks* from
//! them. The last step is hot: no allocation, no lock, no clock.
//!
//! ```
//! use routing::{Decision, Digits, Outcome, Switches, TechniqueState, decide, image, plan_text};
//!
//! let text = r#"
//!     [[destination]]
//!     name = "Italy mobile"
//!     prefixes = ["393"]
//!     [[trunk]]
//!     name = "atlas"
//!     gateways = ["192.0.2.10:5060"]
//!     [[plan]]
//!     name = "wholesale"
//!     [[plan.rule]]
//!     destinations = ["Italy mobile"]
//!     [[plan.rule.slot]]
//!     technique = "round_robin"
//!     trunks = ["atlas"]
//!     [[originator]]
//!     name = "retail-one"
//!     addresses = ["198.51.100.7/32"]
//!     plan = "wholesale"
//! "#;
//! let plan = plan_text::parse(text).expect("a plan without errors");
//! let image = image::build(&plan).expect("a plan that compiles").open().expect("a valid image");
//! let originator = image.originator_by_source(u32::from_be_bytes([198, 51, 100, 7])).expect("known source");
//! let mut state = TechniqueState::new(image.cursor_count(), 0, 1);
//! let mut decision = Decision::new();
//! let number = Digits::from_ascii(b"393471234567").expect("digits");
//! assert_eq!(decide(&image, &Switches::new(), originator, &number, &mut state, &mut decision), Outcome::Routed);
//! assert_eq!(image.name(image::NameKind::Trunk, decision.candidates()[0].trunk), "atlas");
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

mod check;
pub mod cidr;
pub mod coverage;
pub mod decision;
pub mod entity;
pub mod finding;
pub mod image;
pub mod lint;
pub mod number;
pub mod plan_text;
pub mod policy;
pub mod prefix;
pub mod rate;
pub mod stable_id;
pub mod switch;

pub use decision::trace::Trace;
pub use decision::{Candidate, Decision, Outcome, TechniqueState, decide, decide_traced};
pub use finding::{Finding, Severity};
pub use image::Image;
pub use number::{Digits, DigitsError};
pub use policy::PolicyValues;
pub use switch::Switches;
