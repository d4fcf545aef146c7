//! Evidence gates of all candidates of a run, decided together.

use super::candidate::Candidate;
use super::early::{ALPHA_FINAL, Stopped};
use super::evidence::{Decided, EachTag, Effect, EvidenceGate, Known, Member, decide_family};
use super::header::trivial;
use super::measured::Measured;
use super::wording;
use crate::model::CaseMetric;
use crate::model::looks::{ALPHA, CASES_PER_TAG, Look};
use crate::model::record::ArmRecord;
use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{Bounds, CountedCases, Decision, GateResult, GateVerdict};
use crate::stats::{self, StatsError};

/// The evidence gates of one candidate.
#[derive(Clone, Debug, Default)]
pub(super) struct Weighed {
    /// In the suite's order.
    pub(super) gates: Vec<GateResult>,
    /// The error rate that the run's other gates leave to the proof of broken cases; 0 where nothing is to be proven.
    pub(super) proof_level: f64,
}

/// The evidence gates of each candidate, in the order of its suite. Those that may block share one error rate; a candidate in
/// shadow, or one that cannot be decided as a whole, is looked at by itself.
pub(super) fn weigh(candidates: &[Candidate<'_>]) -> Vec<Weighed> {
    let sheets: Vec<Vec<Sheet<'_>>> = candidates.iter().map(Candidate::sheets).collect();
    let shares = |candidate: &Candidate<'_>| candidate.shares_error_rate();
    let (together, alone): (Vec<usize>, Vec<usize>) =
        (0..candidates.len()).partition(|at| candidates.get(*at).is_some_and(shares));
    let mut results = vec![Weighed::default(); candidates.len()];
    let families = std::iter::once(together).chain(alone.into_iter().map(|at| vec![at]));
    for family in families {
        let own: Vec<&Sheet<'_>> = family
            .iter()
            .filter_map(|at| sheets.get(*at))
            .flatten()
            .collect();
        let mut decided = decide(&own).into_iter();
        for at in family {
            if let (Some(sheets), Some(results)) = (sheets.get(at), results.get_mut(at)) {
                for (sheet, outcome) in sheets.iter().zip(&mut decided) {
                    if let (Data::Proof(_), Some(Ok((proof, _)))) = (&sheet.data, &outcome) {
                        results.proof_level = proof.level;
                    }
                    results.gates.push(sheet.result(outcome));
                }
            }
        }
    }
    results
}

/// How each gate comes out; `None` for one that there is nothing to look at.
type Looked = Option<Result<(Decided, usize), StatsError>>;

fn decide(sheets: &[&Sheet<'_>]) -> Vec<Looked> {
    let gates: Vec<Option<Gate<'_>>> = sheets.iter().map(|sheet| sheet.gate()).collect();
    let members: Vec<Member<'_>> = gates.iter().flatten().map(Gate::member).collect();
    let count = members.len();
    let mut decided = decide_family(&members).into_iter();
    gates
        .iter()
        .map(|gate| {
            gate.as_ref()?;
            let one = decided.next().flatten()?;
            Some(one.map(|decided| (decided, count)))
        })
        .collect()
}

/// A gate, ready to look.
struct Gate<'a> {
    best: Box<dyn EvidenceGate + 'a>,
    worst: Option<Box<dyn EvidenceGate + 'a>>,
    looks: Vec<Look>,
    policy: crate::model::looks::OnInconclusive,
    settled: Option<bool>,
}

impl Gate<'_> {
    fn member(&self) -> Member<'_> {
        Member {
            gate: self.best.as_ref(),
            worst: self.worst.as_deref(),
            looks: &self.looks,
            policy: self.policy,
            settled: self.settled,
        }
    }
}

/// One evidence gate of one candidate: its rule, its data, and what is known of it beforehand.
pub(super) struct Sheet<'a> {
    candidate: &'a Candidate<'a>,
    rule: &'a GateRule,
    data: Data,
    stopped: Option<Stopped>,
}

