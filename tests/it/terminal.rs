//! What people see: the binary on a terminal of its own at 80 and 200 columns, and what a pipe gets in its place. Screens are held
//! against the committed ones in `tests/fixtures/screens`; `INSTA_UPDATE=always` writes them anew.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command as PtyCommand, Pty, open};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

/// Clears the line that it stands in.
const CLEAR: &str = "\u{1b}[2K";

/// What the bar is drawn with.
const BAR: [char; 2] = ['█', '░'];

/// The binary on a terminal.
struct Terminal {
    pty: Pty,
    child: std::process::Child,
    text: Vec<u8>,
}

impl Terminal {
    fn start(project: &Project, columns: u16, args: &[&str]) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(40, columns)).unwrap();
        let plain = project.command(args);
        let mut command = PtyCommand::new(plain.get_program());
        command = command.args(plain.get_args()).env_clear();
        for (name, value) in plain.get_envs() {
            command = command.env(name, value.unwrap_or_default());
        }
        command = command.env("TERM", "xterm");
        let child = command.current_dir(project.path("")).spawn(pts).unwrap();
        let text = Vec::new();
        Self { pty, child, text }
    }

    /// Reads until the text is there.
    fn until(&mut self, text: &str) -> &mut Self {
        let began = Instant::now();
        while !String::from_utf8_lossy(&self.text).contains(text) {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{text} never came"
            );
            assert!(self.read(), "{text} never came");
        }
        self
    }

    /// Whether there is more to read.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.pty.read(&mut buffer) {
            Ok(0) => false,
            Ok(read) => {
                self.text.extend(buffer.iter().take(read));
                true
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            // The other end is closed, as the program has ended.
            Err(_) => false,
        }
    }

    /// Everything that was written, and the exit code.
    fn end(mut self) -> (String, i32) {
        while self.read() {}
        let code = self.child.wait().unwrap().code();
        (
            String::from_utf8_lossy(&self.text).into_owned(),
            code.unwrap_or(-1),
        )
    }
}

/// What stands on the screen at the end, without colours.
fn screen(project: &Project, columns: u16, args: &[&str]) -> String {
    settled(&Terminal::start(project, columns, args).end().0)
}

/// A transcript without the lines that were taken away again, and without colours.
fn settled(transcript: &str) -> String {
    let mut lines = Vec::new();
    for line in transcript.replace("\r\n", "\n").split('\n') {
        let kept = line.rsplit(CLEAR).next().unwrap_or_default();
        let kept = kept.rsplit('\r').next().unwrap_or_default();
        lines.push(anstream::adapter::strip_str(kept).to_string());
    }
    lines.join("\n")
}

/// Bars as they were drawn, one after the other.
fn bars(transcript: &str) -> Vec<String> {
    let pieces = transcript
        .split(['\r', '\n'])
        .flat_map(|line| line.split(CLEAR));
    let pieces = pieces.map(|piece| anstream::adapter::strip_str(piece).to_string());
    pieces.filter(|piece| piece.contains(BAR)).collect()
}

/// A project with a family of a long name, three versions, and their history.
fn shop() -> Project {
    let project = Project::empty();
    let family = "customer-support-for-enterprise";
    for (number, why) in [
        ("1.0.0", "first version"),
        (
            "1.1.0",
            "Knows the account status and the policies that all our shops share, and keeps to 150 words",
        ),
        (
            "1.2.0",
            "Never promises a refund: 1.1.0 once told an angry customer that we will issue one today\u{1b}[31m",
        ),
    ] {
        let text = format!(
            "changelog: {}\nmodel: anthropic/claude-haiku-5-5\nparams: {{max_tokens: 60}}\nuser: \"Answer: {{{{ query }}}}\"\n",
            Value::from(why)
        );
        project.file(&format!("prompts/{family}/{number}.yaml"), &text);
    }
    project.entries(
        family,
        &[
            ("1.0.0", "deprecated"),
            ("1.1.0", "production"),
            ("1.2.0", "testing"),
        ],
    );
    let rows = (0..60).map(|n| format!("{{\"id\": \"q-{n}\", \"vars\": {{\"query\": \"Where is order {n}?\", \"unused\": 1}}}}\n"));
    project.file("datasets/support.jsonl", &rows.collect::<String>());
    project.file(
        "evals/support.yaml",
        &format!("prompt: {family}\ndataset: datasets/support.jsonl\nevaluators:\n  - {{type: icontains, name: kind, value: hello}}\ngates:\n  - {{metric: pass_rate, target: 0.95, floor: 0.8}}\n  - {{metric: pass_rate, baseline: true, margin: 0.1}}\n"),
    );
    project
}

