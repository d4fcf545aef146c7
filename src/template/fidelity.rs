//! What is counted renders as MiniJinja alone does: the same bytes, and errors with the same words in the same places.

use std::sync::Arc;

use minijinja::machinery::{parse, parse_expr};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value, json};

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

/// Expressions that cover every level of the grammar.
const EXPRESSIONS: &[&str] = &[
    "a ~ n",
    "a ~ n ~ f ~ t ~ none",
    "'x' ~ a ~ 'y' ~ 'z' ~ list ~ 'w'",
    "n + 1",
    "n + n - 1 + f",
    "a + 'b' + a",
    "list + list",
    "list + [4] + words",
    "(list + [n])[1:]",
    "n - n + n",
    "a * 2",
    "2 * a * 2",
    "list * 2",
    "n * f / 2",
    "n // 2 * 3 % 4",
    "2 ** 3 ** 2",
    "-n ** 2",
    "- n",
    "--n",
    "-list[0]",
    "not t",
    "not not n",
    "not n in list",
    "n == 5",
    "n == f",
    "a == a ~ ''",
    "list == [3, 1, 2]",
    "list < [4]",
    "1 < n < 9",
    "1 < n > 9 != 3",
    "n in list in [list]",
    "3 in list",
    "n not in list",
    "'b' in a",
    "'b' in map",
    "a in words",
    "list in [list, 1]",
    "n in [1, 5]",
    "n in (1, 5)",
    "1 ~ 2 + 3",
    "1 + 2 ~ 3",
    "1 + 2 * 3 ~ 4 - 1",
    "'a' ~ 'b' * 2",
    "(1, 2) + (3,)",
    "()",
    "(n)",
    "(n,)",
    "[n, [n, list]]",
    "{'x': n, a: list, n: [n]}",
    "{'x': {'y': {}}}",
    "n if t else a",
    "n if not t",
    "a if n > 9 else list if t else 1",
    "t and n or a",
    "n and none or 'x' ~ a",
    "list[0]",
    "list[-1]",
    "list[n - 4]",
    "list[99] is defined",
    "rows[0].v",
    "rows[0]['v']",
    "rows[n - 5]['in'].deep[1]",
    "map.a.c",
    "map['a']['c']",
    "map[a] is defined",
    "list.0",
    "rows.1.v",
    "a[0]",
    "a[1:]",
    "a[::-1]",
    "list[1:2]",
    "list[:-1]",
    "list[::2]|list",
    "list[1:][0]",
    "(list * 2)[3:][1]",
    "(list|reverse)[0]",
    "range(9)[3]",
    "range(3)|list",
    "a|upper|lower|title|capitalize|trim",
    "a|replace('b', 'x' ~ n)",
    "words|sort|join(', ')",
    "words|sort(case_sensitive=true, reverse=true)|join",
    "words|unique|list",
    "rows|map(attribute='v')|join('/')",
    "rows|groupby('k')",
    "rows|selectattr('k', 'equalto', 1)|list|length",
    "rows|rejectattr('k', 'gt', 1)|map(attribute='v')|list",
    "list|select('odd')|list",
    "list|sum",
    "rows|sum(attribute='k')",
    "list|min ~ list|max",
    "list|first ~ list|last",
    "text|indent(2, true)",
    "text|indent(width=3, blank=true)",
    "text|lines",
    "text|split",
    "a|split(' ')",
    "list|batch(2, 'z')",
    "list|slice(2)",
    "map|items|list",
    "map|dictsort",
    "words|zip(list)|list",
    "list|chain(words)|list",
    "map|chain({'z': 1})",
    "(map|chain({'z': 1})).z",
    "'%s-%05.1f-%x'|format(a, f, n)",
    "'%(b)s'|format(map)",
    "'{}-{:>6}-{a}'.format(n, f, a=a)",
    "a|e",
    "a|escape|safe",
    "list|tojson",
    "rows|json(2)",
    "rows|tojson(indent=2)",
    "'[1, {\"a\": 2}]'|fromjson",
    "list|string",
    "f|round|int",
    "f|round(1)",
    "'12'|int + 1",
    "n|float",
    "none|default('d', true)",
    "nothing|default('d')",
    "nothing is defined",
    "n is odd",
    "n is not odd",
    "n is divisibleby 5",
    "n is divisibleby(5) and t",
    "a is string and list is sequence",
    "n is eq 5",
    "3 is in list",
    "list is contains(3)",
    "a is startingwith 'é'",
    "a is lower",
    "map is mapping",
    "range(2) is iterable",
    "list is sameas list",
    "a.upper()",
    "a.split(' ')[0]",
    "'-'.join(words)",
    "map.items()|list",
    "map.keys()|list",
    "map.get('b', 0)",
    "map.get('q', 'w' ~ a)",
    "words.count('apple')",
    "a.startswith('é')",
    "text.splitlines()",
    "dict(x=n, **map)",
    "dict(map)|items|list",
    "namespace(x=n).x",
    "[1, 'two', 3.0, none, true]",
    "'it''s' \"x\"",
    "1_000 + 0x1f",
    "rows|length > 2 and rows[0].k + 1 == 2 or not t",
    "deep.messages[0].content ~ deep.messages[-1].content",
    "a|length",
    "list|pprint",
    "n|currency ~ f|currency('EUR')",
    "words|map('upper')|join",
    "words|map('replace', 'p', 'b')|list",
    "debug(n)",
];

