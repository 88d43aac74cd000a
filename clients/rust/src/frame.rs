use longwave_core::frame::{
    ConversationOptions, GROUP, GroupChange, MESSAGE, MESSAGE_CHANGE, MessageChange, ONLINE,
    OPTIONS, PROFILE, READ, RECEIPT, ReadPosition, Receipt, TYPING, Typing,
};
use longwave_core::message::Message;
use longwave_core::presence::{OnlineStatus, OnlineStatuses};
use longwave_core::user::Profile;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The answer to a poll.
#[derive(Debug, Deserialize)]
pub struct PollResponse {
    /// The cursor of the next poll; using it acknowledges these frames.
    pub cursor: String,
    /// The events for the user, in the order of the log.
    pub frames: Vec<Frame>,
    /// Whether the server could not continue from the given cursor, so that events may be missing.
    pub reset: bool,
    /// The reason of a reset, if the server gives one that this client knows.
    #[serde(default, deserialize_with = "known")]
    pub reset_reason: Option<ResetReason>,
}

/// Why the server cannot continue from a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The log no longer has the events after the cursor. The client's data is still valid, but may
    /// be incomplete.
    TooOld,
    /// The cursor is from another database, or from a history that a restored backup replaced. The
    /// client's data may no longer be valid.
    OtherHistory,
}

/// The reason, or `None` for one that only a later server knows: it must not make the answer
/// unreadable.
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ResetReason>, D::Error> {
    let word = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(word).ok())
}

impl PollResponse {
    /// The messages among the frames.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.frames.iter().filter_map(|frame| match frame {
            Frame::Message { message, .. } => Some(message.as_ref()),
            _ => None,
        })
    }
}

/// One change that concerns the user.
#[derive(Debug)]
pub enum Frame {
    /// 2001: a message, the user's own ones included.
    Message {
        /// The id of the event in the log.
        event_id: i64,
        /// The message.
        message: Box<Message>,
    },
    /// 2003: the user's own read position moved.
    Read {
        /// The id of the event in the log.
        event_id: i64,
        /// The new position.
        position: ReadPosition,
    },
    /// 2005: users that the session subscribed to came online or went offline.
    Online {
        /// The id of the event in the log.
        event_id: i64,
        /// The new status of each of them.
        items: Vec<OnlineStatus>,
    },
    /// 2006: one of the user's groups changed.
    Group {
        /// The id of the event in the log.
        event_id: i64,
        /// The change, the group and the users concerned.
        change: GroupChange,
    },
    /// 2007: the user's own options of a conversation changed.
    Options {
        /// The id of the event in the log.
        event_id: i64,
        /// The new options.
        options: ConversationOptions,
    },
    /// 2008: the user's own profile changed.
    Profile {
        /// The id of the event in the log.
        event_id: i64,
        /// The new profile.
        profile: Profile,
    },
    /// 2009: a user is typing at this moment. The server does not store this.
    Typing {
        /// The id of the conversation.
        conversation_id: String,
        /// The id of the user who types.
        user_id: String,
    },
    /// 2010: a message changed after it was sent.
    MessageChange {
        /// The id of the event in the log.
        event_id: i64,
        /// The change, with the message as it is now.
        change: Box<MessageChange>,
    },
    /// 2011: another user in a conversation has read.
    Receipt {
        /// The id of the event in the log.
        event_id: i64,
        /// The user, and how far.
        receipt: Receipt,
    },
    /// A frame of a kind, or with data, that this client does not know. Never a message.
    Other {
        /// The number of the kind.
        req_id: u32,
        /// The data of the frame, unparsed.
        data: Value,
    },
}

#[derive(Deserialize)]
struct Wire {
    req_id: u32,
    data: Value,
}

#[derive(Deserialize)]
struct Data<T> {
    event_id: i64,
    #[serde(flatten)]
    change: T,
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wire { req_id, data } = Wire::deserialize(deserializer)?;
        let known = match req_id {
            MESSAGE => {
                let Data { event_id, change } =
                    serde_json::from_value(data).map_err(serde::de::Error::custom)?;
                return Ok(Self::Message { event_id, message: Box::new(change) });
            }
            READ => {
                typed(&data).map(|it| Self::Read { event_id: it.event_id, position: it.change })
            }
            ONLINE => typed::<OnlineStatuses>(&data)
                .map(|it| Self::Online { event_id: it.event_id, items: it.change.items }),
            GROUP => {
                typed(&data).map(|it| Self::Group { event_id: it.event_id, change: it.change })
            }
            OPTIONS => {
                typed(&data).map(|it| Self::Options { event_id: it.event_id, options: it.change })
            }
            PROFILE => {
                typed(&data).map(|it| Self::Profile { event_id: it.event_id, profile: it.change })
            }
            TYPING => Typing::deserialize(&data).ok().map(|Typing { conversation_id, user_id }| {
                Self::Typing { conversation_id, user_id }
            }),
            MESSAGE_CHANGE => typed(&data).map(|it| Self::MessageChange {
                event_id: it.event_id,
                change: Box::new(it.change),
            }),
            RECEIPT => {
                typed(&data).map(|it| Self::Receipt { event_id: it.event_id, receipt: it.change })
            }
            _ => None,
        };
        // Only a message must not be lost; an error would make the whole poll unreadable, again and again.
        Ok(known.unwrap_or(Self::Other { req_id, data }))
    }
}

