//! Every cell in which gates are simulated, group by group, on the shipped code.

mod decide;
pub(crate) mod draws;
mod edges;
mod history;
mod margin;
mod proof;
mod rates;
mod scores;
pub(crate) mod table;
mod whole_runs;

pub(crate) use margin::{Setting, Tally, mean_calls, simulate};
use table::Cell;

/// A group of cells: what they are about, and the cells.
pub(crate) type Group = (&'static str, Vec<Cell>);

/// All groups, in the order of the table.
pub(crate) fn groups() -> Vec<Group> {
    vec![
        (
            "a whole run, both versions the same, true rate .90: any gate blocks",
            whole_runs::cells(),
        ),
        ("`score` beside a baseline, margin .05", scores::cells()),
        ("`target` and `floor`", rates::cells()),
        ("`pass_rate` beside a baseline", edges::cells()),
        (
            "`broken`, true rate .90: fresh answers of both versions",
            proof::cells(),
        ),
        ("the baseline's history", history::cells()),
    ]
}
