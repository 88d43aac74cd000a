//! The event log and the audiences of its events.

use super::driver::{Database, read_to};
use crate::conversation::{announce_typing, mark_read, set_options};
use crate::event::{Audience, for_user, head, position, prune, since};
use crate::presence::{renew, subscribe};
use crate::session;
use crate::user::update_profile;
use longwave_core::conversation::{NotifyLevel, Options};
use longwave_core::cursor::Place;
use longwave_core::frame::FRAMES_MAX;
use longwave_core::id::{ConversationId, UserId};
use longwave_core::presence::{OpenPoll, UserOnPlatform};
use longwave_core::retention::{BYTES_MAX, Retention};
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
    let position = block_on(position(&Database::new(), 0)).unwrap();
    assert_eq!((position.head, position.oldest, position.tag), (Place::START, 1, Some(0)));
    assert_eq!(position.database_id.len(), 16);
}

#[test]
fn both_ways_to_ask_for_the_head_return_the_newest_event() {
    let database = Database::new();
    assert_eq!(block_on(head(&database)).unwrap(), 0);
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    for number in 1..=3 {
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
        assert_eq!(block_on(head(&database)).unwrap(), number);
        assert_eq!(block_on(position(&database, 0)).unwrap().head.event_id, number);
    }
}

#[test]
fn a_poll_reads_only_what_fits_in_its_answer_and_answers_how_far_that_is_f1() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    for number in 0..FRAMES_MAX + 5 {
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
    }
    let present = UserOnPlatform { user_id: bob, platform: Platform::WEB };
    let read = |head| block_on(for_user(&database, &present, 0, head, database.now.get())).unwrap();
    let found = read(105);
    let ids = found.events.iter().map(|event| event.place.event_id).collect::<Vec<_>>();
    assert_eq!((ids, found.covered), ((1..=100).collect::<Vec<_>>(), 100));
    let found = read(7);
    assert_eq!((found.events.len(), found.covered), (7, 7), "nothing after the given head");
}

#[test]
fn a_read_after_a_pruned_event_says_so_also_if_nothing_is_found() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    for number in 0..10 {
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
    }
    let retention = Retention { age: 3_600_000, count: 4, bytes: BYTES_MAX };
    assert_eq!(block_on(prune(&database, retention, database.now.get())).unwrap(), 7);
    for (user_id, is_for_user) in [(bob, true), (eve, false)] {
        let present = UserOnPlatform { user_id, platform: Platform::WEB };
        for (after, head, count, is_incomplete) in
            [(5, 6, 0, true), (5, 10, 4, true), (6, 10, 4, false), (9, 10, 1, false)]
        {
            let found = block_on(for_user(&database, &present, after, head, 1)).unwrap();
            let expected = (if is_for_user { count } else { 0 }, is_incomplete);
            assert_eq!((found.events.len(), found.is_incomplete), expected, "{after} to {head}");
        }
    }
}

