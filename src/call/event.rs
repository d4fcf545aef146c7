//! What happens to calls, for whoever watches them.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::ask::Label;
use crate::model::{ErrorClass, ModelName, Usage};

/// Is told what happens to the calls of a run, in the order in which it happens. It is called between a request and the next one,
/// so that it must not take long.
pub trait CallObserver: Send + Sync {
    /// Something happened to a call.
    fn on_call(&self, event: CallEvent<'_>);
}

/// Something that happened to a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallEvent<'a> {
    /// Who asks.
    pub label: &'a Label,
    /// Who is asked: the model of the question, or a fallback.
    pub model: &'a ModelName,
    /// What happened.
    pub step: CallStep,
}

/// A step in the life of a call. Answers out of recordings, the cache, or another call in flight have none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CallStep {
    /// A request is sent.
    Sent {
        /// Counted from 1.
        attempt: u32,
    },
    /// The request failed, and another one follows.
    Retry {
        /// After this time; longer where the model's lane waits for more.
        after: Duration,
        /// What went wrong.
        class: ErrorClass,
    },
    /// The request was answered.
    Answered {
        /// Milliseconds that it took.
        latency_ms: f64,
        /// Tokens, where the provider counts them.
        usage: Option<Usage>,
    },
    /// The model is not asked again for this call.
    GivenUp {
        /// What went wrong.
        class: ErrorClass,
    },
}

/// The one who watches a run's calls, if anybody does.
#[derive(Default)]
pub(super) struct Watch(OnceLock<Arc<dyn CallObserver>>);

impl Watch {
    /// From now on this one watches; the first one stays.
    pub(super) fn set(&self, observer: Arc<dyn CallObserver>) {
        self.0.get_or_init(|| observer);
    }

    /// Tells of a step, where anybody watches.
    pub(super) fn tell(&self, label: &Label, model: &ModelName, step: CallStep) {
        if let Some(observer) = self.0.get() {
            observer.on_call(CallEvent { label, model, step });
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch")
            .field(&self.0.get().is_some())
            .finish()
    }
}
