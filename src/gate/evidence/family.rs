//! All evidence gates of a run decided together: one error rate for the whole run, however many gates it has.
//!
//! Each gate spends its error rate over its looks, which makes one p-value of them all: the smallest of `p * ALPHA / alpha` over
//! the looks. Holm's step-down test (1979) over these p-values keeps the error rate for the run. P-values only fall while a run
//! goes on, so what is blocked at one look stays blocked at the next.

use super::{EvidenceGate, Lean, Seen};
use crate::model::looks::{ALPHA, Look, OnInconclusive};
use crate::stats::{Decision, StatsError, holm_adjusted};

/// One gate of the run.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// The gate; where cases are in error, these count in the candidate's favour. Blocking is decided on it.
    pub gate: &'a dyn EvidenceGate,
    /// The same gate with errors counted against the candidate, where there are any. Passing is decided on it: an error is
    /// not missing at random.
    pub worst: Option<&'a dyn EvidenceGate>,
    /// When it is looked at.
    pub looks: &'a [Look],
    /// What happens when no look decides it.
    pub policy: OnInconclusive,
    /// Decided before all cases were asked: whether it passes.
    pub settled: Option<bool>,
}

/// A gate whose p-value is known beforehand: it blocks at its share of the run's error rate and never passes by itself, for what
/// its data leave open is its own to say.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The smallest level at which it would block.
    pub p: f64,
}

impl EvidenceGate for Known {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        Ok(Some(Seen {
            look,
            passes: false,
            p_block: self.p,
            effect: None,
            part: None,
        }))
    }

    fn lean(&self, _: &Seen, _: f64) -> Lean {
        Lean::Pass
    }

    fn can_pass(&self) -> bool {
        true
    }
}

/// How a gate came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// Pass, fail or inconclusive.
    pub decision: Decision,
    /// Whether the gate blocks; differs from the decision where that is inconclusive.
    pub blocks: bool,
    /// Whether it is left open by cases in error alone: counted as passes it would pass, as failures it would block.
    pub hangs_on_errors: bool,
    /// The side that was leaned to, where it was.
    pub lean: Option<Lean>,
    /// What was seen at the look that decided, else at the last one.
    pub seen: Seen,
    /// The error rate that the run's other gates leave to this one; times its look's share it is what blocks.
    pub level: f64,
    /// Whether a further look could still decide it.
    pub open: bool,
}

/// Decides all gates of a run: each passes by itself (all of them must), and blocks by Holm's test over all of them, so that
/// more gates, suites or labels do not mean more false blocks. `None` for a gate that was settled beforehand.
pub fn decide_family(members: &[Member<'_>]) -> Vec<Option<Result<Decided, StatsError>>> {
    let mut states: Vec<State> = members.iter().map(State::new).collect();
    let most = members.iter().map(|member| member.looks.len()).max();
    for index in 0..most.unwrap_or_default() {
        for (member, state) in members.iter().zip(&mut states) {
            if let Some(look) = member.looks.get(index) {
                state.look(member, index, *look);
            }
        }
        let p: Vec<f64> = states.iter().map(|state| state.p).collect();
        let adjusted = holm_adjusted(&p).unwrap_or(p);
        for (state, p) in states.iter_mut().zip(adjusted) {
            state.judge(p);
        }
    }
    lean(members, &mut states);
    let rejected = states.iter().filter(|state| state.is_rejected()).count();
    members
        .iter()
        .zip(states)
        .map(|(member, state)| {
            let others = rejected - usize::from(state.is_rejected());
            state.conclude(member, level(members.len(), others))
        })
        .collect()
}

/// What is left to one gate once `rejected` others are blocked.
fn level(members: usize, rejected: usize) -> f64 {
    ALPHA / members.saturating_sub(rejected).max(1) as f64
}

/// A gate so far.
struct State {
    /// The smallest p-value of its looks, each scaled by what the look may spend.
    p: f64,
    /// The same with errors against the candidate.
    worst_p: f64,
    last: Option<Sides>,
    /// Place of the look that was the last one.
    at: usize,
    verdict: Option<Verdict>,
    error: Option<StatsError>,
    settled: bool,
}

/// What a look saw.
#[derive(Clone, Copy)]
struct Sides {
    /// With errors in the candidate's favour.
    best: Seen,
    /// With errors against it.
    worst: Seen,
}

#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Pass(Seen),
    Block(Seen),
    Lean { best: Lean, worst: Lean },
}

impl State {
    fn new(member: &Member<'_>) -> Self {
        Self {
            p: match member.settled {
                Some(false) => 0.0,
                _ => 1.0,
            },
            worst_p: 1.0,
            last: None,
            at: 0,
            verdict: None,
            error: None,
            settled: member.settled.is_some(),
        }
    }

