//! The registry's commands: versions are made, moved, taken back and told, and nothing else changes in the files.

use std::process::Stdio;
use std::time::Instant;

use crate::project::Project;

/// A family with a production version and a draft after it, in a file with comments.
fn project() -> Project {
    let project = Project::greeting(1);
    project.production("greeter", "1.0.0");
    let entries = family(&project);
    let text = format!(
        "# who owns this\nowner: us   # still\n{} # first\n",
        entries.trim_end()
    );
    project.file("prompts/greeter/family.yaml", &text);
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Greet {{ name }}!");
    project
}

fn family(project: &Project) -> String {
    project.read("prompts/greeter/family.yaml")
}

#[test]
fn a_version_goes_its_way_and_comments_stay() {
    let project = project();
    let move_to = |status: &str, more: &[&str]| {
        let mut args = vec!["promote", "greeter@1.1.0", "--to", status, "--by", "me"];
        args.extend(more);
        project.run(&args)
    };
    let refused = move_to("production", &[]).exits(2);
    let _ = refused.says(&["cannot go from draft to production", "testing"]);
    let _ = move_to("testing", &[]).exits(0);
    let refused = move_to("canary", &[]).exits(2);
    let _ = refused.says(&["no evidence", "--override"]);
    let _ = move_to("canary", &["--traffic", "20%", "--override", "urgent"]).exits(0);
    assert!(
        family(&project).contains("traffic: 0.2"),
        "{}",
        family(&project)
    );
    let _ = move_to("production", &["--override", "urgent"]).exits(0);
    let text = family(&project);
    for part in [
        "# who owns this",
        "owner: us   # still",
        "# first",
        "1.0.0: {status: deprecated",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let told = project.run(&["log", "greeter"]).exits(0);
    let _ = told.says(&[
        "canary -> production",
        "production -> deprecated",
        "override: urgent",
    ]);
    let back = project
        .run(&["rollback", "greeter", "--reason", "bad"])
        .exits(0);
    let _ = back.says(&["1.0.0: deprecated -> production"]);
    let _ = project
        .run(&["assign", "greeter", "--unit", "u-1"])
        .exits(0)
        .says(&["greeter@1.0.0"]);
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn a_new_version_is_the_old_ones_bytes_with_another_changelog() {
    let project = project();
    let made = project
        .run(&[
            "new",
            "greeter",
            "--from",
            "1.0.0",
            "--bump",
            "major",
            "--changelog",
            "why: # this",
        ])
        .exits(0);
    assert_eq!(made.stdout.trim(), "prompts/greeter/2.0.0.yaml");
    let text = project.read("prompts/greeter/2.0.0.yaml");
    assert!(text.contains("Greet {{ name }}."), "{text}");
    let shown = project.run(&["show", "greeter@2.0.0"]).exits(0);
    let _ = shown.says(&["why: # this"]);
    let _ = project
        .run(&["new", "nobody", "--bump", "patch", "--changelog", "x"])
        .exits(2);
}

#[test]
fn an_edited_release_is_refused_with_the_command_that_makes_a_new_one() {
    let project = project();
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Hail {{ name }}.");
    let refused = project.run(&["check"]).exits(2);
    let _ = refused.says(&["prompteval new greeter --from 1.0.0 --bump patch"]);
}

#[test]
fn writers_at_the_same_time_leave_one_valid_state() {
    let project = project();
    let _ = project
        .run(&["promote", "greeter@1.1.0", "--to", "testing"])
        .exits(0);
    let children: Vec<_> = ["draft", "shadow", "archived", "draft", "shadow"]
        .into_iter()
        .map(|status| {
            let mut command = project.command(&["promote", "greeter@1.1.0", "--to", status]);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let codes: Vec<Option<i32>> = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().code())
        .collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    let _ = project.run(&["list"]).exits(0).says(&["1.1.0"]);
    let moved = codes.iter().filter(|code| **code == Some(0)).count();
    let lines = project
        .read("prompts/greeter/history.jsonl")
        .lines()
        .count();
    assert_eq!(lines, 2 + moved, "a line a move that was made");
}

/// What a killed or refused writer must have left: a state that every command accepts, and a history that leads to it.
fn settled(project: &Project) -> Vec<String> {
    let _ = project.run(&["list"]).exits(0);
    let told = project
        .run(&["log", "greeter", "--format", "json"])
        .exits(0);
    let lines: Vec<serde_json::Value> = serde_json::from_str(&told.stdout).unwrap();
    let of = |version: &str| {
        let newest = lines.iter().find(|line| line["version"] == version);
        newest.map(|line| line["to"].as_str().unwrap().to_owned())
    };
    let text = family(project);
    if let Some(status) = of("1.1.0") {
        assert!(
            text.contains(&format!("1.1.0: {{status: {status}")),
            "{status}: {text}"
        );
    }
    assert!(text.contains("# who owns this"), "{text}");
    lines.iter().map(ToString::to_string).collect()
}

#[test]
fn a_writer_that_is_killed_at_any_moment_leaves_one_whole_state() {
    let project = project();
    let began = Instant::now();
    let _ = project
        .run(&["promote", "greeter@1.1.0", "--to", "testing"])
        .exits(0);
    // Moments from the start to somewhat after the end, however long a move takes here.
    let step = began.elapsed() / 30;
    let mut moved = 0;
    for round in 0..40_u32 {
        let before = settled(&project);
        let to = if family(&project).contains("1.1.0: {status: testing") {
            "shadow"
        } else {
            "testing"
        };
        let mut child = project
            .command(&["promote", "greeter@1.1.0", "--to", to])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(step * round);
        child.kill().unwrap();
        let _ = child.wait().unwrap();
        let after = settled(&project);
        assert!(after.len() - before.len() <= 1, "{after:?}");
        moved += after.len() - before.len();
    }
    // Neither a lock nor a file of a killed writer blocks it.
    let status = if family(&project).contains("1.1.0: {status: testing") {
        "shadow"
    } else {
        "testing"
    };
    let _ = project
        .run(&["promote", "greeter@1.1.0", "--to", status])
        .exits(0);
    assert!(moved > 0, "every writer was killed before it did anything");
    let left = std::fs::read_dir(project.path("prompts/greeter")).unwrap();
    let names: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

/// Root may write where nobody else may, so that the binary has to run as somebody else.
#[cfg(unix)]
fn as_a_user_without_rights(command: &mut std::process::Command) {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let id = std::process::Command::new("id").arg("-u").output().unwrap();
    if id.stdout.starts_with(b"0\n") {
        command.uid(NOBODY).gid(NOBODY);
    }
}

#[cfg(unix)]
#[test]
fn a_tree_that_cannot_be_written_is_read_and_left_as_it_is() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    let project = project();
    let set = |mode: u32| {
        for path in ["", "prompts", "prompts/greeter", "evals", "datasets"] {
            fs::set_permissions(project.path(path), Permissions::from_mode(mode)).unwrap();
        }
    };
    let before = family(&project);
    set(0o555);
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        as_a_user_without_rights(&mut command);
        crate::project::Outcome::of(&command.output().unwrap())
    };
    for args in [
        &["list"][..],
        &["check"],
        &["show", "greeter@1.0.0"],
        &["assign", "greeter", "--unit", "u-1"],
        &["log", "greeter"],
    ] {
        let _ = run(args).exits(0);
    }
    for args in [
        &["promote", "greeter@1.1.0", "--to", "testing"][..],
        &["rollback", "greeter", "--to", "1.1.0"],
        &["new", "greeter", "--bump", "patch", "--changelog", "x"],
    ] {
        let refused = run(args);
        assert!([2, 3].contains(&refused.code), "{refused:?}");
        let _ = refused.says(&["cannot be written"]);
    }
    set(0o755);
    assert_eq!(family(&project), before);
    let names = fs::read_dir(project.path("prompts/greeter")).unwrap();
    assert_eq!(names.count(), 4);
}

#[test]
fn versions_that_send_the_same_are_pointed_out() {
    let project = project();
    let _ = project
        .run(&["new", "greeter", "--bump", "patch", "--changelog", "soon"])
        .exits(0);
    let told = project.run(&["check"]).exits(0);
    let _ = told.says(&["greeter@1.0.1 has the same text as greeter@1.0.0"]);
}
