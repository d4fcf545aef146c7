//! The files that a journal speaks of, as they are now, and what its plan says differently.

use std::path::Path;
use std::sync::Arc;

use super::differences::{DeriveError, Differences};
use super::pointers;
use crate::fsx;
use crate::load;
use crate::load::suite_sha256;
use crate::model::event::{ArmHeader, ArmRole, BaselineLink, RunHeader, SuiteHeader};
use crate::model::looks::{ALPHA, Look};
use crate::model::{Dataset, ModelTarget, PromptRef, RunSpec, Suite, TrialId};
use crate::pipeline::evaluators::SuiteEvaluators;
use crate::plan::{self, Arm, Known, Plan, SuitePlan};
use crate::registry::{self, Registry};

/// The suites of a journal, in its order, out of the files of the project.
#[derive(Debug)]
pub(in crate::pipeline) struct Subject {
    pub(in crate::pipeline) root: std::path::PathBuf,
    pub(in crate::pipeline) registry: Registry,
    /// What the run was to do, as the files say now.
    pub(in crate::pipeline) plan: Plan,
    /// Evaluators, by suite.
    pub(in crate::pipeline) evaluators: Vec<SuiteEvaluators>,
    /// Suites, versions and flags that are not there any more, or make no sense.
    gone: Vec<String>,
}

impl Subject {
    /// Reads the suites, datasets and versions that a journal names.
    pub(super) fn read(root: &Path, header: &RunHeader) -> Result<Self, DeriveError> {
        let (registry, mut problems) = Registry::read(root);
        let mut gone = Vec::new();
        let paths = header
            .suites
            .iter()
            .map(|one| one.path.clone())
            .collect::<Vec<_>>();
        let missing: Vec<&String> = paths
            .iter()
            .filter(|path| path.is_empty() || !fsx::exists(&root.join(path)))
            .collect();
        if !missing.is_empty() {
            gone.extend(
                missing
                    .iter()
                    .map(|path| format!("the suite {path} is gone")),
            );
            return Ok(Self::nothing(root, registry, gone));
        }
        let (project, more) = load::project(root, root, &paths);
        problems.extend(more);
        let spec = header.run.spec();
        let suites = header.suites.iter().filter_map(|planned| {
            let suite = project.suites.iter().find(|one| one.path == planned.path);
            let suite = suite.filter(|suite| suite.name == planned.name);
            if suite.is_none() {
                let (path, name) = (&planned.path, &planned.name);
                gone.push(format!("{path} holds no suite `{name}`"));
            }
            let dataset = load::dataset::read(root, &suite?.dataset.value, &mut problems);
            Some((suite?, planned, Arc::new(dataset?)))
        });
        let suites: Vec<(&Suite, &SuiteHeader, Arc<Dataset>)> = suites.collect();
        if problems.any_error() {
            return Err(DeriveError::Problems(problems));
        }
        let known = suites.iter().map(|(suite, planned, dataset)| Known {
            suite,
            dataset,
            arms: arms(&registry, planned, &mut gone),
        });
        let plan = plan::again(known.collect(), &spec);
        let engine = registry::engine(root);
        let evaluators = plan.suites.iter();
        let evaluators = evaluators
            .map(|suite| SuiteEvaluators::build(suite, &engine, &mut problems))
            .collect();
        if problems.any_error() {
            return Err(DeriveError::Problems(problems));
        }
        Ok(Self {
            root: root.to_owned(),
            registry,
            plan,
            evaluators,
            gone,
        })
    }

    fn nothing(root: &Path, registry: Registry, gone: Vec<String>) -> Self {
        Self {
            root: root.to_owned(),
            registry,
            plan: plan::again(Vec::new(), &RunSpec::default()),
            evaluators: Vec::new(),
            gone,
        }
    }

    /// `family@version` of a trial.
    pub(super) fn named(&self, trial: TrialId) -> String {
        let suite = self.plan.suites.get(trial.suite as usize);
        let arm = suite.and_then(|suite| suite.arms.get(trial.arm as usize));
        arm.map_or_else(String::new, |arm| arm.version.id.to_string())
    }

    /// What the journal's plan says and the files do not. Files that have changed come alone: everything else follows from them.
    pub(super) fn differences(&self, header: &RunHeader) -> Differences {
        let mut found = Differences::default();
        self.gone.iter().for_each(|line| found.push(line.clone()));
        if !found.is_empty() {
            found.outdated = true;
            return found;
        }
        if header.suites.is_empty() && header.run.asked.changed_since.is_none() {
            found.push("the journal has no suite, and not because nothing had changed".to_owned());
            return found;
        }
        for (planned, plan) in header.suites.iter().zip(&self.plan.suites) {
            of_files(planned, plan, &self.root, &mut found);
        }
        if !found.is_empty() {
            found.outdated = true;
            return found;
        }
        for (planned, plan) in header.suites.iter().zip(&self.plan.suites) {
            of_rules(planned, plan, &mut found);
            pointers::check(
                &self.root,
                &self.registry,
                header,
                (planned, plan),
                &mut found,
            );
        }
        let flags = header.run.spec().partial();
        if header.run.partial != flags {
            found.push(format!(
                "the flags that leave something out are {flags:?}, and the journal says {:?}",
                header.run.partial
            ));
        }
        found
    }
}

