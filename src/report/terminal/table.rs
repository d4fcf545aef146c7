//! The table of a candidate's numbers, its baseline's beside them.

use std::collections::BTreeSet;
use std::io;

use comfy_table::{CellAlignment, Table, presets};

use crate::model::number;
use crate::model::record::{ArmRecord, SuiteRecord};
use crate::model::{CaseMetric, Source};
use crate::report::candidate::{Arm, CandidateView};

use super::page::Page;
use super::span::{Ink, Span, plain};
use super::wrap::fit;

/// An arm's value as people read it; `None` where it has none.
type Reading<'a> = dyn Fn(&ArmRecord) -> Option<String> + 'a;

/// One row: a label and how an arm's value reads.
struct Row<'a> {
    label: String,
    value: Box<Reading<'a>>,
}

impl<'a> Row<'a> {
    fn new(label: &str, value: impl Fn(&ArmRecord) -> Option<String> + 'a) -> Self {
        Self {
            label: label.to_owned(),
            value: Box::new(value),
        }
    }

    fn rate(table: &'a SuiteRecord, metric: String) -> Self {
        Self::new(&metric.clone(), move |arm| {
            let rate = known(arm, &metric)?;
            Some(format!(
                "{rate}{}",
                share(&metric, table, arm).unwrap_or_default()
            ))
        })
    }
}

/// Writes the table.
pub(super) fn write(page: &mut Page<'_>, candidate: &CandidateView<'_>) -> io::Result<()> {
    let mut arms = vec![("candidate", candidate.arm)];
    arms.extend(candidate.baseline.map(|arm| ("baseline", arm)));
    let mut table = Table::new();
    // Neither the terminal nor the environment is asked: what is written depends on the input only.
    table.force_no_tty().load_style(presets::NOTHING);
    let mut heads = vec!["metric".to_owned()];
    heads.extend(arms.iter().map(|(role, arm)| head(role, *arm)));
    table.set_header(heads);
    let label_width = (page.style().width / 2).saturating_sub(4).max(16);
    let (rows, minor) = rows(candidate);
    for row in rows {
        let values: Vec<_> = arms
            .iter()
            .map(|(_, arm)| (row.value)(arm.record))
            .collect();
        if values.iter().any(Option::is_some) {
            let mut cells = vec![fit(&row.label, label_width)];
            cells.extend(values.into_iter().map(Option::unwrap_or_default));
            table.add_row(cells);
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    page.gap()?;
    for (place, line) in table.lines().enumerate() {
        let ink = if place == 0 { Ink::Dim } else { Ink::Plain };
        page.line(&plain(" "), &[Span::new(ink, line.trim_end())])?;
    }
    if minor > 0 {
        let evaluators = number::of(minor, "more evaluator");
        let note = format!("{evaluators} of single cases: passed in all of them");
        page.line(&Span::new(Ink::Dim, "  + "), &[Span::new(Ink::Dim, &note)])?;
    }
    footnote(page, candidate)
}

fn head(role: &str, arm: Arm<'_>) -> String {
    format!("{role} {}", arm.header.version.version)
}

/// The rows that a table can have (those without a value in any arm are not shown), and how many evaluators they leave out.
fn rows<'a>(candidate: &CandidateView<'a>) -> (Vec<Row<'a>>, usize) {
    let table = candidate.table;
    let mut rows = vec![Row::rate(table, "pass_rate".to_owned())];
    let mut seen = BTreeSet::new();
    let mut minor = 0;
    for info in &table.evaluators {
        for name in [Some(&info.name), info.metric.as_ref()]
            .into_iter()
            .flatten()
        {
            let metric = format!("{name}.pass_rate");
            if !seen.insert(name) {
                continue;
            }
            if is_minor(&metric, candidate) {
                minor += 1;
            } else {
                rows.push(Row::rate(table, metric));
            }
        }
    }
    rows.push(Row::new("latency p50 / p95", latency));
    rows.push(Row::new("tokens in / out", |arm| {
        let (input, output) = (known(arm, "tokens.input")?, known(arm, "tokens.output")?);
        Some(format!("{input} / {output}"))
    }));
    for metric in ["cost_usd", "errors"] {
        rows.push(Row::new(metric, move |arm| known(arm, metric)));
    }
    // Most suites have neither judges nor refusals.
    for metric in ["judge.cost_usd", "refusal_rate"] {
        rows.push(Row::new(metric, move |arm| {
            let is_nothing = arm.metrics.get(metric)?.value() == Some(0.0);
            known(arm, metric).filter(|_| !is_nothing)
        }));
    }
    (rows, minor)
}

/// Whether an evaluator judges less than half of the cases and passes all of them: a table of those hides what matters.
fn is_minor(metric: &str, candidate: &CandidateView<'_>) -> bool {
    let values = |arm: &ArmRecord| values(metric, candidate.table, arm);
    let passes = |arm: &Arm<'_>| {
        let is_whole = arm.record.cases().all(|case| !case.error);
        is_whole && values(arm.record).iter().all(|value| *value >= 1.0)
    };
    let judged = values(candidate.arm.record).len();
    let is_rare = judged > 0 && judged * 2 < candidate.arm.record.case_count();
    is_rare && passes(&candidate.arm) && candidate.baseline.iter().all(passes)
}

