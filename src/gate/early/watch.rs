//! The finished prefix of the seeded order, cluster by cluster, added to every gate as it grows.

use std::collections::{BTreeMap, HashSet};

use super::running::{PlanFacts, Running};
use super::stopped::Stopped;
use crate::gate::header::family_size;
use crate::model::CaseMetric;
use crate::model::event::{ArmHeader, ArmRole, BaselineLink, RunHeader, SuiteHeader};
use crate::model::record::{ArmRecord, CaseInfo, CaseOutcome, RunRecord, State, SuiteRecord};
use crate::model::suite::Condition;
use crate::stats::ClusterValues;

/// Whether a suite that stops when it is decided is decided. It is shown every trial once, in parts of the run's record.
#[derive(Clone, Debug)]
pub struct EarlyWatch {
    suite: usize,
    candidates: Vec<CandidateWatch>,
}

impl EarlyWatch {
    /// No trial yet; `None` for a suite that asks all its cases.
    pub fn new(run: &RunHeader, suite: usize) -> Option<Self> {
        let header = run.suites.get(suite).filter(|header| header.stop_decided)?;
        let family = family_size(run);
        let arms = (0_u32..).zip(&header.arms);
        let candidates = arms.filter(|(_, arm)| arm.role == ArmRole::Candidate);
        Some(Self {
            suite,
            candidates: candidates
                .map(|arm| CandidateWatch::new(header, arm, family))
                .collect(),
        })
    }

    /// Adds the trials of a part of the run that was not shown yet.
    pub fn see(&mut self, part: &RunRecord) {
        self.see_those(part, |_| true);
    }

    /// Adds what an earlier process has measured; what it could not measure is asked again and shown then.
    pub fn resume(&mut self, earlier: &RunRecord) {
        self.see_those(earlier, |state| state != State::Error);
    }

    /// Whether the finished prefix of the seeded order decides every evidence gate.
    pub fn is_decided(&self) -> bool {
        self.candidates.iter().all(CandidateWatch::is_decided)
    }

    fn see_those(&mut self, part: &RunRecord, counts: impl Fn(State) -> bool + Copy) {
        let Some(suite) = part.suites.get(self.suite) else {
            return;
        };
        for candidate in &mut self.candidates {
            candidate.see(suite, counts);
        }
    }
}

/// One candidate's finished prefix: its own first repeats and those of the arm it is compared with.
#[derive(Clone, Debug)]
pub(super) struct CandidateWatch {
    arm: usize,
    baseline: Option<usize>,
    /// Cases of the plan.
    planned: u32,
    /// `None` where the suite's gates cannot be decided early.
    gates: Option<Vec<Running>>,
    /// Whether the plan says how large clusters are; without that, cases must stand for themselves.
    knows_clusters: bool,
    /// The case that the prefix waits for.
    next: u32,
    waiting: BTreeMap<u32, Waiting>,
    /// The cluster that more cases may belong to.
    cluster: Option<Cluster>,
    seen: HashSet<String>,
    /// Cases of the prefix by which every gate was decided.
    decided_at: Option<u32>,
}

/// A case that is finished on one side, or before one that precedes it.
#[derive(Clone, Debug)]
struct Waiting {
    case: u32,
    cluster: Option<String>,
    own: Option<Vec<First>>,
    other: Option<Vec<First>>,
}

/// What a case's first repeat says of one gate's metric.
#[derive(Clone, Copy, Debug)]
enum First {
    NotApplicable,
    Error,
    Known(f64),
}

#[derive(Clone, Debug)]
struct Cluster {
    name: Option<String>,
    sums: Vec<ClusterValues>,
}

impl CandidateWatch {
    pub(super) fn new(
        header: &SuiteHeader,
        (place, arm): (u32, &ArmHeader),
        family: usize,
    ) -> Self {
        let rules = || {
            let rules = header.gates.iter();
            rules.filter(|rule| rule.condition.has_error_rate())
        };
        let of_tags = |condition: &Condition| matches!(condition, Condition::EachTag { .. });
        let plan = PlanFacts {
            gates: family.max(1) as f64,
            largest: u64::from(header.largest_cluster.unwrap_or(1)),
        };
        let gates = rules().map(|rule| Running::new(header, arm, rule, plan));
        Self {
            arm: place as usize,
            baseline: match arm.baseline {
                BaselineLink::Arm(place) => Some(place as usize),
                _ => None,
            },
            planned: header.selected,
            gates: (!rules().any(|rule| of_tags(&rule.condition))).then(|| gates.collect()),
            knows_clusters: header.largest_cluster.is_some(),
            next: 0,
            waiting: BTreeMap::new(),
            cluster: None,
            seen: HashSet::new(),
            decided_at: None,
        }
    }

    pub(super) fn is_decided(&self) -> bool {
        let gates = self.gates.as_ref();
        gates.is_some_and(|gates| gates.iter().all(|gate| gate.stopped.is_some()))
    }

    /// How many cases of the seeded order decided every gate, where they did.
    pub(super) fn decided_at(&self) -> Option<u32> {
        self.decided_at.filter(|_| self.is_decided())
    }

    /// How each gate was decided, where it was.
    pub(super) fn into_stopped(self) -> Option<Vec<Option<Stopped>>> {
        let gates = self.gates?.into_iter();
        Some(gates.map(|gate| gate.stopped).collect())
    }

    /// Adds the first repeats of a part of the suite's record.
    pub(super) fn see(&mut self, suite: &SuiteRecord, counts: impl Fn(State) -> bool) {
        let cases = (0_u32..).zip(suite.cases.iter());
        let mut order: Vec<(u32, u32)> = cases.map(|(at, case)| (case.order, at)).collect();
        order.sort_unstable();
        for (_, at) in order {
            if let Some(case) = suite.cases.get(at as usize) {
                self.see_case(suite, (at, &case), &counts);
                self.advance();
            }
        }
    }

