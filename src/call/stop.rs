//! Providers and models that are given up: a wrong key, a missing model or a dead host is found out once, not once a case.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::model::{CallError, ErrorClass, ModelName};

/// Faults after which no further call is made, by provider, or by provider and model.
#[derive(Debug, Default)]
pub(super) struct Stops {
    faults: Mutex<HashMap<Scope, CallError>>,
    /// Wakes whoever waits for something that will not be asked any more.
    added: Notify,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Provider(String),
    Model(ModelName),
}

impl Stops {
    /// Nothing is given up yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The fault that ended calls to this model, if one did.
    pub(super) fn fault(&self, model: &ModelName) -> Option<CallError> {
        let stops = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if stops.is_empty() {
            return None;
        }
        stops
            .get(&Scope::Provider(model.provider.clone()))
            .or_else(|| stops.get(&Scope::Model(model.clone())))
            .cloned()
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

    fn end(&self, scope: Scope, error: CallError) -> CallError {
        let mut stops = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let first = stops.entry(scope).or_insert(error).clone();
        drop(stops);
        self.added.notify_waiters();
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str) -> ModelName {
        name.parse().unwrap()
    }

    #[test]
    fn a_wrong_key_stops_the_provider_with_the_first_text() {
        let stops = Stops::new();
        let first = CallError::new(ErrorClass::Auth, "request 1");
        assert_eq!(stops.note(&model("a/x"), first.clone()), first);
        let second = stops.note(&model("a/y"), CallError::new(ErrorClass::Auth, "request 2"));
        assert_eq!(second, first);
        assert_eq!(stops.fault(&model("a/z")), Some(first));
        assert_eq!(stops.fault(&model("b/x")), None);
    }

    #[test]
    fn a_missing_model_stops_that_model_only() {
        let stops = Stops::new();
        stops.note(&model("a/x"), CallError::new(ErrorClass::NotFound, "no x"));
        assert!(stops.fault(&model("a/x")).is_some());
        assert!(stops.fault(&model("a/y")).is_none());
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let stops = Stops::new();
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
        let stops = Stops::new();
        stops.note(&model("a/x"), CallError::new(ErrorClass::Provider, "500"));
        assert!(stops.fault(&model("a/x")).is_none());
    }
}