enum Data {
    /// Nothing to look at, and why.
    Nothing(&'static str),
    /// Fresh answers prove so much; the smallest level at which they block.
    Proof(Known),
    Whole(Box<Measured>),
    /// Label by label; labels with too few cases are left out.
    ByTag {
        parts: Vec<(String, Measured)>,
        left_out: Vec<String>,
    },
}

impl Candidate<'_> {
    /// Whether its gates are in the family that shares the run's error rate.
    fn shares_error_rate(&self) -> bool {
        !self.arm.never_blocks() && self.undecidable().is_none()
    }

    fn sheets(&self) -> Vec<Sheet<'_>> {
        let early = if self.header.stop_decided {
            self.early()
        } else {
            None
        };
        let mut early = early.unwrap_or_default().into_iter();
        self.evidence_rules()
            .map(|rule| Sheet {
                candidate: self,
                rule,
                data: self.data(rule),
                stopped: early.next().flatten(),
            })
            .collect()
    }

    fn data(&self, rule: &GateRule) -> Data {
        if let Some(reason) = trivial(self.arm, rule) {
            return Data::Nothing(reason);
        }
        if matches!(rule.condition, Condition::Broken { .. }) {
            return Data::Proof(Known {
                p: self.broken_p(rule),
            });
        }
        if !matches!(rule.condition, Condition::EachTag { .. }) {
            let data = Measured::new(self, rule);
            return data.map_or_else(Data::Nothing, |data| Data::Whole(Box::new(data)));
        }
        let (mut parts, mut left_out) = (Vec::new(), Vec::new());
        for tag in self.suite.cases.tags() {
            let of_tag = GateRule {
                tag: Some(tag.to_owned()),
                ..rule.clone()
            };
            match Measured::new(self, &of_tag) {
                Ok(data) if data.places.len() >= CASES_PER_TAG => {
                    parts.push((tag.to_owned(), data));
                }
                _ => left_out.push(tag.to_owned()),
            }
        }
        if parts.is_empty() {
            return Data::Nothing("no label has 30 cases");
        }
        Data::ByTag { parts, left_out }
    }

    pub(super) fn evidence_rules(&self) -> impl Iterator<Item = &GateRule> {
        let rules = self.header.gates.iter();
        rules.filter(|rule| rule.condition.has_error_rate())
    }

    /// Where a run may stop before its end, a part of the error rate is spent by then.
    fn looks(&self) -> Vec<Look> {
        let mut looks = self.header.looks.clone();
        if self.header.stop_decided {
            for look in &mut looks {
                look.alpha *= ALPHA_FINAL / ALPHA;
            }
        }
        looks
    }
}

