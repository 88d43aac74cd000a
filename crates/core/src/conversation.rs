//! A user's conversations: lists, read positions, options.

use crate::id::ConversationId;
use crate::message::Message;
use crate::numbered::numbered;
use crate::{Error, Millis, Result, page};
use serde::{Deserialize, Serialize};

/// Maximum number of conversations in a page of [`Conversations`].
pub const LIST_MAX: i64 = 100;
/// Maximum number of conversations in a page of [`MaxSeqs`].
pub const MAX_SEQS_MAX: i64 = 200;

numbered! {
    /// The kind of a conversation.
    SessionType {
        /// The conversation of two users.
        Single = 1,
        /// The conversation of a group.
        Group = 2,
    }
}

numbered! {
    /// Whether the messages of a conversation notify the user. Clients apply it; the server does not.
    NotifyLevel {
        /// Messages notify the user.
        Normal = 0,
        /// Messages do not notify the user.
        Mute = 1,
    }
}

/// A conversation as one user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// Whether the conversation is between two users or of a group.
    #[serde(rename = "type")]
    pub kind: SessionType,
    /// The other user of a single conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId", default))]
    pub peer_user_id: Option<String>,
    /// The group of a group's conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId", default))]
    pub group_id: Option<String>,
    /// The first visible seq.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub min_seq: i64,
    /// The last visible seq; less than `min_seq` if no message is visible.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub max_seq: i64,
    /// The seq up to which the user has read.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub read_seq: i64,
    /// The number of messages by others after `read_seq`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Count"))]
    pub unread: i64,
    /// Whether messages notify the user.
    pub recv_msg_opt: NotifyLevel,
    /// Whether the user pinned the conversation; pinning does not change the order.
    pub is_pinned: bool,
    /// Data of the application; may be empty.
    pub extra: String,
    /// When the last message was sent, or the user's options or membership changed, whichever is
    /// later.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub updated_at: Millis,
    /// Higher after each change of a message; 0 if none changed. Where it is not as known, call `message/changes`.
    /// Absent if 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Count"))]
    pub last_change: i64,
    /// The seq up to which the other user has read; absent if 0, and in the conversation of a group.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub peer_read_seq: i64,
    /// When the other user read it; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis", default))]
    pub peer_read_at: Option<Millis>,
    /// The visible message with the highest seq; absent if not requested or if no message is visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Message", default))]
    pub last_message: Option<Message>,
}

/// A page of a user's conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversations {
    /// The conversations, latest message first. Creating a group counts as a message, and so does
    /// joining one, for the one who joins.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub conversations: Vec<Conversation>,
    /// The `cursor` of the next page; empty after the last one.
    pub next_cursor: String,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// A page of conversations to list.
#[derive(Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListQuery {
    /// `next_cursor` of the previous page; absent for the first page.
    pub cursor: Option<String>,
    /// Whether to include the last visible message of each conversation.
    #[cfg_attr(feature = "schema", schemars(with = "Option<bool>"))]
    pub with_last_message: Option<String>,
    /// Maximum number of items; 100 if 0 or absent.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Limit<{ LIST_MAX }>>"))]
    pub limit: Option<i64>,
}

/// A valid page of conversations to list.
#[derive(Debug)]
pub struct ListPage {
    /// The page begins after this event id: it has the conversations whose position has a lower\n    /// id. `i64::MAX` for the first page.
    pub before: i64,
    /// Maximum number of items, 1 to 100.
    pub limit: i64,
    /// Whether to include the last message of each conversation.
    pub with_last_message: bool,
}

impl ListQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<ListPage> {
        Ok(ListPage {
            before: page::decode_number_cursor(self.cursor.as_deref())?.unwrap_or(i64::MAX),
            limit: page::limit(self.limit, LIST_MAX)?,
            with_last_message: page::boolean(
                "with_last_message",
                self.with_last_message.as_deref(),
            )?,
        })
    }
}

