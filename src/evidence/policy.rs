//! Holds evidence against what the project asks of it: where answers may come from, from which addresses, how old they may be, and who signs.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::signed::untrusted;
use crate::model::evidence::{AnswerEvidence, Evidence};
use crate::model::settings::{AnswerSource, EvidencePolicy, Settings};
use crate::secrets::shown_address;

/// How far the clocks of two machines may lie apart, in seconds.
const CLOCK_SKEW_S: i64 = 300;

const DAY_S: f64 = 86_400.0;

/// What the project does not accept of this evidence at this time, a line each.
pub fn refused(evidence: &Evidence, settings: &Settings, at: Timestamp) -> Vec<String> {
    let policy = &settings.evidence;
    let signature = untrusted(evidence, &settings.trusted_keys);
    let mut found: Vec<String> = signature.into_iter().collect();
    of_sources(evidence, policy, &mut found);
    of_addresses(evidence, policy, &mut found);
    of_age(evidence, policy, at, &mut found);
    found
}

/// Every source of answers, the most trustworthy first.
pub fn sources(evidence: &Evidence) -> Vec<AnswerSource> {
    let sources = answers(evidence).filter_map(|answer| answer.source);
    let sources: BTreeSet<AnswerSource> = sources.collect();
    sources.into_iter().collect()
}

/// Sources of answers beyond those that a provider gave to this project, as marks for lists: `recorded`, `logged`.
pub fn marks(evidence: &Evidence) -> Vec<AnswerSource> {
    let mut sources = sources(evidence);
    sources.retain(|source| matches!(source, AnswerSource::Recorded | AnswerSource::Logged));
    sources
}

fn answers(evidence: &Evidence) -> impl Iterator<Item = &AnswerEvidence> {
    evidence.suites.iter().flat_map(|suite| &suite.answers)
}

fn of_sources(evidence: &Evidence, policy: &EvidencePolicy, found: &mut Vec<String>) {
    for suite in &evidence.suites {
        let sources = suite.answers.iter().filter_map(|answer| answer.source);
        let refused: BTreeSet<AnswerSource> = sources
            .filter(|source| !policy.sources.contains(source))
            .collect();
        let allowed: Vec<&str> = policy.sources.iter().map(|one| one.as_str()).collect();
        let allowed = allowed.join(", ");
        found.extend(refused.into_iter().map(|source| {
            format!(
                "suite {}: answers are {}, and evidence rests on {allowed} only: run it live, or set `evidence: {{sources: [{allowed}, {}]}}` in prompteval.yaml",
                suite.name,
                told(source),
                source.as_str()
            )
        }));
        if suite.answers.is_empty() && !suite.cases.is_empty() {
            found.push(format!(
                "suite {}: it does not say where answers came from",
                suite.name
            ));
        }
    }
}

fn told(source: AnswerSource) -> &'static str {
    match source {
        AnswerSource::Live => "live",
        AnswerSource::Cache => "cached",
        AnswerSource::Recorded => "recorded in a file",
        AnswerSource::Logged => "logged in the dataset",
    }
}

/// Only answers that came over the wire have an address.
fn of_addresses(evidence: &Evidence, policy: &EvidencePolicy, found: &mut Vec<String>) {
    if policy.addresses.is_empty() {
        return;
    }
    let wire = [Some(AnswerSource::Live), Some(AnswerSource::Cache)];
    let asked = answers(evidence).filter(|answer| wire.contains(&answer.source));
    let providers: BTreeSet<&str> = asked.map(|answer| answer.provider.as_str()).collect();
    for name in providers {
        let endpoint = evidence.providers.get(name).map_or("", String::as_str);
        let address = endpoint
            .split_once(' ')
            .map_or(endpoint, |(_, address)| address);
        let plain = |text: &str| text.trim_end_matches('/').to_owned();
        if !policy
            .addresses
            .iter()
            .any(|one| plain(one) == plain(address))
        {
            found.push(format!(
                "provider {name} answered at `{}`, which `evidence: addresses` does not name",
                shown_address(address)
            ));
        }
    }
}

fn of_age(evidence: &Evidence, policy: &EvidencePolicy, at: Timestamp, found: &mut Vec<String>) {
    let run = &evidence.run;
    let Ok(started) = run.started_at.parse::<Timestamp>() else {
        found.push(format!("run {} has no time that can be read", run.id));
        return;
    };
    let seconds = at.as_second() - started.as_second();
    if seconds < -CLOCK_SKEW_S {
        found.push(format!(
            "run {} began at {}, which is still to come",
            run.id, run.started_at
        ));
        return;
    }
    let Some(most) = policy.max_age else { return };
    let most_days = most.as_secs_f64() / DAY_S;
    let mut oldest = seconds as f64 / DAY_S;
    let mut what = "the run is";
    for day in answers(evidence).filter_map(|answer| answer.on.as_deref()) {
        match format!("{day}T00:00:00Z").parse::<Timestamp>() {
            Ok(given) => {
                // Of an answer only the day is kept: it counts as given at the end of it.
                let age = (at.as_second() - given.as_second()) as f64 / DAY_S - 1.0;
                if age > oldest {
                    (oldest, what) = (age, "its oldest answer is");
                }
            }
            Err(_) => found.push(format!("an answer was given on `{day}`, which is no day")),
        }
    }
    if oldest > most_days {
        found.push(format!(
            "{what} {oldest:.0} days old, and evidence may be {most_days:.0} days old (`evidence: max_age` in prompteval.yaml)"
        ));
    }
}
