//! A user's conversations: lists, read positions, options.

use crate::id::ConversationId;
use crate::message::Message;
use crate::{Error, Millis, Result, page};
use serde::{Deserialize, Serialize};

/// Most conversations of a page.
pub const LIST_MAX: i64 = 100;
/// Most conversations of a page of [`MaxSeqs`].
pub const MAX_SEQS_MAX: i64 = 200;

/// One conversation, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Which one.
    pub conversation_id: String,
    /// 1 single, 2 group.
    #[serde(rename = "type")]
    pub kind: i64,
    /// The other side of a single conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_user_id: Option<String>,
    /// The group of a group's conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// The first visible seq.
    pub min_seq: i64,
    /// The last visible seq.
    pub max_seq: i64,
    /// Up to where it was read.
    pub read_seq: i64,
    /// How many messages of others are behind `read_seq`.
    pub unread: i64,
    /// 0 normal, 1 mute.
    pub recv_msg_opt: i64,
    /// Whether the owner pinned it; it does not change the order.
    pub is_pinned: bool,
    /// The application's own data.
    pub extra: String,
    /// When something last happened in it.
    pub updated_at: Millis,
    /// The visible message with the highest seq, where asked for and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
}

/// `data` of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversations {
    /// The one with the latest event first.
    pub conversations: Vec<Conversation>,
    /// Where the next page begins; empty after the last one.
    pub next_cursor: String,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// A page of conversations that is asked for.
#[derive(Debug)]
pub struct ListPage {
    /// Before which event.
    pub before: i64,
    /// 1-100.
    pub limit: i64,
    /// Whether each comes with its last message.
    pub with_last_message: bool,
}

impl ListPage {
    /// Checks the query of `GET /conversation/list`.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(
        cursor: Option<&str>,
        limit: Option<i64>,
        with_last_message: Option<&str>,
    ) -> Result<Self> {
        Ok(Self {
            before: page::decode_number_cursor(cursor)?.unwrap_or(i64::MAX),
            limit: page::limit(limit, LIST_MAX)?,
            with_last_message: page::boolean("with_last_message", with_last_message)?,
        })
    }
}

/// Where a user stands in one conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxSeq {
    /// Which one.
    pub conversation_id: String,
    /// The last visible seq.
    pub max_seq: i64,
    /// The first visible seq.
    pub min_seq: i64,
    /// Up to where it was read.
    pub read_seq: i64,
}

/// `data` of a page of positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxSeqs {
    /// By conversation id, so that nothing that moves meanwhile is skipped (field F2).
    pub items: Vec<MaxSeq>,
    /// Where the next page begins; empty after the last one.
    pub next_cursor: String,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// A page of positions that is asked for.
#[derive(Debug)]
pub struct MaxSeqsPage {
    /// Behind which conversation id; empty for the first page.
    pub after: String,
    /// 1-200.
    pub limit: i64,
}

impl MaxSeqsPage {
    /// Checks the query of `GET /message/max_seqs`.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(cursor: Option<&str>, limit: Option<i64>) -> Result<Self> {
        Ok(Self {
            after: page::decode_cursor(cursor)?.unwrap_or_default(),
            limit: page::limit(limit, MAX_SEQS_MAX)?,
        })
    }
}

/// The body of `POST /conversation/read`, as received.
#[derive(Debug, Deserialize)]
pub struct ReadRequest {
    conversation_id: Option<String>,
    read_seq: Option<i64>,
}

impl ReadRequest {
    /// The conversation, and the seq up to which it was read: 1 or more.
    ///
    /// # Errors
    /// `10001` naming what is missing or out of range.
    pub fn validate(self) -> Result<(ConversationId, i64)> {
        let (Some(id), Some(read_seq)) = (self.conversation_id, self.read_seq) else {
            return Err(Error::invalid("conversation_id and read_seq are required"));
        };
        if read_seq < 1 {
            return Err(Error::invalid(format!("read_seq is {read_seq}; it must be 1 or more")));
        }
        Ok((ConversationId::required(Some(&id))?, read_seq))
    }
}

