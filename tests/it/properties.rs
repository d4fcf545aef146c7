//! Properties of any run: the live record is the journal's, and the order in which trials end shows nowhere.

use std::path::Path;

use prompteval::aggregate::Fold;
use prompteval::model::record::{JournalOffset, RunRecord, TrialOutcome, TrialTable};
use prompteval::model::trial::{AnswerFacts, TrialError};
use prompteval::model::{ErrorClass, RunEvent};
use prompteval::observe::Journal;
use prompteval::report;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// What one evaluator says: its name's place, its weight, whether it is critical, and its score, if it could be judged.
type Said = (usize, bool, bool, Option<bool>);

/// What came of one trial: whether it passed, what evaluators say, milliseconds and dollars.
type Came = (Option<bool>, Vec<Said>, Option<u32>, Option<f64>);

const NAMES: [&str; 3] = ["hello", "polite", "short"];
const ARMS: usize = 2;

fn came() -> impl Strategy<Value = Came> {
    let said = (
        0..NAMES.len(),
        any::<bool>(),
        any::<bool>(),
        any::<Option<bool>>(),
    );
    let cost = proptest::option::of(select(vec![0.1, 0.2, 0.3, 1e-7, 0.000_031, 12.7]));
    (
        any::<Option<bool>>(),
        proptest::collection::vec(said, 0..4),
        proptest::option::of(1_u32..5_000),
        cost,
    )
}

/// The trials of a run by case and arm, and another order of them.
fn runs() -> impl Strategy<Value = (Vec<RunEvent>, Vec<RunEvent>)> {
    proptest::collection::vec(came(), 1..24).prop_flat_map(|trials| {
        let trials: Vec<RunEvent> = trials
            .iter()
            .enumerate()
            .map(|(at, came)| trial(at, came))
            .collect();
        (Just(trials.clone()), Just(trials).prop_shuffle())
    })
}

fn event(value: Value) -> RunEvent {
    serde_json::from_value(value).unwrap()
}

fn trial(at: usize, (passed, said, latency, cost): &Came) -> RunEvent {
    let case = at / ARMS;
    let mut seen = Vec::new();
    let scores: Vec<Value> = said
        .iter()
        .filter(|(name, ..)| {
            let new = !seen.contains(name);
            seen.push(*name);
            new
        })
        .map(|(name, counted, critical, passed)| {
            json!({
                "name": NAMES[*name], "type": "contains", "weight": u8::from(*counted), "critical": critical,
                "status": if passed.is_some() { "scored" } else { "error" },
                "passed": passed, "score": passed.map(f64::from), "reason": format!("because of {at}"),
            })
        })
        .collect();
    let error = json!({"class": "provider", "message": format!("fault {}", at % 3)});
    event(json!({
        "type": "trial", "suite": 0, "arm": at % ARMS, "case": case, "repeat": 0, "id": format!("case-{case}"),
        "tags": [format!("tag-{}", case % 2)], "passed": passed, "score": passed.map(f64::from),
        "error": if passed.is_none() { error } else { Value::Null },
        "output": passed.map(|_| format!("output of {at}")), "source": "live", "latency_ms": latency, "cost_usd": cost,
        "scores": scores,
        "spend": {"calls": 1, "saved": 0, "paid_usd": cost.unwrap_or_default(), "judge_cost_usd": cost},
    }))
}

fn plan(cases: usize) -> RunEvent {
    let arm = |number: &str, role: &str, baseline: Value| {
        json!({
            "version": {"family": "greeter", "version": number}, "sha256": "00", "status": "testing",
            "model": "openai/gpt-6-luna", "role": role, "baseline": baseline,
        })
    };
    event(json!({
        "type": "plan", "journal": 1, "prices_date": "2026-01-01",
        "run": {"id": "run", "started_at": "2026-01-01T00:00:00Z", "responses": "live", "seed": 0, "prompteval": "0"},
        "suites": [{
            "name": "greet", "sha256": "00", "family": "greeter", "selected": cases, "repeats": 1,
            "dataset": {"path": "datasets/greet.jsonl", "sha256": "00", "cases": cases},
            "gates": [
                {"metric": "pass_rate", "condition": {"kind": "range", "min": 0.5}},
                {"metric": "cost_usd", "condition": {"kind": "range", "max": 10.0}},
                {"metric": "pass_rate", "condition": {"kind": "baseline", "margin": 0.1}},
            ],
            "looks": [{"repeats": 1, "alpha": 0.05}], "on_inconclusive": "lean",
            "arms": [arm("1.1.0", "candidate", json!({"arm": 1})), arm("1.0.0", "baseline", json!("unused"))],
        }],
    }))
}

