//! The log, and what of it concerns whom.

use super::driver::Database;
use crate::conversation::{announce_typing, mark_read, set_options};
use crate::event::{Audience, doubt_logins, for_user, head, position, prune, since};
use crate::presence::{renew, subscribe};
use crate::user::update_profile;
use longwave_core::Code;
use longwave_core::conversation::Options;
use longwave_core::frame::FRAMES_MAX;
use longwave_core::id::ConversationId;
use longwave_core::presence::{OpenPoll, Present};
use longwave_core::retention::Retention;
use longwave_core::user::{Platform, ProfileUpdate};
use pollster::block_on;

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
fn the_head_is_the_newest_event_however_it_is_asked_for() {
    let database = Database::new();
    assert_eq!(block_on(head(&database)).unwrap(), 0);
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    for number in 1..=3 {
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
        assert_eq!(block_on(head(&database)).unwrap(), number);
        assert_eq!(block_on(position(&database)).unwrap().head, number);
    }
}

#[test]
fn a_poll_reads_as_much_as_it_can_answer_with_and_tells_how_far_that_is_f1() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    for number in 0..FRAMES_MAX + 5 {
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
    }
    let present = Present { user_id: bob, platform: Platform::WEB };
    let read = |head| block_on(for_user(&database, &present, 0, head)).unwrap();
    let found = read(105);
    let ids = found.events.iter().map(|event| event.id).collect::<Vec<_>>();
    assert_eq!((ids, found.covered), ((1..=100).collect::<Vec<_>>(), 100));
    let found = read(7);
    assert_eq!((found.events.len(), found.covered), (7, 7), "nothing behind the head it was told");
}

#[test]
fn a_poll_looks_at_a_part_of_a_long_log_at_a_time_and_tells_which() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let many = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) \
         INSERT INTO events (kind, user_id, body, created_at) SELECT 2008, '{ann}', '{{}}', 1 FROM n"
    );
    database.batch(&many);
    database.send(&ann, &bob, "1", "hi").unwrap();
    let present = Present { user_id: bob, platform: Platform::WEB };
    let read = |after| block_on(for_user(&database, &present, after, 25_001)).unwrap();
    assert_eq!((read(0).events.len(), read(0).covered), (0, 20_000));
    assert_eq!((read(20_000).events.len(), read(20_000).covered), (1, 25_001));
}

#[test]
fn a_message_is_a_frame_for_both_sides_and_for_nobody_else() {
    let database = Database::new();
    let (ann, bob, eve) =
        (database.register("ann"), database.register("bob"), database.register("eve"));
    let ack = database.send(&ann, &bob, "1", "hi").unwrap();
    let bobs = database.frames(&bob, 0);
    assert_eq!(
        bobs,
        [serde_json::json!({"req_id": 2001, "data": {
            "event_id": 1, "server_msg_id": ack.server_msg_id, "client_msg_id": "1",
            "conversation_id": ack.conversation_id, "seq": 1, "session_type": 1, "sender_id": ann,
            "recv_id": bob, "content_type": 1, "content": "{\"text\":\"hi\"}", "send_time": ack.send_time,
        }})]
    );
    let anns = database.frames(&ann, 0);
    assert_eq!(anns[0], bobs[0]);
    assert_eq!(
        anns[1],
        serde_json::json!({"req_id": 2003, "data":
            {"event_id": 1, "conversation_id": ack.conversation_id, "read_seq": 1, "unread": 0}}),
        "sending moved the sender's own read position"
    );
    assert_eq!(database.frames(&eve, 0), [] as [serde_json::Value; 0]);
}

#[test]
fn every_event_has_the_time_at_which_it_happened() {
    let database = Database::new();
    let now = database.now.get();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let here = Present { user_id: bob.clone(), platform: Platform::WEB };
    database.create_group(&ann, &[&bob]).unwrap();
    database.send(&ann, &bob, "1", "hi").unwrap();
    let conversation_id = ConversationId::single(&ann, &bob);
    block_on(mark_read(&database, &bob, &conversation_id, 1, now)).unwrap();
    block_on(announce_typing(&database, &bob, &conversation_id, now)).unwrap();
    let options = Options { conversation_id, recv_msg_opt: Some(1), is_pinned: None };
    block_on(set_options(&database, &bob, &options, now)).unwrap();
    let update = ProfileUpdate { nickname: Some("Bob".into()), avatar: None, extra: None };
    block_on(update_profile(&database, &bob, update, now)).unwrap();
    block_on(doubt_logins(&database, &ann, Platform::WEB, now)).unwrap();
    let watching = Present { user_id: ann, platform: Platform::WEB };
    block_on(subscribe(&database, &watching, std::slice::from_ref(&bob))).unwrap();
    let poll = OpenPoll { present: here, login_id: "login".into(), since: now, until: now + 1 };
    for instance in ["one", "two"] {
        block_on(renew(&database, instance, std::slice::from_ref(&poll), now)).unwrap();
    }
    let kinds =
        "SELECT group_concat(kind, ' ') FROM (SELECT DISTINCT kind FROM events ORDER BY kind)";
    assert_eq!(database.text(kinds), "2001 2002 2003 2005 2006 2007 2008 2009");
    let early = format!("SELECT count(*) FROM events WHERE created_at < {now}");
    assert_eq!(database.integer(&early), 0);
}

