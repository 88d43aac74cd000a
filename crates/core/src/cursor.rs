//! A client's place in the log of events.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Everything up to and including event `event_id` of one database has arrived.
///
/// On the wire: unpadded base64url of `<database_id>:<event_id>`. Clients treat it as opaque. The
/// database's id is in it so that a cursor of another one is recognised instead of being taken
/// for a place in this log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Which database the log belongs to.
    pub database_id: String,
    /// The last event that arrived; 0 before the first.
    pub event_id: i64,
}

impl Cursor {
    /// The cursor as clients carry it.
    #[must_use]
    pub fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{}", self.database_id, self.event_id))
    }

    /// Reads what [`Cursor::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (database_id, event_id) = plain.split_once(':')?;
        let cursor = Self { database_id: database_id.to_owned(), event_id: event_id.parse().ok()? };
        (cursor.event_id >= 0 && cursor.encode() == text).then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_back_as_it_was_written(database_id in "[0-9a-f]{16}", event_id in 0..i64::MAX) {
            let cursor = Cursor { database_id, event_id };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn garbage_is_not_a_cursor_and_does_no_harm(text in "\\PC{0,80}") {
            if let Some(cursor) = Cursor::decode(&text) { prop_assert_eq!(cursor.encode(), text); }
        }
    }

    #[test]
    fn a_cursor_before_the_log_or_written_otherwise_is_garbage() {
        for plain in ["", "abc", "abc:", "abc:-1", "abc:01", "abc:1 ", ":"] {
            assert_eq!(Cursor::decode(&BASE64_URL_SAFE_NO_PAD.encode(plain)), None, "{plain}");
        }
    }
}
