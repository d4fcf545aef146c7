//! What the cases of a run were asked: read from the project's files, as long as these are the files of the run.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::load;
use crate::model::event::{ArmHeader, SuiteHeader};
use crate::model::{Case, Dataset, Problems, PromptVersion};
use crate::registry::{self, Registry};
use crate::render::CompiledPrompt;
use crate::report::Asked;

/// Datasets and versions of a run, each read when it is first asked for.
#[derive(Debug)]
pub struct Inputs {
    root: PathBuf,
    registry: OnceCell<Registry>,
    datasets: RefCell<BTreeMap<String, Option<Dataset>>>,
    prompts: RefCell<BTreeMap<String, Option<CompiledPrompt>>>,
}

impl Inputs {
    /// Those of a project; nothing is read yet.
    pub fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            registry: OnceCell::new(),
            datasets: RefCell::default(),
            prompts: RefCell::default(),
        }
    }

    /// What an arm was asked for a case, by the case's place in the dataset; `None` where a file has changed since.
    pub fn asked(&self, suite: &SuiteHeader, arm: &ArmHeader, place: u32) -> Option<Asked> {
        let case = self.case(suite, place)?;
        let mut prompts = self.prompts.borrow_mut();
        let key = format!("{} {}", arm.version, arm.sha256);
        let prompt = prompts.entry(key).or_insert_with(|| self.prompt(arm));
        let prompt = prompt.as_ref()?;
        let messages = prompt.messages(&case.vars).ok()?;
        let used = prompt.variables();
        let all = prompt.has_includes();
        let all_vars = case.vars.into_iter();
        let (vars, others) = all_vars.partition(|(name, _)| all || used.contains(name));
        Some(Asked {
            vars,
            others,
            messages,
        })
    }

    fn case(&self, suite: &SuiteHeader, place: u32) -> Option<Case> {
        let info = &suite.dataset;
        let mut datasets = self.datasets.borrow_mut();
        let dataset = datasets.entry(info.path.clone()).or_insert_with(|| {
            let read = load::dataset::read(&self.root, &info.path, &mut Problems::default());
            read.filter(|dataset| dataset.sha256 == info.sha256)
        });
        dataset.as_ref()?.case(place).ok()
    }

    fn prompt(&self, arm: &ArmHeader) -> Option<CompiledPrompt> {
        let registry = self.registry.get_or_init(|| Registry::read(&self.root).0);
        let version = registry.find(&arm.version.to_string().parse().ok()?).ok()?;
        let is_same = version.sha256 == arm.sha256 && self.includes(version) == arm.includes;
        let engine = registry::engine(&self.root);
        CompiledPrompt::new(version, &engine)
            .ok()
            .filter(|_| is_same)
    }

    fn includes(&self, version: &PromptVersion) -> BTreeMap<String, String> {
        registry::includes_of_version(&self.root, version)
    }
}
