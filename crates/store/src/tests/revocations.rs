//! Ending the logins of a user.

use super::driver::Database;
use crate::revocation::{revoke, revoked_before};
use longwave_core::Millis;
use longwave_core::id::UserId;
use longwave_core::internal::Revoke;
use longwave_core::user::Platform;
use pollster::block_on;

const HOUR: Millis = 3_600_000;

fn platform(number: i64) -> Platform {
    number.try_into().unwrap()
}

fn revoke_on(database: &Database, user_id: &UserId, platforms: &[i64]) {
    let platforms = platforms.iter().copied().map(platform).collect();
    let revoked = Revoke { user_id: user_id.clone(), platforms };
    block_on(revoke(database, &revoked, database.now.get())).unwrap();
}

fn before(database: &Database, user_id: &UserId, on: i64) -> Option<Millis> {
    block_on(revoked_before(database, user_id, platform(on), database.now.get())).unwrap()
}

#[test]
fn a_revocation_is_of_its_user_and_platforms_and_has_their_polls_look_again() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    revoke_on(&database, &ann, &[5, 9]);
    let now = Some(database.now.get());
    assert_eq!([5, 9, 1].map(|on| before(&database, &ann, on)), [now, now, None]);
    assert_eq!(before(&database, &bob, 5), None);
    assert_eq!(database.integer("SELECT count(*) FROM events WHERE kind = 2002"), 2);
}

#[test]
fn a_revocation_does_not_go_back_with_a_clock_that_is_a_little_behind() {
    let database = Database::new();
    let ann = database.register("ann");
    let first = database.now.get();
    for behind in [1, 60_000] {
        revoke_on(&database, &ann, &[5]);
        database.now.set(first - behind);
        revoke_on(&database, &ann, &[5]);
        assert_eq!(before(&database, &ann, 5), Some(first));
        database.now.set(first);
    }
}

#[test]
fn a_revocation_of_a_clock_that_was_ahead_ends_what_is_issued_until_it_is_seen_and_nothing_after() {
    let database = Database::new();
    let ann = database.register("ann");
    let right = database.now.get();
    database.now.set(right + HOUR);
    revoke_on(&database, &ann, &[5]);
    database.now.set(right);
    assert_eq!(before(&database, &ann, 5), Some(right), "as if it had been made now");
    database.now.set(right + 1);
    assert_eq!(before(&database, &ann, 5), Some(right), "and for good");
}

#[test]
fn a_revocation_takes_the_place_of_one_by_a_clock_that_was_ahead() {
    let database = Database::new();
    let ann = database.register("ann");
    let right = database.now.get();
    database.now.set(right + 60_001);
    revoke_on(&database, &ann, &[5]);
    database.now.set(right);
    revoke_on(&database, &ann, &[5]);
    assert_eq!(before(&database, &ann, 5), Some(right));
}
