//! The texts behind one template: as written, as compiled, and those it includes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::instrument::Instrumented;

/// The texts of included templates, for the places of their errors.
pub(super) type Included = Arc<Mutex<BTreeMap<String, Arc<Instrumented>>>>;

/// The texts that errors of one template point into.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) main: Instrumented,
    pub(super) included: Included,
}

impl Sources {
    pub(super) fn new(main: Instrumented, included: &Included) -> Self {
        Self {
            main,
            included: Arc::clone(included),
        }
    }

    /// Sources of a text that nothing is put into.
    pub(super) fn plain(source: &str) -> Self {
        Self::new(Instrumented::plain(source), &Included::default())
    }

    /// One of those it includes.
    pub(super) fn included(&self, path: &str) -> Option<Arc<Instrumented>> {
        self.included.lock().ok()?.get(path).map(Arc::clone)
    }
}
