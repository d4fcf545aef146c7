//! What `instrument` puts beside operators: filters that hand their value on unchanged and count what the operator will do.
//!
//! MiniJinja's own operators stay where they are, so that results and errors stay its own.

use minijinja::value::{DynObject, Rest, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, Value};

use super::meter::{self, Pending};
use super::size;

/// The names of the filters; a template that names one itself only counts more.
pub(super) mod name {
    pub(in super::super) const CONCAT_FIRST: &str = "_pe_concat_first";
    pub(in super::super) const CONCAT_NEXT: &str = "_pe_concat_next";
    pub(in super::super) const CONCAT_LAST: &str = "_pe_concat_last";
    pub(in super::super) const CONCAT_ONE: &str = "_pe_concat_one";
    pub(in super::super) const ADD_FIRST: &str = "_pe_add_first";
    pub(in super::super) const ADD_NEXT: &str = "_pe_add_next";
    pub(in super::super) const ADD_LAST: &str = "_pe_add_last";
    pub(in super::super) const ADD_ONE: &str = "_pe_add_one";
    pub(in super::super) const LEFT: &str = "_pe_left";
    pub(in super::super) const FACTOR: &str = "_pe_factor";
    pub(in super::super) const TIMES: &str = "_pe_times";
    pub(in super::super) const COMPARE: &str = "_pe_compare";
    pub(in super::super) const CONTAINED: &str = "_pe_contained";
    pub(in super::super) const CHAINED: &str = "_pe_chained";
    pub(in super::super) const SEARCHED: &str = "_pe_searched";
    pub(in super::super) const INDEXED: &str = "_pe_indexed";
    pub(in super::super) const SUBSCRIPT: &str = "_pe_subscript";
    pub(in super::super) const SLICED: &str = "_pe_sliced";
    pub(in super::super) const LOOPED: &str = "_pe_looped";
    pub(in super::super) const SPREAD: &str = "_pe_spread";
    pub(in super::super) const ITEM: &str = "_pe_item";
    pub(in super::super) const STORED: &str = "_pe_stored";
    pub(in super::super) const KEY: &str = "_pe_key";
    pub(in super::super) const ENTER: &str = "_pe_enter";
    pub(in super::super) const LEAVE: &str = "_pe_leave";
    pub(in super::super) const RAW: &str = "_pe_raw";
}

/// Where an operand stands in a chain of `~` or `+`.
#[derive(Clone, Copy)]
enum Place {
    First,
    Next,
    Last,
    One,
}

pub(super) fn register(env: &mut Environment<'static>) {
    let chains = [
        (Place::First, name::CONCAT_FIRST, name::ADD_FIRST),
        (Place::Next, name::CONCAT_NEXT, name::ADD_NEXT),
        (Place::Last, name::CONCAT_LAST, name::ADD_LAST),
        (Place::One, name::CONCAT_ONE, name::ADD_ONE),
    ];
    for (place, concat, add) in chains {
        env.add_filter(concat, move |value: &Value, times: Option<u64>| {
            let bytes = size::text("`~`", value)?;
            chain("`~`", place, bytes, times)?;
            Ok::<_, Error>(value.clone())
        });
        env.add_filter(add, move |value: &Value, times: Option<u64>| {
            let bytes = match value.kind() {
                ValueKind::Number => 0,
                _ => value
                    .as_str()
                    .map_or(size::own(value), |text| text.len() as u64),
            };
            chain("`+`", place, bytes, times)?;
            Ok::<_, Error>(value.clone())
        });
    }
    env.add_filter(name::LEFT, |value: &Value| {
        meter::push(Pending::Value(value.clone()));
        value.clone()
    });
    env.add_filter(name::FACTOR, |value: &Value| {
        let value = size::flatten("`*`", value.clone())?;
        meter::push(Pending::Value(value.clone()));
        Ok::<_, Error>(value)
    });
    env.add_filter(name::TIMES, times);
    env.add_filter(name::COMPARE, compare);
    env.add_filter(name::CONTAINED, |value: &Value| {
        if let Some(left) = left() {
            search(&left, value)?;
        }
        Ok::<_, Error>(value.clone())
    });
    env.add_filter(name::SEARCHED, |value: &Value| {
        let each = if value.as_str().is_some() { 1 } else { 3 };
        meter::work("`in`", each * size::items(value))?;
        Ok::<_, Error>(value.clone())
    });
    env.add_filter(name::CHAINED, |value: &Value| {
        let bytes = size::text("a comparison", value)?;
        meter::work("a comparison", 1 + bytes / 8)?;
        Ok::<_, Error>(value.clone())
    });
    register_reads(env);
}

