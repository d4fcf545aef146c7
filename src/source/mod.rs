//! Text of a user's file and places in it: YAML with the position of every value, typed reading that collects problems, and
//! "did you mean".

mod check;
mod file;
mod json;
mod nearest;
mod node;
mod outside;
mod quantity;
mod target;
mod yaml;

pub(crate) use check::{Check, Fields};
pub(crate) use file::Source;
pub(crate) use json::{json_keys, parse_json, strict_object, strict_value};
pub(crate) use nearest::{did_you_mean, nearest};
pub(crate) use node::{Mark, Node, Yaml};
pub(crate) use outside::{ALLOW_OUTSIDE, allows_outside, outside};
pub(crate) use quantity::Unit;
pub(crate) use target::{model_target, read_params};
