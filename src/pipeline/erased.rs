//! Families that look as if their pointers were always kept by hand, while git or an evidence file knows that commands moved them:
//! what said why users get a version was taken away.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fsx;
use crate::load::git;
use crate::model::{Family, Location, Problem, Problems, PromptRef, Version};
use crate::registry::{self, HISTORY_FILE, PROMPTS, Registry};

/// An error for each such family.
pub(super) fn histories(root: &Path, registry: &Registry) -> Problems {
    let families = registry.families.values();
    let by_hand: Vec<&Family> = families.filter(|one| !one.by_hand.is_empty()).collect();
    let mut problems = Problems::default();
    if by_hand.is_empty() {
        return problems;
    }
    let cut = git::shortened(root, &format!("{PROMPTS}/*/{HISTORY_FILE}"));
    for family in by_hand {
        let numbers = family.by_hand.iter();
        problems.extend(numbers.filter_map(|number| erased(root, family, number, &cut)));
    }
    problems
}

fn erased(
    root: &Path,
    family: &Family,
    number: &Version,
    cut: &BTreeSet<String>,
) -> Option<Problem> {
    let id = PromptRef {
        family: family.name.clone(),
        version: number.clone(),
    };
    let history = format!("{PROMPTS}/{}/{HISTORY_FILE}", family.name);
    let evidence = registry::evidence_path(&id);
    let witness = if cut.contains(&history) {
        format!("lines of {history} that git knows are gone")
    } else if fsx::exists(&root.join(&evidence)) {
        format!("{evidence} is there, which only a promotion writes")
    } else {
        return None;
    };
    let status = family.status(number);
    let message = format!("{id} is in {status}, and what says why was taken away: {witness}");
    let entry = family.entries.get(number);
    let at = entry.map_or_else(Location::default, |entry| entry.at.clone());
    let hint = format!(
        "restore {history} and the entry out of git; or adopt what is there: {}",
        registry::adopting(&id, status)
    );
    Some(Problem::error("erased-history", at, message).hint(hint))
}
