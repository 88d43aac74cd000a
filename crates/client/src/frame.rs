use longwave_core::frame::{MESSAGE, READ, ReadPosition};
use longwave_core::message::Message;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a poll answered.
#[derive(Debug, Deserialize)]
pub struct Polled {
    /// Where the next poll goes on; using it acknowledges these frames.
    pub cursor: String,
    /// In the order of the log.
    pub frames: Vec<Frame>,
    /// The cursor given was of no use: something may have been missed, pull what is needed.
    pub reset: bool,
}

impl Polled {
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
    /// 2001: a message, own ones included.
    Message {
        /// Its place in the log.
        event_id: i64,
        /// It.
        message: Box<Message>,
    },
    /// 2003: the user's own read position moved.
    Read {
        /// Its place in the log.
        event_id: i64,
        /// To where.
        position: ReadPosition,
    },
    /// A kind that this client has no type for.
    Other {
        /// Its number.
        req_id: u32,
        /// All of its data.
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
        match req_id {
            MESSAGE => {
                let Data { event_id, change } = typed::<_, D::Error>(data)?;
                Ok(Self::Message { event_id, message: Box::new(change) })
            }
            READ => {
                let Data { event_id, change } = typed::<_, D::Error>(data)?;
                Ok(Self::Read { event_id, position: change })
            }
            _ => Ok(Self::Other { req_id, data }),
        }
    }
}

fn typed<T: DeserializeOwned, E: serde::de::Error>(data: Value) -> Result<Data<T>, E> {
    serde_json::from_value(data).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use longwave_core::frame::{Change, Frame as Encoded, pack};

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let position = ReadPosition { conversation_id: "c".to_owned(), read_seq: 3, unread: 0 };
        let encoded = Encoded::new(7, &Change::Read(position.clone())).unwrap();
        let (frames, _) = pack(vec![encoded], 7);
        let frame: Frame = serde_json::from_str(frames[0].get()).unwrap();
        assert!(matches!(frame, Frame::Read { event_id: 7, position: read } if read == position));
    }

    #[test]
    fn a_frame_of_an_unknown_kind_is_no_error() {
        let frame: Frame =
            serde_json::from_str(r#"{"req_id":2999,"data":{"event_id":1,"x":2}}"#).unwrap();
        assert!(matches!(frame, Frame::Other { req_id: 2999, .. }));
    }
}
