//! What is wrong with a template.

/// The code of the problem that a template past its limits is.
pub const TEMPLATE_LIMIT: &str = "template-limit";

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
