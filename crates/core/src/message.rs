//! Sending and reading messages.

use crate::conversation::SessionType;
use crate::cursor::Cursor;
use crate::group::group_id;
use crate::id::{ConversationId, GroupId, UserId};
use crate::json::{self, Names};
use crate::numbered::numbered;
use crate::{Code, Error, Millis, Result, page, text};
use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};

/// Maximum number of messages in a pull, and the default of `limit`.
pub const PULL_MAX: i64 = 100;

/// A stored message, the same for all readers of its conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// The server's id of the message, a version 7 UUID.
    #[cfg_attr(feature = "schema", schemars(with = "uuid::Uuid"))]
    pub server_msg_id: String,
    /// The sender's id of the message, unique for this sender in this conversation.
    pub client_msg_id: String,
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The number of the message in the conversation: 1, 2, 3... without a gap.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub seq: i64,
    /// Whether the conversation is between two users or of a group.
    pub session_type: SessionType,
    /// The id of the sender.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub sender_id: String,
    /// The recipient, in a single conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId", default))]
    pub recv_id: Option<String>,
    /// The group of a group's conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId", default))]
    pub group_id: Option<String>,
    /// The kind of content.
    pub content_type: ContentType,
    /// The content: a JSON value as text.
    #[cfg_attr(feature = "schema", schemars(extend("contentMediaType" = "application/json")))]
    pub content: String,
    /// When the server stored the message. Times never decrease within a conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub send_time: Millis,
    /// Whether the content was erased, and how to show that; absent for a message that was not changed.
    #[serde(default, skip_serializing_if = "MessageStatus::is_normal")]
    pub status: MessageStatus,
    /// The id of the user who erased the content; absent unless `status` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId", default))]
    pub changed_by: Option<String>,
    /// When the content was erased; absent unless `status` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis", default))]
    pub changed_at: Option<Millis>,
}

numbered! {
    /// What became of a message. The content of one that is not normal is `{}`.
    #[derive(Default)]
    MessageStatus {
        /// It is as it was sent.
        #[default]
        Normal = 0,
        /// It was revoked; clients show that in its place.
        Revoked = 1,
        /// It was removed; clients show nothing in its place.
        Removed = 2,
    }
}

impl MessageStatus {
    /// Whether the message is as it was sent.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}

numbered! {
    /// The kind of content of a message. The server does not interpret content.
    ContentType {
        /// Text.
        Text = 1,
        /// An image.
        Image = 2,
        /// A video.
        Video = 3,
        /// A sound.
        Audio = 4,
        /// Any other file.
        File = 5,
        /// A kind that the application defines.
        Custom = 100,
    }
}

/// A message to send.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendRequest {
    /// The sender's id of the message, new for each message; it makes a retry safe. 1 to 64 bytes, without whitespace
    /// at the end.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "crate::schema::Text<1, { text::CLIENT_MSG_ID_MAX }>", example = &"m-1")
    )]
    client_msg_id: Option<String>,
    /// 1 to a user, with `recv_id`; 2 to a group, with `group_id`.
    #[cfg_attr(feature = "schema", schemars(with = "SessionType"))]
    session_type: Option<i64>,
    /// The recipient, for session type 1; ignored otherwise.
    #[cfg_attr(feature = "schema", schemars(example = &"u___7"))]
    recv_id: Option<String>,
    /// The group, for session type 2; ignored otherwise.
    #[cfg_attr(feature = "schema", schemars(example = &"abcdefghijklmno2"))]
    group_id: Option<String>,
    /// 1 text, 2 image, 3 video, 4 audio, 5 file, 100 defined by the application.
    #[cfg_attr(feature = "schema", schemars(with = "ContentType"))]
    content_type: Option<i64>,
    /// The content: a JSON value as text that every parser can read, at most 8,192 bytes. Surrogate
    /// pairs are complete, numbers are finite, names are unique within an object, and at most 64
    /// levels are nested.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "crate::schema::Content", example = &"{\"text\":\"hi\"}")
    )]
    content: Option<String>,
    /// Whether to move the sender's read position to this message if the sender has read all
    /// messages before it. Default: true for a user, false for a service.
    sender_read: Option<bool>,
}

/// The recipient of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// One other user.
    Single(UserId),
    /// A group.
    Group(GroupId),
}

