//! Sending and reading messages.

use crate::group::group_id;
use crate::id::{ConversationId, GroupId, UserId};
use crate::json::{self, Names};
use crate::{Code, Error, Millis, Result, page, text};
use serde::{Deserialize, Serialize};

/// Most messages of one pull; also what `limit=0` means.
pub const PULL_MAX: i64 = 100;

/// A stored message, as every reader of its conversation sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The server's id of it, `uuidv7`.
    pub server_msg_id: String,
    /// The sender's id of it, unique for this sender in this conversation.
    pub client_msg_id: String,
    /// Where it stands.
    pub conversation_id: String,
    /// Its number in the conversation: 1, 2, 3... without a gap.
    pub seq: i64,
    /// 1 single, 2 group.
    pub session_type: i64,
    /// Who sent it.
    pub sender_id: String,
    /// The other side of a single conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recv_id: Option<String>,
    /// The group of a group conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// One of [`CONTENT_TYPES`].
    pub content_type: i64,
    /// A JSON value as text.
    pub content: String,
    /// When the server took it; never decreases within a conversation.
    pub send_time: Millis,
}

/// What content may be: 1 text, 2 image, 3 video, 4 audio, 5 file, 100 the application's own.
pub const CONTENT_TYPES: [i64; 6] = [1, 2, 3, 4, 5, 100];

/// The body of `POST /message/send`, as received.
#[derive(Debug, Deserialize)]
pub struct SendRequest {
    client_msg_id: Option<String>,
    session_type: Option<i64>,
    recv_id: Option<String>,
    group_id: Option<String>,
    content_type: Option<i64>,
    content: Option<String>,
    sender_read: Option<bool>,
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To one other user.
    Single(UserId),
    /// A group.
    Group(GroupId),
}

/// A message that keeps the limits; whether it may be sent is the store's to say.
#[derive(Clone, Debug)]
pub struct SendMessage {
    /// Who sends.
    pub sender_id: UserId,
    /// To whom.
    pub destination: Destination,
    /// 1-64 bytes.
    pub client_msg_id: String,
    /// One of [`CONTENT_TYPES`].
    pub content_type: i64,
    /// A JSON value as text that every parser reads ([`json::check`]), at most 8,192 bytes.
    pub content: String,
    /// Whether the sender counts as having read up to here.
    pub sender_read: bool,
}

impl SendRequest {
    /// Checks the fields of a message from `sender_id`, who counts as having read up to it if the
    /// request says so, or says nothing and `sender_read` is true.
    ///
    /// # Errors
    /// `10001` naming the field; `10403` when the content is too large; `10301` for a group.
    pub fn validate(self, sender_id: UserId, sender_read: bool) -> Result<SendMessage> {
        let client_msg_id =
            text::required("client_msg_id", self.client_msg_id, text::CLIENT_MSG_ID_MAX)?;
        if client_msg_id.ends_with(char::is_whitespace) {
            return Err(Error::invalid("client_msg_id must not end in whitespace"));
        }
        let destination = match self.session_type {
            Some(1) => Destination::Single(recipient(self.recv_id.as_deref(), &sender_id)?),
            Some(2) => Destination::Group(group_id(self.group_id.as_deref())?),
            _ => return Err(Error::invalid("session_type must be 1 or 2")),
        };
        let content_type = self
            .content_type
            .filter(|known| CONTENT_TYPES.contains(known))
            .ok_or_else(|| Error::invalid("unknown content_type"))?;
        let content = self.content.ok_or_else(|| Error::invalid("content is required"))?;
        if content.len() > text::CONTENT_MAX {
            return Err(Error::new(
                Code::MessageContentTooLong,
                format!(
                    "content is {} bytes long; at most {} are allowed",
                    content.len(),
                    text::CONTENT_MAX
                ),
            ));
        }
        json::check(content.as_bytes(), Names::Once)
            .map_err(|why| Error::invalid(format!("content must be a JSON value: {why}")))?;
        let sender_read = self.sender_read.unwrap_or(sender_read);
        Ok(SendMessage {
            sender_id,
            destination,
            client_msg_id,
            content_type,
            content,
            sender_read,
        })
    }
}

fn recipient(recv_id: Option<&str>, sender_id: &UserId) -> Result<UserId> {
    let recv_id = UserId::required("recv_id", recv_id)?;
    if recv_id == *sender_id {
        return Err(Error::invalid("cannot message yourself"));
    }
    Ok(recv_id)
}

impl SendMessage {
    /// The conversation the message belongs to.
    #[must_use]
    pub fn conversation_id(&self) -> ConversationId {
        match &self.destination {
            Destination::Single(recv_id) => ConversationId::single(&self.sender_id, recv_id),
            Destination::Group(group_id) => ConversationId::group(group_id),
        }
    }
}

/// `data` of a send: where the message stands now. A repeat of the same message gets the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The server's id of the message.
    pub server_msg_id: String,
    /// Where it stands.
    pub conversation_id: String,
    /// Its number there.
    pub seq: i64,
    /// When the server took it.
    pub send_time: Millis,
}