#[test]
fn a_poll_reads_a_long_log_in_parts_and_answers_how_far_it_read() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let many = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) \
         INSERT INTO events (kind, user_id, body, created_at) SELECT 2008, '{ann}', '{{}}', 1 FROM n"
    );
    database.batch(&many);
    database.send(&ann, &bob, "1", "hi").unwrap();
    let present = UserOnPlatform { user_id: bob, platform: Platform::WEB };
    let read =
        |after| block_on(for_user(&database, &present, after, 25_001, database.now.get())).unwrap();
    assert_eq!((read(0).events.len(), read(0).covered), (0, 5_000));
    assert_eq!((read(24_000).events.len(), read(24_000).covered), (1, 25_001));
    assert_eq!((read(24_001).events.len(), read(24_001).covered), (1, 25_001));
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
    let here = UserOnPlatform { user_id: bob.clone(), platform: Platform::WEB };
    database.create_group(&ann, &[&bob]).unwrap();
    database.send(&ann, &bob, "1", "hi").unwrap();
    let conversation_id = ConversationId::single(&ann, &bob);
    block_on(mark_read(&database, &bob, &read_to(&conversation_id, 1), 20, now)).unwrap();
    block_on(announce_typing(&database, &bob, &conversation_id, now)).unwrap();
    let options =
        Options { conversation_id, recv_msg_opt: Some(NotifyLevel::Mute), is_pinned: None };
    block_on(set_options(&database, &bob, &options, now)).unwrap();
    let update = ProfileUpdate { nickname: Some("Bob".into()), avatar: None, extra: None };
    block_on(update_profile(&database, &bob, update, now)).unwrap();
    let watching = UserOnPlatform { user_id: ann, platform: Platform::WEB };
    block_on(session::begin(&database, &watching, "jti", now)).unwrap();
    block_on(subscribe(&database, &watching, std::slice::from_ref(&bob))).unwrap();
    let poll = OpenPoll { present: here, login_id: "login".into(), since: now, until: now + 1 };
    for instance in ["one", "two"] {
        block_on(renew(&database, instance, std::slice::from_ref(&poll), now)).unwrap();
    }
    let kinds =
        "SELECT group_concat(kind, ' ') FROM (SELECT DISTINCT kind FROM events ORDER BY kind)";
    assert_eq!(database.text(kinds), "2001 2002 2003 2005 2006 2007 2008 2009 2011");
    let others = format!("SELECT count(*) FROM events WHERE created_at <> {now}");
    assert_eq!(database.integer(&others), 0);
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
fn a_profile_change_is_a_frame_with_the_current_profile_which_the_log_does_not_store() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let change = |nickname: &str, extra: String| {
        let (nickname, extra) = (Some(nickname.into()), Some(extra));
        let update = ProfileUpdate { nickname, avatar: Some("a".into()), extra };
        block_on(update_profile(&database, &ann, update, database.now.get())).unwrap()
    };
    change("Ann", "x".repeat(60_000));
    let last = change("Ann \"the\" \u{1f680}", "y".repeat(60_000));
    assert_eq!(database.integer("SELECT count(body) FROM events"), 0);
    let anns = database.frames(&ann, 0);
    assert_eq!(numbers(&anns), [(2008, 1), (2008, 2)]);
    let mut expected = serde_json::to_value(last).unwrap();
    for (frame, event_id) in anns.iter().zip([1, 2]) {
        expected["event_id"] = event_id.into();
        assert_eq!(frame["data"], expected);
    }
    assert_eq!(numbers(&database.frames(&bob, 0)), []);
}

#[test]
fn a_profile_change_stored_by_an_earlier_version_is_sent_as_stored() {
    let database = Database::new();
    let ann = database.register("ann");
    database.batch(&format!(
        "INSERT INTO events (kind, user_id, body, created_at) VALUES (2008, '{ann}', '{{\"nickname\":\"then\"}}', 1)"
    ));
    assert_eq!(database.frames(&ann, 0)[0]["data"]["nickname"], "then");
}

#[test]
fn the_log_forgets_by_bytes_too_so_large_changes_do_not_fill_the_disk() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let prune = |bytes| {
        let retention = Retention { age: 3_600_000, count: 1_000_000, bytes };
        block_on(prune(&database, retention, database.now.get())).unwrap()
    };
    let large = |count| {
        for _ in 0..count {
            database.batch(&format!(
                "INSERT INTO events (kind, user_id, body, created_at) \
                 VALUES (2003, '{ann}', '{}', {})",
                format_args!("{{\"\u{e9}\":\"{}\"}}", "x".repeat(1_000 - 9)),
                database.now.get(),
            ));
        }
    };
    large(10);
    for number in 0..3 {
        database.send(&ann, &bob, &number.to_string(), "messages have no body").unwrap();
    }
    large(10);
    assert_eq!(database.integer("SELECT body_bytes FROM log"), 20_000);
    assert_eq!(prune(20_000), 1, "as much as may be is kept");
    assert_eq!(prune(19_999), 2, "one that is too much is forgotten, and no other");
    assert_eq!(prune(10_000), 11);
    assert_eq!(prune(9_999), 15, "with what lies before it");
    assert_eq!(database.integer("SELECT body_bytes FROM log"), 9_000);
    assert_eq!(prune(0), 23, "but for the newest");
    assert_eq!(database.integer("SELECT count(*) FROM events"), 1);
    large(1_100);
    assert_eq!([prune(1), prune(1), prune(1), prune(1)], [523, 1_023, 1_123, 1_123], "in parts");
    assert_eq!(database.integer("SELECT body_bytes FROM log"), 1_000);
}

