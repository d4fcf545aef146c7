//! secrets: which names say that they hold one, every spelling that one may come back in, and texts and processes without them.

mod address;
mod child;
mod environment;
mod name;
mod redactor;
mod shape;

pub use address::{password_in, shown_address};
pub use child::command;
pub use environment::variable;
pub use name::{is_secret_header, is_secret_variable, may_be_shown};
pub use redactor::{KeyError, Redactor, read_key};
pub use shape::without_secrets;

/// What stands in a text in place of a secret.
pub const MASK: &str = "[redacted]";
