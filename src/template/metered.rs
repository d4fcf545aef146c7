//! MiniJinja's filters, tests and functions behind a count of what each is about to read and build.

use std::collections::BTreeMap;

use minijinja::value::{DynObject, Rest, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters, functions, tests};

use super::counts::{
    batch, chain, each, escapes, format, group, indent, join, lines, lists, pairs, reads, replace,
    slice, sort, split, sum, texts, trim, within,
};
use super::operators::hold_all;
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
    let pairs = result.as_object().and_then(DynObject::try_iter_pairs);
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