/// `data` of a read position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSeq {
    /// As stored.
    pub read_seq: i64,
}

/// The body of `POST /message/typing`, as received.
#[derive(Debug, Deserialize)]
pub struct TypingRequest {
    conversation_id: Option<String>,
}

impl TypingRequest {
    /// The conversation.
    ///
    /// # Errors
    /// `10001` naming what is missing or wrong.
    pub fn validate(self) -> Result<ConversationId> {
        ConversationId::required(self.conversation_id.as_deref())
    }
}

/// The body of `PUT /conversation/opt`, as received: absent or null keeps an option.
#[derive(Debug, Deserialize)]
pub struct OptionsRequest {
    conversation_id: Option<String>,
    recv_msg_opt: Option<i64>,
    is_pinned: Option<bool>,
}

/// Options to set.
#[derive(Debug)]
pub struct Options {
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// 0 normal, 1 mute.
    pub recv_msg_opt: Option<i64>,
    /// Whether it is pinned.
    pub is_pinned: Option<bool>,
}

impl OptionsRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the field.
    pub fn validate(self) -> Result<Options> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        if let Some(other) = self.recv_msg_opt.filter(|opt| !(0..=1).contains(opt)) {
            return Err(Error::invalid(format!("recv_msg_opt is {other}; 0 and 1 are allowed")));
        }
        Ok(Options { conversation_id, recv_msg_opt: self.recv_msg_opt, is_pinned: self.is_pinned })
    }
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
    fn a_list_begins_with_the_newest_and_has_last_messages_where_they_are_asked_for() {
        let first = ListPage::validate(None, None, None).unwrap();
        assert_eq!((first.before, first.limit, first.with_last_message), (i64::MAX, 100, false));
        let cursor = page::encode_cursor("7");
        let next = ListPage::validate(Some(&cursor), Some(3), Some("true")).unwrap();
        assert_eq!((next.before, next.limit, next.with_last_message), (7, 3, true));
        assert!(!ListPage::validate(None, None, Some("false")).unwrap().with_last_message);
        let error = ListPage::validate(None, None, Some("1")).unwrap_err();
        assert_eq!(error.message(), "with_last_message is neither true nor false");
        assert!(ListPage::validate(Some("!"), None, None).is_err());
        assert!(ListPage::validate(None, Some(101), None).is_err());
    }

    #[test]
    fn positions_go_on_behind_a_conversation() {
        let first = MaxSeqsPage::validate(None, None).unwrap();
        assert_eq!((&*first.after, first.limit), ("", 200));
        let next = MaxSeqsPage::validate(Some(&page::encode_cursor(ID)), Some(3)).unwrap();
        assert_eq!((&*next.after, next.limit), (ID, 3));
        assert!(MaxSeqsPage::validate(None, Some(201)).is_err());
    }

    #[test]
    fn a_read_position_is_of_a_conversation_and_at_least_one() {
        let read = |value| body::<ReadRequest>(value).validate();
        let (id, seq) = read(json!({ "conversation_id": ID, "read_seq": 1 })).unwrap();
        assert_eq!((id.as_str(), seq), (ID, 1));
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
    fn who_types_does_so_in_a_conversation() {
        let typing = |value| body::<TypingRequest>(value).validate();
        assert_eq!(typing(json!({ "conversation_id": ID })).unwrap().as_str(), ID);
        let refused = typing(json!({ "conversation_id": "here" })).unwrap_err();
        assert_eq!(refused.message(), "conversation_id: invalid conversation id: here");
    }

    #[test]
    fn an_option_is_kept_or_has_one_of_two_values() {
        let options = |opt: Value, pinned: Value| {
            let value = json!({ "conversation_id": ID, "recv_msg_opt": opt, "is_pinned": pinned });
            body::<OptionsRequest>(value).validate()
        };
        for (opt, pinned, expected) in [
            (Value::Null, Value::Null, (None, None)),
            (json!(0), json!(true), (Some(0), Some(true))),
            (json!(1), json!(false), (Some(1), Some(false))),
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