fn hold(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../fixtures/screens",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

const COMMANDS: [(&str, &[&str]); 6] = [
    ("list", &["list"]),
    ("show", &["show", "customer-support-for-enterprise"]),
    (
        "show-version",
        &["show", "customer-support-for-enterprise@1.2.0"],
    ),
    ("log", &["log", "customer-support-for-enterprise"]),
    ("check", &["check"]),
    ("plan", &["plan"]),
];

#[test]
fn commands_stand_on_a_screen_as_committed() {
    let project = shop();
    for (name, args) in COMMANDS {
        for columns in [80, 200] {
            hold(
                &format!("cli-{name}-{columns}"),
                &screen(&project, columns, args),
            );
        }
        hold(
            &format!("cli-{name}-piped"),
            &project.run(args).exits(0).stdout,
        );
    }
}

#[test]
fn lines_fit_the_terminal_and_no_word_is_broken() {
    let project = shop();
    for (name, args) in COMMANDS {
        let wide = screen(&project, 240, args);
        let words: BTreeSet<&str> = wide.split_whitespace().collect();
        for columns in [80, 200] {
            let text = screen(&project, columns, args);
            // What is shown of a file keeps its lines.
            let own = text.lines().filter(|line| !line.contains(" | "));
            let own = own.take_while(|line| !line.starts_with("changelog:"));
            for line in own {
                assert!(
                    line.width() <= usize::from(columns),
                    "{name} at {columns}: {line}"
                );
                let broken = line.split_whitespace().find(|word| {
                    let word = word.trim_end_matches('…');
                    !words.contains(word) && !word.is_empty()
                });
                assert!(
                    broken.is_none() || line.ends_with('…'),
                    "{name} at {columns}: {broken:?} in {line}"
                );
            }
        }
    }
}

#[test]
fn another_program_gets_a_version_a_line_and_no_decoration() {
    let project = shop();
    let outcome = project.run(&["list"]).exits(0);
    let rows: Vec<Vec<&str>> = outcome
        .stdout
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), 3, "{}", outcome.stdout);
    assert!(rows.iter().all(|row| row.len() == 7), "{}", outcome.stdout);
    assert!(
        rows[0][6].ends_with("issue one today\\u{1b}[31m"),
        "{}",
        rows[0][6]
    );
    let moves = project
        .run(&["log", "customer-support-for-enterprise"])
        .exits(0);
    assert_eq!(moves.stdout.lines().count(), 1, "{}", moves.stdout);
}

