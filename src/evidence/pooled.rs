//! The answers of several runs of the same files as one run: whoever runs until one run passes has chosen it, so that a pass after
//! a fail counts only where all answers together pass.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::known::{KnownRun, Places, places};
use crate::aggregate::Fold;
use crate::gate;
use crate::model::event::{BaselineLink, EndStatus, RunEnd, RunHeader, SuiteHeader};
use crate::model::evidence::Evidence;
use crate::model::looks::{ALPHA, Look, POOL_REPEATS, PROOF_REPEATS};
use crate::model::record::JournalOffset;
use crate::model::verdict::GateVerdict;
use crate::model::{RunEvent, TrialRecord};
use crate::observe::{JournalError, JournalFile};

/// What the answers of all runs together come to, gate by gate where one does not pass; nothing where all of them do.
///
/// # Errors
/// When a journal cannot be read.
pub fn pooled(runs: &[KnownRun], evidence: &Evidence) -> Result<Vec<String>, JournalError> {
    let mut pool = Pool::default();
    for run in runs {
        pool.add(run, evidence)?;
    }
    let Some(fold) = pool.fold() else {
        return Ok(vec!["the runs cannot be pooled".to_owned()]);
    };
    let Some(record) = fold.finish() else {
        return Ok(vec!["the runs cannot be pooled".to_owned()]);
    };
    let verdict = gate::decide(&record);
    let mut found = Vec::new();
    for (suite, decided) in record.header.suites.iter().zip(&verdict.suites) {
        for candidate in &decided.candidates {
            let name = &suite.name;
            if let Some(problem) = &candidate.problem {
                found.push(format!("suite {name}: {problem}"));
            }
            let open = candidate.gates.iter();
            let open = open.filter(|gate| gate.verdict != GateVerdict::Pass);
            found.extend(open.map(|gate| {
                let (rule, verdict) = (&gate.rule, gate.verdict.as_str());
                let reason = &gate.reason;
                format!(
                    "suite {name}: `{} {}`: {verdict}: {reason}",
                    rule.metric, rule.condition
                )
            }));
        }
    }
    Ok(found)
}

/// Answers of several runs, repeat by repeat.
#[derive(Default)]
struct Pool {
    header: Option<RunHeader>,
    /// Repeats of each suite so far.
    repeats: Vec<u32>,
    /// Digests of the repeats that are there: what came out of the cache or the recordings again is no new answer.
    known: HashSet<(usize, [u8; 32])>,
    trials: Vec<TrialRecord>,
    /// Fresh answers of a proof so far, by suite, arm and case.
    proofs: HashMap<(u32, u32, u32), u32>,
}

impl Pool {
    fn add(&mut self, run: &KnownRun, evidence: &Evidence) -> Result<(), JournalError> {
        let file = JournalFile::open(&run.journal)?;
        let header = file.header()?;
        let Some(places) = places(&header, evidence) else {
            return Ok(());
        };
        let mut groups: BTreeMap<(usize, u32), Group> = BTreeMap::new();
        let mut proofs = Vec::new();
        file.replay(|event, _| {
            let RunEvent::Trial(trial) = event else {
                return;
            };
            let mut suites = places.iter().enumerate();
            let found = suites.find(|(_, (place, _))| *place == trial.trial.suite as usize);
            let Some((at, (_, places))) = found else {
                return;
            };
            let arm = if trial.trial.arm == places.candidate {
                0
            } else if Some(trial.trial.arm) == places.baseline {
                1
            } else {
                return;
            };
            let repeat = trial.trial.repeat;
            if POOL_REPEATS.contains(&repeat) {
                return;
            }
            let mut own = short(trial);
            (own.trial.suite, own.trial.arm) = (at as u32, arm);
            if PROOF_REPEATS.contains(&repeat) {
                proofs.push(own);
            } else {
                groups.entry((at, repeat)).or_default().take(trial, own);
            }
        })?;
        if self.header.is_none() {
            self.header = Some(reduced(&header, &places));
            self.repeats = vec![0; places.len()];
        }
        for ((suite, _), group) in groups {
            self.put(suite, group);
        }
        for mut trial in proofs {
            let id = trial.trial;
            let count = self.proofs.entry((id.suite, id.arm, id.case)).or_default();
            trial.trial.repeat = PROOF_REPEATS.start + *count;
            if PROOF_REPEATS.contains(&trial.trial.repeat) {
                *count += 1;
                self.trials.push(trial);
            }
        }
        Ok(())
    }

