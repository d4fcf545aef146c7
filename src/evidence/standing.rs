//! Where a version stands: what it rests on, whether that still holds, and how it compares with what is in production.

use std::io;

use serde::Serialize;

use super::{Tree, differences, read, sources};
use crate::model::evidence::{Evidence, KnownRuns, SuiteEvidence};
use crate::model::settings::AnswerSource;
use crate::model::{Family, PromptVersion};

/// What is known of a version's quality.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Standing {
    /// What it was promoted on, where it was.
    pub evidence: Option<Rests>,
    /// Against the version in production, suite by suite, as far as evidence tells.
    pub against: Vec<Against>,
}

/// The evidence of a version.
#[derive(Clone, Debug, Serialize)]
pub struct Rests {
    /// Its file, relative to the project.
    pub path: String,
    /// The run.
    pub run: String,
    /// When the run began: RFC 3339, UTC.
    pub started_at: String,
    /// Where answers came from.
    pub sources: Vec<AnswerSource>,
    /// How runs of the same files ended, as far as they were known.
    pub known_runs: Option<KnownRuns>,
    /// What has changed since; nothing where it still holds.
    pub differences: Vec<String>,
}

/// One suite's pass rates.
#[derive(Clone, Debug, Serialize)]
pub struct Against {
    /// The suite.
    pub suite: String,
    /// Share of passes of the version.
    pub pass_rate: Option<f64>,
    /// The version in production.
    pub production: String,
    /// Share of its passes.
    pub production_pass_rate: Option<f64>,
}

/// Reads what is known of a version.
///
/// # Errors
/// When evidence cannot be read, naming the file.
pub fn standing(
    tree: &Tree,
    (family, version): (&Family, &PromptVersion),
) -> Result<Standing, String> {
    let of = |version: &PromptVersion| {
        let path = super::path(&version.id);
        let named = |error: io::Error| format!("{path} cannot be read: {error}");
        read(&tree.root, family, &version.id).map_err(named)
    };
    let production = family.production().filter(|one| one.id != version.id);
    let theirs = production.map(of).transpose()?.flatten();
    let Some(own) = of(version)? else {
        let against = production.zip(theirs.as_ref());
        return Ok(Standing {
            evidence: None,
            against: against.map_or_else(Vec::new, |(production, theirs)| {
                replaced(version, production, theirs)
            }),
        });
    };
    let rests = Rests {
        path: super::path(&version.id),
        run: own.run.id.clone(),
        started_at: own.run.started_at.clone(),
        sources: sources(&own),
        known_runs: own.known_runs,
        differences: differences(&own, tree),
    };
    let mut against = Vec::new();
    if let Some(production) = production {
        let suites = own.suites.iter();
        against.extend(suites.map(|suite| compared(suite, production, theirs.as_ref())));
    }
    Ok(Standing {
        evidence: Some(rests),
        against,
    })
}

/// A version without evidence may have been what the one in production was compared with.
fn replaced(
    version: &PromptVersion,
    production: &PromptVersion,
    theirs: &Evidence,
) -> Vec<Against> {
    let number = version.id.version.to_string();
    let suites = theirs.suites.iter().filter(|suite| {
        let baseline = suite.baseline.as_ref();
        baseline.is_some_and(|baseline| baseline.version == number)
    });
    let against = suites.map(|suite| Against {
        suite: suite.name.clone(),
        pass_rate: of_baseline(suite),
        production: production.id.version.to_string(),
        production_pass_rate: rate(suite),
    });
    against.collect()
}

/// What a gate measured of the baseline.
fn of_baseline(suite: &SuiteEvidence) -> Option<f64> {
    let mut whole = suite
        .gates
        .iter()
        .filter(|gate| gate.metric == "pass_rate" && gate.tag.is_none());
    whole.find_map(|gate| gate.baseline)
}

fn rate(suite: &SuiteEvidence) -> Option<f64> {
    suite.metrics.get("pass_rate").copied().flatten()
}

/// The same run measured both where it compared with what is in production now; else each has its own run.
fn compared(
    suite: &SuiteEvidence,
    production: &PromptVersion,
    theirs: Option<&Evidence>,
) -> Against {
    let number = production.id.version.to_string();
    let paired = suite
        .baseline
        .as_ref()
        .filter(|baseline| baseline.version == number);
    let same_run = paired.and_then(|_| of_baseline(suite));
    let own_run = theirs.and_then(|evidence| {
        let same = evidence.suites.iter().find(|one| one.name == suite.name)?;
        rate(same)
    });
    Against {
        suite: suite.name.clone(),
        pass_rate: rate(suite),
        production: number,
        production_pass_rate: same_run.or(own_run),
    }
}
