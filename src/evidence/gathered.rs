//! The cases of one suite as they are gathered out of a journal: outcomes in order of arrival, put together case by case at the end.

use super::answers::{Origins, trial_evidence};
use crate::model::evidence::{
    AnswerEvidence, ById, CaseEvidence, CaseRows, EvaluatorEvidence, TrialEvidence, TrialRows,
};
use crate::model::looks::{POOL_REPEATS, PROOF_REPEATS};
use crate::model::record::{CaseInfo, CaseTable};
use crate::model::{ModelName, Source, TrialRecord};

/// Whose answers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The version's.
    Version,
    /// Those of what it is compared with.
    Baseline,
}

/// Outcomes of the version and its baseline so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    keys: Vec<Key>,
    trials: TrialRows,
    origins: Origins,
}

/// Where an outcome belongs.
#[derive(Clone, Copy, Debug)]
struct Key {
    /// Place of the case in the dataset.
    case: u32,
    repeat: u32,
    part: Part,
    /// Whether the version's own model was really called for it, and decided it.
    fresh: bool,
}

impl Gathered {
    /// Takes a trial of the version or of its baseline, who asked this model.
    pub(super) fn take(
        &mut self,
        (part, asked): (Part, &ModelName),
        trial: &TrialRecord,
        evaluators: &[EvaluatorEvidence],
    ) {
        let evidence = trial_evidence(trial, evaluators, asked, &mut self.origins);
        let repeat = trial.trial.repeat;
        let fresh = part == Part::Version
            && repeat < PROOF_REPEATS.start
            && trial.answer.source == Some(Source::Live)
            && trial.answer.fallback.is_none()
            && trial.passed.is_some();
        self.trials.push(&evidence);
        self.keys.push(Key {
            case: trial.trial.case,
            repeat,
            part,
            fresh,
        });
    }

    /// Every case, where answers came from, and how many of the first repeats of every case were asked again.
    pub(super) fn end(self, table: &CaseTable) -> (ById<CaseRows>, Vec<AnswerEvidence>, u32) {
        let key = |row: &usize| self.keys.get(*row).map(|key| (key.case, key.repeat));
        let mut rows: Vec<usize> = (0..self.keys.len()).collect();
        rows.sort_by_key(key);
        let mut cases: Vec<(u32, &[usize])> = rows
            .chunk_by(|a, b| key(a).map(|key| key.0) == key(b).map(|key| key.0))
            .filter_map(|rows| {
                let (case, _) = key(rows.first()?)?;
                Some((table.position(case)?, rows))
            })
            .collect();
        let info = |place: u32| table.get(place as usize);
        cases.sort_by(|(a, _), (b, _)| info(*a).map(|one| one.id).cmp(&info(*b).map(|one| one.id)));
        let live = cases.iter().map(|(_, rows)| self.live(rows)).min();
        let cases = cases.iter().filter_map(|(place, rows)| {
            let info = info(*place)?;
            Some((info.id, self.case(&info, rows)))
        });
        let cases = cases.collect();
        (cases, self.origins.list(), live.unwrap_or_default())
    }

    /// How many of the first repeats of a case a provider was really called for, and the version's own model answered.
    fn live(&self, rows: &[usize]) -> u32 {
        let mut repeats = 0;
        for key in rows.iter().filter_map(|row| self.keys.get(*row)) {
            if key.fresh && key.repeat == repeats {
                repeats += 1;
            }
        }
        repeats
    }

    fn case(&self, info: &CaseInfo<'_>, rows: &[usize]) -> CaseEvidence {
        let mut case = CaseEvidence {
            row: info.index,
            order: info.order,
            tags: info.tags.to_vec(),
            cluster: info.cluster.map(str::to_owned),
            critical: info.critical,
            ..CaseEvidence::default()
        };
        for row in rows {
            let key = self.keys.get(*row);
            if let Some((key, outcome)) = key.zip(self.trials.get(*row)) {
                put(&mut case, key, outcome);
            }
        }
        case
    }
}

/// Puts a repeat into its place; one that was in error gives way to what a resumed run got. What was not asked has no sign.
fn put(case: &mut CaseEvidence, key: &Key, outcome: TrialEvidence) {
    let is_proof = PROOF_REPEATS.contains(&key.repeat);
    let (list, first) = match (key.part, POOL_REPEATS.contains(&key.repeat)) {
        // What a version's own pool says is a later run's business.
        (Part::Version, true) => return,
        (Part::Baseline, true) => (&mut case.baseline_pool, POOL_REPEATS.start),
        (Part::Version, false) if is_proof => (&mut case.proof, PROOF_REPEATS.start),
        (Part::Baseline, false) if is_proof => (&mut case.baseline_proof, PROOF_REPEATS.start),
        (Part::Version, false) => (&mut case.trials, 0),
        (Part::Baseline, false) => (&mut case.baseline, 0),
    };
    let place = (key.repeat - first) as usize;
    if list.len() <= place {
        list.resize(place + 1, TrialEvidence::default());
    }
    if let Some(own) = list.get_mut(place) {
        *own = outcome;
    }
}
