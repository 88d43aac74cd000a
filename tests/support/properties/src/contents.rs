use longwave_core::json::{DEPTH_MAX, Names, check};
use serde_json::Value;

/// Accepted content parses with another JSON parser, whose output is accepted as well. A value
/// within the depth limit is accepted in any notation.
pub fn contents(bytes: &[u8]) {
    let value = serde_json::from_slice::<Value>(bytes);
    if check(bytes, Names::Once).is_ok() {
        let value = value.as_ref().unwrap();
        assert!(levels(value) <= DEPTH_MAX, "{value}");
        assert_eq!(check(bytes, Names::Repeated), Ok(()));
    }
    if let Ok(value) = value {
        let fits = levels(&value) <= DEPTH_MAX;
        assert_eq!(check(bytes, Names::Repeated).is_ok(), fits, "{value}");
        for text in [value.to_string(), format!("{value:#}")] {
            assert_eq!(check(text.as_bytes(), Names::Once).is_ok(), fits, "{text}");
        }
    }
}

/// The nesting depth of arrays and objects.
fn levels(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(levels).max(),
        Value::Object(fields) => fields.values().map(levels).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}
