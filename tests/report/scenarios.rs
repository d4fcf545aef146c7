//! The runs whose reports are committed: one for each way that a run can come out, and those that try a reader's patience.

use prompteval::model::event::{ArmRole, BaselineLink, EndStatus};
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::trial::ScoreStatus;
use prompteval::model::verdict::{
    CandidateVerdict, CountedCases, Decision, GateResult, GateVerdict, Verdict,
};
use prompteval::model::{ErrorClass, Source, Status};

use crate::fixture::{Run, Trial, arm, decided, min_gate, verdict};

/// A run and its verdict.
pub(crate) type Scenario = (Run, Verdict);

/// Every scenario by name.
pub(crate) fn all() -> Vec<(&'static str, Scenario)> {
    vec![
        ("pass", pass()),
        ("blocked", blocked()),
        ("undecided", undecided()),
        ("interrupted", interrupted()),
        ("hostile", hostile()),
        ("models", models()),
        ("repeats", repeats()),
        ("empty", empty()),
    ]
}

/// Everything passes; one fault and one failed evaluator are tolerated.
pub(crate) fn pass() -> Scenario {
    let mut run = Run::new(3, 1);
    for side in [0, 1] {
        run.add(
            Trial::new(side, 0, "refund-late", "Hello, I am sorry to hear that.")
                .score("greeting", "icontains-any", true, "found \"hello\"")
                .source(Source::Recording)
                .tags(&["refund"]),
        );
        run.add(
            Trial::new(side, 1, "password", "Please use the link.")
                .score("greeting", "icontains-any", false, "found none of 3 texts")
                .unscored(
                    "helpful",
                    "llm-rubric",
                    ScoreStatus::Skipped,
                    "`when` does not hold",
                ),
        );
    }
    let fault = "openai answered 503: overloaded";
    run.add(Trial::faulty(0, 2, "slow", ErrorClass::Provider, fault));
    run.add(Trial::new(1, 2, "slow", "Hello!").score("greeting", "icontains-any", true, "found"));
    let mut gate = min_gate("pass_rate", 0.5, 0.5, GateVerdict::Pass);
    gate.reason = "1 of 2 cases pass".into();
    let compared = GateResult {
        rule: GateRule {
            metric: "pass_rate".into(),
            tag: Some("refund".into()),
            condition: Condition::Baseline { margin: 0.05 },
        },
        baseline: Some(1.0),
        ..min_gate("pass_rate", 0.0, 1.0, GateVerdict::Pass)
    };
    (run, verdict(vec![decided(0, vec![gate, compared])]))
}

/// One case is newly broken and another was broken before; only what the failing gates count is a failure.
pub(crate) fn blocked() -> Scenario {
    let mut run = Run::new(3, 1);
    let words = "I am sorry that your order is late, and";
    let old = format!("{words} I can look into it for you today.");
    let new = format!("{words} we will refund it for you today.");
    run.add(
        Trial::new(0, 0, "refund-late", &new)
            .score("greeting", "icontains-any", true, "found \"sorry\"")
            .score(
                "refund-promise",
                "not-regex",
                false,
                "found \"we will refund\" at 40",
            )
            .tags(&["refund", "angry"]),
    );
    run.add(Trial::new(1, 0, "refund-late", &old).score(
        "greeting",
        "icontains-any",
        true,
        "found",
    ));
    for side in [0, 1] {
        run.add(
            Trial::new(side, 1, "where-is-it", "On its way.\nTomorrow it is there.")
                .score("greeting", "icontains-any", false, "found none of 3 texts")
                .score("refund-promise", "not-regex", true, "does not match"),
        );
    }
    let refused = "openai refused the request: content_filter";
    let mut filtered = Trial::faulty(0, 2, "angry-customer", ErrorClass::Content, refused);
    filtered.record.passed = Some(false);
    run.add(filtered);
    run.add(Trial::new(1, 2, "angry-customer", "Hello.").score(
        "greeting",
        "icontains-any",
        true,
        "found",
    ));
    let promise = GateResult {
        counted: CountedCases::Metric("refund-promise".into(), vec![0]),
        ..min_gate("refund-promise.pass_rate", 1.0, 0.5, GateVerdict::Fail)
    };
    let compared = GateResult {
        rule: GateRule {
            metric: "pass_rate".into(),
            tag: None,
            condition: Condition::Baseline { margin: 0.05 },
        },
        baseline: Some(2.0 / 3.0),
        reason: "0 against 0.6667: 0 cases better, 2 worse, of 3".into(),
        counted: CountedCases::Whole(vec![0, 2]),
        ..min_gate("pass_rate", 0.0, 0.0, GateVerdict::Fail)
    };
    let cheap = min_gate("cost_usd", 0.0, 0.0008, GateVerdict::Pass);
    (
        run,
        verdict(vec![decided(0, vec![promise, compared, cheap])]),
    )
}

/// A candidate of which nothing could be decided, in all of its gates for the same reason.
fn stuck(problem: &str) -> CandidateVerdict {
    let gate = GateResult {
        measured: None,
        reason: problem.into(),
        ..min_gate("pass_rate", 0.9, 0.0, GateVerdict::Error)
    };
    CandidateVerdict {
        problem: Some(problem.into()),
        ..decided(0, vec![gate])
    }
}

/// A dead provider: nothing could be measured.
pub(crate) fn undecided() -> Scenario {
    let mut run = Run::new(2, 1);
    for side in [0, 1] {
        for (case, id) in [(0, "first"), (1, "second")] {
            let fault = "openai answered 401: the key is wrong (OPENAI_API_KEY)";
            run.add(Trial::faulty(side, case, id, ErrorClass::Auth, fault));
        }
    }
    let candidate = stuck("2 of 2 cases are in error, more than 2 %");
    (run, verdict(vec![candidate]))
}

