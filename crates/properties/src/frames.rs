use longwave_client::{Frame, Message, Polled, ReadPosition};
use longwave_core::frame::{self, Change, FRAMES_MAX, pack};
use serde_json::{Value, json};

/// Frames are JSON of one line, whatever texts are in them, and the client reads them as they were
/// meant; one of a kind that it does not know is no error; and an answer of something else does no
/// harm.
pub fn frames(bytes: &[u8]) {
    if let Ok(polled) = serde_json::from_slice::<Polled>(bytes) {
        assert!(polled.messages().count() <= polled.frames.len());
    }
    if let Ok(data) = serde_json::from_slice::<Value>(bytes) {
        let unknown = json!({ "req_id": 2999, "data": data });
        let Ok(Frame::Other { req_id: 2999, data: kept }) = serde_json::from_value(unknown) else {
            panic!("{data}")
        };
        assert_eq!(kept, data);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    written(text);
    packed(text);
}

/// A change that the schema wrote is taken exactly if it is an object, and is all there.
fn written(text: &str) {
    let parsed = serde_json::from_str::<Value>(text);
    let change = Change::Written { req_id: 2999, data: text.to_owned() };
    let Ok(frame) = frame::Frame::new(7, &change) else {
        let known = parsed.as_ref().ok().and_then(Value::as_object);
        assert!(!text.starts_with('{') || known.is_none_or(serde_json::Map::is_empty), "{text:?}");
        return;
    };
    let (packed, _) = pack(vec![frame], 7);
    let wire: serde_json::Result<Value> = serde_json::from_str(packed[0].get());
    // JSON that is nested deeper than this reads, or has a number that is larger, is left aside.
    let (Ok(mut data), Ok(wire)) = (parsed, wire) else {
        assert!(serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok(), "{text:?}");
        return;
    };
    let own = data.as_object().is_some_and(|data| data.contains_key("event_id"));
    if !own {
        data["event_id"] = json!(7);
        assert_eq!(wire, json!({ "req_id": 2999, "data": data }), "{text:?}");
    }
}

/// Messages and read positions of any texts come through.
fn packed(text: &str) {
    let (front, back) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let message = Message {
        server_msg_id: front.to_owned(),
        client_msg_id: back.to_owned(),
        conversation_id: text.to_owned(),
        seq: i64::MAX,
        session_type: 1,
        sender_id: back.to_owned(),
        recv_id: (!front.is_empty()).then(|| front.to_owned()),
        group_id: None,
        content_type: 1,
        content: text.to_owned(),
        send_time: i64::MIN,
    };
    let position = ReadPosition { conversation_id: text.to_owned(), read_seq: i64::MAX, unread: 0 };
    let changes = [Change::Message(message.clone()), Change::Read(position.clone())];
    let count = i64::try_from(text.len().min(FRAMES_MAX + 10)).unwrap();
    let frame =
        |event_id: i64| frame::Frame::new(event_id, &changes[usize::from(event_id % 2 == 0)]);
    let (frames, last) =
        pack((1..=count).map(|event_id| frame(event_id).unwrap()).collect(), count);
    assert!(frames.len() <= FRAMES_MAX && usize::try_from(last).unwrap() == frames.len());
    for (frame, event) in frames.iter().zip(1_i64..) {
        // A server-sent event would end there.
        assert!(!frame.get().contains(['\n', '\r']), "{frame}");
        match serde_json::from_str::<Frame>(frame.get()).unwrap() {
            Frame::Message { event_id, message: read } => {
                assert_eq!((event_id, *read), (event, message.clone()));
            }
            Frame::Read { event_id, position: read } => {
                assert_eq!((event_id, read), (event, position.clone()));
            }
            other => panic!("{other:?}"),
        }
    }
}