#[test]
fn a_position_of_another_history_has_another_tag_also_just_before_the_log_begins() {
    let folder = tempfile::tempdir().unwrap();
    let [file, backup] = ["longwave.db", "backup.db"].map(|name| folder.path().join(name));
    let database = Database::open(&file);
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let tag = |database: &Database, event_id| block_on(position(database, event_id)).unwrap().tag;
    let send = |database: &Database, numbers: std::ops::Range<i64>| {
        for number in numbers {
            database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
        }
    };
    send(&database, 0..5);
    database.batch(&format!("VACUUM INTO '{}'", backup.display()));
    send(&database, 5..10);
    let before: Vec<_> = (0..=10).map(|event_id| tag(&database, event_id)).collect();
    let head = block_on(position(&database, 0)).unwrap().head;
    assert_eq!((head.event_id, Some(head.tag)), (10, before[10]));
    drop(database);

    let restored = Database::open(&backup);
    send(&restored, 5..15);
    let after: Vec<_> = (0..=10).map(|event_id| tag(&restored, event_id)).collect();
    assert_eq!(before[..=5], after[..=5]);
    assert!(before[6..].iter().zip(&after[6..]).all(|(before, after)| before != after));
    assert_eq!([tag(&restored, 16), tag(&restored, 1_000)], [None, None]);
    let retention = Retention { age: 3_600_000, count: 8, bytes: BYTES_MAX };
    assert_eq!(block_on(prune(&restored, retention, restored.now.get())).unwrap(), 8);
    let forgotten: Vec<_> = (0..=10).map(|event_id| tag(&restored, event_id)).collect();
    assert_eq!(forgotten, after, "what was forgotten is still told from another history");
}

#[test]
fn the_tags_of_the_last_million_forgotten_events_are_kept() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    database.send(&ann, &bob, "1", "hi").unwrap();
    database.batch(
        "INSERT INTO forgotten_events (id, tag) SELECT id, tag FROM events; DELETE FROM events;
         UPDATE log SET oldest_event = 1000000; UPDATE sqlite_sequence SET seq = 999999;",
    );
    for number in ["2", "3", "4"] {
        database.send(&ann, &bob, number, "hi").unwrap();
    }
    for (count, oldest, is_kept) in [(2, 1_000_001, true), (1, 1_000_002, false)] {
        let retention = Retention { age: i64::MAX, count, bytes: BYTES_MAX };
        assert_eq!(block_on(prune(&database, retention, i64::MAX)).unwrap(), oldest);
        let is_known = |event_id| block_on(position(&database, event_id)).unwrap().tag.is_some();
        assert_eq!([0, 1, 1_000_000].map(is_known), [true, is_kept, true], "{oldest}");
    }
}

/// Registers `ann` and `bob`. Of the `count` conversations of `ann`, only the one with `bob` has
/// events.
fn with_conversations(database: &Database, count: i64) -> [UserId; 2] {
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    database.send(&ann, &bob, "first", "hi").unwrap();
    database.batch(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         INSERT INTO conversations (id, type, last_event, created_at) \
         SELECT 'si_' || i, 1, iif(i % 2, 1, 1000000), 1 FROM n;
         INSERT INTO user_conversations (owner_id, conversation_id, peer_user_id, created_at) \
         SELECT '{ann}', id, 'u___1', 1 FROM conversations WHERE max_seq = 0"
    ));
    [ann, bob]
}

#[test]
fn a_read_costs_what_is_new_however_many_conversations_the_user_has() {
    let cost = |conversations| {
        let database = Database::new();
        let [ann, bob] = with_conversations(&database, conversations);
        for number in 0..20 {
            database.send(&bob, &ann, &number.to_string(), "hi").unwrap();
        }
        let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) \
             INSERT INTO events (kind, user_id, body, created_at) SELECT 2003, 'u___1', '{}', 1 FROM n";
        database.batch(many);
        let ann = UserOnPlatform { user_id: ann, platform: Platform::WEB };
        [21, 25_000].map(|after| {
            let head = if after == 21 { 25_021 } else { after + 21 };
            database.steps(|| {
                let found =
                    block_on(for_user(&database, &ann, after, head, database.now.get())).unwrap();
                assert_eq!(found.events.len(), 0);
            })
        })
    };
    let ([few_far, few_near], [many_far, many_near]) = (cost(10), cost(100_000));
    assert!(many_near < few_near + 500, "near the head: {many_near} steps, not {few_near}");
    assert!(many_far < 100_000, "far from it: {many_far} steps, {few_far} with few conversations");
}

