//! Templates that are refused at a limit: each with a part of what is said. What is slow to refuse is in `tests/hostile`.

use serde_json::json;

use super::{Engine, TEMPLATE_LIMIT, TemplateError};

fn refused(source: &str) -> TemplateError {
    let big = "x".repeat(1 << 20);
    let list: Vec<u32> = (0..20_000).collect();
    let vars = json!({"big": big, "list": list, "a": "b", "map": {"k": "v"}});
    let rendered = Engine::new()
        .template(source)
        .and_then(|template| template.render(&vars));
    rendered.expect_err(source)
}

/// A loop of 100,000 turns.
fn forever(body: &str) -> String {
    format!(
        "{{% set ns = namespace(x=[1], m={{}}, s='') %}}{{% for i in range(100000) %}}{body}{{% endfor %}}"
    )
}

#[test]
fn what_would_be_too_large_is_not_built() {
    for (source, what) in [
        ("{{ big.replace('', big) }}", "`.replace()` builds"),
        ("{{ big.join(list) }}", "`.join()` builds"),
        ("{{ list|join(big) }}", "`join` builds"),
        ("{{ list|map('replace', '1', big)|list }}", "in `map`"),
        ("{{ '%.1000000000f'|format(1.5) }}", "`format` builds"),
        ("{{ '%*d%1000000000s'|format(1, 2) }}", "`format` builds"),
        ("{{ '{:>1000000000}'.format(1) }}", "`.format()` builds"),
        (
            "{{ '{0[k]:{>1000000000}'.format(map) }}",
            "`.format()` builds",
        ),
        ("{{ ('{0}' * 100).format(big) }}", "`.format()` builds"),
        (
            "{{ ('%(k)s' * 100)|format({'k': big}) }}",
            "`format` builds",
        ),
        ("{{ big|indent(1000000000) }}", "`indent` builds"),
        ("{{ (big * 20)|escape ~ ('<' * 20000000)|e }}", "`e` builds"),
        ("{{ ('a,' * 5000000)|split(',') }}", "`split` builds"),
        ("{{ ('a' * 5000000)|list }}", "`list` builds"),
        ("{{ a.f(*([1] * 100000000)) }}", "`*` builds"),
        ("{{ ([big] * 100)|sum(start='') }}", "`sum` builds"),
        ("{{ [big, big] * 100 ~ '' }}", "`~` builds"),
        (
            "{% filter replace('x', big) %}<{{ 'x' * 100 }}>{% endfilter %}",
            "`replace` builds",
        ),
        (
            "{% autoescape 'html' %}{{ '<' * 20000000 }}{% endautoescape %}",
            "an output builds",
        ),
        (
            "{% macro m(x) %}{{ m(x ~ x) }}{% endmacro %}{{ m(big) }}",
            "`~` builds",
        ),
    ] {
        let error = refused(source);
        assert_eq!(error.code, TEMPLATE_LIMIT, "{source}: {error}");
        assert!(error.message.contains(what), "{source}: {error}");
        assert!(error.hint.is_some() && error.line == Some(1), "{source}");
    }
}

#[test]
fn what_would_take_too_long_is_not_done() {
    for body in [
        "{{ big|trim(big) }}",
        "{% for x in big %}{% break %}{% endfor %}",
        "{{ range(100000)[i] }}",
        "{{ range(100000)[-1] }}",
        "{{ list|max }}",
        "{{ list|unique|first }}",
        "{{ list|groupby('x')|first }}",
        "{{ list == list|list }}",
        "{{ 1 < list < 2 }}",
        "{{ list in [list|list] }}",
        "{{ {list: 1} }}",
        "{{ loop.changed(list) }}",
        "{{ list.count(1) }}",
        "{{ big.count('xx') }}",
        "{{ list is eq(list|list) }}",
        "{{ list|select('in', list)|list }}",
        "{{ (list * 10)|length }}",
        "{% set ns.x = ns.x + list %}",
        "{% set ns.s = ns.s ~ 'twenty bytes of text' %}",
    ] {
        let error = refused(&forever(body));
        assert_eq!(error.code, TEMPLATE_LIMIT, "{body}: {error}");
        assert!(!error.message.contains("takes longer"), "{body}: {error}");
    }
}

#[test]
fn what_nests_without_end_is_refused() {
    for value in [
        "(ns.x,)",
        "{'k': ns.x}",
        "dict(k=ns.x)",
        "ns.x|batch(1)",
        "ns.x|slice(1)",
        "ns.x|zip([1])",
        "ns.x|groupby('z')",
        "[none]|map('default', ns.x, true)|list",
        "[1]|map(attribute='q', default=ns.x)|list",
    ] {
        let error = refused(&forever(&format!("{{% set ns.x = {value} %}}")));
        assert!(error.message.contains("200 levels"), "{value}: {error}");
    }
    for value in [
        "ns",
        "[ns]",
        "{'k': ns}",
        "dict(k=ns)",
        "namespace(k=ns)",
        "[1]|batch(2, ns)",
    ] {
        let error = refused(&forever(&format!("{{% set ns.y = {value} %}}")));
        assert!(error.message.contains("contain itself"), "{value}: {error}");
    }
    let error = refused("{% for x in [1] %}{{ loop.changed([loop]) }}{% endfor %}");
    assert!(error.message.contains("contain itself"), "{error}");
}

#[test]
fn lazy_lists_over_lazy_lists_stay_flat() {
    let engine = Engine::new();
    for value in ["ns.x[0:]", "ns.x * 1", "ns.x|reverse", "(ns.x + [])[0:]"] {
        let source = format!(
            "{{% set ns = namespace(x=[1, 2, 3]) %}}{{% for i in range(20000) %}}{{% set ns.x = {value} %}}{{% endfor %}}{{{{ ns.x|length }}}}"
        );
        let rendered = engine.template(&source).unwrap().render(json!({}));
        assert_eq!(rendered.unwrap(), "3", "{value}");
    }
}

#[test]
fn what_minijinja_panics_on_is_an_error() {
    for source in [
        "{{ '%(é)s'|format({'é': 1}) }}",
        "{{ '{0[é]}'.format({'é': 1}) }}",
        "{{ range(9223372036854775807, -9223372036854775808, -1) }}",
    ] {
        let error = refused(source);
        assert!(!error.message.contains("engine"), "{source}: {error}");
    }
}

#[test]
fn the_syntax_is_as_deep_as_the_stack_bears() {
    let engine = Engine::new();
    for (open, middle, close, most) in [
        ("(", "1", ")", 49),
        ("[", "1", "]", 49),
        ("-", "1", "", 90),
        ("not ", "1", "", 90),
        ("", "1", " + 1", 190),
        ("", "1", " ~ a", 190),
        ("", "1", "|string", 190),
        ("", "1", " and 1", 190),
    ] {
        let text = |count| {
            let (open, close) = (open.repeat(count), close.repeat(count));
            format!("{{{{ {open}{middle}{close} }}}}")
        };
        assert!(engine.template(&text(most)).is_ok(), "{open}{close}");
        let error = engine.template(&text(100_000)).unwrap_err();
        assert_eq!(error.code, TEMPLATE_LIMIT, "{open}{close}");
        assert!(
            error.column.is_some_and(|column| column > 40),
            "{open}{close}"
        );
    }
}
