//! What a poll answers: frames. Their numbers are those of nexo's protocol (docs/comparison.md).

use crate::cursor::Place;
use crate::message::Message;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::rc::Rc;

/// The number of [`Change::Message`].
pub const MESSAGE: u32 = 2001;
/// The number of [`Change::Read`].
pub const READ: u32 = 2003;
/// The number of a change of who is online, whose data is
/// [`OnlineStatuses`](crate::presence::OnlineStatuses).
pub const ONLINE: u32 = 2005;
/// The number of a [`GroupChange`].
pub const GROUP: u32 = 2006;
/// The number of a change of the own [`ConversationOptions`].
pub const OPTIONS: u32 = 2007;
/// The number of a change of the own profile, whose data is [`Profile`](crate::user::Profile).
pub const PROFILE: u32 = 2008;
/// The number of [`Typing`].
pub const TYPING: u32 = 2009;

/// Most frames of one answer.
pub const FRAMES_MAX: usize = 100;
/// About the most bytes of one answer: the frame that crosses it is the last.
pub const BYTES_MAX: usize = 256 * 1024;

/// One change that concerns a client, read from one event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// 2001: a message in one of the user's conversations, own ones included.
    Message(Message),
    /// 2003: the user's own read position moved.
    Read(ReadPosition),
    /// Any other kind, whose data the schema wrote with the change.
    Written {
        /// The frame's number.
        req_id: u32,
        /// Its data, the text of a JSON object with at least one member.
        data: String,
    },
}

/// `data` of a 2003.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPosition {
    /// Where.
    pub conversation_id: String,
    /// Up to here the user has read.
    pub read_seq: i64,
    /// What is left.
    pub unread: i64,
}

/// `data` of a 2006.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupChange {
    /// Which group.
    pub group_id: String,
    /// Its conversation.
    pub conversation_id: String,
    /// What happened.
    pub change: GroupChangeKind,
    /// Who did it.
    pub operator_id: String,
    /// To whom; empty where it concerns the group as a whole.
    pub user_ids: Vec<String>,
}

/// What happened to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupChangeKind {
    /// It was made, with these members.
    Created,
    /// They are members now.
    Joined,
    /// They went by themselves.
    Left,
    /// They were removed.
    Kicked,
    /// It was closed.
    Dismissed,
    /// It has another owner.
    Transferred,
    /// Its name or another of its fields is new.
    Updated,
    /// Something that a later server knows of.
    #[serde(other)]
    Other,
}

/// `data` of a 2007.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationOptions {
    /// Of which conversation.
    pub conversation_id: String,
    /// 0 normal, 1 mute.
    pub recv_msg_opt: i64,
    /// Whether it is pinned.
    pub is_pinned: bool,
}

/// `data` of a 2009.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typing {
    /// Where.
    pub conversation_id: String,
    /// Who.
    pub user_id: String,
}

/// A frame as it goes over the wire, encoded once, however many clients it goes to.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The event it was read from.
    pub place: Place,
    json: Rc<RawValue>,
}

impl Frame {
    /// Encodes a change as `{"req_id":..,"data":{"event_id":..,..}}`.
    ///
    /// # Errors
    /// When [`Change::Written`] holds no JSON object.
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
            Change::Written { req_id, data } => {
                // By itself first: what begins as an object may end before its last brace.
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

/// Why a cursor is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The log forgot what lies behind it. What the client holds is still true, and something may be missing.
    TooOld,
    /// It is of another database, or of a history of this one that a restored backup replaced. What the client
    /// holds may not be true.
    OtherHistory,
}

/// `data` of a poll.
#[derive(Debug, Serialize)]
pub struct PollResponse {
    /// Where the next poll goes on; it also acknowledges these frames.
    pub cursor: String,
    /// In the order of the log.
    pub frames: Vec<Rc<RawValue>>,
    /// The cursor given was of no use here: synchronise by `max_seqs` and pulls.
    pub reset: bool,
    /// Why it was of no use, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_reason: Option<ResetReason>,
}

/// The frames that fit in one answer, and the place up to which they cover the log: that of the last one
/// sent when something was left behind, else `head`.
///
/// Frames of one event are never parted: the cursor could not stand between them.
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

    /// The place of an event, whose tag is another number.
    fn at(event_id: i64) -> Place {
        Place { event_id, tag: -7 * event_id }
    }

    fn written(event_id: i64, data: &str) -> Frame {
        Frame::new(at(event_id), &Change::Written { req_id: 2008, data: data.into() }).unwrap()
    }

    #[test]
    fn a_frame_carries_its_number_its_event_and_its_change() {
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
    fn data_that_is_no_object_is_refused() {
        for data in ["", "{", "[1]", "1", "{}", r#"{"a":1},"x":{"b":1}"#] {
            assert!(
                Frame::new(at(1), &Change::Written { req_id: 2008, data: data.into() }).is_err(),
                "{data}"
            );
        }
    }

    #[test]
    fn an_answer_holds_a_hundred_frames_and_the_cursor_stops_at_the_last() {
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
