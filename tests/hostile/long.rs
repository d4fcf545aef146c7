//! Files, lines and mappings that are too long: each has a limit, and what is over it is said with file, line and limit.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};

use crate::project::Project;
use crate::row::{LIMITS, Row};

const MB: u64 = 1_000_000;

pub(crate) const FILES: &[Row] = &[
    Row {
        input: "a version of 500 MB",
        project: || grown("prompts/greeter/1.0.0.yaml", 500 * MB),
        args: &["check"],
        says: &[
            "prompts/greeter/1.0.0.yaml",
            "it is longer than 8 MiB",
            "JSON Lines",
        ],
        ..LIMITS
    },
    Row {
        input: "a suite of 500 MB",
        project: || grown("evals/greet.yaml", 500 * MB),
        args: &["check"],
        says: &["evals/greet.yaml", "it is longer than 8 MiB"],
        ..LIMITS
    },
    Row {
        input: "a template of 500 MB",
        project: || {
            let project = Project::greeting(1);
            project.version(
                "greeter",
                "1.1.0",
                "openai/gpt-6-luna",
                "{% include 'tone.md' %} {{ name }}",
            );
            project.entries("greeter", &[("1.1.0", "testing")]);
            project.file("prompts/tone.md", "be kind");
            grow(&project, "prompts/tone.md", 500 * MB);
            project
        },
        args: &["check"],
        says: &["tone.md", "it is longer than 8 MiB"],
        ..LIMITS
    },
    Row {
        input: "a YAML dataset of 100 MB",
        project: || {
            let project = dataset("yaml", "- vars: {name: x}\n");
            grow(&project, "datasets/d.yaml", 100 * MB);
            project
        },
        args: &["check"],
        says: &[
            "datasets/d.yaml",
            "longer than 8 MiB",
            "write it as JSON Lines",
        ],
        ..LIMITS
    },
    Row {
        input: "a history of 1 GB",
        project: || {
            let project = Project::greeting(1);
            project.production("greeter", "1.0.0");
            grow(&project, "prompts/greeter/history.jsonl", 1_000 * MB);
            project
        },
        args: &["log", "greeter"],
        says: &["prompts/greeter/history.jsonl", "it is longer than 64 MiB"],
        ..LIMITS
    },
    Row {
        input: "a report of 1 GB",
        project: || {
            let project = Project::greeting(1);
            project.file("report.json", "{");
            grow(&project, "report.json", 1_000 * MB);
            project
        },
        args: &["diff", "report.json", "report.json"],
        says: &["report.json", "it is longer than 256 MiB"],
        ..LIMITS
    },
];

pub(crate) const LINES: &[Row] = &[
    Row {
        input: "a JSONL row of 1 GB",
        project: || {
            let project = dataset(
                "jsonl",
                "{\"vars\": {\"name\": \"x\"}}\n{\"vars\": {\"name\": \"",
            );
            grow(&project, "datasets/d.jsonl", 1_000 * MB);
            project
        },
        args: &["check"],
        says: &[
            "datasets/d.jsonl:2",
            "the row that begins here is longer than 16 MiB",
            "make it several",
        ],
        ..LIMITS
    },
    Row {
        input: "a CSV row of 1 GB",
        project: || {
            let project = dataset("csv", "name\nx\n\"");
            grow(&project, "datasets/d.csv", 1_000 * MB);
            project
        },
        args: &["check"],
        says: &[
            "datasets/d.csv:3",
            "the row that begins here is longer than 16 MiB",
        ],
        ..LIMITS
    },
    Row {
        input: "a CSV header of 1 GB",
        project: || {
            let project = dataset("csv", "name,");
            grow(&project, "datasets/d.csv", 1_000 * MB);
            project
        },
        args: &["check"],
        says: &[
            "datasets/d.csv:1",
            "the row that begins here is longer than 16 MiB",
        ],
        ..LIMITS
    },
    Row {
        input: "a recording of 1 GB",
        project: || long_line("evals/recordings/greet.jsonl", "{\"key\": \""),
        args: &["run", "--responses", "replay"],
        says: &["evals/recordings/greet.jsonl:1", "it is longer than 64 MiB"],
        ..LIMITS
    },
    Row {
        input: "a journal with a line of 1 GB",
        project: || long_line("journal.jsonl", "{\"plan\": \""),
        args: &["report", "journal.jsonl"],
        says: &["journal.jsonl", "it is longer than 64 MiB"],
        ..LIMITS
    },
    Row {
        input: "a segment of the cache with a line of 1 GB, in a run",
        project: || long_line(SEGMENT, "{\"key\":\""),
        args: &["run", "--responses", "replay"],
        exit: 3,
        says: &["no recorded response"],
        ..LIMITS
    },
    Row {
        input: "a segment of the cache with a line of 1 GB, looked into",
        project: || long_line(SEGMENT, "{\"key\":\""),
        args: &["cache", "stats"],
        exit: 0,
        says: &["0 responses"],
        ..LIMITS
    },
    Row {
        input: "a segment of the cache with a line of 1 GB, pruned",
        project: || long_line(SEGMENT, "{\"key\":\""),
        args: &["cache", "prune"],
        exit: 0,
        says: &["removed 1 response (1.0 GB)"],
        ..LIMITS
    },
];

