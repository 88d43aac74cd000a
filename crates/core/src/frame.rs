//! Frames: the events that polls and streams return. Their numbers are those of nexo's protocol (`docs/comparison.md`).

use crate::Millis;
use crate::conversation::NotifyLevel;
use crate::cursor::Place;
use crate::message::Message;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::rc::Rc;
use std::time::Duration;

/// Frame number of [`Change::Message`].
pub const MESSAGE: u32 = 2001;
/// Frame number of [`Change::Read`].
pub const READ: u32 = 2003;
/// Frame number of a change of presence, whose data is [`OnlineStatuses`](crate::presence::OnlineStatuses).
pub const ONLINE: u32 = 2005;
/// Frame number of a [`GroupChange`].
pub const GROUP: u32 = 2006;
/// Frame number of a change of the user's [`ConversationOptions`].
pub const OPTIONS: u32 = 2007;
/// Frame number of a change of the user's profile, whose data is [`Profile`](crate::user::Profile).
pub const PROFILE: u32 = 2008;
/// Frame number of [`Typing`].
pub const TYPING: u32 = 2009;
/// Frame number of [`MessageChange`].
pub const MESSAGE_CHANGE: u32 = 2010;
/// Frame number of [`Receipt`].
pub const RECEIPT: u32 = 2011;

/// Maximum number of frames in an answer, except that the frames of one event stay together.
pub const FRAMES_MAX: usize = 100;
/// Size in bytes at which an answer ends: the frame that reaches it is the last.
pub const BYTES_MAX: usize = 256 * 1024;

/// One change that concerns a client, read from one event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// 2001: a message in one of the user's conversations, including the user's own.
    Message(Message),
    /// 2003: the user's read position moved.
    Read(ReadPosition),
    /// 2010: a message in one of the user's conversations changed.
    MessageChange(MessageChange),
    /// Any other kind, with the data that the command wrote when it made the change.
    Written {
        /// The frame number.
        req_id: u32,
        /// The data: a JSON object with at least one member, as text.
        data: String,
    },
}

/// A change of a message after it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageChange {
    /// What happened, who did it, and to which message.
    #[serde(flatten)]
    pub change: MessageChanged,
    /// The message as it is now, which a later change may have made.
    pub message: Message,
}

/// What the log keeps of a change of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageChanged {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The number of the message.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub seq: i64,
    /// The kind of change.
    pub change: MessageChangeKind,
    /// The id of the user who made the change.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub operator_id: String,
}

/// The kind of change of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MessageChangeKind {
    /// The content was erased; clients show that in its place.
    Revoked,
    /// The content was erased; clients show nothing in its place.
    Removed,
    /// The sender replaced the content.
    Edited,
    /// A kind that this version does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Other,
}

/// A read position of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadPosition {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The seq up to which the user has read.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub read_seq: i64,
    /// The number of messages by others after `read_seq`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Count"))]
    pub unread: i64,
}

/// How far another user has read a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The id of the user who has read.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub user_id: String,
    /// The seq up to which that user has read.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Seq"))]
    pub read_seq: i64,
    /// When that user read it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub read_at: Millis,
}

/// A change of a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupChange {
    /// The id of the group.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId"))]
    pub group_id: String,
    /// The id of the group's conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The kind of change.
    pub change: GroupChangeKind,
    /// The id of the user who made the change.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub operator_id: String,
    /// The ids of the affected members; empty if the whole group is affected.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::id::UserId>"))]
    pub user_ids: Vec<String>,
}

/// The kind of change of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum GroupChangeKind {
    /// The group was created with these members.
    Created,
    /// The members joined.
    Joined,
    /// The members left.
    Left,
    /// The members were removed.
    Kicked,
    /// The group was closed.
    Dismissed,
    /// The group has another owner.
    Transferred,
    /// The name or another field of the group changed.
    #[cfg_attr(feature = "schema", schemars(skip))]
    Updated,
    /// A kind that this version does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Other,
}

/// The user's options of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationOptions {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// Whether messages notify the user.
    pub recv_msg_opt: NotifyLevel,
    /// Whether the conversation is pinned.
    pub is_pinned: bool,
}

/// A user who is typing in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    /// The id of the conversation.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::ConversationId"))]
    pub conversation_id: String,
    /// The id of the user who is typing.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub user_id: String,
}

/// An encoded frame. All its recipients share one encoding.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The place of the event that the frame was read from.
    pub place: Place,
    json: Rc<RawValue>,
}

impl Frame {
    /// Encodes a change as `{"req_id":..,"data":{"event_id":..,..}}`.
    ///
    /// # Errors
    /// If the data of [`Change::Written`] is not a JSON object with a member.
    pub fn new(place: Place, change: &Change) -> serde_json::Result<Self> {
        #[derive(Serialize)]
        struct Wire<'a, T> {
            req_id: u32,
            data: Data<'a, T>,
        }
        #[derive(Serialize)]
        struct Data<'a, T> {
            event_id: i64,
            #[serde(flatten)]
            change: &'a T,
        }
        let event_id = place.event_id;
        let json = match change {
            Change::Message(change) => {
                to_raw_value(&Wire { req_id: MESSAGE, data: Data { event_id, change } })
            }
            Change::Read(change) => {
                to_raw_value(&Wire { req_id: READ, data: Data { event_id, change } })
            }
            Change::MessageChange(change) => {
                to_raw_value(&Wire { req_id: MESSAGE_CHANGE, data: Data { event_id, change } })
            }
            Change::Written { req_id, data } => {
                // Parsed alone first: the text may start with an object and continue after its closing brace.
                let object = serde_json::from_str::<&RawValue>(data)?.get();
                let members = object.strip_prefix('{').unwrap_or_default();
                RawValue::from_string(format!(
                    r#"{{"req_id":{req_id},"data":{{"event_id":{event_id},{members}}}"#
                ))
            }
        }?;
        Ok(Self { place, json: json.into() })
    }
}

