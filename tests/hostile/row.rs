//! One row of the table: an input, the limits it has to end within, and what is said of it.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

use crate::project::Project;

/// Address space a process may take, in KiB: the test fails long before the machine does.
const ADDRESS_SPACE_KIB: u64 = 6 << 20;

/// Wall-clock time in seconds after which a process is killed and its row has failed.
const KILLED_AFTER: u64 = 60;

/// Most bytes of output that a person can be asked to read.
const MOST_OUTPUT: u64 = 64 << 10;

/// A hostile input and what has to become of it.
pub(crate) struct Row {
    /// What is hostile about it.
    pub(crate) input: &'static str,
    /// Makes the project it stands in.
    pub(crate) project: fn() -> Project,
    /// Arguments of the binary.
    pub(crate) args: &'static [&'static str],
    /// Exit code.
    pub(crate) exit: i32,
    /// Texts that the output has to hold.
    pub(crate) says: &'static [&'static str],
    /// Most seconds it may take.
    pub(crate) seconds: u64,
    /// Most memory it may take, in MiB.
    pub(crate) mebibytes: u64,
}

/// The limits that hold for every row without its own.
pub(crate) const LIMITS: Row = Row {
    input: "",
    project: Project::empty,
    args: &["run"],
    exit: 2,
    says: &[],
    seconds: 10,
    mebibytes: 1024,
};

/// Runs every row, prints the table and fails with all that went wrong.
pub(crate) fn hold(rows: &[Row]) {
    let wrong: Vec<String> = rows.iter().flat_map(Row::mistakes).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Row {
    fn mistakes(&self) -> Vec<String> {
        let project = (self.project)();
        let out = project.path("hostile.out");
        let file = File::create(&out).unwrap();
        let mut command = self.limited(&project);
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let start = Instant::now();
        let end = command.spawn().unwrap().wait4().unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let mebibytes = end.rusage.maxrss >> 20;
        let code = end.status.code().unwrap_or(-1);
        let length = fs::metadata(&out).unwrap().len();
        let said = String::from_utf8_lossy(&fs::read(&out).unwrap()).into_owned();
        println!(
            "{:<60} exit {code}  {seconds:5.2} s  {mebibytes:5} MiB  {length:6} bytes said",
            self.input
        );
        let mut wrong = Vec::new();
        let mut expect = |holds: bool, what: String| {
            if !holds {
                wrong.push(format!("{}: {what}", self.input));
            }
        };
        let shown: String = said.chars().take(2000).collect();
        expect(code == self.exit, format!("exit {code}\n{shown}"));
        expect(seconds <= self.seconds as f64, format!("{seconds:.1} s"));
        expect(mebibytes <= self.mebibytes, format!("{mebibytes} MiB"));
        expect(length <= MOST_OUTPUT, format!("{length} bytes of output"));
        for text in self.says {
            expect(
                said.contains(text),
                format!("does not say `{text}`\n{shown}"),
            );
        }
        wrong
    }

    /// The binary under the shell's limit of memory and a limit of time.
    fn limited(&self, project: &Project) -> Command {
        let binary = project.command(&[]);
        let mut command = Command::new("sh");
        let limits = format!(
            "ulimit -v {ADDRESS_SPACE_KIB}; exec timeout --signal=KILL {KILLED_AFTER} \"$@\""
        );
        command
            .args(["-c", &limits, "sh"])
            .arg(binary.get_program());
        command.args(self.args).env_clear().stdin(Stdio::null());
        command.current_dir(project.path(""));
        for (name, value) in binary.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command
    }
}
