//! The action and the workflows: what may not stand in them, and the action's own script run as the runner runs it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::project::Project;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// Action and workflows, by path.
fn files() -> Vec<(String, String)> {
    let workflows = fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut paths: Vec<PathBuf> = workflows.map(|entry| entry.unwrap().path()).collect();
    paths.push(root().join("action.yml"));
    paths.push(root().join("src/cli/commands/init/workflow.yml"));
    let read = |path: PathBuf| {
        (
            path.display().to_string(),
            fs::read_to_string(&path).unwrap(),
        )
    };
    paths.into_iter().map(read).collect()
}

/// What is wrong with an action or a workflow, a line each.
fn faults(text: &str) -> Vec<String> {
    let file = yaml(text);
    let mut faults = Vec::new();
    let mut steps: Vec<&Value> = Vec::new();
    if let Some(jobs) = file["jobs"].as_object() {
        if file.get("permissions").is_none() {
            faults.push("no permissions at the top".to_owned());
        }
        for (name, job) in jobs {
            if job.get("timeout-minutes").is_none() {
                faults.push(format!("job {name} has no timeout"));
            }
            // Skipped counts as passed where a job is a required check; what publishes may be skipped.
            let decides = job["permissions"]["contents"] != "write";
            let condition = job["if"].as_str().unwrap_or_default();
            if job.get("needs").is_some() && decides && !condition.contains("!cancelled()") {
                faults.push(format!("job {name} is skipped where one before it fails"));
            }
            steps.extend(job["steps"].as_array().into_iter().flatten());
        }
    } else {
        steps.extend(file["runs"]["steps"].as_array().unwrap());
    }
    for step in steps {
        if let Some(script) = step["run"].as_str()
            && script.contains("${{")
        {
            faults.push(format!("an expression is put into a script: {script}"));
        }
        if let Some(script) = step["run"].as_str()
            && script.contains("< <(prompteval")
        {
            faults.push(format!("what fails in `<(...)` ends no script: {script}"));
        }
        if let Some(uses) = step["uses"].as_str().filter(|uses| *uses != "./") {
            let pin = uses.split_once('@').map_or("", |(_, pin)| pin);
            let is_commit = pin.len() == 40 && pin.chars().all(|c| c.is_ascii_hexdigit());
            if !is_commit || !text.contains(&format!("{uses} # v")) {
                faults.push(format!("{uses} is not pinned with its version beside it"));
            }
        }
    }
    faults
}

#[test]
fn workflows_are_pinned_bounded_and_put_nothing_into_scripts() {
    let files = files();
    assert!(files.len() >= 7, "{files:?}");
    for (path, text) in files {
        assert_eq!(faults(&text), [""; 0], "{path}");
    }
    let bad = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n      - run: echo ${{ github.head_ref }}\n";
    assert_eq!(faults(bad).len(), 4, "{:?}", faults(bad));
    let open = "on: push\npermissions: {}\njobs:\n  a:\n    needs: b\n    timeout-minutes: 1\n    steps:\n      - run: while read -r a; do :; done < <(prompteval list)\n";
    assert_eq!(faults(open).len(), 2, "{:?}", faults(open));
}

#[test]
fn responses_are_kept_and_the_comment_is_made_also_where_a_gate_blocks() {
    for name in ["Keep responses", "Comment"] {
        let condition = step(name)["if"].as_str().unwrap().to_owned();
        assert!(condition.contains("!cancelled()"), "{name}: {condition}");
        // Where nothing ran, the newest run is one of another time.
        let ran = "steps.run.outputs.run-id != ''";
        assert!(condition.contains(ran), "{name}: {condition}");
    }
    let key = step("Fetch responses")["with"]["key"].clone();
    for part in ["run_id", "run_attempt", "github.job", "strategy.job-index"] {
        assert!(key.as_str().unwrap().contains(part), "{part} in {key}");
    }
}

/// A step of the action by its name.
fn step(name: &str) -> Value {
    let action = yaml(&fs::read_to_string(root().join("action.yml")).unwrap());
    let steps = action["runs"]["steps"].as_array().unwrap().clone();
    steps.into_iter().find(|step| step["name"] == name).unwrap()
}

/// The script of a step as the runner starts it, with nothing in its environment but what every step has.
fn shell(project: &Project, step: &Value) -> Command {
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c"]);
    command.arg(step["run"].as_str().unwrap());
    command.current_dir(project.path("")).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", project.path(""));
    command.env("RUNNER_TEMP", project.path("runner temp"));
    command
}

