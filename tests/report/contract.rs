//! What every report owes its callers, whatever it shows.

use std::io::{self, Write};

use prompteval::model::TrialRecord;
use prompteval::model::record::{JournalOffset, Outputs};
use prompteval::report::terminal::{self, Style};
use prompteval::report::{REPORTERS, View};

use crate::scenarios;

/// A journal that cannot be read back.
struct Lost;

impl Outputs for Lost {
    fn trial(&self, _: JournalOffset) -> io::Result<TrialRecord> {
        Err(io::Error::other("the journal is gone"))
    }
}

/// A disk that is full.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every report of a view, on the same writer.
fn write_all(view: &View<'_>, out: &mut dyn Write) -> Vec<io::Result<()>> {
    let entries = REPORTERS.iter().map(|entry| (entry.write)(view, out));
    let mut results: Vec<_> = entries.collect();
    results.push(terminal::write(view, Style::default(), out));
    results
}

#[test]
fn entries_are_sorted_and_unique() {
    let names: Vec<&str> = REPORTERS.iter().map(|entry| entry.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
}

#[test]
fn an_output_that_cannot_be_read_back_is_an_error_and_never_left_out() {
    let (run, verdict) = scenarios::blocked();
    let record = run.record();
    let view = View {
        record: &record,
        verdict: &verdict,
        outputs: &Lost,
        lines: None,
        inputs: None,
        trends: &[],
        home: None,
    };
    for result in write_all(&view, &mut io::sink()) {
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains("the journal is gone")
        );
    }
}

#[test]
fn a_verdict_of_another_run_is_refused() {
    let (run, mut verdict) = scenarios::blocked();
    verdict.suites[0].candidates[0].arm = 7;
    run.view(&verdict, |view| {
        for result in write_all(view, &mut io::sink()) {
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    });
}

#[test]
fn a_full_disk_is_an_error() {
    let (run, verdict) = scenarios::blocked();
    run.view(&verdict, |view| {
        for result in write_all(view, &mut Full) {
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
    });
}