/// What each case has of a metric; a case that passed two of three repeats has two thirds.
fn values(metric: &str, table: &SuiteRecord, arm: &ArmRecord) -> Vec<f64> {
    let Some(metric) = CaseMetric::parse(metric) else {
        return Vec::new();
    };
    let cases = arm.cases();
    cases
        .filter_map(|case| metric.of(table, arm, &case))
        .collect()
}

/// The counts behind a rate; only the cases, where they have different numbers of results: then no count is the rate.
fn share(metric: &str, table: &SuiteRecord, arm: &ArmRecord) -> Option<String> {
    let tally = CaseMetric::parse(metric)?.tally(table, arm, arm.cases());
    let count = |n: u64| number::count(n as f64);
    match (tally.cases, tally.each) {
        (0, _) => None,
        (_, Some(_)) => Some(format!(
            " ({}/{})",
            count(tally.passed),
            count(tally.results)
        )),
        (cases, None) => Some(format!(" ({})", number::of(cases as usize, "case"))),
    }
}

/// A metric as people read it; `None` where the arm does not have it at all, or evidence does not hold it of each trial.
fn known(arm: &ArmRecord, name: &str) -> Option<String> {
    let measured = arm.metrics.get(name)?;
    let mut sources = arm.trials.iter().map(|trial| trial.source);
    let mut is_stored = || sources.next().flatten() == Some(Source::Stored);
    Some(match measured.value() {
        Some(value) => number::metric(name, value),
        None if is_stored() => return None,
        None => "unknown".to_owned(),
    })
}

fn latency(arm: &ArmRecord) -> Option<String> {
    let (median, tail) = (known(arm, "latency_ms.p50")?, known(arm, "latency_ms.p95")?);
    let mark = match recorded_latencies(arm) {
        (0, _) => "",
        _ => " *",
    };
    Some(format!("{median} / {tail}{mark}"))
}

/// How many answers whose latency is known were not live, and how many there are of whatever source.
fn recorded_latencies(arm: &ArmRecord) -> (usize, usize) {
    let timed = || arm.trials.iter().filter(|trial| trial.latency_ms.is_some());
    let sources = timed().filter_map(|trial| trial.source);
    let recorded = sources.filter(|source| *source != Source::Live);
    (recorded.count(), timed().count())
}

fn footnote(page: &mut Page<'_>, candidate: &CandidateView<'_>) -> io::Result<()> {
    let arms = [Some(candidate.arm), candidate.baseline];
    let counts = arms.iter().flatten();
    let counts = counts.map(|arm| recorded_latencies(arm.record));
    let (recorded, all) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if recorded == 0 {
        return Ok(());
    }
    let note =
        format!("{recorded} of {all} latencies are as recorded: these answers were not live");
    page.line(&Span::new(Ink::Dim, "  * "), &[Span::new(Ink::Dim, &note)])
}
