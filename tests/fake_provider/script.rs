//! What a fake provider answers.

use std::time::Duration;

use serde_json::{Value, json};

use super::wire::Seen;

/// How a fake provider behaves.
pub(crate) struct Script {
    /// What to answer a request that is well formed and does not ask for JSON.
    pub(crate) answer: Box<dyn Fn(&Seen) -> Reply + Send + Sync>,
    /// How to answer a request that asks for JSON of a schema, as judges do.
    pub(crate) judge: Judge,
    /// Time until the answer begins.
    pub(crate) latency: Duration,
    /// The key that requests must carry; any or none will do where it is `None`.
    pub(crate) key: Option<String>,
    /// Whether requests are kept; a benchmark would fill its memory with them.
    pub(crate) keep_requests: bool,
}

/// How requests that ask for JSON of a schema are answered.
#[derive(Clone, Debug)]
pub(crate) enum Judge {
    /// An object of the schema with every boolean true and every number at its greatest.
    Pass,
    /// An object of the schema with every boolean false and every number at its least.
    Fail,
    /// This text, whatever the schema.
    Garbage(String),
    /// Like any other request.
    Script,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A completion in the wire format of the request.
    Completion(Answer),
    /// Calls of tools by name and arguments, without a text, in the wire format of the request.
    Calls(Vec<(String, Value)>),
    /// Any status, headers and body.
    Raw {
        /// HTTP status.
        status: u16,
        /// Headers beside the content's length.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// Something that is no whole HTTP answer.
    Fault(Fault),
    /// Another reply, later.
    After(Duration, Box<Reply>),
}

/// Ways of not answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is reset before the answer.
    Reset,
    /// The body ends before the length that was announced.
    ShortBody,
    /// A chunked body ends within a chunk.
    CutChunk,
    /// Headers, then silence until the client gives up.
    Stall,
    /// A proxy's page with status 200.
    Html,
    /// A text that is no JSON with status 200.
    NoJson,
}

/// A completion, before any wire format.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The text.
    pub(crate) text: String,
    /// The text of a refusal.
    pub(crate) refusal: Option<String>,
    /// Why the model stopped, in the format's own word; the usual one where `None`.
    pub(crate) finish: Option<String>,
    /// The model that answers; the one that was asked where `None`.
    pub(crate) model: Option<String>,
    /// Input tokens (not cached ones) and output tokens; none are counted where `None`.
    pub(crate) usage: Option<(u64, u64)>,
    /// The service tier that answers.
    pub(crate) tier: Option<String>,
}

impl Script {
    /// Answers by a function, judges with a pass, at once, with any key.
    pub(crate) fn answering(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            answer: Box::new(answer),
            judge: Judge::Pass,
            latency: Duration::ZERO,
            key: None,
            keep_requests: true,
        }
    }

    /// Answers the same to everyone.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::answering(move |_| reply.clone())
    }

    /// The same, after a time.
    pub(crate) fn latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// The same, for one key only.
    pub(crate) fn key(self, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..self
        }
    }

    /// The same with another judge.
    pub(crate) fn judge(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }

    /// The same without keeping requests.
    pub(crate) fn forgetful(self) -> Self {
        Self {
            keep_requests: false,
            ..self
        }
    }
}

impl Default for Script {
    /// Repeats what the user said.
    fn default() -> Self {
        Self::answering(|seen| Reply::text(&seen.prompt))
    }
}

impl Reply {
    /// A plain completion of 100 input and 20 output tokens.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Completion(Answer {
            text: text.into(),
            refusal: None,
            finish: None,
            model: None,
            usage: Some((100, 20)),
            tier: None,
        })
    }

    /// Calls of tools.
    pub(crate) fn calls<const N: usize>(calls: [(&str, Value); N]) -> Self {
        Self::Calls(
            calls
                .map(|(name, arguments)| (name.to_owned(), arguments))
                .to_vec(),
        )
    }

    /// An HTTP error with a body that OpenAI's and Anthropic's formats share.
    pub(crate) fn status(status: u16, message: &str) -> Self {
        let error = json!({"type": "error", "error": {"message": message, "type": "error", "param": null, "code": null}});
        Self::Raw {
            status,
            headers: Vec::new(),
            body: error.to_string(),
        }
    }

    /// The same with another header; only a raw reply has headers.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Raw { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same, later.
    pub(crate) fn after(self, wait: Duration) -> Self {
        Self::After(wait, Box::new(self))
    }
}

impl Judge {
    /// What to answer to a request for JSON of this schema.
    pub(crate) fn reply(&self, schema: &Value) -> Option<Reply> {
        match self {
            Self::Pass => Some(Reply::text(instance(schema, true).to_string())),
            Self::Fail => Some(Reply::text(instance(schema, false).to_string())),
            Self::Garbage(text) => Some(Reply::text(text)),
            Self::Script => None,
        }
    }
}

/// A value of the schema, as good or as bad as it can be.
fn instance(schema: &Value, good: bool) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        let choice = if good {
            choices.first()
        } else {
            choices.last()
        };
        return choice.cloned().unwrap_or_default();
    }
    let bound = |name: &str, default: i64| match &schema[name] {
        Value::Null => json!(default),
        bound => bound.clone(),
    };
    match schema["type"].as_str() {
        Some("boolean") => json!(good),
        Some("number" | "integer") if good => bound("maximum", 1),
        Some("number" | "integer") => bound("minimum", 0),
        Some("array") => json!([]),
        Some("object") => {
            let properties = schema["properties"].as_object();
            let members = properties.into_iter().flatten();
            members
                .map(|(name, member)| (name.clone(), instance(member, good)))
                .collect()
        }
        _ => json!("because the fake judge says so"),
    }
}