/// Runs the action's evaluation with these inputs; the exit code, what was printed, and the outputs.
fn evaluate(project: &Project, inputs: &[(&str, &str)]) -> (i32, String, String) {
    let bin = project.path("runner temp/prompteval/bin");
    fs::create_dir_all(&bin).unwrap();
    let binary = bin.join("prompteval");
    if !binary.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_prompteval"), &binary).unwrap();
    }
    let step = step("Evaluate");
    let mut command = shell(project, &step);
    command.env("GITHUB_OUTPUT", project.path("output.txt"));
    // Every variable of the step comes from an input of the same name.
    let action = yaml(&fs::read_to_string(root().join("action.yml")).unwrap());
    for (name, expression) in step["env"].as_object().unwrap() {
        let input = expression
            .as_str()
            .unwrap()
            .trim_start_matches("${{ inputs.");
        let input = input.trim_end_matches(" }}");
        let default = action["inputs"][input]["default"].as_str().unwrap();
        let given = inputs.iter().find(|(known, _)| *known == input);
        command.env(name, given.map_or(default, |(_, value)| value));
    }
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let outputs = fs::read_to_string(project.path("output.txt")).unwrap_or_default();
    let _ = fs::remove_file(project.path("output.txt"));
    (output.status.code().unwrap(), printed, outputs)
}

#[test]
fn the_action_lets_a_weaker_gate_pass_where_somebody_has_agreed() {
    let project = Project::greeting(1);
    let rows = "{\"vars\": {\"name\": \"a\"}, \"output\": \"hello\"}\n";
    project.file("datasets/greet.jsonl", rows);
    project.file("prompteval.yaml", "version: 1\nprotect: block\n");
    project.file(".gitignore", ".prompteval/\nrunner temp/\noutput.txt\n");
    project.repository();
    let suite = project.read("evals/greet.yaml");
    project.file("evals/greet.yaml", &suite.replace("min: 1.0", "min: 0.9"));
    let since = ("changed-since", "main");
    for (word, wanted) in [("false", 1), ("true", 0), ("", 1)] {
        let (code, printed, _) = evaluate(&project, &[since, ("allow-weaker", word)]);
        assert_eq!(code, wanted, "{printed}");
        assert!(printed.contains("weakens its own gate"), "{printed}");
    }
}

#[test]
fn the_action_is_strict_where_it_is_asked_to_be() {
    let project = Project::greeting(1);
    let rows = "{\"vars\": {\"name\": \"a\"}, \"output\": \"hello\"}\n";
    project.file("datasets/greet.jsonl", rows);
    let suite = project.read("evals/greet.yaml");
    project.file("evals/greet.yaml", &suite.replace("min: 1.0", "min: 0"));
    for (word, wanted) in [("false", 0), ("true", 2)] {
        let (code, printed, _) = evaluate(&project, &[("strict", word)]);
        assert_eq!(code, wanted, "{printed}");
    }
}

#[test]
fn the_actions_script_runs_what_its_inputs_say() {
    let project = Project::greeting(2);
    let rows = "{\"vars\": {\"name\": \"a\"}, \"output\": \"hello\"}\n";
    project.file("my shop/datasets/greet.jsonl", rows);
    project.file("my shop/prompteval.yaml", "version: 1\n");
    for path in ["prompts/greeter/1.0.0.yaml", "evals/greet.yaml"] {
        project.file(&format!("my shop/{path}"), &project.read(path));
    }
    let suite = project.read("evals/greet.yaml");
    project.file("my shop/evals/second.yaml", &suite);
    let place = ("working-directory", "my shop");
    let (code, printed, outputs) = evaluate(&project, &[place]);
    assert_eq!(code, 0, "{printed}");
    assert!(outputs.contains("verdict<<END\npass\n"), "{outputs}");
    assert!(outputs.contains("junit-path=\nreport-path=\n"), "{outputs}");

    let some = [
        place,
        ("suites", "second,\n greet "),
        ("junit", "out dir/junit.xml"),
        ("html", "page.html"),
        ("json", "report.json"),
        ("concurrency", "3"),
        ("max-cost", "1.5"),
    ];
    let (code, printed, outputs) = evaluate(&project, &some);
    assert_eq!(code, 0, "{printed}");
    let at = project.path("my shop").display().to_string();
    assert!(
        outputs.contains(&format!("junit-path={at}/out dir/junit.xml\n")),
        "{outputs}"
    );
    assert!(
        outputs.contains(&format!("report-path={at}/page.html\n")),
        "{outputs}"
    );
    assert!(project.path("my shop/out dir/junit.xml").is_file());

    project.file("my shop/datasets/greet.jsonl", &rows.replace("hello", "no"));
    let (code, _, outputs) = evaluate(&project, &[place, ("suites", "greet")]);
    assert_eq!(code, 1);
    assert!(
        outputs.contains("blocked-suites<<END\ngreet\nEND"),
        "{outputs}"
    );

    let (code, printed, _) = evaluate(&project, &[place, ("html", "a\nverdict=pass")]);
    assert_eq!(
        (code, printed.contains("line break")),
        (2, true),
        "{printed}"
    );

    // Without a change there is nothing to allow.
    let allowed = ("allow-weaker", "true");
    let (code, printed, _) = evaluate(&project, &[place, allowed]);
    assert_eq!(code, 1, "{printed}");

    // An input is an argument, whatever it looks like.
    for hostile in ["$(touch owned)", "; touch owned", "--help", "`touch owned`"] {
        let (code, printed, _) = evaluate(&project, &[place, ("suites", hostile)]);
        assert_eq!(code, 2, "{hostile}: {printed}");
    }
    let (code, printed, _) = evaluate(&project, &[place, ("changed-since", "$(touch owned)")]);
    assert_eq!(code, 2, "{printed}");
    assert!(!project.path("my shop/owned").exists() && !project.path("owned").exists());
}

