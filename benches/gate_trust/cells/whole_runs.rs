//! A whole run of several gates, both versions being the same: whether any gate blocks.

use prompteval::gate::evidence::{EvidenceGate, MeanDifference, Outcomes, Scores};
use prompteval::stats::SplitMix64;

use super::decide::{escalated, paired};
use super::draws::{Cases, Change, Difficulty};
use super::table::{Cell, Demand, is};

const MARGIN: f64 = 0.05;

/// A run's gates: suites of the same make.
#[derive(Clone, Copy)]
struct Shape {
    suites: usize,
    /// Labels of each suite; every case has one.
    tags: usize,
    /// Cases of each label.
    cases: usize,
    /// Whether a gate looks at the pass rate of all cases, at their score, and at each label.
    whole: bool,
    score: bool,
    by_tag: bool,
}

impl Shape {
    fn gates(self) -> usize {
        let of_suite = usize::from(self.whole)
            + usize::from(self.score)
            + self.tags * usize::from(self.by_tag);
        self.suites * of_suite
    }
}

/// Both versions' answers to the cases of one suite.
struct Suite {
    before: Outcomes,
    now: Outcomes,
    scores: Option<(Scores, Scores)>,
    /// Answers label by label.
    tags: Vec<(Outcomes, Outcomes)>,
}

impl Suite {
    fn draw(random: &mut SplitMix64, shape: Shape, difficulty: Difficulty) -> Self {
        let count = shape.tags * shape.cases;
        let cases = Cases::alone(random, count, difficulty, Change::None);
        let (before, now) = cases.outcomes(random);
        let chunks = before.0.chunks(shape.cases).zip(now.0.chunks(shape.cases));
        let tags = chunks.map(|(before, now)| (Outcomes(before.to_vec()), Outcomes(now.to_vec())));
        Self {
            tags: tags.collect(),
            scores: shape
                .score
                .then(|| (scored(random, &before), scored(random, &now))),
            before,
            now,
        }
    }

    fn gates(&self, shape: Shape) -> Vec<Box<dyn EvidenceGate + '_>> {
        let rate = |baseline, candidate| {
            Box::new(paired(baseline, candidate, None, MARGIN)) as Box<dyn EvidenceGate>
        };
        let mut gates = Vec::new();
        if shape.whole {
            gates.push(rate(&self.before, &self.now));
        }
        if let Some((baseline, candidate)) = &self.scores {
            gates.push(Box::new(MeanDifference {
                baseline,
                candidate,
                clusters: None,
                margin: MARGIN,
            }));
        }
        if shape.by_tag {
            gates.extend(self.tags.iter().map(|(before, now)| rate(before, now)));
        }
        gates
    }
}

/// Scores of the same answers: one that passes lost no point or one, one that fails lost two or all three.
fn scored(random: &mut SplitMix64, outcomes: &Outcomes) -> Scores {
    let mut score = |passed: &bool| {
        let lost = if *passed { 0.0 } else { 2.0 };
        (3.0 - lost - is(random.unit() < 0.3)) / 3.0
    };
    let case = |case: &Vec<bool>| case.iter().map(&mut score).collect();
    Scores(outcomes.0.iter().map(case).collect())
}

pub(crate) fn cells() -> Vec<Cell> {
    let rates = Shape {
        suites: 1,
        tags: 1,
        cases: 60,
        whole: true,
        score: false,
        by_tag: false,
    };
    let by_tag = |tags, cases| Shape {
        tags,
        cases,
        whole: false,
        by_tag: true,
        ..rates
    };
    let mixed = |suites, tags, cases| Shape {
        suites,
        tags,
        cases,
        score: true,
        by_tag: true,
        ..rates
    };
    let shapes = [
        ("one suite of 60", rates),
        (
            "pass rate and score of 60",
            Shape {
                score: true,
                ..rates
            },
        ),
        ("two suites of 60", Shape { suites: 2, ..rates }),
        ("five tags of 20", by_tag(5, 20)),
        ("five tags of 60", by_tag(5, 60)),
        ("ten tags of 20", by_tag(10, 20)),
        ("ten tags of 60", by_tag(10, 60)),
        ("two suites: rate, score, three tags of 20", mixed(2, 3, 20)),
        ("twenty tags of 20", by_tag(20, 20)),
        ("twenty tags of 60", by_tag(20, 60)),
        (
            "four suites: rate, score, three tags of 60",
            mixed(4, 3, 60),
        ),
    ];
    let mut cells = Vec::new();
    for (name, shape) in shapes {
        for kappa in [1.0, 0.25] {
            // Flips and many labels take long without optimisation.
            let is_small = shape.tags * shape.cases <= 400 && !shape.score;
            let is_tested = kappa >= 1.0 && is_small;
            cells.push(cell(name, shape, kappa).tested_if(is_tested));
        }
    }
    cells
}

fn cell(name: &str, shape: Shape, kappa: f64) -> Cell {
    let difficulty = Difficulty { rate: 0.9, kappa };
    let name = format!("{} gates: {name}, kappa {kappa}", shape.gates());
    let figures = [("blocked", Demand::AtMost(5.0))];
    Cell::new(name, &figures, move |random| {
        let suites: Vec<Suite> = (0..shape.suites)
            .map(|_| Suite::draw(random, shape, difficulty))
            .collect();
        let gates: Vec<_> = suites.iter().flat_map(|suite| suite.gates(shape)).collect();
        let gates: Vec<&dyn EvidenceGate> = gates.iter().map(AsRef::as_ref).collect();
        vec![is(escalated(&gates).iter().any(|gate| gate.blocks))]
    })
}
