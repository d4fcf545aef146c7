//! Every earlier run that answered a question, and those that are none.

use std::collections::BTreeSet;
use std::path::Path;

use super::past_run::{PastRun, Question};
use super::{committed, kept};
use crate::model::record::{JudgeModels, judged_alike};

/// Earlier runs, the newest first, and those that are none, each with the reason.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) runs: Vec<PastRun>,
    pub(super) left_out: Vec<(String, String)>,
}

impl Past {
    /// Everything that is known of earlier answers: kept runs, and evidence. A run that both know counts once.
    pub(super) fn read(root: &Path, question: &Question<'_>) -> Self {
        let mut past = Self::default();
        let kept = kept::runs(root, question);
        for (id, found) in kept.chain(committed::runs(root, question)) {
            if past.knows(&id) {
                continue;
            }
            match found {
                Ok(run) => past.runs.push(run),
                Err(reason) => past.left_out.push((id, reason)),
            }
        }
        let newness = |run: &PastRun| (run.from.started_at.clone(), run.from.run.clone());
        past.runs.sort_by_key(|run| std::cmp::Reverse(newness(run)));
        past
    }

    pub(super) fn knows(&self, id: &str) -> bool {
        self.runs.iter().any(|run| run.from.run == id)
            || self.left_out.iter().any(|(known, _)| known == id)
    }

    /// Leaves the newest answers of these models, so many of each case at most; of the newest run's where none are named.
    pub(super) fn choose(&mut self, most: u32, like: Option<(&BTreeSet<String>, &JudgeModels)>) {
        let newest = self.runs.first();
        let newest = newest.map(|run| (run.models.clone(), run.judges.clone()));
        let newest = newest.as_ref().map(|(models, judges)| (models, judges));
        let Some((models, judges)) = like.or(newest) else {
            return;
        };
        let mut room = most;
        let mut chosen = Vec::new();
        for mut run in std::mem::take(&mut self.runs) {
            if run.models != *models || !judged_alike(&run.judges, judges) {
                let reason = "another model answered or judged under the name";
                self.left_out.push((run.from.run, reason.to_owned()));
            } else if room > 0 {
                run.keep_only(room);
                room -= run.repeats;
                chosen.push(run);
            }
        }
        self.runs = chosen;
    }
}