/// Writes a journal as a run does; the record that was folded meanwhile.
fn journal(dir: &Path, trials: &[RunEvent]) -> RunRecord {
    let end =
        event(json!({"type": "end", "status": "complete", "finished_at": "2026-01-01T00:00:01Z"}));
    let mut journal = Journal::create(dir).unwrap();
    let mut fold = Fold::default();
    let events = std::iter::once(plan(trials.len().div_ceil(ARMS)));
    for event in events.chain(trials.iter().cloned()).chain([end]) {
        let at = journal.append(&event).unwrap();
        fold.apply(&event, at);
    }
    journal.finish().unwrap();
    fold.finish().unwrap()
}

fn placeless(trial: TrialOutcome<'_>) -> TrialOutcome<'_> {
    TrialOutcome {
        at: JournalOffset::default(),
        ..trial
    }
}

fn is_decided(event: &RunEvent) -> bool {
    matches!(event, RunEvent::Trial(trial) if trial.passed.is_some())
}

/// The trial as it stands in the journal when its provider was down.
fn in_error(event: RunEvent) -> RunEvent {
    let RunEvent::Trial(mut trial) = event else {
        return event;
    };
    trial.passed = None;
    trial.score = None;
    trial.output = None;
    trial.scores = Vec::new();
    trial.answer = AnswerFacts::default();
    trial.error = Some(TrialError {
        class: ErrorClass::Provider,
        message: "down".into(),
    });
    RunEvent::Trial(trial)
}

/// Whether two records are the same but for where their lines stand in the journal.
fn same_but_places(mut a: RunRecord, mut b: RunRecord) -> bool {
    let trials = |record: &mut RunRecord| -> Vec<TrialTable> {
        let arms = record.suites.iter_mut().flat_map(|suite| &mut suite.arms);
        arms.map(|arm| std::mem::take(&mut arm.trials)).collect()
    };
    let (of_a, of_b) = (trials(&mut a), trials(&mut b));
    let same =
        |(a, b): (&TrialTable, &TrialTable)| a.iter().map(placeless).eq(b.iter().map(placeless));
    a == b && of_a.len() == of_b.len() && of_a.iter().zip(&of_b).all(same)
}

/// Every report of a journal, and its verdict.
fn reports(dir: &Path) -> Vec<String> {
    let finished = prompteval::evidence::replay(&dir.join("journal.jsonl"))
        .unwrap()
        .unwrap();
    let view = report::View::of(&finished.record, &finished.verdict, &finished.journal);
    let written = report::REPORTERS.iter().map(|reporter| {
        let mut bytes = Vec::new();
        (reporter.write)(&view, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    });
    written.chain([format!("{:?}", finished.verdict)]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_live_record_is_that_of_the_journal((trials, _) in runs()) {
        let dir = tempfile::tempdir().unwrap();
        let live = journal(dir.path(), &trials);
        let read = prompteval::evidence::replay(&dir.path().join("journal.jsonl")).unwrap().unwrap();
        prop_assert_eq!(read.record, live);
    }

    #[test]
    fn the_order_in_which_trials_end_shows_nowhere((trials, shuffled) in runs()) {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let records = (journal(one.path(), &trials), journal(other.path(), &shuffled));
        prop_assert!(same_but_places(records.0, records.1));
        prop_assert_eq!(reports(one.path()), reports(other.path()));
    }

    #[test]
    fn a_decided_trial_that_stands_in_the_journal_twice_counts_once((trials, _) in runs()) {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let decided = trials.iter().filter(|event| is_decided(event));
        let twice: Vec<RunEvent> = trials.iter().chain(decided).cloned().collect();
        let once = journal(one.path(), &trials);
        let mut doubled = journal(other.path(), &twice);
        doubled.header = once.header.clone();
        prop_assert!(same_but_places(once, doubled));
    }

    #[test]
    fn what_a_resumed_run_got_takes_the_place_of_an_error((trials, _) in runs()) {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let failed = trials.iter().cloned().map(in_error);
        let retried: Vec<RunEvent> = failed.chain(trials.iter().cloned()).collect();
        let once = journal(one.path(), &trials);
        let mut retried = journal(other.path(), &retried);
        retried.header = once.header.clone();
        // Both attempts were made, so both count in what was called and paid; all else is that of the second.
        let arms = once.suites.iter().flat_map(|suite| &suite.arms);
        for (own, before) in retried.suites.iter_mut().flat_map(|suite| &mut suite.arms).zip(arms) {
            prop_assert_eq!(own.spend.calls, 2 * before.spend.calls);
            own.spend = before.spend;
        }
        prop_assert!(same_but_places(once, retried));
    }
}
