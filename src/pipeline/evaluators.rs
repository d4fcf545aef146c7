//! The built evaluators of a suite; those of single cases are built when their row is read.

use std::collections::BTreeSet;

use crate::model::suite::JudgeSpec;
use crate::model::{Case, EvaluatorSpec, Location, ModelTarget, Problem, Problems};
use crate::plan::{self, SuitePlan};
use crate::score::{self, Prepared};
use crate::template::Engine;

/// The built evaluators of one suite.
#[derive(Debug)]
pub(super) struct SuiteEvaluators {
    /// Those of every case.
    pub(super) all: Vec<Prepared>,
    /// Compiles those of single cases, which include nothing: a row is data, and what it read no graph would know.
    own_engine: Engine,
    /// What judges are where evaluators of single cases do not say it.
    judge: JudgeSpec,
    /// Names that evaluators of single cases may not take.
    taken: Vec<String>,
    /// What evaluators of single cases ask for.
    own: Noted,
}

/// What evaluators of single cases ask for.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// Judges, each provider once.
    judges: Vec<ModelTarget>,
    /// Variables that they use.
    variables: BTreeSet<String>,
}

impl Noted {
    /// Takes note of the evaluators of a case.
    pub(super) fn add(&mut self, own: &[Prepared]) {
        for evaluator in own {
            self.variables.extend(evaluator.variables());
            if let Some(judge) = evaluator.judge() {
                self.judge(judge);
            }
        }
    }

    /// Variables that they use.
    pub(super) fn variables(&self) -> impl Iterator<Item = &String> {
        self.variables.iter()
    }

    /// Adds what was noted of later cases.
    pub(super) fn merge(&mut self, later: Self) {
        self.variables.extend(later.variables);
        later.judges.iter().for_each(|judge| self.judge(judge));
    }

    fn judge(&mut self, judge: &ModelTarget) {
        let mut known = self.judges.iter();
        if known.all(|known| known.name.provider != judge.name.provider) {
            self.judges.push(judge.clone());
        }
    }
}

impl SuiteEvaluators {
    /// Builds those of the suite.
    pub(super) fn build(suite: &SuitePlan, engine: &Engine, problems: &mut Problems) -> Self {
        let specs = &suite.suite.evaluators;
        let judge = &suite.suite.judge;
        let mut all = Vec::with_capacity(specs.len());
        for spec in specs {
            match score::build(&score::judged(spec, judge), engine) {
                Ok(evaluator) => all.push(evaluator),
                Err(more) => problems.extend(more),
            }
        }
        if specs.is_empty() {
            lonely(suite, problems);
        }
        Self {
            all,
            own_engine: Engine::new(),
            judge: judge.clone(),
            taken: specs.iter().map(|spec| spec.name.clone()).collect(),
            own: Noted::default(),
        }
    }

    /// Builds those that stand in a case.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn own(&self, case: &Case) -> Result<Vec<Prepared>, Vec<Problem>> {
        let built = case.evaluators.iter().map(|spec| {
            let metric = spec.metric.as_ref().map(|metric| ("metric", metric));
            let mut names = std::iter::once(("name", &spec.name)).chain(metric);
            if let Some((key, name)) = names.find(|(_, name)| plan::is_metric(name)) {
                return Err(vec![plan::taken_name(name, spec.key_at(key))]);
            }
            let spec = score::judged(&self.renamed(spec), &self.judge);
            score::build(&spec, &self.own_engine)
        });
        built.collect()
    }

    /// Takes note of what evaluators of single cases ask for.
    pub(super) fn note(&mut self, own: Noted) {
        self.own.merge(own);
    }

    /// The models of judges: of the suite all, of single cases one a provider.
    pub(super) fn judges(&self) -> impl Iterator<Item = &ModelTarget> {
        self.all
            .iter()
            .filter_map(Prepared::judge)
            .chain(&self.own.judges)
    }

    /// Variables that evaluators take from cases.
    pub(super) fn variables(&self) -> BTreeSet<String> {
        let own = self.own.variables.iter().cloned();
        self.all
            .iter()
            .flat_map(Prepared::variables)
            .chain(own)
            .collect()
    }

    /// Names are identities within a case: one that the suite uses already is numbered.
    fn renamed(&self, spec: &EvaluatorSpec) -> EvaluatorSpec {
        let mut name = spec.name.clone();
        let mut count = 1;
        while self.taken.contains(&name) {
            count += 1;
            name = format!("{}-{count}", spec.name);
        }
        EvaluatorSpec {
            name,
            ..spec.clone()
        }
    }
}

/// A case without an evaluator would pass untested.
fn lonely(suite: &SuitePlan, problems: &mut Problems) {
    let index = &suite.dataset.index;
    let bare = |place: &&u32| index.own(**place).is_empty();
    let mut bare = suite.cases.iter().filter(bare);
    let Some(first) = bare.next() else { return };
    let more = bare.count();
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let id = suite.dataset.case(*first).map(|case| case.id);
    let at = Location::file(suite.suite.path.clone());
    let message = format!(
        "neither the suite nor its case `{}`{tail} has an evaluator: nothing would be tested",
        id.unwrap_or_default()
    );
    problems.push(
        Problem::error("no-evaluator", at, message)
            .hint("add `evaluators:`, for example `- {type: icontains, value: sorry}`"),
    );
}
