//! The cases as JSON within the page: no text in it can end the block it stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use crate::model::TrialRecord;
use crate::model::record::{CaseOutcome, State};
use crate::model::trial::ScoreStatus;
use crate::report::View;
use crate::report::candidate::{CandidateView, SuiteView};
use crate::report::failing;
use crate::report::fold::Details;
use crate::report::visible::{lines, start_of};

/// Cases that a page holds: more would make it slow to open.
const MOST_CASES: usize = 20_000;

/// Characters of an answer.
const ANSWER: usize = 8_000;

/// Characters of a reason.
const REASON: usize = 2_000;

#[derive(Serialize)]
struct Candidate<'a> {
    label: String,
    version: &'a str,
    baseline: Option<&'a str>,
}

#[derive(Serialize)]
struct Case<'a> {
    candidate: usize,
    place: u32,
    id: &'a str,
    tags: &'a [String],
    state: char,
    change: &'static str,
    flaky: bool,
    trials: u32,
    passes: u32,
    said: Vec<(String, String)>,
    output: Option<String>,
    before: Option<String>,
}

/// Writes the block; returns how many passing cases did not fit.
pub(super) fn write(
    view: &View<'_>,
    suites: &[SuiteView<'_>],
    out: &mut dyn Write,
) -> io::Result<usize> {
    let candidates: Vec<&CandidateView<'_>> =
        suites.iter().flat_map(|suite| &suite.candidates).collect();
    out.write_all(b"<script type=\"application/json\" id=\"data\">{\"candidates\":")?;
    let heads: Vec<Candidate<'_>> = candidates
        .iter()
        .map(|candidate| Candidate {
            label: candidate.label(),
            version: &candidate.arm.header.version.version,
            baseline: candidate
                .baseline
                .map(|arm| arm.header.version.version.as_str()),
        })
        .collect();
    json(&heads, out)?;
    out.write_all(b",\"cases\":[\n")?;
    let (mut written, mut left_out) = (0, 0);
    // What went wrong or changed is there in any case; the rest as long as there is room.
    for wanted in [true, false] {
        for (at, candidate) in candidates.iter().enumerate() {
            let marks = Marks::of(candidate);
            let cases = candidate.arm.record.cases();
            for case in cases.filter(|case| marks.matters(case) == wanted) {
                if written >= MOST_CASES {
                    left_out += 1;
                    continue;
                }
                if written > 0 {
                    out.write_all(b",\n")?;
                }
                json(&self::case(view, (at, candidate), &marks, &case)?, out)?;
                written += 1;
            }
        }
    }
    out.write_all(b"\n]}</script>\n")?;
    Ok(left_out)
}

/// Cases that changed, by place.
struct Marks {
    proven: BTreeMap<u32, String>,
    broken: BTreeSet<u32>,
    fixed: BTreeSet<u32>,
    flaky: BTreeSet<u32>,
}

impl Marks {
    fn of(candidate: &CandidateView<'_>) -> Self {
        let changes = &candidate.verdict.changes;
        let set = |places: &[u32]| places.iter().copied().collect();
        Self {
            proven: changes
                .proven
                .iter()
                .map(|one| (one.case, one.to_string()))
                .collect(),
            broken: set(&changes.broken),
            fixed: set(&changes.fixed),
            flaky: set(&changes.flaky),
        }
    }

    fn change(&self, case: u32) -> &'static str {
        if self.broken.contains(&case) {
            "broken"
        } else if self.fixed.contains(&case) {
            "fixed"
        } else {
            ""
        }
    }

    fn matters(&self, case: &CaseOutcome) -> bool {
        let changed = !self.change(case.case).is_empty() || self.flaky.contains(&case.case);
        changed || self.proven.contains_key(&case.case) || case.state() != State::Passed
    }
}

fn case<'a>(
    view: &View<'_>,
    (at, candidate): (usize, &CandidateView<'a>),
    marks: &Marks,
    case: &CaseOutcome,
) -> io::Result<Case<'a>> {
    let info = candidate.case_info(case.case)?;
    let reasons = failing::reasons(case, view, candidate)?;
    let proven = marks.proven.get(&case.case);
    let proven = proven.map(|why| ("proven broken".to_owned(), why.clone()));
    let mut said: Vec<(String, String)> = proven.into_iter().chain(reasons.said).collect();
    let state = match case.state() {
        State::Passed => 'p',
        State::Failed => 'f',
        State::Error => {
            said.extend(fault(view, candidate, case)?);
            'e'
        }
    };
    let answer = |text: Option<String>| text.map(|text| lines(&start_of(&text, ANSWER)));
    let said = said.into_iter();
    Ok(Case {
        candidate: at,
        place: info.index,
        id: info.id,
        tags: info.tags,
        state,
        change: marks.change(case.case),
        flaky: marks.flaky.contains(&case.case),
        trials: case.trials,
        passes: case.passes,
        said: said
            .map(|(name, why)| (name, lines(&start_of(&why, REASON))))
            .collect(),
        output: answer(reasons.output),
        before: answer(reasons.before),
    })
}

/// Why a case could not be decided.
fn fault(
    view: &View<'_>,
    candidate: &CandidateView<'_>,
    case: &CaseOutcome,
) -> io::Result<Option<(String, String)>> {
    let mut details = Details::new(view.outputs, candidate.arm.record, case);
    let mut trials = details.outcomes().iter();
    let Some(place) = trials.position(|trial| trial.state == State::Error) else {
        return Ok(None);
    };
    Ok(details.trial(place)?.and_then(cause))
}

fn cause(trial: &TrialRecord) -> Option<(String, String)> {
    if let Some(error) = &trial.error {
        return Some((error.class.as_str().to_owned(), error.message.clone()));
    }
    let mut scores = trial.scores.iter();
    let unjudged = scores.find(|score| score.status == ScoreStatus::Error)?;
    Some((unjudged.name.clone(), unjudged.reason.clone()))
}

/// JSON in which nothing reads as markup.
fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    // Within JSON these stand in strings only, where an escape means the same.
    let safe = text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    out.write_all(safe.as_bytes())
}
