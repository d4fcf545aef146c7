//! Recordings and evidence that are edited, beside those that are added.

use super::{listed, provider, repository};

#[test]
fn a_recorded_answer_that_is_edited_is_listed_and_an_added_one_is_not() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    let _ = project
        .run(&["run", "other", "--responses", "record"])
        .exits(0);
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    let path = "evals/recordings/other.jsonl";
    let rows = project.read(path);
    let first = rows.lines().next().unwrap();
    let row: serde_json::Value = serde_json::from_str(first).unwrap();
    let case = row["case"].as_str().unwrap();
    let edited = first.replace("\"hello\"", "\"hello, friend\"");
    assert_ne!(edited, first);
    let line = format!("{path}: recorded answers edited: `{case}`");
    project.file(path, &rows.replacen(first, &edited, 1));
    assert_eq!(listed(&project), [line.as_str()]);
    // A row of the same key before it answers in its place.
    project.file(path, &format!("{edited}\n{rows}"));
    assert_eq!(listed(&project), [line.as_str()]);
    // Also where the key is spelled in another way.
    let key = row["key"].as_str().unwrap();
    let loud = edited.replace(key, &key.to_uppercase());
    project.file(path, &format!("{loud}\n{rows}"));
    assert_eq!(listed(&project), [line.as_str()]);
    let other: String = key.chars().rev().collect();
    let added = first.replace(key, &other);
    project.file(path, &format!("{rows}{added}\n"));
    assert_eq!(listed(&project), [""; 0]);
}

#[test]
fn evidence_that_is_edited_or_removed_is_listed_and_added_evidence_is_not() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    let path = "evals/evidence/greeter/1.1.0.json";
    project.file(path, "{\"a\": 1}\n");
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    project.file("evals/evidence/greeter/1.2.0.json", "{}\n");
    assert_eq!(listed(&project), [""; 0]);
    project.file(path, "{\"a\": 1}\r\n");
    assert_eq!(listed(&project), [""; 0]);
    project.file(path, "{\"a\": 2}\n");
    assert_eq!(listed(&project), [format!("{path}: evidence edited")]);
    std::fs::remove_file(project.path(path)).unwrap();
    assert_eq!(listed(&project), [format!("{path}: evidence removed")]);
}
