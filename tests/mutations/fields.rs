//! One field of a JSON value or of `family.yaml` changed into another that could stand there.

use prompteval::model::Status;
use prompteval::stats::SplitMix64;
use serde_json::{Value, json};

/// Steps from a value's root to one of its parts.
type Path = Vec<Step>;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Item(usize),
}

/// Changes one field of a value, and says which.
pub(crate) fn change(value: &mut Value, strings: &[String], rng: &mut SplitMix64) -> String {
    let mut paths = Vec::new();
    collect(value, &mut Vec::new(), &mut paths);
    loop {
        let path = &paths[rng.index(paths.len())];
        let before = at(value, path).clone();
        let what = apply(value, path, strings, rng);
        if let Some(what) = what {
            let before: String = before.to_string().chars().take(200).collect();
            return format!("{}: {what}, was {before}", shown(path));
        }
    }
}

/// Every string of a value.
pub(crate) fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(strings).collect(),
        Value::Object(map) => map.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

fn collect(value: &Value, here: &mut Path, paths: &mut Vec<Path>) {
    if !here.is_empty() {
        paths.push(here.clone());
    }
    let mut below = |step, item: &Value| {
        here.push(step);
        collect(item, here, paths);
        here.pop();
    };
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, item)| below(Step::Key(key.clone()), item)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(place, item)| below(Step::Item(place), item)),
        _ => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &[Step]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Item(place) => &mut value[*place],
    })
}

fn shown(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Item(place) => place.to_string(),
    });
    steps.collect::<Vec<_>>().join("/")
}

/// `None` where nothing would change.
fn apply(
    value: &mut Value,
    path: &[Step],
    strings: &[String],
    rng: &mut SplitMix64,
) -> Option<String> {
    let (last, parent) = path.split_last()?;
    // A key goes, an item goes, is doubled, or changes places.
    if rng.index(4) == 0 {
        return match (last, at(value, parent)) {
            (Step::Key(key), Value::Object(map)) => {
                map.shift_remove(key);
                Some("removed".to_owned())
            }
            (Step::Item(place), Value::Array(list)) => match rng.index(3) {
                0 => {
                    list.remove(*place);
                    Some("removed".to_owned())
                }
                1 => {
                    list.insert(*place, list[*place].clone());
                    Some("doubled".to_owned())
                }
                _ => {
                    let other = rng.index(list.len());
                    let differ = list[other] != list[*place];
                    list.swap(*place, other);
                    differ.then(|| format!("swapped with {other}"))
                }
            },
            _ => None,
        };
    }
    let field = at(value, path);
    let new = other(field, strings, rng)?;
    if *field == new {
        return None;
    }
    let what = format!("now {new}");
    *field = new;
    Some(what)
}

/// A value that could stand in the place of another.
fn other(value: &Value, strings: &[String], rng: &mut SplitMix64) -> Option<Value> {
    match value {
        Value::Null => Some(match rng.index(4) {
            0 => json!(true),
            1 => json!(1.0),
            2 => json!(false),
            _ => json!(strings[rng.index(strings.len())]),
        }),
        Value::Bool(flag) => Some(json!(!flag)),
        Value::Number(number) => {
            let number = number.as_f64()?;
            Some(match rng.index(7) {
                0 => json!(0),
                1 => json!(number as i64 + 1),
                2 => json!(number as i64 - 1),
                3 => json!(number / 2.0),
                4 => json!(u32::MAX),
                5 => Value::Null,
                _ => json!(rng.index(12)),
            })
        }
        Value::String(text) => Some(match rng.index(6) {
            0 => json!(signs(text, rng)),
            1 => json!(digit(text, rng)),
            2 => json!(""),
            3 => Value::Null,
            _ => json!(strings[rng.index(strings.len())]),
        }),
        Value::Array(list) if !list.is_empty() => Some(json!([])),
        Value::Object(map) if !map.is_empty() => Some(json!({})),
        _ => None,
    }
}

/// Outcomes told otherwise.
fn signs(text: &str, rng: &mut SplitMix64) -> String {
    let place = rng.index(text.chars().count());
    let sign = ['+', '-', '!', '.'][rng.index(4)];
    let turned = text.chars().enumerate();
    turned
        .map(|(at, old)| if at == place { sign } else { old })
        .collect()
}

/// Another number, hash or time.
fn digit(text: &str, rng: &mut SplitMix64) -> String {
    let places: Vec<usize> = text
        .char_indices()
        .filter(|(_, one)| one.is_ascii_digit())
        .map(|(at, _)| at)
        .collect();
    let mut new = text.to_owned();
    if !places.is_empty() {
        let at = places[rng.index(places.len())];
        new.replace_range(at..=at, &rng.index(10).to_string());
    }
    new
}

/// Changes one word, one key or one line of a YAML text, and says which.
pub(crate) fn change_yaml(text: &str, rng: &mut SplitMix64) -> (String, String) {
    loop {
        let (new, what) = match rng.index(5) {
            0 => lines(text, rng),
            1 => key(text, rng),
            _ => word(text, rng),
        };
        if new != text {
            return (new, what);
        }
    }
}

fn lines(text: &str, rng: &mut SplitMix64) -> (String, String) {
    let mut lines: Vec<&str> = text.lines().collect();
    let (at, other) = (rng.index(lines.len()), rng.index(lines.len()));
    let what = match rng.index(3) {
        0 => {
            lines.remove(at);
            format!("line {} removed", at + 1)
        }
        1 => {
            lines.insert(other, lines[at]);
            format!("line {} doubled before line {}", at + 1, other + 1)
        }
        _ => {
            lines.swap(at, other);
            format!("lines {} and {} swapped", at + 1, other + 1)
        }
    };
    (lines.join("\n") + "\n", what)
}

/// Takes `, key: value` out of an entry.
fn key(text: &str, rng: &mut SplitMix64) -> (String, String) {
    let commas: Vec<usize> = text.match_indices(", ").map(|(at, _)| at).collect();
    let at = commas[rng.index(commas.len())];
    let rest = &text[at + 2..];
    let end = rest
        .find([',', '}', ']'])
        .map_or(text.len(), |end| at + 2 + end);
    let mut new = text.to_owned();
    let gone = text[at..end].to_owned();
    new.replace_range(at..end, "");
    (new, format!("{gone:?} removed"))
}

/// Puts another word of the file, or another status, in the place of a word.
fn word(text: &str, rng: &mut SplitMix64) -> (String, String) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut words = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices() {
        match (from, is_part(c)) {
            (None, true) => from = Some(at),
            (Some(start), false) => {
                words.push(start..at);
                from = None;
            }
            _ => {}
        }
    }
    let place = words[rng.index(words.len())].clone();
    let old = &text[place.clone()];
    let word = if old.parse::<Status>().is_ok() {
        Status::ALL[rng.index(Status::ALL.len())].as_str()
    } else {
        &text[words[rng.index(words.len())].clone()]
    };
    let what = format!("{old:?} at byte {} is now {word:?}", place.start);
    let mut new = text.to_owned();
    new.replace_range(place, word);
    (new, what)
}
