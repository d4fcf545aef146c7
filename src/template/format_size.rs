//! How large a formatted text gets: `'%10s' | format(x)` and `'{:>10}'.format(x)`, from their widths and arguments.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

use super::{meter, size};

/// Which of the two languages a format is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Printf,
    Braces,
}

/// Refuses a format that would build too much.
pub(super) fn check(what: &str, style: Style, format: &str, args: &[Value]) -> Result<(), Error> {
    meter::work(what, 1 + format.len() as u64 / 16)?;
    let (fields, mut bytes) = match style {
        Style::Printf => printf(format)?,
        Style::Braces => braces(format)?,
    };
    bytes = bytes.saturating_add(format.len() as u64);
    // Fields that say which value they take may take one many times.
    let mut in_order = 0;
    for field in fields {
        let value = match field {
            Field::Next => {
                in_order += 1;
                args.get(in_order - 1).cloned()
            }
            Field::Named(name) => named(name, args),
        };
        if let Some(value) = value {
            bytes = bytes.saturating_add(size::text(what, &value)?);
            meter::work(what, 1)?;
            meter::allow(what, bytes)?;
        }
    }
    meter::allow(what, bytes)
}

enum Field<'s> {
    Next,
    Named(&'s str),
}

/// The value of a named or numbered field; what stands below it is no larger.
fn named(name: &str, args: &[Value]) -> Option<Value> {
    if let Ok(at) = name.parse::<usize>() {
        return args.get(at).cloned();
    }
    let last = args.iter().rfind(|arg| arg.kind() == ValueKind::Map)?;
    last.get_attr(name).ok()
}

/// The sum of the numbers in a field: widths and precisions, four bytes for each character.
fn widths(field: &str) -> u64 {
    field
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(4))
        .fold(0, u64::saturating_add)
}

fn printf(format: &str) -> Result<(Vec<Field<'_>>, u64), Error> {
    let mut fields = Vec::new();
    let mut bytes: u64 = 0;
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            rest = after;
            continue;
        }
        let mut field = Field::Next;
        if let Some((key, after)) = rest.strip_prefix('(').and_then(|key| key.split_once(')')) {
            ascii(key)?;
            field = Field::Named(key);
            rest = after;
        }
        let end = rest
            .find(|letter: char| !"#0- +.123456789".contains(letter))
            .unwrap_or(rest.len());
        bytes = bytes.saturating_add(widths(&rest[..end]));
        rest = &rest[end..];
        fields.push(field);
    }
    Ok((fields, bytes))
}

fn braces(format: &str) -> Result<(Vec<Field<'_>>, u64), Error> {
    let mut fields = Vec::new();
    let mut bytes: u64 = 0;
    let mut rest = format;
    while let Some(at) = rest.find('{') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        fields.push(match &rest[..end] {
            "" => Field::Next,
            name => Field::Named(name),
        });
        rest = path(&rest[end..])?;
        let Some(spec) = rest.strip_prefix(':') else {
            continue;
        };
        // A fill may be any character, also one that looks like the end or like a width.
        let mut letters = spec.chars();
        rest = match (letters.next(), letters.next()) {
            (Some(_), Some('<' | '>' | '^')) => letters.as_str(),
            _ => spec,
        };
        let end = rest.find('}').unwrap_or(rest.len());
        bytes = bytes.saturating_add(widths(&rest[..end]));
        rest = &rest[end..];
    }
    Ok((fields, bytes))
}

/// What follows the path of a field, such as `.name[0]`.
fn path(text: &str) -> Result<&str, Error> {
    let mut rest = text;
    loop {
        if let Some(key) = rest.strip_prefix('[') {
            let Some((key, after)) = key.split_once(']') else {
                return Ok("");
            };
            ascii(key)?;
            rest = after;
        } else if let Some(name) = rest.strip_prefix('.') {
            let end = name
                .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                .unwrap_or(name.len());
            rest = &name[end..];
        } else {
            return Ok(rest);
        }
    }
}

/// MiniJinja cuts other keys in the middle of a character.
fn ascii(key: &str) -> Result<(), Error> {
    if key.is_ascii() {
        return Ok(());
    }
    let message = format!("the key `{key}` of a format must be written in ASCII");
    Err(Error::new(ErrorKind::InvalidOperation, message))
}
