//! What is committed and what a run left, changed at random: every change is noticed, or decides nothing.
//!
//! Ten thousand single changes and a thousand forged journals, the same ones each time; a failure names the seed of its change
//! and shows it.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected has to fail"
)]

#[expect(
    dead_code,
    unused_imports,
    reason = "each group of tests needs its own part of it"
)]
#[path = "../harness/mod.rs"]
mod harness;

use harness::{fake_provider, project};

mod bytes;
mod committed;
mod fields;
mod forged_evidence;
mod forged_journals;
mod journals;
mod trials;
mod world;
