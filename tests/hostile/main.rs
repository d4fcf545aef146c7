//! Hostile inputs: nothing takes more than ten seconds or a gigabyte, nothing aborts, and what is wrong is said.
//!
//! One table in groups: each row names an input, the limits it has to end within, and what is said. Every process runs under
//! `ulimit -v` and a time limit.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that meets the unexpected has to fail, and the table is printed"
)]

#[expect(
    dead_code,
    unused_imports,
    reason = "each group of tests needs its own part of it"
)]
#[path = "../harness/mod.rs"]
mod harness;

use harness::project;

mod evaluators;
mod files;
mod long;
mod row;
mod start;
mod templates;

#[test]
fn starts() {
    row::hold(start::ROWS);
}

#[test]
fn templates() {
    row::hold(templates::ROWS);
}

#[test]
fn evaluators_take_long() {
    row::hold(evaluators::ROWS);
}

#[test]
fn files_that_are_none() {
    row::hold(files::ROWS);
}

#[test]
fn long_files() {
    row::hold(long::FILES);
}

#[test]
fn long_lines() {
    row::hold(long::LINES);
}

#[test]
fn many_keys() {
    row::hold(long::KEYS);
}
