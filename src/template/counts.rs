//! What each filter, test and method is about to read and build, from its arguments.

use std::borrow::Cow;

use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Error, Value};

use super::format_size::{self, Style};
use super::operators::{hold, search};
use super::{meter, size};

/// A list, a path to what is summed, where the sum starts.
type SumArgs<'a> = (&'a Value, Option<&'a str>, Option<Value>, Kwargs);

/// A text, a width, whether its first and its blank lines are indented.
type IndentArgs<'a> = (&'a Value, Option<usize>, Option<bool>, Option<bool>, Kwargs);

/// Reads its arguments as texts, letter by letter, and builds one of about their size.
pub(super) fn texts(what: &str, args: &[Value]) -> Result<(), Error> {
    for arg in args {
        let bytes = size::text(what, arg)?;
        meter::allow(what, bytes)?;
        meter::work(what, 1 + bytes / 4)?;
    }
    Ok(())
}

/// Makes up to six letters of one that is special in HTML.
pub(super) fn escapes(what: &str, args: &[Value]) -> Result<(), Error> {
    texts(what, args)?;
    let text = args.first().map_or(Cow::Borrowed(""), plain);
    let special = text
        .bytes()
        .filter(|byte| b"<>&\"'/".contains(byte))
        .count() as u64;
    meter::allow(what, text.len() as u64 + 5 * special)
}

/// Looks at each item or character once.
pub(super) fn reads(what: &str, args: &[Value]) -> Result<(), Error> {
    args.iter()
        .try_for_each(|arg| meter::work(what, size::items(arg)))
}

/// Makes a list of its items, or of its characters.
pub(super) fn lists(what: &str, args: &[Value]) -> Result<(), Error> {
    reads(what, args)?;
    let first = args.first().cloned().unwrap_or_default();
    let count = first
        .as_str()
        .map_or_else(|| size::items(&first), |text| text.len() as u64);
    meter::work(what, count)?;
    meter::build(what, count.saturating_mul(size::ITEM))
}

pub(super) fn chain(what: &str, args: &[Value]) -> Result<(), Error> {
    reads(what, args)?;
    let total: u64 = args.iter().map(size::own).fold(0, u64::saturating_add);
    meter::build(what, total.saturating_mul(2))?;
    args.iter().try_for_each(|arg| hold(what, arg))
}

pub(super) fn pairs(what: &str, args: &[Value]) -> Result<(), Error> {
    match args {
        [left, right, ..] => meter::work(what, size::weigh_pair(what, left, right)?),
        _ => Ok(()),
    }
}

pub(super) fn within(_: &str, args: &[Value]) -> Result<(), Error> {
    match args {
        [item, container, ..] => search(item, container),
        _ => Ok(()),
    }
}

/// Each item against all other arguments, as a path or a test; what is called for an item counts itself.
pub(super) fn each(what: &str, args: &[Value]) -> Result<(), Error> {
    let Some((first, rest)) = args.split_first() else {
        return Ok(());
    };
    let mut one: u64 = 1;
    for arg in rest {
        one = one.saturating_add(size::text(what, arg)? / 8);
        if arg.kind() != ValueKind::String {
            hold_inside(what, arg)?;
        }
    }
    meter::work(what, size::items(first).saturating_mul(one))
}

/// An argument that could be put into the result; of named arguments, their values.
fn hold_inside(what: &str, arg: &Value) -> Result<(), Error> {
    let Some(object) = arg.as_object() else {
        return Ok(());
    };
    if !object.type_name().ends_with("::KwargsValues") {
        return hold(what, arg);
    }
    let mut pairs = object.try_iter_pairs().into_iter().flatten();
    pairs.try_for_each(|(_, value)| hold(what, &value))
}

/// Compares each item with as many others as sorting takes.
pub(super) fn sort(what: &str, args: &[Value]) -> Result<(), Error> {
    let Some((first, rest)) = args.split_first() else {
        return Ok(());
    };
    let count = size::items(first);
    let depth = u64::from(64 - count.leading_zeros());
    let mut weight = size::weigh(what, first)?.saturating_add(count);
    for arg in rest {
        // A path is followed for each item.
        weight = weight.saturating_add((size::text(what, arg)? / 8).saturating_mul(count));
        hold_inside(what, arg)?;
    }
    meter::work(what, weight.saturating_mul(2 * depth))?;
    meter::build(what, count.saturating_mul(3 * size::ITEM))
}

pub(super) fn group(what: &str, args: &[Value]) -> Result<(), Error> {
    sort(what, args)?;
    args.first().map_or(Ok(()), |list| hold(what, list))
}

/// Sums numbers; texts and lists are joined to one another, one by one.
pub(super) fn sum(what: &str, args: &[Value]) -> Result<(), Error> {
    reads(what, args)?;
    let Ok((first, _, start, named)) = from_args::<SumArgs<'_>>(args) else {
        return Ok(());
    };
    let start = start.or_else(|| named.get::<Option<Value>>("start").ok().flatten());
    if start.is_none_or(|start| start.is_number()) {
        return Ok(());
    }
    let bytes = size::text(what, first)?;
    meter::build(what, bytes)?;
    meter::work(what, (bytes / 64).saturating_mul(size::items(first)))
}

