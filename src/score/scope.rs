//! What templates in `value` and expressions in `when` see: the case's variables at the top, and four names beside them.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::model::Sample;

/// Names that stand beside the case's variables and win over a variable of the same name (still found as `vars.NAME`).
pub(super) const OWN_NAMES: [&str; 4] = ["case", "expected", "output", "vars"];

/// The variables of one sample; serialises as a map without copying them.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a>(pub(super) &'a Sample<'a>);

#[derive(serde::Serialize)]
struct CaseView<'a> {
    id: &'a str,
    tags: &'a [String],
    cluster: Option<&'a str>,
    vars: &'a Map<String, Value>,
    expected: Option<&'a Value>,
}

impl Serialize for Scope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let case = self.0.case;
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &case.vars {
            if !OWN_NAMES.contains(&name.as_str()) {
                map.serialize_entry(name, value)?;
            }
        }
        self.own(&mut map)?;
        map.end()
    }
}

impl Scope<'_> {
    /// The four names.
    pub(super) fn own<M: SerializeMap>(self, map: &mut M) -> Result<(), M::Error> {
        let case = self.0.case;
        map.serialize_entry("vars", &case.vars)?;
        map.serialize_entry("output", self.0.output())?;
        // Absent rather than null: a null would be rendered as the word `none`, and be looked for.
        if let Some(expected) = case.expected.as_ref().filter(|value| !value.is_null()) {
            map.serialize_entry("expected", expected)?;
        }
        let view = CaseView {
            id: &case.id,
            tags: &case.tags,
            cluster: case.cluster.as_deref(),
            vars: &case.vars,
            expected: case.expected.as_ref(),
        };
        map.serialize_entry("case", &view)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::score::testing::Bench;

    #[test]
    fn the_variables_stand_at_the_top_beside_the_four_names() {
        let bench = Bench::new("hi")
            .var("query", "why")
            .var("output", "a variable")
            .expected(json!("because"))
            .tags(&["faq"]);
        let seen = serde_json::to_value(Scope(&bench.sample())).unwrap();
        assert_eq!(seen["query"], "why");
        assert_eq!(seen["output"], "hi");
        assert_eq!(seen["vars"]["output"], "a variable");
        assert_eq!(seen["expected"], "because");
        assert_eq!(seen["case"]["id"], "case-1");
        assert_eq!(seen["case"]["tags"], json!(["faq"]));
    }

    #[test]
    fn a_case_without_expected_leaves_the_name_undefined() {
        for bench in [Bench::new("hi"), Bench::new("hi").expected(Value::Null)] {
            let seen = serde_json::to_value(Scope(&bench.sample())).unwrap();
            assert!(seen.get("expected").is_none());
            assert!(seen["case"]["expected"].is_null());
        }
    }
}
