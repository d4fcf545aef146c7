//! A project on disk and a client that talks to a fake provider.

use prompteval::model::Responses;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prompteval::call::{Ask, Asking, Client, Label, Recordings, Transport, TransportConfig};
use prompteval::model::settings::Settings;
use prompteval::model::{Message, Params, Problems, Request, Role};
use serde_json::json;
use tempfile::TempDir;

use crate::fake_provider::{FakeProvider, Kind};

/// The key that every request carries.
pub(crate) const KEY: &str = "sk-test-0123456789";

/// Each kind, a model of it, and the name of its provider.
pub(crate) const KINDS: [(Kind, &str); 4] = [
    (Kind::OpenAi, "openai/gpt-6-luna"),
    (Kind::Responses, "openai-responses/gpt-6-luna"),
    (Kind::Anthropic, "anthropic/claude-haiku-5-5"),
    (Kind::DeepSeek, "deepseek/deepseek-flash"),
];

/// What clients are made of; change it before making one.
pub(crate) struct Lab {
    pub(crate) dir: TempDir,
    pub(crate) settings: Settings,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) mode: Responses,
    pub(crate) max_retries: u32,
    pub(crate) timeout: Duration,
    pub(crate) concurrency: usize,
    pub(crate) max_cost_usd: Option<f64>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) stops_last: Option<Duration>,
}

impl Lab {
    /// An empty project without providers' addresses or keys.
    pub(crate) fn bare() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            settings: Settings::default(),
            env: BTreeMap::new(),
            mode: Responses::Auto,
            max_retries: 1,
            timeout: Duration::from_secs(10),
            concurrency: 32,
            max_cost_usd: None,
            deadline: None,
            stops_last: None,
        }
    }

    /// An empty project whose built-in providers are all at `fake`.
    pub(crate) fn at(fake: &FakeProvider) -> Self {
        let mut lab = Self::bare();
        for (vendor, kind) in [
            ("OPENAI", Kind::OpenAi),
            ("ANTHROPIC", Kind::Anthropic),
            ("DEEPSEEK", Kind::DeepSeek),
        ] {
            lab.set(&format!("{vendor}_API_KEY"), KEY);
            lab.set(&format!("{vendor}_BASE_URL"), &fake.url(kind));
        }
        lab
    }

    /// Sets an environment variable.
    pub(crate) fn set(&mut self, variable: &str, value: &str) {
        self.env.insert(variable.to_owned(), value.to_owned());
    }

    /// Makes what clients may share.
    pub(crate) fn transport(&self) -> Result<Arc<Transport>, Problems> {
        let transport = Transport::new(&TransportConfig {
            settings: &self.settings,
            env: &|variable| self.env.get(variable).cloned(),
            concurrency: self.concurrency,
            timeout: self.timeout,
            cache_dir: self.dir.path().join("cache"),
            seed: 1,
        });
        transport.map(Arc::new)
    }

    /// Makes a client that shares a transport.
    pub(crate) fn client_over(&self, transport: &Arc<Transport>) -> Result<Client, Problems> {
        let mut problems = Problems::default();
        let recordings = Recordings::of(self.mode, &self.recordings(), &mut problems);
        if problems.any_error() {
            return Err(problems);
        }
        let asking = Asking {
            mode: self.mode,
            recordings,
            concurrency: self.concurrency,
            max_retries: self.max_retries,
            max_cost_usd: self.max_cost_usd,
            paid_usd: 0.0,
            deadline: self.deadline,
            stops_last: self.stops_last,
        };
        Ok(Client::new(Arc::clone(transport), asking))
    }

    /// Makes a client.
    pub(crate) fn try_client(&self) -> Result<Client, Problems> {
        self.client_over(&self.transport()?)
    }

    /// Makes a client of a right configuration.
    pub(crate) fn client(&self) -> Client {
        self.try_client().unwrap()
    }

    /// The folder of recordings.
    pub(crate) fn recordings(&self) -> PathBuf {
        self.dir.path().join("evals/recordings")
    }

    /// Makes a client in another mode.
    pub(crate) fn client_in(&mut self, mode: Responses) -> Client {
        self.mode = mode;
        self.client()
    }

    /// The text of every file in the project.
    pub(crate) fn all_files(&self) -> String {
        let mut texts = String::new();
        let mut folders = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    texts.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        texts
    }
}

/// A request to say something to a model.
pub(crate) fn request(model: &str, prompt: &str) -> Request {
    let message = |role, text: &str| Message {
        role,
        content: text.to_owned(),
    };
    Request {
        model: model.parse().unwrap(),
        messages: vec![
            message(Role::System, "Be kind."),
            message(Role::User, prompt),
        ],
        params: Params::new(),
        schema: None,
        tools: None,
    }
}

/// A question of a suite's first case.
pub(crate) fn ask(model: &str, prompt: &str) -> Ask {
    Ask {
        request: request(model, prompt),
        fallback: Vec::new(),
        repeat: 0,
        shared: false,
        label: Label {
            suite: "support".into(),
            version: "customer-support@1.2.0".into(),
            case: "late-order".into(),
            evaluator: None,
        },
    }
}

/// The same with a fallback model.
pub(crate) fn ask_with_fallback(model: &str, fallback: &str) -> Ask {
    Ask {
        fallback: vec![request(fallback, "hi")],
        ..ask(model, "hi")
    }
}

/// A question whose answer has to follow a judge's schema.
pub(crate) fn ask_judge(model: &str) -> Ask {
    let mut ask = ask(model, "Is it kind?");
    let schema = json!({
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "pass": {"type": "boolean"},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "grade": {"enum": ["good", "bad"]},
        },
        "required": ["reason", "pass", "score", "grade"],
        "additionalProperties": false,
    });
    ask.request.schema = Some(schema.into());
    ask
}
