//! MiniJinja's filters, tests and functions behind a count of what each is about to read and build.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::value::{Kwargs, Rest, ValueKind, ValueOrKwargs, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters, functions, tests};

use super::format_size::{self, Style};
use super::operators::{hold, hold_all, search};
use super::{meter, size};

/// Counts a call by its arguments, before it is made.
type Count = fn(&str, &[Value]) -> Result<(), Error>;

pub(super) fn register(env: &mut Environment<'static>) {
    for (name, filter, count) in counted_filters() {
        let what = format!("`{name}`");
        env.add_filter(
            name,
            move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| -> Result<Value, Error> {
                let mut args = args.into_values();
                for arg in &mut args {
                    *arg = size::flatten(&what, std::mem::take(arg))?;
                }
                count(&what, &args)?;
                let result = filter.call(state, &args)?;
                settle(&what, result)
            },
        );
    }
    for (name, test, count) in counted_tests() {
        let what = format!("`is {name}`");
        env.add_test(
            name,
            move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| -> Result<Value, Error> {
                let args = args.into_values();
                count(&what, &args)?;
                test.call(state, &args)
            },
        );
    }
    env.add_filter("pprint", |value: &Value| {
        size::flat_enough("`pprint`", value)?;
        size::bounded("`pprint`", format_args!("{value:#?}")).and_then(built)
    });
    register_functions(env);
}

fn built(text: String) -> Result<String, Error> {
    meter::build("a text", text.len() as u64)?;
    Ok(text)
}

/// Counts what a call returned; what it joined lazily is put into one list or mapping.
fn settle(what: &str, result: Value) -> Result<Value, Error> {
    meter::build(what, size::made(&result))?;
    let merged = |value: &Value| {
        let object = value.as_object();
        object.is_some_and(|object| object.type_name().ends_with("::MergeDict"))
    };
    if !merged(&result) {
        return Ok(result);
    }
    let pairs = result
        .as_object()
        .and_then(|object| object.try_iter_pairs());
    // Sorted, as the merged mapping is.
    let pairs: BTreeMap<Value, Value> = pairs.into_iter().flatten().collect();
    Ok(Value::from_object(pairs))
}

fn register_functions(env: &mut Environment<'static>) {
    env.add_function("range", range);
    let dict = Value::from_function(functions::dict);
    let namespace = Value::from_function(functions::namespace);
    for (name, function) in [("dict", dict), ("namespace", namespace)] {
        let what = format!("`{name}()`");
        env.add_function(
            name,
            move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| -> Result<Value, Error> {
                hold_all(&what, &args)?;
                function.call(state, &args.into_values())
            },
        );
    }
    env.add_function("debug", |state: &State<'_, '_>, args: Rest<Value>| {
        for arg in args.iter() {
            size::flat_enough("`debug()`", arg)?;
        }
        match args.as_slice() {
            [] => size::bounded("`debug()`", format_args!("{state:#?}")),
            [one] => size::bounded("`debug()`", format_args!("{one:#?}")),
            many => size::bounded("`debug()`", format_args!("{many:#?}")),
        }
        .and_then(built)
    });
}

/// `range`, without the ends whose difference no machine word holds.
fn range(lower: isize, upper: Option<isize>, step: Option<isize>) -> Result<Value, Error> {
    const FAR: usize = isize::MAX as usize / 4;
    let far = |end: isize| end.unsigned_abs() > FAR;
    if far(lower) || upper.is_some_and(far) || step.is_some_and(far) {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "range has an end or a step that is too large",
        ));
    }
    functions::range(lower, upper, step)
}

/// What costs nothing to speak of is not listed: `default`, `first`, `abs`, `round`, `bool`, `attr`.
fn counted_filters() -> Vec<(&'static str, Value, Count)> {
    let of = |name, filter: Value, count: Count| (name, filter, count);
    let escape = Value::from_function(filters::escape);
    let length = Value::from_function(filters::length);
    vec![
        of("safe", Value::from_function(filters::safe), texts),
        of("escape", escape.clone(), escapes),
        of("e", escape, escapes),
        of("lower", Value::from_function(filters::lower), texts),
        of("upper", Value::from_function(filters::upper), texts),
        of("title", Value::from_function(filters::title), texts),
        of(
            "capitalize",
            Value::from_function(filters::capitalize),
            texts,
        ),
        of("string", Value::from_function(filters::string), texts),
        of("replace", Value::from_function(filters::replace), replace),
        of("trim", Value::from_function(filters::trim), trim),
        of("join", Value::from_function(filters::join), join),
        of("split", Value::from_function(filters::split), split),
        of("lines", Value::from_function(filters::lines), lines),
        of("indent", Value::from_function(filters::indent), indent),
        of("format", Value::from_function(filters::format), format),
        of("length", length.clone(), reads),
        of("count", length, reads),
        of("int", Value::from_function(filters::int), reads),
        of("float", Value::from_function(filters::float), reads),
        of("last", Value::from_function(filters::last), reads),
        of("reverse", Value::from_function(filters::reverse), lists),
        of("items", Value::from_function(filters::items), lists),
        of("list", Value::from_function(filters::list), lists),
        of("chain", Value::from_function(filters::chain), chain),
        of("zip", Value::from_function(filters::zip), chain),
        of("batch", Value::from_function(filters::batch), batch),
        of("slice", Value::from_function(filters::slice), slice),
        of("dictsort", Value::from_function(filters::dictsort), sort),
        of("sort", Value::from_function(filters::sort), sort),
        of("unique", Value::from_function(filters::unique), sort),
        of("groupby", Value::from_function(filters::groupby), group),
        of("min", Value::from_function(filters::min), sort),
        of("max", Value::from_function(filters::max), sort),
        of("sum", Value::from_function(filters::sum), sum),
        of("map", Value::from_function(filters::map), each),
        of("select", Value::from_function(filters::select), each),
        of("reject", Value::from_function(filters::reject), each),
        of(
            "selectattr",
            Value::from_function(filters::selectattr),
            each,
        ),
        of(
            "rejectattr",
            Value::from_function(filters::rejectattr),
            each,
        ),
    ]
}

