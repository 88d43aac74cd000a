//! Revocations by services.

use super::driver::Database;
use crate::revocation::{of, revoke};
use crate::session::check;
use longwave_core::id::UserId;
use longwave_core::internal::Revoke;
use longwave_core::presence::AHEAD_MAX;
use longwave_core::token::{Origin, Revoked, Token};
use longwave_core::user::Platform;
use longwave_core::{Millis, Reason};
use pollster::block_on;
use uuid::Uuid;

const HOUR: Millis = 3_600_000;

fn on(platform: i64) -> Platform {
    platform.try_into().unwrap()
}

/// The reason why a token is refused now; `None` if it is valid.
fn refusal(database: &Database, token: &Token) -> Option<Reason> {
    let checked = block_on(check(database, token, database.now.get()));
    checked.err().and_then(|error| error.reason())
}

fn external(number: i64, issued_at: Millis) -> Token {
    let (user_id, origin) = (UserId::of_platform(number), Origin::External(issued_at));
    Token { user_id, platform: Platform::WEB, origin, expires_at: Millis::MAX }
}

/// The token of a login at this moment.
fn log_in(database: &Database, user_id: &UserId, platform: Platform) -> Token {
    let revoked = block_on(of(database, user_id, platform)).unwrap();
    let origin = Origin::Native(revoked.jti(Uuid::now_v7()));
    Token { user_id: user_id.clone(), platform, origin, expires_at: Millis::MAX }
}

fn end(database: &Database, user_id: &UserId, platforms: &[i64]) {
    let platforms = platforms.iter().map(|number| on(*number)).collect();
    let ended = Revoke { user_id: user_id.clone(), platforms };
    block_on(revoke(database, &ended, database.now.get())).unwrap();
}

#[test]
fn a_revocation_ends_the_users_tokens_on_its_platforms_and_no_others() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let tokens = [(&ann, 5), (&ann, 9), (&ann, 1), (&bob, 5)]
        .map(|(user_id, platform)| log_in(&database, user_id, on(platform)));
    end(&database, &ann, &[5, 9]);
    let refusals = tokens.map(|token| refusal(&database, &token));
    assert_eq!(refusals, [Some(Reason::Revoked), Some(Reason::Revoked), None, None]);
}

#[test]
fn a_login_after_a_revocation_is_valid_at_once_on_any_clock() {
    let database = Database::new();
    let ann = database.register("ann");
    // The same moment, the clock of another server that runs behind, and one that runs ahead.
    for step in [0, -HOUR, 2 * HOUR] {
        let before = log_in(&database, &ann, Platform::WEB);
        end(&database, &ann, &[5]);
        database.now.update(|now| now + step);
        let after = log_in(&database, &ann, Platform::WEB);
        assert_eq!(refusal(&database, &before), Some(Reason::Revoked), "{step}");
        assert_eq!(refusal(&database, &after), None, "{step}");
    }
}

#[test]
fn a_revocation_ends_tokens_the_platform_issued_before_it_and_none_issued_later() {
    let database = Database::new();
    let now = database.now.get();
    database.now.set(now + 500);
    end(&database, &UserId::of_platform(7), &[5]);
    for (issued_at, refused) in
        [(0, true), (now - HOUR, true), (now, true), (now + 1000, false), (now + HOUR, false)]
    {
        assert_eq!(refusal(&database, &external(7, issued_at)).is_some(), refused, "{issued_at}");
        assert_eq!(refusal(&database, &external(8, issued_at)), None, "another user");
    }
    // A second revocation, by a server whose clock runs a little behind, makes no token valid
    // again.
    database.now.set(now - 10_000);
    end(&database, &UserId::of_platform(7), &[5]);
    assert_eq!(refusal(&database, &external(7, now)), Some(Reason::Revoked));
    let revoked = || block_on(of(&database, &UserId::of_platform(7), Platform::WEB)).unwrap();
    assert_eq!(revoked(), Revoked { number: now + 501, before: now + 500 });
    database.now.set(now + 10_000);
    end(&database, &UserId::of_platform(7), &[5]);
    assert_eq!(revoked(), Revoked { number: now + 10_000, before: now + 10_000 });
    assert_eq!(refusal(&database, &external(7, now + 1000)), Some(Reason::Revoked));
}

#[test]
fn a_revocation_from_a_clock_ahead_does_not_end_tokens_issued_after_the_clock_is_right() {
    let database = Database::new();
    let now = database.now.get();
    database.now.set(now + HOUR);
    for number in [7, 8] {
        end(&database, &UserId::of_platform(number), &[5, 9]);
    }
    database.now.set(now + 5_300);
    let untimed = external(7, 0);
    assert_eq!(refusal(&database, &untimed), Some(Reason::Revoked), "without a time of issue");
    assert_eq!(database.integer("SELECT min(before) FROM revocations"), now + HOUR);
    assert_eq!(refusal(&database, &external(7, now + 4_000)), Some(Reason::Revoked));
    assert_eq!(refusal(&database, &external(7, now + 5_000)), None, "issued in this second");
    // The correction is permanent and changes no other revocation.
    for later in [now + 10_000, now + 2 * HOUR] {
        database.now.set(later);
        assert_eq!(refusal(&database, &external(7, now + 4_000)), Some(Reason::Revoked));
        assert_eq!(refusal(&database, &external(7, now + 5_000)), None);
    }
    let others = format!("SELECT count(*) FROM revocations WHERE before = {}", now + HOUR);
    assert_eq!(database.integer(&others), 3);
}

#[test]
fn a_revocation_up_to_a_minute_ahead_counts() {
    let database = Database::new();
    let now = database.now.get();
    database.now.set(now + AHEAD_MAX);
    end(&database, &UserId::of_platform(7), &[5]);
    database.now.set(now);
    assert_eq!(refusal(&database, &external(7, now)), Some(Reason::Revoked));
    // The command has the same limit, also if it is called too early.
    let corrected_at = |now: Millis| {
        database.batch(&format!("INSERT INTO correct_revocation VALUES ('u___7', 5, {now})"));
        database.integer("SELECT before FROM revocations")
    };
    assert_eq!(corrected_at(now), now + AHEAD_MAX);
    assert_eq!(corrected_at(now - 1), now - 1_000, "the start of that second");
}

#[test]
fn a_revocation_makes_waiting_polls_of_each_platform_check_their_login() {
    let database = Database::new();
    let ann = database.register("ann");
    end(&database, &ann, &[1, 5]);
    let logins = "SELECT group_concat(kind || user_id || (body ->> 'platform_id') || created_at) FROM events";
    let now = database.now.get();
    assert_eq!(database.text(logins), format!("2002{ann}1{now},2002{ann}5{now}"));
}

#[test]
fn tokens_issued_before_an_older_database_was_restored_end_with_the_next_revocation() {
    let database = Database::new();
    let ann = database.register("ann");
    for _ in 0..3 {
        end(&database, &ann, &[5]);
    }
    let token = log_in(&database, &ann, Platform::WEB);
    database.batch("DELETE FROM revocations");
    assert_eq!(refusal(&database, &token), None);
    database.now.update(|now| now + 1000);
    end(&database, &ann, &[5]);
    assert_eq!(refusal(&database, &token), Some(Reason::Revoked));
    assert_eq!(refusal(&database, &log_in(&database, &ann, Platform::WEB)), None);
}
