//! The life of a version: which status may follow which.

use super::RegistryError;
use crate::model::{Family, PromptRef, Status};

/// Share of the traffic that a canary gets where nobody says.
pub const DEFAULT_TRAFFIC: f64 = 0.05;

/// The statuses that may follow one.
pub fn next(status: Status) -> &'static [Status] {
    match status {
        Status::Draft => &[Status::Testing, Status::Archived],
        Status::Testing => &[
            Status::Draft,
            Status::Shadow,
            Status::Canary,
            Status::Archived,
        ],
        Status::Shadow => &[Status::Testing, Status::Canary],
        Status::Canary => &[Status::Testing, Status::Production],
        Status::Production => &[Status::Deprecated],
        Status::Deprecated => &[Status::Production, Status::Archived],
        Status::Archived => &[],
    }
}

/// Whether a version gets there on evidence only.
pub fn needs_evidence(to: Status) -> bool {
    matches!(to, Status::Canary | Status::Production)
}

/// Refuses what is no transition, naming those that are.
pub(super) fn allow(family: &Family, id: &PromptRef, to: Status) -> Result<(), RegistryError> {
    let from = family.status(&id.version);
    if from == to {
        let refusal = RegistryError::refused(format!("{id} is in {to} already"));
        return Err(match to {
            Status::Canary => refusal.hint(format!(
                "its share of the traffic is `traffic:` in prompts/{}/family.yaml",
                family.name
            )),
            _ => refusal,
        });
    }
    if !next(from).contains(&to) {
        let refusal = RegistryError::refused(format!("{id} cannot go from {from} to {to}"));
        return Err(refusal.hint(ways_out(id, from)));
    }
    if to == Status::Canary
        && let Some(other) = family.with_status(Status::Canary).next()
    {
        let message = format!("{} is the canary, and there is at most one", other.id);
        let hint = format!(
            "end it first: `prompteval rollback {0}`, or `prompteval promote {1} --to production`",
            family.name, other.id
        );
        return Err(RegistryError::refused(message).hint(hint));
    }
    if matches!(to, Status::Draft | Status::Archived)
        && let Some((segment, _)) = family.segments.iter().find(|(_, v)| **v == id.version)
    {
        let message = format!("{id} cannot go to {to}: the segment `{segment}` gets it");
        let hint = format!(
            "give the segment another version in prompts/{}/family.yaml first",
            family.name
        );
        return Err(RegistryError::refused(message).hint(hint));
    }
    Ok(())
}

fn ways_out(id: &PromptRef, from: Status) -> String {
    let next: Vec<&str> = next(from).iter().map(|status| status.as_str()).collect();
    if next.is_empty() {
        format!(
            "{from} is for good; a new version of its text: `{}`",
            new_version(id)
        )
    } else {
        format!("from {from} it can go to {}", next.join(" or "))
    }
}

/// The command that makes a new version out of one.
pub(super) fn new_version(id: &PromptRef) -> String {
    format!(
        "prompteval new {} --from {} --bump patch --changelog \"...\"",
        id.family, id.version
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_but_archived_leads_somewhere_and_none_to_itself() {
        for status in Status::ALL {
            assert_eq!(next(status).is_empty(), status == Status::Archived);
            assert!(!next(status).contains(&status));
        }
        let into_production = |from: &Status| next(*from).contains(&Status::Production);
        let ways: Vec<Status> = Status::ALL.into_iter().filter(into_production).collect();
        assert_eq!(
            ways,
            [Status::Canary, Status::Deprecated],
            "never past the canary"
        );
    }
}
