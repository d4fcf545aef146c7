//! Joins what the plan, the record and the verdict say of each candidate, so that no report walks three lists by itself.

use std::collections::BTreeSet;
use std::io;

use crate::model::event::{ArmHeader, BaselineLink, SuiteHeader};
use crate::model::record::{ArmRecord, CaseInfo, Metrics, SuiteRecord};
use crate::model::verdict::{CandidateVerdict, Decision, ProvenCase};

use super::View;

/// One suite and its candidates.
pub(crate) struct SuiteView<'a> {
    /// What was planned.
    pub(crate) header: &'a SuiteHeader,
    /// Its cases and evaluators.
    pub(crate) table: &'a SuiteRecord,
    /// What was decided.
    pub(crate) decision: Decision,
    /// Candidate by candidate, in the plan's order.
    pub(crate) candidates: Vec<CandidateView<'a>>,
}

/// A version on a model: what was planned of it and what came of it.
#[derive(Clone, Copy)]
pub(crate) struct Arm<'a> {
    /// What was planned.
    pub(crate) header: &'a ArmHeader,
    /// What came of it.
    pub(crate) record: &'a ArmRecord,
}

/// One candidate.
pub(crate) struct CandidateView<'a> {
    /// When the run began: RFC 3339, UTC.
    pub(crate) started_at: &'a str,
    /// Its suite, as planned.
    pub(crate) suite: &'a SuiteHeader,
    /// Its suite's cases and evaluators.
    pub(crate) table: &'a SuiteRecord,
    /// The candidate itself.
    pub(crate) arm: Arm<'a>,
    /// The arm it is compared with.
    pub(crate) baseline: Option<Arm<'a>>,
    /// What was decided.
    pub(crate) verdict: &'a CandidateVerdict,
    /// Whether its version is a candidate on more than one model.
    pub(crate) several_models: bool,
}

impl<'a> View<'a> {
    /// The suites in the plan's order.
    ///
    /// # Errors
    /// When the verdict speaks of a suite or an arm that the record lacks.
    pub(crate) fn suites(&self) -> io::Result<Vec<SuiteView<'a>>> {
        let (record, verdict) = (self.record, self.verdict);
        let planned = &record.header.suites;
        if planned.len() != record.suites.len() || planned.len() != verdict.suites.len() {
            return Err(mismatch());
        }
        let mut suites = Vec::with_capacity(planned.len());
        for ((header, table), decided) in planned.iter().zip(&record.suites).zip(&verdict.suites) {
            let candidates = decided
                .candidates
                .iter()
                .map(|verdict| {
                    let started_at = record.header.run.started_at.as_str();
                    candidate(started_at, (header, table), verdict).ok_or_else(mismatch)
                })
                .collect::<io::Result<_>>()?;
            suites.push(SuiteView {
                header,
                table,
                decision: decided.decision,
                candidates,
            });
        }
        Ok(suites)
    }
}

/// A report that left out what it cannot match would show less than was decided.
fn mismatch() -> io::Error {
    let message = "the verdict and the record are not of the same run";
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn candidate<'a>(
    started_at: &'a str,
    (suite, table): (&'a SuiteHeader, &'a SuiteRecord),
    verdict: &'a CandidateVerdict,
) -> Option<CandidateView<'a>> {
    let arm = arm(suite, table, verdict.arm)?;
    let baseline = match arm.header.baseline {
        BaselineLink::Arm(place) => Some(self::arm(suite, table, place)?),
        _ => None,
    };
    let models: BTreeSet<_> = suite
        .arms
        .iter()
        .filter(|other| other.role == arm.header.role && other.version == arm.header.version)
        .map(|other| &other.model)
        .collect();
    Some(CandidateView {
        started_at,
        suite,
        table,
        arm,
        baseline,
        verdict,
        several_models: models.len() > 1,
    })
}

fn arm<'a>(suite: &'a SuiteHeader, table: &'a SuiteRecord, place: u32) -> Option<Arm<'a>> {
    Some(Arm {
        header: suite.arms.get(place as usize)?,
        record: table.arms.get(place as usize)?,
    })
}

impl<'a> CandidateView<'a> {
    /// `SUITE FAMILY@VERSION`, and the model where the version stands on several.
    pub(crate) fn label(&self) -> String {
        let header = self.arm.header;
        let label = format!("{} {}", self.suite.name, header.version);
        if self.several_models {
            format!("{label} {}", header.model)
        } else {
            label
        }
    }

    /// Place of its baseline among the suite's arms.
    pub(crate) fn baseline_place(&self) -> Option<usize> {
        match self.arm.header.baseline {
            BaselineLink::Arm(place) => Some(place as usize),
            BaselineLink::NoneYet | BaselineLink::Itself | BaselineLink::Unused => None,
        }
    }

    /// Whether its gates can stop anyone.
    pub(crate) fn may_block(&self) -> bool {
        !self.arm.header.never_blocks()
    }

    /// Why no baseline stands beside it, where none does.
    pub(crate) fn baseline_note(&self) -> Option<&'static str> {
        match self.arm.header.baseline {
            BaselineLink::Arm(_) => None,
            BaselineLink::NoneYet => Some("no baseline yet"),
            BaselineLink::Itself => Some("is the baseline"),
            BaselineLink::Unused => Some("no gate compares with a baseline"),
        }
    }

    /// What stands beside the baseline's own answers, and whether it counts.
    pub(crate) fn pool_note(&self) -> Option<String> {
        let (pool, baseline) = (self.verdict.pool.as_ref()?, self.baseline?);
        let (version, told) = (&baseline.header.version.version, pool.told());
        Some(match &pool.refused {
            None => format!("{version} with {told}"),
            Some(reason) => format!("{version} without its {told}: {reason}"),
        })
    }

    /// Ids of cases by their places.
    pub(crate) fn ids(&self, places: &[u32]) -> impl Iterator<Item = &'a str> {
        let cases = &self.table.cases;
        places
            .iter()
            .filter_map(move |place| cases.get(*place as usize))
            .map(|case| case.id)
    }

    /// Cases that fresh answers prove broken, each with its id.
    pub(crate) fn proven(&self) -> impl Iterator<Item = (&'a str, &'a ProvenCase)> {
        let cases = &self.table.cases;
        let proven = self.verdict.changes.proven.iter();
        proven.filter_map(move |one| Some((cases.get(one.case as usize)?.id, one)))
    }

    /// How many planned cases have no finished trial.
    pub(crate) fn missing_cases(&self) -> usize {
        (self.suite.selected as usize).saturating_sub(self.arm.record.case_count())
    }

    /// What is known of a case, by its place in the suite's list.
    pub(crate) fn case_info(&self, case: u32) -> io::Result<CaseInfo<'a>> {
        self.table.cases.get(case as usize).ok_or_else(mismatch)
    }

    /// The candidate's numbers over all cases.
    pub(crate) fn metrics(&self) -> &'a Metrics {
        &self.arm.record.metrics
    }
}
