//! The template language: Jinja2 by MiniJinja with strict undefined, Python methods, a fuel limit and our own filters.
//!
//! Does no I/O: where includes are allowed, the caller hands in how to find them.

mod error;
mod filters;
mod inclusion;

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

pub use error::TemplateError;
pub use inclusion::{COMPUTED_INCLUDE, Inclusion, inclusions};

/// Instructions a single rendering may take; ends a template that would loop for ever.
const FUEL: u64 = 1_000_000;

/// The name under which a compiled template stands in its own environment.
const MAIN: &str = "template";

/// Compiles templates and expressions.
#[derive(Clone, Debug)]
pub struct Engine {
    base: Environment<'static>,
    /// Whether templates may include others.
    includes: bool,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine whose templates can include nothing.
    pub fn new() -> Self {
        let mut base = Environment::new();
        base.set_auto_escape_callback(|_| AutoEscape::None);
        base.set_undefined_behavior(UndefinedBehavior::Strict);
        base.set_syntax(exact_whitespace());
        base.set_fuel(Some(FUEL));
        base.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        filters::register(&mut base);
        base.add_test("contains", contains);
        Self {
            base,
            includes: false,
        }
    }

    /// An engine whose templates include what `find` returns for a path.
    #[must_use]
    pub fn with_includes<F>(mut self, find: F) -> Self
    where
        F: Fn(&str) -> Option<String> + Send + Sync + 'static,
    {
        self.base.set_loader(move |name| {
            let text = find(name);
            let refused = |fault: TemplateError| {
                minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, fault.message)
            };
            // What is included stands for its own includes: a computed one would be read by nobody but the run.
            let checked = text
                .as_deref()
                .map_or(Ok(()), |text| inclusion::refuse(text, true));
            checked.map_err(refused).map(|()| text)
        });
        self.includes = true;
        self
    }

    /// Compiles a template.
    ///
    /// # Errors
    /// When the text is no valid Jinja2, or includes a path that is computed.
    pub fn template(&self, source: &str) -> Result<Template, TemplateError> {
        if !["{{", "{%", "{#"].iter().any(|mark| source.contains(mark)) {
            return Ok(Template(Inner::Literal(source.into())));
        }
        let mut env = self.base.clone();
        env.add_template_owned(MAIN, source.to_owned())
            .map_err(|error| TemplateError::new(&error))?;
        inclusion::refuse(source, self.includes)?;
        Ok(Template(Inner::Compiled(Arc::new(env))))
    }

    /// Compiles an expression, such as the one of an evaluator's `when`.
    ///
    /// # Errors
    /// When the text is no valid Jinja2 expression.
    pub fn expression(&self, source: &str) -> Result<Expression, TemplateError> {
        let source = infix_contains(source);
        self.base
            .compile_expression(&source)
            .map_err(|error| TemplateError::new(&error))?;
        Ok(Expression {
            env: Arc::new(self.base.clone()),
            source,
        })
    }
}

/// A prompt is sent byte for byte as written: Jinja2 would drop its last line end.
fn exact_whitespace() -> SyntaxConfig {
    let mut builder = SyntaxConfig::builder();
    builder.keep_trailing_newline(true);
    builder.build().unwrap_or_default()
}

/// The test behind `a contains b`: a list holds an item, a text holds a part, a mapping holds a key.
///
/// Tests are handed undefined values even in strict mode; a misspelt name must not read as "does not contain".
fn contains(container: &Value, item: &Value) -> Result<bool, minijinja::Error> {
    if container.is_undefined() || item.is_undefined() {
        return Err(minijinja::ErrorKind::UndefinedError.into());
    }
    if let (Some(text), Some(part)) = (container.as_str(), item.as_str()) {
        return Ok(text.contains(part));
    }
    Ok(container
        .try_iter()
        .is_ok_and(|mut items| items.any(|it| it == *item)))
}

/// Reads `a contains b` as the test `a is contains b`; what stands in quotes is left alone.
fn infix_contains(source: &str) -> String {
    let mut quote = None;
    let mut out = String::with_capacity(source.len());
    for part in source.split_inclusive([' ', '\'', '"']) {
        if quote.is_none() && part == "contains " && !out.trim_end().ends_with(" is") {
            out.push_str("is ");
        }
        out.push_str(part);
        let last = part.chars().next_back();
        match (quote, last) {
            (None, Some('\'' | '"')) => quote = last,
            (Some(_), _) if quote == last => quote = None,
            _ => {}
        }
    }
    out
}

/// A compiled template.
#[derive(Clone, Debug)]
pub struct Template(Inner);

#[derive(Clone, Debug)]
enum Inner {
    /// Text without any template syntax: by far the most values.
    Literal(Arc<str>),
    Compiled(Arc<Environment<'static>>),
}

impl Template {
    /// Renders with the given variables.
    ///
    /// # Errors
    /// When a variable is missing, a filter refuses its input, an include is not found or the fuel runs out.
    pub fn render<S: Serialize>(&self, vars: S) -> Result<String, TemplateError> {
        match &self.0 {
            Inner::Literal(text) => Ok(text.to_string()),
            Inner::Compiled(env) => env
                .get_template(MAIN)
                .and_then(|template| template.render(Serde(&vars)))
                .map_err(|error| TemplateError::new(&error)),
        }
    }

