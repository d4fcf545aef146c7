//! A tree of values in which every one knows its place in the text.

use serde_json::{Map, Number, Value};

/// A place in a text: line and column in characters, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Characters the value takes.
    pub length: usize,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Yaml,
    /// Its place.
    pub mark: Mark,
}

/// What YAML can say.
#[derive(Clone, Debug, PartialEq)]
pub enum Yaml {
    /// `null`, `~` or nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, and the way it was written.
    Number(Number, String),
    /// A text.
    String(String),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order written: key, its place, value.
    Map(Vec<(String, Mark, Node)>),
}

impl Node {
    /// What the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Yaml::Null => "nothing",
            Yaml::Bool(_) => "a boolean",
            Yaml::Number(..) => "a number",
            Yaml::String(_) => "a text",
            Yaml::Seq(_) => "a list",
            Yaml::Map(_) => "a mapping",
        }
    }

    /// The same tree, whose every value stands at one place.
    #[must_use]
    pub fn at(self, mark: Mark) -> Self {
        let value = match self.value {
            Yaml::Seq(items) => Yaml::Seq(items.into_iter().map(|item| item.at(mark)).collect()),
            Yaml::Map(entries) => Yaml::Map(
                entries
                    .into_iter()
                    .map(|(key, _, value)| (key, mark, value.at(mark)))
                    .collect(),
            ),
            plain => plain,
        };
        Self { value, mark }
    }

    /// A JSON value as a tree whose every value stands at the same place.
    pub fn from_json(value: Value, mark: Mark) -> Self {
        let value = match value {
            Value::Null => Yaml::Null,
            Value::Bool(b) => Yaml::Bool(b),
            Value::Number(n) => {
                let written = n.to_string();
                Yaml::Number(n, written)
            }
            Value::String(s) => Yaml::String(s),
            Value::Array(items) => Yaml::Seq(
                items
                    .into_iter()
                    .map(|item| Self::from_json(item, mark))
                    .collect(),
            ),
            Value::Object(map) => Yaml::Map(
                map.into_iter()
                    .map(|(key, value)| (key, mark, Self::from_json(value, mark)))
                    .collect(),
            ),
        };
        Self { value, mark }
    }

    /// The value as JSON, places left out.
    pub fn json(&self) -> Value {
        match &self.value {
            Yaml::Null => Value::Null,
            Yaml::Bool(b) => Value::Bool(*b),
            Yaml::Number(n, _) => Value::Number(n.clone()),
            Yaml::String(s) => Value::String(s.clone()),
            Yaml::Seq(items) => Value::Array(items.iter().map(Self::json).collect()),
            Yaml::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, _, node)| (key.clone(), node.json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}
