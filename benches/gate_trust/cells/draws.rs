//! What is drawn for a run: how hard cases are, which of them belong together, what changes, and the answers of both versions.

use prompteval::gate::evidence::{Outcomes, Scores};
use prompteval::stats::SplitMix64;

/// Most repeats of a case.
pub(crate) const REPEATS: usize = 5;

/// Share of clusters that a harmless change draws anew, some for the better and some for the worse.
const ANEW: f64 = 0.3;

/// The rates of cases: their mean, and how alike they are (the smaller `kappa`, the more a case always passes or always fails).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difficulty {
    pub(crate) rate: f64,
    pub(crate) kappa: f64,
}

impl Difficulty {
    /// True rate of one case.
    pub(crate) fn draw(self, random: &mut SplitMix64) -> f64 {
        let (a, b) = (self.kappa * self.rate, self.kappa * (1.0 - self.rate));
        beta(random, a, b)
    }
}

/// What the candidate is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// The same version again.
    None,
    /// Every case gets worse, by so much in the mean.
    Diffuse(f64),
    /// Some cases break altogether, so many that the mean falls by so much.
    Slice(f64),
}

impl Change {
    /// True rate of a case after the change.
    fn of(self, random: &mut SplitMix64, rate: f64, mean: f64) -> f64 {
        match self {
            Self::Diffuse(drop) => rate * (1.0 - drop / mean),
            Self::Slice(drop) if random.unit() < drop / mean => 0.0,
            Self::None | Self::Slice(_) => rate,
        }
    }
}

/// True rates of the cases, for both versions, and which cases belong together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cases {
    pub(crate) before: Vec<f64>,
    pub(crate) now: Vec<f64>,
    pub(crate) clusters: Option<Vec<usize>>,
}

impl Cases {
    /// Cases that each stand for themselves.
    pub(crate) fn alone(
        random: &mut SplitMix64,
        count: usize,
        difficulty: Difficulty,
        change: Change,
    ) -> Self {
        let mut cases = Self::default();
        for _ in 0..count {
            let rate = difficulty.draw(random);
            cases.before.push(rate);
            cases.now.push(change.of(random, rate, difficulty.rate));
        }
        cases
    }

    /// Near-duplicate rows: the cases of a cluster have one rate. A harmless change draws some clusters anew, so that single
    /// clusters move though nothing does in the mean.
    pub(crate) fn in_clusters(
        random: &mut SplitMix64,
        sizes: &[usize],
        difficulty: Difficulty,
    ) -> Self {
        let mut cases = Self::default();
        let mut clusters = Vec::new();
        for (cluster, size) in sizes.iter().enumerate() {
            let before = difficulty.draw(random);
            let is_anew = random.unit() < ANEW;
            let now = if is_anew {
                difficulty.draw(random)
            } else {
                before
            };
            cases.before.extend(vec![before; *size]);
            cases.now.extend(vec![now; *size]);
            clusters.extend(vec![cluster; *size]);
        }
        cases.clusters = Some(clusters);
        cases
    }

    /// Answers of the baseline and of the candidate.
    pub(crate) fn outcomes(&self, random: &mut SplitMix64) -> (Outcomes, Outcomes) {
        (answers(random, &self.before), answers(random, &self.now))
    }

    /// Scores of the baseline and of the candidate.
    pub(crate) fn scores(&self, random: &mut SplitMix64, scale: Scale) -> (Scores, Scores) {
        let mut arm = |rates: &[f64]| {
            let case = |rate: &f64| (0..REPEATS).map(|_| scale.draw(random, *rate)).collect();
            Scores(rates.iter().map(case).collect())
        };
        (arm(&self.before), arm(&self.now))
    }
}

/// Outcomes of cases with these true rates.
pub(crate) fn answers(random: &mut SplitMix64, rates: &[f64]) -> Outcomes {
    let case = |rate: &f64| (0..REPEATS).map(|_| random.unit() < *rate).collect();
    Outcomes(rates.iter().map(case).collect())
}

/// What a score can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    /// 0 or 1.
    Binary,
    /// A rubric of three points: 0, 1/3, 2/3 or 1.
    FourLevel,
    /// Anything between 0 and 1, skewed to the left.
    Continuous,
}

impl Scale {
    /// One score with this mean.
    fn draw(self, random: &mut SplitMix64, mean: f64) -> f64 {
        let mut hits = |points: u32| (0..points).filter(|_| random.unit() < mean).count() as f64;
        match self {
            Self::Binary => hits(1),
            Self::FourLevel => hits(3) / 3.0,
            Self::Continuous if mean <= 0.0 => 0.0,
            // The mean of U^c is 1 / (1 + c).
            Self::Continuous => random.unit().powf((1.0 - mean) / mean),
        }
    }
}

/// A draw of the beta distribution with both shapes at most 1 (Johnk 1964), in logarithms so that tiny shapes do not vanish.
fn beta(random: &mut SplitMix64, a: f64, b: f64) -> f64 {
    loop {
        let x = random.unit().max(f64::MIN_POSITIVE).ln() / a;
        let y = random.unit().max(f64::MIN_POSITIVE).ln() / b;
        let top = x.max(y);
        let sum = top + ((x - top).exp() + (y - top).exp()).ln();
        if sum <= 0.0 {
            return (x - sum).exp();
        }
    }
}
