//! Numbers as people write them: currencies, thousands separators, digits of other scripts.

/// A number and how it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<'t> {
    /// Its value.
    pub number: f64,
    /// Its digits and what stands between them.
    pub written: &'t str,
}

/// The zeros of scripts whose ten digits follow each other.
const ZEROS: [u32; 17] = [
    0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50,
    0xed0, 0x1040, 0x17e0, 0xff10,
];

/// Groups of digits that are looked at: a number of more is beyond every float.
const GROUPS: usize = 128;

/// The last number of a text; `None` where there is none, or none that a float can hold.
pub fn last_number(text: &str) -> Option<Found<'_>> {
    let groups = groups(text);
    let last = groups.first()?;
    if let Some(found) = with_exponent(text, &groups) {
        return Some(found);
    }
    let shape = shape(&groups);
    let whole: String = groups
        .get(usize::from(shape.fraction)..shape.count)?
        .iter()
        .rev()
        .map(|group| &*group.digits)
        .collect();
    let start = groups.get(shape.count - 1)?.start;
    let (fraction, start) = if shape.fraction {
        (&*last.digits, start)
    } else if shape.count == 1 && has_bare_point(text, start) {
        return found(text, (start - 1, last.end), &format!("0.{whole}"));
    } else {
        ("0", start)
    };
    found(text, (start, last.end), &format!("{whole}.{fraction}"))
}

/// A run of digits.
struct Group {
    digits: String,
    start: usize,
    end: usize,
    /// What stands between it and the group before, where that is one character.
    joint: Option<char>,
}

/// The groups of digits from the end, as far as one character stands between two of them.
fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut between = 0;
    for (at, c) in text.char_indices().rev() {
        let Some(value) = digit(c) else {
            between += 1;
            let count = groups.len();
            if let Some(before) = groups.last_mut() {
                if between > 1 || count >= GROUPS {
                    break;
                }
                before.joint = Some(c);
            }
            continue;
        };
        let value = char::from(b'0' + value);
        match groups.last_mut() {
            Some(group) if between == 0 => {
                group.digits.push(value);
                group.start = at;
            }
            _ => groups.push(Group {
                digits: value.into(),
                start: at,
                end: at + c.len_utf8(),
                joint: None,
            }),
        }
        between = 0;
    }
    // Nothing that is looked at stands before the first.
    if let Some(first) = groups.last_mut() {
        first.joint = None;
    }
    for group in &mut groups {
        group.digits = group.digits.chars().rev().collect();
    }
    groups
}

/// How many groups from the end are the number, and whether the last of them is its fraction.
struct Shape {
    count: usize,
    fraction: bool,
}

fn shape(groups: &[Group]) -> Shape {
    let alone = Shape {
        count: 1,
        fraction: false,
    };
    let joint = |at: usize| groups.get(at).and_then(|group| group.joint);
    let Some(own) = joint(0) else { return alone };
    if !matches!(own, '.' | ',') {
        let count = thousands(groups, 0);
        return Shape { count, ..alone };
    }
    // 1.234,56: thousands before the last separator, and another character for them.
    let whole = thousands(groups.get(1..).unwrap_or_default(), 0);
    let fraction = Shape {
        count: 1 + whole,
        fraction: true,
    };
    if whole > 1 && joint(1) != Some(own) {
        return fraction;
    }
    // 1,234 is a thousand, 1.234 is one and a bit, 1.234.567 is a million.
    let grouped = thousands(groups, 0);
    let starts_with_zero = groups
        .get(grouped - 1)
        .is_some_and(|group| group.digits.starts_with('0'));
    if grouped > 2 || (grouped == 2 && own == ',' && !starts_with_zero) {
        return Shape {
            count: grouped,
            ..alone
        };
    }
    // 12.05.2024 is a date, 1,2,3 a list.
    if joint(1) == Some(own) || (own == ',' && is_three(groups) && !starts_with_zero) {
        return alone;
    }
    fraction
}

fn is_three(groups: &[Group]) -> bool {
    groups.first().is_some_and(|group| group.digits.len() == 3)
}

/// How many groups from the end make a number by groups of three, or of two before the last three; 1 where that is none.
fn thousands(groups: &[Group], from: usize) -> usize {
    let Some(separator) = groups.get(from).and_then(|group| group.joint) else {
        return 1;
    };
    let is_separator = matches!(
        separator,
        '.' | ',' | '\'' | '’' | '_' | ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}'
    );
    if !is_separator || !is_three(groups) {
        return 1;
    }
    let mut count = 1;
    let mut size = 3;
    while let Some(group) = groups.get(count) {
        let length = group.digits.len();
        let goes_on = group.joint == Some(separator);
        if count == 1 && length == 2 && goes_on {
            size = 2;
        }
        if length > size {
            break;
        }
        count += 1;
        if length < size || !goes_on {
            break;
        }
    }
    count
}

