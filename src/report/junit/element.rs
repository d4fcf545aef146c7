//! Elements of the `junit-report` crate: testsuites of the run, its times, and what readers turn red on.

use junit_report::{Duration, OffsetDateTime, TestCase, TestSuite};

use crate::report::View;

/// The machine is no part of what was measured, and would be the one thing that differs between two equal runs.
const HOSTNAME: &str = "prompteval";

/// Whether readers turn red on it.
pub(super) fn is_red(testcase: &TestCase) -> bool {
    testcase.is_failure() || testcase.is_error()
}

/// A testsuite of the run.
pub(super) fn suite_of(view: &View<'_>, name: String, testcases: Vec<TestCase>) -> TestSuite {
    TestSuite {
        package: name.clone(),
        name,
        timestamp: started(&view.record.header.run.started_at),
        hostname: HOSTNAME.to_owned(),
        testcases,
        system_out: None,
        system_err: None,
    }
}

/// The run's start; the epoch where a journal holds no date that RFC 3339 could print, since the crate panics on those.
fn started(rfc3339: &str) -> OffsetDateTime {
    let printable = 0..=253_402_300_799;
    rfc3339
        .parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_second)
        .filter(|seconds| printable.contains(seconds))
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Whole milliseconds, within what sums of them can hold.
pub(super) fn duration(ms: f64) -> Duration {
    Duration::milliseconds(ms.clamp(0.0, 1e12).round() as i64)
}
