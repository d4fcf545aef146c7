//! `check`: the whole project, offline, and what a run would take.

use serde_json::json;

use super::project::{Limits, Place};
use crate::cli::Exit;
use crate::cli::args::{CheckArgs, Format, Global};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::pipeline::{self, Forecast};
use crate::plan::Plan;
use crate::registry;

pub(in crate::cli) fn check(global: &Global, args: &CheckArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let (mut prepared, client) = place.prepare(&args.select, Limits::default(), None, ui)?;
    pipeline::settle_looks(&mut prepared, &client);
    let forecast = pipeline::forecast(&prepared, &client);
    let further = pipeline::forecast_repeats(&prepared, &client);
    let evidence = pipeline::evidence::unreadable(&place.root, &prepared.registry);
    if evidence.any_error() {
        return Err(CliError::problems(evidence));
    }
    ui.problems(&registry::same_texts(&prepared.registry));
    let text = match args.format {
        Format::Human => human(&prepared.plan, &forecast, &further, client.prices_date()),
        Format::Json => format!("{:#}\n", machine(&prepared.plan, &forecast, &further)),
    };
    ui.print(&text);
    Ok(Exit::Pass)
}

fn human(plan: &Plan, forecast: &Forecast, further: &Forecast, prices: &str) -> String {
    let mut lines = Vec::new();
    for suite in &plan.suites {
        let arms: Vec<String> = suite
            .arms
            .iter()
            .map(|arm| format!("{} on {}", arm.version.id, arm.target.name))
            .collect();
        lines.push(format!(
            "{}: {}, {}, {}",
            suite.suite.name,
            counted(suite.cases.len(), "case"),
            counted(suite.gates.len(), "gate"),
            arms.join("; ")
        ));
    }
    lines.push(format!(
        "a run takes {}: {} ({} of prompts, {} of judges), {} there already",
        counted(forecast.trials, "trial"),
        counted(forecast.calls(), "call"),
        forecast.prompt_calls,
        forecast.judge_calls,
        counted(forecast.saved, "response")
    ));
    lines.push(format!(
        "cost: at most about ${:.4}, if every answer is as long as allowed (prices of {prices})",
        forecast.cost_usd
    ));
    if further.trials > 0 {
        lines.push(format!(
            "further answers, while a gate is open or to prove a case broken: at most {} calls, about ${:.4} more (`--no-escalate` adds no repeats)",
            further.calls(),
            further.cost_usd
        ));
    }
    if !forecast.unpriced.is_empty() {
        let names: Vec<&str> = forecast.unpriced.iter().map(String::as_str).collect();
        lines.push(format!(
            "without the calls to {}, whose price is unknown: set it under `prices:` in prompteval.yaml",
            names.join(", ")
        ));
    }
    for key in &forecast.missing_keys {
        lines.push(format!(
            "a run needs {}, which is not set (provider {})",
            key.variable, key.provider
        ));
    }
    lines.push("ok".to_owned());
    lines.join("\n") + "\n"
}

fn machine(plan: &Plan, forecast: &Forecast, further: &Forecast) -> serde_json::Value {
    let suites: Vec<_> = plan
        .suites
        .iter()
        .map(|suite| {
            json!({
                "name": suite.suite.name,
                "cases": suite.cases.len(),
                "gates": suite.gates.len(),
                "arms": suite.arms.iter().map(|arm| json!({
                    "version": arm.version.id.to_string(),
                    "model": arm.target.name.to_string(),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "suites": suites,
        "trials": forecast.trials,
        "calls": {"prompts": forecast.prompt_calls, "judges": forecast.judge_calls},
        "saved": forecast.saved,
        "cost_usd_at_most": forecast.cost_usd,
        "repeats_at_most": {
            "trials": further.trials,
            "calls": further.calls(),
            "cost_usd": further.cost_usd,
        },
        "unpriced": forecast.unpriced,
        "missing_keys": forecast.missing_keys.iter().map(|key| &key.variable).collect::<Vec<_>>(),
    })
}
