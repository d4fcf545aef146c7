//! The environment of the process.

use std::env;

/// A variable, where it is set and is text.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
