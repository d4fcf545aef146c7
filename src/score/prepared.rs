//! An evaluator that is ready to score: what all types have in common is done here, once.

use std::collections::BTreeSet;

use crate::model::{EvaluatorSpec, ModelTarget, Outcome, Sample, Score};
use crate::template::Expression;

use super::scope::{OWN_NAMES, Scope};
use super::{Answer, Evaluator, Question, Step, blame};

/// Questions that an evaluator may ask about one sample; so it takes no more steps than that.
const MOST_QUESTIONS: usize = 64;

/// An evaluator that is ready to score.
pub struct Prepared {
    /// What the user configured.
    pub spec: EvaluatorSpec,
    evaluator: Box<dyn Evaluator>,
    when: Option<Expression>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Prepared").field(&self.spec).finish()
    }
}

impl Prepared {
    pub(super) fn new(
        spec: &EvaluatorSpec,
        evaluator: Box<dyn Evaluator>,
        when: Option<Expression>,
    ) -> Self {
        Self {
            spec: spec.clone(),
            evaluator,
            when,
        }
    }

    /// What the evaluator asks next, or says, given the answers to all it asked so far.
    pub fn step(&self, sample: &Sample<'_>, answers: &[Answer]) -> Step<Score> {
        let outcome = match self.applies(sample) {
            Ok(true) => return self.own_step(sample, answers),
            Ok(false) => Outcome::Unscored {
                reason: format!("`when` does not hold: {}", self.when_text()),
            },
            Err(cause) => {
                let is_answers =
                    blame::is_of_answer(sample, &cause, |other| self.applies(other).err());
                of(cause, is_answers)
            }
        };
        Step::Done(self.named(outcome))
    }

    /// Takes step after step with the answers that `answer` knows. Every question of a step is put to it, also where another
    /// of them has no answer; then there is no score.
    pub fn consult(
        &self,
        sample: &Sample<'_>,
        mut answer: impl FnMut(Question) -> Option<Answer>,
    ) -> Option<Score> {
        let mut answers = Vec::new();
        loop {
            match self.step(sample, &answers) {
                Step::Done(score) => return Some(score),
                Step::Ask(questions) => {
                    let given: Vec<Option<Answer>> =
                        questions.into_iter().map(&mut answer).collect();
                    answers.extend(given.into_iter().collect::<Option<Vec<Answer>>>()?);
                }
            }
        }
    }

    /// What it would ask first about an answer that is not there yet, with `sample` in its place; an expression that cannot be
    /// decided without it counts as true.
    pub fn questions_unseen(&self, sample: &Sample<'_>) -> Vec<Question> {
        if !self.applies(sample).unwrap_or(true) {
            return Vec::new();
        }
        match self.evaluator.step(sample, &[]) {
            Step::Ask(questions) => questions,
            Step::Done(_) => Vec::new(),
        }
    }

    /// Whether it may ask at all, as judges do.
    pub fn asks(&self) -> bool {
        self.evaluator.asks()
    }

    /// An outcome under this evaluator's name.
    pub fn named(&self, outcome: Outcome) -> Score {
        self.named_as(outcome, false)
    }

    fn named_as(&self, outcome: Outcome, gave_up: bool) -> Score {
        Score {
            gave_up,
            name: self.spec.name.clone(),
            type_name: self.spec.type_name(),
            metric: self.spec.metric.clone(),
            weight: self.spec.weight,
            critical: self.spec.critical,
            outcome,
        }
    }

    /// Names of the case variables that the value's templates need.
    pub fn variables(&self) -> BTreeSet<String> {
        let mut names = self.evaluator.variables();
        names.retain(|name| !OWN_NAMES.contains(&name.as_str()));
        names
    }

    /// The model that is asked, where the evaluator is a judge.
    pub fn judge(&self) -> Option<&ModelTarget> {
        self.spec.model.as_ref()
    }

