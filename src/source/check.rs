//! Typed reading of a YAML tree: what does not fit becomes a problem at its place, and reading goes on.

use super::quantity::{as_share, written};
use super::{Mark, Node, Source, Unit, Yaml, did_you_mean};
use crate::model::{Location, Problem, Problems};

/// Most items of a list.
const LONGEST_LIST: usize = 10_000;

/// Characters of a text that are quoted where a number should stand.
const LONGEST_QUOTED: usize = 40;

/// Reads values of one file and collects what is wrong with them.
#[derive(Debug)]
pub(crate) struct Check<'a> {
    /// The file.
    pub source: &'a Source,
    /// What was wrong so far.
    pub problems: Problems,
}

/// The entries of a mapping whose keys are all known.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'n> {
    entries: Vec<(&'n str, Mark, &'n Node)>,
    /// Where the mapping stands.
    pub mark: Mark,
}

impl<'n> Fields<'n> {
    /// The value of a key; `None` where it is absent or null.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries
            .iter()
            .find(|(name, ..)| *name == key)
            .map(|(.., node)| *node)
            .filter(|node| node.value != Yaml::Null)
    }

    /// Where a key is written; `None` where it is absent.
    pub(crate) fn key_mark(&self, key: &str) -> Option<Mark> {
        self.entries
            .iter()
            .find(|(name, ..)| *name == key)
            .map(|(_, mark, _)| *mark)
    }

    /// Every entry: key, its place, value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'n str, Mark, &'n Node)> {
        self.entries.iter().copied()
    }
}

