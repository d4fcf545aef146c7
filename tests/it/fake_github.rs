//! A GitHub of a few comments and issues, over a real socket: it checks each request's headers, pages its lists, and fails when told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// The token that is accepted.
pub(crate) const TOKEN: &str = "ghs_0123456789";

/// A running one.
#[derive(Clone)]
pub(crate) struct FakeGitHub {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Comments of pull request 7, and issues: each with `id`, `body`, and whether it is ours.
    comments: Vec<Value>,
    issues: Vec<Value>,
    /// Answers given in place of the next ones: status, headers, body.
    faults: Vec<(u16, String, String)>,
    /// Method and path of each request.
    seen: Vec<String>,
    /// Whose the token is; nobody's knows no forge that does not say.
    viewer: Viewer,
}

/// How the forge says whose the token is.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Viewer {
    /// A workflow's token: only GraphQL knows it.
    #[default]
    App,
    /// A person's token on a forge without GraphQL.
    User,
    /// Nowhere.
    Unknown,
}

/// The login that the token has.
pub(crate) const OURS: &str = "github-actions[bot]";

impl FakeGitHub {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self {
            url,
            state: Arc::default(),
        };
        let serving = fake.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let serving = serving.clone();
                // A client that goes away ends its connection.
                thread::spawn(move || stream.map(|stream| serving.connection(&stream)));
            }
        });
        fake
    }

    /// Adds a comment of somebody.
    pub(crate) fn add_comment(&self, body: &str, ours: bool) {
        let mut state = self.state.lock().unwrap();
        let id = state.comments.len() + 1;
        state
            .comments
            .push(json!({"id": id, "body": body, "user": author(ours)}));
    }

    /// Adds an open issue of somebody.
    pub(crate) fn add_issue(&self, body: &str, ours: bool) {
        let mut state = self.state.lock().unwrap();
        let number = state.issues.len() + 1;
        state
            .issues
            .push(json!({"number": number, "title": "theirs", "body": body, "state": "open", "user": author(ours)}));
    }

    /// Says from now on so whose the token is.
    pub(crate) fn says(&self, viewer: Viewer) {
        self.state.lock().unwrap().viewer = viewer;
    }

    /// The next answer is this one; the last one that is given here comes first.
    pub(crate) fn fail(&self, status: u16, headers: &str, body: &str) {
        let mut state = self.state.lock().unwrap();
        state
            .faults
            .push((status, headers.to_owned(), body.to_owned()));
    }

    pub(crate) fn comments(&self) -> Vec<String> {
        texts(&self.state.lock().unwrap().comments)
    }

    pub(crate) fn issues(&self) -> Vec<Value> {
        self.state.lock().unwrap().issues.clone()
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.state.lock().unwrap().seen.clone()
    }

    fn connection(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some((line, headers, body)) = request(&mut reader) {
            let (status, extra, body) = self.answer(&line, &headers, &body);
            let length = if status == 299 {
                body.len() + 50
            } else {
                body.len()
            };
            let status = if status == 299 { 200 } else { status };
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n{extra}\r\n");
            let mut stream = stream;
            if stream
                .write_all(format!("{head}{body}").as_bytes())
                .is_err()
                || length != body.len()
            {
                let _ = stream.shutdown(std::net::Shutdown::Both);
                return;
            }
        }
    }

    fn answer(&self, line: &str, headers: &[String], body: &Value) -> (u16, String, String) {
        let has = |wanted: &str| headers.iter().any(|header| header == wanted);
        let mut state = self.state.lock().unwrap();
        state.seen.push(line.to_owned());
        if !has(&format!("authorization: Bearer {TOKEN}")) {
            return (
                401,
                String::new(),
                json!({"message": "Bad credentials"}).to_string(),
            );
        }
        assert!(has("accept: application/vnd.github+json"), "{headers:?}");
        assert!(has("x-github-api-version: 2022-11-28"), "{headers:?}");
        let agent = |header: &String| header.starts_with("user-agent: prompteval/");
        assert!(headers.iter().any(agent), "{headers:?}");
        if let Some(fault) = state.faults.pop() {
            return fault;
        }
        let (status, body) = state.route(line, body);
        (status, String::new(), body.to_string())
    }
}

