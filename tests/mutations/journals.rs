//! A run's journal with one byte or one field changed: it is refused, or every gate and every case comes out as it did.
//!
//! What cannot be derived from files decides only where a gate reads it (latency, cost, tokens): no gate of these suites does. An
//! answer may be another one as long as every evaluator says the same of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use prompteval::model::{RunEvent, TrialId};
use prompteval::pipeline::{self, Finished};
use prompteval::seal::Chain;
use prompteval::stats::SplitMix64;
use serde_json::Value;

use crate::trials;
use crate::world::{FAMILIES, WORLD};
use crate::{bytes, fields};

const SEED: u64 = 34;

/// Changes of each journal.
const CHANGES: usize = 2_000;

/// How a run came out: gates, and every trial.
#[derive(Debug, PartialEq)]
pub(crate) struct CameOut {
    gates: Vec<String>,
    trials: BTreeMap<TrialId, Option<bool>>,
}

impl CameOut {
    fn of(run: &Finished) -> Self {
        let mut gates = vec![run.verdict.decision.as_str().to_owned()];
        for candidate in run
            .verdict
            .suites
            .iter()
            .flat_map(|suite| &suite.candidates)
        {
            gates.push(format!("{} {}", candidate.arm, candidate.decision.as_str()));
            gates.extend(candidate.gates.iter().map(|gate| {
                let (rule, verdict) = (&gate.rule, gate.verdict.as_str());
                format!("{} {} {verdict}", rule.metric, rule.condition)
            }));
        }
        let mut trials = BTreeMap::new();
        let read = run.journal.replay(|event, _| {
            if let RunEvent::Trial(trial) = event {
                trials.insert(trial.trial, trial.passed);
            }
        });
        read.unwrap();
        Self { gates, trials }
    }

    /// What a journal comes to when it is derived again. One that was cut short is that of a run which did not finish:
    /// every report says so, and nothing is promoted on it.
    fn derived(root: &Path, journal: &Path) -> Result<Self, String> {
        let run = pipeline::derive(root, journal).map_err(|error| error.to_string())?;
        if !run.record.is_complete() {
            return Err("the run did not finish".to_owned());
        }
        Ok(Self::of(&run))
    }
}

/// A journal as its lines.
pub(crate) fn parsed(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Lines as a journal whose hash chain is in order: anybody can compute one.
pub(crate) fn written(lines: &[Value]) -> String {
    let (mut chain, mut text) = (Chain::default(), String::new());
    for line in lines {
        let mut line = line.clone();
        if line["type"] == "end" && line.get("root").is_some() {
            line["root"] = chain.root().into();
        }
        let line = line.to_string();
        chain.take(line.as_bytes());
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn changed(text: &str, lines: &[Value], rng: &mut SplitMix64) -> (Vec<u8>, String) {
    match rng.index(6) {
        0 | 1 => bytes::change(text, rng),
        2 => {
            let mut all = Value::Array(lines.to_vec());
            let strings = fields::strings(&all);
            let what = fields::change(&mut all, &strings, rng);
            let lines = all.as_array().unwrap();
            (written(lines).into_bytes(), what)
        }
        kind => {
            let mut lines = lines.to_vec();
            // The plan is the line with the most to change.
            let at = if kind == 3 { 0 } else { rng.index(lines.len()) };
            let strings = fields::strings(&Value::Array(lines.clone()));
            let what = fields::change(&mut lines[at], &strings, rng);
            (
                written(&lines).into_bytes(),
                format!("line {}: {what}", at + 1),
            )
        }
    }
}

#[test]
fn one_change_of_a_journal_is_refused_or_decides_nothing() {
    for (family, text) in FAMILIES.iter().zip(&WORLD.passing) {
        let clean = WORLD.copy(family);
        let journal = clean.path().join("journal.jsonl");
        fs::write(&journal, text).unwrap();
        let before = CameOut::derived(clean.path(), &journal).unwrap();
        let lines = parsed(text);
        let make = || WORLD.copy(family);
        trials::each(family, SEED, CHANGES, make, |dir, rng| {
            let (bytes, what) = changed(text, &lines, rng);
            let journal = dir.path().join("journal.jsonl");
            fs::write(&journal, bytes).unwrap();
            match CameOut::derived(dir.path(), &journal) {
                Err(_) => Ok(true),
                Ok(after) if after == before => Ok(false),
                Ok(after) => Err(format!("{what}\n  {:?}\n  {:?}", before.gates, after.gates)),
            }
        });
    }
}