/// The versions of a suite, in the journal's order.
fn arms(registry: &Registry, planned: &SuiteHeader, gone: &mut Vec<String>) -> Vec<Arm> {
    let arms = planned.arms.iter().filter_map(|own| {
        let found = arm(registry, own);
        if found.is_none() {
            gone.push(format!("{} does not exist any more", own.version));
        }
        found
    });
    arms.collect()
}

/// The version and model that the journal names; parameters are those of the version, which no evaluator reads.
fn arm(registry: &Registry, planned: &ArmHeader) -> Option<Arm> {
    let id: PromptRef = planned.version.to_string().parse().ok()?;
    let version = registry.find(&id).ok()?;
    Some(Arm {
        version: Arc::new(version.clone()),
        target: ModelTarget {
            name: planned.model.clone(),
            ..version.model.clone()
        },
        role: planned.role,
        baseline: planned.baseline,
    })
}

/// Files that are not those of the run.
fn of_files(planned: &SuiteHeader, plan: &SuitePlan, root: &Path, found: &mut Differences) {
    let mut changed = |path: &str| found.push(format!("{path} has changed since the run"));
    let suite: &Suite = &plan.suite;
    if planned.sha256 != suite_sha256(root, suite) {
        changed(&suite.path);
    }
    let dataset = &plan.dataset;
    let (then, cases) = (&planned.dataset, dataset.len() as u32);
    if then.path != *dataset.path || then.sha256 != dataset.sha256 || then.cases != cases {
        changed(&dataset.path);
    }
    for (arm, own) in planned.arms.iter().zip(&plan.arms) {
        if arm.sha256 != own.version.sha256 {
            changed(&own.version.path);
        }
        let includes = registry::includes_of_version(root, &own.version);
        if arm.includes != includes {
            changed(&format!("a template that {} includes", arm.version));
        }
    }
}

/// Rules that are not those of the suite: gates, and what decides them.
fn of_rules(planned: &SuiteHeader, plan: &SuitePlan, found: &mut Differences) {
    let suite = &plan.suite;
    let name = &planned.name;
    let mut differs = |what: &str| {
        found.push(format!(
            "suite {name}: the journal's {what} not those of {}",
            suite.path
        ));
    };
    if planned.gates != plan.gates {
        differs("gates are");
    }
    if planned.family != suite.family.value {
        differs("family and versions are");
    }
    if planned.segment.as_ref() != suite.segment.as_ref().map(|spot| &spot.value) {
        differs("users are");
    }
    if planned.on_inconclusive != suite.on_inconclusive {
        differs("words of `on_inconclusive` are");
    }
    if planned.repeats != plan.repeats || !looks_fit(planned, plan) {
        differs("repeats and looks are");
    }
    // Asking everything is stricter than stopping early; a merged run did.
    let early = plan.stops_decided() && planned.largest_cluster == plan.largest_cluster();
    if planned.stop_decided && !early {
        differs("rules for an early stop are");
    }
    if planned.proof_cases.is_some() != plan.proof_cases.is_some()
        || planned.proof_cases < plan.proof_cases
    {
        differs("limits of the proof are");
    }
    if planned.selected != plan.asked() as u32 {
        found.push(format!(
            "suite {name}: the journal speaks of {} cases, and {} are to be asked",
            planned.selected,
            plan.asked()
        ));
    }
    if !arms_fit(&planned.arms) {
        found.push(format!(
            "suite {name}: its versions are in an order that no plan gives them, or one is compared with no baseline"
        ));
    }
    for arm in planned
        .arms
        .iter()
        .filter(|arm| arm.role == ArmRole::Candidate)
    {
        if arm.version.family != suite.family.value {
            found.push(format!("suite {name} is not about {}", arm.version));
        }
    }
}

/// A plan lists candidates first and at most one baseline after them. A candidate is compared with that one, or with the candidate
/// that is the baseline itself.
fn arms_fit(arms: &[ArmHeader]) -> bool {
    let is_candidate = |arm: &ArmHeader| arm.role == ArmRole::Candidate;
    let candidates = arms.iter().take_while(|arm| is_candidate(arm)).count();
    let is_baseline = |place: usize| {
        let arm = arms.get(place);
        arm.is_some_and(|arm| !is_candidate(arm) || arm.baseline == BaselineLink::Itself)
    };
    let fits = |(own, arm): (usize, &ArmHeader)| match arm.baseline {
        BaselineLink::Arm(place) => place as usize != own && is_baseline(place as usize),
        _ => true,
    };
    candidates > 0 && arms.len() <= candidates + 1 && arms.iter().enumerate().all(fits)
}

/// Where repeats cannot be had there is one look, at the whole error rate; a merged run has one, too.
fn looks_fit(planned: &SuiteHeader, plan: &SuitePlan) -> bool {
    let once = [Look {
        repeats: plan.repeats,
        alpha: ALPHA,
    }];
    planned.looks == plan.looks || planned.looks == once
}
