//! Providers and models that are given up: a wrong key, a missing model or a dead host is found out once, not once a case.
//!
//! A run gives them up for good. Who asks for longer than a run lets a stop expire: then the next call finds out anew.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::model::{CallError, ErrorClass, ModelName};

/// Faults after which no further call is made, by provider, or by provider and model.
#[derive(Debug, Default)]
pub(super) struct Stops {
    faults: Mutex<HashMap<Scope, Stop>>,
    /// How long a stop lasts; `None` for ever.
    lasting: Option<Duration>,
    /// Questions that a model left without an answer, with none answered between them, by hash.
    lost: Mutex<HashMap<ModelName, HashSet<u64>>>,
    /// Wakes whoever waits for something that will not be asked any more.
    added: Notify,
}

/// Why something is not asked, and until when.
#[derive(Debug)]
struct Stop {
    fault: CallError,
    until: Option<Instant>,
}

impl Stop {
    fn holds(&self) -> bool {
        self.until.is_none_or(|until| until > Instant::now())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Provider(String),
    Model(ModelName),
}

impl Stops {
    /// Nothing is given up yet; what is to be, for so long.
    pub(super) fn new(lasting: Option<Duration>) -> Self {
        Self {
            lasting,
            ..Self::default()
        }
    }

    /// The fault that ended calls to this model, if one did.
    pub(super) fn fault(&self, model: &ModelName) -> Option<CallError> {
        let stops = lock(&self.faults);
        if stops.is_empty() {
            return None;
        }
        let holding = |scope| stops.get(&scope).filter(|stop| stop.holds());
        holding(Scope::Provider(model.provider.clone()))
            .or_else(|| holding(Scope::Model(model.clone())))
            .map(|stop| stop.fault.clone())
    }

    /// Waits until calls to this model are ended, for ever where they never are.
    pub(super) async fn until(&self, model: &ModelName) -> CallError {
        loop {
            // Before the look, so that a fault between the two is not missed.
            let added = self.added.notified();
            if let Some(fault) = self.fault(model) {
                return fault;
            }
            added.await;
        }
    }

    /// Takes note of a call's final fault and returns what to report: where the fault ends a provider or a model,
    /// the first such fault, so that all calls report one text.
    pub(super) fn note(&self, model: &ModelName, error: CallError) -> CallError {
        let scope = match error.class {
            ErrorClass::Auth | ErrorClass::Connect => Scope::Provider(model.provider.clone()),
            ErrorClass::NotFound => Scope::Model(model.clone()),
            _ => return error,
        };
        self.end(scope, error)
    }

    /// Gives a model up for a fault that is not one by its class: the provider wants to be left alone for longer than the run
    /// waits.
    pub(super) fn note_model(&self, model: &ModelName, error: CallError) -> CallError {
        self.end(Scope::Model(model.clone()), error)
    }

    /// Takes note of a question that was given up; how many there were without an answer between them. One that is asked again
    /// and again is one: it may be the question that the provider fails at.
    pub(super) fn lost(&self, model: &ModelName, question: u64) -> usize {
        let mut lost = lock(&self.lost);
        let lost = lost.entry(model.clone()).or_default();
        lost.insert(question);
        lost.len()
    }

    /// Takes note of an answer of a model.
    pub(super) fn answered(&self, model: &ModelName) {
        let mut lost = lock(&self.lost);
        if !lost.is_empty() {
            lost.remove(model);
        }
    }

    /// For how long something is given up, in words.
    pub(super) fn how_long(&self) -> String {
        match self.lasting {
            None => "for this run".to_owned(),
            Some(lasting) => format!("for {} s", lasting.as_secs_f64()),
        }
    }

    fn end(&self, scope: Scope, fault: CallError) -> CallError {
        let until = self.lasting.map(|lasting| Instant::now() + lasting);
        let mut stops = lock(&self.faults);
        let stop = stops.entry(scope).or_insert_with(|| Stop {
            fault: fault.clone(),
            until,
        });
        if !stop.holds() {
            *stop = Stop { fault, until };
        }
        let first = stop.fault.clone();
        drop(stops);
        self.added.notify_waiters();
        first
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str) -> ModelName {
        name.parse().unwrap()
    }

    #[test]
    fn a_wrong_key_stops_the_provider_with_the_first_text() {
        let stops = Stops::new(None);
        let first = CallError::new(ErrorClass::Auth, "request 1");
        assert_eq!(stops.note(&model("a/x"), first.clone()), first);
        let second = stops.note(&model("a/y"), CallError::new(ErrorClass::Auth, "request 2"));
        assert_eq!(second, first);
        assert_eq!(stops.fault(&model("a/z")), Some(first));
        assert_eq!(stops.fault(&model("b/x")), None);
    }

    #[test]
    fn a_missing_model_stops_that_model_only() {
        let stops = Stops::new(None);
        stops.note(&model("a/x"), CallError::new(ErrorClass::NotFound, "no x"));
        assert!(stops.fault(&model("a/x")).is_some());
        assert!(stops.fault(&model("a/y")).is_none());
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let stops = Stops::new(None);
        let x = model("a/x");
        let later = async {
            tokio::task::yield_now().await;
            stops.note(&model("a/y"), CallError::new(ErrorClass::NotFound, "no y"));
            tokio::task::yield_now().await;
            stops.note(&x, CallError::new(ErrorClass::Auth, "no key"))
        };
        let (found, noted) = tokio::join!(stops.until(&x), later);
        assert_eq!(found, noted);
    }

    #[test]
    fn an_outage_stops_nothing() {
        let stops = Stops::new(None);
        stops.note(&model("a/x"), CallError::new(ErrorClass::Provider, "500"));
        assert!(stops.fault(&model("a/x")).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_that_expires_ends_and_the_next_fault_counts_anew() {
        let stops = Stops::new(Some(Duration::from_secs(30)));
        let x = model("a/x");
        let first = stops.note(&x, CallError::new(ErrorClass::Auth, "first"));
        tokio::time::advance(Duration::from_secs(29)).await;
        let second = stops.note(&x, CallError::new(ErrorClass::Auth, "second"));
        assert_eq!(second, first, "it does not last longer for a second fault");
        assert_eq!(stops.fault(&x), Some(first));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(stops.fault(&x), None);
        let third = stops.note(&x, CallError::new(ErrorClass::Auth, "third"));
        assert_eq!(third.message, "third");
        tokio::time::advance(Duration::from_secs(29)).await;
        assert_eq!(stops.fault(&x), Some(third));
    }

    #[test]
    fn questions_without_an_answer_are_counted_by_model_until_one_is_answered() {
        let stops = Stops::new(None);
        let (x, y) = (model("a/x"), model("a/y"));
        let counts = [1, 2, 2, 3].map(|question| stops.lost(&x, question));
        assert_eq!(counts, [1, 2, 2, 3]);
        assert_eq!(stops.lost(&y, 1), 1);
        stops.answered(&y);
        assert_eq!(stops.lost(&x, 4), 4);
        stops.answered(&x);
        assert_eq!(stops.lost(&x, 4), 1);
    }
}
