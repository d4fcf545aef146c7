//! The pages that a browser opens in `.ci/check-html`: written here, so that they are those of this very build.

use std::fs;
use std::path::PathBuf;

use prompteval::model::event::{ArmHeader, ArmRole, BaselineLink, SuiteHeader};
use prompteval::model::verdict::{
    Bounds, Changes, Decision, Fresh, GateVerdict, ProvenCase, Verdict,
};
use prompteval::model::{Message, Role, Status};
use prompteval::report::comparison::compare;
use prompteval::report::html::overview::Line;
use prompteval::report::html::{comparison, overview};
use prompteval::report::json;
use prompteval::report::trend::{Point, Trend};
use prompteval::report::{Asked, REPORTERS, View};
use serde_json::json as value;

use crate::fixture::{Run, Trial, arm, decided, min_gate, verdict};
use crate::scenarios;

/// Cases of the largest page.
const MANY: u32 = 10_000;

/// The report of a view, with what was sent.
pub(crate) fn page(view: &View<'_>) -> String {
    let asked = |_: &SuiteHeader, arm: &ArmHeader, case: u32| {
        let query = format!("Where is my order {case}? <script>alert(1)</script>");
        let system = format!(
            "You are kind, as {} says.\nNever promise a refund.",
            arm.version
        );
        let account = value!({"plan": "premium", "orders": [case, 2]});
        Some(Asked {
            vars: vec![("query".to_owned(), query.clone().into())],
            others: vec![("account".to_owned(), account)],
            messages: vec![
                Message {
                    role: Role::System,
                    content: system,
                },
                Message {
                    role: Role::User,
                    content: query,
                },
            ],
        })
    };
    let trends = [trend()];
    let view = View {
        inputs: Some(&asked),
        trends: &trends,
        ..*view
    };
    let mut bytes = Vec::new();
    let entry = REPORTERS.iter().find(|entry| entry.name == "html").unwrap();
    (entry.write)(&view, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The suite over eight runs of two versions.
fn trend() -> Trend {
    let point = |run: u32| {
        let rate = 0.82 + f64::from(run * 7 % 5) * 0.03;
        Point {
            run: format!("2026111{run}-090000-c3d4"),
            started_at: format!("2026-11-1{run}T09:00:00Z"),
            version: format!("customer-support@1.{}.0", run / 4),
            model: "openai/gpt-6-luna".into(),
            kept: run > 1,
            passed: (rate * 200.0) as usize,
            decided: 200,
            rate: Some(rate),
            bounds: Some((rate - 0.06, rate + 0.04)),
            latency_ms: Some(700.0 + f64::from(run * 53 % 190)),
            cost_usd: Some(0.08 + f64::from(run) * 0.001),
        }
    };
    Trend {
        suite: "support".into(),
        points: (0..8).map(point).collect(),
        left_out: 1,
    }
}

const ANSWERS: [&str; 4] = [
    "I am sorry that your order is late. I have asked the carrier, and it will be with you tomorrow before noon.",
    "Thank you for waiting. Your parcel left our warehouse on Monday; you can follow it with the link in your mail.",
    "Hello, and thanks for asking. The size chart is on the product's page, below the pictures.",
    "Your refund was approved today. It takes three to five working days until your bank shows it.",
];

/// A case of the large run: now and then the first candidate promises a refund, and the second one is not kind.
fn answered(side: u32, case: u32) -> Trial {
    let place = case as usize % ANSWERS.len();
    let broken = side == 0 && case % 97 == 3;
    let kind = !(side == 2 && case % 211 == 5);
    let (more, promise) = if broken {
        (" We will refund it.", "found \"We will refund\"")
    } else {
        ("", "does not match")
    };
    let said = if kind {
        "kind and to the point"
    } else {
        "the answer does not greet the customer, and offers nothing"
    };
    let output = format!("{}{more}", ANSWERS[place]);
    let mut trial = Trial::new(side, case, &format!("order-{case:05}"), &output);
    let latency = 600.0 + f64::from((case * 37 + side * 11) % 900);
    trial.record.answer.latency_ms = Some(latency);
    trial
        .score("refund-promise", "not-regex", !broken, promise)
        .score("helpful", "llm-rubric", kind, said)
        .score("length", "word-count", true, "24 words")
        .tags(&[["delivery", "tracking", "sizes", "refund"][place]])
}

/// Two candidates on ten thousand cases: what a large run looks like.
fn many() -> (Run, Verdict) {
    let mut run = Run::new(MANY, 1);
    let mut second = arm("1.3.0", Status::Canary, ArmRole::Candidate);
    second.baseline = BaselineLink::Arm(1);
    second.model = "anthropic/claude-haiku-5-5".parse().unwrap();
    run.header.suites[0].arms.push(second);
    for case in 0..MANY {
        for side in [0, 1, 2] {
            run.add(answered(side, case));
        }
    }
    let broken: Vec<u32> = (0..MANY).filter(|case| case % 97 == 3).collect();
    let unkind: Vec<u32> = (0..MANY).filter(|case| case % 211 == 5).collect();
    let mut promise = min_gate("refund-promise.pass_rate", 1.0, 0.9896, GateVerdict::Fail);
    promise.reason = format!("{} of 10,000 cases fail", broken.len());
    promise.interval = Some(Bounds {
        lower: 0.9874,
        upper: 0.9914,
        alpha: 0.05,
    });
    let fast = min_gate("latency_ms.p95", 0.0, 812.0, GateVerdict::Pass);
    let helpful = min_gate("helpful.pass_rate", 0.9, 0.9952, GateVerdict::Pass);
    let mut first = decided(0, vec![promise, fast.clone(), helpful.clone()]);
    first.changes = Changes {
        proven: vec![ProvenCase {
            case: 3,
            before: Fresh {
                passes: 6,
                answers: 6,
            },
            now: Fresh {
                passes: 0,
                answers: 6,
            },
        }],
        broken,
        ..Changes::default()
    };
    let mut second = decided(2, vec![fast, helpful]);
    second.changes.broken = unkind;
    (run, verdict(vec![first, second]))
}

/// The list of runs, as `view` serves it.
fn overview() -> Vec<u8> {
    let line = |run: u32| Line {
        run: format!("2026111{run}-090000-c3d4"),
        started_at: format!("2026-11-1{run}T09:00:00Z"),
        suites: vec![
            "support".into(),
            "a-suite-with-a-name-of-some-length".into(),
        ],
        versions: vec![format!("customer-support@1.{}.0", run / 4)],
        verdict: Some(if run.is_multiple_of(3) {
            Decision::Fail
        } else {
            Decision::Pass
        }),
        complete: run != 5,
    };
    let lines: Vec<Line> = (2..8).rev().map(line).collect();
    let mut page = Vec::new();
    overview::write(&lines, &[trend()], &mut page).unwrap();
    page
}

/// Two runs side by side, as `view` serves them.
fn two_runs() -> Vec<u8> {
    let report = |(run, verdict): (Run, Verdict)| {
        let bytes = run.view(&verdict, |view| {
            let mut bytes = Vec::new();
            (json::JSON.write)(view, &mut bytes).unwrap();
            bytes
        });
        json::read(bytes.as_slice()).unwrap()
    };
    let (mut better, verdict) = scenarios::blocked();
    for trial in better
        .trials
        .iter_mut()
        .filter(|trial| trial.trial.arm == 0)
    {
        trial.passed = Some(true);
        trial.output = Some("We looked into it for you today.".into());
    }
    let (old, new) = (report((better, verdict)), report(scenarios::blocked()));
    let mut page = Vec::new();
    comparison::write(&compare(&old, &new), &mut page).unwrap();
    page
}

#[test]
fn pages_are_written_for_the_browser() {
    // Where the browser finds them: `.ci/check-html` names the folder.
    let named = std::env::var_os("PROMPTEVAL_PAGES").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| [env!("CARGO_TARGET_TMPDIR"), "pages"].iter().collect());
    fs::create_dir_all(&folder).unwrap();
    let mut all = scenarios::all();
    all.push(("many", many()));
    for (name, (run, mut verdict)) in all {
        if name == "blocked" {
            verdict.suites[0].candidates[0].changes.broken = vec![0, 2];
        }
        let written = run.view(&verdict, page);
        assert!(written.len() < 24 << 20, "{name}: {} bytes", written.len());
        fs::write(folder.join(format!("{name}.html")), written).unwrap();
    }
    fs::write(folder.join("overview.html"), overview()).unwrap();
    let two = two_runs();
    assert!(String::from_utf8_lossy(&two).contains("Newly broken: 3 cases"));
    fs::write(folder.join("two-runs.html"), two).unwrap();
}
