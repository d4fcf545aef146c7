//! `plan`: what a suite can find out and what it costs, before anything is paid.

use serde_json::json;

use super::project::{Limits, Place};
use crate::cli::Exit;
use crate::cli::args::{Format, Global, PlanArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::gate::power::GatePower;
use crate::model::looks::PROOF_REPEATS;
use crate::pipeline::{self, Forecast};

pub(in crate::cli) fn plan(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let (prepared, client) = place.prepare(&args.select, Limits::default(), None, ui)?;
    let forecast = pipeline::forecast(&prepared, &client);
    let suites: Vec<_> = prepared
        .plan
        .suites
        .iter()
        .map(|suite| {
            let most = suite.most_repeats();
            let gates = prepared.power(suite);
            let proof = suite
                .proof_cases
                .map(|cases| proof(cases, suite.cases.len()));
            (
                suite.suite.name.clone(),
                suite.cases.len(),
                most,
                gates,
                proof,
            )
        })
        .collect();
    match args.format {
        Format::Human => {
            for (name, cases, most, gates, proof) in &suites {
                let asked = match most {
                    1 => "asked once".to_owned(),
                    most => format!("asked up to {most} times while a gate is open"),
                };
                ui.print(&format!("{name}: {}, {asked}\n", counted(*cases, "case")));
                if let Some(proof) = proof {
                    ui.print(&format!("  {proof}\n"));
                }
                if gates.is_empty() && proof.is_none() {
                    ui.print("  no gate decides on evidence: `target` or `baseline: true` would\n");
                }
                for gate in gates {
                    ui.print(&format!("  {}: {}\n", gate.rule, gate.describe()));
                }
            }
            ui.print(&costs(&forecast, client.prices_date()));
        }
        Format::Json => {
            let suites: Vec<_> = suites
                .iter()
                .map(|(name, cases, most, gates, _)| {
                    json!({"name": name, "cases": cases, "repeats_at_most": most,
                        "gates": gates.iter().map(machine).collect::<Vec<_>>()})
                })
                .collect();
            let text = whole(&suites, &forecast);
            ui.print(&format!("{text:#}\n"));
        }
    }
    Ok(Exit::Pass)
}

/// All of it, as programs read it.
fn whole(suites: &[serde_json::Value], forecast: &Forecast) -> serde_json::Value {
    json!({
        "suites": suites,
        "calls": {"prompts": forecast.prompt_calls, "judges": forecast.judge_calls},
        "saved": forecast.saved,
        "cost_usd_at_most": forecast.paid().known(),
        "unpriced": forecast.unpriced,
        "unbounded": forecast.unbounded,
    })
}

/// What the proof of broken cases takes at most.
fn proof(most: u32, cases: usize) -> String {
    format!(
        "broken: what goes from pass to fail is asked again, {} times on both versions; at most {}",
        PROOF_REPEATS.len(),
        counted(cases.min(most as usize), "case")
    )
}

fn costs(forecast: &Forecast, prices: &str) -> String {
    format!(
        "calls of the first look: {} of prompts and {} of judges ({} responses are there already); cost: {} (prices of {prices})\n",
        forecast.prompt_calls,
        forecast.judge_calls,
        forecast.saved,
        forecast.paid().at_most(|usd| format!("about ${usd:.4}"))
    )
}

/// One gate, as `plan` and `check` show it to programs.
pub(super) fn machine(gate: &GatePower) -> serde_json::Value {
    json!({
        "gate": gate.rule.to_string(),
        "cases": gate.units,
        "can_pass": gate.can_pass,
        "blocks_good": gate.errors.map(|errors| errors.blocks_at_target),
        "passes_bad": gate.errors.map(|errors| errors.passes_at_floor),
        "smallest_detectable_drop": gate.detectable,
        "chance_inconclusive": gate.inconclusive,
    })
}
