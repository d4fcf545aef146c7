//! Filters beside those of Jinja2: `currency`, and JSON that is not escaped for HTML.

use minijinja::value::{Kwargs, Rest, Serde, ValueKind, ValueOrKwargs, from_args};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::{meter, size};

pub(super) fn register(env: &mut Environment<'static>) {
    env.add_filter("currency", currency);
    env.add_filter("json", json);
    // MiniJinja's own escapes `<` for HTML, which a prompt must not contain unless its author wrote it.
    env.add_filter("tojson", json);
    env.add_filter("fromjson", from_json);
}

/// An amount with its sign, thousands separated: `1299 | currency` is `$1,299.00`.
///
/// Takes a number, in US dollars unless a code is given (`| currency("EUR")`), or a mapping `{amount, currency}`.
fn currency(value: &Value, code: Option<String>) -> Result<String, Error> {
    let (amount, code) = if value.kind() == ValueKind::Map {
        let own = value.get_attr("currency")?;
        let own = own.as_str().map(str::to_owned);
        (value.get_attr("amount")?, own.or(code))
    } else {
        (value.clone(), code)
    };
    let code = code.unwrap_or_else(|| "USD".to_owned());
    let number = number(&amount).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("currency takes a number or a mapping {{amount, currency}}, not {amount}"),
        )
    })?;
    Ok(format_amount(number, &code))
}

fn number(value: &Value) -> Option<f64> {
    let number = match value.kind() {
        ValueKind::Number => f64::try_from(value.clone()).ok()?,
        ValueKind::String => value.as_str()?.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn format_amount(amount: f64, code: &str) -> String {
    // Minor units by ISO 4217; three-decimal currencies are rare enough to be listed whole.
    let decimals = match code {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    };
    let text = format!("{:.decimals$}", amount.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    let sign = if amount < 0.0 { "-" } else { "" };
    match code {
        "USD" => format!("{sign}${grouped}"),
        "EUR" => format!("{sign}€{grouped}"),
        "GBP" => format!("{sign}£{grouped}"),
        "JPY" => format!("{sign}¥{grouped}"),
        "INR" => format!("{sign}₹{grouped}"),
        "KRW" => format!("{sign}₩{grouped}"),
        _ => format!("{sign}{code} {grouped}"),
    }
}

fn json(value: &Value, args: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let args = args.into_values();
    let (indent, named) = from_args::<(Option<usize>, Kwargs)>(&args)?;
    let indent = match indent {
        Some(indent) => Some(indent),
        None => named.get("indent")?,
    };
    named.assert_all_used()?;
    let what = "`tojson`";
    size::flat_enough(what, value)?;
    let mut out = size::Bounded(String::new());
    let result = if indent.is_some() {
        serde_json::to_writer_pretty(&mut out, value)
    } else {
        serde_json::to_writer(&mut out, value)
    };
    match result {
        Ok(()) => {
            meter::work(what, out.0.len() as u64 / 8)?;
            meter::build(what, out.0.len() as u64)?;
            Ok(out.0)
        }
        Err(error) if error.is_io() => Err(size::too_large(what)),
        Err(error) => Err(Error::new(ErrorKind::BadSerialization, error.to_string())),
    }
}

fn from_json(text: &str) -> Result<Value, Error> {
    // Each comma, colon and bracket is a value, first of the reader and then of the template.
    let values = text.bytes().filter(|byte| b",:[{".contains(byte)).count() as u64;
    meter::build(
        "`fromjson`",
        values.saturating_mul(96).saturating_add(text.len() as u64),
    )?;
    meter::work("`fromjson`", values.saturating_mul(4))?;
    serde_json::from_str::<serde_json::Value>(text)
        .map(|value| Value::from(Serde(value)))
        .map_err(|error| Error::new(ErrorKind::CannotDeserialize, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::format_amount;

    #[test]
    fn amounts_follow_the_minor_units_of_their_currency() {
        assert_eq!(format_amount(1_234_567.5, "USD"), "$1,234,567.50");
        assert_eq!(format_amount(129.9, "EUR"), "€129.90");
        assert_eq!(format_amount(3980.0, "JPY"), "¥3,980");
        assert_eq!(format_amount(-5.0, "GBP"), "-£5.00");
        assert_eq!(format_amount(99.0, "CHF"), "CHF 99.00");
        assert_eq!(format_amount(0.0, "USD"), "$0.00");
    }
}
