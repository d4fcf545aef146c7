//! `view`: the reports of all kept runs in a browser, served to this machine alone.

mod pages;
mod server;

use std::io::IsTerminal;
use std::sync::Arc;

use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, ViewArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::observe::runs;
use pages::Pages;

pub(in crate::cli) fn view(global: &Global, args: &ViewArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let path = match &args.run {
        Some(named) => format!("runs/{}", kept(&place, named)?),
        None => String::new(),
    };
    let pages = Arc::new(Pages::of(place));
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let server = server::Server::bind(args.port).await?;
        let address = format!("http://{}/{path}", server.host());
        ui.print(&match args.format {
            Format::Human => format!("{address}\n"),
            Format::Json => format!("{}\n", serde_json::json!({"address": address})),
        });
        ui.note("serving reports to this machine; Ctrl-C ends it");
        if !args.no_open && has_browser() && open::that_detached(&address).is_err() {
            ui.note("no browser could be opened: open the address above");
        }
        server.serve(pages).await
    })?;
    // A report that is being made is not waited for.
    runtime.shutdown_background();
    Ok(Exit::Pass)
}

/// The id of a kept run: journals from elsewhere have no address here.
fn kept(place: &Place, named: &str) -> Result<String, CliError> {
    let path = runs::find(&place.root, &place.cwd, named)?;
    let id = path.parent().and_then(|dir| dir.file_name());
    let id = id.map(|id| id.to_string_lossy().into_owned());
    let known = runs::list(&place.root);
    id.filter(|id| known.contains(id)).ok_or_else(|| {
        CliError::invalid(format!("`{named}` is no run that is kept in this project"))
            .hint("`prompteval report PATH --html FILE` writes its report".to_owned())
    })
}

/// Whether anybody would see a window: not in CI, not behind a pipe, and on Linux not without a display.
fn has_browser() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let display = !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY");
    std::io::stdout().is_terminal() && display && !set("CI")
}