fn counted_tests() -> Vec<(&'static str, Value, Count)> {
    let eq = Value::from_function(tests::is_eq);
    let ne = Value::from_function(tests::is_ne);
    let lt = Value::from_function(tests::is_lt);
    let le = Value::from_function(tests::is_le);
    let gt = Value::from_function(tests::is_gt);
    let ge = Value::from_function(tests::is_ge);
    vec![
        ("eq", eq.clone(), pairs),
        ("equalto", eq.clone(), pairs),
        ("==", eq, pairs),
        ("ne", ne.clone(), pairs),
        ("!=", ne, pairs),
        ("lt", lt.clone(), pairs),
        ("lessthan", lt.clone(), pairs),
        ("<", lt, pairs),
        ("le", le.clone(), pairs),
        ("<=", le, pairs),
        ("gt", gt.clone(), pairs),
        ("greaterthan", gt.clone(), pairs),
        (">", gt, pairs),
        ("ge", ge.clone(), pairs),
        (">=", ge, pairs),
        ("sameas", Value::from_function(tests::is_sameas), pairs),
        ("in", Value::from_function(tests::is_in), within),
        (
            "startingwith",
            Value::from_function(tests::is_startingwith),
            texts,
        ),
        (
            "endingwith",
            Value::from_function(tests::is_endingwith),
            texts,
        ),
        ("lower", Value::from_function(tests::is_lower), reads),
        ("upper", Value::from_function(tests::is_upper), reads),
    ]
}

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
fn escapes(what: &str, args: &[Value]) -> Result<(), Error> {
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
fn lists(what: &str, args: &[Value]) -> Result<(), Error> {
    reads(what, args)?;
    let first = args.first().cloned().unwrap_or_default();
    let count = first
        .as_str()
        .map_or_else(|| size::items(&first), |text| text.len() as u64);
    meter::work(what, count)?;
    meter::build(what, count.saturating_mul(size::ITEM))
}

fn chain(what: &str, args: &[Value]) -> Result<(), Error> {
    reads(what, args)?;
    let total: u64 = args.iter().map(size::own).fold(0, u64::saturating_add);
    meter::build(what, total.saturating_mul(2))?;
    args.iter().try_for_each(|arg| hold(what, arg))
}

fn pairs(what: &str, args: &[Value]) -> Result<(), Error> {
    match args {
        [left, right, ..] => meter::work(what, size::weigh_pair(what, left, right)?),
        _ => Ok(()),
    }
}

fn within(_: &str, args: &[Value]) -> Result<(), Error> {
    match args {
        [item, container, ..] => search(item, container),
        _ => Ok(()),
    }
}

/// Each item against all other arguments, as a path or a test; what is called for an item counts itself.
fn each(what: &str, args: &[Value]) -> Result<(), Error> {
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
fn sort(what: &str, args: &[Value]) -> Result<(), Error> {
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

fn group(what: &str, args: &[Value]) -> Result<(), Error> {
    sort(what, args)?;
    args.first().map_or(Ok(()), |list| hold(what, list))
}

/// Sums numbers; texts and lists are joined to one another, one by one.
fn sum(what: &str, args: &[Value]) -> Result<(), Error> {
    reads(what, args)?;
    type Args<'a> = (&'a Value, Option<&'a str>, Option<Value>, Kwargs);
    let Ok((first, _, start, named)) = from_args::<Args<'_>>(args) else {
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

fn replace(what: &str, args: &[Value]) -> Result<(), Error> {
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

fn trim(what: &str, args: &[Value]) -> Result<(), Error> {
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
fn join(what: &str, args: &[Value]) -> Result<(), Error> {
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

fn split(what: &str, args: &[Value]) -> Result<(), Error> {
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

fn indent(what: &str, args: &[Value]) -> Result<(), Error> {
    texts(what, &args[..args.len().min(1)])?;
    type Args<'a> = (&'a Value, Option<usize>, Option<bool>, Option<bool>, Kwargs);
    let Ok((text, width, _, _, named)) = from_args::<Args<'_>>(args) else {
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

fn format(what: &str, args: &[Value]) -> Result<(), Error> {
    let Some((text, rest)) = args.split_first() else {
        return Ok(());
    };
    text.as_str().map_or(Ok(()), |text| {
        format_size::check(what, Style::Printf, text, rest)
    })
}

fn batch(what: &str, args: &[Value]) -> Result<(), Error> {
    lists(what, args)?;
    let count = args.get(1).and_then(Value::as_usize).unwrap_or(0) as u64;
    if let Some(fill) = args.get(2) {
        hold(what, fill)?;
        meter::build(what, count.saturating_mul(size::ITEM))?;
    }
    args.first().map_or(Ok(()), |list| hold(what, list))
}

fn slice(what: &str, args: &[Value]) -> Result<(), Error> {
    lists(what, args)?;
    let count = args.get(1).and_then(Value::as_usize).unwrap_or(0) as u64;
    meter::build(what, count.saturating_mul(4 * size::ITEM))?;
    meter::work(what, count)?;
    if let Some(fill) = args.get(2) {
        hold(what, fill)?;
    }
    args.first().map_or(Ok(()), |list| hold(what, list))
}