/// The position of a user in a conversation. The messages from `min_seq` to `max_seq` are visible to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MaxSeq {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The last visible seq; less than `min_seq` if no message is visible.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub max_seq: i64,
    /// The first visible seq.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub min_seq: i64,
    /// The seq up to which the user has read.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub read_seq: i64,
    /// Higher after each change of a message; 0 if none changed. Where it is not as known, call `message/changes`.
    /// Absent if 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Count"))]
    pub last_change: i64,
}

/// A page of a user's positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MaxSeqs {
    /// The positions, ordered by conversation id, so that a change during paging hides none.
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub items: Vec<MaxSeq>,
    /// The `cursor` of the next page; empty after the last one.
    pub next_cursor: String,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// A page of positions to list.
#[derive(Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MaxSeqsQuery {
    /// `next_cursor` of the previous page; absent for the first page.
    pub cursor: Option<String>,
    /// Maximum number of items; 200 if 0 or absent.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Limit<{ MAX_SEQS_MAX }>>")
    )]
    pub limit: Option<i64>,
}

/// A valid page of positions to list.
#[derive(Debug)]
pub struct MaxSeqsPage {
    /// The conversation id after which the page begins; empty for the first page.
    pub after: String,
    /// Maximum number of items, 1 to 200.
    pub limit: i64,
}

impl MaxSeqsQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<MaxSeqsPage> {
        Ok(MaxSeqsPage {
            after: page::decode_cursor(self.cursor.as_deref())?.unwrap_or_default(),
            limit: page::limit(self.limit, MAX_SEQS_MAX)?,
        })
    }
}

/// A read position to set.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadRequest {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    conversation_id: Option<String>,
    /// The seq up to which the user has read; reduced to the last visible seq if it is higher.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    read_seq: Option<i64>,
}

/// A valid read position to set.
#[derive(Debug)]
pub struct Read {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The seq up to which the user has read: 1 or more.
    pub read_seq: i64,
}

impl ReadRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the missing or invalid field.
    pub fn validate(self) -> Result<Read> {
        let (Some(id), Some(read_seq)) = (self.conversation_id, self.read_seq) else {
            return Err(Error::invalid("conversation_id and read_seq are required"));
        };
        if read_seq < 1 {
            return Err(Error::invalid(format!("read_seq is {read_seq}; it must be 1 or more")));
        }
        Ok(Read { conversation_id: ConversationId::required(Some(&id))?, read_seq })
    }
}

/// The user's read position in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadSeq {
    /// The read position after the request.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub read_seq: i64,
}

/// A conversation in which the user is typing.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TypingRequest {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    conversation_id: Option<String>,
}

impl TypingRequest {
    /// The conversation.
    ///
    /// # Errors
    /// `10001` if the id is missing or invalid.
    pub fn validate(self) -> Result<ConversationId> {
        ConversationId::required(self.conversation_id.as_deref())
    }
}

/// Options of a conversation to set: an absent or null option is unchanged.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OptionsRequest {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    conversation_id: Option<String>,
    /// Whether messages notify the user. Null or absent: unchanged.
    #[cfg_attr(feature = "schema", schemars(with = "Option<NotifyLevel>"))]
    recv_msg_opt: Option<i64>,
    /// Whether the conversation is pinned. Null or absent: unchanged.
    is_pinned: Option<bool>,
}

/// Valid options of a conversation to set; `None` keeps an option.
#[derive(Debug)]
pub struct Options {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// Whether messages notify the user.
    pub recv_msg_opt: Option<NotifyLevel>,
    /// Whether the conversation is pinned.
    pub is_pinned: Option<bool>,
}

