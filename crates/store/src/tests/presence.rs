//! Who is online.

use super::driver::Database;
use crate::event::{Audience, since};
use crate::presence::{is_elsewhere, online_status, subscribe, subscribers};
use longwave_core::Result;
use longwave_core::id::UserId;
use longwave_core::presence::{INSTANCE_LEASE, LEASE, OpenPoll, Present};
use longwave_core::user::Platform;
use pollster::block_on;
use serde_json::{Value, json};
use std::slice::from_ref;

fn present(user_id: &UserId, platform: i64) -> Present {
    Present { user_id: user_id.clone(), platform: Platform::try_from(platform).unwrap() }
}

/// Renews the leases of those who poll an instance, each with a poll that is over at once.
fn renew(database: &Database, instance: &str, presents: &[Present], now: i64) -> Result<i64> {
    let poll = |present: &Present| OpenPoll {
        present: present.clone(),
        login_id: "login".into(),
        since: now,
        until: now,
    };
    let polls: Vec<OpenPoll> = presents.iter().map(poll).collect();
    block_on(crate::presence::renew(database, instance, &polls, now))
}

fn online(database: &Database, user_ids: &[UserId]) -> Vec<(bool, Vec<i64>)> {
    let statuses = block_on(online_status(database, user_ids, database.now.get())).unwrap();
    assert!(statuses.items.iter().map(|item| &item.user_id).eq(user_ids));
    let platforms = |ids: Vec<Platform>| ids.into_iter().map(i64::from).collect();
    statuses.items.into_iter().map(|item| (item.online, platforms(item.platform_ids))).collect()
}

#[test]
fn somebody_is_online_on_each_platform_until_its_lease_ends() {
    let database = Database::new();
    let [ann, bob, eve] = [1, 2, 3].map(UserId::of_platform);
    let (start, all) = (database.now.get(), [ann.clone(), bob.clone(), eve]);
    assert_eq!(online(&database, &all), [(false, vec![]), (false, vec![]), (false, vec![])]);

    let some = [present(&ann, 5), present(&ann, 1), present(&bob, 10)];
    renew(&database, "one", &some, start).unwrap();
    assert_eq!(online(&database, &all), [(true, vec![1, 5]), (true, vec![10]), (false, vec![])]);

    renew(&database, "one", &[present(&ann, 5)], start + 10_000).unwrap();
    database.now.set(start + LEASE);
    assert_eq!(online(&database, &all), [(true, vec![5]), (false, vec![]), (false, vec![])]);
    database.now.set(start + LEASE + 10_000);
    assert_eq!(online(&database, &all), [(false, vec![]), (false, vec![]), (false, vec![])]);
}

#[test]
fn an_instance_whose_clock_is_behind_does_not_shorten_a_lease() {
    let database = Database::new();
    let (start, ann) = (database.now.get(), UserId::of_platform(1));
    renew(&database, "one", &[present(&ann, 5)], start).unwrap();
    renew(&database, "one", &[present(&ann, 5)], start - 30_000).unwrap();
    database.now.set(start + LEASE - 1);
    assert_eq!(online(&database, &[ann]), [(true, vec![5])]);
}

/// The coming and going that a user hears of on the web behind an event.
fn heard(database: &Database, user_id: &UserId, after: i64) -> Vec<Value> {
    let frames = database.frames(user_id, after).into_iter();
    frames
        .filter(|frame| frame["req_id"] == 2005)
        .map(|mut it| it["data"]["items"].take())
        .collect()
}

#[test]
fn who_subscribes_hears_of_every_coming_and_going_and_nobody_else_does() {
    let database = Database::new();
    let [ann, bob, eve] = [1, 2, 3].map(UserId::of_platform);
    let start = database.now.get();
    block_on(subscribe(&database, &present(&ann, 5), from_ref(&bob))).unwrap();
    let poll = |platform, at| renew(&database, "one", &[present(&bob, platform)], at);
    for (platform, at) in
        [(5, start), (1, start + 10_000), (5, start + 10_000), (1, start + 79_999)]
    {
        poll(platform, at).unwrap();
    }
    // The lease on the web ended a moment later; whoever renews next finds that.
    poll(1, start + 80_000).unwrap();
    let at = |platforms: &[i64]| json!([{ "user_id": bob, "online": !platforms.is_empty(), "platform_ids": platforms }]);
    assert_eq!(heard(&database, &ann, 0), [at(&[5]), at(&[1, 5]), at(&[1])]);
    renew(&database, "one", &[], start + 80_000 + LEASE).unwrap();
    assert_eq!(heard(&database, &ann, 3), [at(&[])]);
    assert!(database.frames(&bob, 0).is_empty() && database.frames(&eve, 0).is_empty());
    let events = block_on(since(&database, 0, 10)).unwrap();
    assert!(events.iter().all(|event| event.audience == Audience::Subscribers(bob.to_string())));
}

#[test]
fn nothing_is_written_of_somebody_whom_nobody_subscribed_to() {
    let database = Database::new();
    let ann = UserId::of_platform(1);
    renew(&database, "one", &[present(&ann, 5)], database.now.get()).unwrap();
    assert_eq!(database.integer("SELECT count(*) FROM events"), 0);
}

