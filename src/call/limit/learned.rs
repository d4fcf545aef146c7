//! What a provider says of its limits in the headers of its answers.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::call::exchange::Headers;

/// A limit that is whole again later than this, in seconds, is one a day, or nonsense: calls cannot be spread over it, and
/// the provider says so itself once it is used up.
const LONGEST_RESET_S: f64 = 60.0;

/// Longest time, in seconds, that headers hold back one call. They are a hint: a provider whose limit is slower than this
/// complains, and is then waited for as long as it asks.
const LONGEST_WAIT_S: f64 = 5.0;

/// A reset that is waited for whole, in seconds.
const SOON_S: f64 = 1.0;

/// Share of a limit from which on a provider is treated as short of it.
const SHORT: f64 = 0.1;

/// One limit as it stands after an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Left {
    limit: f64,
    remaining: f64,
    /// Seconds until it is whole again.
    reset_s: f64,
}

/// How calls have to be spread, as far as headers tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Learned {
    /// Seconds from one request to the next; 0 where there is room.
    pub(super) per_request: f64,
    /// Seconds that a token takes; 0 where there is room.
    pub(super) per_token: f64,
    /// Seconds in which nothing may begin.
    pub(super) pause: f64,
}

impl Learned {
    /// Seconds from one call of so many tokens to the next.
    pub(super) fn spacing_s(self, tokens: u64) -> f64 {
        let by_tokens = self.per_token * tokens as f64;
        self.per_request.max(by_tokens).min(LONGEST_WAIT_S)
    }
}

/// Header names: limit, remaining and reset of requests and of tokens.
const REQUESTS: [[&str; 3]; 3] = [
    [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    ],
    [
        "x-ratelimit-limit-requests",
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ],
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ],
];

const TOKENS: [[&str; 3]; 4] = [
    [
        "x-ratelimit-limit-tokens",
        "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-tokens",
    ],
    [
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ],
    [
        "anthropic-ratelimit-input-tokens-limit",
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ],
    [
        "anthropic-ratelimit-output-tokens-limit",
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ],
];

/// Reads the headers of an answer; `None` where they say nothing of limits.
pub(super) fn learn(headers: &Headers, received: SystemTime, in_flight: usize) -> Option<Learned> {
    let all = |names: &[[&str; 3]]| -> Vec<Left> {
        let read = |names: &[&str; 3]| left(headers, names, received);
        names.iter().filter_map(read).collect()
    };
    let (requests, tokens) = (all(&REQUESTS), all(&TOKENS));
    if requests.is_empty() && tokens.is_empty() {
        return None;
    }
    let slowest = |limits: &[Left], needed: f64| {
        let spread = limits.iter().map(|left| left.spread_s(needed));
        spread.fold(0.0, f64::max)
    };
    let empty = requests
        .iter()
        .chain(&tokens)
        .filter(|left| left.remaining < 1.0);
    Some(Learned {
        per_request: slowest(&requests, in_flight as f64),
        per_token: slowest(&tokens, 0.0),
        pause: empty.map(|left| left.empty_s()).fold(0.0, f64::max),
    })
}

impl Left {
    /// Seconds until a call may begin where nothing is left. A limit that is whole again soon is waited for, for it may come
    /// back all at once; of a slower one the first unit is.
    fn empty_s(self) -> f64 {
        if self.reset_s <= SOON_S {
            self.reset_s
        } else {
            (self.reset_s / self.limit).clamp(SOON_S, LONGEST_WAIT_S)
        }
    }

    /// Seconds that one unit takes to come back, where the provider is short of it: what was used is back after the reset.
    fn spread_s(self, needed: f64) -> f64 {
        let is_short = self.remaining <= (self.limit * SHORT).max(needed);
        let used = self.limit - self.remaining;
        if is_short && used >= 1.0 {
            self.reset_s / used
        } else {
            0.0
        }
    }
}

fn left(
    headers: &Headers,
    [limit, remaining, reset]: &[&str; 3],
    received: SystemTime,
) -> Option<Left> {
    let number = |name: &str| {
        let number: f64 = headers.get(name)?.parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    };
    let reset_s = reset_s(headers.get(reset)?, received)?;
    Some(Left {
        limit: number(limit).filter(|limit| *limit >= 1.0)?,
        remaining: number(remaining)?,
        reset_s: Some(reset_s).filter(|reset_s| *reset_s <= LONGEST_RESET_S)?,
    })
}

