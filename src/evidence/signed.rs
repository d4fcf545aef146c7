//! Signatures: of a run when it ends, of the evidence that it is, and whether the project trusts who signed.

use std::path::Path;

use super::Finished;
use super::finished::close;
use super::{Tree, gather, write};
use crate::aggregate::Fold;
use crate::fsx;
use crate::model::event::{ArmRole, EndStatus, RunEnd, SignedEvidence};
use crate::model::evidence::{Evidence, HistoryEvidence};
use crate::model::record::JournalOffset;
use crate::model::{PromptRef, RunEvent, Signature};
use crate::observe::{Journal, JournalFile};
use crate::seal::{self, SigningKey, Subject};

/// The end of a run with the root of its journal; where there is a key, with its word for the root and for the evidence that the
/// run is for each candidate that passed: whoever promotes needs no key then.
pub(crate) fn sealed(
    mut end: RunEnd,
    (journal, fold): (&Journal, &Fold),
    root: &Path,
    key: Option<&SigningKey>,
) -> RunEnd {
    end.root = Some(journal.root());
    let Some(key) = key else {
        return end;
    };
    if end.status == EndStatus::Complete {
        let signed = of_candidates(&end, fold, (root, journal.path()), key);
        end.evidence = signed.unwrap_or_default();
    }
    let sign = |hash: &String| key.sign(Subject::Run, hash);
    end.signature = end.root.as_ref().map(sign);
    end
}

/// What the run is evidence for; none where the project's files changed so far that they cannot be read any more.
fn of_candidates(
    end: &RunEnd,
    fold: &Fold,
    (root, journal): (&Path, &Path),
    key: &SigningKey,
) -> Option<Vec<SignedEvidence>> {
    let mut fold = fold.clone();
    fold.apply(&RunEvent::End(end.clone()), JournalOffset::default());
    let finished = close(fold, JournalFile::open(journal).ok()?, false)?;
    let (tree, _) = Tree::read(root);
    let arms = finished.record.header.suites.iter();
    let arms = arms.flat_map(|suite| &suite.arms);
    let candidates = arms.filter(|arm| arm.role == ArmRole::Candidate);
    let mut versions: Vec<String> = candidates.map(|arm| arm.version.to_string()).collect();
    versions.sort();
    versions.dedup();
    let sign = |version: String| {
        let id: PromptRef = version.parse().ok()?;
        let family = tree.registry.family(&id.family).ok()?;
        let found = (family, tree.registry.find(&id).ok()?);
        let evidence = gather(&finished, &tree, found).ok()?;
        let hash = digest(&evidence).ok()?;
        let signature = key.sign(Subject::Evidence, &hash);
        Some(SignedEvidence { version, signature })
    };
    Some(versions.into_iter().filter_map(sign).collect())
}

/// The signature that a run carries for the evidence of a version.
pub fn signature_of(run: &Finished, id: &PromptRef) -> Option<Signature> {
    let end = run.record.end.as_ref()?;
    let mut evidence = end.evidence.iter();
    let own = evidence.find(|one| one.version == id.to_string())?;
    Some(own.signature.clone())
}

/// Why a signature does not hold, or is not one that the project asks for.
pub(super) fn untrusted(evidence: &Evidence, trusted: &[String]) -> Option<String> {
    let Some(signature) = &evidence.signature else {
        return (!trusted.is_empty()).then(|| {
            "it is not signed, and `trusted_keys` in prompteval.yaml asks for a signature: make the run with `--sign`"
                .to_owned()
        });
    };
    let key = &signature.key;
    let hash = digest(evidence).unwrap_or_default();
    if !seal::verify(signature, Subject::Evidence, &hash) {
        return Some(format!(
            "what it says is not what {key} signed: it was edited, or gathered from other files"
        ));
    }
    let is_known = trusted.is_empty() || trusted.contains(key);
    (!is_known).then(|| format!("it is signed by {key}, and `trusted_keys` does not name that key"))
}

/// SHA-256 of what the run alone says; other runs, which are known only later, say the rest.
fn digest(evidence: &Evidence) -> serde_json::Result<String> {
    let mut own = Evidence {
        known_runs: None,
        signature: None,
        ..evidence.clone()
    };
    for suite in &mut own.suites {
        suite.history = HistoryEvidence::default();
    }
    write(&own).map(|bytes| fsx::sha256_lf(&bytes))
}
