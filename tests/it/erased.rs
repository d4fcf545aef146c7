//! What says why users get a version, taken away: git and evidence files know better.

use std::fs;

use crate::project::Project;
use crate::promotion::{EVIDENCE, polite, project, promote};

const FAMILY: &str = "prompts/greeter/family.yaml";
const HISTORY: &str = "prompts/greeter/history.jsonl";

/// Takes away everything that says why: the lines of the history, and the reasons in the entries.
fn erase(project: &Project) {
    project.file(HISTORY, "");
    let keys = ["evidence: ", "override: "];
    let text = project.read(FAMILY);
    let lines = text.lines().map(|line| {
        let mut line = line.trim_end_matches('}').to_owned();
        for key in keys {
            if let Some((before, after)) = line.split_once(&format!(", {key}")) {
                let rest = after.split_once(',').map_or("", |(_, rest)| rest);
                line = format!("{before}{}{rest}", if rest.is_empty() { "" } else { "," });
            }
        }
        if line.contains('{') {
            line + "}\n"
        } else {
            line + "\n"
        }
    });
    let text: String = lines.collect();
    project.file(FAMILY, &text);
}

#[test]
fn a_history_that_is_taken_away_is_no_family_kept_by_hand() {
    let project = Project::greeting(1);
    project.production("greeter", "1.0.0");
    project.git(&["init", "-q"]);
    project.commit("all");
    erase(&project);
    let told = ["erased-history", "that git knows are gone", "--override"];
    let _ = project.run(&["check"]).exits(2).says(&told);
    // Committed, it is no better.
    project.git(&["commit", "-qam", "without a reason"]);
    let _ = project.run(&["check"]).exits(2).says(&told);
    let _ = project.run(&["run"]).exits(2).says(&told);
    let adopt = [
        "promote",
        "greeter@1.0.0",
        "--to",
        "production",
        "--override",
        "it is ours",
    ];
    let _ = project.run(&adopt).exits(0);
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn evidence_that_is_left_behind_says_that_a_command_promoted_a_version() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    erase(&project);
    let _ = project.run(&["check"]).exits(2).says(&[
        "greeter@1.1.0 is in canary",
        "which only a promotion writes",
    ]);
    fs::remove_file(project.path(EVIDENCE)).unwrap();
    let _ = project.run(&["check"]).exits(0).says(&["set by hand"]);
}
