//! A judge's prompt in the user's own words: where the rubric and the output under test stand is the user's, their fences are ours.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::SpecError;
use super::scope::OWN_NAMES;
use crate::model::{Case, EvaluatorSpec};
use crate::template::{Engine, Template, inclusions};

/// The key in files.
const KEY: &str = "rubric_prompt";

/// What it has to show.
const NEEDED: [&str; 2] = ["rubric", "output"];

/// A template of what a judge is asked.
pub(super) struct RubricPrompt {
    template: Template,
    source: String,
}

/// What the template sees beside the case's variables.
pub(super) struct Shown<'a> {
    /// The case under test.
    pub(super) case: &'a Case,
    /// The rubric for this case.
    pub(super) rubric: &'a str,
    /// The output between its fences.
    pub(super) output: &'a str,
    /// What the case expects, between fences; empty where it expects nothing.
    pub(super) expected: &'a str,
}

impl RubricPrompt {
    /// Compiles what an evaluator says, or what its suite or the project says for it.
    pub(super) fn of(spec: &EvaluatorSpec, engine: &Engine) -> Result<Option<Self>, SpecError> {
        let Some(source) = &spec.rubric_prompt else {
            return Ok(None);
        };
        if !inclusions(source).is_empty() {
            let error = SpecError::new(KEY, "`rubric_prompt` includes another file");
            return Err(error
                .hint("write its text here: a judge's prompt is part of what evidence rests on"));
        }
        let template = engine
            .template(source)
            .map_err(|error| SpecError::template(KEY, &error))?;
        let used = template.variables();
        if let Some(name) = NEEDED.iter().find(|name| !used.contains(**name)) {
            let error = SpecError::new(KEY, format!("`rubric_prompt` does not show the {name}"));
            return Err(error.hint(format!(
                "write `{{{{ {name} }}}}` where the judge is to read it; the output comes with its fence lines"
            )));
        }
        Ok(Some(Self {
            template,
            source: source.clone(),
        }))
    }

    /// The prompt for one output.
    ///
    /// # Errors
    /// When the template fails, or does not leave rubric and output as they are.
    pub(super) fn render(&self, shown: &Shown<'_>) -> Result<String, String> {
        let text = self
            .template
            .render(shown)
            .map_err(|error| format!("the `rubric_prompt` for this case: {error}"))?;
        // A filter that shortens the output or its fences, or a branch without it, would have something else judged.
        for (name, part) in NEEDED.into_iter().zip([shown.rubric, shown.output]) {
            if !text.contains(part) {
                return Err(format!(
                    "the `rubric_prompt` for this case does not show the {name} as it is"
                ));
            }
        }
        Ok(text)
    }

    /// Variables of the case that it needs.
    pub(super) fn variables(&self) -> BTreeSet<String> {
        let mut names = self.template.variables();
        names.remove("rubric");
        names
    }

    /// The text of the template.
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let is_own = |name: &str| OWN_NAMES.contains(&name) || name == "rubric";
        for (name, value) in self.case.vars.iter().filter(|(name, _)| !is_own(name)) {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("vars", &self.case.vars)?;
        map.serialize_entry("rubric", self.rubric)?;
        map.serialize_entry("output", self.output)?;
        map.serialize_entry("expected", self.expected)?;
        map.end()
    }
}
