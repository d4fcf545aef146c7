//! The trials of an arm in short: some twenty bytes each, so that a million of them fit where reports are made.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::{CaseOutcome, EvaluatorOutcome, EvaluatorState, JournalOffset, State};
use crate::model::Source;
use crate::model::column::{Column, Numbers};
use crate::model::interner::Interner;
use crate::model::offsets::Offsets;

/// One trial in short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialOutcome<'a> {
    /// Place of the case in the suite's list.
    pub case: u32,
    /// Which repeat.
    pub repeat: u32,
    /// How it came out.
    pub state: State,
    /// Weighted mean score.
    pub score: Option<f64>,
    /// Milliseconds.
    pub latency_ms: Option<f64>,
    /// Input and output tokens.
    pub tokens: Option<(u64, u64)>,
    /// List price of the answer.
    pub cost_usd: Option<f64>,
    /// List price of its judges.
    pub judge_cost_usd: Option<f64>,
    /// Whether the provider marked a refusal.
    pub refused: bool,
    /// Whether a fallback model answered.
    pub fallback: bool,
    /// Where the answer came from.
    pub source: Option<Source>,
    /// What each evaluator says.
    pub scores: &'a [EvaluatorOutcome],
    /// Where its line stands in the journal.
    pub at: JournalOffset,
}

/// What many trials have in common: kept once.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// How they came out.
    pub state: State,
    /// Weighted mean score.
    pub score: Option<f64>,
    refused: bool,
    fallback: bool,
    source: Option<Source>,
    /// What each evaluator says.
    pub scores: Vec<EvaluatorOutcome>,
}

impl Pattern {
    /// Scores by their bits: what is the same to the last digit is one pattern.
    fn bits(&self) -> (State, Option<u64>, [bool; 2], Option<Source>) {
        let score = self.score.map(f64::to_bits);
        let marks = [self.refused, self.fallback];
        (self.state, score, marks, self.source)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits() && self.scores == other.scores
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.bits().hash(hasher);
        for score in &self.scores {
            let EvaluatorOutcome {
                evaluator,
                critical,
                state,
            } = *score;
            critical.hash(hasher);
            match state {
                EvaluatorState::Scored(passed, score) => {
                    (evaluator, passed, score.to_bits()).hash(hasher);
                }
                EvaluatorState::Skipped => (evaluator, 2_u8).hash(hasher),
                EvaluatorState::Error => (evaluator, 3_u8).hash(hasher),
            }
        }
    }
}

/// A trial in the order of reports.
#[derive(Clone, Copy, Debug)]
struct Key {
    case: u32,
    /// Row of the columns, in order of arrival.
    row: u32,
}

/// Trials by case and repeat.
#[derive(Clone, Debug, Default)]
pub struct TrialTable {
    keys: Vec<Key>,
    repeat: Column<u32>,
    patterns: Interner<Pattern>,
    pattern: Column<u32>,
    at: Offsets,
    latency_ms: Numbers,
    tokens: Column<Option<(u64, u64)>>,
    cost_usd: Numbers,
    judge_cost_usd: Numbers,
    /// Cases with at least one trial.
    cases: usize,
}

impl TrialTable {
    /// A table for about so many trials: growing step by step would take twice the memory for a moment.
    pub fn with_capacity(trials: usize) -> Self {
        Self {
            keys: Vec::with_capacity(trials),
            at: Offsets::with_capacity(trials),
            ..Self::default()
        }
    }

    /// Adds a trial, in any order; [`TrialTable::sort`] comes before anything is read.
    pub fn push(&mut self, trial: &TrialOutcome<'_>) {
        self.keys.push(Key {
            case: trial.case,
            row: self.at.len() as u32,
        });
        self.repeat.push(trial.repeat);
        let pattern = Pattern {
            state: trial.state,
            score: trial.score,
            refused: trial.refused,
            fallback: trial.fallback,
            source: trial.source,
            scores: trial.scores.to_vec(),
        };
        self.pattern.push(self.patterns.number(&pattern));
        self.at.push(trial.at.0);
        self.latency_ms.push(trial.latency_ms);
        self.tokens.push(trial.tokens);
        self.cost_usd.push(trial.cost_usd);
        self.judge_cost_usd.push(trial.judge_cost_usd);
    }

