//! `check`: the whole project, offline, and what a run would take.

use serde_json::json;

use super::output::style;
use super::project::{Place, spec};
use super::{record, suggest};
use crate::call::Client;
use crate::cli::Exit;
use crate::cli::args::{CheckArgs, Format, Global};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::evidence::Tree;
use crate::gate::power::GatePower;
use crate::model::{Problem, Problems};
use crate::pipeline::{self, Forecast, NearDuplicateRows, Ready, RowName};
use crate::plan::{Plan, SuitePlan};
use crate::registry;
use crate::report::terminal::sheet::Sheet;

pub(in crate::cli) fn check(global: &Global, args: &CheckArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let (checked, client) = place.outlook(&args.select, ui)?;
    let ready = Ready::settled(checked, &client);
    let forecast = pipeline::forecast(&ready, &client);
    let further = pipeline::forecast_repeats(&ready, &client);
    let (tree, _) = Tree::of(&place.root, ready.registry.clone());
    let evidence = crate::evidence::wrong(&tree);
    if evidence.any_error() {
        return Err(CliError::problems(evidence));
    }
    ui.problems(&registry::same_texts(&ready.registry));
    let alike = pipeline::near_duplicates(&ready)
        .map_err(|error| CliError::system(format!("a dataset cannot be read: {error}")))?;
    if args.suggest_clusters {
        suggest::write(&place.root, &alike, ui)?;
        return Ok(Exit::Pass);
    }
    ui.problems(&suggest::warnings(&alike));
    let suites: Vec<SuiteOutlook> = (0..ready.plan.suites.len())
        .filter_map(|place| SuiteOutlook::of(&ready, &client, place))
        .collect();
    ui.problems(&unreliable(&ready.plan, &suites));
    // Where cases are left out, so is what asks for their recordings.
    let recorded = if spec(&args.select)?.filters() {
        Vec::new()
    } else {
        pipeline::recorded(&ready, &client).map_err(|error| CliError::system(error.to_string()))?
    };
    let text = match args.format {
        Format::Human => human(
            Sheet::new(style(ui)),
            &ready.plan,
            &suites,
            (&forecast, &further),
            (client.prices_date(), record::stale(&recorded)),
        ),
        Format::Json => {
            let mut value = machine(&ready.plan, &suites, (&forecast, &further), &alike);
            value["recordings"] = record::machine(&recorded).into();
            format!("{value:#}\n")
        }
    };
    ui.print(&text);
    Ok(Exit::Pass)
}

/// What a suite takes, and what its gates can find out.
struct SuiteOutlook {
    least: usize,
    most: usize,
    gates: Vec<GatePower>,
}

impl SuiteOutlook {
    fn of(ready: &Ready, client: &Client, place: usize) -> Option<Self> {
        let suite = ready.plan.suites.get(place)?;
        let (first, further) = pipeline::forecast_suite(ready, client, place);
        Some(Self {
            least: first.calls(),
            most: first.calls() + further.calls(),
            gates: ready.power(suite),
        })
    }
}

/// Gates that err so often at this size that their verdicts are worth little.
fn unreliable(plan: &Plan, suites: &[SuiteOutlook]) -> Problems {
    let mut problems = Problems::default();
    for (suite, outlook) in plan.suites.iter().zip(suites) {
        for gate in outlook.gates.iter().filter(|gate| gate.is_unreliable()) {
            let specs = &suite.suite.gates;
            let written = specs.iter().find(|spec| spec.rule == gate.rule);
            let (Some(written), Some(rates)) = (written, gate.describe_errors()) else {
                continue;
            };
            let message = format!("at {}, this gate {rates}", counted(gate.units, "case"));
            problems.push(
                Problem::warning("high-error-rate", written.at.clone(), message)
                    .hint("add cases, or lower the floor; `on_inconclusive: block` or `warn` keeps 5 % on one side"),
            );
        }
    }
    problems
}