    /// The evaluator's step where it applies.
    fn own_step(&self, sample: &Sample<'_>, answers: &[Answer]) -> Step<Score> {
        let outcome = match self.evaluator.step(sample, answers) {
            Step::Done(outcome) => outcome,
            Step::Ask(questions) => match fault(&questions, answers) {
                None => return Step::Ask(questions),
                Some(cause) => return Step::Done(self.named(Outcome::errored(cause))),
            },
        };
        Step::Done(match outcome {
            Outcome::Errored { cause, gave_up } => {
                let is_answers = answers.is_empty() && self.is_of_answer(sample, &cause);
                self.named_as(of(cause, is_answers), gave_up && is_answers)
            }
            outcome if self.spec.negated => self.named(outcome.negated()),
            outcome => self.named(outcome),
        })
    }

    /// Whether a step surely takes no more than some milliseconds.
    pub fn is_quick(&self, sample: &Sample<'_>) -> bool {
        self.evaluator.is_quick(sample)
    }

    /// Whether the answer under test caused an error before anything was asked. What a judge that was asked says, or does not say,
    /// is not its doing.
    fn is_of_answer(&self, sample: &Sample<'_>, cause: &str) -> bool {
        blame::is_of_answer(sample, cause, |other| {
            match self.evaluator.step(other, &[]) {
                Step::Done(Outcome::Errored { cause, .. }) => Some(cause),
                // One that asks, and did not, wrote nothing that could have failed.
                Step::Done(_) if self.asks() => Some(cause.to_owned()),
                _ => None,
            }
        })
    }

    fn applies(&self, sample: &Sample<'_>) -> Result<bool, String> {
        match &self.when {
            None => Ok(true),
            Some(when) => when
                .holds(Scope(sample))
                .map_err(|error| format!("`when` ({}) failed: {error}", self.when_text())),
        }
    }

    fn when_text(&self) -> &str {
        self.spec.when.as_deref().unwrap_or_default()
    }
}

/// Why an evaluator is not asked on, where that is so.
fn fault(questions: &[Question], answers: &[Answer]) -> Option<String> {
    if questions.is_empty() {
        return Some("it asks for answers to no question".to_owned());
    }
    (answers.len() + questions.len() > MOST_QUESTIONS)
        .then(|| format!("it asks more than {MOST_QUESTIONS} questions about one answer"))
}