fn author(ours: bool) -> Value {
    json!({"login": if ours { OURS } else { "mallory" }, "type": "Bot"})
}

fn texts(list: &[Value]) -> Vec<String> {
    let text = |one: &Value| one["body"].as_str().unwrap().to_owned();
    list.iter().map(text).collect()
}

impl State {
    /// What is said of the token's owner.
    fn identity(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        match (method, path, self.viewer) {
            ("POST", "/graphql", Viewer::App) => {
                assert_eq!(body["query"], "query { viewer { login } }");
                Some((200, json!({"data": {"viewer": {"login": OURS}}})))
            }
            ("GET", "/user", Viewer::User) => Some((200, json!({"login": OURS}))),
            ("GET", "/user", _) => {
                let message = "Resource not accessible by integration";
                Some((403, json!({"message": message})))
            }
            _ => None,
        }
    }

    fn route(&mut self, line: &str, body: &Value) -> (u16, Value) {
        let (method, path) = line.split_once(' ').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if let Some(answer) = self.identity(method, path, body) {
            return answer;
        }
        let Some(path) = path.strip_prefix("/repos/us/shop/issues") else {
            return (404, json!({"message": "Not Found"}));
        };
        let number = || path.rsplit('/').next()?.parse::<usize>().ok();
        match (method, path) {
            ("GET", "/7/comments") => (200, page(&self.comments, query)),
            ("POST", "/7/comments") => {
                let id = self.comments.len() + 1;
                let mut made = body.clone();
                made["id"] = id.into();
                made["user"] = author(true);
                made["html_url"] = format!("https://github.example/c/{id}").into();
                self.comments.push(made.clone());
                (201, made)
            }
            ("PATCH", _) if path.starts_with("/comments/") => {
                let comment = number().and_then(|id| self.comments.get_mut(id - 1));
                let Some(comment) = comment else {
                    return (404, json!({"message": "Not Found"}));
                };
                comment["body"] = body["body"].clone();
                (200, comment.clone())
            }
            ("GET", "") => {
                assert!(query.contains("state=open"), "{query}");
                let open = self.issues.iter().filter(|issue| issue["state"] == "open");
                (200, page(&open.cloned().collect::<Vec<_>>(), query))
            }
            ("POST", "") => {
                let number = self.issues.len() + 1;
                let mut made = body.clone();
                made["number"] = number.into();
                made["state"] = "open".into();
                made["user"] = author(true);
                self.issues.push(made.clone());
                (201, made)
            }
            ("PATCH", _) => {
                let issue = number().and_then(|number| self.issues.get_mut(number - 1));
                let issue = issue.unwrap();
                for (key, value) in body.as_object().unwrap() {
                    issue[key] = value.clone();
                }
                (200, issue.clone())
            }
            _ => (404, json!({"message": "Not Found"})),
        }
    }
}

fn page(list: &[Value], query: &str) -> Value {
    let number = |name: &str| {
        let mut parts = query.split('&').filter_map(|part| part.split_once('='));
        let found = parts.find(|(key, _)| *key == name).unwrap().1;
        found.parse::<usize>().unwrap()
    };
    let (size, page) = (number("per_page"), number("page"));
    assert!(size <= 100, "GitHub gives no more");
    list.iter()
        .skip((page - 1) * size)
        .take(size)
        .cloned()
        .collect()
}

/// The request's line, its headers in lower case, and its body.
fn request(reader: &mut impl BufRead) -> Option<(String, Vec<String>, Value)> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let mut words = first.split(' ');
    let line = format!("{} {}", words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(": ")?;
        headers.push(format!("{}: {value}", name.to_lowercase()));
    }
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some((
        line,
        headers,
        serde_json::from_slice(&body).unwrap_or_default(),
    ))
}