/// What takes values apart or puts them together.
fn register_reads(env: &mut Environment<'static>) {
    env.add_filter(name::INDEXED, |value: &Value| {
        if value.kind() == ValueKind::Iterable {
            meter::work("`[...]`", size::items(value))?;
        }
        Ok::<_, Error>(value.clone())
    });
    env.add_filter(name::SUBSCRIPT, |key: &Value| {
        if left().is_some_and(|value| value.kind() == ValueKind::Iterable) {
            meter::work("`[...]`", key.as_usize().unwrap_or(1 << 17) as u64)?;
        }
        hashed("`[...]`", key)?;
        Ok::<_, Error>(key.clone())
    });
    env.add_filter(name::KEY, |key: &Value| {
        hashed("a mapping", key)?;
        Ok::<_, Error>(key.clone())
    });
    env.add_filter(name::SLICED, |value: &Value| {
        let value = size::flatten("a slice", value.clone())?;
        meter::work("a slice", size::items(&value))?;
        if let Some(text) = value.as_str() {
            // Letter by letter.
            meter::work("a slice", text.len() as u64 / 2)?;
            meter::build("a slice", text.len() as u64)?;
        }
        Ok::<_, Error>(value)
    });
    env.add_filter(name::LOOPED, |value: &Value| {
        meter::work("a loop", size::items(value))?;
        Ok::<_, Error>(value.clone())
    });
    env.add_filter(name::SPREAD, |value: &Value| {
        meter::build("`*` before an argument", size::own(value))?;
        Ok::<_, Error>(value.clone())
    });
    env.add_filter(name::ITEM, |value: &Value| {
        hold("a list or mapping", value)?;
        Ok::<_, Error>(value.clone())
    });
    env.add_filter(name::STORED, |value: &Value| {
        refuse_cycle(value)?;
        Ok::<_, Error>(value.clone())
    });
    env.add_filter(name::ENTER, |value: bool| {
        meter::enter_block()?;
        Ok::<_, Error>(value)
    });
    env.add_filter(name::LEAVE, |value: &Value| {
        meter::leave_block();
        value.clone()
    });
    env.add_filter(name::RAW, |bytes: u64| {
        meter::write("text in a loop, macro or include", bytes)?;
        Ok::<_, Error>("")
    });
}

/// Counts one operand of a chain; `times` operators copy what is there so far.
fn chain(what: &str, place: Place, bytes: u64, times: Option<u64>) -> Result<(), Error> {
    let before = match place {
        Place::First | Place::One => 0,
        Place::Next | Place::Last => match meter::pop() {
            Some(Pending::Bytes(bytes)) => bytes,
            _ => 0,
        },
    };
    let bytes = before.saturating_add(bytes);
    meter::allow(what, bytes)?;
    meter::work(what, (1 + bytes / 256).saturating_mul(times.unwrap_or(1)))?;
    match place {
        Place::First | Place::Next => meter::push(Pending::Bytes(bytes)),
        // Lists are joined without a copy.
        Place::Last | Place::One if what == "`+`" => meter::build(what, bytes / 8)?,
        Place::Last | Place::One => meter::build(what, bytes)?,
    }
    Ok(())
}

