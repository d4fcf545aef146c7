//! Properties of the registry: whatever commands come in whatever order, and wherever a writer is killed, the invariants hold, a
//! refused command changes nothing, and the history replays to the state.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use prompteval::model::{PromptRef, Status, Version};
use prompteval::registry::{
    self, Bump, History, Move, NewEvidence, NewVersion, Registry, Rollback,
};
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;

const NAME: &str = "greeter";
const EVIDENCE: &str = "evals/evidence/greeter";

/// One command, and whether its writer is killed before family.yaml is in place.
#[derive(Clone, Debug)]
enum Step {
    New(usize, Bump),
    Promote(usize, Status, bool),
    Rollback(Option<usize>),
    /// The last command's family.yaml never came to be; a line of the history may be torn, too.
    Killed(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bump = select(vec![Bump::Major, Bump::Minor, Bump::Patch]);
    let status = select(Status::ALL.to_vec());
    // Ways that lead far, so that not all commands are refused.
    let onwards = select(vec![Status::Testing, Status::Canary, Status::Production]);
    let step = prop_oneof![
        1 => (0..4_usize, bump).prop_map(|(at, bump)| Step::New(at, bump)),
        2 => (0..4_usize, status, any::<bool>()).prop_map(|(at, to, forced)| Step::Promote(at, to, forced)),
        4 => (0..3_usize, onwards).prop_map(|(at, to)| Step::Promote(at, to, true)),
        2 => proptest::option::of(0..4_usize).prop_map(Step::Rollback),
        2 => prop_oneof![Just(0), 1..400_usize].prop_map(Step::Killed),
    ];
    proptest::collection::vec(step, 1..24)
}

/// A project with one draft.
fn project() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("prompts").join(NAME);
    fs::create_dir_all(&folder).unwrap();
    let text = "changelog: first\nmodel: openai/gpt-6-luna\nuser: Hi {{ name }}\n";
    fs::write(folder.join("1.0.0.yaml"), text).unwrap();
    fs::write(folder.join("family.yaml"), "# ours\nowner: us # still\n").unwrap();
    dir
}

/// Every file of the family, and its evidence, by name.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let folders = [root.join("prompts").join(NAME), root.join(EVIDENCE)];
    let entries = folders.iter().flat_map(fs::read_dir).flatten();
    entries
        .map(Result::unwrap)
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// What a move to canary or production rests on: a run, or somebody's word.
fn reason(root: &Path, id: &PromptRef, clock: i64) -> (Option<NewEvidence>, Option<String>) {
    if clock % 3 == 0 {
        return (None, Some("because".to_owned()));
    }
    let (registry, _) = Registry::read(root);
    let evidence = NewEvidence {
        path: registry::evidence_path(id),
        contents: format!("run {clock}\n").into_bytes(),
        sha256: registry.find(id).unwrap().sha256.clone(),
    };
    (Some(evidence), None)
}

fn version(root: &Path, at: usize) -> Version {
    let (registry, _) = Registry::read(root);
    let versions: Vec<&Version> = registry.families[NAME].versions.keys().collect();
    versions[at % versions.len()].clone()
}

/// Carries a step out; whether it was one that was allowed.
fn apply(root: &Path, step: &Step, clock: i64, before: &BTreeMap<String, Vec<u8>>) -> bool {
    let at = Timestamp::from_second(1_790_000_000 + clock).unwrap();
    let by = "me".to_owned();
    match step {
        Step::New(from, bump) => registry::create(
            root,
            &NewVersion {
                family: NAME.into(),
                from: Some(version(root, *from)),
                bump: *bump,
                changelog: format!("step {clock}"),
                at,
                by,
            },
        )
        .is_ok(),
        Step::Promote(which, to, forced) => {
            let id = PromptRef {
                family: NAME.into(),
                version: version(root, *which),
            };
            let (evidence, override_reason) = if *forced && registry::needs_evidence(*to) {
                reason(root, &id, clock)
            } else {
                (None, None)
            };
            let request = Move {
                id,
                to: *to,
                at,
                by,
                reason: None,
                traffic: None,
                evidence,
                override_reason,
            };
            registry::promote(root, &request).is_ok()
        }
        Step::Rollback(to) => registry::rollback(
            root,
            &Rollback {
                family: NAME.into(),
                to: to.map(|at| version(root, at)),
                at,
                by,
                reason: "rollback".into(),
            },
        )
        .is_ok(),
        Step::Killed(torn) => kill(root, *torn, before),
    }
}

