//! Reads the project, plans the run and checks all of it, so that nothing is called while a mistake is left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::evaluators::SuiteEvaluators;
use super::{affected, check_rows, erased, pointers, protect};
use crate::call::Client;
use crate::fsx;
use crate::gate::power::{self, GatePower};
use crate::load::{self, Changes};
use crate::model::event::GateChange;
use crate::model::settings::{Protect, Settings};
use crate::model::{Dataset, Location, ModelTarget, Problem, Problems, PromptRef, RunSpec, Suite};
use crate::plan::{self, Plan, SuitePlan};
use crate::registry::{self, Registry};
use crate::render::CompiledPrompt;
use crate::source::did_you_mean;
use crate::stored::Asker;
use crate::template::Engine;

/// What is asked of a project.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    /// The project's folder.
    pub(super) root: &'a Path,
    /// The folder that relative suite paths start from.
    pub(super) from: &'a Path,
    /// Suites, filters and overrides.
    pub(super) spec: &'a RunSpec,
    /// Only what these files affect; `None` for everything.
    pub(super) changed: Option<&'a Changes>,
}

/// A run that is checked to start.
#[derive(Debug)]
pub struct Checked {
    /// The project's folder.
    pub root: PathBuf,
    /// `prompteval.yaml`.
    pub settings: Settings,
    /// Every family.
    pub registry: Registry,
    /// What will be done.
    pub plan: Plan,
    /// Versions that the change adds or edits and that no suite tests.
    pub untested: Vec<PromptRef>,
    /// What the change takes away from its own gate.
    pub gate_changes: Vec<GateChange>,
    /// Whether the project lets such a change pass.
    pub protect: Protect,
    /// The commit that a change is compared with: what baselines rest on is read from there.
    pub base: Option<String>,
    /// Compiled prompts, by suite and arm.
    pub(super) prompts: Vec<Vec<CompiledPrompt>>,
    /// Built evaluators, by suite.
    pub(super) evaluators: Vec<SuiteEvaluators>,
}

/// Reads and checks; whatever could be read is returned beside the problems.
pub(super) fn check(request: &Request<'_>) -> (Checked, Problems) {
    let (project, mut problems) = load::project(request.root, request.from, &request.spec.suites);
    let (mut registry, more) = Registry::read(request.root);
    problems.extend(more);
    problems.extend(registry::kept_by_hand(&registry));
    problems.extend(erased::histories(request.root, &registry));
    orphans(request, &project.suites, &mut problems);
    let mut suites = of_candidates(&project.suites, request.spec, &registry, &mut problems);
    let mut focus = BTreeMap::new();
    let mut untested = Vec::new();
    let mut weaker = protect::Weaker::default();
    if let Some(changed) = request.changed {
        pointers::hold(request.root, &mut registry, changed, &mut problems);
        let all = all_suites(request, &project);
        untested = affected::untested(request.root, &all.suites, &registry, changed);
        weaker = protect::weaker(&all, &registry, changed);
        focus = affected::focus(request.root, &suites, &registry, changed);
        suites.retain(|suite| focus.contains_key(&suite.name));
    }
    let datasets = read_datasets(request.root, &suites, &mut problems);
    let (plan, more) = plan::expand(
        plan::Input {
            suites: &suites,
            families: &registry.families,
            datasets: &datasets,
            focus: &focus,
        },
        request.spec,
    );
    problems.extend(more);
    let engine = registry::engine(request.root);
    let mut checked = Checked {
        root: request.root.to_owned(),
        settings: project.settings,
        registry,
        plan,
        untested,
        gate_changes: weaker.changes,
        protect: weaker.protect,
        base: request.changed.and_then(Changes::base).map(str::to_owned),
        prompts: Vec::new(),
        evaluators: Vec::new(),
    };
    for suite in &checked.plan.suites {
        let prompts = compile(suite, &engine, &mut problems);
        let mut built = SuiteEvaluators::build(suite, &engine, &mut problems);
        // Rendering with what could not be read would only repeat its problems.
        let known: &[CompiledPrompt] = if problems.any_error() { &[] } else { &prompts };
        check_rows::check(suite, known, &mut built, &mut problems);
        checked.prompts.push(prompts);
        checked.evaluators.push(built);
    }
    if !problems.any_error() && !request.spec.filters() {
        checked.check_power(&mut problems);
    }
    (checked, problems)
}

/// Every suite of the project, be it asked for now or not.
fn all_suites(request: &Request<'_>, asked: &load::Project) -> load::Project {
    let mut all = asked.clone();
    if !request.spec.suites.is_empty() {
        let (whole, _) = load::project(request.root, request.from, &[]);
        let is_new = |suite: &Suite| asked.suites.iter().all(|known| known.path != suite.path);
        all.suites.extend(whole.suites.into_iter().filter(is_new));
    }
    all
}

/// `--candidate` leaves only the suites of the families it names; each version it names must exist.
fn of_candidates(
    suites: &[Suite],
    spec: &RunSpec,
    registry: &Registry,
    problems: &mut Problems,
) -> Vec<Suite> {
    // What keeps a version from being read is told where it is read.
    let is_unread = |id: &&PromptRef| {
        let family = registry.family(&id.family);
        family.is_ok_and(|family| family.unread.contains(&id.version))
    };
    for id in spec.candidates.iter().filter(|id| !is_unread(id)) {
        if let Err((message, hint)) = registry.find(id) {
            let at = Location::file("command line");
            problems.push(Problem::error("unknown-version", at, message).maybe_hint(hint));
        }
    }
    let wanted = |suite: &&Suite| {
        let mut named = spec.candidates.iter();
        spec.candidates.is_empty() || named.any(|id| id.family == suite.family.value)
    };
    suites.iter().filter(wanted).cloned().collect()
}

