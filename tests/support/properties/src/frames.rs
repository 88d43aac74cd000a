use longwave_client::{Frame, Message, PollResponse, Quote, ReadPosition};
use longwave_core::cursor::Place;
use longwave_core::frame::{self, Change, PollResponse as Answer, pack};
use longwave_core::text::CONTENT_MAX;
use serde_json::{Value, json};

/// Frames are single-line JSON for any texts, and the client reads them correctly; a frame of an
/// unknown kind is no error; an answer of another program does no harm.
pub fn frames(bytes: &[u8]) {
    if let Ok(polled) = serde_json::from_slice::<PollResponse>(bytes) {
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
    if text.len() <= CONTENT_MAX {
        packed(text);
    }
}

/// The place of an event, with a tag that differs from its id.
fn at(event_id: i64) -> Place {
    Place { event_id, tag: -event_id }
}

/// A change that the schema wrote is accepted exactly if it is an object, and is kept whole.
fn written(text: &str) {
    let parsed = serde_json::from_str::<Value>(text);
    let change = Change::Written { req_id: 2999, data: text.to_owned() };
    let Ok(frame) = frame::Frame::new(at(7), &change) else {
        let known = parsed.as_ref().ok().and_then(Value::as_object);
        assert!(!text.starts_with('{') || known.is_none_or(serde_json::Map::is_empty), "{text:?}");
        return;
    };
    let (packed, _) = pack(vec![frame], at(7));
    let wire: serde_json::Result<Value> = serde_json::from_str(packed[0].get());
    // JSON that is nested too deep for `Value`, or has too large a number, is skipped.
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

/// A message and a read position with any texts arrive unchanged.
fn packed(text: &str) {
    let (front, back) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let message = Message {
        server_msg_id: front.to_owned(),
        client_msg_id: back.to_owned(),
        conversation_id: text.to_owned(),
        seq: i64::MAX,
        session_type: 1.into(),
        sender_id: back.to_owned(),
        recv_id: (!front.is_empty()).then(|| front.to_owned()),
        group_id: None,
        content_type: 1.into(),
        content: text.to_owned(),
        send_time: i64::MIN,
        status: 1.into(),
        changed_by: Some(front.to_owned()),
        changed_at: Some(i64::MAX),
        version: Some(i64::MAX),
        edited_at: Some(i64::MAX),
        quote: Some(Quote { preview: Some(text.to_owned()), ..Quote::hidden(i64::MAX) }),
    };
    let position = ReadPosition { conversation_id: text.to_owned(), read_seq: i64::MAX, unread: 0 };
    let changes = [Change::Message(message.clone()), Change::Read(position.clone())];
    let (frames, last) = pack(
        (1..).zip(&changes).map(|(event, it)| frame::Frame::new(at(event), it).unwrap()).collect(),
        at(500),
    );
    // A line break would end a server-sent event.
    assert!(!frames.iter().any(|frame| frame.get().contains(['\n', '\r'])), "{frames:?}");
    let polled = Answer { cursor: text.to_owned(), frames, reset: false, reset_reason: None };
    let polled: PollResponse =
        serde_json::from_slice(&serde_json::to_vec(&polled).unwrap()).unwrap();
    assert_eq!((polled.cursor.as_str(), last), (text, at(500)));
    assert_eq!(polled.messages().collect::<Vec<_>>(), [&message]);
    let [Frame::Message { event_id: 1, .. }, Frame::Read { event_id: 2, position: read }] =
        &polled.frames[..]
    else {
        panic!("{:?}", polled.frames)
    };
    assert_eq!(*read, position);
}