fn human(
    mut sheet: Sheet,
    plan: &Plan,
    suites: &[SuiteOutlook],
    (forecast, further): (&Forecast, &Forecast),
    (prices, recordings): (&str, Vec<String>),
) -> String {
    for (suite, outlook) in plan.suites.iter().zip(suites) {
        write_suite(&mut sheet, suite, outlook);
    }
    let takes = format!(
        "{}: {} ({} of prompts, {} of judges), {} there already",
        counted(forecast.trials, "trial"),
        counted(forecast.calls(), "call"),
        forecast.prompt_calls,
        forecast.judge_calls,
        counted(forecast.saved, "response")
    );
    sheet.paragraph("a run takes ", 2, &takes);
    sheet.paragraph("cost: ", 2, &cost(forecast, prices));
    if further.trials > 0 {
        let more = format!(
            "at most {} calls, cost {} (`--no-escalate` adds no repeats)",
            further.calls(),
            further
                .paid()
                .at_most(|usd| format!("about ${usd:.4} more"))
        );
        let head = "further answers, while a gate is open or to prove a case broken: ";
        sheet.paragraph("", 2, &format!("{head}{more}"));
    }
    let missing = forecast.missing_keys.iter().map(|key| {
        format!(
            "a run needs {}, which is not set (provider {})",
            key.variable, key.provider
        )
    });
    for line in recordings
        .into_iter()
        .chain(left_out(forecast, further))
        .chain(missing)
    {
        sheet.paragraph("", 2, &line);
    }
    sheet.paragraph("ok", 2, "");
    sheet.text()
}

fn write_suite(sheet: &mut Sheet, suite: &SuitePlan, outlook: &SuiteOutlook) {
    let arms = suite.arms.iter();
    let arms = arms.map(|arm| format!("{} on {}", arm.version.id, arm.target.name));
    let text = format!(
        "{}, {}, {}",
        counted(suite.cases.len(), "case"),
        counted(suite.gates.len(), "gate"),
        arms.collect::<Vec<_>>().join("; ")
    );
    sheet.paragraph(&format!("{}: ", suite.suite.name), 2, &text);
    let calls = match (outlook.least, outlook.most) {
        (least, most) if least == most => counted(least, "call"),
        (least, most) => format!("{least} to {most} calls"),
    };
    sheet.paragraph("  ", 4, &calls);
    for gate in &outlook.gates {
        sheet.paragraph(&format!("  {}: ", gate.rule), 4, &gate.describe());
    }
}

/// What the calls cost at most; nothing is said of the length of answers where no price is known.
fn cost(forecast: &Forecast, prices: &str) -> String {
    let most = forecast.paid().at_most(|usd| format!("about ${usd:.4}"));
    if forecast.paid().is_unknown() {
        format!("{most} (prices of {prices})")
    } else {
        format!("{most}, if every answer is as long as allowed (prices of {prices})")
    }
}

/// Models whose calls no cost holds, why, and what would tell it.
fn left_out(forecast: &Forecast, further: &Forecast) -> Vec<String> {
    let unpriced = forecast.unpriced.union(&further.unpriced);
    let unpriced = unpriced.map(|model| {
        format!(
            "  the price of {model} is unknown: add it to prompteval.yaml, in US dollars per million tokens: `prices: {{{model}: {{input: 1.00, output: 5.00}}}}`"
        )
    });
    let unbounded = forecast.unbounded.union(&further.unbounded);
    let unbounded = unbounded.map(|model| {
        format!(
            "  nothing bounds the length of an answer of {model}: write `params: {{max_tokens: 1000}}`, or what suits it, beside the model"
        )
    });
    unpriced.chain(unbounded).collect()
}

fn machine(
    plan: &Plan,
    outlooks: &[SuiteOutlook],
    (forecast, further): (&Forecast, &Forecast),
    alike: &[NearDuplicateRows],
) -> serde_json::Value {
    let suites: Vec<_> = plan
        .suites
        .iter()
        .zip(outlooks)
        .map(|(suite, outlook)| {
            json!({
                "name": suite.suite.name,
                "cases": suite.cases.len(),
                "gates": suite.gates.len(),
                "evidence_gates": outlook.gates.iter().map(super::plan::machine).collect::<Vec<_>>(),
                "calls_at_least": outlook.least,
                "calls_at_most": outlook.most,
                "arms": suite.arms.iter().map(|arm| json!({
                    "version": arm.version.id.to_string(),
                    "model": arm.target.name.to_string(),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let ids = |group: &Vec<RowName>| group.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    let near_duplicates: Vec<_> = alike
        .iter()
        .map(|one| {
            json!({
                "dataset": one.dataset,
                "groups": one.groups.iter().map(ids).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "suites": suites,
        "near_duplicates": near_duplicates,
        "trials": forecast.trials,
        "calls": {"prompts": forecast.prompt_calls, "judges": forecast.judge_calls},
        "saved": forecast.saved,
        "cost_usd_at_most": forecast.paid().known(),
        "repeats_at_most": {
            "trials": further.trials,
            "calls": further.calls(),
            "cost_usd": further.paid().known(),
        },
        "unpriced": forecast.unpriced,
        "unbounded": forecast.unbounded,
        "missing_keys": forecast.missing_keys.iter().map(|key| &key.variable).collect::<Vec<_>>(),
    })
}
