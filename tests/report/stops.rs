//! `stop: decided` where cases belong to clusters or are scored: clear runs stop early, equal versions are hardly ever blocked.

use prompteval::gate::{self, EarlyWatch};
use prompteval::model::looks::Look;
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::verdict::{GateResult, GateVerdict};
use prompteval::stats::SplitMix64;

use crate::fixture::{Run, Trial};

/// A run of a suite that stops when it is decided: both arms, no trial yet.
fn planned(cases: u32, largest: Option<u32>, metric: &str, condition: Condition) -> Run {
    let mut run = Run::new(cases, 1);
    let suite = &mut run.header.suites[0];
    suite.looks = vec![Look {
        repeats: 1,
        alpha: 0.05,
    }];
    suite.stop_decided = true;
    suite.largest_cluster = largest;
    suite.gates = vec![GateRule {
        metric: metric.into(),
        tag: None,
        condition,
    }];
    run
}

/// Adds one case on both arms; its place in the order is that in the dataset.
fn add(run: &mut Run, case: u32, cluster: Option<u32>, scores: [f64; 2]) {
    for (arm, score) in (0..).zip(scores) {
        let mut trial = Trial::new(arm, case, &format!("case-{case}"), "Hello.");
        trial.record.cluster = cluster.map(|number| format!("doc-{number}"));
        trial.record.passed = Some(score > 0.5);
        trial.record.score = Some(score);
        run.add(trial);
    }
}

fn is_decided(run: &Run) -> bool {
    let mut watch = EarlyWatch::new(&run.header, 0).unwrap();
    watch.see(&run.record());
    watch.is_decided()
}

fn decided(run: &Run) -> GateResult {
    let verdict = gate::decide(&run.record());
    verdict.suites[0].candidates[0].gates[0].clone()
}

const RATE: Condition = Condition::Evidence {
    target: 0.9,
    floor: 0.8,
};

#[test]
fn clusters_that_all_pass_stop_long_before_the_end() {
    let mut run = planned(400, Some(4), "pass_rate", RATE);
    let mut asked = 0;
    while !is_decided(&run) {
        add(&mut run, asked, Some(asked / 4), [1.0, 1.0]);
        asked += 1;
        assert!(asked < 200, "half of the cases decide nothing");
    }
    assert_eq!(asked % 4, 1, "a cluster counts when the next one has begun");
    let gate = decided(&run);
    assert_eq!(gate.verdict, GateVerdict::Pass, "{}", gate.reason);
    let whole = asked / 4;
    let said = format!(
        "{0} of {0} cases pass, decided after {0} of 400 cases ({whole} clusters)",
        whole * 4
    );
    assert_eq!(gate.reason, said);
}

#[test]
fn clusters_of_a_journal_without_their_size_are_waited_for() {
    let mut run = planned(400, None, "pass_rate", RATE);
    for case in 0..300 {
        add(&mut run, case, Some(case / 4), [1.0, 1.0]);
    }
    assert!(!is_decided(&run));
    // Nor does a cluster count that is asked in parts.
    run.header.suites[0].largest_cluster = Some(4);
    assert!(is_decided(&run));
    run.trials[20].cluster = Some("doc-0".into());
    run.trials[21].cluster = Some("doc-0".into());
    assert!(!is_decided(&run));
}

#[test]
fn scores_stop_when_they_are_clear_on_either_side() {
    for (score, before, condition, verdict) in [
        (0.95, 0.95, RATE, GateVerdict::Pass),
        (0.4, 0.95, RATE, GateVerdict::Fail),
        (
            0.9,
            0.9,
            Condition::Baseline { margin: 0.2 },
            GateVerdict::Pass,
        ),
        (
            0.5,
            0.9,
            Condition::Baseline { margin: 0.2 },
            GateVerdict::Fail,
        ),
        (
            0.99,
            0.9,
            Condition::LowerBound { min: 0.8 },
            GateVerdict::Pass,
        ),
    ] {
        let mut run = planned(400, None, "score", condition.clone());
        let mut asked = 0;
        while !is_decided(&run) {
            add(&mut run, asked, None, [score, before]);
            asked += 1;
            assert!(
                asked < 200,
                "half of the cases decide nothing about {condition}"
            );
        }
        let gate = decided(&run);
        assert_eq!(gate.verdict, verdict, "{}", gate.reason);
        assert!(
            gate.reason
                .ends_with(&format!("decided after {asked} of 400 cases"))
        );
    }
}

