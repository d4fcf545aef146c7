//! plan: (suites, families, datasets, spec) -> Plan of trials. Pure.

mod again;
mod arms;
mod expand;
mod idle;
mod metrics;
mod order;

pub(crate) use again::{Known, again};
pub(crate) use expand::{Input, expand};
pub(crate) use metrics::{is_metric, taken_name};

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::event::{ArmRole, BaselineLink};
use crate::model::shard::Shard;

use crate::model::looks::Look;
use crate::model::suite::GateRule;
use crate::model::{Dataset, ModelTarget, PromptRef, PromptVersion, Status, Suite, TrialId};
pub(crate) use arms::targets;

/// The versions of a suite that a change is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Focus {
    /// No other candidates than these; `None` where the change concerns all of them.
    pub only: Option<BTreeSet<PromptRef>>,
    /// Versions that are candidates whatever their status.
    pub extra: BTreeSet<PromptRef>,
}

/// Everything a run sets out to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Suite by suite.
    pub suites: Vec<SuitePlan>,
    /// Seed of the order.
    pub seed: u64,
    /// Suites whose own `candidates` select no version, with what they name.
    pub unmatched: Vec<Unmatched>,
}

/// A suite that would test nothing it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The suite's file.
    pub path: String,
    /// The family under test.
    pub family: String,
    /// Its candidates, as written.
    pub candidates: Vec<String>,
}

/// One suite's part.
#[derive(Clone, Debug)]
pub struct SuitePlan {
    /// The suite.
    pub suite: Arc<Suite>,
    /// Its dataset.
    pub dataset: Arc<Dataset>,
    /// Places in the dataset of the cases that are selected, in order.
    pub cases: Vec<u32>,
    /// The part of them that is asked here, where it is not all of them.
    pub shard: Option<Shard>,
    /// Versions and models.
    pub arms: Vec<Arm>,
    /// How often each case is asked in the first place.
    pub repeats: u32,
    /// When evidence is looked at; more than one look means that repeats may be added.
    pub looks: Vec<Look>,
    /// Why there is a single look where repeats could have been added.
    pub looks_note: Option<String>,
    /// Cases of a candidate that are asked again at most, to prove that they broke, where a gate asks for the proof.
    pub proof_cases: Option<u32>,
    /// Conditions, those of critical evaluators and cases included.
    pub gates: Vec<GateRule>,
    /// What a reader should know of how the candidates came about.
    pub note: Option<String>,
}

/// One version on one model.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The version.
    pub version: Arc<PromptVersion>,
    /// The model asked, with its parameters.
    pub target: ModelTarget,
    /// Under test, or compared with.
    pub role: ArmRole,
    /// What it is compared with.
    pub baseline: BaselineLink,
}

impl SuitePlan {
    /// The cases in the order in which they are asked: shuffled by the seed.
    pub fn order(&self, seed: u64, place: usize) -> Vec<u32> {
        let order = order::shuffled(&self.cases, seed, place);
        if !self.suite.stop_decided {
            return order;
        }
        // A cluster is one piece of evidence, which counts when all of it is there.
        let index = &self.dataset.index;
        order::together(order, &self.cases, |place| index.cluster(place))
    }

    /// How many cases the largest cluster has, where the suite may stop between two of them.
    pub fn largest_cluster(&self) -> Option<u32> {
        if !self.stops_decided() {
            return None;
        }
        let mut sizes: HashMap<u64, u32> = HashMap::new();
        for place in &self.cases {
            if let Some(cluster) = self.dataset.index.cluster(*place) {
                *sizes.entry(cluster).or_default() += 1;
            }
        }
        sizes.into_values().max()
    }

    /// Whether a case is asked here.
    pub fn holds(&self, place: u32) -> bool {
        let key = self.dataset.index.key(place);
        self.shard
            .is_none_or(|shard| key.is_some_and(|key| shard.holds(key)))
    }

    /// How many cases are asked here.
    pub fn asked(&self) -> usize {
        match self.shard {
            None => self.cases.len(),
            Some(_) => self
                .cases
                .iter()
                .filter(|place| self.holds(**place))
                .count(),
        }
    }

    /// Whether the suite stops as soon as its evidence gates are decided; a part of a run decides nothing.
    pub fn stops_decided(&self) -> bool {
        self.suite.stop_decided && self.shard.is_none()
    }

