//! secrets: which names say that they hold one, every spelling that one may come back in, and texts and processes without them.

mod address;
mod child;
mod environment;
mod name;
mod redactor;
mod shape;

pub(crate) use address::{password_in, shown_address};
pub(crate) use child::command;
pub(crate) use environment::variable;
pub(crate) use name::{is_secret_header, is_secret_variable, may_be_shown};
pub(crate) use redactor::{Redactor, read_key};
pub(crate) use shape::without_secrets;

/// What stands in a text in place of a secret.
pub(crate) const MASK: &str = "[redacted]";