#[test]
fn an_error_counts_against_either_verdict() {
    let until_decided = |errors: u32| {
        let mut run = planned(1_000, None, "pass_rate", RATE);
        let mut asked = 0;
        while !is_decided(&run) {
            add(&mut run, asked, None, [1.0, 1.0]);
            if asked < errors {
                let trial = run.trials.len() - 2;
                (run.trials[trial].passed, run.trials[trial].score) = (None, None);
            }
            asked += 1;
        }
        asked
    };
    let (none, some) = (until_decided(0), until_decided(3));
    assert!(none < some && some < 300, "{none} {some}");
}

/// Clusters of 1, 2 or 6 cases that share most of their luck, the same on both arms; a difference of nothing is hardly ever taken
/// for a loss, though it is looked at after every cluster.
#[test]
fn equal_versions_are_hardly_ever_blocked_before_the_end() {
    const RUNS: u64 = 400;
    let mut blocked = 0;
    for seed in 0..RUNS {
        let mut random = SplitMix64::new(seed);
        let mut chance = |share: u64| random.next_u64() % 100 < share;
        // So small a margin is never shown to be kept: what is decided is blocked.
        let mut run = planned(
            150,
            Some(6),
            "pass_rate",
            Condition::Baseline { margin: 1e-6 },
        );
        let (mut case, mut cluster) = (0, 0);
        while case < 150 {
            let size = if chance(34) {
                6
            } else if chance(50) {
                2
            } else {
                1
            };
            let luck = [chance(80), chance(80)];
            for _ in 0..size.min(150 - case) {
                let value = |lucky: bool, other: bool| {
                    f64::from(u8::from(if other { !lucky } else { lucky }))
                };
                let scores = [value(luck[0], chance(10)), value(luck[1], chance(10))];
                add(&mut run, case, Some(cluster), scores);
                case += 1;
            }
            cluster += 1;
        }
        blocked += u32::from(is_decided(&run));
    }
    assert!(
        blocked <= 10,
        "{blocked} of {RUNS} runs of equal versions were blocked"
    );
}

/// A run in which much is mixed: clusters, a tag, errors, two gates, and trials that end in any order.
fn mixed(seed: u64) -> Run {
    let mut random = SplitMix64::new(seed);
    let mut chance = move |share: u64| random.next_u64() % 100 < share;
    let mut run = planned(300, Some(3), "pass_rate", RATE);
    run.header.suites[0].gates.extend([
        GateRule {
            metric: "score".into(),
            tag: None,
            condition: Condition::Baseline { margin: 0.15 },
        },
        GateRule {
            metric: "pass_rate".into(),
            tag: Some("vip".into()),
            condition: RATE,
        },
    ]);
    let good = if chance(50) { 97 } else { 60 };
    for case in 0..300 {
        let cluster = (seed.is_multiple_of(2) || case > 150).then_some(case / 3);
        let mut score = || f64::from(u8::from(chance(good)));
        let scores = [score(), score()];
        add(&mut run, case, cluster, scores);
        let first = run.trials.len() - 2;
        let tags = if chance(40) {
            vec!["vip".into()]
        } else {
            Vec::new()
        };
        for trial in &mut run.trials[first..] {
            trial.tags.clone_from(&tags);
            if chance(2) {
                (trial.passed, trial.score) = (None, None);
            }
        }
    }
    run
}

/// Swaps trials with others near them, as calls that take differently long do.
fn out_of_order(run: &mut Run, seed: u64) {
    let mut random = SplitMix64::new(seed);
    for place in 0..run.trials.len() {
        let other = place + (random.next_u64() % 40) as usize;
        if other < run.trials.len() {
            run.trials.swap(place, other);
        }
    }
}

