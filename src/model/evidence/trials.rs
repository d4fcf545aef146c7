//! Outcomes of many trials: what they have in common once, numbers in columns.

use super::{Rows, TrialEvidence};
use crate::model::ModelName;
use crate::model::column::{Column, Numbers};
use crate::model::interner::Interner;
use crate::model::offsets::Offsets;

/// What many trials have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Pattern {
    outcome: String,
    /// Evaluators with a score of their own.
    scored: Vec<String>,
    uncritical: Vec<String>,
    from: Vec<u32>,
    refused: bool,
    fallback: Option<ModelName>,
}

/// Outcomes by row.
#[derive(Clone, Debug, Default)]
pub struct TrialRows {
    patterns: Interner<Pattern>,
    pattern: Column<u32>,
    score: Numbers,
    /// Scores of evaluators, trial by trial, and where those of each trial begin.
    scores: Vec<f64>,
    scores_from: Column<usize>,
    latency_ms: Numbers,
    tokens: Column<Option<(u64, u64)>>,
    cost_usd: Numbers,
    judge_cost_usd: Numbers,
}

impl TrialRows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.pattern.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pattern.is_empty()
    }

    /// Adds one.
    pub fn push(&mut self, trial: &TrialEvidence) {
        let pattern = self.patterns.number(&Pattern {
            outcome: trial.outcome.clone(),
            scored: trial.scores.keys().cloned().collect(),
            uncritical: trial.uncritical.clone(),
            from: trial.from.clone(),
            refused: trial.refused,
            fallback: trial.fallback.clone(),
        });
        self.pattern.push(pattern);
        self.score.push(trial.score);
        self.scores_from.push(self.scores.len());
        self.scores.extend(trial.scores.values());
        self.latency_ms.push(trial.latency_ms);
        self.tokens.push(trial.tokens);
        self.cost_usd.push(trial.cost_usd);
        self.judge_cost_usd.push(trial.judge_cost_usd);
    }

    /// The one of a row.
    pub fn get(&self, row: usize) -> Option<TrialEvidence> {
        let pattern = self.patterns.get(self.pattern.get(row)?)?;
        let scores = self.scores.get(self.scores_from.get(row)?..)?;
        let scored = pattern.scored.iter().cloned();
        Some(TrialEvidence {
            outcome: pattern.outcome.clone(),
            score: self.score.get(row),
            scores: scored.zip(scores.iter().copied()).collect(),
            uncritical: pattern.uncritical.clone(),
            from: pattern.from.clone(),
            latency_ms: self.latency_ms.get(row),
            tokens: self.tokens.get(row).flatten(),
            cost_usd: self.cost_usd.get(row),
            judge_cost_usd: self.judge_cost_usd.get(row),
            refused: pattern.refused,
            fallback: pattern.fallback.clone(),
        })
    }
}

/// Lists of outcomes: those of each case.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    trials: TrialRows,
    ends: Offsets,
}

impl Answers {
    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no list.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How long the list at a place is.
    pub fn count(&self, place: usize) -> usize {
        self.range(place).map_or(0, |range| range.len())
    }

    /// An outcome of the list at a place.
    pub fn one(&self, place: usize, number: usize) -> Option<TrialEvidence> {
        let row = self.range(place)?.nth(number)?;
        self.trials.get(row)
    }

    fn range(&self, place: usize) -> Option<std::ops::Range<usize>> {
        let begin = match place {
            0 => 0,
            _ => self.ends.get(place - 1)?,
        };
        Some(begin as usize..self.ends.get(place)? as usize)
    }
}

impl Rows for Answers {
    type Row = Vec<TrialEvidence>;

    fn push(&mut self, list: &Self::Row) {
        for trial in list {
            self.trials.push(trial);
        }
        self.ends.push(self.trials.len() as u64);
    }

    fn get(&self, place: usize) -> Option<Self::Row> {
        let rows = self.range(place)?;
        rows.map(|row| self.trials.get(row)).collect()
    }
}
