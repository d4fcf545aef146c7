//! What is counted renders as MiniJinja alone does: the same bytes, and errors with the same words in the same places.

mod samples;

use std::sync::Arc;

use minijinja::machinery::{parse, parse_expr};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value, json};

use samples::{EXPRESSIONS, TEMPLATES};

use super::{Engine, Sources, TemplateError, contains, exact_whitespace, filters, instrument};

/// MiniJinja with our settings and filters, and nothing counted.
fn plain() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_debug(false);
    env.set_syntax(exact_whitespace());
    env.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    filters::register(&mut env);
    env.add_test("contains", contains);
    env.set_loader(|name| Ok(library(name)));
    env
}

fn library(name: &str) -> Option<String> {
    let text = match name {
        "row.md" => "{% set seen = (row.v ~ '!') %}{{ seen }} of {{ rows|length }}\n",
        "lib.md" => {
            "{% macro line(a, b='-') -%}\n  {{ a ~ b }}\n{%- endmacro %}{% set total = 1 + 2 %}"
        }
        "base.md" => {
            "<{% block top %}base {{ a }}{% endblock %}>{% block end %}{{ n * 2 }}{% endblock %}"
        }
        "broken.md" => "one\n{{ a ~ nothing }}",
        _ => return None,
    };
    Some(text.to_owned())
}

fn vars() -> Value {
    json!({
        "a": "é b <c>", "n": 5, "f": 2.5, "t": true, "none": null, "empty": [], "list": [3, 1, 2],
        "words": ["Pear", "apple", "Fig", "apple"],
        "rows": [{"k": 1, "v": "x", "in": {"deep": [1, 2]}}, {"k": 2, "v": "y"}, {"k": 1, "v": "z"}],
        "map": {"b": 2, "a": {"c": "d"}}, "text": "one\n\ntwo  three\r\nfour",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        "deep": {"messages": [{"content": "c"}]}
    })
}

/// Renders both ways; an error is its kind of words and its place.
fn both(source: &str) -> (Result<String, TemplateError>, Result<String, TemplateError>) {
    let engine = Engine::new().with_includes(library);
    let counted = engine
        .template(source)
        .and_then(|template| template.render(vars()));
    let mut env = plain();
    let plain = env
        .add_template_owned(super::MAIN, source.to_owned())
        .and_then(|()| env.get_template(super::MAIN)?.render(Serde(vars())))
        .map_err(|error| TemplateError::new(&error, &plain_sources(source)));
    (counted, plain)
}

fn plain_sources(source: &str) -> Sources {
    let sources = Sources::plain(source);
    for name in ["row.md", "lib.md", "base.md", "broken.md"] {
        let text = instrument::Instrumented::plain(&library(name).unwrap());
        let mut included = sources.included.lock().unwrap();
        included.insert(name.to_owned(), Arc::new(text));
    }
    sources
}

#[test]
fn expressions_have_the_values_that_minijinja_gives_them() {
    for expression in EXPRESSIONS {
        for source in [
            format!("{{{{ {expression} }}}}"),
            format!("{{% set x = {expression} %}}{{{{ x }}}}"),
            format!("{{% if {expression} %}}yes{{% endif %}}"),
            format!("{{{{ ({expression}) ~ '.' }}}}"),
            format!("{{{{ [{expression}, '|' ~ ({expression})] }}}}"),
            format!("{{{{ ({expression}) if n else ({expression}) }}}}"),
        ] {
            let (counted, plain) = both(&source);
            assert_eq!(counted, plain, "{source}");
        }
    }
}

#[test]
fn templates_render_as_minijinja_renders_them_errors_and_all() {
    for source in TEMPLATES {
        let (counted, plain) = both(source);
        assert_eq!(counted, plain, "{source}");
    }
}

/// A syntax tree as text, without places and without what was put in.
fn tree(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(" @ ") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 3..];
        let end = after
            .find(|letter: char| !(letter.is_ascii_digit() || ":-".contains(letter)))
            .unwrap_or(after.len());
        rest = &after[end..];
    }
    out + rest
}

#[test]
fn pairs_of_operators_keep_their_order() {
    let operands = [
        "a", "n", "list", "1", "'s'", "-n", "a.b", "list[0]", "list[1:]", "f(n)", "n|abs", "(n, a)",
    ];
    let operators = [
        "+", "-", "~", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in",
        "and", "or", "is", "is not",
    ];
    for first in operators {
        for second in operators {
            for third in ["+", "~", "*", "in", "=="] {
                let mut next = operands.iter().cycle().skip(first.len() * 3 + second.len());
                let mut operand = |operator: &str| {
                    let value = next.next().copied().unwrap_or("a");
                    if operator.starts_with("is") {
                        "odd"
                    } else {
                        value
                    }
                };
                let source = format!(
                    "not {} {first} {} {second} {} {third} {} if {} else {}",
                    operand(""),
                    operand(first),
                    operand(second),
                    operand(third),
                    operand(""),
                    operand("")
                );
                let read = parse_expr(&source).map(|tree| format!("{tree:?}"));
                let counted = instrument::expression(&source);
                if matches!(counted, Err(instrument::Refused::Fault(_))) {
                    // `a is odd not in b` hands a variable `not` to the test, says MiniJinja.
                    assert!(source.contains("odd not"), "{source}");
                    continue;
                }
                assert_eq!(read.is_ok(), counted.is_ok(), "{source}");
                let (Ok(read), Ok(counted)) = (read, counted) else {
                    continue;
                };
                // Each count is a filter over its operand: taken out, the tree is the one of the source.
                let with = format!("{:?}", parse_expr(&counted.text).unwrap());
                assert_eq!(
                    without_counts(&tree(&with)),
                    tree(&read),
                    "{source}\n{}",
                    counted.text
                );
            }
        }
    }
}

/// Takes the filters that count out of a tree's text.
fn without_counts(tree: &str) -> String {
    let mut text = tree.to_owned();
    let mark = "Filter { name: \"_pe_";
    while let Some(start) = text.rfind(mark) {
        let inner = start + text[start..].find("expr: Some(").unwrap() + "expr: Some(".len();
        let close = matching(&text, inner - 1);
        let end = start + matching(&text[start..], "Filter ".len()) + 1;
        text = format!("{}{}{}", &text[..start], &text[inner..close], &text[end..]);
    }
    text
}

/// Where the bracket at a place closes; texts in quotes are skipped.
fn matching(text: &str, open: usize) -> usize {
    let mut depth = 0;
    let mut quoted = false;
    for (at, letter) in text[open..].char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '(' | '{' | '[' if !quoted => depth += 1,
            ')' | '}' | ']' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return open + at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[test]
fn what_is_inserted_leads_back_to_the_source() {
    for source in TEMPLATES {
        let Ok(counted) = instrument::template(source, exact_whitespace()) else {
            assert!(parse(source, "t", exact_whitespace()).is_err(), "{source}");
            continue;
        };
        for (at, letter) in counted.text.char_indices() {
            let origin = counted.origin(at..counted.text.len());
            assert!(source.is_char_boundary(origin.start), "{source}");
            assert_eq!(origin.end, source.len(), "{source}");
            let line_end = source[origin.start..].starts_with('\n');
            assert!(letter != '\n' || line_end, "{source}");
        }
    }
}
