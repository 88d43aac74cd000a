//! Bringing databases to this version.

use super::driver::Database;
use crate::schema::{Synchronous, check, prepare};
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
fn two_databases_have_two_ids() {
    assert_ne!(
        Database::new().text("SELECT database_id FROM log"),
        Database::new().text("SELECT database_id FROM log")
    );
}