fn left() -> Option<Value> {
    match meter::pop() {
        Some(Pending::Value(value)) => Some(value),
        _ => None,
    }
}

/// A text or list that is repeated.
fn times(value: &Value) -> Result<Value, Error> {
    let value = size::flatten("`*`", value.clone())?;
    let Some(left) = left() else {
        return Ok(value);
    };
    for (what, count) in [(&left, &value), (&value, &left)] {
        let Some(count) = count.as_usize() else {
            continue;
        };
        let bytes = match what.as_str() {
            Some(text) => text.len() as u64,
            None => size::own(what),
        };
        meter::build("`*`", bytes.saturating_mul(count as u64))?;
    }
    Ok(value)
}

fn compare(value: &Value) -> Result<Value, Error> {
    if let Some(left) = left() {
        let units = size::weigh_pair("a comparison", &left, value)?;
        meter::work("a comparison", units)?;
    }
    Ok(value.clone())
}

/// Work of looking for an item in a list, a part in a text or a key in a mapping.
pub(super) fn search(item: &Value, container: &Value) -> Result<(), Error> {
    let what = "`in`";
    match container.kind() {
        ValueKind::Seq | ValueKind::Iterable if is_container(item) => {
            let each = size::weigh(what, item)?;
            let whole = size::weigh(what, container)?;
            meter::work(what, whole.min(size::items(container).saturating_mul(each)))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let each = 1 + 2 * size::items(item);
            meter::work(what, size::items(container).saturating_mul(each))
        }
        ValueKind::String => {
            let part = size::text(what, item)?;
            meter::work(what, size::items(container).saturating_add(part / 16))
        }
        _ => hashed(what, item),
    }
}

use size::is_container;

fn hashed(what: &str, key: &Value) -> Result<(), Error> {
    if let Some(text) = key.as_str() {
        return meter::work(what, 1 + text.len() as u64 / 64);
    }
    if is_container(key) {
        let units = size::weigh(what, key)?;
        meter::work(what, units)?;
    }
    Ok(())
}

/// Counts a value that another one will hold: what is nested too deep overflows the stack when it is read or dropped.
pub(super) fn hold(what: &str, value: &Value) -> Result<(), Error> {
    if value.as_object().is_none() {
        return Ok(());
    }
    refuse_cycle(value)?;
    meter::nest();
    size::flat_enough(what, value)
}

/// Refuses to hold what could come to hold itself: it would be read for ever and never be freed.
fn refuse_cycle(value: &Value) -> Result<(), Error> {
    let kind = value.as_object().map_or("", |object| object.type_name());
    if kind.ends_with("::Namespace") || kind.ends_with("::Loop") {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "a namespace or a loop cannot be put into a list, a mapping or a namespace, which could then contain itself",
        ));
    }
    Ok(())
}

/// Writes a value that is printed, counted first.
pub(super) fn emit(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let what = "an output";
    match value.as_str() {
        Some(text) => meter::write(what, text.len() as u64)?,
        None if value.kind() == ValueKind::Number => meter::write(what, 24)?,
        None => {
            let bytes = size::text(what, value)?;
            meter::write(what, bytes)?;
        }
    }
    if !matches!(state.auto_escape(), AutoEscape::None) {
        // Escaping makes six characters of one at most.
        let bytes = size::text(what, value)?;
        meter::write(what, bytes.saturating_mul(6))?;
    }
    minijinja::escape_formatter(out, state, value)
}

/// Arguments of a function that puts them into a mapping.
pub(super) fn hold_all(
    what: &str,
    values: &Rest<minijinja::value::ValueOrKwargs>,
) -> Result<(), Error> {
    for value in values.iter() {
        let pairs = value.as_object().and_then(DynObject::try_iter_pairs);
        for (_, value) in pairs.into_iter().flatten() {
            hold(what, &value)?;
        }
        meter::build(what, size::made(value))?;
    }
    Ok(())
}
