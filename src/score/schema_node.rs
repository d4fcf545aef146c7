//! A JSON document as the library that checks schemas sees it: whatever it looks at takes steps, so that no check is without end.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object, cmp, unique};
use serde_json::{Map, Number, Value, map};

use super::schema_steps::take;

/// Bytes of a text that are read in one step.
const BYTES: usize = 64;

/// Steps of telling a fault, which takes memory.
const FAULT: u64 = 50;

/// Documents whose looks are counted.
pub(super) struct Counted;

/// A value of one.
#[derive(Clone, Copy)]
pub(super) struct Look<'v>(pub(super) &'v Value);

#[derive(Clone, Copy)]
pub(super) struct Entries<'v>(&'v Map<String, Value>);

#[derive(Clone, Copy)]
pub(super) struct Items<'v>(&'v [Value]);

impl Json for Counted {
    type Node<'v> = Look<'v>;
    type PreparedKey = String;
    type StringBuffer = Value;

    const KEYS_PER_LOOKUP: usize = 2;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut Value, text: &str, with: impl FnOnce(Look<'_>) -> T) -> T {
        *buffer = Value::String(text.to_owned());
        with(Look(buffer))
    }
}

fn of_text(text: &str) -> u64 {
    1 + (text.len() / BYTES) as u64
}

impl<'v> Node<'v, Counted> for Look<'v> {
    type Object = Entries<'v>;
    type Array = Items<'v>;
    type Number = &'v Number;

    fn as_object(&self) -> Option<Entries<'v>> {
        take(1);
        self.0.as_object().map(Entries)
    }

    fn as_array(&self) -> Option<Items<'v>> {
        take(1);
        self.0.as_array().map(|items| Items(items))
    }

    fn as_string(&self) -> Option<Cow<'v, str>> {
        let text = self.0.as_str();
        take(text.map_or(1, of_text));
        text.map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<&'v Number> {
        take(1);
        self.0.as_number()
    }

    fn as_boolean(&self) -> Option<bool> {
        take(1);
        self.0.as_bool()
    }

    fn is_null(&self) -> bool {
        take(1);
        self.0.is_null()
    }

    fn json_type(&self) -> JsonType {
        take(1);
        match self.0 {
            Value::Null => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Number(_) => JsonType::Number,
            Value::String(_) => JsonType::String,
            Value::Array(_) => JsonType::Array,
            Value::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        take(match self.0 {
            Value::String(text) => of_text(text),
            Value::Array(items) => 1 + items.len() as u64,
            Value::Object(entries) => 1 + entries.len() as u64,
            _ => 1,
        });
        cmp::equal(self.0, expected)
    }

    fn to_value(&self) -> Cow<'v, Value> {
        take(FAULT);
        Cow::Borrowed(self.0)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        take(1);
        Some(NodeIdentity::new(std::ptr::from_ref(self.0).addr()))
    }
}

impl<'v> Object<'v, Counted> for Entries<'v> {
    type Node = Look<'v>;
    type MemberName = &'v str;
    type MembersIter = Members<'v>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &String) -> Option<Look<'v>> {
        take(1);
        self.0.get(key).map(Look)
    }

    fn members(&self) -> Members<'v> {
        Members(self.0.iter())
    }
}

impl<'v> Array<'v, Counted> for Items<'v> {
    type Node = Look<'v>;
    type ElementsIter = Elements<'v>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn elements(&self) -> Elements<'v> {
        Elements(self.0.iter())
    }

    fn is_unique(&self) -> bool {
        take(self.0.len() as u64);
        unique::is_unique(self.0)
    }
}

pub(super) struct Members<'v>(map::Iter<'v>);

impl<'v> Iterator for Members<'v> {
    type Item = (&'v str, Look<'v>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.0.next()?;
        take(of_text(name));
        Some((name, Look(value)))
    }
}

pub(super) struct Elements<'v>(std::slice::Iter<'v, Value>);

impl<'v> Iterator for Elements<'v> {
    type Item = Look<'v>;

    fn next(&mut self) -> Option<Look<'v>> {
        take(1);
        self.0.next().map(Look)
    }
}
