//! A text into what is compiled, and a rendering within its limits; what goes wrong has its place in the text as written.

use std::panic::{AssertUnwindSafe, catch_unwind};

use minijinja::machinery::parse;

use super::error::{TEMPLATE_LIMIT, TemplateError};
use super::instrument::{self, Instrumented, Refused};
use super::settings::{MAIN, exact_whitespace};
use super::sources::Sources;
use super::{inclusion, meter};

/// Instruments an included text; one that is no valid template is left to MiniJinja to refuse.
///
/// What is included stands for its own includes: a computed one would be read by nobody but the run.
pub(super) fn include(text: &str) -> Result<Instrumented, TemplateError> {
    let instrumented = match instrument::template(text, exact_whitespace()) {
        Ok(instrumented) => instrumented,
        Err(Refused::Fault(error)) => return Err(error),
        Err(Refused::Syntax) => {
            return match parse(text, MAIN, exact_whitespace()) {
                Err(_) => Ok(Instrumented::plain(text)),
                valid => Err(syntax_error(text, valid)),
            };
        }
    };
    inclusion::refuse(text, true)?;
    if parse(&instrumented.text, MAIN, exact_whitespace()).is_err()
        && parse(text, MAIN, exact_whitespace()).is_err()
    {
        return Ok(Instrumented::plain(text));
    }
    Ok(instrumented)
}

/// The fault of a text that could not be read as a template, in MiniJinja's words.
pub(super) fn syntax_error<T>(source: &str, parsed: Result<T, minijinja::Error>) -> TemplateError {
    match parsed {
        Err(error) => TemplateError::new(&error, &Sources::plain(source)),
        // What nothing is counted in must not run, even if it were valid.
        Ok(_) => TemplateError {
            message: "this template cannot be read".to_owned(),
            ..TemplateError::default()
        },
    }
}

impl Sources {
    /// Runs a rendering within its limits.
    pub(super) fn run<T>(
        &self,
        render: impl FnOnce() -> Result<T, minijinja::Error>,
    ) -> Result<T, TemplateError> {
        let (result, excess) = meter::metered(|| {
            // MiniJinja is not free of panics; one must not take the run with it.
            catch_unwind(AssertUnwindSafe(render)).unwrap_or_else(|_| {
                Err(minijinja::Error::new(
                    minijinja::ErrorKind::InvalidOperation,
                    "the template engine failed on this template",
                ))
            })
        });
        let located = result.map_err(|error| TemplateError::new(&error, self));
        let Some(excess) = excess else {
            return located;
        };
        Err(TemplateError {
            code: TEMPLATE_LIMIT,
            message: excess.to_string(),
            hint: Some(excess.hint()),
            ..located.err().unwrap_or_default()
        })
    }
}
