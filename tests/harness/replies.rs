//! What fake providers are asked and answer in most tests.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::fake_provider::{Answer, FakeProvider, Reply, Script, Seen};

/// Time after which what a test waits for never comes.
const PATIENCE: Duration = Duration::from_secs(20);

impl FakeProvider {
    /// A provider that says the same to everyone.
    pub(crate) fn saying(text: &str) -> Self {
        Self::start(Script::always(Reply::text(text)))
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for(&self, count: usize) {
        let began = Instant::now();
        while self.count() < count {
            let (seen, waited) = (self.count(), began.elapsed());
            assert!(waited < PATIENCE, "{seen} of {count} requests came");
            sleep(Duration::from_millis(2));
        }
    }
}

impl Seen {
    /// The number in `user N`, as the dataset of `Project::greeting` has it.
    pub(crate) fn user(&self) -> usize {
        let digits = self.prompt.chars().filter(char::is_ascii_digit);
        digits.collect::<String>().parse().unwrap()
    }
}

impl Reply {
    /// The same from a model of this name; only a completion has one.
    pub(crate) fn by(self, model: &str) -> Self {
        match self {
            Self::Completion(answer) => Self::Completion(Answer {
                model: Some(model.to_owned()),
                ..answer
            }),
            other => other,
        }
    }
}
