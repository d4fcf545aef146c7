//! What a child process prints, read up to a length: beyond that it is ended.

use std::io::{self, Read, Write};
use std::process::{Command, Output, Stdio};

use crate::fsx;

/// Longest complaint of a process that is kept.
const LONGEST_COMPLAINT: u64 = 64 << 10;

/// Runs a command with a short input, and reads what it prints.
///
/// # Errors
/// When it cannot be run, or prints more than `longest` bytes.
pub(super) fn output(command: &mut Command, input: &[u8], longest: u64) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    // One short line at most, which no pipe blocks on; who does not read it says so otherwise.
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input);
    }
    let (printed, complaint) = std::thread::scope(|scope| {
        let complaint = scope.spawn(|| stderr.map_or_else(Vec::new, complaint));
        let printed = match stdout {
            Some(stdout) => fsx::read_stream(stdout, longest),
            None => Ok(Vec::new()),
        };
        if printed.is_err() {
            // It would wait for a reader without end.
            let _ = child.kill();
        }
        (printed, complaint.join().unwrap_or_default())
    });
    let status = child.wait()?;
    Ok(Output {
        status,
        stdout: printed?,
        stderr: complaint,
    })
}

/// The beginning of what a process complains about; the rest is read, too, so that it can go on.
fn complaint(mut from: impl Read) -> Vec<u8> {
    let mut text = Vec::new();
    let _ = from.by_ref().take(LONGEST_COMPLAINT).read_to_end(&mut text);
    let _ = io::copy(&mut from, &mut io::sink());
    text
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_is_printed_without_end_is_refused_and_the_process_ended() {
        let error = output(&mut shell("yes"), b"", 1 << 20).unwrap_err();
        assert!(error.to_string().contains("1 MiB"), "{error}");
    }

    #[test]
    fn as_much_as_may_be_printed_is_read_whole() {
        let read = output(&mut shell("head -c 1048576 /dev/zero"), b"", 1 << 20).unwrap();
        assert_eq!(read.stdout.len(), 1 << 20);
        assert!(output(&mut shell("head -c 1048577 /dev/zero"), b"", 1 << 20).is_err());
    }

    #[test]
    fn complaints_of_any_length_hold_up_nothing() {
        let script = "head -c 1000000 /dev/zero >&2; cat";
        let read = output(&mut shell(script), b"line\n", 1 << 20).unwrap();
        assert_eq!(read.stdout, b"line\n");
        assert_eq!(read.stderr.len() as u64, LONGEST_COMPLAINT);
    }
}
