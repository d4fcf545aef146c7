//! Wire formats: each turns a request into one HTTP API's JSON and that API's answer into a completion. Pure.
//!
//! One file and one line of [`PROVIDERS`] add a provider.

mod anthropic;
mod body;
mod deepseek;
mod dialect;
mod fault;
mod field;
mod format;
mod openai;
mod openai_responses;
mod tools;
mod wire_fault;

pub use dialect::{Dialect, Form, TokenName};
pub use fault::{classify, describe_unreadable, embedded};
pub(super) use field::at;
pub use format::{ProviderEntry, Route, WireFormat};
pub use wire_fault::WireFault;

/// Every provider that is built in, by name.
pub static PROVIDERS: &[&ProviderEntry] = &[
    &anthropic::ENTRY,
    &deepseek::ENTRY,
    &openai::ENTRY,
    &openai_responses::ENTRY,
];

/// The entry of a kind.
pub fn entry(kind: &str) -> Option<&'static ProviderEntry> {
    PROVIDERS.iter().copied().find(|entry| entry.kind == kind)
}

#[cfg(test)]
mod tests;
