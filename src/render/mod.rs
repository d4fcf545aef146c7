//! render: (case, prompt version) -> Request. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::{
    Location, Message, ModelTarget, Problem, Problems, PromptVersion, Request, Role, Text,
};
use crate::template::{Engine, Template, TemplateError};

/// A version whose templates are compiled.
#[derive(Clone, Debug)]
pub struct CompiledPrompt {
    path: String,
    messages: Vec<(Role, Text, Template)>,
}

impl CompiledPrompt {
    /// Compiles the templates of a version.
    ///
    /// # Errors
    /// A problem for each template that is no valid Jinja2, at its place in the version's file.
    pub fn new(version: &PromptVersion, engine: &Engine) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut messages = Vec::new();
        for message in &version.messages {
            match engine.template(&message.content.source) {
                Ok(template) => messages.push((message.role, message.content.clone(), template)),
                Err(error) => {
                    let at = locate(&message.content, &error);
                    let problem = Problem::error(error.code, at, error.message);
                    problems.push(problem.maybe_hint(error.hint.map(str::to_owned)));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            path: version.path.clone(),
            messages,
        })
    }

    /// The request that a case makes of a model.
    ///
    /// # Errors
    /// A problem at the template's place: a variable that the case lacks, a filter that refuses its input.
    pub fn request(
        &self,
        vars: &Map<String, Value>,
        target: &ModelTarget,
    ) -> Result<Request, Box<Problem>> {
        Ok(Request {
            model: target.name.clone(),
            messages: self.messages(vars)?,
            params: target.params.clone(),
            schema: None,
            tools: None,
        })
    }

    /// The messages of such a request.
    ///
    /// # Errors
    /// As of the request.
    pub fn messages(&self, vars: &Map<String, Value>) -> Result<Vec<Message>, Box<Problem>> {
        let mut messages = Vec::with_capacity(self.messages.len());
        for (role, text, template) in &self.messages {
            let content = template
                .render(vars)
                .map_err(|error| Box::new(self.problem(text, &error)))?;
            messages.push(Message {
                role: *role,
                content,
            });
        }
        Ok(messages)
    }

    /// Names of the variables that the templates themselves take from a case.
    pub(crate) fn variables(&self) -> BTreeSet<String> {
        self.messages
            .iter()
            .flat_map(|(.., template)| template.variables())
            .collect()
    }

    /// Whether a template includes another, whose variables are not known before rendering.
    pub(crate) fn has_includes(&self) -> bool {
        let marks = ["include", "import", "extends"];
        self.messages
            .iter()
            .any(|(_, text, _)| marks.iter().any(|mark| text.source.contains(mark)))
    }

    fn problem(&self, text: &Text, error: &TemplateError) -> Problem {
        let (at, message) = match &error.include {
            Some(include) => {
                let line = error
                    .line
                    .map_or(String::new(), |line| format!(" (line {line})"));
                (
                    Location::file(self.path.clone()),
                    format!("in the included `{include}`{line}: {}", error.message),
                )
            }
            None => (locate(text, error), error.message.clone()),
        };
        let problem = Problem::error(error.code, at, message);
        match error.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

/// The place in the version's file of what is wrong with one of its templates.
fn locate(text: &Text, error: &TemplateError) -> Location {
    let Some(line) = error.line else {
        return text.at.clone();
    };
    text.place(line, error.column.unwrap_or(1), error.length)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(source: &str, excerpt: &str, indent: usize) -> Text {
        Text {
            source: source.to_owned(),
            at: Location {
                path: "p.yaml".into(),
                line: 7,
                column: indent + 1,
                length: 1,
                excerpt: excerpt.to_owned(),
                skipped: 0,
            },
            first_line: 7,
            indent,
        }
    }

    #[test]
    fn a_fault_in_a_template_is_shown_at_its_place_in_the_file() {
        let engine = Engine::new();
        let block = text("Hello\n{{ nme }}\n", "  Hello", 2);
        let error = engine
            .template(&block.source)
            .and_then(|t| t.render(json!({})))
            .unwrap_err();
        let at = locate(&block, &error);
        assert_eq!(
            (at.line, at.column, at.excerpt.as_str()),
            (8, 6, "  {{ nme }}")
        );
        let inline = text("Hi {{ nme }}", "user: Hi {{ nme }}", 6);
        let error = engine
            .template(&inline.source)
            .and_then(|t| t.render(json!({})))
            .unwrap_err();
        let at = locate(&inline, &error);
        assert_eq!(
            (at.line, at.column, at.excerpt.as_str()),
            (7, 13, "user: Hi {{ nme }}")
        );
    }
}