impl<'a> Check<'a> {
    /// Begins with a file and no problems.
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            source,
            problems: Problems::default(),
        }
    }

    /// Adds a problem at a place.
    pub(crate) fn error(&mut self, code: &'static str, mark: Mark, message: impl Into<String>) {
        self.hinted(code, mark, message, None);
    }

    /// Adds a problem at a place with a way to fix it.
    pub(crate) fn hinted(
        &mut self,
        code: &'static str,
        mark: Mark,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        if self.problems.only_count(code) {
            return;
        }
        let problem = Problem::error(code, self.source.location(mark), message);
        self.problems.push(problem.maybe_hint(hint));
    }

    /// Where a value stands.
    pub(crate) fn at(&self, mark: Mark) -> Location {
        self.source.location(mark)
    }

    fn wrong_type(&mut self, node: &Node, name: &str, wanted: &str) {
        self.error(
            "wrong-type",
            node.mark,
            format!("`{name}` takes {wanted}, not {}", node.kind()),
        );
    }

    /// The entries of a mapping; every key must be one of `known`.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        let fields = self.any_fields(node, what)?;
        for (key, mark, _) in fields.iter() {
            if !known.contains(&key) && !self.problems.only_count("unknown-key") {
                self.hinted(
                    "unknown-key",
                    mark,
                    format!("unknown key `{key}` in {what}"),
                    did_you_mean(key, known.iter().copied()),
                );
            }
        }
        Some(fields)
    }

    /// The entries of a mapping with free keys.
    pub(crate) fn any_fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        match &node.value {
            Yaml::Map(entries) => Some(Fields {
                entries: entries
                    .iter()
                    .map(|(key, mark, node)| (key.as_str(), *mark, node))
                    .collect(),
                mark: node.mark,
            }),
            Yaml::Null => Some(Fields {
                entries: Vec::new(),
                mark: node.mark,
            }),
            _ => {
                let message = format!("{what} is a mapping, not {}", node.kind());
                self.error("wrong-type", node.mark, message);
                None
            }
        }
    }

    /// A key that has to be there.
    pub(crate) fn require<'n>(
        &mut self,
        fields: &Fields<'n>,
        key: &str,
        what: &str,
    ) -> Option<&'n Node> {
        let node = fields.get(key);
        if node.is_none() {
            let mark = fields.key_mark(key).unwrap_or(fields.mark);
            let line = if mark.line == 0 {
                self.source.whole()
            } else {
                self.source.location(Mark { length: 1, ..mark })
            };
            let problem = Problem::error("missing-key", line, format!("{what} has no `{key}`"));
            self.problems.push(problem);
        }
        node
    }

    /// A text; numbers and booleans are taken as they were written.
    pub(crate) fn string(&mut self, node: &Node, name: &str) -> Option<String> {
        match &node.value {
            Yaml::String(text) => Some(text.clone()),
            Yaml::Number(_, written) => Some(written.clone()),
            Yaml::Bool(value) => Some(value.to_string()),
            _ => {
                self.wrong_type(node, name, "a text");
                None
            }
        }
    }

    /// A text that is not blank.
    pub(crate) fn filled(&mut self, node: &Node, name: &str) -> Option<String> {
        let text = self.string(node, name)?;
        if text.trim().is_empty() {
            self.error("empty-value", node.mark, format!("`{name}` is empty"));
            return None;
        }
        Some(text)
    }

    /// A finite number; its unit is the one that its name tells.
    pub(crate) fn number(&mut self, node: &Node, name: &str) -> Option<f64> {
        self.number_of(node, name, Unit::named(name))
    }

    /// A finite number of a unit.
    pub(crate) fn number_of(&mut self, node: &Node, name: &str, unit: Unit) -> Option<f64> {
        match &node.value {
            Yaml::Number(number, _) if number.as_f64().is_some_and(f64::is_finite) => {
                number.as_f64()
            }
            Yaml::String(text) => {
                let hint = unit
                    .meant(text)
                    .map(|number| format!("write `{name}: {number}`"));
                let shown: String = text.chars().take(LONGEST_QUOTED).collect();
                let message = format!("`{name}` takes a number, not the text `{shown}`");
                self.hinted("wrong-type", node.mark, message, hint);
                None
            }
            _ => {
                self.wrong_type(node, name, "a number");
                None
            }
        }
    }

    /// A number within bounds, both inclusive.
    pub(crate) fn number_in(&mut self, node: &Node, name: &str, min: f64, max: f64) -> Option<f64> {
        let unit = if max <= 1.0 {
            Unit::Share
        } else {
            Unit::named(name)
        };
        let number = self.number_of(node, name, unit)?;
        if number < min || number > max {
            let range = if max.is_finite() {
                format!("between {min} and {max}")
            } else {
                format!("of at least {min}")
            };
            let message = format!("`{name}` takes a number {range}, not {number}");
            let share = as_share(number, unit).filter(|share| (min..=max).contains(share));
            let hint = share.and_then(written);
            let hint = hint.map(|share| format!("write `{name}: {share}`"));
            self.hinted("out-of-range", node.mark, message, hint);
            return None;
        }
        Some(number)
    }

    /// A whole number within bounds, both inclusive.
    pub(crate) fn integer_in(
        &mut self,
        node: &Node,
        name: &str,
        min: u64,
        max: u64,
    ) -> Option<u64> {
        let Yaml::Number(number, _) = &node.value else {
            self.wrong_type(node, name, "a whole number");
            return None;
        };
        let n = number.as_u64().filter(|n| (min..=max).contains(n));
        if n.is_none() {
            let message =
                format!("`{name}` takes a whole number between {min} and {max}, not {number}");
            self.error("out-of-range", node.mark, message);
        }
        n
    }

    /// A truth value.
    pub(crate) fn boolean(&mut self, node: &Node, name: &str) -> Option<bool> {
        if let Yaml::Bool(value) = node.value {
            Some(value)
        } else {
            self.wrong_type(node, name, "`true` or `false`");
            None
        }
    }

    /// The items of a list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, name: &str) -> Option<&'n [Node]> {
        match &node.value {
            Yaml::Seq(items) if items.len() <= LONGEST_LIST => Some(items),
            Yaml::Seq(items) => {
                let message = format!(
                    "`{name}` has {} items, more than {LONGEST_LIST}",
                    items.len()
                );
                self.error("too-long", node.mark, message);
                None
            }
            _ => {
                self.wrong_type(node, name, "a list");
                None
            }
        }
    }

    /// A list of texts; a single text counts as a list of one.
    pub(crate) fn strings(&mut self, node: &Node, name: &str) -> Vec<String> {
        if let Yaml::String(text) = &node.value {
            return vec![text.clone()];
        }
        let items = self.list(node, name).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| self.string(item, name))
            .collect()
    }
}
