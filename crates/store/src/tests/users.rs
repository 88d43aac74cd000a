//! Registration, login, profiles.

use super::driver::{Busy, Database, login};
use crate::service::upsert_user;
use crate::sql::Sql;
use crate::user::{credentials, profile, profiles, register, update_profile};
use longwave_core::Code;
use longwave_core::id::UserId;
use longwave_core::internal::UpsertRequest;
use longwave_core::user::{Login, ProfileUpdate, RegisterRequest};
use pollster::block_on;
use serde_json::json;
use uuid::Uuid;

fn update(nickname: Option<&str>, avatar: Option<&str>, extra: Option<&str>) -> ProfileUpdate {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    ProfileUpdate { nickname: owned(nickname), avatar: owned(avatar), extra: owned(extra) }
}

/// The user whom a login with this username finds.
fn account(database: &Database, username: &str) -> Option<UserId> {
    block_on(credentials(database, &login(username))).unwrap().map(|known| known.user_id)
}

#[test]
fn a_username_belongs_to_one_account() {
    let database = Database::new();
    let ann = database.register("ann");
    let before = database.dump();
    assert_eq!(database.try_register("ann").unwrap_err().code(), Code::UserExists);
    assert_eq!(database.dump(), before, "a refused registration writes nothing");
    assert_eq!(account(&database, "ann").as_ref(), Some(&ann));
    assert_ne!(database.register("Ann"), ann, "names are compared as they are");
}

#[test]
fn a_registration_is_read_back_as_it_was_given() {
    let database = Database::new();
    let request = json!({ "username": "ann", "password": "secret", "nickname": "Ann" });
    let request = serde_json::from_value::<RegisterRequest>(request).unwrap().validate().unwrap();
    let received = register(&database, request, "hash".into(), Uuid::now_v7(), database.now.get());
    let received = block_on(received).unwrap();
    assert_eq!(received.nickname, "Ann");
    assert_eq!(block_on(profile(&database, &received.user_id)).unwrap(), received);
}

#[test]
fn registrations_that_race_for_a_name_leave_one_winner_f18() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("race.db");
    Database::open(&path);
    let won = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Database::open(&path).try_register("ann").is_ok()))
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).filter(|&won| won).count()
    });
    assert_eq!(won, 1);
}

#[test]
fn nobody_logs_in_under_an_empty_name() {
    let database = Database::new();
    database.batch("INSERT INTO users (id, created_at, updated_at) VALUES ('u___1', 1, 1)");
    let nameless = Login { username: String::new(), typed_username: String::new(), ..login("x") };
    assert!(block_on(credentials(&database, &nameless)).unwrap().is_none());
    assert_eq!(account(&database, "nobody"), None);
}

#[test]
fn an_account_is_found_by_every_form_of_its_name_and_an_old_one_as_it_was_typed() {
    let database = Database::new();
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    let ann = database.register(composed);
    for typed in [composed, decomposed] {
        assert_eq!(account(&database, typed).as_ref(), Some(&ann), "{typed:?}");
    }
    let old = database.register("bob");
    database.batch(&format!("UPDATE users SET username = '{decomposed}' WHERE id = '{old}'"));
    assert_eq!(account(&database, decomposed), Some(old));
    assert_eq!(account(&database, composed), Some(ann));
}

#[test]
fn an_update_keeps_what_is_not_given_and_clears_what_is_empty() {
    let database = Database::new();
    let ann = database.register("ann");
    database.now.set(1_800_000_000_500);
    block_on(update_profile(
        &database,
        &ann,
        update(Some("Ann"), Some("a.png"), None),
        1_800_000_000_500,
    ))
    .unwrap();
    let changed = block_on(update_profile(
        &database,
        &ann,
        update(None, Some(""), Some("{}")),
        1_800_000_000_900,
    ))
    .unwrap();
    assert_eq!(
        (&*changed.nickname, &*changed.avatar, changed.extra.as_deref()),
        ("Ann", "", Some("{}"))
    );
    assert_eq!((changed.created_at, changed.updated_at), (1_800_000_000_000, 1_800_000_000_900));
    assert_eq!(block_on(profile(&database, &ann)).unwrap(), changed);
}

#[test]
fn profiles_are_returned_for_the_ids_that_exist() {
    let database = Database::new();
    let mut ids = ["ann", "bob"].map(|name| database.register(name)).to_vec();
    ids.sort();
    let asked = [ids[1].clone(), UserId::of_platform(404), ids[0].clone()];
    let found = block_on(profiles(&database, &asked)).unwrap().users;
    assert!(found.iter().map(|profile| &profile.user_id).eq(&ids));
}

#[test]
fn an_update_that_changes_nothing_is_no_event() {
    let database = Database::new();
    let ann = database.register("ann");
    block_on(update_profile(&database, &ann, update(Some("Ann"), None, None), 1)).unwrap();
    let before = database.dump();
    block_on(update_profile(&database, &ann, update(Some("Ann"), None, Some("")), 2)).unwrap();
    block_on(update_profile(&database, &ann, update(None, None, None), 3)).unwrap();
    assert_eq!(database.dump(), before);
}