#[test]
fn a_green_run_shows_answers_and_names_every_file_it_wrote() {
    let fake = FakeProvider::saying("Hello, it comes tomorrow.");
    let project = shop().at(&fake);
    let args = [
        "run",
        "--html",
        "page.html",
        "--json",
        "report.json",
        "--no-escalate",
    ];
    let text = screen(&project, 80, &args);
    for part in [
        "testing customer-support-for-enterprise@1.2.0",
        "  Answers: the first 3 of 60",
        "  ✓ q-0\n    · query: Where is order 0?\n    │ Hello, it comes tomorrow.",
        "wrote report.json\nwrote page.html",
        "See `prompteval show 2",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(
        !text.contains("· unused"),
        "the template takes no such variable:\n{text}"
    );
    assert!(text.lines().all(|line| line.width() <= 80), "{text}");
    let quiet = project
        .run(&["report", "--quiet", "--json", "again.json"])
        .exits(0);
    assert!(
        !quiet.stdout.contains("Answers") && quiet.stderr.is_empty(),
        "{quiet:#?}"
    );
}

#[test]
fn one_case_is_shown_with_what_was_sent_every_score_and_the_baseline() {
    let script = Script::answering(|seen| {
        let is_order_7 = seen.prompt.contains("order 7?");
        Reply::text(if is_order_7 { "Go away." } else { "Hello." })
    });
    let fake = FakeProvider::start(script);
    let project = shop().at(&fake);
    let _ = project.run(&["run", "--no-escalate"]);
    let shown = project.run(&["show", "last", "--case", "q-7"]).exits(0);
    let _ = shown.says(&[
        "Case q-7",
        "· query: Where is order 7?",
        "Sent user message",
        "| Answer: Where is order 7?",
        "Baseline FAILED · score 0 · ",
        "Answer FAILED · score 0 · ",
        "| Go away.",
        "✗ kind (icontains) 0: the output does not contain \"hello\"",
    ]);
    let json = project
        .run(&["show", "last", "--case", "q-7", "--format", "json"])
        .exits(0);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let one = &json["candidates"][0];
    assert_eq!(one["messages"][0]["content"], "Answer: Where is order 7?");
    assert_eq!(one["trials"][0]["output"], "Go away.");
    assert_eq!(one["baseline_trials"][0]["scores"][0]["passed"], false);
    let unknown = project.run(&["show", "last", "--case", "q-77x"]).exits(4);
    let _ = unknown.says(&["run last has no case `q-77x`", "help: "]);
    let bare = project.run(&["show", "last"]).exits(2);
    let _ = bare.says(&["`last` is a run", "`prompteval show last --case ID`"]);

    // What was sent is only told as long as it is known.
    let path = "datasets/support.jsonl";
    project.file(path, &project.read(path).replace("order 7?", "parcel 7?"));
    let shown = project.run(&["show", "last", "--case", "q-7"]).exits(0);
    let _ = shown.says(&["Sent not known any more", "| Go away."]);
}

/// A run of 60 cases that takes a while, on a terminal of so many columns.
fn slow(columns: u16) -> (Terminal, Project, FakeProvider) {
    let script = Script::always(Reply::text("Hello.")).latency(Duration::from_millis(80));
    let fake = FakeProvider::start(script);
    let project = shop().at(&fake);
    let args = ["run", "--no-escalate", "--concurrency", "2"];
    (Terminal::start(&project, columns, &args), project, fake)
}

#[test]
fn the_bar_fits_its_terminal_also_when_that_gets_narrower_and_leaves_nothing() {
    let (mut terminal, _project, _fake) = slow(120);
    let _ = terminal.until(" 6/120");
    let before = terminal.text.len();
    terminal.pty.resize(Size::new(40, 60)).unwrap();
    let (text, code) = terminal.end();
    assert_eq!(code, 0, "{text}");
    let (wide, narrow) = text.split_at(text.floor_char_boundary(before));
    assert!(bars(wide).iter().any(|bar| bar.contains("/s")), "{wide}");
    // What was drawn while the size changed may be as wide as before.
    let last = bars(narrow).into_iter().skip(4);
    let last: Vec<String> = last.collect();
    assert!(last.len() > 3, "{narrow}");
    assert!(
        last.iter().all(|bar| bar.trim_end().width() < 60),
        "{last:#?}"
    );
    assert!(last.iter().all(|bar| bar.contains("failed")), "{last:#?}");
    assert!(!settled(&text).contains(BAR), "{text}");
}

#[test]
fn ctrl_c_leaves_a_clean_line() {
    for presses in [1, 2] {
        let (mut terminal, _project, _fake) = slow(80);
        let _ = terminal.until(" 6/120");
        for _ in 0..presses {
            terminal.pty.write_all(b"\x03").unwrap();
            sleep(Duration::from_millis(1));
        }
        let (text, code) = terminal.end();
        assert_eq!(code, 130, "{text}");
        // A terminal with rows, since what it echoes by itself may stand in another one than the bar.
        let mut rows = vt100::Parser::new(200, 80, 0);
        rows.process(text.as_bytes());
        let screen = rows.screen().contents();
        assert!(
            !screen.contains(BAR) && !screen.contains("^C"),
            "{screen}\n{text:?}"
        );
        if presses == 1 {
            assert!(screen.contains("\nINTERRUPTED "), "{screen}");
        }
    }
}

#[test]
fn the_short_help_of_run_is_one_screen_and_the_long_one_has_headings() {
    let project = Project::empty();
    let short = screen(&project, 80, &["run", "-h"]);
    let lines = short.trim_end().lines().count();
    assert!((20..=30).contains(&lines), "{lines} lines:\n{short}");
    assert!(short.lines().all(|line| line.width() <= 80), "{short}");
    let long = project.run(&["run", "--help"]).exits(0).stdout;
    for heading in ["Selection:", "Responses:", "Limits:", "Gates:", "Reports:"] {
        assert!(
            long.contains(&format!("\n{heading}\n")),
            "{heading} is not in {long}"
        );
    }
    for flag in [
        "--candidate",
        "--responses",
        "--max-cost",
        "--json",
        "--resume",
    ] {
        assert!(short.contains(flag), "{flag} is not in {short}");
    }
}
