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
/// Maximum number of the newest messages of a conversation, and the default of `limit`.
pub const LATEST_MAX: i64 = 20;
/// Maximum number of conversations whose newest messages one call returns.
pub const LATEST_CONVERSATIONS_MAX: usize = 20;

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
    /// The version of the content, 2 or more; absent for a message that was not edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position", default))]
    pub version: Option<i64>,
    /// When the content was last edited; absent for a message that was not edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis", default))]
    pub edited_at: Option<Millis>,
    /// The message that this one quotes; absent if it quotes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Quote", default))]
    pub quote: Option<Quote>,
}

/// A quoted message, as it is now for the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quote {
    /// The number of the message in the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub seq: i64,
    /// The id of its sender; absent if the reader may not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId", default))]
    pub sender_id: Option<String>,
    /// The kind of its content; absent if the reader may not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "ContentType", default))]
    pub content_type: Option<ContentType>,
    /// The first 200 bytes of its text; absent if it has no text, is erased, or the reader may not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String", default))]
    pub preview: Option<String>,
    /// Whether it was erased, or the reader may not see it; absent if neither.
    #[serde(default, skip_serializing_if = "MessageStatus::is_normal")]
    pub status: MessageStatus,
}

impl Quote {
    /// A quoted message that the reader may not see.
    #[must_use]
    pub const fn hidden(seq: i64) -> Self {
        let status = MessageStatus::Hidden;
        Self { seq, sender_id: None, content_type: None, preview: None, status }
    }
}

/// Maximum length of the preview of a quoted message, in bytes.
pub const PREVIEW_MAX: usize = 200;

/// The first bytes of the text of a content of type 1 or 9, at most [`PREVIEW_MAX`] and cut at a character; `None`
/// without a text.
#[must_use]
pub fn preview(content: &str) -> Option<String> {
    let content: serde_json::Value = serde_json::from_str(content).ok()?;
    let text = content.get("text")?.as_str()?;
    let text = &text[..text.floor_char_boundary(PREVIEW_MAX)];
    Some(text.to_owned()).filter(|text| !text.is_empty())
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
        /// The reader may not see it. Only a quoted message can be like this.
        Hidden = 4,
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
        /// A place.
        Location = 6,
        /// A user or a group to get to know.
        Card = 7,
        /// Messages of a conversation, merged into one.
        Merged = 8,
        /// Text in Markdown.
        Markdown = 9,
        /// A sticker.
        Sticker = 10,
        /// The record of a call.
        Call = 11,
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
    /// The recipient, for session type 1: the sender's own id for a note; ignored otherwise.
    #[cfg_attr(feature = "schema", schemars(example = &"u___7"))]
    recv_id: Option<String>,
    /// The group, for session type 2; ignored otherwise.
    #[cfg_attr(feature = "schema", schemars(example = &"abcdefghijklmno2"))]
    group_id: Option<String>,
    /// 1 text, 2 image, 3 video, 4 audio, 5 file, 6 location, 7 card, 8 merged messages, 9 markdown, 10 sticker, 11 call
    /// record, 100 defined by the application.
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
    /// The number of the message in the same conversation that this one quotes; absent to quote none.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Position>"))]
    quote_seq: Option<i64>,
    /// Whether to move the sender's read position to this message if the sender has read all
    /// messages before it. Default: true for a user, false for a service.
    sender_read: Option<bool>,
}

/// The recipient of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A user, who may be the sender.
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
    /// The message of the conversation that this one quotes, at least 1.
    pub quote_seq: Option<i64>,
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
                Destination::Single(UserId::required("recv_id", self.recv_id.as_deref())?)
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
        let content = content(self.content)?;
        if let Some(seq) = self.quote_seq.filter(|seq| *seq < 1) {
            return Err(Error::invalid(format!("quote_seq is {seq}; a seq is at least 1")));
        }
        let sender_read = self.sender_read.unwrap_or(sender_read);
        Ok(SendMessage {
            sender_id,
            destination,
            client_msg_id,
            content_type,
            content,
            quote_seq: self.quote_seq,
            sender_read,
            silent: false,
        })
    }
}

