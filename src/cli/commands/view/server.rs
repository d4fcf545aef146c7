//! A server on loopback: it answers `GET` of reports under its own name, and nothing else.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::pages::{NoPage, Pages};
use crate::cli::error::CliError;

/// A port that is listened on.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

/// Two runs, as a form names them.
#[derive(serde::Deserialize)]
struct Two {
    old: String,
    new: String,
}

impl Server {
    /// Takes a port of this machine; 0 for any.
    pub(super) async fn bind(port: u16) -> Result<Self, CliError> {
        let bound = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bound.await.map_err(|error: std::io::Error| {
            CliError::invalid(format!("port {port} cannot be listened on: {error}"))
                .hint("`--port 0` takes any free port".to_owned())
        })
    }

    /// The host and port that it answers to.
    pub(super) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Serves until the process is asked to end.
    pub(super) async fn serve(self, pages: Arc<Pages>) -> Result<(), CliError> {
        let names = Arc::new([
            self.address.to_string(),
            format!("localhost:{}", self.address.port()),
        ]);
        let routes = Router::new()
            .route("/", get(overview))
            .route("/runs/{run}", get(run))
            .route("/diff", get(diff))
            .with_state(pages)
            .layer(middleware::from_fn_with_state(names, guard));
        // Open connections are not waited for: a browser keeps them as long as it likes.
        tokio::select! {
            ended = axum::serve(self.listener, routes) => Ok(ended?),
            asked = tokio::signal::ctrl_c() => Ok(asked?),
        }
    }
}

/// A page elsewhere may make a browser ask this server under a name of its own (DNS rebinding): only its own names are answered to.
async fn guard(State(names): State<Arc<[String; 2]>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let known = host.is_some_and(|host| names.iter().any(|name| host == name.as_str()));
    let mut response = if known {
        next.run(request).await
    } else {
        (
            StatusCode::FORBIDDEN,
            "this server answers to its own name alone\n",
        )
            .into_response()
    };
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

async fn overview(State(pages): State<Arc<Pages>>) -> Response {
    made(move || pages.overview()).await
}

async fn run(State(pages): State<Arc<Pages>>, Path(run): Path<String>) -> Response {
    made(move || pages.run(&run)).await
}

async fn diff(State(pages): State<Arc<Pages>>, Query(two): Query<Two>) -> Response {
    made(move || pages.diff(&two.old, &two.new)).await
}

/// Pages read files, so they are made aside.
async fn made(page: impl FnOnce() -> Result<Vec<u8>, NoPage> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(page).await {
        Ok(Ok(page)) => Html(page).into_response(),
        Ok(Err(NoPage::Unknown)) => {
            (StatusCode::NOT_FOUND, "no such run is kept\n").into_response()
        }
        Ok(Err(NoPage::Failed(why))) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{why}\n")).into_response()
        }
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the page could not be made\n",
        )
            .into_response(),
    }
}
