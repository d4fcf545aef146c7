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

pub use check::{Check, Fields};
pub use file::Source;
pub use json::{KeyPlace, TwiceInJson, json_keys, parse_json, strict_object, strict_value};
pub use nearest::{did_you_mean, nearest};
pub use node::{Mark, Node, Yaml};
pub use outside::{ALLOW_OUTSIDE, allows_outside, outside};
pub use quantity::Unit;
pub use target::{model_target, read_params};
