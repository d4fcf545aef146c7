//! `plan`: what a suite can find out and what it costs, before anything is paid.

use serde_json::json;

use super::output::style;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, PlanArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::gate::power::GatePower;
use crate::model::looks::PROOF_REPEATS;
use crate::pipeline::{self, Forecast, Ready};
use crate::report::terminal::sheet::Sheet;

pub(in crate::cli) fn plan(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let (checked, client) = place.outlook(&args.select, ui)?;
    let ready = Ready::planned(checked);
    let forecast = pipeline::forecast(&ready, &client);
    let suites: Vec<_> = ready
        .plan
        .suites
        .iter()
        .map(|suite| {
            let most = suite.most_repeats();
            let gates = ready.power(suite);
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
            let mut sheet = Sheet::new(style(ui));
            for (name, cases, most, gates, proof) in &suites {
                let asked = match most {
                    1 => "asked once".to_owned(),
                    most => format!("asked up to {most} times while a gate is open"),
                };
                let text = format!("{}, {asked}", counted(*cases, "case"));
                sheet.paragraph(&format!("{name}: "), 2, &text);
                if let Some(proof) = proof {
                    sheet.paragraph("  ", 4, proof);
                }
                if gates.is_empty() && proof.is_none() {
                    let text = "no gate decides on evidence: `target` or `baseline: true` would";
                    sheet.paragraph("  ", 4, text);
                }
                for gate in gates {
                    sheet.paragraph(&format!("  {}: ", gate.rule), 4, &gate.describe());
                }
            }
            costs(&mut sheet, &forecast, client.prices_date());
            ui.print(&sheet.text());
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

fn costs(sheet: &mut Sheet, forecast: &Forecast, prices: &str) {
    let calls = format!(
        "{} of prompts and {} of judges ({} responses are there already)",
        forecast.prompt_calls, forecast.judge_calls, forecast.saved,
    );
    sheet.paragraph("calls of the first look: ", 2, &calls);
    let cost = forecast.paid().at_most(|usd| format!("about ${usd:.4}"));
    sheet.paragraph("cost: ", 2, &format!("{cost} (prices of {prices})"));
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
