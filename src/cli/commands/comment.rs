//! `comment`: a run's Markdown report as a pull request's comment, or as an issue that is open as long as the run does not pass.

use std::env;
use std::path::Path;

use serde_json::Value;

use super::output;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{CommentArgs, Format, Global};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::model::verdict::Decision;
use crate::observe::runs;
use crate::publish::{GitHub, Posted, PublishError, is_key};
use crate::report::{markdown, visible};

/// The API of github.com; enterprise servers name theirs in `GITHUB_API_URL`.
const API: &str = "https://api.github.com";

pub(in crate::cli) fn comment(
    global: &Global,
    args: &CommentArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    if !is_key(&args.key) {
        let hint = "letters, digits, `-`, `_`, `.` and `/`, at most 100 of them";
        let message = format!("`{}` is no key for a marker", args.key);
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    let journal = runs::find(&place.root, &place.cwd, &args.run)?;
    let finished =
        crate::evidence::replay(&journal).map_err(|error| CliError::invalid(error.to_string()))?;
    let finished = finished.ok_or_else(|| CliError::invalid("the journal has no plan"))?;
    let text = markdown::report(&output::view(&finished), markdown::COMMENT)?;
    let text = match link(args) {
        Some(link) => format!("{text}\n[The whole report]({link})\n"),
        None => text,
    };
    let passed = finished.verdict.decision == Decision::Pass;
    let posted = publish(args, &text, passed)?;
    tell(&posted, args.format, ui);
    Ok(Exit::Pass)
}

fn publish(args: &CommentArgs, text: &str, passed: bool) -> Result<Posted, CliError> {
    let token = variable("GITHUB_TOKEN").or_else(|| variable("GH_TOKEN"));
    let token = token.ok_or_else(|| {
        CliError::invalid("GITHUB_TOKEN is not set")
            .hint("in Actions: `env: {GITHUB_TOKEN: ${{ github.token }}}`".to_owned())
    })?;
    let repo = args.repo.clone().or_else(|| variable("GITHUB_REPOSITORY"));
    let repo = repo.filter(|repo| is_repo(repo)).ok_or_else(|| {
        CliError::invalid("no repository is named").hint("`--repo OWNER/NAME`".to_owned())
    })?;
    let api = variable("GITHUB_API_URL").unwrap_or_else(|| API.to_owned());
    let github = GitHub::new(&api, &token, &repo).map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if let Some(title) = &args.issue {
        let text = (!passed).then_some(text);
        return runtime
            .block_on(github.issue(&args.key, title, text))
            .map_err(|error| failed(&error));
    }
    let pr = args.pr.or_else(of_event).ok_or_else(|| {
        let hint = "`--pr N`; in Actions it is known where the event is a pull request's";
        CliError::invalid("no pull request is named").hint(hint.to_owned())
    })?;
    runtime
        .block_on(github.comment(pr, &args.key, text))
        .map_err(|error| failed(&error))
}

fn failed(error: &PublishError) -> CliError {
    let hint = error.hint().to_owned();
    // What a forge says is foreign text: it moves no cursor and is no command of a workflow.
    CliError::system(visible::terminal(&error.to_string())).hint(hint)
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_repo(repo: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let part = |part: &str| !part.is_empty() && part != ".." && part.chars().all(plain);
    repo.split_once('/')
        .is_some_and(|(owner, name)| part(owner) && part(name))
}

/// The pull request of the event that started the workflow.
fn of_event() -> Option<u64> {
    let text = fsx::read(Path::new(&variable("GITHUB_EVENT_PATH")?)).ok()?;
    let event: Value = serde_json::from_slice(&text).ok()?;
    event.get("pull_request")?.get("number")?.as_u64()
}

/// Where the whole report is: the address that was given, or the workflow's run.
fn link(args: &CommentArgs) -> Option<String> {
    let of_run = || {
        let (server, repo) = (
            variable("GITHUB_SERVER_URL")?,
            variable("GITHUB_REPOSITORY")?,
        );
        Some(format!(
            "{server}/{repo}/actions/runs/{}",
            variable("GITHUB_RUN_ID")?
        ))
    };
    let link = args.link.clone().or_else(of_run)?;
    let safe =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '(' | ')' | '<' | '>');
    (link.starts_with("https://") && link.chars().all(safe)).then_some(link)
}

fn tell(posted: &Posted, format: Format, ui: &Ui) {
    let (word, url) = match posted {
        Posted::Made(url) => ("made", url.as_str()),
        Posted::Updated(url) => ("updated", url.as_str()),
        Posted::Closed(url) => ("closed", url.as_str()),
        Posted::Nothing => ("nothing to do", ""),
    };
    match format {
        Format::Json => ui.print(&format!(
            "{:#}\n",
            serde_json::json!({"done": word, "url": url})
        )),
        Format::Human => ui.print(&format!("{word} {url}\n").replace(" \n", "\n")),
    }
}