pub(super) fn replace(what: &str, args: &[Value]) -> Result<(), Error> {
    texts(what, args)?;
    let [text, from, to, ..] = args else {
        return Ok(());
    };
    let (text, from) = (plain(text), plain(from));
    let found = text.matches(&*from).count() as u64;
    let grown = found.saturating_mul(size::text(what, to)?);
    meter::allow(
        what,
        grown.saturating_add(text.len() as u64 - found * from.len() as u64),
    )
}

fn plain(value: &Value) -> Cow<'_, str> {
    let text = value.as_str().map(Cow::Borrowed);
    text.unwrap_or_else(|| Cow::Owned(value.to_string()))
}

pub(super) fn trim(what: &str, args: &[Value]) -> Result<(), Error> {
    texts(what, args)?;
    if let [text, chars] = args {
        let each = size::text(what, chars)?;
        meter::work(
            what,
            (size::text(what, text)? / 4).saturating_mul(1 + each / 8),
        )?;
    }
    Ok(())
}

/// The texts of all items, and the joiner between each two.
pub(super) fn join(what: &str, args: &[Value]) -> Result<(), Error> {
    let Some((first, rest)) = args.split_first() else {
        return Ok(());
    };
    let mut between: u64 = 0;
    for arg in rest {
        between = between.saturating_add(size::text(what, arg)?);
    }
    joined(what, first, between)
}

pub(super) fn joined(what: &str, list: &Value, between: u64) -> Result<(), Error> {
    let Ok(items) = list.try_iter() else {
        return Ok(());
    };
    let mut total: u64 = 0;
    for item in items {
        total = total
            .saturating_add(size::text(what, &item)?)
            .saturating_add(between);
        meter::work(what, 1)?;
        meter::allow(what, total.saturating_sub(between))?;
    }
    meter::work(what, total / 64)
}

pub(super) fn split(what: &str, args: &[Value]) -> Result<(), Error> {
    texts(what, args)?;
    let Some(text) = args.first().and_then(Value::as_str) else {
        return Ok(());
    };
    let pieces = match args.get(1).and_then(Value::as_str) {
        Some("") => text.len() + 2,
        Some(at) => text.matches(at).count() + 1,
        None => text.split_whitespace().count(),
    };
    pieces_of(what, text, pieces)
}

pub(super) fn lines(what: &str, args: &[Value]) -> Result<(), Error> {
    texts(what, args)?;
    match args.first().and_then(Value::as_str) {
        Some(text) => pieces_of(what, text, text.matches('\n').count() + 1),
        None => Ok(()),
    }
}

/// A list of the pieces of a text.
pub(super) fn pieces_of(what: &str, text: &str, pieces: usize) -> Result<(), Error> {
    let bytes = (pieces as u64).saturating_mul(size::ITEM + 16);
    meter::work(what, pieces as u64)?;
    meter::build(what, bytes.saturating_add(text.len() as u64))
}

pub(super) fn indent(what: &str, args: &[Value]) -> Result<(), Error> {
    texts(what, &args[..args.len().min(1)])?;
    let Ok((text, width, _, _, named)) = from_args::<IndentArgs<'_>>(args) else {
        // MiniJinja says what is wrong with them.
        return Ok(());
    };
    let named = named.get::<Option<usize>>("width").ok().flatten();
    let width = width.or(named).unwrap_or(4) as u64;
    let bytes = size::text(what, text)?;
    let lines = text
        .as_str()
        .map_or(bytes, |text| text.matches('\n').count() as u64);
    meter::allow(
        what,
        (lines + 1).saturating_mul(width).saturating_add(bytes),
    )
}

pub(super) fn format(what: &str, args: &[Value]) -> Result<(), Error> {
    let Some((text, rest)) = args.split_first() else {
        return Ok(());
    };
    text.as_str().map_or(Ok(()), |text| {
        format_size::check(what, Style::Printf, text, rest)
    })
}

pub(super) fn batch(what: &str, args: &[Value]) -> Result<(), Error> {
    lists(what, args)?;
    let count = args.get(1).and_then(Value::as_usize).unwrap_or(0) as u64;
    if let Some(fill) = args.get(2) {
        hold(what, fill)?;
        meter::build(what, count.saturating_mul(size::ITEM))?;
    }
    args.first().map_or(Ok(()), |list| hold(what, list))
}

pub(super) fn slice(what: &str, args: &[Value]) -> Result<(), Error> {
    lists(what, args)?;
    let count = args.get(1).and_then(Value::as_usize).unwrap_or(0) as u64;
    meter::build(what, count.saturating_mul(4 * size::ITEM))?;
    meter::work(what, count)?;
    if let Some(fill) = args.get(2) {
        hold(what, fill)?;
    }
    args.first().map_or(Ok(()), |list| hold(what, list))
}