#[test]
fn a_subscription_replaces_the_one_before_and_a_new_login_begins_without() {
    let database = Database::new();
    let [ann, bob, eve] = [1, 2, 3].map(UserId::of_platform);
    let (web, phone) = (present(&ann, 5), present(&ann, 1));
    let subscribers =
        |user_id: &UserId| block_on(subscribers(&database, user_id.as_str())).unwrap();
    block_on(subscribe(&database, &web, from_ref(&bob))).unwrap();
    block_on(subscribe(&database, &web, from_ref(&eve))).unwrap();
    block_on(subscribe(&database, &phone, &[eve.clone(), bob.clone()])).unwrap();
    assert_eq!(subscribers(&bob), [(ann.to_string(), phone.platform)]);
    assert_eq!(subscribers(&eve).len(), 2);
    block_on(crate::event::doubt_logins(&database, &ann, phone.platform, 1)).unwrap();
    assert_eq!(subscribers(&bob), []);
    assert_eq!(
        subscribers(&eve),
        [(ann.to_string(), web.platform)],
        "on the other platform it stays"
    );
    block_on(subscribe(&database, &web, &[])).unwrap();
    assert_eq!(subscribers(&eve), []);
}

#[test]
fn instances_count_each_other_until_one_no_longer_renews() {
    let database = Database::new();
    let start = database.now.get();
    let renew = |id, at| renew(&database, id, &[], at).unwrap();
    assert_eq!([renew("one", start), renew("two", start), renew("one", start + 10_000)], [1, 2, 2]);
    assert_eq!(renew("two", start + INSTANCE_LEASE), 2, "one has renewed its lease since");
    assert_eq!(renew("one", start + 2 * INSTANCE_LEASE), 1);
}

#[test]
fn a_login_that_waits_in_two_instances_is_doubted_and_has_a_later_poll_elsewhere_than_the_older_one()
 {
    let database = Database::new();
    let (ann, start) = (present(&UserId::of_platform(1), 5), database.now.get());
    let poll = |login: &str, since| {
        let login_id = login.into();
        OpenPoll { present: ann.clone(), login_id, since, until: since + 25_000 }
    };
    let doubts = |instance, poll: &OpenPoll, now| {
        let before = block_on(crate::event::position(&database)).unwrap().head;
        let polls = from_ref(poll);
        block_on(crate::presence::renew(&database, instance, polls, now)).unwrap();
        let events = block_on(since(&database, before, 10)).unwrap();
        let audience = Audience::Holders(ann.user_id.to_string(), ann.platform);
        assert!(events.iter().all(|event| event.audience == audience));
        events.len()
    };
    let elsewhere = |instance, poll| block_on(is_elsewhere(&database, instance, poll)).unwrap();
    let (first, second) = (poll("web", start), poll("web", start + 12_000));
    assert_eq!(doubts("one", &first, start), 0);
    assert_eq!(doubts("one", &first, start + 10_000), 0, "its own poll is no news to it");
    assert_eq!(doubts("two", &second, start + 12_000), 1);
    assert!(elsewhere("one", &first) && !elsewhere("two", &second));
    assert_eq!(doubts("one", &first, start + 12_001), 1, "written late, and still the older");
    assert!(elsewhere("one", &first) && !elsewhere("two", &second));
    let third = poll("web", start + 13_000);
    assert!(!elsewhere("one", &third), "it is not written yet");
    assert_eq!(doubts("one", &second, start + 12_002), 1, "came in the same millisecond");
    assert!(elsewhere("one", &second) && !elsewhere("two", &second), "one of the two stays");
    assert_eq!(doubts("one", &poll("other", start + 14_000), start + 14_000), 0, "another device");
    assert_eq!(
        doubts("two", &poll("other", start + 39_000), start + 39_000),
        0,
        "the first was just over"
    );
    let elsewhere = OpenPoll { present: present(&ann.user_id, 1), ..poll("other", start + 40_000) };
    assert_eq!(doubts("three", &elsewhere, start + 40_000), 0, "on another platform");
}

#[test]
fn what_is_known_of_a_lease_is_of_its_newest_poll_whichever_is_written_first() {
    let (ann, start) = (present(&UserId::of_platform(1), 5), 1_800_000_000_000);
    let poll = |login: &str, seconds: i64| {
        let since = start + 1_000 * seconds;
        let login_id = login.into();
        OpenPoll { present: ann.clone(), login_id, since, until: since + 25_000 }
    };
    // Each in an instance of its own, so that the last one is doubted where its login waits elsewhere.
    for (polls, doubted, why) in [
        ([poll("a", 0), poll("b", 1), poll("b", 2)], 1, "b took the place of a"),
        ([poll("b", 2), poll("a", 1), poll("b", 3)], 1, "a is older than b"),
        ([poll("a", 0), poll("a", 20), poll("a", 30)], 1, "the second goes on until 45"),
        ([poll("a", 20), poll("a", 0), poll("a", 30)], 1, "the first goes on until 45"),
        ([poll("a", 0), poll("a", 1), poll("a", 30)], 0, "both are over"),
    ] {
        let database = Database::new();
        let mut before = 0;
        for (instance, poll) in ["one", "two", "three"].iter().zip(&polls) {
            before = block_on(crate::event::head(&database)).unwrap();
            let now = poll.since.max(polls[0].since);
            block_on(crate::presence::renew(&database, instance, from_ref(poll), now)).unwrap();
        }
        assert_eq!(block_on(since(&database, before, 10)).unwrap().len(), doubted, "{why}");
    }
}
