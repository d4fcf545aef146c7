//! Goes through the rows of a suite once: renders every prompt, builds every case's own evaluators, and compares what templates
//! need with what cases have.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;

use super::evaluators::{Noted, SuiteEvaluators};
use crate::model::{Case, Location, Problem, Problems};
use crate::plan::{Arm, SuitePlan};
use crate::render::CompiledPrompt;
use crate::score;

/// Rows whose own evaluators are wrong, beyond which reading on would tell nothing new.
const MAX_BROKEN_ROWS: usize = 20;

/// One problem for each mistake, not one for each case that meets it: the problem as the first case met it, and how often.
type Met = BTreeMap<String, (Problem, usize)>;

/// Rows that one thread goes through at least: fewer are done before it has begun.
const ROWS_A_THREAD: usize = 2_000;

/// What is collected on the way through the rows.
struct RowCheck<'a> {
    suite: &'a SuitePlan,
    evaluators: &'a SuiteEvaluators,
    /// Variables that each of the suite's evaluators uses.
    needs: &'a [BTreeSet<String>],
    /// Versions to render; none where they could not be compiled.
    prompts: Vec<(&'a Arm, &'a CompiledPrompt)>,
    rendering: Met,
    absent: Met,
    given: BTreeSet<String>,
    own: Noted,
    /// What is wrong with rows' own evaluators, row by row.
    broken: Vec<Vec<Problem>>,
    /// Why no further row can be read.
    unreadable: Option<Problem>,
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
    let mut rows = RowCheck::new(suite, prompts, evaluators, &needs);
    rows.see_all(prompts);
    if let Some(problem) = rows.unreadable {
        problems.push(problem);
    } else if rows.broken.len() >= MAX_BROKEN_ROWS {
        let first = rows.broken.into_iter().take(MAX_BROKEN_ROWS);
        problems.extend(first.flatten());
    } else {
        problems.extend(std::mem::take(&mut rows.broken).into_iter().flatten());
        let own = std::mem::take(&mut rows.own);
        rows.finish(&own, problems);
        evaluators.note(own);
    }
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

impl<'a> RowCheck<'a> {
    fn new(
        suite: &'a SuitePlan,
        prompts: &'a [CompiledPrompt],
        evaluators: &'a SuiteEvaluators,
        needs: &'a [BTreeSet<String>],
    ) -> Self {
        Self {
            suite,
            evaluators,
            needs,
            prompts: suite.arms.iter().zip(prompts).collect(),
            rendering: Met::new(),
            absent: Met::new(),
            given: BTreeSet::new(),
            own: Noted::default(),
            broken: Vec::new(),
            unreadable: None,
        }
    }

    /// Goes through all rows, with as many threads as there are processors; what is found does not depend on how many that are.
    fn see_all(&mut self, prompts: &'a [CompiledPrompt]) {
        let places = self.suite.cases.as_slice();
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let part = places.len().div_ceil(threads).max(ROWS_A_THREAD);
        let (suite, evaluators, needs) = (self.suite, self.evaluators, self.needs);
        let parts = std::thread::scope(|scope| {
            let see = |places: &'a [u32]| {
                move || {
                    let mut rows = RowCheck::new(suite, prompts, evaluators, needs);
                    rows.see(places);
                    rows
                }
            };
            let parts: Vec<_> = places
                .chunks(part)
                .map(|places| scope.spawn(see(places)))
                .collect();
            let done = parts.into_iter().map(std::thread::ScopedJoinHandle::join);
            done.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect::<Vec<_>>()
        });
        for part in parts {
            self.merge(part);
        }
    }

    fn see(&mut self, places: &[u32]) {
        for place in places {
            let case = match self.suite.dataset.case(*place) {
                Ok(case) => case,
                Err(error) => {
                    let at = Location::file(self.suite.dataset.path.to_string());
                    self.unreadable = Some(Problem::error("unreadable", at, format!("{error}")));
                    return;
                }
            };
            match self.evaluators.own(&case) {
                Ok(own) => {
                    self.own.add(&own);
                    let own_needs: Vec<_> = own.iter().map(score::Prepared::variables).collect();
                    let all = self.evaluators.all.iter().zip(self.needs);
                    for (evaluator, needed) in all.chain(own.iter().zip(&own_needs)) {
                        self.missing(&case, evaluator, needed);
                    }
                }
                Err(more) => {
                    let placed = more.into_iter().map(|one| placed(one, self.suite, *place));
                    self.broken.push(placed.collect());
                }
            }
            self.render(&case);
            if self.broken.len() >= MAX_BROKEN_ROWS {
                return;
            }
        }
    }

    /// Adds what was found in later rows.
    fn merge(&mut self, later: Self) {
        let both = [
            (&mut self.rendering, later.rendering),
            (&mut self.absent, later.absent),
        ];
        for (met, later) in both {
            for (key, (problem, times)) in later {
                met.entry(key).or_insert((problem, 0)).1 += times;
            }
        }
        self.given.extend(later.given);
        self.own.merge(later.own);
        self.broken.extend(later.broken);
        self.unreadable = self.unreadable.take().or(later.unreadable);
    }

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

    fn finish(self, own: &Noted, problems: &mut Problems) {
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
        let mut used = self.evaluators.variables();
        used.extend(own.variables().cloned());
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