#[test]
fn evidence_that_is_shown_trials_in_parts_decides_when_the_whole_does() {
    let mut decided = 0;
    for seed in 0..12 {
        let mut run = mixed(seed);
        out_of_order(&mut run, seed);
        let mut watch = EarlyWatch::new(&run.header, 0).unwrap();
        let (all, mut shown) = (run.trials.clone(), 0);
        for end in (1..=all.len()).step_by(7 + seed as usize % 12) {
            run.trials = all[shown..end].to_vec();
            watch.see(&run.record());
            shown = end;
            run.trials = all[..end].to_vec();
            assert_eq!(watch.is_decided(), is_decided(&run), "seed {seed} at {end}");
        }
        decided += u32::from(watch.is_decided());
    }
    assert!((3..12).contains(&decided), "{decided} of 12 are decided");
}

#[test]
fn what_an_earlier_process_could_not_measure_is_shown_when_it_is_asked_again() {
    let mut run = planned(400, None, "pass_rate", RATE);
    for case in 0..120 {
        add(&mut run, case, None, [1.0, 1.0]);
    }
    let good = run.trials.clone();
    for trial in &mut run.trials[..40] {
        (trial.passed, trial.score) = (None, None);
    }
    let mut watch = EarlyWatch::new(&run.header, 0).unwrap();
    watch.resume(&run.record());
    assert!(!watch.is_decided());
    run.trials = good[..40].to_vec();
    watch.see(&run.record());
    assert!(watch.is_decided());
}

/// Cases of the order in which the evaluator gives up, after some that pass.
fn giving_up_after(passing: u32, asked: u32) -> Run {
    let mut run = planned(400, Some(1), "pass_rate", RATE);
    for case in 0..asked {
        let passes = case < passing;
        let mut trial = Trial::new(0, case, &format!("case-{case}"), "Hello.").score(
            "pattern",
            "regex",
            passes,
            &format!("why {case}"),
        );
        trial.record.scores[0].gave_up = !passes;
        run.add(trial);
        add_baseline(&mut run, case);
    }
    run
}

fn add_baseline(run: &mut Run, case: u32) {
    run.add(Trial::new(1, case, &format!("case-{case}"), "Hello."));
}

#[test]
fn trials_in_flight_do_not_turn_a_suite_that_was_decided_into_one_given_up() {
    let mut run = giving_up_after(60, 60);
    assert!(is_decided(&run));
    assert_eq!(decided(&run).verdict, GateVerdict::Pass);
    let before = decided(&run).reason;
    // They were in flight when it was decided.
    run = giving_up_after(60, 80);
    assert_eq!(decided(&run).reason, before);
    run.trials.reverse();
    assert_eq!(decided(&run).reason, before);
    // What gave up before the suite was decided is its error, however much was asked beside it.
    for asked in [12, 60] {
        let mut run = giving_up_after(2, asked);
        // A suite's threshold lets cases pass on which one evaluator gives up: they decide nothing by failing.
        for trial in &mut run.trials {
            trial.passed = Some(true);
        }
        let gate = decided(&run);
        assert_eq!(gate.verdict, GateVerdict::Error, "{}", gate.reason);
        assert!(gate.reason.ends_with("asked: why 2"), "{}", gate.reason);
        run.trials.reverse();
        assert_eq!(decided(&run).reason, gate.reason);
    }
}

#[test]
fn an_answer_that_gives_way_to_another_one_is_no_case_given_up() {
    let mut run = giving_up_after(51, 60);
    // A resumed run asked this one again: its judge had failed.
    let again = Trial::new(0, 60, "case-60", "Hello.");
    let mut first = again.record.clone();
    first.scores = run.trials[2 * 59].scores.clone();
    (first.passed, first.score) = (None, None);
    run.trials.push(first);
    run.add(again);
    run.header.suites[0].stop_decided = false;
    run.header.suites[0].selected = 61;
    add_baseline(&mut run, 60);
    assert_ne!(decided(&run).verdict, GateVerdict::Error);
}