/// The content of a message to store.
///
/// # Errors
/// `10001` unless it is a JSON value that every parser can read; `10403` if it has more than 8,192 bytes.
fn content(content: Option<String>) -> Result<String> {
    let content = content.ok_or_else(|| Error::invalid("content is required"))?;
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
    Ok(content)
}

/// The number of a message in a request.
///
/// # Errors
/// `10001` unless it is at least 1.
pub(crate) fn seq(seq: Option<i64>) -> Result<i64> {
    let seq = seq.ok_or_else(|| Error::invalid("seq is required"))?;
    if seq < 1 {
        return Err(Error::invalid(format!("seq is {seq}; a seq is at least 1")));
    }
    Ok(seq)
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
    /// SHA-256 over type, content and quoted message. It stays when the content is edited or erased, so that a late retry is recognized.
    #[must_use]
    pub fn digest(&self) -> i64 {
        let mut hash = Hash::new();
        hash.update(i64::from(self.content_type).to_be_bytes());
        hash.update(&self.content);
        if let Some(seq) = self.quote_seq {
            // No content ends like this: it is a JSON value.
            hash.update(b"\0quote");
            hash.update(seq.to_be_bytes());
        }
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

/// Maximum number of messages that one call names by their seqs.
pub const SEQS_MAX: usize = 100;

/// Checks the seqs that a call names.
fn named(seqs: Vec<i64>) -> Result<Vec<i64>> {
    if !(1..=SEQS_MAX).contains(&seqs.len()) {
        let count = seqs.len();
        return Err(Error::invalid(format!("seqs has {count} items; 1 to {SEQS_MAX} are allowed")));
    }
    if let Some(seq) = seqs.iter().find(|seq| **seq < 1) {
        return Err(Error::invalid(format!("seqs has {seq}; a seq is at least 1")));
    }
    Ok(seqs)
}

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
        let seqs = named(self.seqs.ok_or_else(|| Error::invalid("seqs is required"))?)?;
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
    pub const fn own_from(&self, now: Millis) -> Millis {
        sent_from(self.seconds, now)
    }
}

/// The time since which a message must have been sent to be changed at `now` within `seconds`; 0 never, -1 always.
const fn sent_from(seconds: i64, now: Millis) -> Millis {
    match seconds {
        -1 => Millis::MIN,
        0 => Millis::MAX,
        seconds => now - seconds * 1_000,
    }
}

/// A new content of a message.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EditMessageRequest {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    conversation_id: Option<String>,
    /// The number of the message.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    seq: Option<i64>,
    /// The new content, as in a message to send.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "crate::schema::Content", example = &"{\"text\":\"hi\"}")
    )]
    content: Option<String>,
    /// The version that the user edited: refused if it is not the stored one, because another device was faster.
    /// Absent: any version is replaced.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Position>"))]
    base_version: Option<i64>,
}

/// A valid new content of a message. The store decides whether the editor may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditMessage {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The number of the message, at least 1.
    pub seq: i64,
    /// A JSON value as text that every parser can read ([`json::check`]), at most 8,192 bytes.
    pub content: String,
    /// The version that is to be replaced; `None` for any.
    pub base_version: Option<i64>,
}

impl EditMessageRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the field; `10403` if the content is too large.
    pub fn validate(self) -> Result<EditMessage> {
        if let Some(version) = self.base_version.filter(|version| *version < 1) {
            let text = format!("base_version is {version}; a version is at least 1");
            return Err(Error::invalid(text));
        }
        Ok(EditMessage {
            conversation_id: ConversationId::required(self.conversation_id.as_deref())?,
            seq: seq(self.seq)?,
            content: content(self.content)?,
            base_version: self.base_version,
        })
    }
}

