//! JUnit XML that agrees with the exit code: a `failure` is what blocks, an `error` what could not be decided.
//!
//! One flat testsuite a candidate, one testcase a case and evaluator, one a gate. The `junit-report` crate writes the
//! elements; `build` hands it clean text only, since it escapes neither control characters nor `]]>`, and `finish` adds
//! the totals and properties that it leaves out. The result is valid against Jenkins' junit-10.xsd.

mod build;
mod case;
mod element;
mod finish;
mod testcase;

use std::io::{self, Write};

use junit_report::{Report, TestSuite};

use crate::model::verdict::Decision;

use super::faults::{self, Causes};
use super::{ReporterEntry, View};
use element::{is_red, suite_of};
use finish::Extras;
use testcase::{Names, Text};

/// The entry of the JUnit report.
pub static JUNIT: ReporterEntry = ReporterEntry {
    name: "junit",
    summary: "JUnit XML: a testcase a case and evaluator, and one a gate, for CI systems",
    extension: "xml",
    write,
};

/// The testsuite of the run as a whole, where it has something to say.
const RUN: &str = "run";

fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new();
    let mut extras = Vec::new();
    let mut labels = Names::default();
    labels.unique(RUN);
    for suite in view.suites()? {
        for candidate in &suite.candidates {
            let (testsuite, extra) = build::testsuite(view, candidate, &mut labels)?;
            report.add_testsuite(testsuite);
            extras.push(extra);
        }
    }
    if let Some((testsuite, extra)) = whole_run(view, &report) {
        report.add_testsuite(testsuite);
        extras.push(extra);
    }
    let mut raw = Vec::new();
    report.write_xml(&mut raw).map_err(io::Error::other)?;
    finish::finish(&raw, &report, &extras, out)
}

/// What keeps the run as a whole from being decided belongs to no candidate, and would otherwise leave the file green.
fn whole_run(view: &View<'_>, report: &Report) -> Option<(TestSuite, Extras)> {
    let decision = view.verdict.decision;
    let undecided = matches!(decision, Decision::Error | Decision::Interrupted);
    let run = &view.record.header.run;
    let untested = !run.untested.is_empty();
    let blocked = (untested || run.gate_changes_block) && decision == Decision::Fail;
    let problem = view
        .verdict
        .problem
        .as_deref()
        .filter(|_| undecided || blocked);
    let suites = report.testsuites();
    let is_red = || suites.iter().flat_map(|s| &s.testcases).any(is_red);
    if problem.is_none() && (decision == Decision::Pass || is_red()) {
        return None;
    }
    let text = Text::new(problem.unwrap_or("nothing was decided"));
    let testcase = if blocked {
        let kind = if untested { "untested" } else { "weaker-gate" };
        text.failure("(run)", kind, RUN)
    } else {
        let text = text.because(&Causes::of(view.record.arms(), faults::MOST));
        text.error("(run)", decision.as_str(), RUN)
    };
    let extra = Extras {
        skipped: 0,
        properties: vec![("run".to_owned(), run.id.clone())],
    };
    Some((suite_of(view, RUN.to_owned(), vec![testcase]), extra))
}