    /// Sorts by case and repeat (of a trial that is there twice, the later one stays), with each case's place of arrival put into its place in the list of cases.
    pub fn sort(&mut self, position: impl Fn(u32) -> u32) {
        for key in &mut self.keys {
            key.case = position(key.case);
        }
        let repeat = |key: &Key| self.repeat.get(key.row as usize);
        self.keys
            .sort_unstable_by_key(|key| (key.case, repeat(key), key.row));
        self.keys.dedup_by(|later, kept| {
            let same = later.case == kept.case && repeat(later) == repeat(kept);
            if same {
                *kept = *later;
            }
            same
        });
        self.cases = self.keys.chunk_by(|a, b| a.case == b.case).count();
    }

    /// Gives every evaluator another number.
    pub(crate) fn renumber(&mut self, number: impl Fn(u16) -> u16) {
        self.patterns.map(|pattern| {
            for score in &mut pattern.scores {
                score.evaluator = number(score.evaluator);
            }
        });
    }

    /// How many trials there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many cases have a trial.
    pub(crate) fn case_count(&self) -> usize {
        self.cases
    }

    /// Every trial, by case and repeat.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = TrialOutcome<'_>> + Clone {
        self.range(0..self.keys.len())
    }

    /// The trials at these places.
    pub fn range(
        &self,
        places: Range<usize>,
    ) -> impl ExactSizeIterator<Item = TrialOutcome<'_>> + Clone {
        let keys = self.keys.get(places).unwrap_or_default();
        keys.iter().map(|key| self.outcome(*key))
    }

    /// How the trials at these places came out, without their measurements: rates of a million cases need no more.
    pub fn patterns(
        &self,
        places: Range<usize>,
    ) -> impl ExactSizeIterator<Item = Option<&Pattern>> + Clone {
        let keys = self.keys.get(places).unwrap_or_default();
        keys.iter().map(|key| self.pattern_of(*key))
    }

    /// Every case with its trials counted, by case.
    pub fn cases(&self) -> impl Iterator<Item = CaseOutcome> + Clone {
        let mut first = 0;
        self.keys
            .chunk_by(|a, b| a.case == b.case)
            .map(move |keys| {
                let case = self.case_of(first, keys);
                first += keys.len() as u32;
                case
            })
    }

    /// The trials of one case.
    pub(crate) fn trials_of(
        &self,
        case: u32,
    ) -> impl ExactSizeIterator<Item = TrialOutcome<'_>> + Clone + use<'_> {
        let first = self.keys.partition_point(|key| key.case < case);
        let last = self.keys.partition_point(|key| key.case <= case);
        self.range(first..last)
    }

    /// One case with its trials counted.
    pub fn case(&self, case: u32) -> Option<CaseOutcome> {
        let first = self.keys.partition_point(|key| key.case < case);
        let rest = self.keys.get(first..)?;
        let count = rest.iter().take_while(|key| key.case == case).count();
        let keys = rest.get(..count).filter(|keys| !keys.is_empty())?;
        Some(self.case_of(first as u32, keys))
    }

    fn case_of(&self, first: u32, keys: &[Key]) -> CaseOutcome {
        let mut outcome = CaseOutcome {
            case: keys.first().map_or(0, |key| key.case),
            first,
            trials: keys.len() as u32,
            passes: 0,
            error: false,
        };
        for key in keys {
            match self.pattern_of(*key).map(|pattern| pattern.state) {
                Some(State::Passed) => outcome.passes += 1,
                Some(State::Failed) => {}
                Some(State::Error) | None => outcome.error = true,
            }
        }
        outcome
    }

    fn pattern_of(&self, key: Key) -> Option<&Pattern> {
        let number = self.pattern.get(key.row as usize)?;
        self.patterns.get(number)
    }

    fn outcome(&self, key: Key) -> TrialOutcome<'_> {
        let row = key.row as usize;
        let pattern = self.pattern_of(key);
        TrialOutcome {
            case: key.case,
            repeat: self.repeat.get(row).unwrap_or_default(),
            // Every row has a pattern; one that had not would be no pass.
            state: pattern.map_or(State::Error, |pattern| pattern.state),
            score: pattern.and_then(|pattern| pattern.score),
            latency_ms: self.latency_ms.get(row),
            tokens: self.tokens.get(row).flatten(),
            cost_usd: self.cost_usd.get(row),
            judge_cost_usd: self.judge_cost_usd.get(row),
            refused: pattern.is_some_and(|pattern| pattern.refused),
            fallback: pattern.is_some_and(|pattern| pattern.fallback),
            source: pattern.and_then(|pattern| pattern.source),
            scores: pattern.map_or(&[], |pattern| &pattern.scores),
            at: JournalOffset(self.at.get(row).unwrap_or_default()),
        }
    }
}

/// The same trials, whatever order they came in.
impl PartialEq for TrialTable {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
