//! Templates that include others: what a version reads is known before it runs, or it is refused.

use crate::fake_provider::FakeProvider;
use crate::project::Project;

/// A version whose text is a YAML block, so that quotes of both kinds can stand in it.
fn version(project: &Project, number: &str, text: &str) {
    let text = format!(
        "changelog: test\nmodel: openai/gpt-6-luna\nuser: |\n  Greet {{{{ name }}}}.\n  {text}\n"
    );
    project.file(&format!("prompts/greeter/{number}.yaml"), &text);
}

#[test]
fn an_include_whose_path_is_computed_is_refused_with_its_line_and_a_fix() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(1).at(&fake);
    project.file("prompts/tone.md", "kindly");
    project.file("prompts/lib.md", "{% macro m() %}hi{% endmacro %}");
    for tag in [
        "{% include name %}",
        "{% include name ignore missing %}",
        "{% include ['tone.md', name] %}",
        "{% include ['tone.md'] ignore missing %}",
        "{% include 'tone.md' if name else 'lib.md' %}",
        "{% include 'to' ~ 'ne.md' %}",
        "{% extends name %}",
        "{% import name as lib %}",
        "{% from name import m %}",
        "{% if false %}{% include name %}{% endif %}",
    ] {
        version(&project, "1.0.0", tag);
        for command in ["check", "run", "list"] {
            let refused = project.run(&[command]).exits(2);
            let _ = refused.says(&[
                "error[computed-include]",
                "prompts/greeter/1.0.0.yaml:5:",
                "takes a path that is computed",
                "write each path as one text",
            ]);
        }
    }
    assert_eq!(fake.count(), 0);
    version(&project, "1.0.0", "{% include 'outer.md' %}");
    project.file("prompts/outer.md", "so\n{% include name ignore missing %}");
    let refused = project.run(&["check"]).exits(2);
    let _ = refused.says(&["error[computed-include]", "prompts/outer.md:2:"]);
    // What only looks like a tag is none.
    version(
        &project,
        "1.0.0",
        "{# {% include name %} #}{% raw %}{% include name %}{% endraw %}",
    );
    let _ = project.run(&["run"]).exits(0);
}

#[test]
fn what_is_read_by_import_from_and_extends_is_recorded_and_held() {
    let project = Project::greeting(1);
    project.file("prompts/base.md", "{% block b %}{% endblock %}");
    project.file("prompts/lib.md", "{% from 'deep.md' import m %}");
    project.file("prompts/deep.md", "{% macro m() %}hi{% endmacro %}");
    version(
        &project,
        "1.0.0",
        "{% extends 'base.md' %}{% import 'lib.md' as lib %}{% block b %}{{ lib.m() }}{% endblock %}",
    );
    let _ = project
        .run(&["promote", "greeter@1.0.0", "--to", "testing"])
        .exits(0);
    let pointers = project.read("prompts/greeter/family.yaml");
    for path in ["base.md", "lib.md", "deep.md"] {
        assert!(pointers.contains(path), "{path} is not in\n{pointers}");
    }
    project.file("prompts/deep.md", "{% macro m() %}grim{% endmacro %}");
    let refused = project.run(&["check"]).exits(2);
    let _ = refused.says(&["error[edited-include]", "deep.md"]);
}

#[test]
fn neither_a_suites_evaluator_nor_a_row_can_include_what_data_names() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(1).at(&fake);
    project.file("prompts/tone.md", "hello");
    let suite = project.read("evals/greet.yaml");
    let with = |value: &str| {
        let text = suite.replace("value: hello", &format!("value: \"{value}\""));
        project.file("evals/greet.yaml", &text);
    };
    with("{% include 'tone.md' %}");
    let _ = project.run(&["run"]).exits(0);
    with("{% include name %}");
    let refused = project.run(&["run"]).exits(2);
    let _ = refused.says(&["error[computed-include]", "evals/greet.yaml:4:"]);
    project.file("evals/greet.yaml", &suite);
    // The text of a variable is data, whatever it looks like.
    project.file(
        "datasets/greet.jsonl",
        "{\"vars\": {\"name\": \"{% include 'tone.md' %}\"}}\n",
    );
    let before = fake.count();
    let _ = project.run(&["run"]).exits(0);
    assert_eq!(fake.count(), before + 1);
    project.file(
        "datasets/greet.jsonl",
        "{\"vars\": {\"name\": \"x\"}, \"evaluators\": [{\"type\": \"contains\", \"value\": \"{% include 'tone.md' %}\"}]}\n",
    );
    let refused = project.run(&["run"]).exits(2);
    let _ = refused.says(&["a template here cannot `include` another"]);
}