/// Takes the last command back to the moment between its two writes; whether there was one.
fn kill(root: &Path, torn: usize, before: &BTreeMap<String, Vec<u8>>) -> bool {
    let folder = root.join("prompts").join(NAME);
    let now = files(root);
    let (Some(family), Some(history)) = (before.get("family.yaml"), now.get("history.jsonl"))
    else {
        return false;
    };
    let old = before.get("history.jsonl").map_or(0, Vec::len);
    if history.len() <= old {
        return false;
    }
    fs::write(folder.join("family.yaml"), family).unwrap();
    for (name, old) in before {
        let is_other = now.get(name).is_some_and(|now| now != old);
        if is_other && Path::new(name).extension().is_some_and(|end| end == "json") {
            let kept = root.join(EVIDENCE).join(format!(".{name}.before"));
            fs::write(kept, old).unwrap();
        }
    }
    let kept = history.len().saturating_sub(torn).max(old);
    fs::write(folder.join("history.jsonl"), &history[..kept]).unwrap();
    true
}

/// What holds after any command.
fn invariants(root: &Path) {
    let (registry, problems) = Registry::read(root);
    assert!(problems.is_empty(), "{problems:?}");
    let family = &registry.families[NAME];
    for status in [Status::Production, Status::Canary] {
        assert!(family.with_status(status).count() <= 1, "{family:?}");
    }
    for (number, entry) in &family.entries {
        let hash = &family.versions[number].sha256;
        let recorded = entry.sha256.as_ref();
        assert_eq!(
            recorded.is_some(),
            entry.status != Status::Draft,
            "{number}"
        );
        assert!(recorded.is_none_or(|recorded| recorded == hash));
        assert_eq!(entry.traffic.is_some(), entry.status == Status::Canary);
        let reasons = [&entry.evidence, &entry.override_reason];
        let reasons = reasons.into_iter().flatten().count();
        let served = registry::needs_evidence(entry.status);
        assert_eq!(reasons, usize::from(served || reasons > 0), "{entry:?}");
        let lasts = [Status::Deprecated, Status::Archived].contains(&entry.status);
        assert!(reasons == 0 || served || lasts, "{entry:?}");
    }
    let text = fs::read_to_string(root.join("prompts/greeter/family.yaml")).unwrap();
    assert!(text.starts_with("# ours\nowner: us # still\n"), "{text}");

    let history: History = registry::log(root, NAME).unwrap();
    let mut replayed: BTreeMap<Version, Status> = BTreeMap::new();
    for line in &history.lines {
        let was = replayed.insert(line.version.clone(), line.to);
        assert_eq!(was.unwrap_or(Status::Draft), line.from, "{line:?}");
    }
    for (number, version) in &family.versions {
        let told = replayed.get(number).copied().unwrap_or(Status::Draft);
        assert_eq!(told, version.status, "{number}: {history:?}");
    }
    assert!(history.lines.is_sorted_by(|a, b| a.time <= b.time));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_commands_leaves_a_valid_registry(steps in steps()) {
        let dir = project();
        let root = dir.path();
        let mut before = files(root);
        for (clock, step) in (0_i64..).zip(&steps) {
            let now = files(root);
            let allowed = apply(root, step, clock, &before);
            if !allowed {
                prop_assert_eq!(&files(root), &now, "a refused command changed a file: {:?}", step);
            }
            before = now;
            invariants(root);
        }
    }
}
