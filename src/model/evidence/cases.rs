//! The cases of evidence as a table: some fifty bytes each, so that a hundred thousand of them are no matter.

use super::{CaseEvidence, Rows, TrialEvidence, TrialRows};
use crate::model::column::Column;
use crate::model::interner::Interner;

/// Cases by place.
#[derive(Clone, Debug, Default)]
pub struct CaseRows {
    row: Column<u32>,
    order: Column<u32>,
    tag_sets: Interner<Vec<String>>,
    tags: Column<u32>,
    clusters: Interner<String>,
    cluster: Column<Option<u32>>,
    critical: Column<bool>,
    /// Every outcome, case by case and list by list.
    trials: TrialRows,
    /// Where those of each case begin.
    first: Column<usize>,
    shapes: Interner<[usize; LISTS]>,
    /// How long each case's lists are.
    shape: Column<u32>,
}

/// Lists of outcomes that a case has.
const LISTS: usize = 5;

impl CaseEvidence {
    fn lists(&self) -> [&Vec<TrialEvidence>; LISTS] {
        [
            &self.trials,
            &self.baseline,
            &self.proof,
            &self.baseline_proof,
            &self.baseline_pool,
        ]
    }
}

impl Rows for CaseRows {
    type Row = CaseEvidence;

    fn push(&mut self, case: &CaseEvidence) {
        self.row.push(case.row);
        self.order.push(case.order);
        self.tags.push(self.tag_sets.number(&case.tags));
        let cluster = case.cluster.as_ref();
        self.cluster
            .push(cluster.map(|name| self.clusters.number(name)));
        self.critical.push(case.critical);
        self.first.push(self.trials.len());
        let lists = case.lists();
        self.shape.push(self.shapes.number(&lists.map(Vec::len)));
        let trials = lists.into_iter().flatten();
        trials.for_each(|trial| self.trials.push(trial));
    }

    fn get(&self, place: usize) -> Option<CaseEvidence> {
        let lengths = self.shapes.get(self.shape.get(place)?)?;
        let mut next = self.first.get(place)?;
        let mut lists = lengths.iter().map(|length| {
            let rows = next..next + length;
            next = rows.end;
            let trials = rows.map(|row| self.trials.get(row));
            trials.collect::<Option<Vec<TrialEvidence>>>()
        });
        let mut list = || lists.next().flatten();
        let tags = self.tag_sets.get(self.tags.get(place)?)?;
        let cluster = self.cluster.get(place)?;
        Some(CaseEvidence {
            row: self.row.get(place)?,
            order: self.order.get(place)?,
            tags: tags.clone(),
            cluster: cluster.and_then(|number| self.clusters.get(number).cloned()),
            critical: self.critical.get(place)?,
            trials: list()?,
            baseline: list()?,
            proof: list()?,
            baseline_proof: list()?,
            baseline_pool: list()?,
        })
    }
}
