//! Whether a run holds what it was to ask: every case of the dataset once a repeat, and no answer twice.

use std::collections::HashMap;

use super::differences::Differences;
use super::subject::Subject;
use crate::model::TrialRecord;
use crate::model::looks::PROOF_REPEATS;
use crate::model::record::RunRecord;

/// Trials met so far.
#[derive(Debug, Default)]
pub(super) struct Whole {
    /// By suite, arm and repeat.
    met: HashMap<(u32, u32, u32), Met>,
}

/// Cases of one repeat: a bit each for those that are there and those that are decided.
#[derive(Debug, Default)]
struct Met {
    there: HashMap<u32, u64>,
    decided: HashMap<u32, u64>,
    cases: usize,
}

impl Met {
    /// Sets a bit; whether it was not set before.
    fn set(words: &mut HashMap<u32, u64>, case: u32) -> bool {
        let word = words.entry(case / 64).or_default();
        let bit = 1 << (case % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

impl Whole {
    /// Takes a trial; one that is decided already is there twice.
    pub(super) fn take(&mut self, trial: &TrialRecord) -> Result<(), String> {
        let id = trial.trial;
        let met = self.met.entry((id.suite, id.arm, id.repeat)).or_default();
        if Met::set(&mut met.there, id.case) {
            met.cases += 1;
        }
        let word = met.decided.get(&(id.case / 64)).copied();
        if word.unwrap_or_default() >> (id.case % 64) & 1 == 1 {
            return Err("it was decided before: one answer to a case and repeat counts".to_owned());
        }
        if trial.passed.is_some() {
            Met::set(&mut met.decided, id.case);
        }
        Ok(())
    }

    /// Repeats of which cases are missing. A suite that stops early asks what it needs, and its gates read what is there; one on which an
    /// evaluator gave up decides nothing.
    pub(super) fn require(&self, record: &RunRecord, subject: &Subject, found: &mut Differences) {
        let suites = record.header.suites.iter().zip(&record.suites);
        let suites = suites.zip(&subject.plan.suites);
        for (place, ((planned, measured), suite)) in (0_u32..).zip(suites) {
            if planned.stop_decided || measured.given_up.hopeless().is_some() {
                continue;
            }
            let asked = suite.asked();
            for (at, arm) in (0_u32..).zip(&suite.arms) {
                let count = |repeat| {
                    self.met
                        .get(&(place, at, repeat))
                        .map_or(0, |met| met.cases)
                };
                let further = self.met.keys().filter(|(one, arm, repeat)| {
                    (*one, *arm) == (place, at) && *repeat < PROOF_REPEATS.start
                });
                let most = further.map(|(.., repeat)| repeat + 1).max();
                let repeats = 0..most.unwrap_or_default().max(suite.repeats);
                for repeat in repeats.filter(|repeat| count(*repeat) != asked) {
                    found.push(format!(
                        "suite {}, {}: repeat {repeat} holds {} of {asked} cases",
                        suite.suite.name,
                        arm.version.id,
                        count(repeat)
                    ));
                }
            }
        }
    }
}