/// `1.5e3`: the last group is a power of ten.
fn with_exponent<'t>(text: &'t str, groups: &[Group]) -> Option<Found<'t>> {
    let power = groups.first()?;
    let before = text.get(..power.start)?;
    let unsigned = before.strip_suffix(['-', '+']).unwrap_or(before);
    let mantissa = unsigned.strip_suffix(['e', 'E'])?;
    let from = mantissa.rfind(|c: char| !c.is_ascii_digit() && c != '.');
    let from = from.map_or(0, |at| {
        at + mantissa[at..].chars().next().map_or(1, char::len_utf8)
    });
    let digits = mantissa.get(from..)?;
    let is_word = text.get(..from)?.ends_with(char::is_alphanumeric);
    if !digits.ends_with(|c: char| c.is_ascii_digit()) || is_word {
        return None;
    }
    let sign = before.strip_prefix(unsigned)?;
    found(
        text,
        (from, power.end),
        &format!("{digits}e{sign}{}", power.digits),
    )
    .filter(|_| {
        // `3e5` in the middle of a longer word is none.
        !text
            .get(power.end..)
            .is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    })
}

fn found<'t>(text: &'t str, (start, end): (usize, usize), plain: &str) -> Option<Found<'t>> {
    let number: f64 = plain
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    let number = if is_negative(text.get(..start)?) {
        -number
    } else {
        number
    };
    Some(Found {
        number,
        written: text.get(start..end)?,
    })
}

/// Whether a minus stands before, with a currency between at most; one between two words or numbers is none.
fn is_negative(before: &str) -> bool {
    let before = before.strip_suffix(is_currency).unwrap_or(before);
    let before = before.strip_suffix(['-', '\u{2212}']);
    before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == ')'))
}

fn is_currency(c: char) -> bool {
    matches!(
        c,
        '$' | '¢' | '£' | '¤' | '¥' | '\u{20a0}'..='\u{20cf}' | '￥'
    )
}

/// Whether `.5` is written for a half.
fn has_bare_point(text: &str, start: usize) -> bool {
    let before = text
        .get(..start)
        .and_then(|before| before.strip_suffix('.'));
    before.is_some_and(|before| {
        before.is_empty()
            || before
                .ends_with(|c: char| c.is_whitespace() || is_currency(c) || "-−(=~≈".contains(c))
    })
}

/// The value of a decimal digit of any script.
fn digit(c: char) -> Option<u8> {
    let code = u32::from(c);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    u8::try_from(code - zero).ok().filter(|value| *value < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<f64> {
        last_number(text).map(|found| found.number)
    }

    #[test]
    fn separators_are_read_as_people_write_them() {
        for (text, wanted) in [
            ("it costs $1,234.50.", 1234.5),
            ("1,234", 1234.0),
            ("1,234,567", 1_234_567.0),
            ("1.234.567", 1_234_567.0),
            ("1.234,56 €", 1234.56),
            ("1.234,567", 1234.567),
            ("1,234.567", 1234.567),
            ("3.75", 3.75),
            ("3,75", 3.75),
            ("0,250", 0.25),
            ("1.234", 1.234),
            ("12,34,567 rupees", 1_234_567.0),
            ("1'234'567.5", 1_234_567.5),
            ("1\u{202f}234,5", 1234.5),
            ("1 000 euros", 1000.0),
            ("in 2023 100 came", 100.0),
            ("1_000_000", 1_000_000.0),
            ("12.05.2024", 2024.0),
            ("1,2,3", 3.0),
            ("version 1.2.3", 3.0),
            ("50%", 50.0),
            ("x = .5", 0.5),
            ("18.", 18.0),
            ("1e5", 100_000.0),
            ("2.5e-3 m", 0.0025),
            ("a1e5", 5.0),
            ("٣٤٥", 345.0),
            ("উত্তর ১৮", 18.0),
            ("１２", 12.0),
            ("5 apples and 6 pears", 6.0),
        ] {
            let found = number(text);
            assert!(
                found.is_some_and(|found| (found - wanted).abs() < 1e-12),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn a_minus_belongs_to_the_number_and_a_hyphen_does_not() {
        for (text, wanted) in [
            ("-5", -5.0),
            ("= −5", -5.0),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("7-5", 5.0),
            ("GPT-5", 5.0),
            ("(-1.5)", -1.5),
        ] {
            let found = number(text);
            assert!(
                found.is_some_and(|found| (found - wanted).abs() < 1e-12),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_written_is_shown() {
        assert_eq!(last_number("so $1,234.50!").unwrap().written, "1,234.50");
        assert_eq!(last_number("so .5").unwrap().written, ".5");
    }

    #[test]
    fn texts_without_a_number_and_hostile_ones_end() {
        for text in ["", "none", "½", "e5.", &"9".repeat(1_000_000)] {
            let _ = last_number(text);
        }
        assert_eq!(number("none"), None);
        assert_eq!(number(&"9".repeat(500)), None);
        assert_eq!(number(&"1,".repeat(500_000)), Some(1.0));
        assert_eq!(number(&"e1".repeat(500_000)), Some(1.0));
    }
}
