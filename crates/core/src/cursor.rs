//! A client's position in the event log.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// A place in the log: everything up to and including one event.
///
/// After a backup is restored, the ids of later events are assigned again: one id can name
/// different events in two histories of a database. The random tag of an event distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The id of the event; 0 before the first.
    pub event_id: i64,
    /// The tag of the event; 0 before the first.
    pub tag: i64,
}

impl Place {
    /// The place before the first event.
    pub const START: Self = Self { event_id: 0, tag: 0 };
}

/// A cursor: the client has received everything up to and including one event of one database.
///
/// On the wire it is the unpadded base64url of `<database_id>:<event_id>:<tag>`, which clients treat as opaque. The
/// database id and the tag reveal a cursor of another database, or of another history of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The id of the database that the log belongs to.
    pub database_id: String,
    /// The id of the last received event; 0 before the first.
    pub event_id: i64,
    /// The tag of that event; `None` in the version of a list and in a cursor from before events had tags, which are
    /// `<database_id>:<event_id>`.
    pub tag: Option<i64>,
}

impl Cursor {
    /// The cursor at a place of a database's log.
    #[must_use]
    pub fn at(database_id: &str, Place { event_id, tag }: Place) -> Self {
        Self { database_id: database_id.to_owned(), event_id, tag: Some(tag) }
    }

    /// The version of an incremental list: its items up to their change by this event of the database.
    #[must_use]
    pub fn version(database_id: &str, event_id: i64) -> Self {
        Self { database_id: database_id.to_owned(), event_id, tag: None }
    }

    /// The cursor as clients carry it.
    #[must_use]
    pub fn encode(&self) -> String {
        let Self { database_id, event_id, tag } = self;
        BASE64_URL_SAFE_NO_PAD.encode(match tag {
            Some(tag) => format!("{database_id}:{event_id}:{tag}"),
            None => format!("{database_id}:{event_id}"),
        })
    }

    /// Decodes the output of [`Cursor::encode`]; `None` for anything else.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = plain.splitn(3, ':');
        let database_id = parts.next()?.to_owned();
        let event_id = parts.next()?.parse().ok()?;
        let tag = parts.next().map(str::parse).transpose().ok()?;
        let cursor = Self { database_id, event_id, tag };
        (cursor.event_id >= 0 && cursor.encode() == text).then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_back_as_it_was_written(
            database_id in "[0-9a-f]{16}",
            event_id in 0..i64::MAX,
            tag in proptest::option::of(i64::MIN..=i64::MAX),
        ) {
            let cursor = Cursor { database_id, event_id, tag };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn arbitrary_text_decodes_only_if_it_is_a_cursor(text in "\\PC{0,80}") {
            if let Some(cursor) = Cursor::decode(&text) { prop_assert_eq!(cursor.encode(), text); }
        }
    }

    #[test]
    fn a_cursor_with_a_negative_id_or_another_format_is_invalid() {
        for plain in [
            "",
            "abc",
            "abc:",
            "abc:-1",
            "abc:01",
            "abc:1 ",
            ":",
            "abc:1:",
            "abc:1:x",
            "abc:1:+2",
            "abc:1:-0",
            "abc:1:2:3",
            "abc:1:9223372036854775808",
        ] {
            assert_eq!(Cursor::decode(&BASE64_URL_SAFE_NO_PAD.encode(plain)), None, "{plain}");
        }
    }
}