    /// Names of the variables that the text itself takes from outside (includes left out).
    pub fn variables(&self) -> BTreeSet<String> {
        let Inner::Compiled(env) = &self.0 else {
            return BTreeSet::new();
        };
        let Ok(template) = env.get_template(MAIN) else {
            return BTreeSet::new();
        };
        let globals: BTreeSet<&str> = env.globals().map(|(name, _)| name).collect();
        template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| !globals.contains(name.as_str()))
            .collect()
    }

    /// Whether the text takes nothing from outside.
    pub fn is_literal(&self) -> bool {
        matches!(self.0, Inner::Literal(_))
    }
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    env: Arc<Environment<'static>>,
    source: String,
}

impl Expression {
    /// Whether the expression holds for the given variables.
    ///
    /// # Errors
    /// When it names a variable that is missing or applies an operator to the wrong type.
    pub fn holds<S: Serialize>(&self, vars: S) -> Result<bool, TemplateError> {
        let value: Value = self
            .env
            .compile_expression(&self.source)
            .and_then(|expression| expression.eval(Serde(&vars)))
            .map_err(|error| TemplateError::new(&error))?;
        if value.is_undefined() {
            return Err(TemplateError {
                message: "the expression has no value: it names something that does not exist"
                    .into(),
                ..TemplateError::default()
            });
        }
        Ok(value.is_true())
    }

    /// Names of the variables that the expression takes from outside.
    pub fn variables(&self) -> BTreeSet<String> {
        self.env
            .compile_expression(&self.source)
            .map(|expression| expression.undeclared_variables(false).into_iter().collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(source: &str, vars: &serde_json::Value) -> Result<String, TemplateError> {
        Engine::new().template(source)?.render(vars)
    }

    #[test]
    fn a_python_method_and_the_currency_filter_work_as_in_the_sample_prompt() {
        let vars =
            json!({"product": {"price": 1299, "attributes": {"items": 1, "weight": "2 kg"}}});
        let source = "{{ product.price | currency }}{% for k, v in product.attributes.items() %} {{ k }}={{ v }}{% endfor %}";
        assert_eq!(
            render(source, &vars).unwrap(),
            "$1,299.00 items=1 weight=2 kg"
        );
    }

    #[test]
    fn a_missing_variable_is_an_error_with_its_place() {
        let error = render("Hello\n  {{ product.nme }}", &json!({"product": {}})).unwrap_err();
        assert_eq!((error.line, error.column), (Some(2), Some(6)));
        assert!(error.message.contains("product.nme"), "{}", error.message);
    }

    #[test]
    fn an_endless_template_runs_out_of_fuel() {
        let source =
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(
            render(source, &json!({}))
                .unwrap_err()
                .message
                .contains("steps")
        );
    }

    #[test]
    fn data_is_never_read_as_a_template_and_html_is_not_escaped() {
        let vars = json!({"query": "{{ secret }} <b>"});
        assert_eq!(
            render("{{ query }}\n", &vars).unwrap(),
            "{{ secret }} <b>\n"
        );
    }

    #[test]
    fn nothing_is_included_unless_a_finder_is_given() {
        assert!(render("{% include 'x.md' %}", &json!({})).is_err());
        let engine =
            Engine::new().with_includes(|path| (path == "x.md").then(|| "hi {{ who }}".into()));
        let template = engine.template("{% include 'x.md' %}!").unwrap();
        assert_eq!(template.render(json!({"who": "you"})).unwrap(), "hi you!");
        let error = template.render(json!({})).unwrap_err();
        assert_eq!(error.include.as_deref(), Some("x.md"));
    }

    #[test]
    fn an_expression_that_names_nothing_is_an_error_and_not_false() {
        let engine = Engine::new();
        let vars = json!({"case": {"tags": ["faq"]}});
        let holds = |text: &str| engine.expression(text).and_then(|when| when.holds(&vars));
        assert_eq!(holds("case.tags contains 'faq'"), Ok(true));
        assert_eq!(holds("not (case.tags contains 'it contains x')"), Ok(true));
        assert_eq!(
            holds("'faq' in case.tags and case.tags|length == 1"),
            Ok(true)
        );
        assert!(holds("case.tag").is_err());
        assert!(holds("cases.tags contains 'faq'").is_err());
        assert!(holds("case.tgs contains 'faq'").is_err());
        assert!(holds("tags contains 'faq'").is_err());
        assert!(holds("case.tags contains faq").is_err());
    }

    #[test]
    fn variables_are_those_from_outside() {
        let template = Engine::new()
            .template("{% for k in items %}{{ k }}{{ other.x }}{{ range(3) }}{% endfor %}")
            .unwrap();
        let names: Vec<String> = template.variables().into_iter().collect();
        assert_eq!(names, ["items", "other"]);
    }
}
