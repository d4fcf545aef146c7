//! How MiniJinja reads and runs every template.

use minijinja::syntax::SyntaxConfig;

/// Instructions a single rendering may take; ends a template that would loop for ever.
///
/// Counting an operator takes two instructions beside its own three.
pub(super) const FUEL: u64 = 2_000_000;

/// The name under which a compiled template stands in its own environment.
pub(super) const MAIN: &str = "template";

/// A prompt is sent byte for byte as written: Jinja2 would drop its last line end.
pub(super) fn exact_whitespace() -> SyntaxConfig {
    let mut builder = SyntaxConfig::builder();
    builder.keep_trailing_newline(true);
    builder.build().unwrap_or_default()
}