/// The outcome of an error that the answer under test caused, or that it did not.
fn of(cause: String, is_answers: bool) -> Outcome {
    if is_answers {
        blame::failed(&cause)
    } else {
        Outcome::errored(cause)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::model::{Completion, Request};
    use crate::score::testing::{self, Bench, cause, greeting, passes};

    #[test]
    fn not_turns_passed_and_score_round_but_never_an_error() {
        let spec = json!({"type": "not-contains", "value": "hi"});
        assert!(passes(&Bench::new("bye").outcome(&spec)));
        assert!(!passes(&Bench::new("hi").outcome(&spec)));
        let spec = json!({"type": "not-contains", "value": "{{ missing }}"});
        assert!(cause(&Bench::new("bye").outcome(&spec)).contains("missing"));
    }

    #[test]
    fn when_decides_whether_an_evaluator_applies() {
        let spec = greeting(&json!({"when": "case.tags contains 'faq' and lang == 'en'"}));
        let bench = |lang: &str| Bench::new("hi").var("lang", lang).tags(&["faq"]);
        assert!(passes(&bench("en").outcome(&spec)));
        assert!(matches!(
            bench("de").outcome(&spec),
            Outcome::Unscored { reason } if reason.contains("lang == 'en'")
        ));
    }

    #[test]
    fn a_when_that_fails_is_an_error_and_asks_nothing() {
        let judge = json!({
            "type": "llm-rubric", "value": "Good.", "model": "openai/gpt-6-luna", "when": "tags contains 'faq'",
        });
        let bench = Bench::new("hi");
        assert!(bench.requests(&judge).is_err());
        assert!(cause(&bench.outcome(&judge)).starts_with("`when` ("));
        let mut skipped = judge;
        skipped["when"] = json!("case.tags contains 'faq'");
        assert!(bench.requests(&skipped).unwrap().is_empty());
    }

    #[test]
    fn variables_are_those_of_the_case_alone() {
        let spec = json!({
            "type": "contains-all",
            "value": ["{{ name }}", "{{ vars.city }} {{ expected }} {{ case.id }} {{ output }}"],
        });
        let prepared = testing::prepared(&spec);
        assert_eq!(prepared.variables(), BTreeSet::from(["name".to_owned()]));
        assert!(prepared.judge().is_none());
    }

    #[test]
    fn the_score_carries_what_the_user_named() {
        let spec =
            greeting(&json!({"name": "polite", "metric": "tone", "weight": 2, "critical": true}));
        let score = Bench::new("hi").score(&testing::prepared(&spec));
        assert_eq!(
            (score.name.as_str(), score.type_name.as_str()),
            ("polite", "contains")
        );
        assert_eq!(score.metric.as_deref(), Some("tone"));
        assert!(score.critical && score.weight.total_cmp(&2.0).is_eq());
    }
    /// Asks `each` questions at a time, until it has `most` answers.
    struct Asking {
        each: usize,
        most: usize,
    }

    impl Evaluator for Asking {
        fn step(&self, _sample: &Sample<'_>, answers: &[Answer]) -> Step<Outcome> {
            if answers.len() < self.most {
                return Step::Ask(vec![question(answers.len()); self.each]);
            }
            let said = answers.iter().map(|Answer::Chat(said)| &*said.content);
            Step::Done(Outcome::binary(true, said.collect::<String>()))
        }
    }

    fn question(n: usize) -> Question {
        Question::Chat(Request {
            model: "openai/gpt-6-luna".parse().unwrap(),
            messages: Vec::new(),
            params: Map::from_iter([("n".to_owned(), json!(n))]),
            schema: None,
            tools: None,
        })
    }

    /// The outcome where each question is answered by its number, as long as `known` holds, and how many were put.
    fn consulted(asking: Asking, known: fn(&Value) -> bool) -> (Option<Outcome>, usize) {
        let spec = testing::spec(&greeting(&json!({})));
        let evaluator = Prepared::new(&spec, Box::new(asking), None);
        let mut put = 0;
        let bench = Bench::new("hi");
        let score = evaluator.consult(&bench.sample(), |Question::Chat(request)| {
            put += 1;
            let n = &request.params["n"];
            known(n).then(|| {
                Answer::Chat(Completion {
                    content: n.to_string(),
                    ..Completion::default()
                })
            })
        });
        (score.map(|score| score.outcome), put)
    }

    #[test]
    fn steps_follow_one_another_and_each_sees_all_answers() {
        let (outcome, put) = consulted(Asking { each: 2, most: 5 }, |_| true);
        assert_eq!(outcome, Some(Outcome::binary(true, "002244")));
        assert_eq!(put, 6);
        let (outcome, put) = consulted(Asking { each: 3, most: 9 }, |n| n != &json!(3));
        assert_eq!((outcome, put), (None, 6));
    }

    #[test]
    fn one_that_never_stops_asking_or_asks_nothing_is_an_error() {
        for (each, most, put) in [
            (1, 64, 64),
            (1, usize::MAX, 64),
            (3, usize::MAX, 63),
            (65, 1, 0),
            (0, 1, 0),
        ] {
            let (outcome, asked) = consulted(Asking { each, most }, |_| true);
            assert_eq!(asked, put, "{each} {most}");
            let is_error = matches!(outcome, Some(Outcome::Errored { .. }));
            assert_eq!(is_error, most != 64, "{outcome:?}");
        }
    }
}