#[test]
fn a_cursor_sees_what_came_after_it_in_order_and_nothing_twice() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for n in 1..=3 {
        database.send(&ann, &bob, &n.to_string(), "hi").unwrap();
    }
    assert_eq!(numbers(&database.frames(&bob, 0)), [(2001, 1), (2001, 2), (2001, 3)]);
    assert_eq!(numbers(&database.frames(&bob, 2)), [(2001, 3)]);
    assert_eq!(numbers(&database.frames(&bob, 3)), []);
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
    let anns = database.frames(&ann, 0);
    assert_eq!(numbers(&anns), [(2008, 1), (2008, 2)]);
    let mut expected = serde_json::to_value(first).unwrap();
    expected["event_id"] = 1.into();
    assert_eq!(anns[0]["data"], expected);
    assert_eq!(numbers(&database.frames(&bob, 0)), []);
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

#[test]
fn the_log_forgets_what_is_too_old_or_too_much_but_never_its_newest_event() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let prune = |age, count| {
        let retention = Retention { age, count };
        block_on(prune(&database, retention, database.now.get())).unwrap()
    };
    assert_eq!(prune(1, 1), 1, "there is nothing to forget");
    for number in 0..1_200 {
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
        database.now.update(|now| now + 1_000);
    }
    assert_eq!(prune(3_600_000, 2_000), 1);
    assert_eq!(prune(3_600_000, 1_100), 101, "beyond the count");
    assert_eq!(prune(1_000_000, 2_000), 201, "too old");
    assert_eq!([prune(0, 1), prune(0, 1), prune(0, 1)], [701, 1_200, 1_200], "a part at a time");
    assert_eq!(database.integer("SELECT count(*) FROM events"), 1);
    assert_eq!(database.send(&ann, &bob, "next", "hi").unwrap().seq, 1_201);
    assert_eq!(block_on(position(&database)).unwrap().head, 1_201);
    assert_eq!(database.integer("SELECT count(*) FROM messages"), 1_201, "messages stay");
}

#[test]
fn a_doubted_login_is_an_event_for_readers_and_a_frame_for_nobody() {
    let database = Database::new();
    let ann = database.register("ann");
    block_on(doubt_logins(&database, &ann, Platform::WEB, 1)).unwrap();
    let events = block_on(since(&database, 0, 10)).unwrap();
    assert_eq!(events[0].audience, Audience::Holders(ann.to_string(), Platform::WEB));
    assert_eq!(events[0].frames_for(ann.as_str()).count(), 0);
    assert!(database.frames(&ann, 0).is_empty());
}

#[test]
fn a_damaged_event_is_named_and_nothing_is_made_up_for_it() {
    for (columns, cause) in [
        ("(2002, NULL, 'u___1', '{}')", "event 1 of kind 2002: missing field `platform_id`"),
        ("(2009, 'c', NULL, '{}')", "event 1 of kind 2009: missing field `conversation_id`"),
        ("(2003, NULL, NULL, '{}')", "event 1 of kind 2003: nobody is concerned"),
        ("(2003, NULL, 'u___1', '')", "event 1 of kind 2003: "),
    ] {
        let database = Database::new();
        database.batch(&format!(
            "PRAGMA ignore_check_constraints = ON;
             INSERT INTO events (kind, conversation_id, user_id, body, created_at)
             SELECT column1, column2, column3, column4, 1 FROM (VALUES {columns})"
        ));
        let error = block_on(since(&database, 0, 10)).unwrap_err();
        assert_eq!(error.code(), Code::StoreFailed);
        assert!(error.cause().unwrap().starts_with(cause), "{error:?}");
    }
}

#[test]
fn a_clock_that_is_set_back_harms_neither_order_nor_cursors_nor_what_is_kept() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let before = database.send(&ann, &bob, "1", "before").unwrap();
    database.now.update(|now| now - 3_600_000);
    let after = database.send(&bob, &ann, "2", "after").unwrap();
    assert_eq!((after.seq, after.send_time), (2, before.send_time), "time stands still meanwhile");
    let messages = |cursor| {
        let frames = database.frames(&ann, cursor);
        let seqs = frames.iter().filter(|it| it["req_id"] == 2001).map(|it| &it["data"]["seq"]);
        seqs.map(|seq| seq.as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((messages(0), messages(1), messages(2)), (vec![1, 2], vec![2], vec![]));
    let retention = Retention { age: 60_000, count: 10 };
    assert_eq!(block_on(prune(&database, retention, database.now.get())).unwrap(), 1);
    assert_eq!(messages(0), [1, 2]);
}
