//! One testcase: its text made safe for XML, its name made unique.

use std::collections::BTreeSet;

use junit_report::{Duration, TestCase, TestResult};

use crate::report::faults::Causes;
use crate::report::visible::{one_line, start_of, xml_attribute, xml_cdata};

/// Characters of an answer that are shown; readers cut or refuse files that hold whole answers.
const SHOWN: usize = 2000;

/// Characters of a message: an attribute that readers show in a line or a table.
const MESSAGE: usize = 500;

/// What a testcase says: a message, the reason in full, and the start of the answer.
#[derive(Clone, Debug)]
pub(super) struct Text {
    reason: String,
    output: Option<String>,
}

impl Text {
    /// A reason without an answer.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            output: None,
        }
    }

    /// The same with the answer it is about.
    pub(super) fn with_output(mut self, output: Option<&str>) -> Self {
        self.output = output.map(|text| start_of(text, SHOWN));
        self
    }

    /// The same with words before the reason.
    pub(super) fn after(mut self, words: Option<String>) -> Self {
        if let Some(words) = words {
            self.reason = format!("{words}: {}", self.reason);
        }
        self
    }

    /// The same with the faults behind it, a line each.
    pub(super) fn because(mut self, causes: &Causes<'_>) -> Self {
        if !causes.is_empty() {
            self.reason.push(':');
        }
        for (trials, cause) in causes.lines() {
            self.reason = format!("{}\n{trials}: {}", self.reason, one_line(&cause));
        }
        self
    }

    fn message(&self) -> String {
        let line = one_line(&self.reason);
        match line.char_indices().nth(MESSAGE) {
            None => line,
            Some((end, _)) => format!("{}...", &line[..end]),
        }
    }

    /// The message stands first once more, for the readers that drop the attribute where there is text.
    fn body(&self) -> String {
        let message = self.message();
        let mut body = message.clone();
        if self.reason != message {
            body = format!("{body}\n\n{}", self.reason);
        }
        if let Some(output) = &self.output {
            body = format!("{body}\n\noutput:\n{output}");
        }
        xml_cdata(&body)
    }

    /// A testcase that blocks.
    pub(super) fn failure(&self, name: &str, kind: &str, classname: &str) -> TestCase {
        let (type_, message, cause) = self.parts(kind);
        let result = TestResult::Failure {
            type_,
            message,
            cause,
        };
        testcase(name, classname, result)
    }

    /// A testcase that could not be decided.
    pub(super) fn error(&self, name: &str, kind: &str, classname: &str) -> TestCase {
        let (type_, message, cause) = self.parts(kind);
        let result = TestResult::Error {
            type_,
            message,
            cause,
        };
        testcase(name, classname, result)
    }

    /// A testcase that says nothing for or against.
    pub(super) fn skipped(&self, name: &str, kind: &str, classname: &str) -> TestCase {
        let (type_, message, cause) = self.parts(kind);
        let result = TestResult::SkippedWithCause {
            type_,
            message,
            cause,
        };
        testcase(name, classname, result)
    }

    /// Type, message and text, clean.
    fn parts(&self, kind: &str) -> (String, String, Option<String>) {
        let message = xml_attribute(&self.message());
        (xml_attribute(kind), message, Some(self.body()))
    }

    /// A passed testcase that has something to add.
    pub(super) fn passed(&self, name: &str, classname: &str) -> TestCase {
        let mut passed = passed(name, classname);
        passed.system_out = Some(self.body());
        passed
    }
}

/// A passed testcase.
pub(super) fn passed(name: &str, classname: &str) -> TestCase {
    testcase(name, classname, TestResult::Success)
}

fn testcase(name: &str, classname: &str, result: TestResult) -> TestCase {
    TestCase {
        name: xml_attribute(name),
        time: Duration::ZERO,
        result,
        classname: Some(xml_attribute(classname)),
        filepath: None,
        system_out: None,
        system_err: None,
    }
}

/// Names given so far; readers drop the second of two testcases with the same name.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// The name, clean, and with a number behind it where it has been given before.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let name = xml_attribute(name);
        let numbered = (2..).map(|n: u64| format!("{name} #{n}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|candidate| !self.0.contains(candidate))
            .unwrap_or(name);
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let mut names = Names::default();
        assert_eq!(names.unique("a"), "a");
        assert_eq!(names.unique("a"), "a #2");
        assert_eq!(names.unique("a #2"), "a #2 #2");
        assert_eq!(names.unique("\0"), r"\u{0}");
        assert_eq!(names.unique(r"\u{0}"), r"\u{0} #2");
    }

    #[test]
    fn the_text_starts_with_the_message_and_shows_the_start_of_the_answer() {
        let long = "x".repeat(2500);
        let text = Text::new("two\nlines").with_output(Some(&long));
        let body = text.body();
        assert!(body.starts_with("two lines\n\ntwo\nlines\n\noutput:\nxxx"));
        assert!(body.ends_with("[... 500 more characters]"));
    }
}