    fn put(&mut self, suite: usize, group: Group) {
        let (digest, trials) = group.end();
        let Some(repeats) = self.repeats.get_mut(suite) else {
            return;
        };
        if !self.known.insert((suite, digest)) {
            return;
        }
        let repeat = *repeats;
        *repeats += 1;
        self.trials.extend(trials.into_iter().map(|mut trial| {
            trial.trial.repeat = repeat;
            trial
        }));
    }

    /// The pool as one run, looked at once.
    fn fold(self) -> Option<Fold> {
        let mut header = self.header?;
        for (suite, repeats) in header.suites.iter_mut().zip(&self.repeats) {
            suite.repeats = *repeats;
            suite.looks = vec![Look {
                repeats: *repeats,
                alpha: ALPHA,
            }];
        }
        let mut fold = Fold::default();
        let at = JournalOffset::default();
        fold.apply(&RunEvent::Plan(Box::new(header)), at);
        for trial in self.trials {
            fold.apply(&RunEvent::Trial(Box::new(trial)), at);
        }
        fold.apply(
            &RunEvent::End(RunEnd::new(EndStatus::Complete, String::new(), None)),
            at,
        );
        Some(fold)
    }
}

/// One repeat of one suite: both versions' trials, and what the candidate answered.
#[derive(Default)]
struct Group {
    answers: BTreeMap<u32, [u8; 32]>,
    trials: Vec<TrialRecord>,
}

impl Group {
    fn take(&mut self, trial: &TrialRecord, own: TrialRecord) {
        if own.trial.arm == 0 {
            let mut hash = Sha256::new();
            hash.update(trial.output.as_deref().unwrap_or_default());
            hash.update(
                trial
                    .answer
                    .latency_ms
                    .unwrap_or_default()
                    .to_bits()
                    .to_le_bytes(),
            );
            self.answers
                .insert(trial.trial.case, hash.finalize().into());
        }
        self.trials.push(own);
    }

    fn end(self) -> ([u8; 32], Vec<TrialRecord>) {
        let mut hash = Sha256::new();
        for (case, answer) in &self.answers {
            hash.update(case.to_le_bytes());
            hash.update(answer);
        }
        (hash.finalize().into(), self.trials)
    }
}

/// A trial without its texts.
fn short(trial: &TrialRecord) -> TrialRecord {
    let mut short = trial.clone();
    short.output = None;
    for score in &mut short.scores {
        score.replies.clear();
        score.reason.clear();
    }
    short
}

/// The plan with this version and its baseline alone.
fn reduced(header: &RunHeader, places: &[(usize, Places)]) -> RunHeader {
    let suites = places.iter().filter_map(|(place, own)| {
        let suite = header.suites.get(*place)?;
        let mut arms = vec![suite.arms.get(own.candidate as usize)?.clone()];
        if let Some(baseline) = own.baseline {
            let mut baseline = suite.arms.get(baseline as usize)?.clone();
            baseline.pool = None;
            arms.push(baseline);
            if let Some(own) = arms.first_mut() {
                own.baseline = BaselineLink::Arm(1);
            }
        }
        Some(SuiteHeader {
            arms,
            stop_decided: false,
            largest_cluster: None,
            ..suite.clone()
        })
    });
    RunHeader {
        suites: suites.collect(),
        ..header.clone()
    }
}
