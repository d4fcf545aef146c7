//! Projects to run, and the binary run in them with its time, processor time and memory taken.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::fake_provider::{FakeProvider, Kind};

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) peak_mb: f64,
}

/// Runs a command to its end, which has to be a good one.
pub(crate) fn take(command: &mut Command) -> Took {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let id = child.id();
    let peak = std::thread::spawn(move || peak_mb(id));
    let end = child.wait4().unwrap();
    let wall_s = started.elapsed().as_secs_f64();
    assert!(
        end.status.success(),
        "{command:?} ended with {:?}",
        end.status.code()
    );
    Took {
        wall_s,
        cpu_s: (end.rusage.utime + end.rusage.stime).as_secs_f64(),
        peak_mb: peak.join().unwrap(),
    }
}

/// Most memory that a process had, looked at until it is gone. What `wait4` tells begins with the memory of the process that
/// started it; without `/proc` nothing is known.
fn peak_mb(id: u32) -> f64 {
    let mut peak = f64::NAN;
    while let Ok(status) = std::fs::read_to_string(format!("/proc/{id}/status")) {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let Some(kilobytes) = line.and_then(|line| line.trim().strip_suffix("kB")) else {
            break;
        };
        peak = kilobytes.trim().parse::<f64>().unwrap() * 1024.0 / 1e6;
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

/// The binary.
pub(crate) fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_prompteval"))
}

/// `prompteval run` against the fake provider.
pub(crate) fn run(dir: &Path, fake: &FakeProvider, concurrency: usize) -> Took {
    take(
        binary()
            .args(["run", "--quiet", "--concurrency", &concurrency.to_string()])
            .current_dir(dir)
            .env("OPENAI_BASE_URL", fake.url(Kind::OpenAi))
            .env("OPENAI_API_KEY", "sk-bench"),
    )
}

/// A project whose dataset has these rows.
pub(crate) fn project(dir: &Path, evaluators: &str, rows: impl Iterator<Item = String>) {
    let write = |path: &str, text: &str| {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("prompteval.yaml", "version: 1\n");
    write(
        "prompts/greeter/1.0.0.yaml",
        "changelog: First.\nmodel: openai/gpt-6-luna\nuser: \"Greet {{ name }}.\"\n",
    );
    let suite =
        "prompt: greeter\ndataset: datasets/greet.jsonl\ngates: [{metric: pass_rate, min: 1.0}]\n";
    write(
        "evals/greet.yaml",
        &format!("{suite}evaluators: {evaluators}\n"),
    );
    write("datasets/greet.jsonl", "");
    let file = std::fs::File::create(dir.join("datasets/greet.jsonl")).unwrap();
    let mut file = std::io::BufWriter::new(file);
    for row in rows {
        std::io::Write::write_all(&mut file, format!("{row}\n").as_bytes()).unwrap();
    }
}

/// Rows that have to be asked.
pub(crate) fn open_rows(cases: usize) -> impl Iterator<Item = String> {
    (0..cases).map(|n| format!("{{\"vars\": {{\"name\": \"user {n}\"}}}}"))
}

/// Rows with an answer.
pub(crate) fn logged_rows(cases: usize) -> impl Iterator<Item = String> {
    (0..cases).map(|n| {
        format!(
            "{{\"id\": \"case-{n:07}\", \"vars\": {{\"name\": \"user {n}\"}}, \"output\": \"Hello user {n}, your order is on its way and should be with you by Friday.\"}}"
        )
    })
}