/// The data of an event, unless it is not as this client expects.
fn typed<T: DeserializeOwned>(data: &Value) -> Option<Data<T>> {
    Data::deserialize(data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use longwave_core::cursor::Place;
    use longwave_core::frame::{Change, Frame as Encoded, GroupChangeKind, pack};

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let position = ReadPosition { conversation_id: "c".to_owned(), read_seq: 3, unread: 0 };
        let place = Place { event_id: 7, tag: 1 };
        let encoded = Encoded::new(place, &Change::Read(position.clone())).unwrap();
        let (frames, _) = pack(vec![encoded], place);
        let frame: Frame = serde_json::from_str(frames[0].get()).unwrap();
        assert!(matches!(frame, Frame::Read { event_id: 7, position: read } if read == position));
    }

    fn read(frame: &str) -> Frame {
        serde_json::from_str(frame).unwrap()
    }

    #[test]
    fn every_documented_kind_of_frame_is_read() {
        let frame = read(
            r#"{"req_id":2005,"data":{"event_id":3,"items":[{"user_id":"u___1","online":true,"platform_ids":[5,7]}]}}"#,
        );
        assert!(
            matches!(frame, Frame::Online { event_id: 3, items } if items[0].platform_ids.len() == 2)
        );

        let frame = read(
            r#"{"req_id":2006,"data":{"event_id":4,"group_id":"g","conversation_id":"sg_g","change":"kicked","operator_id":"u___1","user_ids":["u___2"]}}"#,
        );
        let Frame::Group { event_id: 4, change } = frame else { panic!("{frame:?}") };
        assert_eq!(
            (change.change, &change.user_ids[..]),
            (GroupChangeKind::Kicked, &["u___2".to_owned()][..])
        );

        let frame = read(
            r#"{"req_id":2007,"data":{"event_id":5,"conversation_id":"sg_g","recv_msg_opt":1,"is_pinned":true}}"#,
        );
        assert!(matches!(frame, Frame::Options { event_id: 5, options } if options.is_pinned));

        let frame = read(
            r#"{"req_id":2008,"data":{"event_id":6,"user_id":"u___1","nickname":"Ann","avatar":"","extra":"","created_at":1,"updated_at":2}}"#,
        );
        assert!(
            matches!(frame, Frame::Profile { event_id: 6, profile } if profile.nickname == "Ann")
        );

        let frame = read(r#"{"req_id":2009,"data":{"conversation_id":"sg_g","user_id":"u___2"}}"#);
        assert!(matches!(frame, Frame::Typing { user_id, .. } if user_id == "u___2"));
    }

    #[test]
    fn an_unknown_change_of_a_group_is_no_error() {
        let frame = read(
            r#"{"req_id":2006,"data":{"event_id":1,"group_id":"g","conversation_id":"sg_g","change":"renamed","operator_id":"u___1","user_ids":[]}}"#,
        );
        assert!(
            matches!(frame, Frame::Group { change, .. } if change.change == GroupChangeKind::Other)
        );
    }

    #[test]
    fn a_frame_of_an_unknown_kind_is_no_error() {
        let frame = read(r#"{"req_id":2999,"data":{"event_id":1,"x":2}}"#);
        assert!(matches!(frame, Frame::Other { req_id: 2999, .. }));
    }

    #[test]
    fn unexpected_data_is_no_error_unless_a_message_would_be_lost() {
        for kind in [READ, ONLINE, GROUP, OPTIONS, PROFILE, TYPING] {
            let frame = read(&format!(r#"{{"req_id":{kind},"data":{{"event_id":"later"}}}}"#));
            let Frame::Other { req_id, data } = frame else { panic!("{frame:?}") };
            assert_eq!((req_id, &data["event_id"]), (kind, &Value::from("later")));
        }
        let message = format!(r#"{{"req_id":{MESSAGE},"data":{{"event_id":1}}}}"#);
        assert!(serde_json::from_str::<Frame>(&message).is_err());
    }
}
