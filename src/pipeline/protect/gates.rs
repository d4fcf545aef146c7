//! Which gates of a suite are loosened or removed. A gate is kept where some gate of the suite demands as much.

use super::comparison::named;
use crate::model::GateSpec;
use crate::model::suite::{Condition, GateRule};

/// A line for each gate that demands less than before.
pub(super) fn weaker(before: &[GateSpec], now: &[GateSpec]) -> Vec<String> {
    let lost = before.iter().filter(|old| {
        let mut gates = now.iter();
        !gates.any(|new| demands_as_much(&new.rule, &old.rule))
    });
    let lines = lost.map(|old| {
        let same = |new: &&GateSpec| looks_at_the_same(&new.rule, &old.rule);
        let is_new = |new: &&GateSpec| before.iter().all(|other| other.rule != new.rule);
        let mut heirs = now.iter().filter(same).filter(is_new);
        let heir = heirs.clone().find(|new| is_of_a_kind(&new.rule, &old.rule));
        let shown = |gate: &GateSpec| named(&gate.rule.to_string());
        match heir.or_else(|| heirs.next()) {
            Some(new) if is_of_a_kind(&new.rule, &old.rule) => {
                format!("gate {} loosened to {}", shown(old), shown(new))
            }
            Some(new) => format!("gate {} changed to {}", shown(old), shown(new)),
            None => format!("gate {} removed", shown(old)),
        }
    });
    lines.collect()
}

fn looks_at_the_same(a: &GateRule, b: &GateRule) -> bool {
    a.metric == b.metric && a.tag == b.tag
}

fn is_of_a_kind(a: &GateRule, b: &GateRule) -> bool {
    std::mem::discriminant(&a.condition) == std::mem::discriminant(&b.condition)
}

/// Whether whatever passes the new gate would have passed the old one. Gates of two kinds are not compared.
fn demands_as_much(new: &GateRule, old: &GateRule) -> bool {
    if !looks_at_the_same(new, old) {
        return false;
    }
    match (&new.condition, &old.condition) {
        (
            Condition::Range { min, max },
            Condition::Range {
                min: old_min,
                max: old_max,
            },
        ) => {
            let above = old_min.is_none_or(|old| min.is_some_and(|min| min >= old));
            above && old_max.is_none_or(|old| max.is_some_and(|max| max <= old))
        }
        (Condition::Baseline { margin }, Condition::Baseline { margin: old })
        | (Condition::EachTag { margin }, Condition::EachTag { margin: old }) => margin <= old,
        (
            Condition::Evidence { target, floor },
            Condition::Evidence {
                target: old_target,
                floor: old_floor,
            },
        ) => target >= old_target && floor >= old_floor,
        (Condition::LowerBound { min }, Condition::LowerBound { min: old }) => min >= old,
        (Condition::Broken { max }, Condition::Broken { max: old }) => max <= old,
        (new, old) => new == old,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Location;

    fn gate(condition: Condition) -> GateSpec {
        let at = Location::default();
        GateSpec {
            rule: GateRule {
                metric: "pass_rate".into(),
                tag: None,
                condition,
            },
            at: at.clone(),
            metric_at: at.clone(),
            tag_at: at,
        }
    }

    fn is_weaker(old: Condition, new: Condition) -> bool {
        !weaker(&[gate(old)], &[gate(new)]).is_empty()
    }

    #[test]
    fn each_kind_is_weaker_in_one_direction() {
        let range = |min, max| Condition::Range { min, max };
        let evidence = |target, floor| Condition::Evidence { target, floor };
        for (stricter, looser) in [
            (range(Some(0.9), None), range(Some(0.8), None)),
            (range(None, Some(1.0)), range(None, Some(2.0))),
            (range(Some(0.5), Some(1.0)), range(Some(0.5), None)),
            (evidence(0.95, 0.9), evidence(0.95, 0.8)),
            (evidence(0.95, 0.9), evidence(0.92, 0.9)),
            (
                Condition::Baseline { margin: 0.02 },
                Condition::Baseline { margin: 0.05 },
            ),
            (
                Condition::EachTag { margin: 0.02 },
                Condition::EachTag { margin: 0.05 },
            ),
            (
                Condition::LowerBound { min: 0.9 },
                Condition::LowerBound { min: 0.8 },
            ),
            (Condition::Broken { max: 0 }, Condition::Broken { max: 3 }),
        ] {
            assert!(is_weaker(stricter.clone(), looser.clone()), "{stricter}");
            assert!(!is_weaker(looser.clone(), stricter), "{looser}");
            assert!(!is_weaker(looser.clone(), looser.clone()), "{looser}");
        }
    }

    #[test]
    fn a_gate_of_another_kind_counts_as_changed() {
        let old = gate(Condition::Baseline { margin: 0.05 });
        let new = gate(Condition::Range {
            min: Some(0.1),
            max: None,
        });
        assert_eq!(
            weaker(std::slice::from_ref(&old), std::slice::from_ref(&new)),
            ["gate `pass_rate within 0.05 of the baseline` changed to `pass_rate min 0.1`"]
        );
        // Another gate beside it takes nothing away.
        assert!(weaker(std::slice::from_ref(&old), &[new, old.clone()]).is_empty());
    }
}