    fn look(&mut self, member: &Member<'_>, index: usize, look: Look) {
        if self.settled || self.verdict.is_some() || self.error.is_some() {
            return;
        }
        let worst = member.worst.unwrap_or(member.gate);
        let seen = member
            .gate
            .look(look)
            .and_then(|best| Ok(best.zip(worst.look(look)?)));
        match seen {
            Ok(Some((best, worst))) => {
                self.p = self.p.min(best.p_block * ALPHA / look.alpha);
                self.worst_p = self.worst_p.min(worst.p_block * ALPHA / look.alpha);
                self.last = Some(Sides { best, worst });
                self.at = index;
            }
            Ok(None) => {}
            Err(error) => self.error = Some(error),
        }
    }

    /// `p` is the adjusted p-value of everything so far.
    fn judge(&mut self, p: f64) {
        if self.verdict.is_some() || self.error.is_some() {
            return;
        }
        let Some(Sides { best, worst }) = self.last else {
            return;
        };
        if worst.passes {
            self.verdict = Some(Verdict::Pass(worst));
        } else if p <= ALPHA {
            self.verdict = Some(Verdict::Block(best));
        }
    }

    fn is_rejected(&self) -> bool {
        let blocked = match self.verdict {
            Some(Verdict::Block(_)) => true,
            Some(Verdict::Lean { best, .. }) => best == Lean::Block,
            Some(Verdict::Pass(_)) | None => false,
        };
        blocked || (self.settled && self.p <= 0.0)
    }

    fn conclude(self, member: &Member<'_>, level: f64) -> Option<Result<Decided, StatsError>> {
        if self.settled {
            return None;
        }
        if let Some(error) = self.error {
            return Some(Err(error));
        }
        let Some(Sides { best, worst }) = self.last else {
            return Some(Err(StatsError::Empty { what: "looks" }));
        };
        let decided = |decision, blocks, seen| Decided {
            decision,
            blocks,
            hangs_on_errors: false,
            lean: None,
            seen,
            level,
            open: false,
        };
        Some(Ok(match self.verdict {
            Some(Verdict::Pass(seen)) => decided(Decision::Pass, false, seen),
            Some(Verdict::Block(seen)) => decided(Decision::Fail, true, seen),
            lean => {
                let has_more = member.looks.len() > self.at + 1;
                let one = undecided(lean, member.policy, Sides { best, worst }, level);
                // An earlier look would have blocked, were it not for the errors.
                let earlier = !one.blocks && self.worst_p <= level;
                Decided {
                    open: has_more,
                    hangs_on_errors: one.hangs_on_errors || earlier,
                    ..one
                }
            }
        }))
    }
}

/// What becomes of a gate that no look decided.
fn undecided(
    verdict: Option<Verdict>,
    policy: OnInconclusive,
    Sides { best, worst }: Sides,
    level: f64,
) -> Decided {
    let (lean, blocks, hangs_on_errors) = match (policy, verdict) {
        (OnInconclusive::Lean, Some(Verdict::Lean { best, worst })) => {
            let hangs = best != Lean::Block && worst == Lean::Block;
            (Some(best), best == Lean::Block, hangs)
        }
        (OnInconclusive::Block, _) => (None, !best.passes, best.passes),
        (OnInconclusive::Warn | OnInconclusive::Lean, _) => (None, false, false),
    };
    Decided {
        decision: Decision::Inconclusive,
        blocks,
        hangs_on_errors,
        lean,
        seen: if blocks { best } else { worst },
        level,
        open: false,
    }
}

/// `lean` blocks within the same error rate: Holm's test goes on over the gates that are left, on what their last look says.
fn lean(members: &[Member<'_>], states: &mut [State]) {
    let mut left: Vec<usize> = (0..states.len())
        .filter(|at| {
            let open = |state: &State| state.verdict.is_none() && state.error.is_none();
            let leans = |member: &Member<'_>| member.policy == OnInconclusive::Lean;
            states.get(*at).is_some_and(open) && members.get(*at).is_some_and(leans)
        })
        .collect();
    let p_of = |states: &[State], at: usize| {
        let last = states.get(at).and_then(|state| state.last);
        last.map_or(1.0, |last| last.best.p_block)
    };
    left.sort_by(|a, b| p_of(states, *a).total_cmp(&p_of(states, *b)));
    for at in left {
        let rejected = states.iter().filter(|state| state.is_rejected()).count();
        let level = level(members.len(), rejected);
        let (Some(member), Some(state)) = (members.get(at), states.get_mut(at)) else {
            continue;
        };
        let Some(Sides { best, worst }) = state.last else {
            continue;
        };
        let against = member.worst.unwrap_or(member.gate);
        state.verdict = Some(Verdict::Lean {
            best: member.gate.lean(&best, level),
            worst: against.lean(&worst, level),
        });
    }
}

#[cfg(test)]
mod tests;
