//! JSON that every parser can read.
//!
//! RFC 8259 does not define how a parser treats an unpaired surrogate, a number out of range, a duplicate name in an
//! object, or deep nesting: some parsers refuse the whole text. Clients in any language read the stored text, so
//! [`check`] refuses all of these.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// Maximum nesting of arrays and objects; some parsers stop at 64.
pub const DEPTH_MAX: usize = 64;

/// Whether an object may contain a name twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// No: parsers differ in which value they take, and some refuse the text.
    Once,
    /// Yes, as in the body of a request, where unknown fields are ignored.
    Repeated,
}

/// Checks that `text` is one JSON value with complete surrogate pairs, numbers that are finite as
/// 64-bit floats, at most [`DEPTH_MAX`] levels and, for [`Names::Once`], no duplicate name in an
/// object.
///
/// # Errors
/// The reason, without quoting the text.
pub fn check(text: &[u8], names: Names) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let seed = Value { depth: 0, names };
    seed.deserialize(&mut json).and_then(|()| json.end()).map_err(|error| {
        let text = error.to_string();
        text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text).to_owned()
    })
}

/// Visits a value `depth` levels below the outermost one, without building it.
#[derive(Clone, Copy)]
struct Value {
    depth: usize,
    names: Names,
}

impl Value {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom(format_args!("nested deeper than {DEPTH_MAX} levels")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        // Names are compared decoded: "a" and "\u0061" are the same.
        let mut seen = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            if self.names == Names::Once && !seen.insert(name) {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
            fields.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn text_that_every_parser_reads_is_accepted() {
        for text in [
            "null",
            " true\r\n\t",
            "\"\"",
            "-0.0e-400",
            "1e308",
            "123456789012345678901234567890",
            r#""\ud83d\ude00 \ufffe 😀""#,
            r#"{"":{"a":[],"b":{}},"a":[{"a":1},{"a":2}]}"#,
            &nested(DEPTH_MAX),
        ] {
            assert_eq!(check(text.as_bytes(), Names::Once), Ok(()), "{text}");
        }
    }

    #[test]
    fn text_that_some_parser_refuses_is_refused() {
        for text in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\ud83d""#,
            r#""\ud83dx""#,
            r#""\ud83d\n""#,
            r#"{"\ud83d":1}"#,
            r#"[{"a":{"b":"\udfff"}}]"#,
            "1e309",
            "-1e400",
            r#"{"a":[1e999]}"#,
            &"9".repeat(310),
            &nested(DEPTH_MAX + 1),
            &nested(4_000),
            &"[".repeat(8_000),
            &format!("{}1{}", "{\"a\":".repeat(DEPTH_MAX + 1), "}".repeat(DEPTH_MAX + 1)),
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            "",
            "hi",
            "NaN",
            "Infinity",
            "01",
            "1.",
            "+1",
            "'a'",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "1 2",
            "\"a\nb\"",
            "\u{feff}{}",
            "\"\\x41\"",
        ] {
            assert!(check(text.as_bytes(), Names::Once).is_err(), "{text}");
        }
        assert!(check(b"\"\xff\"", Names::Once).is_err());
        assert!(check(b"\"\xed\xa0\xbd\"", Names::Once).is_err(), "half a pair in UTF-8");
    }

    #[test]
    fn a_refusal_states_the_reason_without_position_or_quote() {
        let message = |text: &str| check(text.as_bytes(), Names::Once).unwrap_err();
        assert_eq!(message(&nested(65)), "nested deeper than 64 levels");
        assert_eq!(message(r#"{"secret":1,"secret":2}"#), "a name stands twice in one object");
        assert_eq!(message("1e400"), "number out of range");
        assert!(!message(r#"["my secret", 1e400]"#).contains("line"));
    }

    #[test]
    fn a_repeated_name_is_accepted_where_allowed() {
        assert_eq!(check(br#"{"a":1,"a":2}"#, Names::Repeated), Ok(()));
        assert!(check(nested(65).as_bytes(), Names::Repeated).is_err());
    }
}
