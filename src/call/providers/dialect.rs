//! Where servers that speak one format differ in what they take.

use serde_json::Value;

/// How a request is written for one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The name of the limit of an answer's tokens, where the format has several.
    pub tokens: TokenName,
    /// How JSON is asked for, where the answer has to be some.
    pub form: Form,
}

/// Names of the limit of an answer's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenName {
    /// What most compatible servers know.
    MaxTokens,
    /// What OpenAI's reasoning models demand.
    MaxCompletionTokens,
}

/// Ways of asking for JSON of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The server is given the schema and holds the answer to it.
    Schema,
    /// The server sees to JSON, the prompt to its shape.
    JsonObject,
    /// The prompt sees to all of it.
    Text,
}

impl TokenName {
    /// The field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::MaxTokens => Self::MaxCompletionTokens,
            Self::MaxCompletionTokens => Self::MaxTokens,
        }
    }

    /// What a model most likely takes: OpenAI's o-series and its models from gpt-5 on refuse `max_tokens`, whatever gateway they
    /// stand behind; other servers mostly know nothing else.
    pub fn likely(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        let number = |prefix: &str| {
            let digits = name.strip_prefix(prefix)?;
            let end = digits.find(|c: char| !c.is_ascii_digit());
            digits[..end.unwrap_or(digits.len())].parse::<u32>().ok()
        };
        let is_new = number("gpt-").is_some_and(|generation| generation >= 5);
        if is_new || number("o").is_some() {
            Self::MaxCompletionTokens
        } else {
            Self::MaxTokens
        }
    }

    /// Whether a server's refusal says that it does not take the field by this name; that a value is too large is another matter.
    pub fn is_refused(self, message: &str) -> bool {
        const REFUSALS: &[&str] = &[
            "unsupported",
            "not support",
            "unrecognized",
            "not recognized",
            "unknown",
            "unexpected",
            "extra inputs",
            "extra fields",
            "extra_forbidden",
            "not permitted",
            "additional propert",
        ];
        let message = message.to_lowercase();
        message.contains(self.as_str()) && REFUSALS.iter().any(|words| message.contains(words))
    }

    /// Whether it says so of either name.
    pub(super) fn any_is_refused(message: &str) -> bool {
        [Self::MaxTokens, Self::MaxCompletionTokens]
            .iter()
            .any(|name| name.is_refused(message))
    }
}

impl Form {
    /// Whether a server's refusal is about the way in which JSON was asked for.
    pub fn is_refused(message: &str) -> bool {
        const NAMES: &[&str] = &[
            "response_format",
            "response format",
            "json_schema",
            "json schema",
            "json_object",
            "json object",
            "json mode",
            "text.format",
            "output_config",
            "output_format",
            "structured output",
            "structured_output",
            "guided_json",
            "grammar",
        ];
        let message = message.to_lowercase();
        NAMES.iter().any(|name| message.contains(name))
    }
}

/// What an answer has to be, in words. Servers that see to JSON demand this very word of the prompt.
pub(super) fn in_words(schema: &Value) -> String {
    format!("Answer in json: one object that follows this JSON Schema: {schema}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_tells_which_name_it_most_likely_takes() {
        let new = [
            "gpt-5-mini",
            "gpt-6-luna",
            "openai/gpt-5.5",
            "o1",
            "o4-mini",
            "gpt-10",
        ];
        for model in new {
            assert_eq!(
                TokenName::likely(model),
                TokenName::MaxCompletionTokens,
                "{model}"
            );
        }
        let other = [
            "gpt-4o",
            "gpt-oss-120b",
            "llama3",
            "olmo-2",
            "openrouter/auto",
            "",
        ];
        for model in other {
            assert_eq!(TokenName::likely(model), TokenName::MaxTokens, "{model}");
        }
    }

    #[test]
    fn a_name_that_is_not_known_is_told_from_a_value_that_is_too_large() {
        let sent = TokenName::MaxTokens;
        for refusal in [
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "openai does not support parameters: ['max_tokens'], for model=o3",
            "body.max_tokens: Extra inputs are not permitted",
        ] {
            assert!(sent.is_refused(refusal), "{refusal}");
        }
        for other in [
            "max_tokens is too large: 100000. This model supports at most 16384 completion tokens.",
            "Unsupported value: 'temperature' is not supported with this model.",
            "Unrecognized request argument supplied: max_completion_tokens",
        ] {
            assert!(!sent.is_refused(other), "{other}");
        }
    }
}