/// A valid message to send. The store decides whether it may be sent.
#[derive(Clone, Debug)]
pub struct SendMessage {
    /// The id of the sender.
    pub sender_id: UserId,
    /// The recipient.
    pub destination: Destination,
    /// The sender's id of the message, 1-64 bytes.
    pub client_msg_id: String,
    /// The kind of content.
    pub content_type: ContentType,
    /// A JSON value as text that every parser can read ([`json::check`]), at most 8,192 bytes.
    pub content: String,
    /// Whether to move the sender's read position to this message if the sender has read all
    /// messages before it.
    pub sender_read: bool,
    /// Whether the message counts as unread for nobody. Only the server sends such messages.
    pub silent: bool,
}

impl SendRequest {
    /// Checks the fields of a message from `sender_id`. `sender_read` applies if the request does
    /// not set it.
    ///
    /// # Errors
    /// `10001` naming the field; `10403` if the content is too large; `10301` for an id that no group can have.
    pub fn validate(self, sender_id: UserId, sender_read: bool) -> Result<SendMessage> {
        let client_msg_id =
            text::required("client_msg_id", self.client_msg_id, text::CLIENT_MSG_ID_MAX)?;
        if client_msg_id.ends_with(char::is_whitespace) {
            return Err(Error::invalid("client_msg_id must not end in whitespace"));
        }
        let destination = match self.session_type.map(SessionType::from) {
            Some(SessionType::Single) => {
                Destination::Single(recipient(self.recv_id.as_deref(), &sender_id)?)
            }
            Some(SessionType::Group) => Destination::Group(group_id(self.group_id.as_deref())?),
            None | Some(SessionType::Other(_)) => {
                return Err(Error::invalid("session_type must be 1 or 2"));
            }
        };
        let content_type = self
            .content_type
            .and_then(ContentType::known)
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
            silent: false,
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

    /// What a repeat with the same `client_msg_id` must have in common with the first message: the first 8 bytes of a
    /// SHA-256 over type and content. It stays when the content is edited or erased, so that a late retry is recognized.
    #[must_use]
    pub fn digest(&self) -> i64 {
        let mut hash = Hash::new();
        hash.update(i64::from(self.content_type).to_be_bytes());
        hash.update(&self.content);
        let hash = hash.finalize();
        i64::from_be_bytes(std::array::from_fn(|byte| hash[byte]))
    }
}

/// The position of a sent message. A repeat of the same message gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ack {
    /// The server's id of the message.
    #[cfg_attr(feature = "schema", schemars(with = "uuid::Uuid"))]
    pub server_msg_id: String,
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The number of the message in the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub seq: i64,
    /// When the server stored the message.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub send_time: Millis,
}

/// Maximum number of messages that one call revokes.
pub const REVOKE_MAX: usize = 100;

/// Messages to revoke.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevokeMessagesRequest {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    conversation_id: Option<String>,
    /// The numbers of the messages, 1 to 100 of them.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<crate::schema::Position>", length(min = 1, max = 100))
    )]
    seqs: Option<Vec<i64>>,
    /// Whether clients show that a message was revoked; otherwise it disappears. Default: true.
    trace: Option<bool>,
}

/// Valid messages to revoke. The store decides whether the operator may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeMessages {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The numbers of the messages, 1 to 100 of them, each at least 1.
    pub seqs: Vec<i64>,
    /// What becomes of them.
    pub status: MessageStatus,
}

impl RevokeMessagesRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the field.
    pub fn validate(self) -> Result<RevokeMessages> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        let seqs = self.seqs.ok_or_else(|| Error::invalid("seqs is required"))?;
        if !(1..=REVOKE_MAX).contains(&seqs.len()) {
            let count = seqs.len();
            return Err(Error::invalid(format!(
                "seqs has {count} items; 1 to {REVOKE_MAX} are allowed"
            )));
        }
        if let Some(seq) = seqs.iter().find(|seq| **seq < 1) {
            return Err(Error::invalid(format!("seqs has {seq}; a seq is at least 1")));
        }
        let status = match self.trace {
            None | Some(true) => MessageStatus::Revoked,
            Some(false) => MessageStatus::Removed,
        };
        Ok(RevokeMessages { conversation_id, seqs, status })
    }
}

/// Who may revoke messages, and which unread counts follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeRules {
    /// For how many seconds after sending a user may revoke an own message; 0 never, -1 always.
    pub seconds: i64,
    /// In groups with more members, a revoked message stays unread until it is read.
    pub unread_members_max: i64,
}

