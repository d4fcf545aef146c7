//! Testcases of one case: its evaluators, and the answer itself where no evaluator tells why it failed or is in error.

use std::io;

use junit_report::TestCase;

use crate::model::record::{CaseOutcome, EvaluatorInfo, TrialOutcome};
use crate::model::{ErrorClass, TrialRecord};
use crate::report::Lines;
use crate::report::blocking::Blocking;
use crate::report::candidate::CandidateView;
use crate::report::fold::{self, Details, Fold};

use super::element::duration;
use super::finish;
use super::testcase::{self, Names, Text};

/// What the testcases of one candidate have in common.
pub(super) struct Context<'a> {
    /// The candidate.
    pub(super) candidate: &'a CandidateView<'a>,
    /// What its failing gates count.
    pub(super) blocking: Blocking<'a>,
    /// The class of all of its testcases.
    pub(super) classname: &'a str,
    /// Where cases stand, where that is asked for.
    pub(super) lines: Option<Lines<'a>>,
    /// Whether the candidate passed all the same, so that its faults kept nothing from being decided.
    pub(super) faults_tolerated: bool,
}

/// What a testcase is about: an evaluator, or the answer as a whole.
struct Subject<'a> {
    evaluator: Option<&'a EvaluatorInfo>,
    fold: Fold,
    blocks: bool,
}

/// How a testcase comes out, and the trial that shows it.
enum Ending {
    Passed,
    Blocks(usize),
    Tolerated(usize),
    Error(usize),
    Skipped(usize),
}

impl Context<'_> {
    /// The testcases of a case, the answer first where it has one; the first carries the case's time.
    pub(super) fn testcases(
        &self,
        case: &CaseOutcome,
        details: &mut Details<'_>,
        names: &mut Names,
    ) -> io::Result<Vec<TestCase>> {
        let id = self.candidate.case_info(case.case)?.id;
        let mut testcases = Vec::new();
        for subject in self.subjects(case, details.outcomes()) {
            let about = subject.evaluator.map_or("(answer)", |info| &info.name);
            let name = names.unique(&format!("{id} / {about}"));
            testcases.push(self.testcase(&subject, &name, details)?);
        }
        if let (Some(first), Some(note)) = (testcases.first_mut(), fallback(details)?) {
            let before = first.system_out.take();
            let text = before.into_iter().chain([note]).collect::<Vec<_>>();
            first.system_out = Some(text.join("\n"));
        }
        if let Some(lines) = self.lines {
            let info = self.candidate.case_info(case.case)?;
            let path = &self.candidate.suite.dataset.path;
            let line = lines(self.candidate.suite, info.index);
            for testcase in &mut testcases {
                testcase.filepath = Some(finish::place(path, line));
            }
        }
        if let Some(first) = testcases.first_mut() {
            let trials = details.outcomes().iter();
            first.time = duration(trials.filter_map(|t| t.latency_ms).sum());
        }
        Ok(testcases)
    }

    fn subjects(&self, case: &CaseOutcome, trials: &[TrialOutcome<'_>]) -> Vec<Subject<'_>> {
        let infos = &self.candidate.table.evaluators;
        let answer = fold::answer(trials, infos).map(|fold| Subject {
            evaluator: None,
            fold,
            blocks: self.blocking.answer(case),
        });
        let evaluators = fold::evaluators(trials)
            .into_iter()
            .filter_map(|(place, fold)| {
                let info = infos.get(usize::from(place))?;
                Some(Subject {
                    evaluator: Some(info),
                    fold,
                    blocks: self.blocking.evaluator(case, info),
                })
            });
        answer.into_iter().chain(evaluators).collect()
    }

    fn testcase(
        &self,
        subject: &Subject<'_>,
        name: &str,
        details: &mut Details<'_>,
    ) -> io::Result<TestCase> {
        let outcome = subject.outcome();
        let (Ending::Blocks(place)
        | Ending::Tolerated(place)
        | Ending::Error(place)
        | Ending::Skipped(place)) = outcome
        else {
            return Ok(testcase::passed(name, self.classname));
        };
        let Some(trial) = details.trial(place)? else {
            return Ok(testcase::passed(name, self.classname));
        };
        let share = match outcome {
            Ending::Error(_) => subject.fold.error_share(),
            Ending::Skipped(_) => None,
            _ => subject.fold.passed_share(),
        };
        let text = Text::new(subject.reason(trial)).after(share);
        let shown = || text.clone().with_output(trial.output.as_deref());
        let tolerated = || text.clone().after(Some("tolerated".to_owned()));
        let fault = fault(trial).as_str();
        let class = self.classname;
        Ok(match outcome {
            Ending::Passed => testcase::passed(name, class),
            Ending::Blocks(_) => shown().failure(name, subject.kind(trial), class),
            Ending::Tolerated(_) => tolerated().passed(name, class),
            Ending::Error(_) if self.tolerates_fault(subject) => {
                tolerated().skipped(name, fault, class)
            }
            Ending::Error(_) => shown().error(name, fault, class),
            Ending::Skipped(_) => text.skipped(name, "when", class),
        })
    }

    /// A fault that decided nothing: JUnit's readers turn red on any `error`, and the exit code is 0.
    fn tolerates_fault(&self, subject: &Subject<'_>) -> bool {
        self.faults_tolerated || subject.evaluator.is_some_and(|info| info.reported_only)
    }
}

impl Subject<'_> {
    /// What blocks is shown before what could not be decided, and that before what is tolerated.
    fn outcome(&self) -> Ending {
        let fold = &self.fold;
        match (fold.first_failed, fold.first_error, fold.first_skipped) {
            (Some(trial), _, _) if self.blocks => Ending::Blocks(trial),
            (_, Some(trial), _) => Ending::Error(trial),
            (Some(trial), _, _) => Ending::Tolerated(trial),
            (_, _, Some(trial)) if fold.passed == 0 => Ending::Skipped(trial),
            _ => Ending::Passed,
        }
    }

    fn reason(&self, trial: &TrialRecord) -> String {
        match self.evaluator {
            None => fold::answer_reason(trial),
            Some(info) => fold::score_of(trial, &info.name)
                .map_or_else(String::new, |score| score.reason.clone()),
        }
    }

    /// The type of a failure: the evaluator's, or what the answer failed for.
    fn kind(&self, trial: &TrialRecord) -> &str {
        match (self.evaluator, &trial.error) {
            (Some(info), _) => &info.type_name,
            (None, Some(error)) => error.class.as_str(),
            (None, None) => "threshold",
        }
    }
}

/// Which other model answered, where one did.
fn fallback(details: &mut Details<'_>) -> io::Result<Option<String>> {
    let place = details.outcomes().iter().position(|trial| trial.fallback);
    let Some(place) = place else { return Ok(None) };
    let trial = details.trial(place)?;
    let model = trial.and_then(|trial| trial.answer.fallback.as_ref());
    Ok(model.map(|model| format!("answered by the fallback {model}")))
}

/// A trial without a fault of its own is in error for an evaluator that could not judge it.
fn fault(trial: &TrialRecord) -> ErrorClass {
    let fault = trial.error.as_ref().map(|error| error.class);
    fault.unwrap_or(ErrorClass::Evaluator)
}
