//! Numbers as people read them. Programs get them raw, in report.json.

use super::RunRecord;

/// A number in the unit that its metric has.
pub(crate) fn metric(name: &str, value: f64) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    match last {
        "pass_rate" | "refusal_rate" => rate(value),
        "cost_usd" | "paid_usd" => money(value),
        _ if name.starts_with("latency_ms") => ms(value),
        _ if name == "errors" || name == "broken" || name.starts_with("tokens.") => count(value),
        _ => decimal(value, 4),
    }
}

/// A share in a table. What is not quite all or nothing is never rounded to it: a gate may turn on the difference.
pub(crate) fn rate(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if share < 1.0 && tenths >= 1000.0 {
        return ">99.9 %".to_owned();
    }
    if share > 0.0 && tenths < 1.0 {
        return "<0.1 %".to_owned();
    }
    format!("{:.1} %", tenths / 10.0)
}

/// US dollars: cents from a hundred on, hundredths of a cent below.
pub(crate) fn money(usd: f64) -> String {
    if usd > 0.0 && usd < 0.0001 {
        "<$0.0001".to_owned()
    } else if usd.abs() >= 100.0 {
        let cents = (usd * 100.0).round();
        format!(
            "${}.{:02}",
            count((cents / 100.0).trunc()),
            (cents.abs() % 100.0) as u64
        )
    } else {
        format!("${usd:.4}")
    }
}

/// What a run paid, as far as that is known.
pub(crate) fn paid(record: &RunRecord) -> String {
    format!("{} paid", record.paid().told(money))
}

/// How many requests a run sent.
pub(crate) fn calls(record: &RunRecord) -> String {
    let calls = of(record.calls(), "call");
    match record.in_flight {
        0 => calls,
        lost => format!("{calls} ({} in flight at its end)", count(f64::from(lost))),
    }
}

/// Milliseconds, tenths of them below ten; seconds from ten of them on.
pub(crate) fn ms(ms: f64) -> String {
    if ms.abs() < 9.95 {
        format!("{} ms", decimal(ms, 1))
    } else if ms.abs() < 9_999.5 {
        format!("{} ms", count(ms))
    } else {
        format!("{:.1} s", ms / 1000.0)
    }
}

/// A length of time.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 9.995 {
        return format!("{seconds:.2} s");
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours == 0 {
        format!("{minutes} min {seconds} s")
    } else {
        format!("{hours} h {minutes} min")
    }
}

/// A whole number with its thousands set apart.
pub(crate) fn count(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 && digits != "0" {
        grouped.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 case`, `1000 cases`: for what a person may copy and a program may read.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `1 case`, `2,000 cases`.
pub(crate) fn of(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number as f64))
}

/// At most this many digits after the point, and no zeros at the end.
pub(crate) fn decimal(value: f64, digits: usize) -> String {
    let fixed = format!("{value:.digits$}");
    if digits == 0 {
        return fixed;
    }
    let trimmed = fixed.trim_end_matches('0').trim_end_matches('.');
    if trimmed == "-0" {
        return "0".to_owned();
    }
    trimmed.to_owned()
}

/// A number within a sentence: at most four decimals.
pub(crate) fn short(value: f64) -> String {
    decimal(value, 4)
}

/// A share within a sentence: `5 %`, `12.5 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", tenths(share))
}

/// A difference of rates within a sentence: `5 points`.
pub(crate) fn short_points(difference: f64) -> String {
    format!("{} points", tenths(difference))
}

/// A difference of rates within a sentence, with its sign: `+5 points`.
pub(crate) fn signed_points(difference: f64) -> String {
    let sign = if difference > 0.0 { "+" } else { "" };
    format!("{sign}{}", short_points(difference))
}

/// Hundredths, to a tenth of them.
fn tenths(share: f64) -> String {
    short((share * 1000.0).round() / 10.0)
}

/// A difference of rates in a table, with its sign: `+2.3 points`.
pub(crate) fn points(difference: f64) -> String {
    format!("{:+.1} points", difference * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_do_not_round_to_all_or_nothing() {
        assert_eq!(rate(0.931), "93.1 %");
        assert_eq!(rate(1.0), "100.0 %");
        assert_eq!(rate(0.0), "0.0 %");
        assert_eq!(rate(0.9999), ">99.9 %");
        assert_eq!(rate(0.0001), "<0.1 %");
    }

    #[test]
    fn money_shows_fractions_of_a_cent() {
        assert_eq!(money(0.0123), "$0.0123");
        assert_eq!(money(0.000_01), "<$0.0001");
        assert_eq!(money(0.0), "$0.0000");
        assert_eq!(money(1234.567), "$1,234.57");
        assert_eq!(money(199.999), "$200.00");
    }

    #[test]
    fn times_take_the_unit_they_are_read_in() {
        assert_eq!(ms(0.42), "0.4 ms");
        assert_eq!(ms(820.4), "820 ms");
        assert_eq!(ms(9_400.0), "9,400 ms");
        assert_eq!(ms(12_345.0), "12.3 s");
        assert_eq!(duration(0.09), "0.09 s");
        assert_eq!(duration(12.34), "12.3 s");
        assert_eq!(duration(125.0), "2 min 5 s");
        assert_eq!(duration(59.97), "1 min 0 s");
        assert_eq!(duration(7_260.0), "2 h 1 min");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(-123.0), "-123");
        assert_eq!(decimal(0.1 + 0.2, 6), "0.3");
        assert_eq!(of(1, "case"), "1 case");
        assert_eq!(of(1200, "case"), "1,200 cases");
    }

    #[test]
    fn within_sentences_numbers_are_short() {
        assert_eq!(short(121.0), "121");
        assert_eq!(short(0.945_312_5), "0.9453");
        assert_eq!(short(-0.000_001), "0");
        assert_eq!(percent(0.05), "5 %");
        assert_eq!(percent(0.123_4), "12.3 %");
        assert_eq!(short_points(-0.05), "-5 points");
        assert_eq!(signed_points(0.012), "+1.2 points");
    }

    #[test]
    fn a_metric_knows_its_unit() {
        assert_eq!(metric("greeting.pass_rate", 0.5), "50.0 %");
        assert_eq!(metric("judge.cost_usd", 0.5), "$0.5000");
        assert_eq!(metric("latency_ms.p95", 1900.0), "1,900 ms");
        assert_eq!(metric("tokens.input", 1900.0), "1,900");
        assert_eq!(metric("greeting.score", 0.875), "0.875");
    }
}
