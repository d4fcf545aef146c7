//! Everything a gate or a report may see of a run, sorted by trial: compact outcomes, with full outputs left in the journal.

mod cases;
mod given_up;
mod outcome;
mod trials;

pub use cases::{CaseInfo, CaseTable};
pub use given_up::{GivenUp, Hopeless};
pub use outcome::{CaseOutcome, EvaluatorOutcome, EvaluatorState, JournalOffset, State};
pub use trials::{Pattern, TrialOutcome, TrialTable};

use std::collections::{BTreeMap, BTreeSet};

use super::ErrorClass;
use super::event::{RunEnd, RunHeader};
use super::paid::Paid;
use super::trial::Spend;

/// A run as its journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// What was planned.
    pub header: RunHeader,
    /// How it ended; `None` when it was killed.
    pub end: Option<RunEnd>,
    /// Suite by suite, in the plan's order.
    pub suites: Vec<SuiteRecord>,
    /// Requests that were in flight each time that the run was ended early: they belong to no trial.
    pub in_flight: u32,
}

impl RunRecord {
    /// Whether every planned trial is there and the run ended by itself.
    pub fn is_complete(&self) -> bool {
        use super::event::EndStatus;
        self.end
            .as_ref()
            .is_some_and(|end| end.status == EndStatus::Complete)
    }

    /// Requests sent to providers: retries, what failed and what was in flight at an early end included.
    pub fn calls(&self) -> usize {
        let arms = self.arms().map(|arm| arm.spend.calls as usize);
        arms.sum::<usize>() + self.in_flight as usize
    }

    /// What the run paid. Nobody here knows what becomes of a call that is given up in flight.
    pub fn paid(&self) -> Paid {
        let unpriced = self.arms().map(|arm| arm.spend.unpriced);
        Paid {
            // An empty sum of floats is -0.0.
            usd: self.arms().map(|arm| arm.spend.paid_usd).sum::<f64>() + 0.0,
            unknown: unpriced.fold(self.in_flight, u32::saturating_add),
        }
    }

    /// Every arm of every suite.
    pub fn arms(&self) -> impl Iterator<Item = &ArmRecord> {
        self.suites.iter().flat_map(|suite| &suite.arms)
    }
}

/// One suite's results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuiteRecord {
    /// Cases that any arm finished, in the dataset's order.
    pub cases: CaseTable,
    /// Evaluators met, in the order of first appearance by trial.
    pub evaluators: Vec<EvaluatorInfo>,
    /// Arm by arm, in the plan's order.
    pub arms: Vec<ArmRecord>,
    /// On which cases evaluators gave up.
    pub given_up: GivenUp,
}

/// An evaluator that scored something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluatorInfo {
    /// Its name.
    pub name: String,
    /// Its type, `not-` included.
    pub type_name: String,
    /// A further metric it counts in.
    pub metric: Option<String>,
    /// Whether one of this name is critical.
    pub critical: bool,
    /// Whether its weight is 0.
    pub reported_only: bool,
}

impl EvaluatorInfo {
    /// Whether its results count in the named metric.
    pub(crate) fn counts_in(&self, metric: &str) -> bool {
        self.name == metric || self.metric.as_deref() == Some(metric)
    }
}

/// One version on one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmRecord {
    /// Finished trials, by case and repeat.
    pub trials: TrialTable,
    /// Fresh answers that were asked to prove single cases broken; no metric counts them.
    pub proof: TrialTable,
    /// Earlier answers of a baseline that are pooled with its fresh ones; no metric counts them.
    pub pool: TrialTable,
    /// Numbers over all cases.
    pub metrics: Metrics,
    /// Numbers over the cases of each label.
    pub slices: BTreeMap<String, Metrics>,
    /// Models that really answered, as responses name them.
    pub resolved_models: BTreeSet<String>,
    /// Those of them that answered for the model that was asked, and not as its fallback.
    pub own_models: BTreeSet<String>,
    /// Models that really answered as judges, by the evaluator that asked them.
    pub judge_models: JudgeModels,
    /// Faults, each with how many trials it struck.
    pub faults: BTreeMap<(ErrorClass, String), u32>,
    /// Trials answered by a fallback model.
    pub fallbacks: u32,
    /// Calls and money.
    pub spend: Spend,
}

/// Models that answered as judges, as responses name them, by the evaluator that asked.
pub type JudgeModels = BTreeMap<String, BTreeSet<String>>;

/// Notes the model of a judge's answer; nearly always one that is known.
pub(crate) fn note_judge(models: &mut JudgeModels, evaluator: &str, model: &str) {
    match models.get_mut(evaluator) {
        Some(known) if known.contains(model) => {}
        Some(known) => {
            known.insert(model.to_owned());
        }
        None => {
            let first = BTreeSet::from([model.to_owned()]);
            models.insert(evaluator.to_owned(), first);
        }
    }
}

/// Whether the same models judged, wherever both sides say who did.
pub(crate) fn judged_alike(one: &JudgeModels, other: &JudgeModels) -> bool {
    let same = |(name, own): (&String, &BTreeSet<String>)| {
        let theirs = other.get(name);
        theirs.is_none_or(|theirs| theirs == own)
    };
    one.iter().all(same)
}

impl ArmRecord {
    /// The trials of a case.
    pub(crate) fn trials_of(
        &self,
        case: &CaseOutcome,
    ) -> impl ExactSizeIterator<Item = TrialOutcome<'_>> + Clone + use<'_> {
        let first = case.first as usize;
        self.trials.range(first..first + case.trials as usize)
    }

    /// How the trials of a case came out, without their measurements.
    pub(crate) fn patterns_of(
        &self,
        case: &CaseOutcome,
    ) -> impl ExactSizeIterator<Item = Option<&Pattern>> + Clone + use<'_> {
        let first = case.first as usize;
        self.trials.patterns(first..first + case.trials as usize)
    }

    /// Cases with at least one finished trial, in the dataset's order.
    pub fn cases(&self) -> impl Iterator<Item = CaseOutcome> + Clone {
        self.trials.cases()
    }

    /// How many cases have a finished trial.
    pub(crate) fn case_count(&self) -> usize {
        self.trials.case_count()
    }

    /// The outcome of a case by its place in the suite's list.
    pub fn case(&self, case: u32) -> Option<CaseOutcome> {
        self.trials.case(case)
    }

    /// How many cases came out in this way.
    pub fn count(&self, state: State) -> usize {
        self.cases().filter(|case| case.state() == state).count()
    }
}

/// Full trials, read back from the journal as a report needs them.
pub trait Outputs {
    /// The trial whose line begins at `at`.
    ///
    /// # Errors
    /// When the journal cannot be read or its line is no trial.
    fn trial(&self, at: JournalOffset) -> std::io::Result<super::TrialRecord>;
}

/// Named numbers.
pub type Metrics = BTreeMap<String, Measured>;

/// A measured number, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// The number; never NaN.
    Known(f64),
    /// What kept it from being measured.
    Unknown(String),
}

impl Measured {
    /// The number, where there is one.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }
}
