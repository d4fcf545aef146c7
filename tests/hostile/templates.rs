//! Templates and expressions that grow, nest or search without end: refused with their line, what grew, the limit and a way out.

use crate::project::Project;
use crate::row::{LIMITS, Row};

const VALUE: &str = "one text or list of a template may take 64 MiB";
const WORK: &str = "the template does more work than one rendering may";
const DEEP: &str = "are nested here";
const LINE: &str = "prompts/greeter/1.0.0.yaml:4:";

const GROWN: Row = Row {
    args: &["check"],
    says: &["error[template-limit]", LINE, VALUE, "build less"],
    ..LIMITS
};

const WORKED: Row = Row {
    says: &["error[template-limit]", LINE, WORK, "do less"],
    ..GROWN
};

const NESTED: Row = Row {
    says: &["error[template-limit]", LINE, DEEP, "split it"],
    ..GROWN
};

pub(crate) const ROWS: &[Row] = &[
    Row {
        input: "a text doubled by ~ 40 times",
        project: || doubled("{% set x = 'ab' %}", "{% set x = x ~ x %}", "{{ x }}"),
        ..GROWN
    },
    Row {
        input: "a text doubled by + 60 times",
        project: || doubled("{% set x = 'ab' %}", "{% set x = x + x %}", "{{ x }}"),
        ..GROWN
    },
    Row {
        input: "a list doubled by + 60 times",
        project: || doubled("{% set x = [1] %}", "{% set x = x + x %}", "{{ x|length }}"),
        ..GROWN
    },
    Row {
        input: "a captured block doubled 60 times",
        project: || {
            doubled(
                "{% set x = 'ab' %}",
                "{% set x %}{{ x }}{{ x }}{% endset %}",
                "{{ x }}",
            )
        },
        says: &[
            "error[template-limit]",
            LINE,
            "writes more than 128 MiB in all",
            "build less",
        ],
        ..GROWN
    },
    Row {
        input: "a text times a billion",
        project: || user("{{ 'ab' * 1000000000 }}"),
        ..GROWN
    },
    Row {
        input: "a list times a hundred million",
        project: || user("{{ [1] * 100000000 }}"),
        ..GROWN
    },
    Row {
        input: "each letter of 1 MB replaced by 1 MB",
        project: || user("{% set x = 'x' * 1000000 %}{{ x|replace('x', x) }}"),
        ..GROWN
    },
    Row {
        input: "100,000 items joined by 1 MB",
        project: || user("{{ range(100000)|join('x' * 1000000) }}"),
        ..GROWN
    },
    Row {
        input: "a number of a billion digits",
        project: || user("{{ '%1000000000d'|format(1) }}"),
        ..GROWN
    },
    Row {
        input: "a billion signs of filling by str.format",
        project: || user("{{ '{:}>1000000000}'.format(1) }}"),
        ..GROWN
    },
    Row {
        input: "an indent of 10^18",
        project: || user("{{ 'x'|indent(width=1000000000000000000) }}"),
        ..GROWN
    },
    Row {
        input: "a batch of 10^12, filled",
        project: || user("{{ [1]|batch(1000000000000, 'x') }}"),
        ..GROWN
    },
    Row {
        input: "10^12 slices",
        project: || user("{{ [1]|slice(1000000000000) }}"),
        ..GROWN
    },
    Row {
        input: "JSON of 30,000,000 numbers",
        project: || user("{{ ('[' ~ '1,' * 30000000 ~ '1]')|fromjson|length }}"),
        ..GROWN
    },
    Row {
        input: "a text of 10 KB in a loop of 100,000, captured",
        project: || {
            let text = "0123456789".repeat(1000);
            user(&format!(
                "{{% set x %}}{{% for i in range(100000) %}}{text}{{% endfor %}}{{% endset %}}"
            ))
        },
        says: &[
            "error[template-limit]",
            LINE,
            "writes more than 128 MiB in all",
        ],
        ..GROWN
    },
    Row {
        input: "100,000 searches in a list of 100,000",
        project: || {
            user("{% set l = range(100000)|list %}{% for i in l %}{{ 'x' in l }}{% endfor %}")
        },
        ..WORKED
    },
    Row {
        input: "100,000 replacements in 1 MB",
        project: || {
            user(
                "{% set x = 'x' * 1000000 %}{% for i in range(100000) %}{{ x|replace('y', '')|length }}{% endfor %}",
            )
        },
        ..WORKED
    },
    Row {
        input: "100,000 sorts of 100,000",
        project: || user("{% for i in range(100000) %}{{ range(100000)|sort|first }}{% endfor %}"),
        ..WORKED
    },
    Row {
        input: "two lists of 2^60 leaves, printed as JSON",
        project: || {
            doubled(
                "{% set x = [1] %}",
                "{% set x = [x, x] %}",
                "{{ x|tojson }}",
            )
        },
        ..WORKED
    },
    Row {
        input: "a list in itself, 100,000 times",
        project: || {
            user(
                "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}",
            )
        },
        says: &[
            "error[template-limit]",
            LINE,
            "more than 200 levels deep",
            "on every turn of a loop",
        ],
        ..GROWN
    },
    Row {
        input: "a namespace that holds itself",
        project: || user("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}"),
        says: &[LINE, "which could then contain itself"],
        ..GROWN
    },
    Row {
        input: "a block that prints itself",
        project: || user("{% block a %}{{ self.a() }}{% endblock %}"),
        says: &["error[template-limit]", LINE, "print one another by `self`"],
        ..GROWN
    },
    Row {
        input: "a macro that calls itself twice",
        project: || user("{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{{ m(1) }}"),
        says: &[LINE, "recursion limit exceeded"],
        ..GROWN
    },
    Row {
        input: "two templates that include each other",
        project: || {
            let project = user("{% include 'a.md' %}");
            project.file("prompts/a.md", "{% include 'b.md' %}");
            project.file("prompts/b.md", "\n{% include 'a.md' %}");
            project
        },
        says: &[
            "prompts/greeter/1.0.0.yaml",
            ".md` (line",
            "recursion limit exceeded",
        ],
        ..GROWN
    },
    Row {
        input: "100,000 filters in a chain",
        project: || repeated("name", "|upper"),
        ..NESTED
    },
    Row {
        input: "100,000 additions",
        project: || repeated("1", " + 1"),
        ..NESTED
    },
    Row {
        input: "100,000 times not",
        project: || user(&format!("{{{{ {} name }}}}", "not ".repeat(100_000))),
        ..NESTED
    },
    Row {
        input: "100,000 ternaries",
        project: || repeated("1", " if name else 1"),
        ..NESTED
    },
    Row {
        input: "100,000 parentheses",
        project: || {
            user(&format!(
                "{{{{ {}1{} }}}}",
                "(".repeat(100_000),
                ")".repeat(100_000)
            ))
        },
        ..NESTED
    },
    Row {
        input: "100,000 lists in each other",
        project: || {
            user(&format!(
                "{{{{ {}1{} }}}}",
                "[".repeat(100_000),
                "]".repeat(100_000)
            ))
        },
        ..NESTED
    },
    Row {
        input: "50,000 branches of one if",
        project: || {
            user(&format!(
                "{{% if name %}}x{}{{% endif %}}",
                "{% elif name %}x".repeat(50_000)
            ))
        },
        ..NESTED
    },
    Row {
        input: "an included template of 100,000 additions",
        project: || {
            let project = user("{% include 'a.md' %}");
            project.file(
                "prompts/a.md",
                &format!("\n{{{{ 1{} }}}}", " + 1".repeat(100_000)),
            );
            project
        },
        says: &["prompts/greeter/1.0.0.yaml", DEEP, "line 2 of a.md"],
        ..GROWN
    },
    Row {
        input: "an expression of 100,000 additions",
        project: || when(&format!("1{} > 1", " + 1".repeat(100_000))),
        says: &["evals/greet.yaml", DEEP],
        ..GROWN
    },
];

/// A project of one case whose version's text is a template.
fn user(text: &str) -> Project {
    let project = Project::greeting(1);
    let version = format!("changelog: test\nmodel: openai/gpt-6-luna\nuser: |\n  {text}\n");
    project.file("prompts/greeter/1.0.0.yaml", &version);
    project
}

fn doubled(start: &str, double: &str, end: &str) -> Project {
    user(&format!("{start}{}{end}", double.repeat(60)))
}

fn repeated(start: &str, more: &str) -> Project {
    user(&format!("{{{{ {start}{} }}}}", more.repeat(100_000)))
}

/// A project whose evaluator applies under a condition.
fn when(condition: &str) -> Project {
    let project = Project::greeting(1);
    let suite = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - type: contains\n    value: hi\n    when: \"{condition}\"\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n"
    );
    project.file("evals/greet.yaml", &suite);
    project
}
