//! The lines on which cases stand in their datasets, as long as these are the files of the run.

use std::collections::BTreeMap;
use std::path::Path;

use crate::load;
use crate::model::event::SuiteHeader;
use crate::model::{Dataset, Problems};
use crate::report::View;

/// Datasets of a run that are still the files of that run.
pub(super) struct Datasets(BTreeMap<String, Dataset>);

impl Datasets {
    pub(super) fn of(root: &Path, view: &View<'_>) -> Self {
        let infos = view.record.header.suites.iter().map(|suite| &suite.dataset);
        let mut datasets = BTreeMap::new();
        for info in infos {
            if datasets.contains_key(&info.path) {
                continue;
            }
            let read = load::dataset::read(root, &info.path, &mut Problems::default());
            if let Some(dataset) = read.filter(|dataset| dataset.sha256 == info.sha256) {
                datasets.insert(info.path.clone(), dataset);
            }
        }
        Self(datasets)
    }

    pub(super) fn line(&self, suite: &SuiteHeader, place: u32) -> Option<usize> {
        let dataset = self.0.get(&suite.dataset.path)?;
        dataset.case(place).ok().map(|case| case.line)
    }
}
