//! Providers and models that are given up: a wrong key, a missing model or a dead host is found out once, not once a case.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{CallError, ErrorClass, ModelName};

/// Faults after which no further call is made, by provider, or by provider and model.
#[derive(Debug, Default)]
pub(super) struct Stops(Mutex<HashMap<Scope, CallError>>);

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
        let stops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stops.is_empty() {
            return None;
        }
        stops
            .get(&Scope::Provider(model.provider.clone()))
            .or_else(|| stops.get(&Scope::Model(model.clone())))
            .cloned()
    }

    /// Takes note of a call's final fault and returns what to report: where the fault ends a provider or a model,
    /// the first such fault, so that all calls report one text.
    pub(super) fn note(&self, model: &ModelName, error: CallError) -> CallError {
        let scope = match error.class {
            ErrorClass::Auth | ErrorClass::Connect => Scope::Provider(model.provider.clone()),
            ErrorClass::NotFound => Scope::Model(model.clone()),
            _ => return error,
        };
        let mut stops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stops.entry(scope).or_insert(error).clone()
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

    #[test]
    fn an_outage_stops_nothing() {
        let stops = Stops::new();
        stops.note(&model("a/x"), CallError::new(ErrorClass::Provider, "500"));
        assert!(stops.fault(&model("a/x")).is_none());
    }
}
