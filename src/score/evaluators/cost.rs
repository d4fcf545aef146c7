//! `cost`: the answer costs at most so many US dollars at list price.

use crate::score::limit::{Limit, within};
use crate::score::{EvaluatorEntry, Param};

static COST: Limit = Limit {
    what: "cost",
    unit: "USD",
    mend: "give the model a price under `prices` in prompteval.yaml, and a logged row its `usage`",
    measure: |sample| sample.cost_usd,
};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "cost",
    summary: "the answer costs at most `threshold` US dollars at list price",
    params: &[Param::required("threshold", "the most US dollars allowed")],
    example: "{type: cost, threshold: 0.002}",
    build: |spec, _engine| within(spec, &COST),
};
