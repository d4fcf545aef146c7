//! What came back over the wire: status, headers and body, before any provider's format is read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::{CallError, ErrorClass, Usage};

/// A whole HTTP answer, keys already taken out of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exchange {
    /// HTTP status.
    pub(super) status: u16,
    /// Response headers.
    pub(super) headers: Headers,
    /// The body as text.
    pub(super) body: String,
    /// Milliseconds from the first byte sent to the last byte read, to three decimals.
    pub(super) latency_ms: f64,
    /// When the last byte was read; `Retry-After` dates are counted from here.
    pub(super) received: SystemTime,
}

/// What `LiteLLM` puts before the names of headers that the provider behind it sent.
const PASSED_ON: &str = "llm_provider-";

/// Response headers by lower-case name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Headers(Vec<(String, String)>);

impl FromIterator<(String, String)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// How the names of headers begin that are read here.
const READ: [&str; 4] = [
    "retry-after",
    "x-should-retry",
    "x-ratelimit-",
    "anthropic-ratelimit-",
];

impl Headers {
    /// Whether anybody here reads a header of this lower-case name; the others need not be kept.
    pub(super) fn is_read(name: &str) -> bool {
        let name = name.strip_prefix(PASSED_ON).unwrap_or(name);
        READ.iter().any(|begin| name.starts_with(begin))
    }

    /// The first value of a header, by its lower-case name. What a gateway passes on from the provider behind it counts where it
    /// says nothing itself.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let passed_on = |key: &str| key.strip_prefix(PASSED_ON) == Some(name);
        let own = self.0.iter().find(|(key, _)| key == name);
        let found = own.or_else(|| self.0.iter().find(|(key, _)| passed_on(key)));
        found.map(|(_, value)| value.trim())
    }

    /// Seconds that the provider asks to wait, from `retry-after-ms` or `retry-after` (seconds or an HTTP date).
    pub(super) fn retry_after_s(&self, received: SystemTime) -> Option<f64> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
        let milliseconds = self.get("retry-after-ms").and_then(number);
        let asked = milliseconds.map(|ms| ms / 1000.0).or_else(|| {
            let text = self.get("retry-after")?;
            number(text).or_else(|| seconds_until(text, received))
        });
        asked.map(|seconds| seconds.max(0.0))
    }

    /// What the provider says about trying again, in `x-should-retry`.
    pub(super) fn should_retry(&self) -> Option<bool> {
        self.get("x-should-retry")?.parse().ok()
    }
}

/// Seconds from `now` to an HTTP date; 0 for a date that has passed.
fn seconds_until(date: &str, now: SystemTime) -> Option<f64> {
    let date = httpdate::parse_http_date(date).ok()?;
    let since_epoch = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let wait: Duration = since_epoch(date).saturating_sub(since_epoch(now));
    Some(wait.as_secs_f64())
}

/// A failed attempt, together with what the provider says about trying again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// What went wrong.
    pub(super) error: CallError,
    /// The provider's own word on a retry, where it gives one.
    pub(super) should_retry: Option<bool>,
    /// What a body that holds no answer says that it took.
    pub(super) took: Option<Box<Took>>,
}

/// What a request took that came to nothing, and at which price.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Took {
    pub(super) usage: Usage,
    /// The tier of service, as the body names it.
    pub(super) tier: Option<String>,
}

/// Why there is no whole HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(super) struct Breakdown {
    /// `Connect`, `Timeout` or `Transport`.
    pub(super) class: ErrorClass,
    /// What happened, without the provider's name.
    pub(super) text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    fn wait(pairs: &[(&str, &str)]) -> Option<f64> {
        headers(pairs).retry_after_s(UNIX_EPOCH + Duration::from_secs(784_111_777))
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        assert_eq!(wait(&[("retry-after", "2.5")]), Some(2.5));
        assert_eq!(
            wait(&[("retry-after", "9"), ("retry-after-ms", "250")]),
            Some(0.25)
        );
        assert_eq!(
            wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")]),
            Some(3.0)
        );
        assert_eq!(
            wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:30 GMT")]),
            Some(0.0)
        );
        assert_eq!(wait(&[("retry-after", "-1")]), Some(0.0));
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "inf")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn what_a_gateway_passes_on_counts_where_it_says_nothing_itself() {
        assert_eq!(wait(&[("llm_provider-retry-after", "4")]), Some(4.0));
        let both = [("llm_provider-retry-after", "4"), ("retry-after", "2")];
        assert_eq!(wait(&both), Some(2.0));
    }

    #[test]
    fn the_providers_word_on_retries_is_read() {
        assert_eq!(
            headers(&[("x-should-retry", "false")]).should_retry(),
            Some(false)
        );
        assert_eq!(headers(&[("x-should-retry", "maybe")]).should_retry(), None);
    }
}
