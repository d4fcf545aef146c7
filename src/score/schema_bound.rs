//! Bounds what a JSON Schema costs: its compiler and its checks stop after a number of steps, the same on every machine.
//!
//! The library that checks has no limit of its own. Every schema within a schema is therefore given one more keyword, which counts
//! a step whenever it is compiled or checked and, where none is left, unwinds out of the library.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError, ValidationOptions};
use serde_json::{Map, Value};

use super::schema_keywords::{Holds, holds};
use crate::text::excerpt::quoted;
use crate::text::pattern::{Pattern, Steps};

/// Schemas that are compiled, those behind references each time.
pub(super) const COMPILING: u64 = 100_000;

/// Steps of a check that lists faults, each of which takes memory.
pub(super) const LISTING: u64 = 100_000;

/// Steps of a check, about a second.
pub(super) const CHECKING: u64 = 5_000_000;

/// Names of properties that are held against patterns in one check.
const NAMES: u64 = 5_000_000;

/// Bytes of stack that a check may take; threads have two megabytes.
const STACK: usize = 1 << 20;

/// The keyword that counts. A reference can name no place below it, and nobody writes it by accident.
const COUNTER: &str = "$prompteval:step";

/// Why a check or a compiler was stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("it takes more steps than it may, for its parts multiply")]
    Steps,
    #[error("its parts nest too deep")]
    Depth,
    #[error("the pattern {0} takes more steps than it may")]
    Pattern(String),
}

/// What is left to the work of this thread.
#[derive(Clone, Copy)]
struct Budget {
    steps: u64,
    patterns: Steps,
    /// Where the stack was when the work began.
    base: usize,
}

thread_local! {
    static BUDGET: Cell<Option<Budget>> = const { Cell::new(None) };
    static STOP: RefCell<Option<Stop>> = const { RefCell::new(None) };
}

/// Does some work with so many steps, and stops it where they do not suffice.
pub(super) fn with_steps<T>(steps: u64, work: impl FnOnce() -> T) -> Result<T, Stop> {
    BUDGET.set(Some(Budget {
        steps,
        patterns: Steps::default(),
        base: stack(),
    }));
    let done = catch_unwind(AssertUnwindSafe(work));
    BUDGET.set(None);
    done.or_else(|panic| match STOP.take() {
        Some(stop) => Err(stop),
        None => resume_unwind(panic),
    })
}

/// Leaves the library. This is no panic: no hook hears of it.
fn stop(stop: Stop) -> ! {
    STOP.set(Some(stop));
    resume_unwind(Box::new(()))
}

fn stack() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

/// Counts steps of whatever this thread is at.
fn take(steps: u64) {
    let Some(mut budget) = BUDGET.get() else {
        return;
    };
    if budget.base.abs_diff(stack()) > STACK {
        stop(Stop::Depth);
    }
    match budget.steps.checked_sub(steps) {
        Some(left) => budget.steps = left,
        None => stop(Stop::Steps),
    }
    BUDGET.set(Some(budget));
}

/// The library's options, with what counts.
pub(super) fn options() -> ValidationOptions<'static> {
    jsonschema::options()
        .offline()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_keyword(COUNTER, |parent, _, _| {
            take(1);
            Ok(Box::new(Counter::of(parent)))
        })
        .with_keyword("pattern", pattern)
}

/// A schema with the counter in every schema of it.
pub(super) fn counted(schema: &Value) -> Value {
    let Value::Object(entries) = schema else {
        return match schema {
            Value::Array(items) => items.iter().map(counted).collect(),
            other => other.clone(),
        };
    };
    let mut with = Map::new();
    // First, so that the compiler counts a schema before those within it.
    with.insert(COUNTER.to_owned(), Value::Bool(true));
    for (keyword, value) in entries {
        let value = match (holds(keyword), value) {
            (Some(Holds::Plain), _) => value.clone(),
            (Some(Holds::Names), Value::Object(named)) | (None, Value::Object(named))
                if holds(keyword).is_some() || keyword == "dependencies" =>
            {
                let named = named.iter().map(|(name, one)| (name.clone(), counted(one)));
                Value::Object(named.collect())
            }
            // What other drafts know, and what a reference may name: to count there too does no harm.
            _ => counted(value),
        };
        with.insert(keyword.clone(), value);
    }
    Value::Object(with)
}

/// Whether nothing in a schema multiplies its work: no references, and no patterns but for values that are quick.
pub(super) fn is_simple(schema: &Value) -> bool {
    match schema {
        Value::Object(entries) => entries.iter().all(|(keyword, value)| {
            let of_patterns = matches!(keyword.as_str(), "pattern" | "patternProperties");
            let own = !keyword.ends_with("Ref") && keyword != "$ref" && !of_patterns;
            own && is_simple(value)
        }),
        Value::Array(items) => items.iter().all(is_simple),
        _ => true,
    }
}