pub(crate) const KEYS: &[Row] = &[
    Row {
        input: "a suite with 500,000 keys",
        project: || written("evals/greet.yaml", 0..500_000, |n| format!("k{n}: {n}\n")),
        args: &["check"],
        says: &["evals/greet.yaml:", "more than 250000 keys and values"],
        ..LIMITS
    },
    Row {
        input: "a suite with 100,000 keys that it does not know",
        project: || written("evals/greet.yaml", 0..100_000, |n| format!("key{n}: {n}\n")),
        args: &["check"],
        says: &[
            "unknown key `key0` in a suite",
            "and 99,990 more of this kind",
            "100,000 problems found",
        ],
        ..LIMITS
    },
    Row {
        input: "a suite with 40,000 gates",
        project: || {
            written("evals/greet.yaml", 0..40_000, |_| {
                "  - {metric: errors, max: 1}\n".to_owned()
            })
        },
        args: &["check"],
        says: &["`gates` has 40001 items, more than 10000"],
        ..LIMITS
    },
    Row {
        input: "a JSONL row with 100,000 keys that it does not know",
        project: || {
            let keys = (0..100_000).map(|n| format!(", \"key{n}\": {n}"));
            let keys: Vec<String> = keys.collect();
            dataset(
                "jsonl",
                &format!("{{\"vars\": {{\"name\": \"x\"}}{}}}\n", keys.concat()),
            )
        },
        args: &["check"],
        says: &[
            "datasets/d.jsonl:1",
            "unknown key `key0` in a row",
            "and 99,990 more of this kind",
        ],
        ..LIMITS
    },
    Row {
        input: "a JSONL row with a million values and one",
        project: || {
            let many = "1,".repeat(1_000_000);
            dataset("jsonl", &format!("{{\"vars\": {{\"name\": [{many}1]}}}}\n"))
        },
        args: &["check"],
        says: &["datasets/d.jsonl:1", "more than a million values"],
        ..LIMITS
    },
    Row {
        input: "a CSV with 100,000 columns",
        project: || {
            let names: Vec<String> = (0..100_000).map(|n| format!(",column{n}")).collect();
            let row = ",1".repeat(100_000);
            dataset("csv", &format!("name{}\nx{row}\n", names.concat()))
        },
        args: &["check"],
        says: &[
            "datasets/d.csv:1",
            "there are 100001 columns, more than 10000",
        ],
        ..LIMITS
    },
    Row {
        input: "a CSV with 10,000 columns that nothing uses",
        project: || {
            let names: Vec<String> = (1..10_000).map(|n| format!(",column{n}")).collect();
            let row = ",1".repeat(9_999);
            dataset("csv", &format!("name{}\nx{row}\n", names.concat()))
        },
        args: &["check"],
        exit: 0,
        says: &["and 9,989 more of this kind"],
        ..LIMITS
    },
];

const SEGMENT: &str = ".prompteval/cache/v2/20260101T000000000000Z-1.jsonl";

/// A project whose suite reads this dataset.
fn dataset(format: &str, text: &str) -> Project {
    let project = Project::greeting(1);
    let path = format!("datasets/d.{format}");
    project.file(&path, text);
    let suite = project.read("evals/greet.yaml");
    project.file(
        "evals/greet.yaml",
        &suite.replace("datasets/greet.jsonl", &path),
    );
    project
}

/// A project with a file that is empty space for so many bytes.
fn grown(path: &str, length: u64) -> Project {
    let project = Project::greeting(1);
    grow(&project, path, length);
    project
}

/// Makes a file so long, without a line end: holes take no room on the disk.
fn grow(project: &Project, path: &str, length: u64) {
    let file = OpenOptions::new().write(true).open(project.path(path));
    file.unwrap().set_len(length).unwrap();
}

/// A project with a file whose first line takes 1 GB.
fn long_line(path: &str, begin: &str) -> Project {
    let project = Project::greeting(1);
    project.file(path, begin);
    grow(&project, path, 1_000 * MB);
    let file = OpenOptions::new().append(true).open(project.path(path));
    file.unwrap().write_all(b"\n").unwrap();
    project
}

/// A project with a file of so many more lines.
fn written(path: &str, lines: std::ops::Range<u32>, line: fn(u32) -> String) -> Project {
    let project = Project::greeting(1);
    let file = OpenOptions::new().append(true).open(project.path(path));
    let mut out = BufWriter::new(file.unwrap());
    for number in lines {
        out.write_all(line(number).as_bytes()).unwrap();
    }
    out.flush().unwrap();
    drop(out);
    project
}