#[test]
fn each_field_changes_alone_and_the_frame_has_all_fields() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let bobs = block_on(profile(&database, &bob)).unwrap();
    for (number, change) in [
        update(Some("Ann"), None, None),
        update(None, Some("a.png"), None),
        update(None, None, Some("{}")),
        update(Some(""), None, None),
    ]
    .into_iter()
    .enumerate()
    {
        let changed =
            block_on(update_profile(&database, &ann, change, database.now.get())).unwrap();
        let received = database.frames(&ann, i64::try_from(number).unwrap());
        let mut expected = serde_json::to_value(changed).unwrap();
        expected["event_id"] = (number + 1).into();
        assert_eq!(received, [json!({ "req_id": 2008, "data": expected })]);
    }
    let last = block_on(profile(&database, &ann)).unwrap();
    assert_eq!((&*last.nickname, &*last.avatar, last.extra.as_deref()), ("", "a.png", Some("{}")));
    assert_eq!(block_on(profile(&database, &bob)).unwrap(), bobs, "others stay as they are");
}

#[test]
fn a_profile_does_not_get_older_when_the_clock_is_set_back() {
    let database = Database::new();
    let ann = database.register("ann");
    let changed = block_on(update_profile(&database, &ann, update(Some("Ann"), None, None), 1));
    assert_eq!(changed.unwrap().updated_at, database.now.get());
}

#[test]
fn a_user_without_a_profile_cannot_read_or_change_one() {
    let database = Database::new();
    let ghost = UserId::parse("u___404").unwrap();
    assert_eq!(block_on(profile(&database, &ghost)).unwrap_err().code(), Code::UserNotFound);
    let refused =
        block_on(update_profile(&database, &ghost, update(Some("x"), None, None), 1)).unwrap_err();
    assert_eq!(refused.code(), Code::UserNotFound);
    let command = "INSERT INTO update_profile (user_id, nickname, now) VALUES ('u___404', 'x', 1)";
    let refused = block_on(database.execute(command, vec![])).unwrap_err();
    assert_eq!(refused, "longwave:user_not_found", "the command itself refuses");
    assert_eq!(database.integer("SELECT count(*) FROM events"), 0);
}

#[test]
fn a_user_of_the_platform_is_created_once_and_notified_of_changes() {
    let database = Database::new();
    let upsert = |body: serde_json::Value| {
        let upsert = serde_json::from_value::<UpsertRequest>(body).unwrap().validate().unwrap();
        block_on(upsert_user(&database, upsert, database.now.get())).unwrap()
    };
    let made = upsert(json!({ "id": "u___7", "nickname": "Ann", "extra": "{}" }));
    assert_eq!((&*made.nickname, &*made.avatar, made.extra.as_deref()), ("Ann", "", Some("{}")));
    assert_eq!(database.frames(&made.user_id, 0).len(), 0, "there was nobody to tell");

    database.now.update(|now| now + 1);
    let before = database.dump();
    let again = upsert(json!({ "id": "u___7", "nickname": "Ann" }));
    assert_eq!((again, database.dump()), (made.clone(), before), "the same again changes nothing");

    let changed = upsert(json!({ "id": "u___7", "nickname": "", "avatar": "a" }));
    assert_eq!(
        (&*changed.nickname, &*changed.avatar, changed.extra.as_deref()),
        ("", "a", Some("{}"))
    );
    assert_eq!((changed.created_at, changed.updated_at), (made.created_at, made.updated_at + 1));
    assert_eq!(database.frames(&changed.user_id, 0).len(), 1);

    let another = upsert(json!({ "id": "ag__7" }));
    assert_eq!(block_on(profile(&database, &another.user_id)).unwrap(), another);
}

#[test]
fn the_first_message_of_a_user_of_the_platform_creates_a_profile_so_that_others_can_answer() {
    let database = Database::new();
    let ann = database.register("ann");
    let users = || database.integer("SELECT count(*) FROM users");
    for sender in ["u___7", "ag__7"].map(|id| UserId::parse(id).unwrap()) {
        let nobody = UserId::of_platform(404);
        assert!(database.send(&sender, &nobody, "0", "hi").is_err());
        assert_eq!(block_on(profile(&database, &sender)).unwrap_err().code(), Code::UserNotFound);
        database.send(&sender, &ann, "1", "hi").unwrap();
        let made = block_on(profile(&database, &sender)).unwrap();
        assert_eq!((&*made.nickname, made.created_at), ("", database.now.get()));
        assert_eq!(made.updated_at, made.created_at);
        assert_eq!(database.send(&ann, &sender, "1", "hello").unwrap().seq, 2);

        block_on(update_profile(&database, &sender, update(Some("Bo"), None, None), 1)).unwrap();
        database.now.update(|now| now + 1);
        database.send(&sender, &ann, "2", "hi").unwrap();
        let kept = block_on(profile(&database, &sender)).unwrap();
        assert_eq!((&*kept.nickname, kept.created_at), ("Bo", made.created_at));
    }
    let before = users();
    let stranger = UserId::native(Uuid::now_v7());
    database.send(&stranger, &ann, "1", "hi").unwrap();
    assert_eq!(users(), before, "who is registered here has one already, or is gone");
}

#[test]
fn update_answers_with_the_profile_as_written_whatever_changes_after() {
    let database = Database::new();
    let ann = database.register("ann");
    let busy = Busy(&database, "UPDATE users SET avatar = 'another'");
    for avatar in ["mine", "another"] {
        let update = update(None, Some(avatar), None);
        assert_eq!(block_on(update_profile(&busy, &ann, update, 1)).unwrap().avatar, avatar);
    }
    let body = serde_json::json!({ "id": "u___7", "avatar": "mine" });
    let upsert = serde_json::from_value::<UpsertRequest>(body).unwrap().validate().unwrap();
    assert_eq!(block_on(upsert_user(&busy, upsert, 1)).unwrap().avatar, "mine");
}
