//! What people see: every command at 80 and 200 columns on a terminal of its own, and what a pipe gets.

use std::io::{ErrorKind, Read};

use pty_process::Size;
use pty_process::blocking::{Command as PtyCommand, open};
use unicode_width::UnicodeWidthStr;

use crate::project::Project;

/// Runs the binary on a terminal of so many columns, both standard streams on it, and returns what is on the screen at the end.
fn screen(project: &Project, columns: u16, args: &[&str]) -> String {
    settled(&transcript(project, columns, args))
}

/// Everything that is written to the terminal.
fn transcript(project: &Project, columns: u16, args: &[&str]) -> String {
    let (mut pty, pts) = open().unwrap();
    pty.resize(Size::new(40, columns)).unwrap();
    let plain = project.command(args);
    let mut command = PtyCommand::new(plain.get_program());
    command = command.args(plain.get_args()).env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command = command.env(name, value);
        }
    }
    command = command.current_dir(project.path("")).env("TERM", "xterm");
    let mut child = command.spawn(pts).unwrap();
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match pty.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => text.extend(buffer.iter().take(read)),
            // The other end is closed: the program has ended.
            Err(error) if error.raw_os_error() == Some(5) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error}"),
        }
    }
    let _ = child.wait().unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// A transcript without what was taken away again, and without colours.
fn settled(transcript: &str) -> String {
    let mut lines = Vec::new();
    for line in transcript.replace("\r\n", "\n").split('\n') {
        let kept = line.rsplit("\u{1b}[2K").next().unwrap_or_default();
        let kept = kept.rsplit('\r').next().unwrap_or_default();
        lines.push(anstream::adapter::strip_str(kept).to_string());
    }
    lines.join("\n")
}

#[test]
fn probe() {
    let project = Project::greeting(3);
    println!("{}", screen(&project, 80, &["list"]));
    println!("{}", screen(&project, 80, &["check"]));
}
