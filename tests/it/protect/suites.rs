//! Gates, evaluators and rules of a suite, and suites that are gone or cannot be compared.

use super::{SUITE, expect, listed, provider, repository};

#[test]
fn gates_that_are_loosened_or_removed_are_listed_and_stricter_ones_are_not() {
    let fake = provider();
    let project = repository(&fake, "");
    let rows: &[(&str, &str, &[&str])] = &[
        (
            "pass_rate, min: 0.5",
            "pass_rate, min: 0.4",
            &["gate `pass_rate min 0.5` loosened to `pass_rate min 0.4`"],
        ),
        ("pass_rate, min: 0.5", "pass_rate, min: 0.6", &[]),
        (
            "floor: 0.5",
            "floor: 0.4",
            &[
                "gate `pass_rate target 0.9, floor 0.5` loosened to `pass_rate target 0.9, floor 0.4`",
            ],
        ),
        ("floor: 0.5", "floor: 0.6", &[]),
        (
            "margin: 0.1",
            "margin: 0.2",
            &[
                "gate `pass_rate within 0.1 of the baseline` loosened to `pass_rate within 0.2 of the baseline`",
            ],
        ),
        ("margin: 0.1", "margin: 0.05", &[]),
        (
            "  - {metric: broken, max: 1}\n",
            "",
            &["gate `broken max 1` removed"],
        ),
        ("broken, max: 1", "broken, max: 0", &[]),
        (
            "pass_rate, min: 0.5}",
            "pass_rate, min: 0.5, lower_bound: true}",
            &["gate `pass_rate min 0.5` changed to `pass_rate surely min 0.5`"],
        ),
        (
            "pass_rate, min: 0.5}",
            "pass_rate, min: 0.5}\n  - {metric: latency_ms.p95, max: 60000}",
            &[],
        ),
    ];
    expect(&project, "evals/greet.yaml", rows);
}

#[test]
fn evaluators_that_are_weakened_or_removed_are_listed_and_stricter_ones_are_not() {
    let fake = provider();
    let project = repository(&fake, "");
    let value = "its value is another one";
    let of = |name: &str, what: &str| format!("evaluator `{name}` weakened: {what}");
    let [any, all, none, words] = ["any", "all", "none", "words"].map(|name| of(name, value));
    let quick = of("quick", "its threshold is another one");
    let hello = of("hello", "it is not critical any more");
    let when = of("all", "`when` leaves out other cases");
    let weight = of("all", "its weight in the case's score is smaller");
    let kind = of("hello", "its type was `icontains` and is `contains`");
    let rows: &[(&str, &str, &[&str])] = &[
        ("[hello, hi]", "[hello, hi, bye]", &[&any]),
        ("[hello, hi]", "[hello]", &[]),
        ("value: [hello]}", "value: [hell]}", &[&all]),
        ("value: [hello]}", "value: [hello, ell]}", &[]),
        ("[bye, away]", "[bye]", &[&none]),
        ("[bye, away]", "[bye, away, no]", &[]),
        ("max: 50", "max: 60", &[&words]),
        ("max: 50", "max: 40", &[]),
        ("threshold: 60000", "threshold: 70000", &[&quick]),
        ("threshold: 60000", "threshold: 50000", &[]),
        (", critical: true", "", &[&hello]),
        ("name: quick,", "name: quick, critical: true,", &[]),
        ("value: [hello]}", "value: [hello], when: 'true'}", &[&when]),
        ("value: [hello]}", "value: [hello], weight: 0}", &[&weight]),
        ("type: icontains,", "type: contains,", &[&kind]),
        (
            "  - {type: contains-all, name: all, value: [hello]}\n",
            "",
            &["evaluator `all` removed"],
        ),
        (
            "gates:",
            "  - {type: contains, name: more, value: hello}\ngates:",
            &[],
        ),
    ];
    expect(&project, "evals/greet.yaml", rows);
}

#[test]
fn rules_of_a_suite_that_decide_in_a_laxer_way_are_listed() {
    let fake = provider();
    let project = repository(&fake, "");
    let rows: &[(&str, &str, &[&str])] = &[
        (
            "on_inconclusive: lean",
            "on_inconclusive: warn",
            &["`on_inconclusive` was lean and is warn"],
        ),
        ("on_inconclusive: lean", "on_inconclusive: block", &[]),
        ("repeats: 2", "repeats: 1", &["`repeats` was 2 and is 1"]),
        ("repeats: 2", "repeats: 3", &[]),
        (
            "repeats: 2",
            "repeats: 2\nthreshold: 0.5",
            &["`threshold` was not set and is 0.5"],
        ),
        (
            "repeats: 2",
            "repeats: 2\nbaseline: 1.0.0",
            &["`baseline` is another one"],
        ),
        (
            "repeats: 2",
            "repeats: 2\ncandidates: [1.1.0]",
            &["`candidates` selects others"],
        ),
        (
            "tags: [nightly]",
            "tags: []",
            &["`tags` lost a label: `--tag` selects less"],
        ),
        ("tags: [nightly]", "tags: [nightly, weekly]", &[]),
        ("repeats: 2", "repeats: 2\ndescription: words", &[]),
    ];
    expect(&project, "evals/greet.yaml", rows);
}