#[test]
fn reading_near_the_head_and_far_from_it_finds_the_same_events() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let eve = database.register("eve");
    let ann_on_the_web = UserOnPlatform { user_id: ann.clone(), platform: Platform::WEB };
    block_on(subscribe(&database, &ann_on_the_web, std::slice::from_ref(&eve))).unwrap();
    let group = database.create_group(&bob, &[&eve]).unwrap();
    for number in 0..600 {
        database
            .send(&bob, if number % 3 == 0 { &ann } else { &eve }, &number.to_string(), "hi")
            .unwrap();
        database.send_to_group(&bob, &group, &number.to_string()).unwrap();
        if number == 100 {
            let now = database.now.get();
            block_on(crate::group::join(&database, &ann, &group, 500, now)).unwrap();
            let poll = OpenPoll {
                present: UserOnPlatform { user_id: eve.clone(), platform: Platform::WEB },
                login_id: "login".into(),
                since: now,
                until: now + 1,
            };
            block_on(renew(&database, "one", &[poll], now)).unwrap();
        }
    }
    let head = block_on(head(&database)).unwrap();
    let ids = |mut after: i64, step: i64| {
        let mut ids = Vec::new();
        while after < head {
            let until = head.min(after + step);
            let found =
                block_on(for_user(&database, &ann_on_the_web, after, until, database.now.get()))
                    .unwrap();
            ids.extend(found.events.iter().map(|event| event.place.event_id));
            after = found.covered;
        }
        ids
    };
    assert!(head > 1_100 && ids(0, head).len() > 600);
    assert_eq!(ids(0, head), ids(0, 100));
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
fn the_log_forgets_by_age_and_number_but_never_its_newest_event() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let prune = |age, count| {
        let retention = Retention { age, count, bytes: BYTES_MAX };
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
    assert_eq!(block_on(position(&database, 0)).unwrap().head.event_id, 1_201);
    assert_eq!(database.integer("SELECT count(*) FROM messages"), 1_201, "messages stay");
}

#[test]
fn a_login_to_recheck_is_an_event_for_instances_and_a_frame_for_nobody() {
    let database = Database::new();
    let ann = database.register("ann");
    let present = UserOnPlatform { user_id: ann.clone(), platform: Platform::WEB };
    block_on(session::begin(&database, &present, "jti", 1)).unwrap();
    let events = block_on(since(&database, 0, 10)).unwrap();
    assert_eq!(events[0].audience, Audience::PollHosts(ann.to_string(), Platform::WEB));
    assert_eq!(events[0].frames_for(ann.as_str(), 1).count(), 0);
    assert!(database.frames(&ann, 0).is_empty());
}

#[test]
fn a_damaged_event_keeps_its_place_without_a_frame_and_names_its_damage() {
    for (columns, damage) in [
        ("(2002, NULL, 'u___1', NULL, '{}')", "kind 2002: missing field `platform_id`"),
        ("(2009, 'si_1', NULL, 1, '{}')", "kind 2009: missing field `conversation_id`"),
        ("(2003, NULL, NULL, NULL, '{}')", "kind 2003: nobody is concerned"),
        ("(2003, NULL, 'u___1', NULL, '')", "kind 2003: "),
        ("(2003, NULL, 'u___1', NULL, NULL)", "kind 2003: it has no data"),
        ("(2006, 'sg_1', NULL, 1, '')", "kind 2006: "),
        ("(2008, NULL, 'u___1', NULL, NULL)", "kind 2008: it has no data"),
        ("(2001, 'si_1', NULL, 1, NULL)", "kind 2001: expected text in a row, found null"),
    ] {
        let database = Database::new();
        database.batch(&format!(
            "PRAGMA ignore_check_constraints = ON;
             INSERT INTO events (kind, conversation_id, user_id, seq, body, created_at)
             SELECT *, 1 FROM (VALUES {columns})"
        ));
        let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
        database.send(&ann, &bob, "1", "hi").unwrap();
        let events = block_on(since(&database, 0, 10)).unwrap();
        let [damaged, whole] = &events[..] else { panic!("{events:?}") };
        assert_eq!((damaged.place.event_id, damaged.frames_for("u___1", 1).count()), (1, 0));
        let named = damaged.damage.as_ref().unwrap();
        assert!(named.starts_with(&format!("event 1 of {damage}")), "{named}");
        assert_eq!(damaged.changes_members, columns.contains("2006"), "its members are read again");
        assert_eq!((&whole.damage, whole.frames_for(bob.as_str(), 1).count()), (&None, 1));
    }
}

#[test]
fn a_clock_set_back_harms_neither_order_nor_cursors_nor_stored_events() {
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
    let retention = Retention { age: 60_000, count: 10, bytes: BYTES_MAX };
    assert_eq!(block_on(prune(&database, retention, database.now.get())).unwrap(), 1);
    assert_eq!(messages(0), [1, 2]);
}
