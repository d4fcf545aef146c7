//! `view` and trends: reports of kept runs over HTTP, to this machine and under the server's own name alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

use serde_json::Value;

use crate::fake_provider::FakeProvider;
use crate::project::{self, Outcome, Project};

/// A server over a project with two complete runs, the second of which fails a case.
struct Server {
    project: Project,
    child: Child,
    host: String,
}

fn two_runs() -> Project {
    let mut project = Project::greeting(4);
    for text in ["hello", "good day"] {
        let fake = FakeProvider::saying(text);
        project = project.at(&fake);
        let outcome = project.run(&["run", "--responses", "live"]);
        assert_eq!(
            outcome.code,
            i32::from(text != "hello"),
            "{}",
            outcome.stderr
        );
    }
    project
}

impl Server {
    fn start() -> Self {
        let project = two_runs();
        let mut child = project.start(&["view", "--no-open"]);
        let mut address = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut address).unwrap();
        child.stdout = Some(out.into_inner());
        let host = address.trim().trim_start_matches("http://");
        let host = host.trim_end_matches('/').to_owned();
        assert!(host.starts_with("127.0.0.1:"), "{address}");
        Self {
            project,
            child,
            host,
        }
    }

    /// Status and body of a request.
    fn ask(&self, method: &str, path: &str, host: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", path, &self.host)
    }

    fn runs(&self) -> Vec<String> {
        let dir = self.project.path(".prompteval/runs");
        let entries = std::fs::read_dir(dir).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut runs: Vec<String> = names.collect();
        runs.sort();
        runs
    }
}

#[cfg(unix)]
#[test]
fn kept_runs_are_served_to_their_own_name_alone_until_ctrl_c() {
    let server = Server::start();
    let [old, new] = <[String; 2]>::try_from(server.runs()).unwrap();
    let (status, overview) = server.get("/");
    assert_eq!(status, 200);
    for text in [
        &format!("/runs/{old}"),
        &format!("/diff?old={old}&amp;new={new}"),
        "pass rate over 2 measurements",
        "<span class=\"pill fail\">fail</span>",
    ] {
        assert!(overview.contains(text), "{text} is missing");
    }
    let (status, report) = server.get(&format!("/runs/{new}"));
    assert_eq!(status, 200);
    assert!(
        report.contains("BLOCKED") && report.contains("Greet user 0."),
        "no message sent"
    );
    assert!(
        report.contains("content-security-policy") || report.contains("Content-Security-Policy")
    );
    let (status, diff) = server.get(&format!("/diff?old={old}&new={new}"));
    assert_eq!(status, 200);
    assert!(diff.contains("Newly broken: 4 cases"), "{diff}");
    let (status, _) = server.ask("GET", "/", &server.host.replace("127.0.0.1", "localhost"));
    assert_eq!(status, 200);
    for host in ["evil.example", "127.0.0.1", "evil.example:80"] {
        assert_eq!(server.ask("GET", "/", host).0, 403, "{host}");
    }
    for path in [
        "/prompteval.yaml",
        "/runs/..%2f..%2fprompteval.yaml",
        "/runs/2026",
        "/../prompteval.yaml",
    ] {
        assert_eq!(server.get(path).0, 404, "{path}");
    }
    assert_eq!(server.ask("POST", "/", &server.host).0, 405);
    project::signal(&server.child, "-INT");
    let outcome = Outcome::of(&server.child.wait_with_output().unwrap());
    let _ = outcome.exits(0);
}

#[test]
fn show_tells_how_a_suite_fared_over_runs() {
    let project = two_runs();
    let _ = project.run(&["show", "greet"]).exits(0).says(&[
        "greet over 2 measurements",
        "pass rate   █▁  0.0 %, 0.0 % to ",
        "(over time 0.0 % to 100.0 %)",
    ]);
    let shown = project.run(&["show", "greet", "--format", "json"]).exits(0);
    let trend: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(trend["points"][0]["passed"], 4);
    assert_eq!(trend["points"][1]["passed"], 0);
    assert_eq!(trend["points"][1]["decided"], 4);
    let _ = project
        .run(&["show", "greeter"])
        .exits(0)
        .says(&["greet over 2 measurements"]);
    let _ = project.run(&["show", "greed"]).exits(2);
}

#[test]
fn a_run_that_is_not_kept_is_not_served() {
    let project = two_runs();
    let _ = project
        .run(&["view", "nothing", "--no-open"])
        .exits(2)
        .says(&["there is no run `nothing`"]);
}