/// Why a cursor was reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ResetReason {
    /// Events after the cursor were pruned from the log. The client's data is correct, but may be
    /// incomplete.
    TooOld,
    /// The cursor is invalid, of another database, or of a history that a restored backup replaced. The client's data
    /// may be wrong.
    OtherHistory,
}

/// The answer to a poll.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PollResponse {
    /// The cursor of the next poll, which acknowledges these frames.
    pub cursor: String,
    /// The frames, in the order of the log.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::Frame>"))]
    pub frames: Vec<Rc<RawValue>>,
    /// Whether the given cursor cannot be continued; if so, synchronise with `max_seqs` and pulls.
    pub reset: bool,
    /// Why the cursor was reset; absent unless `reset` is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "ResetReason", default))]
    pub reset_reason: Option<ResetReason>,
}

/// A poll for new frames.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PollQuery {
    /// `cursor` of the previous response; absent to get a cursor to start from.
    pub cursor: Option<String>,
    /// Seconds to wait, clamped to 0 to 50; 25 by default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<i64>"))]
    pub timeout: Duration,
}

/// A stream of new frames.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreamQuery {
    /// `cursor` of a poll or of `sync`; absent to get a cursor to start from.
    pub cursor: Option<String>,
    /// Seconds until the stream ends by itself, clamped to 0 to 300; 300 by default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<i64>"))]
    pub timeout: Duration,
}

/// The frames that fit into one answer ([`FRAMES_MAX`], [`BYTES_MAX`]), and the place up to which
/// they cover the log: that of the last frame if others are left over, otherwise `head`.
///
/// The frames of one event stay together, because no cursor can point between them.
#[must_use]
pub fn pack(frames: Vec<Frame>, head: Place) -> (Vec<Rc<RawValue>>, Place) {
    let mut packed: Vec<Rc<RawValue>> = Vec::new();
    let mut bytes = 0;
    let mut last = head;
    for frame in frames {
        let full = packed.len() >= FRAMES_MAX || bytes >= BYTES_MAX;
        if full && frame.place != last {
            return (packed, last);
        }
        bytes += frame.json.get().len();
        last = frame.place;
        packed.push(frame.json);
    }
    (packed, head)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of an event, with a tag that differs from the id.
    fn at(event_id: i64) -> Place {
        Place { event_id, tag: -7 * event_id }
    }

    fn written(event_id: i64, data: &str) -> Frame {
        Frame::new(at(event_id), &Change::Written { req_id: 2008, data: data.into() }).unwrap()
    }

    #[test]
    fn a_frame_contains_its_number_event_and_change() {
        let change = Change::Read(ReadPosition {
            conversation_id: "si_u___1:u___2".into(),
            read_seq: 3,
            unread: 0,
        });
        assert_eq!(
            Frame::new(at(9), &change).unwrap().json.get(),
            r#"{"req_id":2003,"data":{"event_id":9,"conversation_id":"si_u___1:u___2","read_seq":3,"unread":0}}"#
        );
        assert_eq!(
            written(9, r#"{"a":1}"#).json.get(),
            r#"{"req_id":2008,"data":{"event_id":9,"a":1}}"#
        );
    }

    #[test]
    fn written_data_must_be_an_object_with_a_member() {
        for data in ["", "{", "[1]", "1", "{}", r#"{"a":1},"x":{"b":1}"#] {
            assert!(
                Frame::new(at(1), &Change::Written { req_id: 2008, data: data.into() }).is_err(),
                "{data}"
            );
        }
    }

    #[test]
    fn an_answer_has_at_most_a_hundred_frames_and_its_cursor_is_at_the_last() {
        let frames = |count: i64| (1..=count).map(|id| written(id, r#"{"a":1}"#)).collect();
        let (packed, last) = pack(frames(100), at(500));
        assert_eq!((packed.len(), last), (100, at(500)));
        let (packed, last) = pack(frames(101), at(500));
        assert_eq!((packed.len(), last), (100, at(100)));
        assert_eq!(pack(vec![], at(500)).1, at(500));
    }

    #[test]
    fn an_answer_ends_with_the_frame_that_crosses_the_byte_limit() {
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(100_000));
        let (packed, last) = pack((1..=5).map(|id| written(id, &large)).collect(), at(500));
        assert_eq!((packed.len(), last), (3, at(3)));
    }

    #[test]
    fn frames_of_one_event_stay_together() {
        let mut frames: Vec<Frame> = (1..=99).map(|id| written(id, r#"{"a":1}"#)).collect();
        frames.extend([100, 100, 101].map(|id| written(id, r#"{"a":1}"#)));
        let (packed, last) = pack(frames, at(500));
        assert_eq!((packed.len(), last), (101, at(100)));
    }
}
