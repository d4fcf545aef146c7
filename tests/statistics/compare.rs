//! When a computed value agrees with a reference value.

use serde_json::Value;

/// Numbers within `tol * max(1, |expected|)`, everything else equal; extra fields of `got` are ignored.
///
/// No `got` is an error, which agrees with a reference that is undefined throughout.
pub(crate) fn agrees(got: Option<&Value>, expected: &Value, tol: f64) -> bool {
    let Some(got) = got else {
        return undefined(expected);
    };
    match (got, expected) {
        (Value::Number(got), Value::Number(expected)) => got
            .as_f64()
            .zip(expected.as_f64())
            .is_some_and(|(got, expected)| (got - expected).abs() <= tol * expected.abs().max(1.0)),
        (Value::Array(got), Value::Array(expected)) => {
            got.len() == expected.len()
                && got
                    .iter()
                    .zip(expected)
                    .all(|(got, expected)| agrees(Some(got), expected, tol))
        }
        (Value::Object(got), Value::Object(expected)) => expected.iter().all(|(key, expected)| {
            got.get(key)
                .is_some_and(|got| agrees(Some(got), expected, tol))
        }),
        (got, expected) => got == expected,
    }
}

fn undefined(expected: &Value) -> bool {
    match expected {
        Value::Null => true,
        Value::Object(fields) => {
            fields.contains_key("error") || !fields.is_empty() && fields.values().all(undefined)
        }
        _ => false,
    }
}

#[test]
fn tolerance_is_relative_above_one() {
    use serde_json::json;
    let near = |got: Value, expected: Value| agrees(Some(&got), &expected, 1e-3);
    assert!(near(json!(1000.5), json!(1000)) && !near(json!(0.002), json!(0.0005)));
    assert!(
        near(json!({"a": [1.0], "b": 2}), json!({"a": [1]}))
            && !near(json!({}), json!({"a": null}))
    );
    assert!(
        near(json!(null), json!(null))
            && !near(json!(null), json!(0.0))
            && !near(json!(0.0), json!(null))
    );
    assert!(agrees(None, &json!({"x": null}), 0.0) && !agrees(None, &json!({"x": 1.0}), 0.0));
}
