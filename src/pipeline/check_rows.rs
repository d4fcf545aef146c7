//! Goes through the rows of a suite once: renders every prompt, builds every case's own evaluators, and compares what templates
//! need with what cases have.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluators::SuiteEvaluators;
use crate::model::{Case, Location, Problem, Problems};
use crate::plan::{Arm, SuitePlan};
use crate::render::CompiledPrompt;
use crate::score;

/// Rows whose own evaluators are wrong, beyond which reading on would tell nothing new.
const MAX_BROKEN_ROWS: usize = 20;

/// One problem for each mistake, not one for each case that meets it: the problem as the first case met it, and how often.
type Met = BTreeMap<String, (Problem, usize)>;

/// What is collected on the way through the rows.
struct RowCheck<'a> {
    suite: &'a SuitePlan,
    /// Versions to render; none where they could not be compiled.
    prompts: Vec<(&'a Arm, &'a CompiledPrompt)>,
    rendering: Met,
    absent: Met,
    given: BTreeSet<String>,
}

/// Checks the rows of a suite; `prompts` is empty where there is nothing to render with.
pub(super) fn check(
    suite: &SuitePlan,
    prompts: &[CompiledPrompt],
    evaluators: &mut SuiteEvaluators,
    problems: &mut Problems,
) {
    let index = &suite.dataset.index;
    let needs: Vec<_> = evaluators
        .all
        .iter()
        .map(score::Prepared::variables)
        .collect();
    if index.all_logged() && !index.any_own() && needs.iter().all(BTreeSet::is_empty) {
        return;
    }
    let mut rows = RowCheck {
        suite,
        prompts: suite.arms.iter().zip(prompts).collect(),
        rendering: Met::new(),
        absent: Met::new(),
        given: BTreeSet::new(),
    };
    let mut broken = 0;
    for place in &suite.cases {
        let case = match suite.dataset.case(*place) {
            Ok(case) => case,
            Err(error) => {
                let at = Location::file(suite.dataset.path.to_string());
                problems.push(Problem::error("unreadable", at, format!("{error}")));
                return;
            }
        };
        match evaluators.own(&case) {
            Ok(own) => {
                evaluators.note(&own);
                let own_needs: Vec<_> = own.iter().map(score::Prepared::variables).collect();
                let all = evaluators.all.iter().zip(&needs);
                for (evaluator, needed) in all.chain(own.iter().zip(&own_needs)) {
                    rows.missing(&case, evaluator, needed);
                }
            }
            Err(more) => {
                problems.extend(more.into_iter().map(|one| placed(one, suite, *place)));
                broken += 1;
            }
        }
        rows.render(&case);
        if broken >= MAX_BROKEN_ROWS {
            break;
        }
    }
    rows.finish(evaluators, problems);
}

/// A row that is read again, for its evaluators, does not know its file.
fn placed(mut problem: Problem, suite: &SuitePlan, place: u32) -> Problem {
    let at = &mut problem.location;
    if at.path.is_empty() {
        at.path = suite.dataset.path.to_string();
        at.excerpt = suite.dataset.rows.text(place).unwrap_or_default();
    }
    problem
}

impl RowCheck<'_> {
    fn render(&mut self, case: &Case) {
        if case.output.is_some() {
            return;
        }
        for name in case.vars.keys() {
            if !self.given.contains(name) {
                self.given.insert(name.clone());
            }
        }
        for (arm, prompt) in &self.prompts {
            let Err(problem) = prompt.request(&case.vars, &arm.target) else {
                continue;
            };
            let key = format!("{} {}", problem.location, problem.message);
            let entry = self.rendering.entry(key).or_insert_with(|| {
                let place = format!("{} line {}", self.suite.dataset.path, case.line);
                let message = format!("{}, for the case `{}` ({place})", problem.message, case.id);
                (
                    Problem {
                        message,
                        ..*problem
                    },
                    0,
                )
            });
            entry.1 += 1;
        }
    }

    fn missing(&mut self, case: &Case, evaluator: &score::Prepared, needed: &BTreeSet<String>) {
        let absent = needed.iter().find(|name| !case.vars.contains_key(*name));
        let Some(name) = absent else { return };
        let spec = &evaluator.spec;
        let mut at = spec.key_at("value");
        if at.path.is_empty() {
            at.path = self.suite.dataset.path.to_string();
        }
        let entry = self.absent.entry(format!("{at} {name}")).or_insert_with(|| {
            let message = format!(
                "the evaluator `{}` uses the variable `{name}`, which the case `{}` ({} line {}) lacks",
                spec.name, case.id, self.suite.dataset.path, case.line
            );
            (Problem::error("missing-variable", at, message), 0)
        });
        entry.1 += 1;
    }

    fn finish(self, evaluators: &SuiteEvaluators, problems: &mut Problems) {
        problems.extend(self.absent.into_values().map(counted));
        for problem in self.rendering.into_values().map(counted) {
            let is_missing = problem.message.contains("undefined");
            problems.push(if is_missing {
                problem.hint("give every case the variable, or write `{{ name | default('') }}`")
            } else {
                problem
            });
        }
        // What an include uses is not known here.
        let is_open = self.prompts.iter().any(|(_, prompt)| prompt.has_includes());
        if is_open || self.prompts.is_empty() {
            return;
        }
        let mut used = evaluators.variables();
        for (_, prompt) in &self.prompts {
            used.extend(prompt.variables());
        }
        for name in self.given.difference(&used) {
            let at = Location::file(self.suite.dataset.path.to_string());
            let message = format!(
                "no template of `{}` uses the variable `{name}`",
                self.suite.suite.name
            );
            problems.push(Problem::warning("unused-variable", at, message));
        }
    }
}

fn counted((mut problem, cases): (Problem, usize)) -> Problem {
    if cases > 1 {
        problem.message = format!("{} and {} more", problem.message, cases - 1);
    }
    problem
}
