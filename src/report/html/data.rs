//! The cases as JSON within the page: no text in it can end the block it stands in.
//!
//! Three blocks: a line a case with all that is known of it, a line a text, and the rows of the list, which alone are read when the page
//! opens.

use std::io::{self, Write};

use serde::Serialize;

use super::case::{self, Texts};
use super::marks::Marks;
use crate::model::event::{ArmHeader, ArmRole};
use crate::model::record::EvaluatorInfo;
use crate::report::View;
use crate::report::candidate::{CandidateView, SuiteView};
use crate::report::visible::lines;

/// Cases that a page holds: more would make it slow to open.
const MOST_CASES: usize = 20_000;

/// Bytes of cases that a page holds.
const MOST_BYTES: usize = 64 << 20;

#[derive(Serialize)]
struct Suite<'a> {
    name: String,
    evaluators: Vec<Evaluator<'a>>,
    arms: Vec<Arm<'a>>,
}

#[derive(Serialize)]
struct Evaluator<'a> {
    name: String,
    #[serde(rename = "type")]
    type_name: &'a str,
    critical: bool,
    reported: bool,
}

#[derive(Serialize)]
struct Arm<'a> {
    version: String,
    model: String,
    status: &'static str,
    candidate: bool,
    /// Place of the arm that it is compared with.
    baseline: Option<usize>,
    verdict: &'a str,
}

/// Writes the blocks; returns how many passing cases did not fit.
pub(super) fn write(
    view: &View<'_>,
    suites: &[SuiteView<'_>],
    out: &mut dyn Write,
) -> io::Result<usize> {
    let mut page = Page {
        out,
        rows: Vec::new(),
        texts: Texts::default(),
        bytes: 0,
        left_out: 0,
    };
    page.out
        .write_all(b"<script type=\"application/json\" id=\"details\">\n")?;
    // What went wrong or changed comes first; the rest as long as there is room.
    for wanted in [true, false] {
        for (at, suite) in suites.iter().enumerate() {
            let marks: Vec<Marks> = suite.candidates.iter().map(Marks::of).collect();
            for place in 0..suite.table.cases.len() as u32 {
                let matters = marks.iter().zip(&suite.candidates).any(|(marks, one)| {
                    let case = one.arm.record.case(place);
                    case.is_some_and(|case| marks.matters(&case))
                });
                if matters == wanted {
                    page.add(view, (at, suite), &marks, place)?;
                }
            }
        }
    }
    page.finish(suites)
}

/// The blocks while they grow.
struct Page<'o> {
    out: &'o mut dyn Write,
    rows: Vec<String>,
    texts: Texts,
    bytes: usize,
    left_out: usize,
}

impl Page<'_> {
    fn add(
        &mut self,
        view: &View<'_>,
        (at, suite): (usize, &SuiteView<'_>),
        marks: &[Marks],
        place: u32,
    ) -> io::Result<()> {
        if self.rows.len() >= MOST_CASES || self.bytes + self.texts.bytes() >= MOST_BYTES {
            self.left_out += 1;
            return Ok(());
        }
        let (row, whole) = case::case(view, (at, suite), marks, place, &mut self.texts)?;
        let line = json(&whole)?;
        writeln!(self.out, "{line}")?;
        self.rows.push(json(&row)?);
        self.bytes += line.len();
        Ok(())
    }

    fn finish(self, suites: &[SuiteView<'_>]) -> io::Result<usize> {
        let out = self.out;
        out.write_all(b"</script>\n<script type=\"application/json\" id=\"texts\">\n")?;
        for text in self.texts.in_order() {
            writeln!(out, "{}", json(&text)?)?;
        }
        let heads: Vec<Suite<'_>> = suites.iter().map(head).collect();
        let heads = json(&heads)?;
        out.write_all(b"</script>\n<script type=\"application/json\" id=\"data\">")?;
        write!(
            out,
            "{{\"suites\":{heads},\"cases\":[\n{}",
            self.rows.join(",\n")
        )?;
        out.write_all(b"\n]}</script>\n")?;
        Ok(self.left_out)
    }
}

fn head<'a>(suite: &SuiteView<'a>) -> Suite<'a> {
    let evaluators = suite.table.evaluators.iter();
    let arms = suite.header.arms.iter().enumerate();
    Suite {
        name: lines(&suite.header.name),
        evaluators: evaluators.map(evaluator).collect(),
        arms: arms
            .map(|(place, header)| arm(suite, place, header))
            .collect(),
    }
}

fn evaluator(info: &EvaluatorInfo) -> Evaluator<'_> {
    Evaluator {
        name: lines(&info.name),
        type_name: &info.type_name,
        critical: info.critical,
        reported: info.reported_only,
    }
}

fn arm<'a>(suite: &SuiteView<'a>, place: usize, header: &'a ArmHeader) -> Arm<'a> {
    let mut candidates = suite.candidates.iter();
    let own = candidates.find(|one| one.verdict.arm as usize == place);
    Arm {
        version: lines(&header.version.version),
        model: lines(&header.model.to_string()),
        status: header.status.as_str(),
        candidate: header.role == ArmRole::Candidate,
        baseline: own.and_then(CandidateView::baseline_place),
        verdict: own.map_or("", |one| one.verdict.decision.as_str()),
    }
}

/// JSON in which nothing reads as markup.
fn json(value: &impl Serialize) -> io::Result<String> {
    let text = serde_json::to_string(value)?;
    // Within JSON these stand in strings only, where an escape means the same.
    Ok(text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029"))
}
