//! Owns nothing: the naive twin, the harness and the walk through the views are those of the parser's own tests, which name
//! each other by the module that they stand in.
//! Refuses to differ from them.
#![allow(dead_code, reason = "the tests use more of it")]

#[path = "../../src/tests/cursor.rs"]
mod cursor;
#[path = "../../src/tests/harness.rs"]
pub mod harness;
#[path = "../../src/tests/views/touch.rs"]
pub mod touch;
#[path = "../../src/tests/twin.rs"]
mod twin;