/// Until when users may edit their messages, and what becomes of the earlier versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditRules {
    /// For how many seconds after sending; 0 never, -1 always.
    pub seconds: i64,
    /// Which earlier versions are kept.
    pub history: EditHistory,
    /// Edits per user and minute; 0 disables the limit.
    pub per_minute: i64,
}

impl EditRules {
    /// The time since which a message must have been sent to be edited at `now`.
    #[must_use]
    pub const fn sent_from(&self, now: Millis) -> Millis {
        sent_from(self.seconds, now)
    }
}

/// Who can read the earlier versions of edited messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditHistory {
    /// Everybody who may see the message.
    All,
    /// Nobody: they are kept in the database, for its operator and for former members, who see what they saw.
    Operator,
    /// Nobody: they are not kept.
    None,
}

impl EditHistory {
    /// Reads `all`, `operator` or `none`.
    ///
    /// # Errors
    /// Describes what is allowed, for any other text.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "operator" => Ok(Self::Operator),
            "none" => Ok(Self::None),
            _ => Err("only all, operator and none are allowed".to_owned()),
        }
    }
}

/// The result of an edit. A repeat of the same edit gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Edited {
    /// The version that is stored now: `base_version` of the next edit.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    pub version: i64,
}

/// The message whose versions are read.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionsQuery {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: Option<String>,
    /// The number of the message.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    pub seq: Option<i64>,
}

/// A message whose versions are read, with a valid seq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneMessage {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The number of the message, at least 1.
    pub seq: i64,
}

impl VersionsQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<OneMessage> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        Ok(OneMessage { conversation_id, seq: seq(self.seq)? })
    }
}

/// The message whose replies are read.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RepliesQuery {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: Option<String>,
    /// The number of the message.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    pub seq: Option<i64>,
    /// `next_cursor` of the previous page; absent for the first.
    pub cursor: Option<String>,
    /// Maximum number of items; 100 if 0 or absent.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Limit<{ PULL_MAX }>>"))]
    pub limit: Option<i64>,
}

/// A valid page of the replies to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepliesPage {
    /// The message.
    pub of: OneMessage,
    /// The seq after which the page begins; 0 for the first one.
    pub after: i64,
    /// Maximum number of messages, 1-100.
    pub limit: i64,
}

impl RepliesQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<RepliesPage> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        Ok(RepliesPage {
            of: OneMessage { conversation_id, seq: seq(self.seq)? },
            after: page::decode_number_cursor(self.cursor.as_deref())?.unwrap_or(0),
            limit: page::limit(self.limit, PULL_MAX)?,
        })
    }
}

/// The messages that quote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replies {
    /// A page of messages, ascending by seq; at most `limit` and about 256 KiB.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub messages: Vec<Message>,
    /// Whether there are more.
    pub has_more: bool,
    /// `cursor` of the next page; empty if there is none.
    pub next_cursor: String,
}

/// A version of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageVersion {
    /// 1 for the content as it was sent, one more with each edit.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Position"))]
    pub version: i64,
    /// The content: a JSON value as text.
    #[cfg_attr(feature = "schema", schemars(extend("contentMediaType" = "application/json")))]
    pub content: String,
    /// When this version was sent or edited.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub written_at: Millis,
}

/// The versions of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Versions {
    /// The kept versions, ascending; the last one is the content of the message.
    #[cfg_attr(feature = "schema", schemars(length(max = 21)))]
    pub versions: Vec<MessageVersion>,
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

