//! Receipts: who has read a message. They follow from the users' read positions.

use crate::id::ConversationId;
use crate::message::{OneMessage, seq};
use crate::{Error, Millis, Result, page};
use serde::{Deserialize, Serialize};

/// Maximum number of users in a page of [`Readers`], and the default of `limit`.
pub const READERS_MAX: i64 = 100;

/// Maximum number of members of a group in which every member can see who has read a message.
pub const READERS_FOR_ALL_MAX: i64 = 100;

/// The message whose readers are read.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadersQuery {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: Option<String>,
    /// The number of the message.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    pub seq: Option<i64>,
    /// `read` for those who have read the message, the default; `unread` for the others.
    #[cfg_attr(feature = "schema", schemars(with = "Option<ReadState>"))]
    pub state: Option<String>,
    /// `next_cursor` of the previous page; absent for the first.
    pub cursor: Option<String>,
    /// Maximum number of items; 100 if 0 or absent.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Limit<{ READERS_MAX }>>")
    )]
    pub limit: Option<i64>,
}

/// Whether a user has read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ReadState {
    /// The user has read it.
    Read,
    /// The user has not read it.
    Unread,
}

/// A valid page of the readers of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadersPage {
    /// The message.
    pub of: OneMessage,
    /// Which users.
    pub state: ReadState,
    /// The id of the user after whom the page begins; empty for the first one.
    pub after: String,
    /// Maximum number of users, 1-100.
    pub limit: i64,
}

impl ReadersQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<ReadersPage> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        let state = match self.state.as_deref() {
            None | Some("" | "read") => ReadState::Read,
            Some("unread") => ReadState::Unread,
            Some(other) => {
                return Err(Error::invalid(format!(
                    "state is '{other}'; it must be read or unread"
                )));
            }
        };
        Ok(ReadersPage {
            of: OneMessage { conversation_id, seq: seq(self.seq)? },
            state,
            after: page::decode_cursor(self.cursor.as_deref())?.unwrap_or_default(),
            limit: page::limit(self.limit, READERS_MAX)?,
        })
    }
}

/// A user who has, or has not, read a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reader {
    /// The id of the user.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub user_id: String,
    /// When the read position of the user last moved, which may be after reading this message; absent if that is not
    /// known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis", default))]
    pub read_at: Option<Millis>,
}

/// The users who have, or have not, read a message: those to whom it is visible, without its sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Readers {
    /// A page of users, ascending by id.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub users: Vec<Reader>,
    /// How many users have read it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Count"))]
    pub read_count: i64,
    /// How many users have not read it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Count"))]
    pub unread_count: i64,
    /// Whether there are more users.
    pub has_more: bool,
    /// `cursor` of the next page; empty if there is none.
    pub next_cursor: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(state: &str, seq: i64, limit: i64) -> Result<ReadersPage> {
        let conversation_id = Some("si_u___1:u___2".to_owned());
        let (state, seq, limit) = (Some(state.to_owned()), Some(seq), Some(limit));
        ReadersQuery { conversation_id, seq, state, cursor: None, limit }.validate()
    }

    #[test]
    fn those_who_have_read_are_the_default() {
        assert_eq!(query("", 1, 0).unwrap(), query("read", 1, 100).unwrap());
        assert_eq!(query("unread", 1, 0).unwrap().state, ReadState::Unread);
    }

    #[test]
    fn an_unknown_state_or_seq_is_refused() {
        for (asked, message) in [
            (query("seen", 1, 0), "state is 'seen'; it must be read or unread"),
            (query("read", 0, 0), "seq is 0; a seq is at least 1"),
            (query("read", 1, 101), "limit is 101"),
        ] {
            let error = asked.unwrap_err();
            assert!(error.message().starts_with(message), "{error}");
        }
    }
}