impl Sheet<'_> {
    fn gate(&self) -> Option<Gate<'_>> {
        let (best, worst): (Box<dyn EvidenceGate>, _) = match &self.data {
            Data::Nothing(_) => return None,
            Data::Proof(known) => (Box::new(*known), None),
            Data::Whole(data) => (data.evidence()?, data.against()),
            Data::ByTag { parts, .. } => {
                let best: Option<Vec<_>> = parts.iter().map(|(_, data)| data.evidence()).collect();
                let is_sure = parts.iter().all(|(_, data)| data.errors == 0);
                let worst = parts
                    .iter()
                    .filter_map(|(_, data)| data.against().or_else(|| data.evidence()))
                    .collect();
                let worst: Option<Box<dyn EvidenceGate>> =
                    (!is_sure).then(|| Box::new(EachTag::new(worst)) as Box<dyn EvidenceGate>);
                (Box::new(EachTag::new(best?)), worst)
            }
        };
        let mut looks = self.candidate.looks();
        // Fresh answers are there at once, and prove at the whole error rate.
        if matches!(self.data, Data::Proof(_)) || !best.can_pass() {
            looks = at_once(&looks);
        }
        Some(Gate {
            best,
            worst,
            looks,
            policy: self.candidate.header.on_inconclusive,
            settled: self.stopped.as_ref().map(Stopped::passes),
        })
    }

    fn result(&self, decided: Looked) -> GateResult {
        let (candidate, rule) = (self.candidate, self.rule);
        if let Some(stopped) = &self.stopped {
            return stopped.result(candidate, rule);
        }
        match (decided, &self.data) {
            (Some(Ok((decided, family))), Data::Whole(data)) => {
                self.told(data, &decided, family, str::to_owned)
            }
            (Some(Ok((decided, family))), Data::ByTag { parts, left_out }) => {
                let part = decided.seen.part.unwrap_or_default();
                let Some((tag, data)) = parts.get(part) else {
                    return Candidate::error(rule, "it was not looked at");
                };
                self.told(data, &decided, family, |reason| {
                    wording::on_worst_tag(tag, parts.len(), left_out, reason)
                })
            }
            (Some(Ok((decided, _))), Data::Proof(_)) => candidate.broken(rule, decided.level),
            (Some(Err(error)), _) => Candidate::error(rule, error.to_string()),
            (_, Data::Nothing(reason)) if trivial(candidate.arm, rule).is_some() => {
                Candidate::result(rule, GateVerdict::Pass, (*reason).to_owned())
            }
            (_, Data::Nothing(reason)) => Candidate::error(rule, *reason),
            _ => Candidate::error(rule, "it was not looked at"),
        }
    }

    /// A gate that looked at data, with its reason as `worded`.
    fn told(
        &self,
        data: &Measured,
        decided: &Decided,
        family: usize,
        worded: impl Fn(&str) -> String,
    ) -> GateResult {
        let Some(effect) = decided.seen.effect else {
            return Candidate::error(self.rule, "it was not looked at");
        };
        let explained = wording::Explained {
            data,
            summary: data.summary(self.candidate, decided.seen.look.repeats),
            decided,
            effect,
            header: self.candidate.header,
            family,
            can_pass: self.gate().is_none_or(|gate| gate.best.can_pass()),
        };
        GateResult {
            reason: worded(&explained.reason()),
            ..self.weighed(data, decided, &effect)
        }
    }

    fn weighed(&self, data: &Measured, decided: &Decided, effect: &Effect) -> GateResult {
        let (candidate, rule, seen) = (self.candidate, self.rule, &decided.seen);
        let (verdict, resolved) = match (decided.decision, decided.blocks) {
            _ if decided.hangs_on_errors => (GateVerdict::Error, Decision::Error),
            (stats::Decision::Pass, _) => (GateVerdict::Pass, Decision::Pass),
            (stats::Decision::Fail, _) => (GateVerdict::Fail, Decision::Fail),
            (stats::Decision::Inconclusive, true) => (GateVerdict::Inconclusive, Decision::Fail),
            (stats::Decision::Inconclusive, false) => (GateVerdict::Inconclusive, Decision::Pass),
        };
        let (measured, baseline) = data.summary(candidate, seen.look.repeats).means();
        let inconclusive = verdict == GateVerdict::Inconclusive;
        GateResult {
            measured,
            baseline,
            resolved,
            interval: Some(Bounds {
                lower: effect.lower,
                upper: effect.upper,
                alpha: seen.look.alpha,
            }),
            needs: inconclusive.then(|| wording::needs(rule, effect)),
            open: decided.open,
            counted: if resolved == Decision::Fail {
                candidate.blamed(rule, data)
            } else {
                CountedCases::None
            },
            ..Candidate::result(rule, verdict, String::new())
        }
    }
}

/// A gate that can never pass at this size spends its whole error rate on the first look: repeats cannot change that it is too
/// small.
fn at_once(looks: &[Look]) -> Vec<Look> {
    let first = looks.first().map(|look| Look {
        repeats: look.repeats,
        alpha: looks.iter().map(|look| look.alpha).sum(),
    });
    first.into_iter().collect()
}

impl Candidate<'_> {
    /// A comparison blames what got worse, a rate whatever fails.
    fn blamed(&self, rule: &GateRule, data: &Measured) -> CountedCases {
        if !rule.condition.compares() {
            return self.counted(rule);
        }
        let Some(metric) = CaseMetric::parse(&rule.metric) else {
            return CountedCases::None;
        };
        let value = |arm: Option<&ArmRecord>, place: u32| {
            let arm = arm?;
            metric.of(self.suite, arm, &arm.case(place)?)
        };
        let worse = |place: &&u32| {
            let own = value(Some(self.results), **place);
            own.zip(value(self.baseline, **place))
                .is_some_and(|(own, other)| own < other)
        };
        let places = data.places.iter().filter(worse).copied().collect();
        match metric.evaluator.clone() {
            None => CountedCases::Whole(places),
            Some(name) => CountedCases::Metric(name, places),
        }
    }
}
