//! What a line of a journal may say at all: one plan of a known version first, and places that the plan has.

use crate::model::RunEvent;
use crate::model::event::{JOURNAL_VERSION, RunHeader, SuiteHeader};
use crate::model::looks::{POOL_REPEATS, PROOF_REPEATS};
use crate::model::trial::TrialRecord;

/// Cases of all suites together: what is kept of each would fill the memory before anything is compared with the dataset.
const MOST_CASES: u64 = 1 << 26;

/// What the plan allows; nothing before it was read.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// Cases and arms, by suite.
    suites: Option<Vec<(u32, usize)>>,
}

impl Bounds {
    /// Takes the next line.
    ///
    /// # Errors
    /// Why no run has such a line.
    pub(super) fn take(&mut self, event: &RunEvent) -> Result<(), String> {
        match (event, &self.suites) {
            (RunEvent::Plan(_), Some(_)) => {
                Err("a journal has one plan, and this is another".to_owned())
            }
            (RunEvent::Plan(header), None) => {
                of_plan(header)?;
                let suites = header.suites.iter();
                let places = suites.map(|suite| (suite.dataset.cases, suite.arms.len()));
                self.suites = Some(places.collect());
                Ok(())
            }
            (_, None) => Err("the journal does not begin with a plan".to_owned()),
            (RunEvent::Trial(trial), Some(suites)) => of_trial(trial, suites),
            (RunEvent::End(_), Some(_)) => Ok(()),
        }
    }
}

/// What is wrong with a plan, whatever the project says.
fn of_plan(header: &RunHeader) -> Result<(), String> {
    let version = header.journal;
    if version != JOURNAL_VERSION {
        return Err(format!(
            "the journal is of version {version}, and this program reads {JOURNAL_VERSION}: install the prompteval that wrote it"
        ));
    }
    let cases = header
        .suites
        .iter()
        .map(|suite| u64::from(suite.dataset.cases));
    let cases = cases.sum::<u64>();
    if cases > MOST_CASES {
        return Err(format!(
            "the plan speaks of {cases} cases, and a run has {MOST_CASES} at most"
        ));
    }
    header.suites.iter().try_for_each(of_suite)
}

fn of_suite(suite: &SuiteHeader) -> Result<(), String> {
    let name = &suite.name;
    let is_stem = !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control);
    if !is_stem {
        return Err(format!("`{}` is no name of a suite", name.escape_debug()));
    }
    if suite.selected > suite.dataset.cases {
        return Err(format!(
            "suite {name}: {} of {} cases are no selection",
            suite.selected, suite.dataset.cases
        ));
    }
    Ok(())
}

fn of_trial(trial: &TrialRecord, suites: &[(u32, usize)]) -> Result<(), String> {
    let id = trial.trial;
    let suite = suites.get(id.suite as usize);
    let Some((cases, arms)) = suite else {
        return Err(format!("the plan has no suite {}", id.suite));
    };
    if id.arm as usize >= *arms {
        return Err(format!(
            "the plan has no version {} in suite {}",
            id.arm, id.suite
        ));
    }
    if id.case >= *cases || trial.order >= *cases {
        return Err(format!(
            "the dataset has {cases} cases, and this is case {} in place {}",
            id.case, trial.order
        ));
    }
    let known = id.repeat < PROOF_REPEATS.start
        || PROOF_REPEATS.contains(&id.repeat)
        || POOL_REPEATS.contains(&id.repeat);
    if known {
        Ok(())
    } else {
        Err(format!("no run asks a case {} times", id.repeat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn plan(change: impl FnOnce(&mut Value)) -> RunEvent {
        let mut value = json!({
            "type": "plan", "journal": 1, "prices_date": "2026-11-12",
            "run": {"id": "r", "started_at": "2026-11-20T00:00:00Z", "git_commit": null, "responses": "auto", "seed": 0,
                "prompteval": "0.1.0"},
            "suites": [{
                "name": "s", "path": "evals/s.yaml", "sha256": "", "family": "f", "selected": 4, "repeats": 1, "gates": [],
                "dataset": {"path": "d.jsonl", "sha256": "", "cases": 4}, "looks": [], "on_inconclusive": "lean",
                "arms": [{"version": {"family": "f", "version": "1.0.0"}, "sha256": "", "status": "draft", "model": "a/b",
                    "role": "candidate"}],
            }],
        });
        change(&mut value);
        serde_json::from_value(value).unwrap()
    }

    fn trial(change: impl FnOnce(&mut TrialRecord)) -> RunEvent {
        let mut trial: TrialRecord = serde_json::from_value(json!({
            "suite": 0, "arm": 0, "case": 3, "repeat": 0, "id": "4", "order": 3, "passed": true, "score": 1.0,
            "output": "ok", "scores": [], "spend": {"calls": 0, "saved": 0, "paid_usd": 0.0},
        }))
        .unwrap();
        change(&mut trial);
        RunEvent::Trial(Box::new(trial))
    }

    fn read(events: &[RunEvent]) -> Result<(), String> {
        let mut bounds = Bounds::default();
        events.iter().try_for_each(|event| bounds.take(event))
    }

    #[test]
    fn places_that_the_plan_does_not_have_are_refused() {
        let none = |_: &mut Value| {};
        assert_eq!(read(&[plan(none), trial(|_| {})]), Ok(()));
        assert_eq!(
            read(&[
                plan(none),
                trial(|one| one.trial.repeat = PROOF_REPEATS.start)
            ]),
            Ok(())
        );
        assert_eq!(
            read(&[
                plan(none),
                trial(|one| one.trial.repeat = POOL_REPEATS.end - 1)
            ]),
            Ok(())
        );
        let wrong: [fn(&mut TrialRecord); 6] = [
            |one| one.trial.suite = 1,
            |one| one.trial.arm = 1,
            |one| one.trial.case = 4,
            |one| one.order = u32::MAX,
            |one| one.trial.repeat = u32::MAX,
            |one| one.trial.repeat = PROOF_REPEATS.end,
        ];
        for change in wrong {
            assert!(read(&[plan(none), trial(change)]).is_err());
        }
        assert!(read(&[trial(|_| {})]).is_err());
        assert!(read(&[plan(none), plan(none)]).is_err());
    }

    #[test]
    fn a_plan_that_no_run_has_is_refused() {
        let wrong: [fn(&mut Value); 8] = [
            |plan| plan["journal"] = 0.into(),
            |plan| plan["journal"] = 2.into(),
            |plan| plan["suites"][0]["name"] = "../../x".into(),
            |plan| plan["suites"][0]["name"] = "..".into(),
            |plan| plan["suites"][0]["name"] = "a\nb".into(),
            |plan| plan["suites"][0]["name"] = "".into(),
            |plan| plan["suites"][0]["selected"] = 5.into(),
            |plan| plan["suites"][0]["dataset"]["cases"] = u32::MAX.into(),
        ];
        for change in wrong {
            assert!(read(&[plan(change)]).is_err());
        }
    }
}