#[test]
fn a_run_that_is_to_be_signed_asks_for_the_key() {
    let project = Project::greeting(1);
    let (code, printed, _) = evaluate(&project, &[("sign", "true")]);
    assert_eq!(code, 2, "{printed}");
    assert!(
        printed.contains("PROMPTEVAL_SIGNING_KEY is not set"),
        "{printed}"
    );
}

/// Runs the action's installation from a folder of releases; the exit code and what was printed.
fn install(project: &Project, version: &str) -> (i32, String) {
    let mut command = shell(project, &step("Install prompteval"));
    command
        .env("VERSION", version)
        .env("REPOSITORY", "shop/tool");
    command.env(
        "SERVER",
        format!("file://{}", project.path("web").display()),
    );
    command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
    command.env("GITHUB_ACTION_PATH", project.path("the action"));
    let mut path = project.path("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    command.env("PATH", path);
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), printed)
}

/// An executable shell script.
fn script(project: &Project, path: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    project.file(path, &format!("#!/bin/sh\n{text}\n"));
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(project.path(path), executable).unwrap();
}

#[test]
fn the_action_installs_the_release_that_is_named_and_no_other() {
    let project = Project::greeting(1);
    let folder = "web/shop/tool/releases/download/v1.2.3";
    let archive = format!("{folder}/prompteval-1.2.3-x86_64-unknown-linux-gnu.tar.gz");
    script(&project, "packed/prompteval", "echo prompteval 1.2.3");
    fs::create_dir_all(project.path(folder)).unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-czf").arg(project.path(&archive));
    tar.arg("-C").arg(project.path("packed")).arg("prompteval");
    assert!(tar.status().unwrap().success());
    let sum = Sha256::digest(fs::read(project.path(&archive)).unwrap());
    let sum = format!("{sum:x}");
    // As sha256sum writes it on Windows, with a star.
    project.file(
        &format!("{archive}.sha256"),
        &format!("{sum} *some.tar.gz\n"),
    );
    for version in ["1.2.3", "v1.2.3"] {
        let (code, printed) = install(&project, version);
        assert_eq!((code, printed.as_str()), (0, "prompteval 1.2.3\n"));
    }

    fs::remove_dir_all(project.path("runner temp")).unwrap();
    let other = sum.replace(|_: char| true, "0");
    project.file(
        &format!("{archive}.sha256"),
        &format!("{other}  some.tar.gz\n"),
    );
    let (code, printed) = install(&project, "1.2.3");
    assert_eq!(code, 3, "{printed}");
    assert!(
        printed.contains("is not the file of its checksum"),
        "{printed}"
    );
    assert!(
        !project
            .path("runner temp/prompteval/bin/prompteval")
            .exists()
    );

    let (code, printed) = install(&project, "1.2.4");
    assert_eq!(code, 3, "{printed}");
    assert!(printed.contains("is there a release 1.2.4?"), "{printed}");
    for moving in [
        "latest",
        "main",
        "1.2.3/../1.2.4",
        "1;touch owned",
        "$(touch owned)",
    ] {
        let (code, printed) = install(&project, moving);
        assert_eq!(code, 2, "{moving}: {printed}");
        assert!(printed.starts_with("::error::version"), "{printed}");
    }
    assert!(!project.path("owned").exists());
}

#[test]
fn the_action_builds_its_own_commit_where_no_release_is_named() {
    let project = Project::greeting(1);
    let built = "runner temp/prompteval/bin/prompteval";
    let build = format!(
        "for a; do echo \"$a\"; done > arguments\nprintf '#!/bin/sh\\necho built\\n' > '{built}'\nchmod +x '{built}'"
    );
    script(&project, "bin/cargo", &build);
    let (code, printed) = install(&project, "");
    assert_eq!((code, printed.as_str()), (0, "built\n"));
    let arguments = project.read("arguments");
    assert!(arguments.contains("--locked\n"), "{arguments}");
    let source = format!("--path\n{}\n", project.path("the action").display());
    assert!(arguments.contains(&source), "{arguments}");
}
