//! What a run sent, rendered again for its reports: the vars of a case and its messages, as long as the files are those of the run.

use std::collections::BTreeMap;
use std::path::Path;

use crate::load;
use crate::model::event::{ArmHeader, SuiteHeader};
use crate::model::{Dataset, Problems, PromptRef, RunRecord};
use crate::registry::{self, Registry};
use crate::render::CompiledPrompt;
use crate::report::Question;
use crate::template::Engine;

/// Datasets and versions of a run that are still the files of that run.
#[derive(Debug)]
pub struct Questions {
    datasets: BTreeMap<String, Dataset>,
    /// By the hash of the version's file.
    prompts: BTreeMap<String, CompiledPrompt>,
}

impl Questions {
    /// Reads what the run was made of.
    pub fn read(root: &Path, record: &RunRecord) -> Self {
        let (registry, _) = Registry::read(root);
        let engine = registry::engine(root);
        let mut known = Self {
            datasets: BTreeMap::new(),
            prompts: BTreeMap::new(),
        };
        for suite in &record.header.suites {
            let info = &suite.dataset;
            let read = load::dataset::read(root, &info.path, &mut Problems::default());
            if let Some(dataset) = read.filter(|dataset| dataset.sha256 == info.sha256) {
                known.datasets.insert(info.path.clone(), dataset);
            }
            for arm in &suite.arms {
                if let Some(prompt) = compiled(root, (&registry, &engine), arm) {
                    known.prompts.insert(arm.sha256.clone(), prompt);
                }
            }
        }
        known
    }

    /// What was sent for a case, by its place in the dataset.
    pub fn of(&self, suite: &SuiteHeader, arm: &ArmHeader, case: u32) -> Option<Question> {
        let case = self.datasets.get(&suite.dataset.path)?.case(case).ok()?;
        let prompt = self.prompts.get(&arm.sha256);
        // What cannot be rendered was not sent: the journal says why.
        let messages = prompt.and_then(|prompt| prompt.messages(&case.vars).ok());
        Some(Question {
            messages: messages.unwrap_or_default(),
            vars: case.vars,
        })
    }
}

/// The version, unless its file or a template that it includes is another one by now.
fn compiled(
    root: &Path,
    (registry, engine): (&Registry, &Engine),
    arm: &ArmHeader,
) -> Option<CompiledPrompt> {
    let id: PromptRef = arm.version.to_string().parse().ok()?;
    let version = registry.find(&id).ok()?;
    let texts = version.messages.iter();
    let texts = texts.map(|message| message.content.source.as_str());
    let same = version.sha256 == arm.sha256 && registry::includes_of(root, texts) == arm.includes;
    same.then(|| CompiledPrompt::new(version, engine).ok())?
}
