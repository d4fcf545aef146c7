//! The shipped rule over the gates of one run: which of them block, pass, or hang on cases in error.

use prompteval::gate::evidence::{Decided, EvidenceGate, Member, Outcomes, Paired, decide_family};
use prompteval::model::looks::{ALPHA, ESCALATION, Look, OnInconclusive};
use prompteval::stats::Decision;

/// How a gate came out; one that nothing can be said of neither blocks nor passes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Came {
    pub(crate) blocks: bool,
    /// The exit code is neither 0 nor 1: errors would decide it.
    pub(crate) hangs_on_errors: bool,
    pub(crate) repeats: u32,
    decision: Option<Decision>,
}

impl Came {
    fn of(decided: &Decided) -> Self {
        Self {
            blocks: decided.blocks,
            hangs_on_errors: decided.hangs_on_errors,
            repeats: decided.seen.look.repeats,
            decision: Some(decided.decision),
        }
    }

    /// The verdict says `pass`.
    pub(crate) fn passes(self) -> bool {
        self.decision == Some(Decision::Pass)
    }

    /// The verdict says `fail`.
    pub(crate) fn fails(self) -> bool {
        self.decision == Some(Decision::Fail)
    }

    /// The verdict says `inconclusive`.
    pub(crate) fn is_open(self) -> bool {
        self.decision == Some(Decision::Inconclusive)
    }
}

/// A gate on the pass rate beside a baseline.
pub(crate) fn paired<'a>(
    baseline: &'a Outcomes,
    candidate: &'a Outcomes,
    clusters: Option<&'a [usize]>,
    margin: f64,
) -> Paired<'a> {
    Paired {
        baseline,
        pool: None,
        candidate,
        clusters,
        margin,
    }
}

/// All gates of a run at the default looks and under `lean`.
pub(crate) fn escalated(gates: &[&dyn EvidenceGate]) -> Vec<Came> {
    decided(
        gates
            .iter()
            .map(|gate| (*gate, None, ESCALATION.as_slice())),
    )
}

/// The only gate of a run at the default looks and under `lean`.
pub(crate) fn escalated_alone(gate: &dyn EvidenceGate) -> Came {
    one(escalated(&[gate]))
}

/// One gate with errors in the candidate's favour, and the same with errors against it.
pub(crate) fn with_errors(gate: &dyn EvidenceGate, against: &dyn EvidenceGate) -> Came {
    one(decided(
        [(gate, Some(against), ESCALATION.as_slice())].into_iter(),
    ))
}

/// One gate of a suite with fixed repeats, which is looked at once.
pub(crate) fn at_once(gate: &dyn EvidenceGate, repeats: u32) -> Came {
    let look = Look {
        repeats,
        alpha: ALPHA,
    };
    one(decided([(gate, None, [look].as_slice())].into_iter()))
}

fn one(came: Vec<Came>) -> Came {
    came.into_iter().next().unwrap_or_default()
}

/// Gates with what stands for errors against them, and their looks.
type Asked<'a> = (
    &'a dyn EvidenceGate,
    Option<&'a dyn EvidenceGate>,
    &'a [Look],
);

fn decided<'a>(gates: impl Iterator<Item = Asked<'a>>) -> Vec<Came> {
    // A gate that can never pass at its size is decided at its first look, as `prompteval run` does.
    let gates: Vec<_> = gates
        .map(|(gate, worst, looks)| {
            let looks = match looks.first() {
                Some(first) if !gate.can_pass() => vec![Look {
                    repeats: first.repeats,
                    alpha: looks.iter().map(|look| look.alpha).sum(),
                }],
                _ => looks.to_vec(),
            };
            (gate, worst, looks)
        })
        .collect();
    let members: Vec<Member<'_>> = gates
        .iter()
        .map(|(gate, worst, looks)| Member {
            gate: *gate,
            worst: *worst,
            looks,
            policy: OnInconclusive::Lean,
            settled: None,
        })
        .collect();
    decide_family(&members)
        .into_iter()
        .map(|decided| match decided {
            Some(Ok(decided)) => Came::of(&decided),
            _ => Came::default(),
        })
        .collect()
}