/// Messages of a conversation to read: a range of seqs (`begin_seq`, `end_seq`, `order`), those around a seq (`around`),
/// or those from a time on (`at`). Exactly one of the three.
#[derive(Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullQuery {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: Option<String>,
    /// The first seq of a range; with `end_seq`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Position>"))]
    pub begin_seq: Option<i64>,
    /// The last seq of a range, `begin_seq` or more.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Position>"))]
    pub end_seq: Option<i64>,
    /// The order of a range; `asc` if absent. With `desc`, `limit` keeps the newest messages instead of the oldest.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Order>"))]
    pub order: Option<String>,
    /// Instead of a range: a seq. Its message is returned, with `limit / 2` before it and the rest of `limit` after it,
    /// as far as there are. A seq that is not visible counts as the nearest visible one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Position>"))]
    pub around: Option<i64>,
    /// Instead of a range: a time. The first messages that were sent then or later are returned.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub at: Option<Millis>,
    /// Maximum number of items; 100 if 0 or absent.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Limit<{ PULL_MAX }>>"))]
    pub limit: Option<i64>,
}

/// The order of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub enum Order {
    /// The oldest first.
    Asc,
    /// The newest first.
    Desc,
}

/// Valid messages to read: at most `limit` of those of `range`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// Which messages.
    pub range: PullRange,
    /// Maximum number of messages, 1-100.
    pub limit: i64,
}

/// Which messages of a conversation a pull reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullRange {
    /// Those with a seq from `begin` to `end`, beginning with the first of this order.
    Seqs {
        /// The first seq, at least 1.
        begin: i64,
        /// The last seq, at least `begin`.
        end: i64,
        /// The order of the messages.
        order: Order,
    },
    /// The one with this seq, at least 1, and the nearest ones before and after it.
    Around(i64),
    /// Those sent at this time or later, beginning with the first one.
    At(Millis),
}

impl PullQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter, or the three forms unless exactly one of them is given.
    pub fn validate(self) -> Result<Pull> {
        let conversation_id = ConversationId::required(self.conversation_id.as_deref())?;
        let order = match self.order.as_deref() {
            None => None,
            Some("asc") => Some(Order::Asc),
            Some("desc") => Some(Order::Desc),
            Some(_) => return Err(Error::invalid("order is neither asc nor desc")),
        };
        let range = match (self.begin_seq, self.end_seq, order, self.around, self.at) {
            (Some(begin), Some(end), order, None, None) => {
                if begin < 1 || end < begin {
                    return Err(Error::invalid(format!(
                        "begin_seq {begin} and end_seq {end}: 1 <= begin_seq <= end_seq is required"
                    )));
                }
                PullRange::Seqs { begin, end, order: order.unwrap_or(Order::Asc) }
            }
            (None, None, None, Some(seq), None) if seq < 1 => {
                return Err(Error::invalid(format!("around is {seq}; a seq is at least 1")));
            }
            (None, None, None, Some(seq), None) => PullRange::Around(seq),
            (None, None, None, None, Some(time)) => PullRange::At(time),
            _ => {
                return Err(Error::invalid(
                    "exactly one is required: begin_seq with end_seq (and order), around, or at",
                ));
            }
        };
        let limit = page::limit(self.limit, PULL_MAX)?;
        Ok(Pull { conversation_id, range, limit })
    }
}

/// Messages that the caller may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullResponse {
    /// The messages, ascending by seq; descending with `order=desc`.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub messages: Vec<Message>,
    /// Whether visible messages of the range, from the time `at` on, or of the named seqs follow after these, in this
    /// order: ask again from there. With `around`: whether the conversation has visible messages before the first or
    /// after the last of these. Large messages can end a response before `limit`.
    pub has_more: bool,
}

/// Single messages to read: some of a conversation (`conversation_id`, `seqs`), or one (`server_msg_id`).
#[derive(Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessagesQuery {
    /// The id of the conversation; with `seqs`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::id::ConversationId>"))]
    pub conversation_id: Option<String>,
    /// The numbers of the messages, 1 to 100 of them, separated by commas.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Seqs>"))]
    pub seqs: Option<String>,
    /// Instead of these: the server's id of a message.
    #[cfg_attr(feature = "schema", schemars(with = "Option<uuid::Uuid>"))]
    pub server_msg_id: Option<String>,
}

