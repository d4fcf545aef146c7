//! The action and the workflows: what may not stand in them, and the action's own script run as the runner runs it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

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
}

/// A step of the action by its name.
fn step(name: &str) -> Value {
    let action = yaml(&fs::read_to_string(root().join("action.yml")).unwrap());
    let steps = action["runs"]["steps"].as_array().unwrap().clone();
    steps.into_iter().find(|step| step["name"] == name).unwrap()
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
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c"]);
    command.arg(step["run"].as_str().unwrap());
    command.current_dir(project.path("")).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", project.path(""));
    command.env("RUNNER_TEMP", project.path("runner temp"));
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

    // An input is an argument, whatever it looks like.
    for hostile in ["$(touch owned)", "; touch owned", "--help", "`touch owned`"] {
        let (code, printed, _) = evaluate(&project, &[place, ("suites", hostile)]);
        assert_eq!(code, 2, "{hostile}: {printed}");
    }
    let (code, printed, _) = evaluate(&project, &[place, ("changed-since", "$(touch owned)")]);
    assert_eq!(code, 2, "{printed}");
    assert!(!project.path("my shop/owned").exists() && !project.path("owned").exists());
}
