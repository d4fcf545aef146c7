//! What is wrong with a template, read from MiniJinja's errors: the innermost one, with its place.

use super::{FUEL, MAIN};

/// What is wrong with a template, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// The code of the problem it is.
    pub code: &'static str,
    /// What is wrong, in lower case.
    pub message: String,
    /// Line in the template's text, counted from 1.
    pub line: Option<usize>,
    /// Column in that line in characters, counted from 1.
    pub column: Option<usize>,
    /// How many characters are at fault.
    pub length: usize,
    /// Path of the included template that is at fault, where it is not the template itself.
    pub include: Option<String>,
    /// What to do about it, where that is known.
    pub hint: Option<&'static str>,
}

impl Default for TemplateError {
    fn default() -> Self {
        Self {
            code: "bad-template",
            message: String::new(),
            line: None,
            column: None,
            length: 0,
            include: None,
            hint: None,
        }
    }
}

impl TemplateError {
    pub(super) fn new(error: &minijinja::Error) -> Self {
        // The innermost error says what went wrong; the outer ones only that an include failed.
        let mut innermost = error;
        while let Some(source) = std::error::Error::source(innermost)
            .and_then(|source| source.downcast_ref::<minijinja::Error>())
        {
            innermost = source;
        }
        let (column, length) = place(innermost).unzip();
        Self {
            message: describe(innermost, fault(innermost)),
            line: innermost.line(),
            column,
            length: length.unwrap_or(1),
            include: innermost
                .name()
                .filter(|name| *name != MAIN && !name.starts_with('<'))
                .map(str::to_owned),
            ..Self::default()
        }
    }
}

/// The text at fault.
fn fault(error: &minijinja::Error) -> Option<&str> {
    let text = error.template_source()?.get(error.range()?)?;
    text.lines()
        .next()
        .map(str::trim)
        .filter(|text| !text.is_empty())
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

/// Column and length of the text at fault.
fn place(error: &minijinja::Error) -> Option<(usize, usize)> {
    let source = error.template_source()?;
    let range = error.range()?;
    let before = source.get(..range.start)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = source.get(line_start..range.start)?.chars().count() + 1;
    let fault = source.get(range)?.lines().next().unwrap_or_default();
    Some((column, fault.chars().count().max(1)))
}
