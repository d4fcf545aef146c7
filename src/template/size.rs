//! How large a value is: as text, in items, in memory; measured without building anything and given up at the limit.

use std::fmt::{self, Write};
use std::io;

use minijinja::value::{DynObject, ValueKind};
use minijinja::{Error, Value};

use super::meter::{self, Excess, NESTING, VALUE};

/// Bytes of a value in a list.
pub(super) const ITEM: u64 = 24;

/// Bytes of an entry in a mapping.
const ENTRY: u64 = 96;

/// Bytes of a pair, which a lazy list makes as it is read.
const TUPLE: u64 = 96;

/// Work of looking at one node of a value.
const NODE: u64 = 6;

/// Nesting that a value can have without anything being nested by the template: what a case's data may have.
const UNSEEN: usize = 60;

/// Writes nothing and counts.
struct Counter(u64);

impl Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len() as u64;
        if self.0 > VALUE {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

/// A text that ends at the limit.
pub(super) struct Bounded(pub(super) String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if (self.0.len() + text.len()) as u64 > VALUE {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.write_str(text).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The error of a value whose size is only known to be too large.
pub(super) fn too_large(what: &str) -> Error {
    meter::exceed(Excess::Value {
        what: what.to_owned(),
        bytes: u64::MAX,
    })
}

/// Builds a text from what is written, up to the limit.
pub(super) fn bounded(what: &str, text: fmt::Arguments<'_>) -> Result<String, Error> {
    let mut out = Bounded(String::new());
    out.write_fmt(text).map_err(|_| too_large(what))?;
    meter::work(what, out.0.len() as u64 / 8)?;
    Ok(out.0)
}

/// Bytes of a value as text.
pub(super) fn text(what: &str, value: &Value) -> Result<u64, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.len() as u64);
    }
    match value.kind() {
        ValueKind::Undefined => Ok(0),
        ValueKind::None | ValueKind::Bool => Ok(5),
        ValueKind::Number if value.is_integer() => Ok(40),
        _ => {
            flat_enough(what, value)?;
            let mut counter = Counter(0);
            write!(counter, "{value}").map_err(|_| too_large(what))?;
            meter::work(what, counter.0 / 3)?;
            Ok(counter.0)
        }
    }
}

/// Items of a list, entries of a mapping; a sixteenth of the bytes of a text.
pub(super) fn items(value: &Value) -> u64 {
    if let Some(text) = value.as_str() {
        return 1 + text.len() as u64 / 16;
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            1 + value.len().unwrap_or(0) as u64
        }
        _ => 1,
    }
}

/// Bytes that a value takes by itself, without what its items take.
pub(super) fn own(value: &Value) -> u64 {
    if let Some(text) = value.as_str() {
        // Short texts stand in the value itself.
        return if text.len() > 22 {
            text.len() as u64 + 16
        } else {
            0
        };
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => value.len().unwrap_or(0) as u64 * ITEM,
        ValueKind::Map => value.len().unwrap_or(0) as u64 * ENTRY,
        _ => 0,
    }
}

/// Bytes that a value takes that was just made: even an empty list takes some.
pub(super) fn made(value: &Value) -> u64 {
    own(value) + if is_container(value) { 64 } else { 0 }
}

/// Whether a value can hold others.
pub(super) fn is_container(value: &Value) -> bool {
    matches!(
        value.kind(),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable | ValueKind::Plain
    )
}

fn is_tuple(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|object| object.type_name().ends_with("::Tuple"))
}

/// Work of reading a value to its depth: comparing, hashing or sorting it.
pub(super) fn weigh(what: &str, value: &Value) -> Result<u64, Error> {
    walk(what, value, 0)
}

/// Work of comparing two values: no more than reading the smaller one.
pub(super) fn weigh_pair(what: &str, left: &Value, right: &Value) -> Result<u64, Error> {
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        return Ok(1 + left.len().min(right.len()) as u64 / 64);
    }
    if !is_container(left) || !is_container(right) {
        return Ok(1);
    }
    let smaller = if items(left) <= items(right) {
        left
    } else {
        right
    };
    weigh(what, smaller)
}

/// Refuses a value that is nested so deep that reading it could overflow the stack.
pub(super) fn flat_enough(what: &str, value: &Value) -> Result<(), Error> {
    if meter::nested() > UNSEEN && is_container(value) {
        walk(what, value, 0)?;
    }
    Ok(())
}

fn walk(what: &str, value: &Value, level: usize) -> Result<u64, Error> {
    if let Some(text) = value.as_str() {
        return Ok(1 + text.len() as u64 / 64);
    }
    if !is_container(value) {
        return Ok(1);
    }
    if level > NESTING {
        let what = what.to_owned();
        return Err(meter::exceed(Excess::Nesting { what }));
    }
    let mut total = NODE;
    if value.kind() == ValueKind::Map {
        let pairs = value.as_object().and_then(DynObject::try_iter_pairs);
        for (key, value) in pairs.into_iter().flatten() {
            meter::work(what, NODE)?;
            total += walk(what, &key, level + 1)? + walk(what, &value, level + 1)?;
        }
    } else if let Ok(items) = value.try_iter() {
        for item in items {
            meter::work(what, NODE)?;
            total += walk(what, &item, level + 1)?;
        }
    }
    Ok(total)
}

/// A lazy list as one that holds its items: lazy lists over lazy lists would nest without end.
pub(super) fn flatten(what: &str, value: Value) -> Result<Value, Error> {
    if value.kind() != ValueKind::Iterable {
        return Ok(value);
    }
    meter::build(what, own(&value))?;
    let sized = value.len().is_some();
    let mut held = Vec::new();
    for item in value.try_iter()?.checked() {
        let item = item?;
        meter::work(what, 1)?;
        if is_tuple(&item) {
            meter::build(what, TUPLE)?;
        }
        held.push(item);
    }
    if !sized {
        meter::build(what, held.len() as u64 * ITEM)?;
    }
    Ok(Value::make_object_iterable(held, move |held| {
        if sized {
            Box::new(held.iter().cloned())
        } else {
            // What had no length keeps having none.
            Box::new(held.iter().filter(|_| true).cloned())
        }
    }))
}