/// Valid single messages to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Messages {
    /// Messages of a conversation.
    Seqs {
        /// The id of the conversation.
        conversation_id: ConversationId,
        /// The numbers of the messages, 1 to 100 of them, each at least 1.
        seqs: Vec<i64>,
    },
    /// The message with this `server_msg_id`, if there is one.
    Id(String),
}

impl MessagesQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `10001` naming the parameter, or the two forms unless exactly one of them is given.
    pub fn validate(self) -> Result<Messages> {
        match (self.conversation_id, self.seqs, self.server_msg_id) {
            (Some(id), Some(seqs), None) => {
                let conversation_id = ConversationId::required(Some(&id))?;
                let number = |seq: &str| {
                    seq.parse().map_err(|_| Error::invalid("seqs: numbers separated by commas"))
                };
                let seqs = text::items(Some(&seqs)).into_iter().map(number);
                Ok(Messages::Seqs { conversation_id, seqs: named(seqs.collect::<Result<_>>()?)? })
            }
            (None, None, Some(id)) => Ok(Messages::Id(id)),
            _ => Err(Error::invalid(
                "exactly one is required: conversation_id with seqs, or server_msg_id",
            )),
        }
    }
}

/// Conversations whose newest messages to read.
#[derive(Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatestQuery {
    /// The ids of 1 to 20 conversations, separated by commas.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ConversationIds"))]
    pub conversation_ids: Option<String>,
    /// Maximum number of messages of each conversation; 20 if 0 or absent.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Limit<{ LATEST_MAX }>>")
    )]
    pub limit: Option<i64>,
}

/// Valid conversations whose newest messages to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// The ids of 1 to 20 conversations, each once.
    pub conversation_ids: Vec<ConversationId>,
    /// Maximum number of messages of each conversation, 1-20.
    pub limit: i64,
}

impl LatestQuery {
    /// Checks the parameters. An id that is given twice counts once.
    ///
    /// # Errors
    /// `10001` naming the parameter.
    pub fn validate(self) -> Result<Latest> {
        let ids = text::items(self.conversation_ids.as_deref());
        if !(1..=LATEST_CONVERSATIONS_MAX).contains(&ids.len()) {
            return Err(Error::invalid(format!(
                "conversation_ids: 1-{LATEST_CONVERSATIONS_MAX} comma separated ids"
            )));
        }
        let mut conversation_ids = Vec::with_capacity(ids.len());
        for id in ids {
            let id = ConversationId::given("conversation_ids", id)?;
            if !conversation_ids.contains(&id) {
                conversation_ids.push(id);
            }
        }
        Ok(Latest { conversation_ids, limit: page::limit(self.limit, LATEST_MAX)? })
    }
}

/// The newest messages of conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatestResponse {
    /// The conversations that are visible to the caller, in the order of the request.
    #[cfg_attr(feature = "schema", schemars(length(max = 20)))]
    pub conversations: Vec<LatestMessages>,
}

