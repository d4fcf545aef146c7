//! The only code that speaks HTTP. OpenAI's APIs go through async-openai, Anthropic's through the same HTTP client.

use std::borrow::Cow;
use std::error::Error;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use async_openai::config::Config;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::exchange::{Breakdown, Exchange, Headers};
use super::providers::Route;
use crate::model::ErrorClass;
use crate::secrets::{Redactor, shown_address};

/// Longest time until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of the longest answer that is read, decompressed.
const LONGEST_BODY: usize = 32 << 20;

/// A header to be sent.
pub(super) struct Header<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its value.
    pub(super) value: &'a str,
    /// Whether it must show nowhere.
    pub(super) secret: bool,
}

/// Why an address or a header cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// The base address is none; it is shown without what may be a secret.
    #[error(
        "`{0}` is no base address: write one like `https://api.example.com/v1`, without a query (a query is not shown here)"
    )]
    Url(String),
    /// The base address holds a secret, which would show wherever the address does.
    #[error("a base address holds no user name or password: use `api_key_env` or `headers`")]
    Credentials,
    /// A header could not be sent.
    #[error("`{0}` is no header that could be sent")]
    Header(String),
}

/// One provider's address and headers. The configuration that async-openai sees: it reads no environment, and a bad
/// key has been refused before it gets here.
#[derive(Clone, Debug)]
pub(super) struct Link(Arc<LinkParts>);

#[derive(Debug)]
struct LinkParts {
    base_url: String,
    headers: HeaderMap,
    loopback: bool,
    /// Whether it is OpenAI's own address.
    openai: bool,
    /// Demanded by async-openai's interface; the key itself is among the headers.
    no_key: SecretString,
}

impl Link {
    /// Checks an address (without a slash at its end) and the headers sent there.
    pub(super) fn new(base_url: &str, headers: &[Header<'_>]) -> Result<Self, LinkError> {
        let bad = || LinkError::Url(shown_address(base_url));
        let url = Url::parse(base_url).map_err(|_| bad())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(LinkError::Credentials);
        }
        let is_web = matches!(url.scheme(), "http" | "https");
        if !is_web || !url.has_host() || url.query().is_some() || url.fragment().is_some() {
            return Err(bad());
        }
        let mut map = HeaderMap::new();
        for header in headers {
            let bad = || LinkError::Header(header.name.to_owned());
            let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| bad())?;
            let mut value = HeaderValue::from_str(header.value).map_err(|_| bad())?;
            value.set_sensitive(header.secret);
            map.insert(name, value);
        }
        Ok(Self(Arc::new(LinkParts {
            base_url: base_url.to_owned(),
            headers: map,
            loopback: is_loopback(&url),
            openai: url.host_str() == Some("api.openai.com"),
            no_key: SecretString::default(),
        })))
    }

    /// Whether the address is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.0.loopback
    }

    /// Whether the address is OpenAI's own.
    pub(super) fn is_openai(&self) -> bool {
        self.0.openai
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Config for Link {
    fn headers(&self) -> HeaderMap {
        self.0.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.0.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.0.no_key
    }
}

/// Sends requests; its connections are shared by all providers.
#[derive(Debug)]
pub(super) struct Http {
    timeout: Duration,
    redactor: Arc<Redactor>,
    proxied: OnceLock<Result<reqwest::Client, String>>,
    direct: OnceLock<Result<reqwest::Client, String>>,
}

impl Http {
    /// Nothing is set up before the first request: a run out of recordings needs no certificates.
    pub(super) fn new(timeout: Duration, redactor: Arc<Redactor>) -> Self {
        Self {
            timeout,
            redactor,
            proxied: OnceLock::new(),
            direct: OnceLock::new(),
        }
    }

    /// Posts a JSON body and reads the whole answer, whatever its status.
    pub(super) async fn post(
        &self,
        link: &Link,
        route: Route,
        body: &RawValue,
    ) -> Result<Exchange, Breakdown> {
        let wire = Wire {
            client: self.client(link)?,
            redactor: Arc::clone(&self.redactor),
        };
        match route {
            Route::ChatCompletions => {
                let client = wire.openai(link);
                caught(client.chat().create_byot::<_, IgnoredAny>(body).await)
            }
            Route::Responses => {
                let client = wire.openai(link);
                caught(client.responses().create_byot::<_, IgnoredAny>(body).await)
            }
            Route::Messages => {
                let request = wire
                    .client
                    .post(link.url(route.path()))
                    .headers(link.headers())
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.get().to_owned())
                    .build()
                    .map_err(broken)?;
                wire.exchange(request).await
            }
        }
    }

    fn client(&self, link: &Link) -> Result<reqwest::Client, Breakdown> {
        let slot = if link.is_loopback() {
            &self.direct
        } else {
            &self.proxied
        };
        slot.get_or_init(|| build_client(self.timeout, link.is_loopback()))
            .clone()
            .map_err(|text| Breakdown {
                class: ErrorClass::Connect,
                text,
            })
    }
}

