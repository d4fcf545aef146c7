//! Moves a version to its next status, and what stood in its place out of the way.

use std::path::Path;

use jiff::Timestamp;

use super::commit::{NewEvidence, Step, Why, commit};
use super::family_read::FamilyRead;
use super::history::{Action, History, HistoryLine};
use super::lock::FamilyLock;
use super::{RegistryError, proof, transition};
use crate::model::{Family, PromptRef, Status, Version};

/// A version's move to another status.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Which version.
    pub id: PromptRef,
    /// Where it goes.
    pub to: Status,
    /// When.
    pub at: Timestamp,
    /// Who moves it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// Share of the traffic in (0, 1); only for a canary, which otherwise gets 5 %.
    pub traffic: Option<f64>,
    /// The passing run that allows it, checked by the caller against the files as they are.
    pub evidence: Option<NewEvidence>,
    /// Why it goes to canary or production without evidence.
    pub override_reason: Option<String>,
}

/// Whether a version may go there, evidence aside.
///
/// # Errors
/// When the family has problems, or the move is no transition.
pub fn may_move(root: &Path, request: &Move) -> Result<(), RegistryError> {
    let read = FamilyRead::of(root, &request.id.family)?;
    planned(&read, request).map(|_| ())
}

/// Moves a version; a new production version sends the former one to deprecated in the same step. A version that was set by hand
/// is adopted where it stands.
///
/// # Errors
/// When the family has problems, the move is no transition or lacks evidence, another process changes the family, or a file
/// cannot be written. Nothing has changed then.
pub fn promote(root: &Path, request: &Move) -> Result<Vec<HistoryLine>, RegistryError> {
    let name = &request.id.family;
    let _lock = FamilyLock::hold(root, name, &request.by, request.at)?;
    let read = FamilyRead::of(root, name)?;
    let steps = planned(&read, request)?;
    let family = read.family;
    let version = super::find_in(&family, &request.id.version)?;
    if let Some(evidence) = &request.evidence
        && evidence.sha256 != version.sha256
    {
        let message = format!(
            "{} is not the text that the evidence is about",
            version.path
        );
        return Err(RegistryError::refused(message));
    }
    proven(request)?;
    let history = History::read(root, &family)?;
    let why = Why {
        action: Action::Promote,
        at: request.at,
        by: &request.by,
        reason: request.reason.as_deref(),
        evidence: request.evidence.as_ref(),
        override_reason: request.override_reason.as_deref(),
    };
    commit(root, &family, &history, &steps, &why)
}

/// The steps of a move that is allowed, evidence aside.
fn planned(read: &FamilyRead, request: &Move) -> Result<Vec<Step>, RegistryError> {
    let (family, id) = (&read.family, &request.id);
    read.intact()?;
    super::find_in(family, &id.version)?;
    if read.flaws.contains_key(&id.version) && family.status(&id.version) == request.to {
        check(request)?;
        return adoption(family, request);
    }
    transition::allow(family, id, request.to)?;
    check(request)?;
    let steps = steps(family, request);
    // After a move by a command a family is no longer kept by hand, and what is there has to have its reason.
    let moved: Vec<&Version> = steps.iter().map(|step| &step.version).collect();
    read.proven_without(&moved)?;
    Ok(steps)
}

/// A version that stands without a reason where it is meant to stand; with it the other pointer, where nobody ever used a command.
fn adoption(family: &Family, request: &Move) -> Result<Vec<Step>, RegistryError> {
    let (id, to) = (&request.id, request.to);
    if request.override_reason.is_none() {
        let message = format!("{id} is in {to} already, and nothing shows what it rests on");
        let hint = format!("to adopt it: {}", proof::adopting(id, to));
        return Err(RegistryError::refused(message).hint(hint));
    }
    let others = family
        .by_hand
        .iter()
        .filter(|number| **number != id.version);
    let steps = others.chain([&id.version]).map(|number| {
        let own = request.traffic.filter(|_| *number == id.version);
        let entry = family.entries.get(number);
        Step {
            traffic: own.or(entry.and_then(|entry| entry.traffic)),
            ..Step::new(number, family.status(number))
        }
    });
    Ok(steps.collect())
}

fn steps(family: &Family, request: &Move) -> Vec<Step> {
    let share = request.traffic.unwrap_or(transition::DEFAULT_TRAFFIC);
    let own = Step {
        traffic: (request.to == Status::Canary).then_some(share),
        ..Step::new(&request.id.version, request.to)
    };
    let former = family
        .production()
        .filter(|_| request.to == Status::Production);
    let room = former.map(|former| Step {
        reason: Some(format!("replaced by {}", request.id.version)),
        ..Step::new(&former.id.version, Status::Deprecated)
    });
    room.into_iter().chain([own]).collect()
}

/// What a request may hold, whatever the family looks like.
fn check(request: &Move) -> Result<(), RegistryError> {
    let to = request.to;
    if let Some(traffic) = request.traffic {
        if to != Status::Canary {
            let message = format!("only a canary has a share of the traffic, not {to}");
            return Err(RegistryError::refused(message));
        }
        if !(traffic > 0.0 && traffic < 1.0) {
            let message = format!("a canary's share lies between 0 and 1, not at {traffic}");
            return Err(RegistryError::refused(message));
        }
    }
    let blank = |text: &Option<String>| text.as_ref().is_some_and(|t| t.trim().is_empty());
    if blank(&request.override_reason) {
        return Err(RegistryError::refused("an override needs a reason"));
    }
    if transition::needs_evidence(to) {
        return Ok(());
    }
    if request.override_reason.is_some() {
        let message = format!("{to} needs no evidence, so there is nothing to override");
        return Err(RegistryError::refused(message));
    }
    // It would take the place of what other statuses of the version rest on.
    match &request.evidence {
        Some(_) => Err(RegistryError::refused(format!("{to} rests on no evidence"))),
        None => Ok(()),
    }
}

/// Canary and production rest on a run, or on someone's word that stays visible.
fn proven(request: &Move) -> Result<(), RegistryError> {
    let to = request.to;
    if !transition::needs_evidence(to) {
        return Ok(());
    }
    if request.evidence.is_none() && request.override_reason.is_none() {
        let message = format!(
            "no evidence: {} goes to {to} on a passing run only",
            request.id
        );
        let hint = "`prompteval run` makes one; `--override REASON` moves it without, and the reason stays visible";
        return Err(RegistryError::refused(message).hint(hint));
    }
    Ok(())
}
