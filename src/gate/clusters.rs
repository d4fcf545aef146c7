//! Which cases belong together.

use std::collections::BTreeMap;

use crate::model::record::CaseInfo;

/// Numbers for clusters; `None` where no case names one.
pub(super) fn clusters(cases: &[CaseInfo<'_>]) -> Option<Vec<usize>> {
    if cases.iter().all(|case| case.cluster.is_none()) {
        return None;
    }
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let number = cases.iter().map(|case| match case.cluster {
        None => fresh(),
        Some(name) => *numbers.entry(name).or_insert_with(&mut fresh),
    });
    Some(number.collect())
}
