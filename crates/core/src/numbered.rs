//! Enums that are numbers on the wire and in the database.

/// Defines an enum whose values are numbers on the wire and in the database. An unknown number becomes `Other`, so that
/// a client can read the answers of a newer server.
macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$of_variant:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "i64", into = "i64")]
        pub enum $name {
            $($(#[$of_variant])* $variant,)*
            /// A number that this version does not know.
            Other(i64),
        }

        impl $name {
            /// The variant of a number; `None` if this version does not know it.
            #[must_use]
            pub const fn known(number: i64) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self::known(number).unwrap_or(Self::Other(number))
            }
        }

        impl From<$name> for i64 {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => $number,)*
                    $name::Other(number) => number,
                }
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let meanings = [$(concat!(stringify!($number), " ", stringify!($variant))),*];
                schemars::json_schema!({
                    "type": "integer",
                    "enum": [$($number),*],
                    "description": format!("{}.", meanings.join(", ").to_lowercase()),
                })
            }
        }
    };
}

pub(crate) use numbered;

#[cfg(test)]
mod tests {
    numbered! {
        /// A colour.
        Colour {
            /// Red.
            Red = 1,
            /// Blue.
            Blue = 100,
        }
    }

    #[test]
    fn known_and_unknown_numbers_are_read_and_written() {
        for (text, colour) in [("1", Colour::Red), ("100", Colour::Blue), ("7", Colour::Other(7))] {
            assert_eq!(serde_json::from_str::<Colour>(text).unwrap(), colour);
            assert_eq!(serde_json::to_string(&colour).unwrap(), text);
        }
        assert_eq!((Colour::known(1), Colour::known(7)), (Some(Colour::Red), None));
    }
}
