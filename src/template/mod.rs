//! The template language: Jinja2 by MiniJinja with strict undefined, Python methods, our own filters and limits on what a rendering takes.
//!
//! Does no I/O: where includes are allowed, the caller hands in how to find them.

mod counts;
mod error;
#[cfg(test)]
mod fidelity;
mod filters;
mod format_size;
mod inclusion;
mod instrument;
mod located;
mod meter;
mod metered;
mod methods;
mod operators;
mod reading;
#[cfg(test)]
mod refusals;
mod settings;
mod size;
mod sources;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use minijinja::machinery::{parse, parse_expr};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use reading::{include, syntax_error};
use settings::{FUEL, MAIN, exact_whitespace};
use sources::{Included, Sources};

pub use error::{TEMPLATE_LIMIT, TemplateError};
pub use inclusion::{COMPUTED_INCLUDE, Inclusion, inclusions};

use instrument::Refused;

/// Compiles templates and expressions.
#[derive(Clone, Debug)]
pub struct Engine {
    base: Environment<'static>,
    /// What was included so far, by its path.
    included: Included,
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
        // Its descriptions of what is undefined would name the counts; places come from the texts kept here.
        base.set_debug(false);
        base.set_syntax(exact_whitespace());
        base.set_fuel(Some(FUEL));
        base.set_unknown_method_callback(methods::call);
        base.set_formatter(operators::emit);
        operators::register(&mut base);
        metered::register(&mut base);
        filters::register(&mut base);
        base.add_test("contains", contains);
        Self {
            base,
            included: Included::default(),
            includes: false,
        }
    }

    /// An engine whose templates include what `find` returns for a path.
    #[must_use]
    pub fn with_includes<F>(mut self, find: F) -> Self
    where
        F: Fn(&str) -> Option<String> + Send + Sync + 'static,
    {
        let included = Arc::clone(&self.included);
        let missing = Mutex::new(BTreeSet::new());
        self.base.set_loader(move |name| {
            // A loop may ask a hundred thousand times for what is not there.
            let known = missing.lock().is_ok_and(|missing| missing.contains(name));
            let Some(text) = (!known).then(|| find(name)).flatten() else {
                if let Ok(mut missing) = missing.lock() {
                    missing.insert(name.to_owned());
                }
                return Ok(None);
            };
            let instrumented = include(&text).map_err(|fault| {
                let line = fault
                    .line
                    .map_or(String::new(), |line| format!(" (line {line} of {name})"));
                let message = format!("{}{line}", fault.message);
                minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, message)
            })?;
            let compiled = instrumented.text.clone();
            if let Ok(mut included) = included.lock() {
                included.insert(name.to_owned(), Arc::new(instrumented));
            }
            Ok(Some(compiled))
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
        let instrumented = match instrument::template(source, exact_whitespace()) {
            Ok(instrumented) => instrumented,
            Err(Refused::Fault(error)) => return Err(error),
            Err(Refused::Syntax) => {
                return Err(syntax_error(
                    source,
                    parse(source, MAIN, exact_whitespace()),
                ));
            }
        };
        let sources = Sources::new(instrumented, &self.included);
        let mut env = self.base.clone();
        if let Err(error) = env.add_template_owned(MAIN, sources.main.text.clone()) {
            return Err(match parse(source, MAIN, exact_whitespace()) {
                Err(error) => TemplateError::new(&error, &Sources::plain(source)),
                Ok(_) => TemplateError::new(&error, &sources),
            });
        }
        inclusion::refuse(source, self.includes)?;
        Ok(Template(Inner::Compiled(Arc::new(env), Arc::new(sources))))
    }

    /// Compiles an expression, such as the one of an evaluator's `when`.
    ///
    /// # Errors
    /// When the text is no valid Jinja2 expression.
    pub fn expression(&self, source: &str) -> Result<Expression, TemplateError> {
        let source = infix_contains(source);
        let instrumented = match instrument::expression(&source) {
            Ok(instrumented) => instrumented,
            Err(Refused::Fault(error)) => return Err(error),
            Err(Refused::Syntax) => return Err(syntax_error(&source, parse_expr(&source))),
        };
        let sources = Sources::new(instrumented, &self.included);
        if let Err(error) = self.base.compile_expression(&sources.main.text) {
            return Err(match parse_expr(&source) {
                Err(error) => TemplateError::new(&error, &Sources::plain(&source)),
                Ok(_) => TemplateError::new(&error, &sources),
            });
        }
        Ok(Expression {
            env: Arc::new(self.base.clone()),
            sources: Arc::new(sources),
        })
    }
}

/// The test behind `a contains b`: a list holds an item, a text holds a part, a mapping holds a key.
///
/// Tests are handed undefined values even in strict mode; a misspelt name must not read as "does not contain".
fn contains(container: &Value, item: &Value) -> Result<bool, minijinja::Error> {
    if container.is_undefined() || item.is_undefined() {
        return Err(minijinja::ErrorKind::UndefinedError.into());
    }
    operators::search(item, container)?;
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
    Compiled(Arc<Environment<'static>>, Arc<Sources>),
}

impl Template {
    /// Renders with the given variables.
    ///
    /// # Errors
    /// When a variable is missing, a filter refuses its input, an include is not found or a limit is passed.
    pub fn render<S: Serialize>(&self, vars: S) -> Result<String, TemplateError> {
        match &self.0 {
            Inner::Literal(text) => Ok(text.to_string()),
            Inner::Compiled(env, sources) => sources.run(|| {
                let text = env.get_template(MAIN)?.render(Serde(&vars))?;
                meter::allow("the template", text.len() as u64)?;
                Ok(text)
            }),
        }
    }

    /// Names of the variables that the text itself takes from outside (includes left out).
    pub fn variables(&self) -> BTreeSet<String> {
        let Inner::Compiled(env, _) = &self.0 else {
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
    sources: Arc<Sources>,
}

impl Expression {
    /// Whether the expression holds for the given variables.
    ///
    /// # Errors
    /// When it names a variable that is missing or applies an operator to the wrong type.
    pub fn holds<S: Serialize>(&self, vars: S) -> Result<bool, TemplateError> {
        Ok(self.eval(vars)?.is_true())
    }

    /// What the expression comes to for the given variables.
    ///
    /// # Errors
    /// As for [`holds`](Self::holds), and when the value is no JSON.
    pub fn value<S: Serialize>(&self, vars: S) -> Result<serde_json::Value, TemplateError> {
        let value = self.eval(vars)?;
        serde_json::to_value(&value).map_err(|error| TemplateError {
            message: format!("the expression gives what is no JSON: {error}"),
            ..TemplateError::default()
        })
    }

    fn eval<S: Serialize>(&self, vars: S) -> Result<Value, TemplateError> {
        let value: Value = self.sources.run(|| {
            let expression = self.env.compile_expression(&self.sources.main.text)?;
            expression.eval(Serde(&vars))
        })?;
        if value.is_undefined() {
            return Err(TemplateError {
                message: "the expression has no value: it names something that does not exist"
                    .into(),
                ..TemplateError::default()
            });
        }
        Ok(value)
    }

    /// Names of the variables that the expression takes from outside.
    pub fn variables(&self) -> BTreeSet<String> {
        self.env
            .compile_expression(&self.sources.main.text)
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
