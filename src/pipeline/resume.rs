//! Resumes a run that did not finish: what it has, and whether the files are still those it began with.

use std::path::Path;

use crate::aggregate::Fold;
use crate::model::RunEvent;
use crate::model::event::{ArmHeader, RunHeader, SuiteHeader};
use crate::observe::{JournalError, JournalFile};

/// A run as far as it came.
#[derive(Debug)]
pub(super) struct Earlier {
    /// What it set out to do.
    pub(super) header: RunHeader,
    /// What it has.
    pub(super) fold: Fold,
    /// Whether it finished.
    pub(super) complete: bool,
}

/// Reads a run's journal; `None` where not even its plan was written.
///
/// # Errors
/// When the journal cannot be read or is damaged.
pub(super) fn earlier(journal: &Path) -> Result<Option<Earlier>, JournalError> {
    let file = JournalFile::open(journal)?;
    let complete = file.is_complete();
    let (mut fold, mut header) = (Fold::default(), None);
    file.replay(|event, at| {
        if let RunEvent::Plan(plan) = event {
            header = Some((**plan).clone());
        }
        fold.apply(event, at);
    })?;
    Ok(header.map(|header| Earlier {
        header,
        fold,
        complete,
    }))
}

/// What is not as it was when a run began, a line each; prices may have changed.
pub(super) fn changes(then: &RunHeader, now: &RunHeader) -> Vec<String> {
    let mut changes = Vec::new();
    let (before, after) = (&then.run.prompteval, &now.run.prompteval);
    if before != after {
        changes.push(format!("prompteval was {before} and is {after}"));
    }
    for suite in &then.suites {
        match now.suites.iter().find(|other| other.name == suite.name) {
            Some(other) => changes.extend(of_suite(suite, other)),
            None => changes.push(format!("{} is gone", suite.path)),
        }
    }
    let is_new = |suite: &&SuiteHeader| then.suites.iter().all(|known| known.name != suite.name);
    changes.extend(
        now.suites
            .iter()
            .filter(is_new)
            .map(|suite| format!("{} is new", suite.path)),
    );
    changes
}

/// Providers that are reached in another way than when a run began, a line each. A gateway may have moved, so that this alone is
/// no reason not to go on; it should be known all the same.
pub(super) fn moved(then: &RunHeader, now: &RunHeader) -> Vec<String> {
    let other = |(name, endpoint): (&String, &String)| {
        let now = now.run.providers.get(name)?;
        (now != endpoint).then(|| format!("provider {name} was {endpoint} and is {now}"))
    };
    then.run.providers.iter().filter_map(other).collect()
}

fn of_suite(then: &SuiteHeader, now: &SuiteHeader) -> Vec<String> {
    let mut changes = Vec::new();
    if then.sha256 != now.sha256 {
        changes.push(format!("{} was changed", now.path));
    }
    if then.dataset != now.dataset {
        changes.push(format!("{} was changed", now.dataset.path));
    }
    for (before, after) in then.arms.iter().zip(&now.arms) {
        changes.extend(of_arm(&then.name, before, after));
    }
    if then.arms.len() != now.arms.len() {
        changes.push(format!(
            "suite {} had {} versions to ask and has {}",
            then.name,
            then.arms.len(),
            now.arms.len()
        ));
    }
    if changes.is_empty() && (then.selected, then.repeats) != (now.selected, now.repeats) {
        changes.push(format!("suite {} has other cases or repeats", then.name));
    }
    changes
}

fn of_arm(suite: &str, then: &ArmHeader, now: &ArmHeader) -> Option<String> {
    let who = &now.version;
    if then.version != now.version || then.role != now.role || then.baseline != now.baseline {
        return Some(format!(
            "suite {suite} asked {} and would ask {who}",
            then.version
        ));
    }
    if then.model != now.model {
        return Some(format!(
            "{who} was asked on {} and would be on {}",
            then.model, now.model
        ));
    }
    if then.sha256 != now.sha256 {
        return Some(format!("the file of {who} was changed"));
    }
    let is_other = |(path, hash): &(&String, &String)| now.includes.get(*path) != Some(*hash);
    let include = then
        .includes
        .iter()
        .find(is_other)
        .or(now.includes.iter().next());
    if then.includes == now.includes {
        return None;
    }
    include.map(|(path, _)| format!("prompts/{path}, which {who} includes, was changed"))
}
