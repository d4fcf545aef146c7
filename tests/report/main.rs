//! Reports as their readers see them: whole files held against committed ones, and what must hold for any run.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod contract;
mod counts;
mod critical;
mod faults;
mod fixture;
mod html;
mod incomparable;
mod json;
mod judges;
mod junit;
mod pages;
mod properties;
mod scenarios;
mod screens;
mod snapshots;
mod stops;
mod terminal;
mod xml;