/// The newest messages of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatestMessages {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The newest visible messages, ascending by seq. All conversations together have about 256 KiB at most: if they
    /// have more, the oldest of each are missing.
    #[cfg_attr(feature = "schema", schemars(length(max = 20)))]
    pub messages: Vec<Message>,
    /// Whether there are visible messages before these.
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
        let note = send(&serde_json::json!({"recv_id": "u___1"})).unwrap();
        assert_eq!(note.conversation_id().as_str(), "si_u___1:u___1");
        assert!(send(&serde_json::json!({"content": format!("\"{}\"", "a".repeat(8190))})).is_ok());
    }

    #[test]
    fn content_of_every_known_type_is_accepted_as_any_json_value() {
        for content_type in (1..=11).chain([100]) {
            let change = serde_json::json!({"content_type": content_type, "content": "[1]"});
            let message = send(&change).unwrap();
            let (known, content) = (i64::from(message.content_type), message.content.as_str());
            assert_eq!((known, content), (content_type, "[1]"));
        }
    }

    #[test]
    fn a_retry_has_the_same_digest_and_another_quote_another_one() {
        let digest =
            |quote_seq| send(&serde_json::json!({"quote_seq": quote_seq})).unwrap().digest();
        let none = digest(None);
        assert_eq!(none, send(&serde_json::json!({})).unwrap().digest());
        let [one, two] = [1, 2].map(|seq| digest(Some(seq)));
        assert!(none != one && one != two && one == digest(Some(1)));
    }

    #[test]
    fn a_preview_is_the_first_200_bytes_of_a_text_cut_at_a_character() {
        let of = |text: &str| preview(&serde_json::json!({ "text": text }).to_string());
        assert_eq!(of("hi").as_deref(), Some("hi"));
        assert_eq!(of(&"a".repeat(201)), Some("a".repeat(200)));
        assert_eq!(of(&format!("{}\u{e9}", "a".repeat(199))), Some("a".repeat(199)));
        for odd in ["{}", "1", r#"["a"]"#, r#"{"text":""}"#, r#"{"text":1}"#] {
            assert_eq!(preview(odd), None, "{odd}");
        }
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
            (serde_json::json!({"session_type": 2}), "group_id is required"),
            (serde_json::json!({"session_type": 2, "group_id": "g"}), "group not found"),
            (serde_json::json!({"content_type": 0}), "unknown content_type"),
            (serde_json::json!({"content_type": 12}), "unknown content_type"),
            (serde_json::json!({"content_type": 1001}), "unknown content_type"),
            (serde_json::json!({"quote_seq": 0}), "quote_seq is 0; a seq is at least 1"),
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

    fn pull() -> PullQuery {
        let conversation_id = Some("si_u___1:u___2".to_owned());
        PullQuery { conversation_id, ..PullQuery::default() }
    }

    #[test]
    fn a_pull_outside_its_range_or_limit_is_refused() {
        let pull = |begin, end, limit| {
            PullQuery { begin_seq: Some(begin), end_seq: Some(end), limit, ..pull() }.validate()
        };
        assert_eq!(pull(1, i64::MAX, None).unwrap().limit, 100);
        assert_eq!(pull(1, 1, Some(0)).unwrap().limit, 100);
        assert_eq!(pull(1, 1, Some(3)).unwrap().limit, 3);
        for (begin, end, limit) in [(0, 1, 1), (2, 1, 1), (-1, 1, 1), (1, 1, 101), (1, 1, -1)] {
            assert_eq!(pull(begin, end, Some(limit)).unwrap_err().code(), Code::InvalidParam);
        }
    }

    #[test]
    fn a_pull_has_exactly_one_of_its_three_forms() {
        let query = |begin_seq, end_seq, order: Option<&str>, around, at| {
            let order = order.map(str::to_owned);
            PullQuery { begin_seq, end_seq, order, around, at, ..pull() }.validate()
        };
        let range = |order| query(Some(2), Some(3), order, None, None).unwrap().range;
        let seqs = |order| PullRange::Seqs { begin: 2, end: 3, order };
        assert_eq!(range(None), seqs(Order::Asc));
        assert_eq!(range(Some("asc")), seqs(Order::Asc));
        assert_eq!(range(Some("desc")), seqs(Order::Desc));
        let around = query(None, None, None, Some(7), None).unwrap();
        assert_eq!((around.range, around.limit), (PullRange::Around(7), 100));
        let at = query(None, None, None, None, Some(-5)).unwrap();
        assert_eq!(at.range, PullRange::At(-5));

        let one = "exactly one is required: begin_seq with end_seq (and order), around, or at";
        for (begin, end, order, around, at, message) in [
            (None, None, None, None, None, one),
            (Some(1), None, None, None, None, one),
            (None, Some(1), None, None, None, one),
            (None, None, Some("desc"), None, None, one),
            (Some(1), Some(1), None, Some(1), None, one),
            (Some(1), None, None, Some(1), None, one),
            (Some(1), Some(1), None, None, Some(1), one),
            (None, None, None, Some(1), Some(1), one),
            (None, None, Some("asc"), Some(1), None, one),
            (None, None, Some("asc"), None, Some(1), one),
            (Some(1), Some(1), Some("DESC"), None, None, "order is neither asc nor desc"),
            (None, None, None, Some(0), None, "around is 0; a seq is at least 1"),
        ] {
            let refused = query(begin, end, order, around, at).unwrap_err();
            assert_eq!(refused.message(), message, "{begin:?} {end:?} {order:?} {around:?} {at:?}");
        }
    }

    #[test]
    fn single_messages_are_named_by_their_seqs_or_by_one_id() {
        let query = |conversation_id: Option<&str>, seqs: Option<&str>, id: Option<&str>| {
            let [conversation_id, seqs, server_msg_id] =
                [conversation_id, seqs, id].map(|text| text.map(str::to_owned));
            MessagesQuery { conversation_id, seqs, server_msg_id }.validate()
        };
        let of = Some("si_u___1:u___2");
        match query(of, Some("3,1,3"), None).unwrap() {
            Messages::Seqs { seqs, .. } => assert_eq!(seqs, [3, 1, 3]),
            other @ Messages::Id(_) => panic!("{other:?}"),
        }
        assert_eq!(query(None, None, Some("x")).unwrap(), Messages::Id("x".to_owned()));
        let one = "exactly one is required: conversation_id with seqs, or server_msg_id";
        let numbers = "seqs: numbers separated by commas";
        let many = ["1"; 101].join(",");
        for (of, seqs, id, message) in [
            (None, None, None, one),
            (of, None, None, one),
            (None, Some("1"), None, one),
            (of, Some("1"), Some("x"), one),
            (of, None, Some("x"), one),
            (None, Some("1"), Some("x"), one),
            (Some(""), Some("1"), None, "conversation_id is required"),
            (of, Some(""), None, "seqs has 0 items; 1 to 100 are allowed"),
            (of, Some(&many), None, "seqs has 101 items; 1 to 100 are allowed"),
            (of, Some("1,0"), None, "seqs has 0; a seq is at least 1"),
            (of, Some("1,"), None, numbers),
            (of, Some("1, 2"), None, numbers),
            (of, Some("9223372036854775808"), None, numbers),
        ] {
            assert_eq!(query(of, seqs, id).unwrap_err().message(), message, "{seqs:?} {id:?}");
        }
    }

    #[test]
    fn conversations_keep_the_order_of_the_request_and_count_once() {
        let query = |ids: Option<&str>, limit| {
            LatestQuery { conversation_ids: ids.map(str::to_owned), limit }.validate()
        };
        let ids = "si_u___1:u___9,si_u___1:u___2,si_u___1:u___9";
        let latest = query(Some(ids), None).unwrap();
        let ids: Vec<_> = latest.conversation_ids.iter().map(ConversationId::as_str).collect();
        assert_eq!((ids, latest.limit), (vec!["si_u___1:u___9", "si_u___1:u___2"], 20));
        let many = |count| vec!["si_u___1:u___2"; count].join(",");
        assert!(query(Some(&many(20)), Some(20)).is_ok());
        let count = "conversation_ids: 1-20 comma separated ids";
        for (ids, limit, message) in [
            (None, None, count),
            (Some(""), None, count),
            (Some(&*many(21)), None, count),
            (Some("c"), None, "conversation_ids: invalid conversation id: c"),
            (Some("si_u___1:u___2,"), None, "conversation_ids: invalid conversation id: "),
            (Some("si_u___1:u___2"), Some(21), "limit is 21; 0 to 20 are allowed"),
        ] {
            assert_eq!(query(ids, limit).unwrap_err().message(), message, "{ids:?} {limit:?}");
        }
    }
}
