//! `latency`: the answer took at most so many milliseconds.

use crate::score::limit::{Limit, within};
use crate::score::{EvaluatorEntry, Param};

static LATENCY: Limit = Limit {
    what: "latency",
    unit: "ms",
    mend: "score a live or recorded answer, or give the logged row a `latency_ms`",
    measure: |sample| sample.latency_ms,
};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "latency",
    summary: "the answer took at most `threshold` milliseconds",
    params: &[Param::required(
        "threshold",
        "the most milliseconds allowed",
    )],
    example: "{type: latency, threshold: 4000}",
    build: |spec, _engine| within(spec, &LATENCY),
};