impl OptionsRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the field.
    pub fn validate(self) -> Result<Options> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        let level = |number| {
            NotifyLevel::known(number).ok_or_else(|| {
                Error::invalid(format!("recv_msg_opt is {number}; 0 and 1 are allowed"))
            })
        };
        let recv_msg_opt = self.recv_msg_opt.map(level).transpose()?;
        Ok(Options { conversation_id, recv_msg_opt, is_pinned: self.is_pinned })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    const ID: &str = "si_u___1:u___2";

    fn body<T: DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_list_begins_with_the_newest_and_has_last_messages_only_on_request() {
        let page = |cursor: Option<&str>, limit, with_last_message: Option<&str>| {
            let (cursor, with) = (cursor.map(str::to_owned), with_last_message.map(str::to_owned));
            ListQuery { cursor, limit, with_last_message: with }.validate()
        };
        let first = page(None, None, None).unwrap();
        assert_eq!((first.before, first.limit, first.with_last_message), (i64::MAX, 100, false));
        let next = page(Some(&page::encode_cursor("7")), Some(3), Some("true")).unwrap();
        assert_eq!((next.before, next.limit, next.with_last_message), (7, 3, true));
        assert!(!page(None, None, Some("false")).unwrap().with_last_message);
        let error = page(None, None, Some("1")).unwrap_err();
        assert_eq!(error.message(), "with_last_message is neither true nor false");
        assert!(page(Some("!"), None, None).is_err());
        assert!(page(None, Some(101), None).is_err());
    }

    #[test]
    fn positions_continue_after_the_cursor() {
        let page = |cursor, limit| MaxSeqsQuery { cursor, limit }.validate();
        let first = page(None, None).unwrap();
        assert_eq!((&*first.after, first.limit), ("", 200));
        let next = page(Some(page::encode_cursor(ID)), Some(3)).unwrap();
        assert_eq!((&*next.after, next.limit), (ID, 3));
        assert!(page(None, Some(201)).is_err());
    }

    #[test]
    fn a_read_position_requires_a_conversation_and_is_at_least_one() {
        let read = |value| body::<ReadRequest>(value).validate();
        let given = read(json!({ "conversation_id": ID, "read_seq": 1 })).unwrap();
        assert_eq!((given.conversation_id.as_str(), given.read_seq), (ID, 1));
        for (value, message) in [
            (json!({ "conversation_id": ID }), "conversation_id and read_seq are required"),
            (json!({ "read_seq": 1 }), "conversation_id and read_seq are required"),
            (
                json!({ "conversation_id": ID, "read_seq": 0 }),
                "read_seq is 0; it must be 1 or more",
            ),
            (json!({ "conversation_id": "", "read_seq": 1 }), "conversation_id is required"),
        ] {
            assert_eq!(read(value).unwrap_err().message(), message);
        }
    }

    #[test]
    fn typing_requires_a_valid_conversation_id() {
        let typing = |value| body::<TypingRequest>(value).validate();
        assert_eq!(typing(json!({ "conversation_id": ID })).unwrap().as_str(), ID);
        let refused = typing(json!({ "conversation_id": "here" })).unwrap_err();
        assert_eq!(refused.message(), "conversation_id: invalid conversation id: here");
    }

    #[test]
    fn an_option_is_absent_or_has_one_of_two_values() {
        let options = |opt: Value, pinned: Value| {
            let value = json!({ "conversation_id": ID, "recv_msg_opt": opt, "is_pinned": pinned });
            body::<OptionsRequest>(value).validate()
        };
        for (opt, pinned, expected) in [
            (Value::Null, Value::Null, (None, None)),
            (json!(0), json!(true), (Some(NotifyLevel::Normal), Some(true))),
            (json!(1), json!(false), (Some(NotifyLevel::Mute), Some(false))),
        ] {
            let given = options(opt, pinned).unwrap();
            assert_eq!(given.conversation_id.as_str(), ID);
            assert_eq!((given.recv_msg_opt, given.is_pinned), expected);
        }
        for (bad, message) in [
            (-1, "recv_msg_opt is -1; 0 and 1 are allowed"),
            (2, "recv_msg_opt is 2; 0 and 1 are allowed"),
        ] {
            assert_eq!(options(json!(bad), Value::Null).unwrap_err().message(), message);
        }
    }
}
