//! Reads `evals/SUITE.yaml`.

use std::path::Path;

use super::{evaluator, gate, judge};
use crate::fsx;
use crate::model::looks::OnInconclusive;
use crate::model::suite::{BaselineSpec, Selector, Spot};
use crate::model::{Location, Problems, Status, Suite};
use crate::source::model_target;
use crate::source::{Check, Fields, Mark, Node, Source, allows_outside, did_you_mean, outside};

pub(super) const KEYS: &[&str] = &[
    "description",
    "prompt",
    "candidates",
    "baseline",
    "dataset",
    "repeats",
    "models",
    "evaluators",
    "judge",
    "gates",
    "threshold",
    "on_inconclusive",
    "segment",
    "stop",
    "tags",
];

/// Most repeats of a case: beyond it a suite is a mistake.
const MAX_REPEATS: u64 = 1_000;

/// Reads a suite. Whether its dataset is there is looked up below `root`; without one, in a commit, it is not asked.
pub(super) fn read(
    root: Option<&Path>,
    path: &Path,
    source: &Source,
    problems: &mut Problems,
) -> Option<Suite> {
    let mut check = Check::new(source);
    let name = path.file_stem()?.to_string_lossy().into_owned();
    let suite = match source.yaml() {
        Ok(node) => read_root(&mut check, root, &node, name),
        Err(problem) => {
            check.problems.push(problem);
            None
        }
    };
    problems.extend(check.problems);
    suite
}

fn read_root(
    check: &mut Check<'_>,
    root: Option<&Path>,
    node: &Node,
    name: String,
) -> Option<Suite> {
    let fields = check.fields(node, "a suite", KEYS)?;
    let family = check
        .require(&fields, "prompt", "a suite")
        .and_then(|node| spot(check, node, "prompt"));
    let dataset = check
        .require(&fields, "dataset", "a suite")
        .and_then(|node| read_dataset_path(check, root, node));
    let evaluators = fields
        .get("evaluators")
        .map(|node| evaluator::read_list(check, node, &[]))
        .unwrap_or_default();
    let gates_node = check.require(&fields, "gates", "a suite");
    let gates = gates_node
        .map(|node| gate::read_list(check, node))
        .unwrap_or_default();
    if let Some(node) = gates_node
        && gates.is_empty()
        && check.problems.is_empty()
    {
        check.error(
            "no-gate",
            node.mark,
            "a suite without a gate decides nothing",
        );
    }
    let suite = Suite {
        name,
        path: check.source.path.to_string(),
        description: fields
            .get("description")
            .and_then(|node| check.string(node, "description")),
        segment: fields
            .get("segment")
            .and_then(|node| spot(check, node, "segment")),
        candidates: read_candidates(check, &fields),
        baseline: read_baseline(check, &fields),
        repeats: fields
            .get("repeats")
            .and_then(|node| check.integer_in(node, "repeats", 1, MAX_REPEATS))
            .map(|n| n as u32),
        models: read_models(check, &fields),
        threshold: fields
            .get("threshold")
            .and_then(|node| check.number_in(node, "threshold", 0.0, 1.0)),
        on_inconclusive: read_policy(check, &fields),
        stop_decided: read_stop(check, &fields),
        tags: fields
            .get("tags")
            .map(|node| check.strings(node, "tags"))
            .unwrap_or_default(),
        family: family?,
        dataset: dataset?,
        evaluators,
        judge: judge::read(check, &fields),
        settings_judge: None,
        gates,
    };
    Some(suite)
}

fn spot(check: &mut Check<'_>, node: &Node, key: &str) -> Option<Spot<String>> {
    let value = check.filled(node, key)?;
    Some(Spot {
        value,
        at: check.at(node.mark),
    })
}

