//! A budget: no run pays more, none gives up while what is in flight may still fit, and what cannot be bounded is refused.

use std::time::Duration;

use crate::fake_provider::{FakeProvider, Fault, Reply, Script};
use crate::project::Project;

/// Longer than the 100 tokens that the fake provider says a prompt took, as every text is.
const LONG: &str = "Greet {{ name }} in the words of the house: kindly, briefly, without any promise, and never more than once a day, please.";

fn project(fake: &FakeProvider, cases: usize) -> Project {
    let project = Project::greeting(cases).at(fake);
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", LONG);
    project.bounded("greeter", "1.0.0");
    project
}

#[test]
fn a_run_pays_up_to_its_budget_and_never_more() {
    let fake = FakeProvider::start(Script::answering(|_| {
        Reply::text("hello").after(Duration::from_millis(5))
    }));
    let project = project(&fake, 200);
    for concurrency in ["1", "16", "64"] {
        let before = fake.count();
        let evaluation = project
            .evaluate(&[
                "--responses",
                "live",
                "--concurrency",
                concurrency,
                "--max-cost",
                "0.002",
            ])
            .exits(3);
        let paid = evaluation.report["run"]["paid_usd"].as_f64().unwrap();
        assert!(paid <= 0.002, "{paid} at {concurrency}");
        // An answer costs $0.00002, and one may cost little more: what is left is less than one.
        assert!(paid > 0.00195, "{paid} at {concurrency}");
        assert_eq!(fake.count() - before, (paid / 2e-5).round() as usize);
    }
}

#[test]
fn what_a_call_may_cost_has_to_be_known() {
    let fake = FakeProvider::saying("hello");
    let project = project(&fake, 3);
    let run = ["run", "--max-cost", "1"];
    let text = project.read("prompts/greeter/1.0.0.yaml");
    let path = "prompts/greeter/1.0.0.yaml";
    // The fallback may be the one that answers.
    project.file(path, &format!("{text}fallback: [openai/house-model]\n"));
    let _ = project
        .run(&run)
        .exits(2)
        .says(&["the price of openai/house-model is unknown", "prices:"]);
    // A price, and nothing that bounds the answer.
    let priced = "version: 1\nprices: {openai/house-model: {input: 1, output: 2}}\n";
    project.file("prompteval.yaml", priced);
    let unbounded = text.replace("openai/gpt-6-luna", "openai/house-model");
    let unbounded = unbounded.replace("params: {max_tokens: 20}\n", "");
    project.file(path, &unbounded);
    let _ = project.run(&run).exits(2).says(&[
        "nothing bounds the length of an answer of openai/house-model",
        "max_tokens",
    ]);
    let _ = project
        .run(&["check"])
        .exits(0)
        .says(&["nothing bounds the length of an answer of openai/house-model: write `params:"]);
    assert_eq!(fake.count(), 0);
    // One that costs nothing may be as long as it likes.
    project.file("prompteval.yaml", &priced.replace("output: 2", "output: 0"));
    let _ = project.run(&run).exits(0);
    // What the model gives at most bounds one that is known.
    project.file(
        path,
        &unbounded.replace("openai/house-model", "openai/gpt-6-luna"),
    );
    let _ = project
        .run(&["run", "--responses", "live", "--max-cost", "0.001"])
        .exits(3)
        .says(&["the next call may cost $0."]);
    let _ = project
        .run(&["run", "--responses", "live", "--max-cost", "1"])
        .exits(0);
}

#[test]
fn a_call_that_is_lost_may_have_been_paid_for() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        if seen.number.is_multiple_of(2) {
            Reply::Fault(Fault::Reset)
        } else {
            Reply::text("hello").after(Duration::from_millis(5))
        }
    }));
    let project = project(&fake, 200);
    let args = ["--responses", "live", "--concurrency", "8"];
    let evaluation = project.evaluate(&[&args[..], &["--max-cost", "0.002"]].concat());
    let paid = evaluation.report["run"]["paid_usd"].as_f64().unwrap();
    // An answer costs $0.00002: whatever became of the others, so many are all that the budget can pay.
    assert!(fake.count() <= 100, "{} were asked", fake.count());
    assert!(paid > 0.0005, "{paid}");
    let _ = evaluation.exits(3);
}

#[test]
fn a_resumed_run_keeps_its_budget_and_counts_what_was_paid_before() {
    let fake = FakeProvider::saying("hello");
    let project = project(&fake, 40);
    let one_by_one = ["--concurrency", "1"];
    let first = project.evaluate(&[&one_by_one[..], &["--max-cost", "0.0003"]].concat());
    let paid = first.report["run"]["paid_usd"].as_f64().unwrap();
    let made = fake.count();
    assert!(paid > 0.0002 && made < 20, "{paid} {made}");
    let _ = first.exits(3);
    // Neither what it was given nor what it is told now is paid twice.
    for budget in [&[][..], &["--max-cost", "0.0003"]] {
        let more = project.evaluate(&[&["--resume"], &one_by_one[..], budget].concat());
        let _ = more.exits(3).says(&["the budget of $0.0003 is used up"]);
        assert_eq!(fake.count(), made);
    }
    // Another budget is of the whole run.
    let more = ["--resume", "--concurrency", "1", "--max-cost", "0.0006"];
    let evaluation = project.evaluate(&more);
    let paid = evaluation.report["run"]["paid_usd"].as_f64().unwrap();
    assert!(paid > 0.0005 && paid <= 0.0006, "{paid}");
    let _ = evaluation.exits(3);
    let _ = project
        .run(&["run", "--resume", "--max-cost", "1"])
        .exits(0);
    assert_eq!(fake.count(), 40);
}
