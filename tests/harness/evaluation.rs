//! One run with all its reports, held to agree: exit code, report.json, JUnit and the terminal tell the same verdict.

use quick_xml::events::Event;
use serde_json::Value;

use super::fake_provider::{FakeProvider, Kind};
use super::project::{Outcome, Project};

/// The key that requests carry.
pub(crate) const KEY: &str = "sk-test-0123456789";

/// A run, and what it says in each of its reports.
#[derive(Debug)]
#[must_use = "an evaluation whose outcome nobody looks at tests nothing"]
pub(crate) struct Evaluation {
    pub(crate) outcome: Outcome,
    pub(crate) report: Value,
    pub(crate) junit: String,
}

impl Project {
    /// Has the built-in providers at the fake one, with a key each.
    pub(crate) fn at(mut self, fake: &FakeProvider) -> Self {
        for (vendor, kind) in [("OPENAI", Kind::OpenAi), ("ANTHROPIC", Kind::Anthropic)] {
            self.set(&format!("{vendor}_API_KEY"), KEY);
            self.set(&format!("{vendor}_BASE_URL"), &fake.url(kind));
        }
        self
    }

    /// Runs `run` with these arguments and every report, which have to agree.
    pub(crate) fn evaluate(&self, args: &[&str]) -> Evaluation {
        let mut all = vec!["run", "--json", "report.json", "--junit", "junit.xml"];
        all.extend(args);
        let outcome = self.run(&all);
        self.evaluation(outcome)
    }

    /// The reports of a run that wrote them to `report.json` and `junit.xml`.
    pub(crate) fn evaluation(&self, outcome: Outcome) -> Evaluation {
        assert!(
            self.path("report.json").is_file() && self.path("junit.xml").is_file(),
            "no reports of {outcome:#?}"
        );
        let evaluation = Evaluation {
            report: self.json("report.json"),
            junit: self.read("junit.xml"),
            outcome,
        };
        evaluation.agrees();
        evaluation
    }
}

impl Evaluation {
    /// The evaluation, whose exit code must be this one.
    pub(crate) fn exits(self, code: i32) -> Self {
        let outcome = self.outcome.exits(code);
        Self { outcome, ..self }
    }

    /// The evaluation, whose output must hold every one of these texts.
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        let outcome = self.outcome.says(texts);
        Self { outcome, ..self }
    }

    /// How often a text is on standard output.
    pub(crate) fn mentions(&self, text: &str) -> usize {
        self.outcome.stdout.matches(text).count()
    }

    /// The only suite's candidate at this place.
    pub(crate) fn candidate(&self, place: usize) -> &Value {
        &self.report["suites"][0]["candidates"][place]
    }

    /// The first candidate's gates, each with its verdict.
    pub(crate) fn gates(&self) -> Vec<(String, String)> {
        let gates = self.candidate(0)["gates"].as_array().unwrap();
        let text = |gate: &Value, key: &str| gate[key].as_str().unwrap().to_owned();
        gates
            .iter()
            .map(|gate| (text(gate, "metric"), text(gate, "verdict")))
            .collect()
    }

    /// How many elements of this name JUnit holds.
    pub(crate) fn junit_count(&self, element: &str) -> usize {
        let mut reader = quick_xml::Reader::from_str(&self.junit);
        let mut count = 0;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start)
                    if start.name().as_ref() == element.as_bytes() =>
                {
                    count += 1;
                }
                Event::Eof => return count,
                _ => {}
            }
        }
    }

    fn agrees(&self) {
        let verdict = self.report["verdict"].as_str().unwrap();
        let (failures, errors) = (self.junit_count("failure"), self.junit_count("error"));
        let (word, as_expected) = match self.outcome.code {
            0 => ("PASS ", verdict == "pass" && failures == 0 && errors == 0),
            1 => ("BLOCKED ", verdict == "fail" && failures > 0),
            3 => (
                "COULD NOT DECIDE ",
                verdict == "error" && failures == 0 && errors > 0,
            ),
            130 | 143 => ("INTERRUPTED ", verdict == "interrupted" && errors > 0),
            _ => ("", false),
        };
        let lines = self.outcome.stdout.lines();
        let closing = lines.filter(|line| line.starts_with(word)).count();
        assert!(
            as_expected && closing == 1,
            "exit {}, `{verdict}`, {failures} failures and {errors} errors in JUnit\n{}\n{}",
            self.outcome.code,
            self.outcome.stdout,
            self.junit
        );
    }
}
