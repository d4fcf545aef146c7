//! What a template includes, read from its syntax tree: a literal path is known before anything runs, a computed one is not.
//!
//! A text search would take comments and raw blocks for tags, and miss what stands behind a variable.

use minijinja::machinery::{Span, ast, parse};

use super::error::TemplateError;
use super::instrument;
use super::settings::exact_whitespace;

/// The code of the problem that a computed include is.
pub const COMPUTED_INCLUDE: &str = "computed-include";

/// One `include`, `import`, `from` or `extends`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Which of them.
    pub tag: &'static str,
    /// The path, where it is written as one text.
    pub path: Option<String>,
    /// Line in the template's text, counted from 1.
    pub line: usize,
    /// Column in that line in characters, counted from 1.
    pub column: usize,
    /// How many characters of that line it takes.
    pub length: usize,
}

impl Inclusion {
    /// The fault of a path that is not known before the template runs.
    pub fn computed(&self) -> Option<TemplateError> {
        self.path.is_none().then(|| TemplateError {
            code: COMPUTED_INCLUDE,
            message: format!(
                "`{}` takes a path that is computed: what it reads could change without a trace",
                self.tag
            ),
            line: Some(self.line),
            column: Some(self.column),
            length: self.length,
            include: None,
            hint: Some(
                "write each path as one text, such as `{% include 'shared/tone.md' %}`, and choose between them with `{% if %}`",
            ),
        })
    }

    fn misplaced(&self) -> TemplateError {
        TemplateError {
            message: format!("a template here cannot `{}` another", self.tag),
            line: Some(self.line),
            column: Some(self.column),
            length: self.length,
            ..TemplateError::default()
        }
    }
}

/// Everything that a template includes, in the order of its text; nothing where the text is no valid template.
pub fn inclusions(source: &str) -> Vec<Inclusion> {
    let words = ["include", "import", "extends"];
    if !source.contains("{%") || !words.iter().any(|word| source.contains(word)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    // What is too deep to be compiled is too deep to be read.
    if instrument::template(source, exact_whitespace()).is_err() {
        return found;
    }
    if let Ok(tree) = parse(source, "template", exact_whitespace()) {
        statement(source, &tree, &mut found);
    }
    found
}

/// The first include that may not stand here: one whose path is computed, or any where templates include nothing.
pub(super) fn refuse(source: &str, allowed: bool) -> Result<(), TemplateError> {
    let mut faults = inclusions(source).into_iter();
    let fault = if allowed {
        faults.find_map(|inclusion| inclusion.computed())
    } else {
        faults.next().map(|inclusion| inclusion.misplaced())
    };
    fault.map_or(Ok(()), Err)
}

fn statement(source: &str, tree: &ast::Stmt<'_>, found: &mut Vec<Inclusion>) {
    use ast::Stmt;
    let mut add = |tag, path: &ast::Expr<'_>, span| found.push(at(source, tag, path, span));
    match tree {
        Stmt::Include(tag) => add("include", &tag.name, tag.span()),
        Stmt::Extends(tag) => add("extends", &tag.name, tag.span()),
        Stmt::Import(tag) => add("import", &tag.expr, tag.span()),
        Stmt::FromImport(tag) => add("from", &tag.expr, tag.span()),
        _ => {}
    }
    let bodies: [&[Stmt<'_>]; 2] = match tree {
        Stmt::Template(tag) => [&tag.children, &[]],
        Stmt::ForLoop(tag) => [&tag.body, &tag.else_body],
        Stmt::IfCond(tag) => [&tag.true_body, &tag.false_body],
        Stmt::WithBlock(tag) => [&tag.body, &[]],
        Stmt::SetBlock(tag) => [&tag.body, &[]],
        Stmt::AutoEscape(tag) => [&tag.body, &[]],
        Stmt::FilterBlock(tag) => [&tag.body, &[]],
        Stmt::Block(tag) => [&tag.body, &[]],
        Stmt::Macro(tag) => [&tag.body, &[]],
        Stmt::CallBlock(tag) => [&tag.macro_decl.body, &[]],
        // Named one by one, so that a new statement with a body of its own does not compile unseen.
        Stmt::EmitExpr(_)
        | Stmt::EmitRaw(_)
        | Stmt::Set(_)
        | Stmt::Import(_)
        | Stmt::FromImport(_)
        | Stmt::Extends(_)
        | Stmt::Include(_)
        | Stmt::Continue(_)
        | Stmt::Break(_)
        | Stmt::Do(_) => return,
    };
    for child in bodies.into_iter().flatten() {
        statement(source, child, found);
    }
}

fn at(source: &str, tag: &'static str, path: &ast::Expr<'_>, span: Span) -> Inclusion {
    let path = match path {
        ast::Expr::Const(value) => value.value.as_str().map(str::to_owned),
        _ => None,
    };
    // Lines and columns of the parser end at 65,535; its offsets do not.
    let start = span.start_offset as usize;
    let before = source.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let text = source.get(start..span.end_offset as usize);
    let text = text.and_then(|text| text.lines().next()).unwrap_or("");
    Inclusion {
        tag,
        path,
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or("").chars().count() + 1,
        length: text.chars().count().max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<(&'static str, Option<String>)> {
        let found = inclusions(source).into_iter();
        found.map(|one| (one.tag, one.path)).collect()
    }

    #[test]
    fn literal_paths_are_found_wherever_they_stand() {
        let source = "{%- extends 'a' -%}{% block b %}{% if x %}{% for y in z %}{% include \"b\" %}{% endfor %}{% endif %}{% endblock %}\
            {% from 'c' import d %}{% import 'e' as f %}{% macro m() %}{% include 'g' ignore missing %}{% endmacro %}\
            {# {% include 'no' %} #}{% raw %}{% include 'no' %}{% endraw %}{% set t %}{% include ('h') %}{% endset %}";
        let some = |path: &str| Some(path.to_owned());
        assert_eq!(
            paths(source),
            [
                ("extends", some("a")),
                ("include", some("b")),
                ("from", some("c")),
                ("import", some("e")),
                ("include", some("g")),
                ("include", some("h")),
            ]
        );
    }

    #[test]
    fn computed_paths_have_a_place() {
        for path in ["x", "['a', 'b']", "'a' if x else 'b'", "'a' ~ x", "('a',)"] {
            for tail in ["", " ignore missing"] {
                let source = format!("Hi\n é {{% include {path}{tail} %}}");
                let found = inclusions(&source);
                assert_eq!(found[0].path, None, "{source}");
                assert_eq!((found[0].line, found[0].column), (2, 7), "{source}");
                assert_eq!(refuse(&source, true).unwrap_err().code, COMPUTED_INCLUDE);
            }
        }
        for source in [
            "{% extends x %}",
            "{% import x as y %}",
            "{% from x import y %}",
            "{% call m() %}{% include x %}{% endcall %}",
        ] {
            assert!(refuse(source, true).is_err(), "{source}");
        }
    }
}
