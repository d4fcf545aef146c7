//! The built evaluators of a suite: its own, and those of single cases.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Case, EvaluatorSpec, Location, ModelTarget, Problem, Problems};
use crate::plan::SuitePlan;
use crate::score::{self, Prepared};
use crate::template::Engine;

/// The built evaluators of one suite.
#[derive(Debug, Default)]
pub(super) struct SuiteEvaluators {
    all: Vec<Prepared>,
    /// By place of the case in the dataset.
    own: HashMap<u32, Vec<Prepared>>,
}

impl SuiteEvaluators {
    pub(super) fn build(suite: &SuitePlan, engine: &Engine, problems: &mut Problems) -> Self {
        let mut built = Self::default();
        for spec in &suite.suite.evaluators {
            keep(spec, engine, &mut built.all, problems);
        }
        for (place, case) in suite.placed_cases() {
            if case.evaluators.is_empty() {
                continue;
            }
            let mut own = Vec::new();
            for spec in &case.evaluators {
                let spec = renamed(spec, &suite.suite.evaluators);
                keep(&spec, engine, &mut own, problems);
            }
            built.own.insert(place, own);
        }
        if suite.suite.evaluators.is_empty() {
            lonely(suite, problems);
        }
        built
    }

    /// Those of a case: the suite's, then its own.
    pub(super) fn of(&self, place: u32) -> impl Iterator<Item = &Prepared> {
        self.all
            .iter()
            .chain(self.own.get(&place).into_iter().flatten())
    }

    fn each(&self) -> impl Iterator<Item = &Prepared> {
        self.all.iter().chain(self.own.values().flatten())
    }

    /// The models of all judges.
    pub(super) fn judges(&self) -> impl Iterator<Item = &ModelTarget> {
        self.each().filter_map(Prepared::judge)
    }

    /// Variables that evaluators take from cases.
    pub(super) fn variables(&self) -> BTreeSet<String> {
        self.each().flat_map(Prepared::variables).collect()
    }

    /// Checks that each case has the variables its evaluators need.
    pub(super) fn check(&self, suite: &SuitePlan, problems: &mut Problems) {
        let needs: Vec<(&Prepared, BTreeSet<String>)> = self
            .all
            .iter()
            .map(|evaluator| (evaluator, evaluator.variables()))
            .collect();
        for (place, case) in suite.placed_cases() {
            for (evaluator, variables) in &needs {
                missing(suite, case, &evaluator.spec, variables, problems);
            }
            for evaluator in self.own.get(&place).into_iter().flatten() {
                missing(
                    suite,
                    case,
                    &evaluator.spec,
                    &evaluator.variables(),
                    problems,
                );
            }
        }
    }
}

fn keep(spec: &EvaluatorSpec, engine: &Engine, into: &mut Vec<Prepared>, problems: &mut Problems) {
    match score::build(spec, engine) {
        Ok(evaluator) => into.push(evaluator),
        Err(more) => problems.extend(more),
    }
}

/// Names are identities within a case: one that the suite uses already is numbered.
fn renamed(spec: &EvaluatorSpec, taken: &[EvaluatorSpec]) -> EvaluatorSpec {
    let mut name = spec.name.clone();
    let mut count = 1;
    while taken.iter().any(|other| other.name == name) {
        count += 1;
        name = format!("{}-{count}", spec.name);
    }
    EvaluatorSpec {
        name,
        ..spec.clone()
    }
}

/// A case without an evaluator would pass untested.
fn lonely(suite: &SuitePlan, problems: &mut Problems) {
    let mut bare = suite.cases().filter(|case| case.evaluators.is_empty());
    let Some(first) = bare.next() else { return };
    let more = bare.count();
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let at = Location::file(suite.suite.path.clone());
    let message = format!(
        "neither the suite nor its case `{}`{tail} has an evaluator: nothing would be tested",
        first.id
    );
    problems.push(
        Problem::error("no-evaluator", at, message)
            .hint("add `evaluators:`, for example `- {type: icontains, value: sorry}`"),
    );
}

fn missing(
    suite: &SuitePlan,
    case: &Case,
    spec: &EvaluatorSpec,
    needed: &BTreeSet<String>,
    problems: &mut Problems,
) {
    let absent = needed.iter().find(|name| !case.vars.contains_key(*name));
    if let Some(name) = absent {
        let message = format!(
            "the evaluator `{}` uses the variable `{name}`, which the case `{}` ({} line {}) lacks",
            spec.name, case.id, suite.dataset.path, case.line
        );
        problems.push(Problem::error(
            "missing-variable",
            spec.key_at("value"),
            message,
        ));
    }
}
