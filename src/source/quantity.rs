//! Numbers that are written with a unit, as people do (`90%`, `2s`, `$1.50`, `1,000`): what to write instead.

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A share between 0 and 1.
    Share,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Anything else.
    Plain,
}

impl Unit {
    /// The unit that a key or a metric names, such as `timeout_s` or `latency_ms.p95`.
    pub(crate) fn named(name: &str) -> Self {
        let first = name.split('.').next().unwrap_or_default();
        let is_share = ["_rate", ".score"].iter().any(|end| name.ends_with(end));
        match first {
            _ if is_share || name == "score" => Self::Share,
            _ if first.ends_with("_ms") => Self::Milliseconds,
            _ if first.ends_with("_s") => Self::Seconds,
            _ => Self::Plain,
        }
    }

    /// The number of it that a text means, as it has to be written.
    pub(crate) fn meant(self, text: &str) -> Option<String> {
        meant(text, self)
    }

    /// Milliseconds in one of it, where it counts time.
    fn milliseconds(self) -> Option<f64> {
        match self {
            Self::Milliseconds => Some(1.0),
            Self::Seconds => Some(1000.0),
            Self::Share | Self::Plain => None,
        }
    }
}

/// Longest text that is taken for a number with a unit.
const LONGEST: usize = 24;

fn meant(text: &str, unit: Unit) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let number = text.trim_start_matches(['$', '<', '>', '=', '~', ' ']);
    let ends = number.find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '_' | '+' | '-'));
    let (number, suffix) = number.split_at(ends.unwrap_or(number.len()));
    let value = parsed(number)?;
    let suffix = suffix.trim().to_ascii_lowercase();
    let value = match (suffix.as_str(), unit.milliseconds()) {
        ("", _) => as_share(value, unit).unwrap_or(value),
        ("%" | "percent" | "pct", _) => value / 100.0,
        ("usd" | "dollars", _) => value,
        (time, Some(one)) => value * milliseconds(time)? / one,
        (_, None) => return None,
    };
    written(value)
}

/// The share that a number of percent is.
pub(super) fn as_share(number: f64, unit: Unit) -> Option<f64> {
    let is_percent = unit == Unit::Share && number > 1.0 && number <= 100.0;
    is_percent.then_some(number / 100.0)
}

/// A number as people write it, without the noise of binary fractions.
pub(super) fn written(number: f64) -> Option<String> {
    let rounded = (number * 1e9).round() / 1e9;
    rounded.is_finite().then(|| rounded.to_string())
}

/// A comma before three digits groups them, any other one is a decimal point.
fn parsed(number: &str) -> Option<f64> {
    let number = number.replace('_', "");
    let number = match number.rsplit_once(',') {
        Some((before, after)) if after.len() != 3 || before == "0" => format!("{before}.{after}"),
        _ => number.replace(',', ""),
    };
    number.parse().ok()
}

fn milliseconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "msec" | "millis" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 6e4,
        "h" | "hour" | "hours" => 3.6e6,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_a_unit_is_told_as_it_has_to_be_written() {
        let (share, ms, plain) = (Unit::Share, Unit::Milliseconds, Unit::Plain);
        for (text, unit, number) in [
            ("90%", share, "0.9"),
            ("90 %", share, "0.9"),
            ("99.5 percent", share, "0.995"),
            ("90", share, "0.9"),
            ("0.9", share, "0.9"),
            ("0,95", share, "0.95"),
            (">= 0.9", share, "0.9"),
            ("7%", share, "0.07"),
            ("2s", ms, "2000"),
            ("1.5 seconds", ms, "1500"),
            ("800ms", ms, "800"),
            ("2 min", Unit::Seconds, "120"),
            ("500ms", Unit::Seconds, "0.5"),
            ("$1.50", plain, "1.5"),
            ("2 USD", plain, "2"),
            ("1,000", plain, "1000"),
            ("1_000", plain, "1000"),
        ] {
            assert_eq!(meant(text, unit).as_deref(), Some(number), "{text}");
        }
        for none in ["", "high", "%", "2s", "5 apples", "1e400", "1.2.3"] {
            assert_eq!(meant(none, plain), None, "{none}");
        }
    }

    #[test]
    fn names_tell_units() {
        for (name, unit) in [
            ("pass_rate", Unit::Share),
            ("tone.pass_rate", Unit::Share),
            ("tone.score", Unit::Share),
            ("score", Unit::Share),
            ("latency_ms.p95", Unit::Milliseconds),
            ("timeout_s", Unit::Seconds),
            ("cost_usd", Unit::Plain),
            ("errors", Unit::Plain),
        ] {
            assert_eq!(Unit::named(name), unit, "{name}");
        }
    }
}