/// Seconds since 1970 from which on a number is a time and no number of seconds: 2001.
const EPOCH_FROM: f64 = 1e9;

/// Milliseconds since 1970, likewise.
const EPOCH_MS_FROM: f64 = 1e12;

/// Seconds until a reset: `6m0s`, `1s`, `12ms`, a number of seconds, an RFC 3339 time, an HTTP date, or seconds or milliseconds since
/// 1970.
fn reset_s(text: &str, received: SystemTime) -> Option<f64> {
    let now = received.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    let until = |at: f64| Some((at - now).max(0.0));
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return until(at.as_millisecond() as f64 / 1000.0);
    }
    if let Ok(at) = httpdate::parse_http_date(text) {
        return until(at.duration_since(UNIX_EPOCH).ok()?.as_secs_f64());
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return match seconds {
            at if at >= EPOCH_MS_FROM && at.is_finite() => until(at / 1000.0),
            at if at >= EPOCH_FROM && at.is_finite() => until(at),
            seconds => (seconds.is_finite() && seconds >= 0.0).then_some(seconds),
        };
    }
    let (mut seconds, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let units = [("ms", 0.001), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
        let (tail, factor) = units
            .iter()
            .find_map(|(unit, factor)| Some((tail.strip_prefix(unit)?, *factor)))?;
        seconds += number * factor;
        rest = tail;
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    fn openai(limit: &str, remaining: &str, reset: &str) -> Option<Learned> {
        let names = REQUESTS[0];
        let pairs = [(names[0], limit), (names[1], remaining), (names[2], reset)];
        learn(&headers(&pairs), UNIX_EPOCH, 8)
    }

    #[test]
    fn resets_are_read_in_all_their_forms() {
        for (text, seconds) in [
            ("6m0s", 360.0),
            ("1s", 1.0),
            ("12ms", 0.012),
            ("1h2m3.5s", 3723.5),
            ("7", 7.0),
        ] {
            assert_eq!(reset_s(text, UNIX_EPOCH), Some(seconds), "{text}");
        }
        assert_eq!(reset_s("1970-01-01T00:00:09Z", UNIX_EPOCH), Some(9.0));
        let now = UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_000);
        for text in [
            "1800000007",
            "1800000007000",
            "Fri, 15 Jan 2027 08:00:07 GMT",
        ] {
            assert_eq!(reset_s(text, now), Some(7.0), "{text}");
        }
        for nonsense in ["", "x", "-1", "NaN", "5 parsecs", "ms"] {
            assert!(
                reset_s(nonsense, UNIX_EPOCH).is_none_or(|s| s == 0.0),
                "{nonsense}"
            );
        }
    }

    #[test]
    fn calls_are_spread_only_once_a_provider_is_short() {
        assert_eq!(openai("60", "50", "10s"), Some(Learned::default()));
        let short = openai("60", "5", "55s").unwrap();
        assert!(
            (short.per_request - 1.0).abs() < 1e-9,
            "a request a second comes back"
        );
        let empty = openai("60", "0", "60s").unwrap();
        assert!(
            (empty.pause - 1.0).abs() < 1e-9,
            "the first one is back after a second"
        );
    }

    #[test]
    fn nonsense_makes_nobody_wait() {
        assert_eq!(learn(&headers(&[]), UNIX_EPOCH, 8), None);
        for (limit, remaining, reset) in [
            ("0", "0", "9s"),
            ("-5", "0", "9s"),
            ("60", "-1", "9s"),
            ("NaN", "0", "9s"),
            ("60", "0", "soon"),
            ("1", "0", "9000h"),
        ] {
            assert_eq!(
                openai(limit, remaining, reset),
                None,
                "{limit} {remaining} {reset}"
            );
        }
        let slow = openai("1", "0", "60s").unwrap();
        assert_eq!((slow.pause, slow.spacing_s(1_000_000)), (5.0, 5.0));
    }
}
