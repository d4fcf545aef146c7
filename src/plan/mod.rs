//! plan: (suites, families, datasets, selection) -> Plan of trials. Pure.

mod arms;
mod expand;
mod metrics;
mod order;

pub use expand::{Input, expand};
pub use metrics::{BASE_METRICS, known_metrics};

use std::sync::Arc;

use crate::model::event::{ArmRole, BaselineLink};
use crate::model::suite::GateRule;
use crate::model::{Case, Dataset, ModelTarget, PromptRef, PromptVersion, Suite, TrialId, Version};

/// What the command line leaves in, out or puts in another's place.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these candidates.
    pub candidates: Vec<PromptRef>,
    /// Another baseline than the suite's.
    pub baseline: Option<BaselineChoice>,
    /// Only cases with one of these labels.
    pub tags: Vec<String>,
    /// Only these cases, by id.
    pub cases: Vec<String>,
    /// Only the first so many of the cases left.
    pub limit: Option<usize>,
    /// Another number of repeats than the suite's.
    pub repeats: Option<u32>,
    /// Candidates on these models in place of their own.
    pub models: Vec<ModelTarget>,
    /// Seed of the order in which cases are asked.
    pub seed: u64,
}

/// The baseline as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineChoice {
    /// Compare with nothing.
    None,
    /// Compare with this version.
    Version(Version),
}

impl Selection {
    /// Flags that leave out cases or change gates, baseline, repeats or model: such a run is no evidence for a promotion.
    pub fn partial(&self) -> Vec<String> {
        let mut flags = Vec::new();
        let mut add = |given: bool, flag: &str| {
            if given {
                flags.push(flag.to_owned());
            }
        };
        add(self.baseline.is_some(), "--baseline");
        add(!self.tags.is_empty(), "--tag");
        add(!self.cases.is_empty(), "--case");
        add(self.limit.is_some(), "--limit");
        add(self.repeats.is_some(), "--repeats");
        add(!self.models.is_empty(), "--model");
        flags
    }

    /// Whether a flag narrows down which cases or candidates run.
    pub fn filters(&self) -> bool {
        !self.candidates.is_empty()
            || !self.tags.is_empty()
            || !self.cases.is_empty()
            || self.limit.is_some()
    }
}

/// Everything a run sets out to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Suite by suite.
    pub suites: Vec<SuitePlan>,
    /// Seed of the order.
    pub seed: u64,
}

/// One suite's part.
#[derive(Clone, Debug)]
pub struct SuitePlan {
    /// The suite.
    pub suite: Arc<Suite>,
    /// Its dataset.
    pub dataset: Arc<Dataset>,
    /// Places in the dataset of the cases to ask, in order.
    pub cases: Vec<u32>,
    /// Versions and models.
    pub arms: Vec<Arm>,
    /// How often each case is asked.
    pub repeats: u32,
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
    /// The cases to ask, each with its place in the dataset.
    pub fn placed_cases(&self) -> impl Iterator<Item = (u32, &Arc<Case>)> {
        self.cases
            .iter()
            .filter_map(|place| Some((*place, self.dataset.cases.get(*place as usize)?)))
    }

    /// The cases to ask.
    pub fn cases(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.placed_cases().map(|(_, case)| case)
    }
}

impl Plan {
    /// Every trial, in the order they are begun: suites one after another; within a suite repeat by repeat, cases in a
    /// shuffled order, all arms of a case together.
    pub fn trials(&self) -> impl Iterator<Item = TrialId> + '_ {
        self.suites.iter().enumerate().flat_map(move |(at, suite)| {
            let order = order::shuffled(&suite.cases, self.seed, at);
            (0..suite.repeats).flat_map(move |repeat| {
                let order = order.clone();
                order.into_iter().flat_map(move |case| {
                    (0..suite.arms.len()).map(move |arm| TrialId {
                        suite: at as u32,
                        arm: arm as u32,
                        case,
                        repeat,
                    })
                })
            })
        })
    }

    /// How many trials there are.
    pub fn len(&self) -> usize {
        self.suites
            .iter()
            .map(|suite| suite.cases.len() * suite.arms.len() * suite.repeats as usize)
            .sum()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