    /// The places of all arms.
    pub fn all_arms(&self) -> Vec<u32> {
        (0..self.arms.len() as u32).collect()
    }

    /// Gates that share the run's error rate: those of candidates that may block, apart from comparisons without a second side.
    pub fn sharing_gates(&self) -> usize {
        let blocks =
            |arm: &&Arm| arm.role == ArmRole::Candidate && arm.version.status != Status::Shadow;
        let rules = |arm: &Arm| {
            let compared = matches!(arm.baseline, BaselineLink::Arm(_));
            let open = |rule: &&GateRule| {
                rule.condition.has_error_rate() && (compared || !rule.condition.compares())
            };
            self.gates.iter().filter(open).count()
        };
        self.arms.iter().filter(blocks).map(rules).sum()
    }

    /// How often each case is asked at most.
    pub fn most_repeats(&self) -> u32 {
        let looks = self.looks.iter().map(|look| look.repeats);
        looks.max().unwrap_or(self.repeats)
    }

    /// How many cases there are, or clusters of them, with a label or in all.
    pub fn units(&self, tag: Option<&str>) -> usize {
        let index = &self.dataset.index;
        let has_tag = |place: &&u32| {
            let mut own = index.tags(**place).iter();
            tag.is_none_or(|tag| own.any(|own| own == tag))
        };
        let mut clusters = BTreeSet::new();
        let cases = self.cases.iter().filter(has_tag);
        let is_unit = |place: &&u32| match index.cluster(**place) {
            None => true,
            Some(cluster) => clusters.insert(cluster),
        };
        cases.filter(is_unit).count()
    }
}

impl Plan {
    /// Trials of one suite: repeat by repeat, cases in the seeded order, all of the arms of a case together. Each comes with
    /// the place of its case in that order.
    pub fn trials_of(
        &self,
        place: usize,
        arms: Vec<u32>,
        repeats: std::ops::Range<u32>,
    ) -> impl Iterator<Item = (TrialId, u32)> + use<> {
        let suite = self.suites.get(place);
        let order = suite.map_or_else(Vec::new, |suite| suite.order(self.seed, place));
        // Each case keeps the place it has among all of them, in whatever part of the run it is asked.
        let part = suite
            .filter(|suite| suite.shard.is_some())
            .map(|suite| -> Vec<u32> {
                let places = (0..).zip(&order).filter(|(_, case)| suite.holds(**case));
                places.map(|(at, _)| at).collect()
            });
        let cases = part.as_ref().map_or(order.len(), Vec::len);
        let arm_count = arms.len();
        repeats
            .flat_map(move |repeat| (0..cases * arm_count).map(move |at| (repeat, at)))
            .filter_map(move |(repeat, at)| {
                let asked = at / arm_count;
                let placed = part
                    .as_ref()
                    .map_or(Some(asked as u32), |part| part.get(asked).copied())?;
                let trial = TrialId {
                    suite: place as u32,
                    arm: *arms.get(at % arm_count)?,
                    case: *order.get(placed as usize)?,
                    repeat,
                };
                Some((trial, placed))
            })
    }

    /// Trials of one suite that are surely asked.
    pub fn first_trials(&self, place: usize) -> impl Iterator<Item = (TrialId, u32)> + use<> {
        let suite = self.suites.get(place);
        let (arms, repeats) = suite.map_or((Vec::new(), 0), |s| (s.all_arms(), s.repeats));
        self.trials_of(place, arms, 0..repeats)
    }

    /// Every trial that is surely asked.
    pub fn trials(&self) -> impl Iterator<Item = (TrialId, u32)> + '_ {
        (0..self.suites.len()).flat_map(|place| self.first_trials(place))
    }

    /// Gates of all suites that share the run's error rate.
    pub fn sharing_gates(&self) -> usize {
        self.suites.iter().map(SuitePlan::sharing_gates).sum()
    }

    /// How many trials are surely asked.
    pub fn len(&self) -> usize {
        self.suites
            .iter()
            .map(|suite| suite.asked() * suite.arms.len() * suite.repeats as usize)
            .sum()
    }

    /// Whether nothing was selected; a part of a run may have no trial all the same.
    pub fn is_empty(&self) -> bool {
        self.suites.is_empty()
    }
}