#[test]
fn evaluators_without_names_are_told_apart_by_what_they_look_for() {
    let fake = provider();
    let project = repository(&fake, "");
    let two =
        "evaluators:\n  - {type: contains, value: hello}\n  - {type: contains, value: ello}\n";
    let suite = SUITE.replacen("evaluators:\n", two, 1);
    project.file("evals/greet.yaml", &suite);
    project.git(&["checkout", "-q", "main"]);
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    expect(
        &project,
        "evals/greet.yaml",
        &[(
            "  - {type: contains, value: hello}\n",
            "",
            &["evaluator `contains` removed"],
        )],
    );
}

#[test]
fn a_suite_that_is_removed_is_shown_though_nothing_runs() {
    let fake = provider();
    let project = repository(&fake, "");
    std::fs::remove_file(project.path("evals/other.yaml")).unwrap();
    let line = "evals/other.yaml: suite removed, with its gates `pass_rate min 1`";
    assert_eq!(listed(&project), [line]);
    let shown = project.run(&["run", "--changed-since", "main", "--github"]);
    let _ = shown.exits(0).says(&["no suite is affected", line]);
    // Also where another suite was asked for, and without a word beside.
    let named = project.run(&["run", "greet", "--changed-since", "main", "--quiet"]);
    let _ = named.exits(0).says(&[line]);
    assert_eq!(fake.count(), 0);
}

#[test]
fn a_suite_whose_base_cannot_be_read_is_listed_as_such() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    project.file(
        "evals/greet.yaml",
        &SUITE.replace("repeats: 2", "repeat: 2"),
    );
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    project.file("evals/greet.yaml", SUITE);
    let lines = listed(&project);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let why = "evals/greet.yaml: cannot be compared with the merge base: line 3: ";
    assert!(lines[0].starts_with(why), "{lines:?}");
}

#[test]
fn a_template_of_an_evaluator_is_part_of_the_gate() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    project.file("prompts/word.md", "hello");
    let included = SUITE.replacen("value: hello,", "value: \"{% include 'word.md' %}\",", 1);
    project.file("evals/greet.yaml", &included);
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    assert_eq!(listed(&project), [""; 0]);
    project.file("prompts/word.md", "h");
    let line = "prompts/word.md: edited: evaluator `hello` includes it";
    assert_eq!(listed(&project), [line]);
}

#[test]
fn one_more_evaluator_is_listed_where_a_mean_of_scores_decides() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    let more = "  - {metric: score, min: 0.5}\n";
    project.file("evals/greet.yaml", &format!("{SUITE}{more}"));
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    let lift = "evaluator `more` added where a mean of scores decides: it may lift the mean";
    let weight = "evaluator `all` weakened: its weight in the mean of scores is greater";
    expect(
        &project,
        "evals/greet.yaml",
        &[
            (
                "gates:",
                "  - {type: contains, name: more, value: h}\ngates:",
                &[lift],
            ),
            (
                "gates:",
                "  - {type: contains, name: more, value: h, weight: 0}\ngates:",
                &[],
            ),
            ("value: [hello]}", "value: [hello], weight: 9}", &[weight]),
        ],
    );
}

#[test]
fn a_project_below_the_repositorys_folder_is_compared_as_well() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    for path in ["prompteval.yaml", "prompts/greeter/1.0.0.yaml"] {
        project.file(&format!("sub/{path}"), &project.read(path));
    }
    let suite = project.read("evals/other.yaml");
    let outside = suite.replace("datasets/", "../datasets/");
    project.file("sub/evals/other.yaml", &outside);
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    let rows = project.read("datasets/greet.jsonl");
    let (_, rest) = rows.split_once('\n').unwrap();
    project.file("datasets/greet.jsonl", rest);
    let looser = outside.replace("min: 1.0", "min: 0.9");
    project.file("sub/evals/other.yaml", &looser);
    let since = ["run", "--project", "sub", "--changed-since", "main"];
    let _ = project.run(&since).exits(0).says(&[
        "../datasets/greet.jsonl: cases removed: `case-0`",
        "evals/other.yaml: gate `pass_rate min 1` loosened to",
    ]);
}
