//! Who answered and who judged: models by the names that they gave themselves.

use std::collections::BTreeSet;

use crate::model::TrialRecord;
use crate::model::record::JudgeModels;

/// Models behind answers, and behind the verdicts of each evaluator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answerers {
    pub(crate) models: BTreeSet<String>,
    /// By evaluator.
    pub(crate) judges: JudgeModels,
}

/// Those of one trial.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Who {
    model: Option<String>,
    judges: Vec<(String, Vec<String>)>,
}

impl Who {
    pub(crate) fn of(trial: &TrialRecord) -> Self {
        let judged = trial.scores.iter();
        let judged = judged.filter(|score| !score.judge_models.is_empty());
        Self {
            model: trial.answer.resolved_model.clone(),
            judges: judged
                .map(|score| (score.name.clone(), score.judge_models.clone()))
                .collect(),
        }
    }
}

impl Answerers {
    /// Adds those of one trial.
    pub(crate) fn add(&mut self, who: &Who) {
        self.models.extend(who.model.clone());
        for (evaluator, models) in &who.judges {
            self.judged(evaluator, models);
        }
    }

    /// Adds who judged for an evaluator.
    pub(crate) fn judged(&mut self, evaluator: &str, models: &[String]) {
        if !models.is_empty() {
            let own = self.judges.entry(evaluator.to_owned()).or_default();
            own.extend(models.iter().cloned());
        }
    }
}
