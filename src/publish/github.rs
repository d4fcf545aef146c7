//! Comments and issues that are found again by a hidden marker, so that there is one of them and not one a run.

use reqwest::Method;
use serde_json::{Value, json};

use super::PublishError;
use super::http::{Answer, Api};
use super::viewer;

/// Things on a page.
const PAGE: usize = 100;

/// Pages that are looked through.
const MOST_PAGES: usize = 50;

/// How often a fault that passes is tried again, each time from the start: what was made meanwhile is found then.
const TRIES: u32 = 4;

/// A repository on GitHub.
pub(crate) struct GitHub {
    api: Api,
    repo: String,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    /// There was none: it was made. Its address.
    Made(String),
    /// The one that was there was changed. Its address.
    Updated(String),
    /// It was closed. Its address.
    Closed(String),
    /// There was nothing to do.
    Nothing,
}

/// Whether a text may stand in a marker.
pub(crate) fn is_key(key: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    !key.is_empty() && key.len() <= 100 && key.chars().all(plain) && !key.contains("--")
}

fn marker(key: &str) -> String {
    format!("<!-- prompteval:{key} -->")
}

impl GitHub {
    /// A repository `OWNER/NAME` behind an API's address.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub(crate) fn new(api: &str, token: &str, repo: &str) -> Result<Self, PublishError> {
        Ok(Self {
            api: Api::new(api, token)?,
            repo: repo.to_owned(),
        })
    }

    /// Changes the comment that carries the key, or makes it.
    ///
    /// # Errors
    /// When GitHub refuses it or cannot be reached.
    pub(crate) async fn comment(
        &self,
        pr: u64,
        key: &str,
        text: &str,
    ) -> Result<Posted, PublishError> {
        let body = json!({"body": format!("{}\n{text}", marker(key))});
        self.again(async || self.comment_once(pr, key, &body).await)
            .await
    }

    /// Opens or changes the issue that carries the key, or closes it where there is no text.
    ///
    /// # Errors
    /// When GitHub refuses it or cannot be reached.
    pub(crate) async fn issue(
        &self,
        key: &str,
        title: &str,
        text: Option<&str>,
    ) -> Result<Posted, PublishError> {
        self.again(async || self.issue_once(key, title, text).await)
            .await
    }

    async fn comment_once(
        &self,
        pr: u64,
        key: &str,
        body: &Value,
    ) -> Result<Result<Posted, Again>, PublishError> {
        let path = format!("/repos/{}/issues/{pr}/comments", self.repo);
        let found = match self.own(&path, "?", key).await? {
            Ok(found) => found,
            Err(again) => return Ok(Err(again)),
        };
        for comment in found {
            let id = comment
                .get("id")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let own = format!("/repos/{}/issues/comments/{id}", self.repo);
            match self.api.send(Method::PATCH, &own, Some(body)).await {
                Ok(answer) => return Ok(self.done(answer, Posted::Updated)),
                // The token may no longer change what it wrote, such as in a locked conversation.
                Err(PublishError::Forbidden { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let answer = self.api.send(Method::POST, &path, Some(body)).await?;
        Ok(self.done(answer, Posted::Made))
    }

    async fn issue_once(
        &self,
        key: &str,
        title: &str,
        text: Option<&str>,
    ) -> Result<Result<Posted, Again>, PublishError> {
        let path = format!("/repos/{}/issues", self.repo);
        let found = match self.own(&path, "?state=open&", key).await? {
            Ok(found) => found,
            Err(again) => return Ok(Err(again)),
        };
        let mut open = found
            .into_iter()
            .filter(|issue| issue.get("pull_request").is_none());
        let issue = open.next();
        let number = issue.and_then(|issue| issue.get("number").and_then(Value::as_u64));
        let own = number.map(|number| format!("{path}/{number}"));
        let body = text.map(|text| format!("{}\n{text}", marker(key)));
        let (method, path, body, posted): (_, _, _, fn(String) -> Posted) = match (own, body) {
            (None, None) => return Ok(Ok(Posted::Nothing)),
            (None, Some(body)) => (
                Method::POST,
                path,
                json!({"title": title, "body": body}),
                Posted::Made,
            ),
            (Some(own), Some(body)) => (
                Method::PATCH,
                own,
                json!({"title": title, "body": body}),
                Posted::Updated,
            ),
            (Some(own), None) => (
                Method::PATCH,
                own,
                json!({"state": "closed", "state_reason": "completed"}),
                Posted::Closed,
            ),
        };
        let answer = self.api.send(method, &path, Some(&body)).await?;
        Ok(self.done(answer, posted))
    }

    /// Everything on a list whose text begins with the marker and that the token itself wrote.
    async fn own(
        &self,
        path: &str,
        query: &str,
        key: &str,
    ) -> Result<Result<Vec<Value>, Again>, PublishError> {
        let mut found = match self.marked(path, query, key).await? {
            Ok(found) => found,
            Err(again) => return Ok(Err(again)),
        };
        if found.is_empty() {
            return Ok(Ok(found));
        }
        match viewer::login(&self.api).await? {
            Ok(login) => {
                found.retain(|one| viewer::wrote(&login, one));
                Ok(Ok(found))
            }
            Err((wait, error)) => Ok(Err(Again(wait, error))),
        }
    }

    /// Everything on a list whose text begins with the marker, page after page.
    async fn marked(
        &self,
        path: &str,
        query: &str,
        key: &str,
    ) -> Result<Result<Vec<Value>, Again>, PublishError> {
        let marker = marker(key);
        let mut found = Vec::new();
        for page in 1..=MOST_PAGES {
            let path = format!("{path}{query}per_page={PAGE}&page={page}");
            let list = match self.api.send(Method::GET, &path, None).await? {
                Answer::Done(Value::Array(list)) => list,
                Answer::Done(_) => {
                    let text = "its answer is no list".to_owned();
                    return Err(PublishError::Unreachable(text));
                }
                Answer::Again(wait, error) => return Ok(Err(Again(wait, error))),
            };
            let last = list.len() < PAGE;
            found.extend(list.into_iter().filter(|one| {
                let body = one.get("body").and_then(Value::as_str);
                body.is_some_and(|body| body.starts_with(&marker))
            }));
            if last {
                break;
            }
        }
        Ok(Ok(found))
    }

    /// What was done, and where; a forge may be anyone's, so that its words are no more than an address.
    fn done(&self, answer: Answer, posted: fn(String) -> Posted) -> Result<Posted, Again> {
        match answer {
            Answer::Done(body) => {
                let address = body.get("html_url").and_then(Value::as_str);
                let address = self.api.without_token(address.unwrap_or_default());
                Ok(posted(plain_address(&address)))
            }
            Answer::Again(wait, error) => Err(Again(wait, error)),
        }
    }

    async fn again<F>(&self, once: F) -> Result<Posted, PublishError>
    where
        F: AsyncFn() -> Result<Result<Posted, Again>, PublishError>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            match once().await? {
                Ok(posted) => return Ok(posted),
                Err(Again(_, error)) if tries == TRIES => return Err(error),
                Err(Again(wait, _)) => tokio::time::sleep(wait).await,
            }
        }
    }
}

/// A fault that may pass.
struct Again(std::time::Duration, PublishError);

/// The address, where it is one that a browser goes to and nothing else.
fn plain_address(address: &str) -> String {
    let is_web = ["https://", "http://"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    let is_plain = |c: char| c.is_ascii_graphic() && !"<>\"'`()[]\\|".contains(c);
    if is_web && address.chars().all(is_plain) {
        address.to_owned()
    } else {
        String::new()
    }
}
