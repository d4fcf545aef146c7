//! Evidence about a mean of values that come in clusters of unequal size, looked at after every cluster.
//!
//! A cluster of n cases with values x in `[0, 1]` is one observation y = m + (sum of x - m n) / N, N being the size of the largest
//! cluster of the plan. Where the mean over cases is at most m, so is the expectation of y, however cluster sizes and values
//! hang together; and n <= N keeps y within `[0, 1]`, so the betting e-process of `betting` applies.
//! Clusters have to come in an order that does not depend on their sizes or answers. A case of its own is a cluster of one.

use super::acceptance::Decision;
use super::betting::{EProcess, Null};
use super::error::{StatsError, check};

/// Running evidence that a mean is above a floor (pass) and that it is below a target (fail).
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterEvidence {
    floor: f64,
    target: f64,
    largest: f64,
    /// None for a floor of 0, which nothing can be below: it is not tested.
    above_floor: Option<EProcess>,
    /// None for a target of 1, which one loss refutes.
    below_target: Option<EProcess>,
    lost: bool,
}

/// One cluster: its cases and the sums of their values. The sums differ where some values are unknown: then each unknown value
/// counts against what the sum could show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterValues {
    /// How many cases.
    pub cases: u64,
    /// Sum with unknown values at 0, for evidence that the mean is above the floor.
    pub worst: f64,
    /// Sum with unknown values at 1, for evidence that the mean is below the target.
    pub best: f64,
}

impl ClusterEvidence {
    /// No evidence yet. `largest` is the size of the largest cluster that can come, at least 1; the floor is in `[0, 1)`, the target
    /// in (0, 1] and not below the floor.
    pub fn new(floor: f64, target: f64, largest: u64) -> Result<Self, StatsError> {
        check("largest", largest as f64, "at least 1", largest >= 1)?;
        check(
            "floor",
            floor,
            "in [0, 1) and at most the target",
            (0.0..1.0).contains(&floor) && floor <= target,
        )?;
        check("target", target, "in (0, 1]", target > 0.0 && target <= 1.0)?;
        let process = |null, m, tested: bool| tested.then(|| EProcess::new(null, m)).transpose();
        Ok(Self {
            floor,
            target,
            largest: largest as f64,
            above_floor: process(Null::AtMost, floor, floor > 0.0)?,
            below_target: process(Null::AtLeast, target, target < 1.0)?,
            lost: false,
        })
    }

    /// Adds one cluster; one that is larger than the largest that could come is an error.
    pub fn push(&mut self, cluster: ClusterValues) -> Result<(), StatsError> {
        let ClusterValues { cases, worst, best } = cluster;
        let size = cases as f64;
        check("cases", size, "at most the largest", size <= self.largest)?;
        let fits = (0.0..=best).contains(&worst) && best <= size * (1.0 + 1e-9);
        check("worst", worst, "at most the best, of cases in [0, 1]", fits)?;
        // Rounding alone leaves the unit interval.
        let of = |sum: f64, m: f64| (m + (sum - m * size) / self.largest).clamp(0.0, 1.0);
        if let Some(process) = &mut self.above_floor {
            process.push(of(worst, self.floor))?;
        }
        match &mut self.below_target {
            Some(process) => process.push(of(best, self.target))?,
            None => self.lost |= best < size - 1e-9,
        }
        Ok(())
    }

