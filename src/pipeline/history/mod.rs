//! History of the baseline: what a version answered in earlier runs, where everything that could change it is the same. Such
//! answers stand beside the fresh ones, so that the baseline's rate is known better than its own few repeats tell.

mod again;
mod committed;
mod keep;
mod kept;
mod pool;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::age;
use crate::model::event::{PooledRun, StoredFrom};
use crate::model::evidence::{
    Answers, EvaluatorEvidence, FAILED, Ids, PASSED, Rows, TrialEvidence,
};
use crate::model::looks::POOL_REPEATS;
use crate::model::record::{JudgeModels, judged_alike};
use crate::model::{ModelName, PromptRef};

pub(super) use again::outcomes;
pub use keep::keep;
pub(super) use pool::{PooledArm, pool};

/// Most answers to a case that are pooled.
const MOST: u32 = POOL_REPEATS.end - POOL_REPEATS.start;

/// What has to be the same for an answer to be one to the same question.
#[derive(Clone, Debug)]
struct Question<'a> {
    /// Family and version.
    id: &'a PromptRef,
    /// SHA-256 of the version's file.
    sha256: &'a str,
    /// SHA-256 of each template that it includes.
    includes: &'a BTreeMap<String, String>,
    /// The model asked.
    model: &'a ModelName,
    /// The suite's name.
    suite: &'a str,
    /// SHA-256 of its file: evaluators, judge, gates.
    suite_sha256: &'a str,
    /// SHA-256 of the dataset.
    dataset_sha256: &'a str,
    /// Ids of the cases that are asked.
    cases: Ids,
    /// The commit whose evidence is read; `None` for that of the folder.
    base: Option<&'a str>,
    /// The run that is no earlier one, because the answers of others are to stand beside its own: it is not read.
    own: Option<&'a str>,
}

/// The hashes of an earlier run's arm.
struct Then<'a> {
    started_at: &'a str,
    sha256: &'a str,
    includes: &'a BTreeMap<String, String>,
    suite_sha256: &'a str,
    dataset_sha256: &'a str,
}

impl Question<'_> {
    /// What differs, or that it is too long ago.
    fn same(&self, then: &Then<'_>) -> Result<(), String> {
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
struct PastRun {
    from: StoredFrom,
    /// Models that answered, as responses name them.
    models: BTreeSet<String>,
    /// Models that judged, by evaluator, as far as that is known.
    judges: JudgeModels,
    /// Evaluators, in the order in which outcomes name them.
    evaluators: Vec<EvaluatorEvidence>,
    /// Answers to the cases of the question, in the order of their ids.
    answers: Answers,
    repeats: u32,
}

impl PastRun {
    /// A run out of its answers to the cases, by ascending id, of which only those that are decided and come first count.
    fn new<I: AsRef<str>>(
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

    fn keep_only(&mut self, repeats: u32) {
        self.repeats = self.repeats.min(repeats);
    }

    /// The answers to the case at a place that count.
    fn of_case(&self, place: usize) -> impl Iterator<Item = TrialEvidence> {
        let repeats = 0..self.repeats as usize;
        repeats.map_while(move |number| self.answers.one(place, number))
    }

    fn pooled(&self) -> PooledRun {
        PooledRun {
            id: self.from.run.clone(),
            started_at: self.from.started_at.clone(),
            repeats: self.repeats,
        }
    }
}

/// Earlier runs, the newest first, and those that are none, each with the reason.
#[derive(Debug, Default)]
struct Past {
    runs: Vec<PastRun>,
    left_out: Vec<(String, String)>,
}

impl Past {
    /// Everything that is known of earlier answers: kept runs, and evidence. A run that both know counts once.
    fn read(root: &Path, question: &Question<'_>) -> Self {
        let mut past = Self::default();
        let kept = kept::runs(root, question);
        for (id, found) in kept.chain(committed::runs(root, question)) {
            if past.knows(&id) {
                continue;
            }
            match found {
                Ok(run) => past.runs.push(run),
                Err(reason) => past.left_out.push((id, reason)),
            }
        }
        let newness = |run: &PastRun| (run.from.started_at.clone(), run.from.run.clone());
        past.runs.sort_by_key(|run| std::cmp::Reverse(newness(run)));
        past
    }

    fn knows(&self, id: &str) -> bool {
        self.runs.iter().any(|run| run.from.run == id)
            || self.left_out.iter().any(|(known, _)| known == id)
    }

    /// Leaves the newest answers of these models, so many of each case at most; of the newest run's where none are named.
    fn choose(&mut self, most: u32, like: Option<(&BTreeSet<String>, &JudgeModels)>) {
        let newest = self.runs.first();
        let newest = newest.map(|run| (run.models.clone(), run.judges.clone()));
        let newest = newest.as_ref().map(|(models, judges)| (models, judges));
        let Some((models, judges)) = like.or(newest) else {
            return;
        };
        let mut room = most;
        let mut chosen = Vec::new();
        for mut run in std::mem::take(&mut self.runs) {
            if run.models != *models || !judged_alike(&run.judges, judges) {
                let reason = "another model answered or judged under the name";
                self.left_out.push((run.from.run, reason.to_owned()));
            } else if room > 0 {
                run.keep_only(room);
                room -= run.repeats;
                chosen.push(run);
            }
        }
        self.runs = chosen;
    }
}