fn read_datasets(
    root: &Path,
    suites: &[Suite],
    problems: &mut Problems,
) -> BTreeMap<String, Arc<Dataset>> {
    let paths: BTreeSet<&String> = suites.iter().map(|suite| &suite.dataset.value).collect();
    paths
        .into_iter()
        .filter_map(|path| {
            let dataset = load::dataset::read(root, path, problems)?;
            Some((path.clone(), Arc::new(dataset)))
        })
        .collect()
}

/// Points out recordings that answer for nothing, since they are named like no suite.
fn orphans(request: &Request<'_>, suites: &[Suite], problems: &mut Problems) {
    if !request.spec.suites.is_empty() {
        return;
    }
    let dir = load::recordings_dir(request.root);
    for name in fsx::list(&dir).unwrap_or_default() {
        let Some(stem) = name.strip_suffix(".jsonl") else {
            continue;
        };
        let is_known = suites.iter().any(|suite| suite.name == stem);
        if !is_known && !runs_by_path(request.root, stem) {
            let at = Location::file(fsx::shown(request.root, &dir.join(&name)));
            let message = format!("this file answers for no suite: there is none named `{stem}`");
            problems.push(Problem::warning("unused-recordings", at, message).hint(
                "only `evals/recordings/SUITE.jsonl` answers for a suite: rename the file, or remove it",
            ));
        }
    }
}

/// Whether a suite of this name stands in a folder below `evals/`, where it runs only by its path.
fn runs_by_path(root: &Path, stem: &str) -> bool {
    let evals = root.join("evals");
    let below = fsx::list(&evals).unwrap_or_default();
    let has_suite = |folder: String| fsx::exists(&evals.join(folder).join(format!("{stem}.yaml")));
    below.into_iter().any(has_suite)
}

fn compile(suite: &SuitePlan, engine: &Engine, problems: &mut Problems) -> Vec<CompiledPrompt> {
    let mut compiled = Vec::new();
    for arm in &suite.arms {
        match CompiledPrompt::new(&arm.version, engine) {
            Ok(prompt) => compiled.push(prompt),
            Err(more) => problems.extend(more),
        }
    }
    compiled
}

impl Checked {
    /// What earlier runs are asked for.
    pub(super) fn asker(&self) -> Asker<'_> {
        Asker {
            root: &self.root,
            base: self.base.as_deref(),
            plan: &self.plan,
        }
    }

    /// Points out gates that so few cases can never pass.
    fn check_power(&self, problems: &mut Problems) {
        for suite in &self.plan.suites {
            for power in self.power(suite).iter().filter(|power| !power.can_pass) {
                let gate = suite
                    .suite
                    .gates
                    .iter()
                    .find(|gate| gate.rule == power.rule);
                let at = gate.map_or_else(Location::default, |gate| gate.at.clone());
                let message = format!("this gate {}", power.describe());
                problems.push(
                    Problem::warning("never-passes", at, message)
                        .hint("add cases, lower the floor, or widen the margin"),
                );
            }
        }
    }

    /// What the evidence gates of a suite can find out.
    pub fn power(&self, suite: &SuitePlan) -> Vec<GatePower> {
        let rules = power::Rules {
            looks: &suite.looks,
            on_inconclusive: suite.suite.on_inconclusive,
            sharing: self.plan.sharing_gates(),
        };
        let tags: Vec<String> = suite
            .dataset
            .index
            .all_tags()
            .into_iter()
            .map(str::to_owned)
            .collect();
        power::of_suite(&suite.gates, rules, &tags, |tag| suite.units(tag))
    }

    /// Checks that every model's provider is known to the client.
    pub fn check_providers(&self, client: &Client, problems: &mut Problems) {
        for target in self.targets() {
            if !client.knows(&target.name.provider) {
                let name = &target.name.provider;
                let message = format!("there is no provider `{name}`");
                problems.push(
                    Problem::error("unknown-provider", target.at.clone(), message)
                        .maybe_hint(did_you_mean(name, client.provider_names())),
                );
            }
        }
    }

    /// Kind and address of each provider that may be asked.
    pub fn endpoints(&self, client: &Client) -> BTreeMap<String, String> {
        let names = self.targets().map(|target| &target.name.provider);
        let endpoints = names.filter_map(|name| Some((name.clone(), client.endpoint(name)?)));
        endpoints.collect()
    }

    /// Whether a provider that may be called lacks its key.
    pub fn lacks_keys(&self, client: &Client) -> bool {
        let missing = |target: &ModelTarget| client.missing_key(&target.name.provider);
        self.targets().any(|target| missing(target).is_some())
    }

    /// Every model that may be asked: of versions, of their fallbacks, of judges.
    fn targets(&self) -> impl Iterator<Item = &ModelTarget> {
        let suites = self.plan.suites.iter().zip(&self.evaluators);
        suites.flat_map(|(suite, evaluators)| {
            let arms = suite.arms.iter();
            let own =
                arms.flat_map(|arm| std::iter::once(&arm.target).chain(&arm.version.fallback));
            own.chain(evaluators.judges())
        })
    }
}