/// A signal after the first of four cases.
pub(crate) fn interrupted() -> Scenario {
    let mut run = Run::new(4, 1);
    run.add(Trial::new(0, 0, "first", "Hello.").score("greeting", "icontains-any", true, "found"));
    run.header.run.partial = vec!["--limit 4".into()];
    let end = run.end.as_mut().unwrap();
    end.status = EndStatus::Interrupted;
    end.reason = Some("interrupted by SIGINT".into());
    let candidate = stuck("the run did not finish");
    let verdict = Verdict {
        decision: Decision::Interrupted,
        problem: Some("interrupted by SIGINT".into()),
        ..verdict(vec![candidate])
    };
    (run, verdict)
}

/// Ids, reasons and outputs that try to break out of every report.
pub(crate) fn hostile() -> Scenario {
    let mut run = Run::new(3, 1);
    run.header.suites[0].description = Some("::error::described\u{1b}]0;title\u{7}".into());
    let output = "::error file=a.rs::owned\n  ::add-mask::x\u{0}\u{1b}[31mred\u{1b}[0m ]]> <b>&amp; \
                  \u{1f600}\u{fffe}\u{ffff} ##[error]no ##vso[task.complete result=Failed] \u{202e}abc\r\n\tend\r";
    run.add(Trial::new(0, 0, "::error::id]]>\u{0}", output).score(
        "a\"b<c>",
        "contains",
        false,
        "::warning::reason\nsecond line ]]>",
    ));
    run.add(
        Trial::new(1, 0, "::error::id]]>\u{0}", "before").score("a\"b<c>", "contains", true, ""),
    );
    // Two ids that differ only by a character that XML cannot hold, and one that looks like another's testcase.
    for (case, id) in [(1, "twin\u{1}"), (2, "twin\\u{1}")] {
        let long = format!("{}日本語 {}", "word ".repeat(700), "x".repeat(300));
        run.add(Trial::new(0, case, id, &long).score("a / b", "contains", false, &long));
    }
    let gate = GateResult {
        reason: "::error::gate\n::error::second".into(),
        counted: CountedCases::Whole(vec![0, 1, 2]),
        ..min_gate("pass_rate", 0.9, 0.0, GateVerdict::Fail)
    };
    (run, verdict(vec![decided(0, vec![gate.clone(), gate])]))
}

/// One version on two models, the second of which was cut short without any fault of its own.
pub(crate) fn models() -> Scenario {
    let mut run = Run::new(1, 1);
    run.header.suites[0].arms.pop();
    run.header.suites[0].arms[0].baseline = BaselineLink::NoneYet;
    let mut second = arm("1.2.0", Status::Testing, ArmRole::Candidate);
    second.model = "anthropic/claude-haiku-5-5".parse().unwrap();
    run.header.suites[0].arms.push(second);
    run.add(Trial::new(0, 0, "first", "Hello.").score("greeting", "icontains-any", true, "found"));
    let mut cached = Trial::new(1, 0, "first", "Hi.").source(Source::Cache);
    cached.record.answer.resolved_model = Some("claude-haiku-5-5".into());
    cached.record.answer.fallback = Some("openai/gpt-6-luna".parse().unwrap());
    run.add(cached.score("greeting", "icontains-any", true, "found"));
    let gate = min_gate("pass_rate", 0.9, 1.0, GateVerdict::Pass);
    let first = decided(
        0,
        vec![GateResult {
            reason: "no baseline yet".into(),
            ..gate
        }],
    );
    // No gate and no case shows why: the report has to say it all the same.
    let second = CandidateVerdict {
        decision: Decision::Error,
        problem: Some("1 of 1 cases of the baseline are in error, more than 2 %".into()),
        ..decided(1, vec![])
    };
    (run, verdict(vec![first, second]))
}

/// Three repeats a case: some pass, one cannot be judged, one misses a threshold that no evaluator explains.
pub(crate) fn repeats() -> Scenario {
    let mut run = Run::new(3, 3);
    for repeat in 0..3 {
        let passes = repeat != 1;
        run.add(
            Trial::new(0, 0, "flaky", &format!("answer {repeat}"))
                .score("greeting", "icontains-any", passes, "found none of 3 texts")
                .repeat(repeat),
        );
        let judged = Trial::new(0, 1, "unjudged", "Hello.");
        run.add(
            match repeat {
                2 => judged.unscored(
                    "helpful",
                    "llm-rubric",
                    ScoreStatus::Error,
                    "the judge answered {}",
                ),
                _ => judged.score("helpful", "llm-rubric", true, "kind"),
            }
            .repeat(repeat),
        );
        let mut low =
            Trial::new(0, 2, "threshold", "Hm.").score("helpful", "llm-rubric", true, "so so");
        low.record.passed = Some(false);
        low.record.score = Some(0.4);
        run.add(low.repeat(repeat));
        run.add(Trial::new(1, 0, "flaky", "answer").repeat(repeat));
    }
    let gate = GateResult {
        counted: CountedCases::Whole(vec![0, 2]),
        ..min_gate("pass_rate", 0.9, 1.0 / 3.0, GateVerdict::Fail)
    };
    (run, verdict(vec![decided(0, vec![gate])]))
}

/// Nothing was affected by a change: no suite at all.
pub(crate) fn empty() -> Scenario {
    let mut run = Run::new(0, 1);
    run.header.suites.clear();
    let verdict = Verdict {
        decision: Decision::Pass,
        suites: vec![],
        problem: None,
    };
    (run, verdict)
}
