//! `render`: the exact request that would be sent.

use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, RenderArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::load;
use crate::model::{Case, Family, ModelTarget, Problems, PromptRef, PromptVersion};
use crate::registry;
use crate::render::CompiledPrompt;

pub(in crate::cli) fn render(
    global: &Global,
    args: &RenderArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let registry = place.registry(ui)?;
    let version = choose(&args.prompt, &registry)?;
    let case = find_case(&place, &version.id, args.case.as_deref())?;
    let engine = registry::engine(&place.root);
    let prompt = CompiledPrompt::new(version, &engine).map_err(CliError::problems)?;
    let target = match &args.model {
        None => version.model.clone(),
        Some(name) => ModelTarget {
            name: name.clone(),
            ..version.model.clone()
        },
    };
    let request = prompt.request(&case.vars, &target).map_err(|problem| {
        let mut problems = Problems::default();
        problems.push(*problem);
        CliError::problems(problems)
    })?;
    let client = place.bare_client()?;
    let encoded = client
        .encode(&request)
        .map_err(|error| CliError::invalid(error.to_string()))?;
    if args.format == Format::Human {
        ui.note(&format!(
            "{} on {}, case {}",
            version.id, target.name, case.id
        ));
    }
    let headers: serde_json::Map<String, serde_json::Value> = encoded
        .headers
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    let text = serde_json::json!({
        "url": encoded.url,
        "headers": headers,
        "body": encoded.body,
    });
    ui.print(&format!("{text:#}\n"));
    Ok(Exit::Pass)
}

fn choose<'r>(name: &str, registry: &'r registry::Registry) -> Result<&'r PromptVersion, CliError> {
    if name.contains('@') {
        let id: PromptRef = name
            .parse()
            .map_err(|error| CliError::invalid(format!("{error}")))?;
        return Ok(registry.find(&id)?);
    }
    let family: &Family = registry.family(name)?;
    family
        .production()
        .or_else(|| family.versions.values().next_back())
        .ok_or_else(|| CliError::invalid(format!("`{name}` has no version")))
}

/// A case of a suite that tests the family.
fn find_case(place: &Place, id: &PromptRef, wanted: Option<&str>) -> Result<Case, CliError> {
    let (project, mut problems) = load::project(&place.root, &place.cwd, &[]);
    for suite in project
        .suites
        .iter()
        .filter(|suite| suite.family.value == id.family)
    {
        let Some(dataset) = load::dataset::read(&place.root, &suite.dataset.value, &mut problems)
        else {
            continue;
        };
        for case in dataset.cases() {
            let case = case?;
            if wanted.is_none_or(|wanted| case.id == wanted) {
                return Ok(case);
            }
        }
    }
    if problems.any_error() {
        return Err(CliError::problems(problems));
    }
    Err(match wanted {
        Some(wanted) => {
            CliError::nothing(format!("no suite of `{}` has a case `{wanted}`", id.family))
        }
        None => CliError::nothing(format!(
            "no suite tests `{}`, so there is no case to render",
            id.family
        )),
    })
}
