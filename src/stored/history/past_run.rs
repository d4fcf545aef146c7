//! The answers of one earlier run, where they are to the same question.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::event::{PooledRun, StoredFrom};
use crate::model::evidence::{
    Answers, EvaluatorEvidence, FAILED, Ids, PASSED, Rows, TrialEvidence,
};
use crate::model::looks::POOL_REPEATS;
use crate::model::record::JudgeModels;
use crate::model::{ModelName, PromptRef};
use crate::stored::age;

/// Most answers to a case that are pooled.
pub(super) const MOST: u32 = POOL_REPEATS.end - POOL_REPEATS.start;

/// What has to be the same for an answer to be one to the same question.
#[derive(Clone, Debug)]
pub(super) struct Question<'a> {
    /// Family and version.
    pub(super) id: &'a PromptRef,
    /// SHA-256 of the version's file.
    pub(super) sha256: &'a str,
    /// SHA-256 of each template that it includes.
    pub(super) includes: &'a BTreeMap<String, String>,
    /// The model asked.
    pub(super) model: &'a ModelName,
    /// The suite's name.
    pub(super) suite: &'a str,
    /// SHA-256 of its file: evaluators, judge, gates.
    pub(super) suite_sha256: &'a str,
    /// SHA-256 of the dataset.
    pub(super) dataset_sha256: &'a str,
    /// Ids of the cases that are asked.
    pub(super) cases: Ids,
    /// The commit whose evidence is read; `None` for that of the folder.
    pub(super) base: Option<&'a str>,
    /// The run that is no earlier one, because the answers of others are to stand beside its own: it is not read.
    pub(super) own: Option<&'a str>,
}

/// The hashes of an earlier run's arm.
pub(super) struct Then<'a> {
    pub(super) started_at: &'a str,
    pub(super) sha256: &'a str,
    pub(super) includes: &'a BTreeMap<String, String>,
    pub(super) suite_sha256: &'a str,
    pub(super) dataset_sha256: &'a str,
}

impl Question<'_> {
    /// What differs, or that it is too long ago.
    pub(super) fn same(&self, then: &Then<'_>) -> Result<(), String> {
        age::fresh(then.started_at)?;
        let other = [
            (then.sha256 != self.sha256, "the version's file was another"),
            (
                then.includes != self.includes,
                "a template that the version includes was another",
            ),
            (
                then.dataset_sha256 != self.dataset_sha256,
                "the dataset was another",
            ),
            (
                then.suite_sha256 != self.suite_sha256,
                "the suite was another (evaluators, judge or gates)",
            ),
        ];
        match other.iter().find(|(differs, _)| *differs) {
            Some((_, reason)) => Err((*reason).to_owned()),
            None => Ok(()),
        }
    }
}

/// The answers of one earlier run: whole repeats, the same number of every case.
#[derive(Clone, Debug)]
pub(super) struct PastRun {
    pub(super) from: StoredFrom,
    /// Models that answered, as responses name them.
    pub(super) models: BTreeSet<String>,
    /// Models that judged, by evaluator, as far as that is known.
    pub(super) judges: JudgeModels,
    /// Evaluators, in the order in which outcomes name them.
    pub(super) evaluators: Vec<EvaluatorEvidence>,
    /// Answers to the cases of the question, in the order of their ids.
    pub(super) answers: Answers,
    pub(super) repeats: u32,
}

impl PastRun {
    /// A run out of its answers to the cases, by ascending id, of which only those that are decided and come first count.
    pub(super) fn new<I: AsRef<str>>(
        from: StoredFrom,
        (models, judges): (BTreeSet<String>, JudgeModels),
        evaluators: Vec<EvaluatorEvidence>,
        cases: impl Iterator<Item = (I, Vec<TrialEvidence>)>,
        question: &Question<'_>,
    ) -> Result<Self, String> {
        let signs = evaluators.len() + 1;
        let decided = |one: &&TrialEvidence| {
            let whole = one.outcome.chars().count() == signs;
            whole && one.outcome.starts_with([PASSED, FAILED])
        };
        let mut answers = Answers::default();
        let mut repeats = MOST as usize;
        for (id, mut case) in cases {
            match question.cases.place(id.as_ref()) {
                None => continue,
                Some(place) if place != answers.len() => break,
                Some(_) => {}
            }
            repeats = repeats.min(case.iter().take_while(decided).count());
            case.truncate(repeats);
            answers.push(&case);
        }
        if answers.len() < question.cases.len() || answers.is_empty() {
            return Err("it does not hold all cases".to_owned());
        }
        if repeats == 0 {
            return Err("not every case was answered anew and decided".to_owned());
        }
        Ok(Self {
            from,
            models,
            judges,
            evaluators,
            answers,
            repeats: repeats as u32,
        })
    }

    pub(super) fn keep_only(&mut self, repeats: u32) {
        self.repeats = self.repeats.min(repeats);
    }

    /// The answers to the case at a place that count.
    pub(super) fn of_case(&self, place: usize) -> impl Iterator<Item = TrialEvidence> {
        let repeats = 0..self.repeats as usize;
        repeats.map_while(move |number| self.answers.one(place, number))
    }

    pub(super) fn pooled(&self) -> PooledRun {
        PooledRun {
            id: self.from.run.clone(),
            started_at: self.from.started_at.clone(),
            repeats: self.repeats,
        }
    }
}
