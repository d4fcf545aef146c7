//! Cases that belong together count as one unit.

use std::collections::BTreeSet;

/// One unit of its own for each case where no case names a cluster.
pub(super) fn own_clusters(cases: usize, clusters: Option<&[usize]>) -> Vec<usize> {
    clusters.map_or_else(|| (0..cases).collect(), <[usize]>::to_vec)
}

/// How many units so many cases are.
pub(super) fn units(cases: usize, clusters: Option<&[usize]>) -> usize {
    clusters.map_or(cases, |clusters| {
        clusters.iter().collect::<BTreeSet<_>>().len()
    })
}
