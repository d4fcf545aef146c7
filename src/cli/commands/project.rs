//! Finds the project, and turns flags into what the engine takes.

use std::path::PathBuf;

use crate::call::Client;
use crate::cli::args::{Global, SelectArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::load::{self, PROJECT_FILE};
use crate::model::{BaselineChoice, Problems, RunSpec};
use crate::pipeline::{self, Checked, Outlook, Project, Refusal, Told};
use crate::registry::Registry;

/// The working directory, and the project it belongs to.
#[derive(Debug)]
pub(super) struct Place {
    /// The working directory.
    pub(super) cwd: PathBuf,
    /// The project's folder.
    pub(super) root: PathBuf,
}

impl Place {
    pub(super) fn find(global: &Global) -> Result<Self, CliError> {
        let cwd = std::env::current_dir()?;
        let hint = format!(
            "`prompteval init` makes a project here; one elsewhere is named by `--project DIR`, a folder with a file `{PROJECT_FILE}`"
        );
        let root = match &global.project {
            Some(dir) => {
                let root = cwd.join(dir);
                if !fsx::exists(&root.join(PROJECT_FILE)) {
                    let message = format!("there is no {PROJECT_FILE} in {}", dir.display());
                    return Err(CliError::invalid(message).hint(hint));
                }
                root
            }
            None => load::find_root(&cwd).ok_or_else(|| {
                let message = format!(
                    "there is no {PROJECT_FILE} in {} or above it",
                    cwd.display()
                );
                CliError::invalid(message).hint(hint)
            })?,
        };
        Ok(Self { cwd, root })
    }

    /// The registry; mistakes in it end the command.
    pub(super) fn registry(&self, ui: &Ui) -> Result<Registry, CliError> {
        let (registry, problems) = Registry::read(&self.root);
        settle(problems, ui)?;
        Ok(registry)
    }

    /// The project, as the engine knows it.
    pub(super) fn project(&self) -> Project {
        Project {
            from: self.cwd.clone(),
            ..Project::at(&self.root)
        }
    }

    /// A client for its wire formats alone.
    pub(super) fn bare_client(&self) -> Result<Client, CliError> {
        pipeline::bare_client(&self.project()).map_err(CliError::problems)
    }

    /// Everything that a run with these flags would do, checked.
    pub(super) fn outlook(
        &self,
        select: &SelectArgs,
        ui: &Ui,
    ) -> Result<(Checked, Client), CliError> {
        let found = Outlook::of(&self.project(), &spec(select)?, select.strict);
        let outlook = found.map_err(|refusal| refused(refusal, ui))?;
        tell(&outlook.told, ui);
        Ok((outlook.checked, outlook.client))
    }
}

/// Shows what was found worth telling.
pub(super) fn tell(told: &[Told], ui: &Ui) {
    for one in told {
        match one {
            Told::Warnings(problems) => ui.problems(problems),
            Told::Note(note) => ui.note(note),
        }
    }
}

/// Shows what was told by then; why there is no run.
pub(super) fn refused(refusal: Refusal, ui: &Ui) -> CliError {
    tell(&refusal.told, ui);
    refusal.why.into()
}

/// Ends the command where a problem is an error; shows warnings otherwise.
pub(super) fn settle(problems: Problems, ui: &Ui) -> Result<(), CliError> {
    if problems.any_error() {
        return Err(CliError::problems(problems));
    }
    ui.problems(&problems);
    Ok(())
}

/// The flags, as the engine takes them.
pub(super) fn spec(args: &SelectArgs) -> Result<RunSpec, CliError> {
    let baseline = match args.baseline.as_deref() {
        None => None,
        Some(text) => Some(text.parse::<BaselineChoice>().map_err(|_| {
            CliError::invalid(format!("`{text}` is no baseline"))
                .hint("write a version such as `1.1.0`, or `none`".to_owned())
        })?),
    };
    Ok(RunSpec {
        suites: args.suites.clone(),
        candidates: args.candidate.clone(),
        baseline,
        tags: args.tag.clone(),
        cases: args.case.clone(),
        limit: args.limit,
        repeats: args.repeats,
        against_stored: false,
        no_escalate: args.no_escalate,
        changed_since: None,
        models: args.model.clone(),
        responses: args.responses.into(),
        seed: args.seed,
        shard: args.shard,
    })
}