fn read_dataset_path(
    check: &mut Check<'_>,
    root: Option<&Path>,
    node: &Node,
) -> Option<Spot<String>> {
    let path = spot(check, node, "dataset")?;
    let target = root.and_then(|root| fsx::outside(root, &root.join(&path.value), allows_outside));
    if let Some(target) = target {
        let problem = outside(path.at, &path.value, &target);
        check.problems.push(problem);
        return None;
    }
    if let Some(root) = root
        && !fsx::exists(&root.join(&path.value))
    {
        let dir = Path::new(&path.value).parent().unwrap_or(Path::new(""));
        let near: Vec<String> = fsx::list(&root.join(dir))
            .unwrap_or_default()
            .into_iter()
            .map(|name| fsx::shown(Path::new(""), &dir.join(name)))
            .collect();
        check.hinted(
            "missing-file",
            node.mark,
            format!("there is no dataset `{}`", path.value),
            did_you_mean(&path.value, &near)
                .or_else(|| Some("paths are relative to the project".into())),
        );
        return None;
    }
    Some(path)
}

fn read_candidates(check: &mut Check<'_>, fields: &Fields<'_>) -> Vec<Spot<Selector>> {
    let Some(node) = fields.get("candidates") else {
        return Vec::new();
    };
    let items = check.list(node, "candidates").unwrap_or_default();
    if items.is_empty() {
        check.error(
            "empty-value",
            node.mark,
            "`candidates` is empty: nothing would be tested",
        );
    }
    items
        .iter()
        .filter_map(|item| {
            let text = check.filled(item, "candidates")?;
            let value = selector(check, &text, item.mark, &[])?;
            Some(Spot {
                value,
                at: check.at(item.mark),
            })
        })
        .collect()
}

fn read_baseline(check: &mut Check<'_>, fields: &Fields<'_>) -> Spot<BaselineSpec> {
    let default = || Spot {
        value: BaselineSpec::Of(Selector::Status(Status::Production)),
        at: Location::file(String::new()),
    };
    let Some(node) = fields.get("baseline") else {
        return default();
    };
    let Some(text) = check.filled(node, "baseline") else {
        return default();
    };
    let value = if text == "none" {
        Some(BaselineSpec::None)
    } else {
        selector(check, &text, node.mark, &["none"]).map(BaselineSpec::Of)
    };
    value.map_or_else(default, |value| Spot {
        value,
        at: check.at(node.mark),
    })
}

fn selector(check: &mut Check<'_>, text: &str, mark: Mark, more: &[&str]) -> Option<Selector> {
    if let Ok(status) = text.parse() {
        return Some(Selector::Status(status));
    }
    if let Ok(version) = text.parse() {
        return Some(Selector::Version(version));
    }
    let known = Status::ALL.map(Status::as_str);
    check.hinted(
        "bad-selector",
        mark,
        format!("`{text}` is neither a status nor a semantic version"),
        did_you_mean(text, known.iter().chain(more).copied()),
    );
    None
}

fn read_models(check: &mut Check<'_>, fields: &Fields<'_>) -> Vec<crate::model::ModelTarget> {
    let Some(node) = fields.get("models") else {
        return Vec::new();
    };
    let items = check.list(node, "models").unwrap_or_default();
    items
        .iter()
        .filter_map(|item| model_target(check, item, "models"))
        .collect()
}

fn read_policy(check: &mut Check<'_>, fields: &Fields<'_>) -> OnInconclusive {
    let word = fields.get("on_inconclusive").and_then(|node| {
        let word = check.filled(node, "on_inconclusive")?;
        Some((node.mark, word))
    });
    let Some((mark, word)) = word else {
        return OnInconclusive::default();
    };
    word.parse().unwrap_or_else(|()| {
        check.hinted(
            "bad-policy",
            mark,
            format!("`{word}` is nothing that `on_inconclusive` can do"),
            did_you_mean(&word, OnInconclusive::WORDS),
        );
        OnInconclusive::default()
    })
}

fn read_stop(check: &mut Check<'_>, fields: &Fields<'_>) -> bool {
    let Some(node) = fields.get("stop") else {
        return false;
    };
    let word = check.filled(node, "stop");
    if word.as_deref().is_some_and(|word| word != "decided") {
        let hint = "write `stop: decided`, or leave it out to ask every case";
        check.hinted(
            "bad-stop",
            node.mark,
            "`stop` knows one word: `decided`",
            Some(hint.into()),
        );
    }
    word.is_some()
}
