//! The log, and what of it concerns whom.

use super::driver::Database;
use crate::event::{Audience, for_user, position, since};
use crate::user::update_profile;
use longwave_core::frame::pack;
use longwave_core::id::UserId;
use longwave_core::user::ProfileUpdate;
use pollster::block_on;

/// The frames a user reads behind `after`, as JSON.
fn frames(database: &Database, user: &UserId, after: i64) -> Vec<serde_json::Value> {
    let head = block_on(position(database)).unwrap().head;
    let frames = block_on(for_user(database, user, after, head)).unwrap();
    pack(frames, head).0.iter().map(|frame| serde_json::from_str(frame.get()).unwrap()).collect()
}

fn numbers(frames: &[serde_json::Value]) -> Vec<(u64, u64)> {
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    frames
        .iter()
        .map(|frame| (number(&frame["req_id"]), number(&frame["data"]["event_id"])))
        .collect()
}

#[test]
fn a_fresh_log_stands_at_zero() {
    let position = block_on(position(&Database::new())).unwrap();
    assert_eq!((position.head, position.oldest, position.database_id.len()), (0, 1, 16));
}

#[test]
fn a_message_is_a_frame_for_both_sides_and_for_nobody_else() {
    let database = Database::new();
    let (ann, bob, eve) =
        (database.register("ann"), database.register("bob"), database.register("eve"));
    let ack = database.send(&ann, &bob, "1", "hi").unwrap();
    let bobs = frames(&database, &bob, 0);
    assert_eq!(
        bobs,
        [serde_json::json!({"req_id": 2001, "data": {
            "event_id": 1, "server_msg_id": ack.server_msg_id, "client_msg_id": "1",
            "conversation_id": ack.conversation_id, "seq": 1, "session_type": 1, "sender_id": ann,
            "recv_id": bob, "content_type": 1, "content": "{\"text\":\"hi\"}", "send_time": ack.send_time,
        }})]
    );
    let anns = frames(&database, &ann, 0);
    assert_eq!(anns[0], bobs[0]);
    assert_eq!(
        anns[1],
        serde_json::json!({"req_id": 2003, "data":
            {"event_id": 1, "conversation_id": ack.conversation_id, "read_seq": 1, "unread": 0}}),
        "sending moved the sender's own read position"
    );
    assert_eq!(frames(&database, &eve, 0), [] as [serde_json::Value; 0]);
}

#[test]
fn a_cursor_sees_what_came_after_it_in_order_and_nothing_twice() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for n in 1..=3 {
        database.send(&ann, &bob, &n.to_string(), "hi").unwrap();
    }
    assert_eq!(numbers(&frames(&database, &bob, 0)), [(2001, 1), (2001, 2), (2001, 3)]);
    assert_eq!(numbers(&frames(&database, &bob, 2)), [(2001, 3)]);
    assert_eq!(numbers(&frames(&database, &bob, 3)), []);
}

#[test]
fn a_profile_change_is_a_frame_for_its_owner_with_the_profile_of_that_moment() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let rename = |nickname: &str| {
        let update = ProfileUpdate { nickname: Some(nickname.into()), avatar: None, extra: None };
        block_on(update_profile(&database, &ann, update, database.now.get())).unwrap()
    };
    let first = rename("Ann \"the\" \u{1f680}");
    rename("Anna");
    let anns = frames(&database, &ann, 0);
    assert_eq!(numbers(&anns), [(2008, 1), (2008, 2)]);
    let mut expected = serde_json::to_value(first).unwrap();
    expected["event_id"] = 1.into();
    assert_eq!(anns[0]["data"], expected);
    assert_eq!(numbers(&frames(&database, &bob, 0)), []);
}

#[test]
fn the_reader_sees_every_event_once_with_its_audience() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let ack = database.send(&ann, &bob, "1", "hi").unwrap();
    let update = ProfileUpdate { nickname: Some("Bob".into()), avatar: None, extra: None };
    block_on(update_profile(&database, &bob, update, 1)).unwrap();
    let events = block_on(since(&database, 0, 10)).unwrap();
    assert_eq!(
        events.iter().map(|event| event.audience.clone()).collect::<Vec<_>>(),
        [Audience::Conversation(ack.conversation_id), Audience::User(bob.to_string())]
    );
    assert_eq!(block_on(since(&database, 0, 1)).unwrap().len(), 1);
    assert_eq!(block_on(since(&database, 2, 10)).unwrap().len(), 0);
}
