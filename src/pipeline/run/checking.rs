//! A project with the client that a run would ask by: all mistakes of both, before anything is called.

use std::io;
use std::path::Path;

use super::project::{Asking, Project, client};
use super::refusal::{Refusal, Telling, Told, Why};
use crate::call::Client;
use crate::fsx;
use crate::load::{self, Changes};
use crate::model::dataset::id_key;
use crate::model::{Dataset, Location, Problem, Problems, RunSpec};
use crate::observe::runs;
use crate::pipeline::check::{Checked, Request, check};
use crate::source::nearest;

/// A checked project, the client of a run, and what was found worth telling.
#[derive(Debug)]
pub struct Outlook {
    /// The project and its plan.
    pub checked: Checked,
    /// What would ask.
    pub client: Client,
    /// Warnings.
    pub told: Vec<Told>,
}

impl Outlook {
    /// Everything that a run would do, checked. With `strict`, gates that cannot fail are mistakes.
    ///
    /// # Errors
    /// Where a file holds a mistake or nothing is left to run.
    pub fn of(project: &Project, spec: &RunSpec, strict: bool) -> Result<Self, Refusal> {
        let mut telling = Telling::default();
        let asking = Asking {
            responses: spec.responses,
            ..Asking::default()
        };
        let found = checked(project, spec, (None, strict, asking), &mut telling);
        let told = telling.0;
        match found {
            Ok((checked, client)) => Ok(Self {
                checked,
                client,
                told,
            }),
            Err(why) => Err(Refusal { told, why }),
        }
    }
}

/// Reads and checks the project, and makes the client.
pub(super) fn checked(
    project: &Project,
    spec: &RunSpec,
    (changed, strict, asking): (Option<&Changes>, bool, Asking),
    telling: &mut Telling,
) -> Result<(Checked, Client), Why> {
    let root = &project.root;
    let (checked, mut problems) = check(&Request {
        root,
        from: &project.from,
        spec,
        changed,
    });
    problems.extend(tracked_cache(root));
    problems.extend(load::recordings_outside(root));
    let client = match client(project, &checked.settings, asking) {
        Ok(client) => {
            checked.check_providers(&client, &mut problems);
            Some(client)
        }
        Err(more) => {
            problems.extend(more);
            None
        }
    };
    if strict {
        problems = problems.strict();
    }
    if problems.any_error() {
        return Err(Why::Problems(problems));
    }
    telling.warnings(problems);
    let client =
        client.ok_or_else(|| Why::System("the HTTP client cannot be set up".to_owned()))?;
    unmatched(&checked, telling)?;
    // Where nothing has changed, nothing needs to run.
    if changed.is_none() || !checked.plan.is_empty() {
        nothing_matched(&checked, spec)?;
    }
    Ok((checked, client))
}

/// A cache that git tracks: a commit could bring any answer, and the run would say that a provider gave it.
fn tracked_cache(root: &Path) -> Option<Problem> {
    let state = runs::state_dir(root);
    let cache = state.join("cache");
    if !fsx::exists(&cache) {
        return None;
    }
    let (state, cache) = (fsx::shown(root, &state), fsx::shown(root, &cache));
    let tracked = load::git::tracked_below(root, &state);
    let is_cache = |path: &&String| **path == state || path.starts_with(&cache);
    let first = tracked.iter().find(is_cache)?;
    let message = "git tracks the cache: answers out of it may be anyone's".to_owned();
    Some(
        Problem::error("tracked-cache", Location::file(first.clone()), message).hint(format!(
            "`git rm -r --cached {state}`; answers to commit are recordings: `prompteval run --responses record`"
        )),
    )
}

/// A suite that names its candidates and has none would decide nothing: production in their place would be tested against itself.
/// Beside suites that have some, as after a promotion, it is named and left out.
fn unmatched(checked: &Checked, telling: &mut Telling) -> Result<(), Why> {
    let mut problems = Problems::default();
    for suite in &checked.plan.unmatched {
        let names = suite.candidates.join(", ");
        let message = format!(
            "{} tests nothing: no version of `{}` is selected by `candidates: [{names}]`",
            suite.path, suite.family
        );
        let hint = format!(
            "to test what users get as well, name it: `candidates: [{names}, production]`; without `candidates` it is tested where nothing else is"
        );
        if checked.plan.is_empty() {
            return Err(Why::nothing(message).hint(hint));
        }
        let at = Location::file(suite.path.clone());
        problems.push(Problem::warning("no-candidate", at, message).hint(hint));
    }
    telling.warnings(problems);
    Ok(())
}

/// A filter that selects nothing must not look like a run that passed.
fn nothing_matched(checked: &Checked, spec: &RunSpec) -> Result<(), Why> {
    let plan = &checked.plan;
    if plan.is_empty() {
        let message = if spec.filters() {
            format!("no case is left by {}", spec.filter_flags().join(" "))
        } else {
            "there is nothing to run".to_owned()
        };
        return Err(Why::nothing(message));
    }
    let datasets = || plan.suites.iter().map(|suite| &suite.dataset);
    for wanted in &spec.cases {
        let key = id_key(wanted);
        let has = |dataset: &Dataset| {
            (0..dataset.len() as u32).any(|place| dataset.index.key(place) == Some(key))
        };
        if !datasets().any(|dataset| has(dataset)) {
            let cases = datasets().flat_map(|dataset| dataset.cases());
            let known: Vec<String> = cases
                .map(|case| case.map(|case| case.id))
                .collect::<io::Result<_>>()
                .map_err(|error| Why::System(error.to_string()))?;
            let why = Why::nothing(format!("no case has the id `{wanted}`"));
            return Err(
                match nearest::<str>(wanted, known.iter().map(String::as_str)) {
                    Some(name) => why.hint(format!("did you mean `{name}`?")),
                    None => why,
                },
            );
        }
    }
    Ok(())
}
