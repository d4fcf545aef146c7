//! Python's methods on texts, lists and mappings behind a count of what each is about to read and build.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::counts::{joined, lines, pieces_of, reads, texts};
use super::format_size::{self, Style};
use super::{meter, size};

/// Calls a method that the value itself does not have.
pub(super) fn call(
    state: &mut State,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    count(value, method, args)?;
    let result = unknown_method_callback(state, value, method, args)?;
    meter::build(&format!("`.{method}()`"), size::made(&result))?;
    Ok(result)
}

fn count(value: &Value, method: &str, args: &[Value]) -> Result<(), Error> {
    let what = &format!("`.{method}()`");
    reads(what, args)?;
    let Some(text) = value.as_str() else {
        return match (value.kind(), method) {
            (ValueKind::Seq, "count") => {
                let units = size::weigh(what, value)?;
                meter::work(what, units)
            }
            (ValueKind::Map, "get") => {
                let key = args.first().map_or(Ok(1), |key| size::weigh(what, key));
                meter::work(what, key?)
            }
            _ => Ok(()),
        };
    };
    meter::work(what, 1 + text.len() as u64 / 4)?;
    let argument = |at: usize| args.get(at).and_then(Value::as_str);
    match method {
        "upper" | "lower" | "title" | "capitalize" => texts(what, std::slice::from_ref(value)),
        "strip" | "lstrip" | "rstrip" => {
            let chars = argument(0).map_or(1, |chars| chars.len() as u64);
            meter::work(what, (text.len() as u64 / 4).saturating_mul(1 + chars / 8))
        }
        "replace" => match (argument(0), argument(1)) {
            (Some(old), Some(new)) => {
                let found = text.matches(old).count() as u64;
                let grown = found.saturating_mul(new.len() as u64);
                meter::allow(
                    what,
                    grown.saturating_add(text.len() as u64 - found * old.len() as u64),
                )
            }
            _ => Ok(()),
        },
        "split" => {
            let pieces = match argument(0) {
                Some(at) => text.matches(at).count() + 2,
                None => text.split_whitespace().count(),
            };
            pieces_of(what, text, pieces)
        }
        "splitlines" => lines(what, std::slice::from_ref(value)),
        "format" => format_size::check(what, Style::Braces, text, args),
        "join" => match args.first() {
            Some(list) => joined(what, list, text.len() as u64),
            None => Ok(()),
        },
        "startswith" | "endswith" => {
            let list = args.first().map_or(Ok(1), |list| size::weigh(what, list));
            meter::work(what, list?)
        }
        _ => Ok(()),
    }
}