/// Templates with statements, white space and errors.
const TEMPLATES: &[&str] = &[
    "plain {{ a }}\n",
    "{{- a -}}  x",
    " {%- if t -%} yes {%- else -%} no {%- endif %} \n",
    "{# c #}{{ n }}{% raw %}{{ n }}{% endraw %}\n\n",
    "{% for x in list %}{{ loop.index }}{{ x ~ ',' }}{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}",
    "{% for k, v in map|items %}{{ k }}={{ v }};{% endfor %}{% for x in empty %}x{% else %}empty{% endfor %}",
    "{% for r in rows if r.k == 1 %}{{ loop.length }}{{ r.v }}{% endfor %}{% for x in range(5) %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for r in [1, [2, [3]]] recursive %}{% if r is sequence %}({{ loop(r) }}){% else %}{{ r }}{% endif %}{% endfor %}",
    "{%- for x in list -%}\n   a long text of more than sixty-four bytes, so that it is counted on each turn: {{ x }}   \n{%- endfor -%}\n  end",
    "{% for x in list +%}\n   a long text of more than sixty-four bytes, so that it is counted on each turn: {{ x }}   \n{%+ endfor %}\n  end",
    "{% macro m(x, y=n * 2) %}[{{ x }}{{ y + 1 }}{{ caller() if caller else '' }}]{% endmacro %}{{ m(1) }}{{ m(a, y=3) }}{% call m(2) %}in {{ n }}{% endcall %}",
    "{% set x = n + 1 %}{% set y, z = x, a ~ x %}{{ y }}{{ z }}{% set w %}  cap {{ x }} {% endset %}{{ w|trim }}|{% set u | upper %}abc{% endset %}{{ u }}",
    "{% set ns = namespace(s='', l=[]) %}{% for x in words %}{% set ns.s = ns.s ~ x %}{% set ns.l = ns.l + [loop.index] %}{% endfor %}{{ ns.s }}{{ ns.l }}",
    "{% with x = n, y = x_ if x_ is defined else 2 %}{{ x + y }}{% endwith %}{% filter upper %}abc {{ a }}{% endfilter %}",
    "{% autoescape 'html' %}{{ a }}{{ a|safe }}{{ list }}{% endautoescape %}{% autoescape 'json' %}{{ map }}{% endautoescape %}",
    "{% for row in rows %}{% include 'row.md' %}{% endfor %}",
    "{% import 'lib.md' as lib %}{{ lib.line(a) }}{{ lib.total }}",
    "{% from 'lib.md' import line as l %}{{ l(n, b='+') }}",
    "{% extends 'base.md' %}{% block top %}{{ super() }}-{{ a ~ n }}{% endblock %}",
    "{% block x %}{{ n }}{% endblock %}{{ self.x() }}{{ self.x() ~ '!' }}",
    "{% include 'none.md' ignore missing %}ok{% do namespace(x=1) %}",
    "{% for x in list %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x) }}{{ loop.previtem is defined }}{% endfor %}",
    "{% if a == 'x' %}1{% elif n > 3 and a ~ '' %}2{% elif t %}3{% else %}4{% endif %}",
    // Errors: what is missing, of the wrong type, unknown or malformed, on the first line and on others.
    "{{ nothing }}",
    "\n\n  {{ a ~ nothing }}",
    "x\n{{ nothing ~ a }}",
    "{{ rows[0].nothing.more }}",
    "\n{{ n + a }}",
    "\n{{ list[a].x }}",
    "{{ nothing == 1 }}",
    "{{ 1 in nothing }}",
    "{{ nothing[0] }}",
    "{{ a|nofilter }}",
    "{{ a is notest }}",
    "{{ nofunction() }}",
    "{{ a.nomethod() }}",
    "{{ n / 0 }}",
    "\n{{ 'x' * -1 }}",
    "{{ a|indent('x') }}",
    "{{ 'a'|format }}{{ '%d'|format(a) }}",
    "{% for x in n %}{% endfor %}",
    "{% for x in nothing %}{% endfor %}",
    "{% set a, b = list %}",
    "a\n{% include 'broken.md' %}",
    "{% include 'none.md' %}",
    "{{ a",
    "{% if %}",
    "{{ a b }}",
    "{% for %}",
    "{{ 'x }}",
    "{% endif %}",
    "{{ a | }}",
    "{% if a %}",
    "{% set loop = 1 %}",
    "{{ 1 + }}",
    "{{ [1, }}",
    "{% block a %}{% endblock %}{% block a %}{% endblock %}",
    "{% break %}",
    "{{ f(a=1, 2) }}",
    "{% unknown %}",
    "x }} {{ a[] }}",
    "{% do n %}",
    "{% call n %}{% endcall %}",
    "{% extends 'base.md' %}{% extends 'base.md' %}",
    "{{ super() }}",
    "{{ range(9999999) }}",
    "{{ list|batch(0) }}",
];

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