impl RevokeRules {
    /// The time since which an own message must have been sent to be revoked at `now`.
    #[must_use]
    pub fn own_from(&self, now: Millis) -> Millis {
        match self.seconds {
            -1 => Millis::MIN,
            0 => Millis::MAX,
            seconds => now - seconds * 1_000,
        }
    }
}

/// Changed messages to read.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangesQuery {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: Option<String>,
    /// `version` of the previous response; absent for all changes.
    pub since: Option<String>,
    /// Maximum number of items; 100 if 0 or absent.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Limit<{ PULL_MAX }>>"))]
    pub limit: Option<i64>,
}

/// Valid changed messages to read: at most `limit` of those that changed after `since`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The version up to which the client has the changes; `None` for all.
    pub since: Option<Cursor>,
    /// Maximum number of messages, 1-100.
    pub limit: i64,
}

impl ChangesQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<Changes> {
        Ok(Changes {
            conversation_id: ConversationId::required(self.conversation_id.as_deref())?,
            since: page::since(self.since.as_deref())?,
            limit: page::limit(self.limit, PULL_MAX)?,
        })
    }
}

/// Changed messages, as they are now, in the order of their latest changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangesResponse {
    /// The messages that changed since the given version, at most `limit` and about 256 KiB.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub messages: Vec<Message>,
    /// The version up to which the changes are in this response: `since` of the next call.
    pub version: String,
    /// Whether there are more.
    pub has_more: bool,
    /// Whether `since` is of another database: the changes are all, from the first one on.
    pub full: bool,
}

/// A range of messages to read.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullQuery {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: Option<String>,
    /// The first seq.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    pub begin_seq: Option<i64>,
    /// The last seq, `begin_seq` or more.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    pub end_seq: Option<i64>,
    /// Maximum number of items; 100 if 0 or absent.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Limit<{ PULL_MAX }>>"))]
    pub limit: Option<i64>,
}

/// A valid range of messages to read: seqs `begin..=end`, at most `limit` of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The first seq, at least 1.
    pub begin: i64,
    /// The last seq, at least `begin`.
    pub end: i64,
    /// Maximum number of messages, 1-100.
    pub limit: i64,
}

impl PullQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<Pull> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        let begin = self.begin_seq.ok_or_else(|| Error::invalid("begin_seq is required"))?;
        let end = self.end_seq.ok_or_else(|| Error::invalid("end_seq is required"))?;
        if begin < 1 || end < begin {
            return Err(Error::invalid(format!(
                "begin_seq {begin} and end_seq {end}: 1 <= begin_seq <= end_seq is required"
            )));
        }
        let limit = page::limit(self.limit, PULL_MAX)?;
        Ok(Pull { conversation_id, begin, end, limit })
    }
}

/// The visible messages of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullResponse {
    /// The messages, ascending by seq.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub messages: Vec<Message>,
    /// Whether the range has more visible messages: pull again from the last seq + 1. Large messages can end a response
    /// before `limit`.
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
    fn a_message_within_the_limits_is_accepted() {
        let message = send(&serde_json::json!({})).unwrap();
        assert!(message.sender_read, "sender_read is true unless said otherwise");
        assert_eq!(message.conversation_id().as_str(), "si_u___1:u___2");
        assert!(send(&serde_json::json!({"content": format!("\"{}\"", "a".repeat(8190))})).is_ok());
    }

    #[test]
    fn an_invalid_message_is_refused_with_the_reason() {
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
    fn a_pull_outside_its_range_or_limit_is_refused() {
        let pull = |begin, end, limit| {
            let conversation_id = Some("si_u___1:u___2".to_owned());
            let (begin_seq, end_seq) = (Some(begin), Some(end));
            PullQuery { conversation_id, begin_seq, end_seq, limit }.validate()
        };
        assert_eq!(pull(1, i64::MAX, None).unwrap().limit, 100);
        assert_eq!(pull(1, 1, Some(0)).unwrap().limit, 100);
        assert_eq!(pull(1, 1, Some(3)).unwrap().limit, 3);
        for (begin, end, limit) in [(0, 1, 1), (2, 1, 1), (-1, 1, 1), (1, 1, 101), (1, 1, -1)] {
            assert_eq!(pull(begin, end, Some(limit)).unwrap_err().code(), Code::InvalidParam);
        }
    }
}
