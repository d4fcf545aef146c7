//! Families whose pointers were set by hand before commands moved them: told as warnings.

use super::proof::{adopting, id};
use super::{FAMILY_FILE, PROMPTS, Registry};
use crate::model::{Family, Location, Problem, Problems, Status, Version};

/// Families that are told one by one; of more there is a single line.
const TOLD_FAMILIES: usize = 3;

/// Families whose pointers were always kept by hand, a warning each, or one for many of them.
pub fn kept_by_hand(registry: &Registry) -> Problems {
    let mut problems = Problems::default();
    let families = registry.families.values();
    let by_hand: Vec<&Family> = families.filter(|one| !one.by_hand.is_empty()).collect();
    if let [first, _, _, _, ..] = by_hand.as_slice() {
        let names: Vec<String> = by_hand
            .iter()
            .take(TOLD_FAMILIES)
            .map(|family| format!("`{}`", family.name))
            .collect();
        let message = format!(
            "{} families have pointers that were set by hand, and nothing says why: {}, ...",
            by_hand.len(),
            names.join(", ")
        );
        let at = Location::file(format!("{PROMPTS}/{}/{FAMILY_FILE}", first.name));
        let adopt = "adopt them one by one: `prompteval promote FAMILY@VERSION --to STATUS --override \"REASON\"`";
        problems.push(Problem::warning("unproven", at, message).hint(adopt.to_owned()));
        return problems;
    }
    for family in by_hand {
        let served = family.by_hand.iter();
        let served: Vec<(&Version, Status)> = served
            .map(|number| (number, family.status(number)))
            .collect();
        let Some((first, status)) = served.first() else {
            continue;
        };
        let pointers = served
            .iter()
            .map(|(number, status)| format!("{number} in {status}"));
        let pointers = pointers.collect::<Vec<_>>().join(" and ");
        let message = format!(
            "`{}` has {pointers}, set by hand: no evidence, no override and no history say why",
            family.name
        );
        let entry = family.entries.get(*first);
        let at = entry.map_or_else(Location::default, |entry| entry.at.clone());
        let problem = Problem::warning("unproven", at, message);
        let adopt = adopting(&id(family, first), *status);
        problems.push(problem.hint(format!("to adopt what is there: {adopt}")));
    }
    problems
}