fn build_client(timeout: Duration, loopback: bool) -> Result<reqwest::Client, String> {
    // Fails only where a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Without these a machine that has no certificates of its own (a bare container) could build no client at all.
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|root| reqwest::Certificate::from_der(root).ok());
    let builder = reqwest::Client::builder()
        .user_agent(concat!("prompteval/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_merge(roots);
    let builder = if loopback {
        builder.no_proxy()
    } else {
        builder
    };
    builder.build().map_err(|error| innermost(&error))
}

/// The transport below both ways of sending.
#[derive(Clone)]
struct Wire {
    client: reqwest::Client,
    redactor: Arc<Redactor>,
}

/// A finished exchange on its way through async-openai.
#[derive(Debug, thiserror::Error)]
#[error("the exchange is over")]
struct Caught(Result<Exchange, Breakdown>);

impl Wire {
    /// An OpenAI client whose transport is ours. The crate builds the request; its own retries are off, and the
    /// answer comes back through the error channel, because the crate's reader would drop the headers, lose the
    /// status of an unreadable answer and log its text.
    fn openai(&self, link: &Link) -> async_openai::Client<Link> {
        let wire = self.clone();
        let service = tower::service_fn(move |factory: HttpRequestFactory| {
            let wire = wire.clone();
            async move {
                let request = factory.build().await?;
                let caught = Caught(wire.exchange(request).await);
                Err::<reqwest::Response, _>(OpenAIError::Boxed(Box::new(caught)))
            }
        });
        async_openai::Client::build(self.client.clone(), link.clone()).with_http_service(service)
    }

    /// A text without keys; it is copied only where it holds one.
    fn clean(&self, text: String) -> String {
        let clean = match self.redactor.redact(&text) {
            Cow::Owned(clean) => Some(clean),
            Cow::Borrowed(_) => None,
        };
        clean.unwrap_or(text)
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Exchange, Breakdown> {
        let started = Instant::now();
        let response = self.client.execute(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter(|(name, _)| Headers::is_read(name.as_str()))
            .filter_map(|(name, value)| {
                let value = self.redactor.redact(value.to_str().ok()?).into_owned();
                Some((name.as_str().to_owned(), value))
            })
            .collect();
        if let Some(encoding) = foreign_encoding(response.headers()) {
            let encoding = self.redactor.redact(&encoding);
            return Err(unreadable(&format!(
                "an answer in the encoding `{encoding}`, which was not asked for"
            )));
        }
        let bytes = read_body(response).await?;
        let latency = started.elapsed();
        Ok(Exchange {
            status,
            headers,
            body: self.clean(text(bytes)),
            latency_ms: (latency.as_secs_f64() * 1e6).round() / 1e3,
            received: SystemTime::now(),
        })
    }
}

/// The bytes as a text, in place where they are one.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Reads a body, decompressed, up to the limit: a small one may expand to any length, and one without a length may never end.
async fn read_body(mut response: reqwest::Response) -> Result<Vec<u8>, Breakdown> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > LONGEST_BODY {
            let most = LONGEST_BODY >> 20;
            return Err(unreadable(&format!("an answer of more than {most} MiB")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What is left of `Content-Encoding` once what was asked for is decoded.
fn foreign_encoding(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING)?;
    let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
    (!encoding.eq_ignore_ascii_case("identity")).then_some(encoding)
}

fn unreadable(text: &str) -> Breakdown {
    Breakdown {
        class: ErrorClass::Provider,
        text: text.to_owned(),
    }
}

fn caught(outcome: Result<IgnoredAny, OpenAIError>) -> Result<Exchange, Breakdown> {
    match outcome {
        Err(OpenAIError::Boxed(error)) if error.is::<Caught>() => error
            .downcast::<Caught>()
            .map_or_else(|_| Err(lost("the answer was lost")), |caught| caught.0),
        Err(OpenAIError::Reqwest(error)) => Err(broken(error)),
        Err(error) => Err(lost(&error.to_string())),
        Ok(_) => Err(lost("the answer was lost")),
    }
}

fn lost(text: &str) -> Breakdown {
    Breakdown {
        class: ErrorClass::Transport,
        text: text.to_owned(),
    }
}

fn broken(error: reqwest::Error) -> Breakdown {
    let host = error
        .url()
        .and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)))
        .map(|(host, port)| format!("{host}:{port}"))
        .unwrap_or_default();
    let error = error.without_url();
    let (class, what) = if error.is_connect() {
        (ErrorClass::Connect, format!("cannot connect to {host}"))
    } else if error.is_timeout() {
        (
            ErrorClass::Timeout,
            format!("{host} did not answer in time"),
        )
    } else {
        (
            ErrorClass::Transport,
            format!("the connection to {host} broke"),
        )
    };
    let text = if class == ErrorClass::Timeout {
        what
    } else {
        format!("{what}: {}", innermost(&error))
    };
    Breakdown { class, text }
}

/// The cause at the bottom of an error: what the outer ones only wrap.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// The words that go with an HTTP status.
pub(super) fn reason(status: u16) -> &'static str {
    let known = StatusCode::from_u16(status).ok();
    known
        .and_then(|status| status.canonical_reason())
        .unwrap_or(if status == 529 { "Overloaded" } else { "" })
}
