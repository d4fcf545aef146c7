//! The lanes of calls: one for each provider, with the limits that are configured of it, and one for each of its models, which the
//! provider limits by itself. Behind a gateway a model that is slowed down leaves the others alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Lane, Rates};
use crate::model::ModelName;

/// All lanes; those of models are made when they are first asked.
#[derive(Debug)]
pub(in crate::call) struct Lanes {
    /// By provider: most calls at once, and the lane.
    providers: BTreeMap<String, (usize, Lane)>,
    models: Mutex<BTreeMap<ModelName, Arc<Lane>>>,
}

impl Lanes {
    /// Lanes for these providers: name, most calls at once, requests and tokens a minute.
    pub(in crate::call) fn new<'p>(
        providers: impl Iterator<Item = (&'p str, usize, Rates)>,
    ) -> Self {
        let lane = |(name, most, rates): (&str, usize, Rates)| {
            (name.to_owned(), (most, Lane::new(most, rates)))
        };
        Self {
            providers: providers.map(lane).collect(),
            models: Mutex::default(),
        }
    }

    /// The lane of a model, and that of its provider.
    pub(in crate::call) fn of(&self, model: &ModelName) -> Option<(Arc<Lane>, &Lane)> {
        let (most, shared) = self.providers.get(&model.provider)?;
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = models.get(model) {
            return Some((Arc::clone(own), shared));
        }
        let own = Arc::new(Lane::new(*most, Rates::default()));
        models.insert(model.clone(), Arc::clone(&own));
        Some((own, shared))
    }
}