struct Counter {
    /// Beside the size of the value: that of the lists it is compared with.
    steps: u64,
}

impl Counter {
    fn of(parent: &Map<String, Value>) -> Self {
        let options = parent.get("enum").and_then(Value::as_array);
        let required = parent.get("required").and_then(Value::as_array);
        let length = |list: Option<&Vec<Value>>| list.map_or(0, Vec::len) as u64;
        Self {
            steps: 1 + length(options) / 8 + length(required) / 8,
        }
    }

    fn count(&self, value: &Value) {
        let size = match value {
            Value::String(text) => text.len() / 256,
            Value::Array(items) => items.len() / 8,
            Value::Object(entries) => entries.len() / 8,
            _ => 0,
        };
        take(self.steps + size as u64);
    }
}

impl<'i> Keyword<'i> for Counter {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        self.count(value);
        Ok(())
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        self.count(value);
        true
    }
}

/// `pattern`, searched for within steps.
struct Matches(Pattern, String);

fn pattern<'s>(
    _parent: &'s Map<String, Value>,
    value: &'s Value,
    _place: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'s>> {
    let source = value.as_str().unwrap_or_default();
    match read(source) {
        Ok(pattern) => Ok(Box::new(Matches(pattern, source.to_owned()))),
        Err(error) => Err(ValidationError::custom(error)),
    }
}

/// A pattern in the dialect of JSON Schema.
fn read(source: &str) -> Result<Pattern, String> {
    let no = |error: &str| format!("{} is no regular expression{error}", quoted(source));
    let translated = jsonschema_regex::to_rust_regex(source).map_err(|()| no(""))?;
    Pattern::new(&translated).map_err(|error| no(&format!(": {error}")))
}

impl Matches {
    fn matches(&self, text: &str) -> bool {
        let Some(mut budget) = BUDGET.get() else {
            return self.0.find(text).is_ok_and(|found| found.is_some());
        };
        let found = self.0.find_within(text, &mut budget.patterns);
        BUDGET.set(Some(budget));
        match found {
            Ok(found) => found.is_some(),
            Err(_) => stop(Stop::Pattern(quoted(&self.1))),
        }
    }
}

impl<'i> Keyword<'i> for Matches {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        if Keyword::is_valid(self, value) {
            return Ok(());
        }
        Err(ValidationError::custom(format!(
            "{value} does not match {}",
            quoted(&self.1)
        )))
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        value.as_str().is_none_or(|text| self.matches(text))
    }
}

/// Patterns that names of properties are held against. The library matches those by itself, so what that may take is found out
/// before it is asked.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Of one schema, at most.
    most: u64,
    /// Those that go back.
    hard: Vec<(Pattern, String)>,
}

impl Names {
    /// Those of a schema.
    pub(super) fn of(schema: &Value) -> Result<Self, String> {
        let mut names = Self::default();
        names.collect(schema)?;
        Ok(names)
    }

    fn collect(&mut self, schema: &Value) -> Result<(), String> {
        match schema {
            Value::Array(items) => items.iter().try_for_each(|item| self.collect(item)),
            Value::Object(entries) => {
                if let Some(Value::Object(named)) = entries.get("patternProperties") {
                    self.most = self.most.max(named.len() as u64);
                    for source in named.keys() {
                        let pattern = read(source)?;
                        if pattern.goes_back() {
                            self.hard.push((pattern, source.clone()));
                        }
                    }
                }
                entries.values().try_for_each(|value| self.collect(value))
            }
            _ => Ok(()),
        }
    }

    /// Whether names of a document can be held against them in a moment.
    pub(super) fn require_quick(&self, document: &Value) -> Result<(), Stop> {
        if self.most == 0 {
            return Ok(());
        }
        let mut left = NAMES;
        let mut steps = Steps::default();
        self.require(document, &mut left, &mut steps)
    }

    fn require(&self, value: &Value, left: &mut u64, steps: &mut Steps) -> Result<(), Stop> {
        match value {
            Value::Array(items) => items
                .iter()
                .try_for_each(|item| self.require(item, left, steps)),
            Value::Object(entries) => entries.iter().try_for_each(|(name, value)| {
                let cost = self.most.saturating_mul(1 + name.len() as u64 / 64);
                *left = left.checked_sub(cost).ok_or(Stop::Steps)?;
                for (pattern, source) in &self.hard {
                    let gone_back = pattern.go_back(name, steps);
                    gone_back.map_err(|_| Stop::Pattern(quoted(source)))?;
                }
                self.require(value, left, steps)
            }),
            _ => Ok(()),
        }
    }
}