    /// Pass or fail once shown at its level, none before; pass has precedence.
    pub fn decision(&self, alpha_pass: f64, alpha_fail: f64) -> Option<Decision> {
        let above = self.above_floor.as_ref();
        if above.is_some_and(|process| process.rejects(alpha_pass)) {
            return Some(Decision::Pass);
        }
        let below = self.below_target.as_ref();
        let is_below = self.lost || below.is_some_and(|process| process.rejects(alpha_fail));
        is_below.then_some(Decision::Fail)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::SplitMix64;
    use super::*;

    /// Runs of at most this many clusters.
    const CLUSTERS: usize = 150;

    fn uniform(random: &mut SplitMix64) -> f64 {
        (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A cluster whose cases mostly come out alike, and whose size hangs together with how they do.
    fn cluster(random: &mut SplitMix64, bad: f64) -> ClusterValues {
        let is_bad = uniform(random) < bad;
        let cases = if is_bad {
            8
        } else {
            [1, 2, 8][(random.next_u64() % 3) as usize]
        };
        let rate = if is_bad { 0.4 } else { 0.98 };
        let passed = (0..cases).filter(|_| uniform(random) < rate).count() as f64;
        ClusterValues {
            cases,
            worst: passed,
            best: passed,
        }
    }

    /// Mean over cases of the population that `cluster` draws from: sizes weigh.
    fn mean(bad: f64) -> f64 {
        let (of_bad, of_good) = (bad * 8.0, (1.0 - bad) * 11.0 / 3.0);
        (of_bad * 0.4 + of_good * 0.98) / (of_bad + of_good)
    }

    /// Shares of runs that pass and fail, and clusters that a run takes.
    fn simulate(bad: f64, floor: f64, target: f64, runs: u64) -> (f64, f64, f64) {
        let (mut passes, mut fails, mut taken) = (0, 0, 0);
        for run in 0..runs {
            let mut random = SplitMix64::new(run);
            let mut evidence = ClusterEvidence::new(floor, target, 8).unwrap();
            for _ in 0..CLUSTERS {
                taken += 1;
                evidence.push(cluster(&mut random, bad)).unwrap();
                match evidence.decision(0.01, 0.01) {
                    Some(Decision::Pass) => passes += 1,
                    Some(_) => fails += 1,
                    None => continue,
                }
                break;
            }
        }
        let share = |count: i32| f64::from(count) / runs as f64;
        (share(passes), share(fails), f64::from(taken) / runs as f64)
    }

    #[test]
    fn at_the_borders_hardly_a_run_errs_though_sizes_tell_of_answers() {
        let here = mean(0.1);
        let (_, fails, _) = simulate(0.1, here - 0.1, here, 2_000);
        assert!(fails <= 0.015, "{fails} of good versions fail");
        let (passes, ..) = simulate(0.1, here, (here + 0.1).min(1.0), 2_000);
        assert!(passes <= 0.015, "{passes} of bad versions pass");
    }

    #[test]
    fn what_is_clear_is_decided_long_before_the_end() {
        let (passes, _, taken) = simulate(0.0, 0.8, 0.9, 500);
        assert!(
            passes > 0.98 && taken < 0.5 * CLUSTERS as f64,
            "{passes} {taken}"
        );
        let (_, fails, taken) = simulate(0.6, 0.8, 0.9, 500);
        assert!(
            fails > 0.98 && taken < 0.5 * CLUSTERS as f64,
            "{fails} {taken}"
        );
    }

    #[test]
    fn cases_of_their_own_are_the_plain_process_and_unknown_values_show_nothing() {
        let mut evidence = ClusterEvidence::new(0.8, 0.9, 1).unwrap();
        let mut plain = EProcess::new(Null::AtMost, 0.8).unwrap();
        let mut unsure = evidence.clone();
        for _ in 0..60 {
            let one = ClusterValues {
                cases: 1,
                worst: 1.0,
                best: 1.0,
            };
            evidence.push(one).unwrap();
            plain.push(1.0).unwrap();
            unsure.push(ClusterValues { worst: 0.0, ..one }).unwrap();
        }
        let own = evidence.above_floor.as_ref().unwrap().log_e();
        assert!((own - plain.log_e()).abs() < 1e-9);
        assert_eq!(evidence.decision(0.01, 0.01), Some(Decision::Pass));
        assert_eq!(unsure.decision(0.01, 0.01), None);
    }

    #[test]
    fn a_target_of_one_is_lost_at_once_and_bad_input_is_refused() {
        let mut evidence = ClusterEvidence::new(0.0, 1.0, 2).unwrap();
        let cluster = |cases, sum| ClusterValues {
            cases,
            worst: sum,
            best: sum,
        };
        evidence.push(cluster(2, 2.0)).unwrap();
        assert_eq!(evidence.decision(0.01, 0.01), None);
        evidence.push(cluster(2, 1.9)).unwrap();
        assert_eq!(evidence.decision(0.01, 0.01), Some(Decision::Fail));
        assert!(evidence.push(cluster(3, 1.0)).is_err());
        assert!(evidence.push(cluster(1, 1.5)).is_err());
        assert!(evidence.push(cluster(1, f64::NAN)).is_err());
        assert!(ClusterEvidence::new(0.9, 0.8, 1).is_err());
        assert!(ClusterEvidence::new(0.8, 0.9, 0).is_err());
    }
}
