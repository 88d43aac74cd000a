//! Preparing databases: the schema of this version and its constraints.

use super::driver::Database;
use crate::schema::{Synchronous, check, prepare};
use crate::sql::Sql;
use longwave_core::Code;
use pollster::block_on;

#[test]
fn preparing_twice_changes_nothing() {
    let database = Database::new();
    let before = database.dump();
    block_on(prepare(&database, Synchronous::Full)).unwrap();
    assert_eq!(database.dump(), before);
    block_on(check(&database)).unwrap();
}

#[test]
fn instances_that_race_for_a_fresh_database_all_succeed() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("race.db");
        let databases: Vec<String> = std::thread::scope(|scope| {
            let racers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| Database::open(&path).dump())).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert!(
            databases.iter().all(|one| one == &databases[0]),
            "all see the one database id: {databases:?}"
        );
    }
}

#[test]
fn a_commit_is_synced_as_configured() {
    for (word, synchronous, number) in
        [("FULL", Synchronous::Full, 2), ("NORMAL", Synchronous::Normal, 1)]
    {
        assert_eq!(Synchronous::parse(word), Ok(synchronous));
        let database = Database::unprepared();
        block_on(prepare(&database, synchronous)).unwrap();
        assert_eq!(database.integer("PRAGMA synchronous"), number);
    }
    let refused = Synchronous::parse("full").unwrap_err();
    assert_eq!(refused, "sqlite_synchronous is 'full'; it must be FULL or NORMAL");
}

#[test]
fn a_database_that_was_put_back_under_a_running_instance_is_noticed() {
    let database = Database::new();
    database.batch("PRAGMA user_version = 3");
    let error = block_on(check(&database)).unwrap_err();
    assert_eq!(error.code(), Code::StoreFailed);
}

#[test]
fn the_database_is_in_wal_mode() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("wal.db"));
    assert_eq!(database.text("PRAGMA journal_mode"), "wal");
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let database = Database::new();
    database.batch("PRAGMA user_version = 1000");
    let before = database.dump();
    let error = block_on(prepare(&database, Synchronous::Full)).unwrap_err();
    assert!(error.cause().unwrap().contains("schema version 1000"), "{error:?}");
    assert_eq!(database.dump(), before);
    assert_eq!(database.integer("PRAGMA user_version"), 1000);
}

#[test]
fn a_migration_that_fails_leaves_nothing_behind() {
    let database = Database::unprepared();
    database.batch("CREATE TABLE messages (occupied)");
    assert!(block_on(prepare(&database, Synchronous::Full)).is_err());
    assert_eq!(
        database.integer("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"),
        1
    );
    assert_eq!(database.integer("PRAGMA user_version"), 0);
}

#[test]
fn the_tables_refuse_rows_that_no_command_writes() {
    let database = Database::new();
    database.batch(
        "INSERT INTO users (id, username, password_hash, created_at, updated_at) VALUES ('a', 'ann', 'x', 1, 1);
         INSERT INTO conversations (id, type, last_event, created_at) VALUES ('si', 1, 0, 1);
         INSERT INTO groups (id, name, avatar, introduction, extra, owner_id, member_count, created_at, updated_at)
         VALUES ('g', 'g', '', '', '', 'a', 1, 1, 1);
         INSERT INTO group_members (group_id, user_id, joined_at) VALUES ('g', 'a', 1);
         INSERT INTO user_conversations (owner_id, conversation_id, created_at) VALUES ('a', 'si', 1);
         INSERT INTO messages (conversation_id, seq, server_msg_id, client_msg_id, sender_id, content_type, content, send_time)
         VALUES ('si', 1, 's', 'c', 'a', 1, '1', 1);",
    );
    for (statement, rule) in [
        (
            "INSERT INTO users (id, username, created_at, updated_at) VALUES ('b', 'bob', 1, 1)",
            "user_with_username_has_password",
        ),
        (
            "INSERT INTO users (id, username, password_hash, created_at, updated_at) VALUES ('b', 'ann', 'x', 1, 1)",
            "users.username",
        ),
        ("UPDATE conversations SET type = 3", "conversation_type_is_single_or_group"),
        ("UPDATE conversations SET type = 2", "conversation_of_group_has_group"),
        ("UPDATE conversations SET group_id = 'g'", "conversation_of_group_has_group"),
        ("UPDATE user_conversations SET read_seq = -1", "read_position_is_never_negative"),
        ("UPDATE user_conversations SET recv_msg_opt = 2", "recv_msg_opt_is_normal_or_mute"),
        ("UPDATE user_conversations SET is_pinned = 2", "is_pinned_is_boolean"),
        ("UPDATE messages SET seq = 0", "message_has_a_place"),
        (
            "INSERT INTO messages (conversation_id, seq, server_msg_id, client_msg_id, sender_id, recv_id, content_type, content, send_time) SELECT conversation_id, 2, server_msg_id, 'd', sender_id, NULL, 1, '1', 1 FROM messages",
            "messages.server_msg_id",
        ),
        (
            "INSERT INTO messages (conversation_id, seq, server_msg_id, client_msg_id, sender_id, recv_id, content_type, content, send_time) SELECT conversation_id, 2, 't', client_msg_id, sender_id, NULL, 1, '1', 1 FROM messages",
            "messages.conversation_id, messages.sender_id, messages.client_msg_id",
        ),
        ("UPDATE messages SET silent = 2", "silent_is_boolean"),
        (
            "INSERT INTO events (kind, seq, body, created_at) VALUES (2003, 1, '{}', 1)",
            "event_concerns_somebody",
        ),
        (
            "INSERT INTO events (kind, conversation_id, body, created_at) VALUES (2006, 'si', '{}', 1)",
            "event_concerns_somebody",
        ),
        ("INSERT INTO events (kind, user_id, created_at) VALUES (2003, 'a', 1)", "event_has_data"),
        (
            "INSERT INTO events (kind, user_id, seq, body, created_at) VALUES (2001, 'a', 1, '{}', 1)",
            "event_has_data",
        ),
        (
            "INSERT INTO events (kind, user_id, created_at) VALUES (2001, 'a', 1)",
            "event_of_message_has_its_place",
        ),
        ("INSERT INTO log (only_row, database_id, oldest_event) VALUES (2, 'x', 1)", "only_row"),
        ("UPDATE groups SET status = 2", "group_status_is_normal_or_dismissed"),
        ("UPDATE groups SET member_count = -1", "group_members_are_not_negative"),
        ("UPDATE group_members SET role = 4", "group_role_is_known"),
        (
            "INSERT INTO presence (user_id, platform_id, lease_until) VALUES ('a', 11, 1)",
            "presence_is_on_a_platform",
        ),
    ] {
        let refused = block_on(database.execute(statement, vec![])).unwrap_err();
        assert!(refused.contains(rule), "{statement}: {refused}");
    }
}

#[test]
fn a_value_of_an_unexpected_type_is_refused() {
    let database = Database::unprepared();
    for value in ["1.5", "x'00'"] {
        let refused = block_on(database.execute(&format!("SELECT {value}"), vec![])).unwrap_err();
        assert!(refused.contains("a type the schema does not have"), "{refused}");
    }
}

#[test]
fn two_databases_have_two_ids() {
    assert_ne!(
        Database::new().text("SELECT database_id FROM log"),
        Database::new().text("SELECT database_id FROM log")
    );
}