/// Which messages to read: seqs `begin..=end`, at most `limit` of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Where.
    pub conversation_id: ConversationId,
    /// The first seq, at least 1.
    pub begin: i64,
    /// The last seq, at least `begin`.
    pub end: i64,
    /// 1-100.
    pub limit: i64,
}

impl Pull {
    /// Checks the query of `GET /message/pull`.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(
        conversation_id: Option<&str>,
        begin: Option<i64>,
        end: Option<i64>,
        limit: Option<i64>,
    ) -> Result<Self> {
        let conversation_id = ConversationId::required(conversation_id)?;
        let begin = begin.ok_or_else(|| Error::invalid("begin_seq is required"))?;
        let end = end.ok_or_else(|| Error::invalid("end_seq is required"))?;
        if begin < 1 || end < begin {
            return Err(Error::invalid(format!(
                "begin_seq {begin} and end_seq {end}: 1 <= begin_seq <= end_seq is required"
            )));
        }
        let limit = page::limit(limit, PULL_MAX)?;
        Ok(Self { conversation_id, begin, end, limit })
    }
}

/// `data` of a pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullResponse {
    /// Ascending by seq.
    pub messages: Vec<Message>,
    /// Whether the range asked for, as far as it is visible, goes on behind the last one.
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(change: &serde_json::Value) -> Result<SendMessage> {
        let mut body = serde_json::json!({
            "client_msg_id": "1", "session_type": 1, "recv_id": "u___2", "content_type": 1, "content": "{\"text\":\"hi\"}"
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value::<SendRequest>(body)
            .unwrap()
            .validate(UserId::parse("u___1").unwrap(), true)
    }

    #[test]
    fn a_message_keeps_the_limits_of_the_contract() {
        let message = send(&serde_json::json!({})).unwrap();
        assert!(message.sender_read, "sender_read is true unless said otherwise");
        assert_eq!(message.conversation_id().as_str(), "si_u___1:u___2");
        assert!(send(&serde_json::json!({"content": format!("\"{}\"", "a".repeat(8190))})).is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_message_is_named() {
        for (change, message) in [
            (serde_json::json!({"client_msg_id": null}), "client_msg_id is required"),
            (
                serde_json::json!({"client_msg_id": "a "}),
                "client_msg_id must not end in whitespace",
            ),
            (
                serde_json::json!({"client_msg_id": "a".repeat(65)}),
                "client_msg_id is 65 bytes long; at most 64 are allowed",
            ),
            (serde_json::json!({"session_type": 3}), "session_type must be 1 or 2"),
            (serde_json::json!({"session_type": null}), "session_type must be 1 or 2"),
            (serde_json::json!({"recv_id": null}), "recv_id is required"),
            (serde_json::json!({"recv_id": "bob"}), "recv_id: invalid user id: bob"),
            (serde_json::json!({"recv_id": "u___1"}), "cannot message yourself"),
            (serde_json::json!({"session_type": 2}), "group_id is required"),
            (serde_json::json!({"session_type": 2, "group_id": "g"}), "group not found"),
            (serde_json::json!({"content_type": 6}), "unknown content_type"),
            (serde_json::json!({"content": null}), "content is required"),
            (serde_json::json!({"content": "hi"}), "content must be a JSON value: expected value"),
            (
                serde_json::json!({"content": ""}),
                "content must be a JSON value: EOF while parsing a value",
            ),
            (
                serde_json::json!({"content": "[".repeat(8000)}),
                "content must be a JSON value: nested deeper than 64 levels",
            ),
            (
                serde_json::json!({"content": "{\"text\":\"x\\ud83d\"}"}),
                "content must be a JSON value: unexpected end of hex escape",
            ),
            (
                serde_json::json!({"content": "1e400"}),
                "content must be a JSON value: number out of range",
            ),
            (
                serde_json::json!({"content": " ".repeat(8193)}),
                "content is 8193 bytes long; at most 8192 are allowed",
            ),
        ] {
            assert_eq!(send(&change).unwrap_err().message(), message, "{change}");
        }
    }

    #[test]
    fn a_pull_keeps_its_range_and_limit() {
        let pull = |begin, end, limit| {
            Pull::validate(Some("si_u___1:u___2"), Some(begin), Some(end), limit)
        };
        assert_eq!(pull(1, i64::MAX, None).unwrap().limit, 100);
        assert_eq!(pull(1, 1, Some(0)).unwrap().limit, 100);
        assert_eq!(pull(1, 1, Some(3)).unwrap().limit, 3);
        for (begin, end, limit) in [(0, 1, 1), (2, 1, 1), (-1, 1, 1), (1, 1, 101), (1, 1, -1)] {
            assert_eq!(pull(begin, end, Some(limit)).unwrap_err().code(), Code::InvalidParam);
        }
    }
}
