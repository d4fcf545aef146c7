//! Tests of the whole: the rules of the code base, and the binary as users run it.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected has to fail"
)]

#[expect(dead_code, reason = "each group of tests needs its own part of it")]
#[path = "../harness/mod.rs"]
mod harness;

use harness::{evaluation, fake_provider, project};

mod actions;
mod advice;
mod answers;
mod architecture;
mod broken;
mod budget;
mod by_hand;
mod cache;
mod catastrophes;
mod changed;
mod clusters;
mod commands;
mod comment;
mod diff;
mod disk;
mod erased;
mod evidence;
mod fails_open;
mod fake_github;
mod faults;
mod forecast;
mod forged;
mod gates;
mod github;
#[cfg(unix)]
mod graph;
mod history;
mod includes;
mod interrupted;
mod journals;
mod judges;
mod judging;
mod library;
mod matrix;
mod mistakes;
mod moved;
mod moves;
mod new_projects;
#[cfg(unix)]
mod outputs;
#[cfg(unix)]
mod own_gate;
mod pages;
mod pictures;
mod promotion;
mod proof;
mod properties;
mod protect;
mod recorded;
mod recordings;
mod registry;
mod repeats;
mod resume;
mod rows;
mod run;
mod schemas;
mod seal;
#[cfg(unix)]
mod secrets;
mod selection;
mod sent;
mod sequences;
mod shards;
mod signed;
mod standby;
mod start;
mod stops;
mod strict;
#[cfg(unix)]
mod terminal;
mod trust;
mod twice;
mod view;
#[cfg(unix)]
mod watching;
mod wording;
