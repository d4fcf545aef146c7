//! MiniJinja's errors, read: the innermost one, with its place in the text as it was written.

use std::ops::Range;

use super::error::{TEMPLATE_LIMIT, TemplateError};
use super::instrument::Instrumented;
use super::settings::{FUEL, MAIN};
use super::sources::Sources;

impl TemplateError {
    /// Reads an error of a text as written, or of one that was instrumented.
    pub(super) fn new(error: &minijinja::Error, sources: &Sources) -> Self {
        // The innermost error says what went wrong; the outer ones only that an include failed.
        let mut innermost = error;
        while let Some(source) = std::error::Error::source(innermost)
            .and_then(|source| source.downcast_ref::<minijinja::Error>())
        {
            innermost = source;
        }
        let included = innermost.name().and_then(|name| sources.included(name));
        let text = match &included {
            Some(included) => Some(&**included),
            None if is_included(innermost) => None,
            None => Some(&sources.main),
        };
        let fault = text.and_then(|text| fault(innermost, text));
        let is_fuel = innermost.kind() == minijinja::ErrorKind::OutOfFuel;
        let (column, length) = fault.as_ref().map(Fault::place).unzip();
        Self {
            message: describe(innermost, fault.as_ref().and_then(Fault::shown)),
            line: innermost.line(),
            column,
            length: length.unwrap_or(1),
            code: if is_fuel {
                TEMPLATE_LIMIT
            } else {
                "bad-template"
            },
            hint: is_fuel.then_some("loop over less, or prepare the text in the dataset"),
            include: innermost
                .name()
                .filter(|_| is_included(innermost))
                .map(str::to_owned),
        }
    }
}

/// Whether an error stands in another template than the one that was rendered.
fn is_included(error: &minijinja::Error) -> bool {
    error
        .name()
        .is_some_and(|name| name != MAIN && !name.starts_with('<'))
}

/// A text and the part of it at fault.
struct Fault<'a> {
    source: &'a str,
    range: Range<usize>,
}

fn fault<'a>(error: &minijinja::Error, text: &'a Instrumented) -> Option<Fault<'a>> {
    Some(Fault {
        source: &text.source,
        range: text.origin(error.range()?),
    })
}

impl Fault<'_> {
    /// Its first line.
    fn shown(&self) -> Option<&str> {
        let text = self.source.get(self.range.clone())?;
        text.lines()
            .next()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// Column and length of its first line.
    fn place(&self) -> (usize, usize) {
        let before = self.source.get(..self.range.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let fault = self.source.get(self.range.clone()).unwrap_or_default();
        let fault = fault.lines().next().unwrap_or_default();
        (column, fault.chars().count().max(1))
    }
}

fn describe(error: &minijinja::Error, fault: Option<&str>) -> String {
    use minijinja::ErrorKind;
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::UndefinedError if !detail.is_empty() => {
            format!("undefined value: {detail}")
        }
        ErrorKind::UndefinedError => match fault {
            Some(text) => format!("undefined value: `{text}`"),
            None => "a variable is undefined".to_owned(),
        },
        ErrorKind::OutOfFuel => format!("the template took more than {FUEL} steps"),
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction
            if !detail.is_empty() =>
        {
            detail.to_owned()
        }
        kind if detail.is_empty() => kind.to_string(),
        kind => format!("{kind}: {detail}"),
    }
}
