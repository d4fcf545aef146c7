//! A suite run from another program: `cargo run --example embed -- PROJECT SUITE`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program reads its arguments and prints"
)]

use prompteval::model::verdict::Decision;
use prompteval::model::{Responses, RunSpec};
use prompteval::pipeline::{Event, Limits, Observer, Project, Run};

/// Counts what ends.
#[derive(Default)]
struct Count(usize);

impl Observer for Count {
    fn event(&mut self, event: &Event<'_>) {
        self.0 += event.trials().count();
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let project = Project::at(words.next().unwrap_or_else(|| ".".to_owned()));
    let spec = RunSpec {
        suites: words.collect(),
        responses: Responses::Replay,
        ..RunSpec::default()
    };
    let run =
        Run::open(&project, spec, Limits::default()).map_err(|refusal| refusal.to_string())?;
    let mut count = Count::default();
    let finished = run.execute(&mut count, std::future::pending()).await?;
    let decision = finished.verdict.decision;
    println!("{} trials: {decision:?}", count.0);
    if decision == Decision::Pass {
        Ok(())
    } else {
        Err("the run does not pass".into())
    }
}
