//! The live login of a user on a platform.

use super::driver::Database;
use crate::presence::subscribe;
use crate::session::{begin, check, end, latest};
use longwave_core::Reason;
use longwave_core::id::UserId;
use longwave_core::presence::UserOnPlatform;
use longwave_core::token::{Origin, Token};
use pollster::block_on;

fn on(user_id: &UserId, platform: i64) -> UserOnPlatform {
    UserOnPlatform { user_id: user_id.clone(), platform: platform.try_into().unwrap() }
}

/// The reason why the login with this `jti` is refused; `None` if it is valid.
fn refusal(database: &Database, present: &UserOnPlatform, jti: &str) -> Option<Reason> {
    let UserOnPlatform { user_id, platform } = present.clone();
    let token = Token { user_id, platform, origin: Origin::Native(jti.into()), expires_at: 1 };
    let checked = block_on(check(database, &token, database.now.get()));
    checked.err().and_then(|error| error.reason())
}

fn log_in(database: &Database, present: &UserOnPlatform, jti: &str) {
    block_on(begin(database, present, jti, database.now.get())).unwrap();
}

fn log_out(database: &Database, present: &UserOnPlatform, jti: &str) {
    block_on(end(database, present, jti, database.now.get())).unwrap();
}

#[test]
fn a_login_replaces_the_previous_one_of_its_platform_only() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let [web, phone, other] = [on(&ann, 5), on(&ann, 1), on(&bob, 5)];
    for (present, jti) in [(&web, "first"), (&phone, "phone"), (&other, "other"), (&web, "second")]
    {
        log_in(&database, present, jti);
    }
    assert_eq!(refusal(&database, &web, "first"), Some(Reason::NewLogin));
    for (present, jti) in [(&web, "second"), (&phone, "phone"), (&other, "other")] {
        assert_eq!(refusal(&database, present, jti), None);
        assert_eq!(block_on(latest(&database, present)).unwrap().as_deref(), Some(jti));
    }
    assert_eq!(block_on(latest(&database, &on(&bob, 1))).unwrap(), None);
}

#[test]
fn a_logout_ends_its_own_login_and_no_later_one() {
    let database = Database::new();
    let ann = database.register("ann");
    let [web, phone] = [on(&ann, 5), on(&ann, 1)];
    log_in(&database, &phone, "phone");
    log_in(&database, &web, "first");
    log_out(&database, &web, "first");
    assert_eq!(refusal(&database, &web, "first"), Some(Reason::Logout));
    assert_eq!(refusal(&database, &phone, "phone"), None);
    log_in(&database, &web, "second");
    log_out(&database, &web, "first");
    assert_eq!(refusal(&database, &web, "first"), Some(Reason::NewLogin));
    assert_eq!(refusal(&database, &web, "second"), None);
}

#[test]
fn a_late_logout_changes_nothing_of_the_login_that_replaced_its_own() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let web = on(&ann, 5);
    log_in(&database, &web, "first");
    log_in(&database, &web, "second");
    block_on(subscribe(&database, &web, &[bob])).unwrap();
    let before = database.dump();
    log_out(&database, &web, "first");
    assert_eq!(database.dump(), before);
}

#[test]
fn a_login_older_than_the_sessions_table_is_valid_until_replaced_or_logged_out() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| on(&database.register(name), 5));
    for present in [&ann, &bob] {
        assert_eq!(refusal(&database, present, "old"), None);
    }
    log_in(&database, &ann, "new");
    log_out(&database, &bob, "old");
    assert_eq!(refusal(&database, &ann, "old"), Some(Reason::NewLogin));
    assert_eq!(refusal(&database, &bob, "old"), Some(Reason::Logout));
}

#[test]
fn a_login_without_an_account_in_the_database_is_unknown() {
    let database = Database::new();
    let nobody = UserId::parse("nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab").unwrap();
    let nobody = on(&nobody, 5);
    assert_eq!(refusal(&database, &nobody, "lost"), Some(Reason::Unknown));
    log_in(&database, &nobody, "lost");
    assert_eq!(refusal(&database, &nobody, "lost"), Some(Reason::Unknown));
}

#[test]
fn a_waiting_poll_checks_its_login_after_each_login_and_logout() {
    let database = Database::new();
    let ann = database.register("ann");
    log_in(&database, &on(&ann, 5), "first");
    log_out(&database, &on(&ann, 5), "first");
    let logins = "SELECT group_concat(kind || user_id || (body ->> 'platform_id') || created_at) FROM events";
    let event = format!("2002{ann}5{}", database.now.get());
    assert_eq!(database.text(logins), [&*event; 2].join(","));
}
