//! One request to GitHub's REST API: headers, what an answer means, and how much of it is read.

use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::PublishError;
use crate::text::visible::visible;

/// Version of the API that these requests are written for.
const API_VERSION: &str = "2022-11-28";

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of an answer that are read: a page of a hundred comments of the greatest length is less.
const MOST_BYTES: usize = 32 << 20;

/// Longest wait that GitHub may ask for.
const LONGEST_WAIT_S: u64 = 60;

/// A connection to one API, with one token.
pub(super) struct Api {
    client: reqwest::Client,
    base: String,
    token: String,
}

/// What came back.
pub(super) enum Answer {
    /// A body.
    Done(Value),
    /// Worth another try, after so long; and what to say when there is none.
    Again(Duration, PublishError),
}

impl Api {
    /// A connection; `base` is the API's address without a slash at its end.
    pub(super) fn new(base: &str, token: &str) -> Result<Self, PublishError> {
        // Fails only where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .filter_map(|root| reqwest::Certificate::from_der(root).ok());
        let client = reqwest::Client::builder()
            .user_agent(concat!("prompteval/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_merge(roots)
            .build()
            .map_err(|error| PublishError::Unreachable(error.without_url().to_string()))?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        })
    }

    /// Sends a request; a body is sent as JSON.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, PublishError> {
        let address = format!("{}{path}", self.base);
        self.send_to(method, address, body).await
    }

    /// Asks the GraphQL API that stands beside this one: below `/api` on a server of one's own, at the same place else.
    pub(super) async fn query(&self, query: &str) -> Result<Answer, PublishError> {
        let body = json!({"query": query});
        self.send_to(Method::POST, graphql(&self.base), Some(&body))
            .await
    }

    async fn send_to(
        &self,
        method: Method,
        address: String,
        body: Option<&Value>,
    ) -> Result<Answer, PublishError> {
        let request = self
            .client
            .request(method, address)
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", API_VERSION)
            .bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        match self.exchange(request).await {
            Ok((status, headers, bytes)) => self.answer(status, &headers, &bytes),
            Err(error) => {
                let text = self.without_token(&error.without_url().to_string());
                Ok(again(1, PublishError::Unreachable(text)))
            }
        }
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
    ) -> reqwest::Result<(StatusCode, HeaderMap, Vec<u8>)> {
        let mut response: Response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if bytes.len() + chunk.len() > MOST_BYTES {
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((status, headers, bytes))
    }

    fn answer(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        bytes: &[u8],
    ) -> Result<Answer, PublishError> {
        if status.is_success() {
            return match serde_json::from_slice(bytes) {
                Ok(body) => Ok(Answer::Done(body)),
                Err(error) => {
                    let text = format!("its answer cannot be read: {error}");
                    Ok(again(1, PublishError::Unreachable(text)))
                }
            };
        }
        let message = self.message(bytes);
        let status = status.as_u16();
        let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
        let asked = number(RETRY_AFTER.as_str());
        let used_up = number("x-ratelimit-remaining") == Some(0);
        match status {
            429 | 403 if asked.is_some() || used_up || status == 429 => {
                let error = |wait: &str| PublishError::RateLimit(wait.to_owned());
                match asked {
                    Some(wait) if wait > LONGEST_WAIT_S => {
                        Err(error(&format!(": it asks to wait {wait} s")))
                    }
                    Some(wait) => Ok(again(wait, error(""))),
                    // The limit of an hour is not waited for.
                    None => Err(error(&format!(": {message}"))),
                }
            }
            401 => Err(PublishError::Token),
            403 | 404 => Err(PublishError::Forbidden { status, message }),
            500.. => Ok(again(
                1,
                PublishError::Unreachable(format!("{status}: {message}")),
            )),
            _ => Err(PublishError::Refused { status, message }),
        }
    }

    fn message(&self, bytes: &[u8]) -> String {
        let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let text = body.get("message").and_then(Value::as_str);
        // The token goes first: a cut could leave half of it.
        let text = self.without_token(text.unwrap_or("no message"));
        let line: String = text.replace(['\n', '\r'], " ").chars().take(300).collect();
        visible(&line).into_owned()
    }

    pub(super) fn without_token(&self, text: &str) -> String {
        text.replace(&self.token, "***")
    }
}

fn again(seconds: u64, error: PublishError) -> Answer {
    Answer::Again(Duration::from_secs(seconds), error)
}

/// Where the GraphQL API of a REST API stands.
fn graphql(base: &str) -> String {
    let beside = base.strip_suffix("/v3");
    let beside = beside.filter(|base| base.ends_with("/api"));
    format!("{}/graphql", beside.unwrap_or(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_ones_own_has_graphql_beside_its_third_version() {
        for (rest, beside) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            (
                "https://git.example/api/v3",
                "https://git.example/api/graphql",
            ),
            ("http://127.0.0.1:9", "http://127.0.0.1:9/graphql"),
        ] {
            assert_eq!(graphql(rest), beside);
        }
    }
}
