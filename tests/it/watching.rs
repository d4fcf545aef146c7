//! `run --watch` reads what people write and not what it writes itself, and signals end a run at any moment.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::{self, Project};

const LONG: Duration = Duration::from_secs(20);

/// A running program whose diagnostics are read; killed where the test ends before it does.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(project: &Project, args: &[&str]) -> Self {
        let mut child = project.start(args);
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// What is said up to a text.
    fn until(&self, text: &str) -> Vec<String> {
        let mut said = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(LONG) {
            said.push(line);
            if said.last().is_some_and(|line| line.contains(text)) {
                return said;
            }
        }
        panic!("`{text}` never came, but {said:#?}");
    }

    fn signal(&self, signal: &str) {
        project::signal(&self.child, signal);
    }

    /// The exit code, which has to come soon.
    fn code(&mut self) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(5) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            sleep(Duration::from_millis(10));
        }
        panic!("it goes on");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only where it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn until(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < LONG, "it never came to that");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_a_watched_run_writes_starts_no_other() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(3).at(&fake);
    let args = [
        "run",
        "--watch",
        "--responses",
        "record",
        "--html",
        "report.html",
        "--markdown",
        "evals/report.md",
        "--json",
        "./report.json",
        "--junit",
        "datasets/junit.xml",
    ];
    let mut running = Running::start(&project, &args);
    running.until("watching for changes");
    // What nobody's prompt, suite or dataset is made of is no change.
    project.file("README.md", "Hello");
    sleep(Duration::from_millis(1_500));
    project.file("datasets/greet.jsonl", "{\"vars\": {\"name\": \"z\"}}\n");
    let said = running.until("watching for changes");
    let changed: Vec<&String> = said
        .iter()
        .filter(|line| line.contains("changed:"))
        .collect();
    assert_eq!(changed.len(), 1, "{said:#?}");
    assert!(
        changed[0].contains("1 file changed: datasets/greet.jsonl"),
        "{said:#?}"
    );
    let runs = fs::read_dir(project.path(".prompteval/runs")).unwrap();
    assert_eq!(runs.count(), 2);
    assert_eq!(fake.count(), 4);
    running.signal("-TERM");
    assert_eq!(running.code(), Some(143));
}

#[test]
fn a_signal_in_the_middle_of_a_watched_run_ends_the_watcher() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let script = Script::always(Reply::text("hello")).latency(Duration::from_millis(50));
        let fake = FakeProvider::start(script);
        let project = Project::greeting(200).at(&fake);
        let mut running = Running::start(&project, &["run", "--watch", "--concurrency", "2"]);
        until(|| fake.count() > 4);
        running.signal(signal);
        assert_eq!(running.code(), Some(code));
        let journal = project.read(&project.newest_journal());
        assert!(journal.lines().last().unwrap().contains("interrupted"));
    }
}

#[test]
fn a_second_signal_ends_at_once_whatever_is_going_on() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(600).at(&fake);
    // Nobody reads what it prints at its end, so that it never comes to it.
    let mut running = Running::start(&project, &["run", "--format", "json"]);
    until(|| {
        let runs = project.path(".prompteval/runs");
        runs.is_dir() && fs::read_dir(&runs).unwrap().count() == 1 && {
            // The folder is there before its journal.
            let journal = project.path(&project.newest_journal());
            let journal = fs::read_to_string(journal).unwrap_or_default();
            journal
                .lines()
                .last()
                .is_some_and(|line| line.contains("\"complete\""))
        }
    });
    sleep(Duration::from_millis(500));
    running.signal("-INT");
    sleep(Duration::from_millis(300));
    assert!(running.child.try_wait().unwrap().is_none());
    running.signal("-INT");
    assert_eq!(running.code(), Some(130));
}