    fn see_case(
        &mut self,
        suite: &SuiteRecord,
        (at, case): (u32, &CaseInfo<'_>),
        counts: impl Fn(State) -> bool,
    ) {
        let Some(gates) = self.gates.as_ref().filter(|_| case.order >= self.next) else {
            return;
        };
        let of_arm = |place: usize| {
            let arm = suite.arms.get(place)?;
            firsts(suite, arm, (at, case), gates, &counts)
        };
        let (own, other) = (of_arm(self.arm), self.baseline.and_then(of_arm));
        if own.is_none() && other.is_none() {
            return;
        }
        let waiting = self.waiting.entry(case.order);
        let waiting = waiting.or_insert_with(|| Waiting {
            case: case.index,
            cluster: case.cluster.map(str::to_owned),
            own: None,
            other: None,
        });
        // Journals of earlier versions number no cases: the first one alone has a place in the order.
        if waiting.case == case.index {
            waiting.own = waiting.own.take().or(own);
            waiting.other = waiting.other.take().or(other);
        }
    }

    /// Adds every case that the prefix was waiting for.
    fn advance(&mut self) {
        while let Some(entry) = self.waiting.first_entry()
            && *entry.key() == self.next
            && entry.get().own.is_some()
            && (self.baseline.is_none() || entry.get().other.is_some())
        {
            let case = entry.remove();
            self.next += 1;
            self.add(case);
        }
        // More cases of the last cluster may be to come.
        let is_whole = |cluster: &mut Cluster| cluster.name.is_none() || self.next >= self.planned;
        if let Some(cluster) = self.cluster.take_if(is_whole) {
            self.push(&cluster.sums);
        }
    }

    fn add(&mut self, case: Waiting) {
        let Some(gates) = self.gates.as_ref() else {
            return;
        };
        let sides = case.own.unwrap_or_default().into_iter();
        let others = case.other.unwrap_or_default().into_iter().map(Some);
        let others = others.chain(std::iter::repeat(None));
        let values: Vec<Option<(f64, f64)>> = sides
            .zip(others)
            .zip(gates)
            .map(|((own, other), gate)| contribution(own, other, gate.compares))
            .collect();
        let open = self.cluster.as_ref();
        let goes_on = case.cluster.is_some() && open.is_some_and(|open| open.name == case.cluster);
        if !goes_on {
            if let Some(whole) = self.cluster.take() {
                self.push(&whole.sums);
            }
            let is_back = |name: &String| !self.seen.insert(name.clone());
            let split = case.cluster.as_ref().is_some_and(is_back);
            // Clusters are asked one after another, apart from runs of earlier versions.
            if split || (case.cluster.is_some() && !self.knows_clusters) {
                self.gates = None;
                return;
            }
        }
        let cluster = self.cluster.get_or_insert_with(|| Cluster {
            name: case.cluster,
            sums: vec![NOTHING; values.len()],
        });
        for (sum, value) in cluster.sums.iter_mut().zip(values) {
            if let Some((worst, best)) = value {
                sum.cases += 1;
                sum.worst += worst;
                sum.best += best;
            }
        }
    }

    fn push(&mut self, sums: &[ClusterValues]) {
        for (gate, sum) in self.gates.iter_mut().flatten().zip(sums) {
            gate.push(*sum);
        }
        if self.decided_at.is_none() && self.is_decided() {
            self.decided_at = Some(self.next);
        }
    }
}

const NOTHING: ClusterValues = ClusterValues {
    cases: 0,
    worst: 0.0,
    best: 0.0,
};

/// What the first repeat of a case says of every gate; `None` where the arm was not asked it, or what it said does not count.
fn firsts(
    suite: &SuiteRecord,
    arm: &ArmRecord,
    (at, info): (u32, &CaseInfo<'_>),
    gates: &[Running],
    counts: impl Fn(State) -> bool,
) -> Option<Vec<First>> {
    let case = arm.case(at)?;
    let first = arm.trials_of(&case).next()?;
    if first.repeat != 0 || !counts(first.state) {
        return None;
    }
    let case = CaseOutcome { trials: 1, ..case };
    let applies = |gate: &&Running| {
        let tag = gate.tag.as_ref();
        tag.is_none_or(|tag| info.tags.contains(tag))
    };
    let of = |metric: &CaseMetric| metric.answers(suite, arm, &case)?.first().copied();
    let firsts = gates.iter().map(|gate| {
        let metric = Some(gate)
            .filter(applies)
            .and_then(|gate| gate.metric.as_ref());
        match metric.and_then(of) {
            None => First::NotApplicable,
            Some(None) => First::Error,
            Some(Some(value)) => First::Known(value),
        }
    });
    Some(firsts.collect())
}

/// A case's value in 0..=1 with errors against the candidate and in its favour: its pass or score, or half of one more than its
/// lead over the baseline.
fn contribution(own: First, other: Option<First>, compares: bool) -> Option<(f64, f64)> {
    let bounds = |first: First| match first {
        First::NotApplicable => None,
        First::Error => Some((0.0, 1.0)),
        First::Known(value) => Some((value, value)),
    };
    let (worst, best) = bounds(own)?;
    if !compares {
        return Some((worst, best));
    }
    let (lowest, highest) = bounds(other?)?;
    Some((0.5 * (worst - highest + 1.0), 0.5 * (best - lowest + 1.0)))
}
