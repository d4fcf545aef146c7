//! `call` against the fake provider, over real sockets: what is sent, what is read, and what happens when it goes wrong.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test fails by panicking, helper functions included"
)]

#[path = "../fake_provider/mod.rs"]
mod fake_provider;

mod bodies;
mod configuration;
mod dialects;
mod faults;
mod lab;
mod limits;
mod lost_tokens;
mod matrix;
mod secrets;
mod shared;
mod store;
mod tools;
mod transport;
mod watched;
