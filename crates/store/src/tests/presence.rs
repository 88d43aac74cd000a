//! Who is online.

use super::driver::Database;
use crate::event::{Audience, since};
use crate::presence::{elsewhere, online_status, subscribe, subscribers};
use longwave_core::Result;
use longwave_core::id::UserId;
use longwave_core::presence::{AHEAD_MAX, INSTANCE_LEASE, LEASE, OpenPoll, UserOnPlatform};
use longwave_core::user::Platform;
use pollster::block_on;
use serde_json::{Value, json};
use std::slice::from_ref;
use uuid::{Timestamp, Uuid};

fn present(user_id: &UserId, platform: i64) -> UserOnPlatform {
    UserOnPlatform { user_id: user_id.clone(), platform: Platform::try_from(platform).unwrap() }
}

/// Renews the leases of users in an instance, each with a poll that has ended.
fn renew(
    database: &Database,
    instance: &str,
    presents: &[UserOnPlatform],
    now: i64,
) -> Result<i64> {
    let poll = |present: &UserOnPlatform| OpenPoll {
        present: present.clone(),
        login_id: "login".into(),
        since: now,
        until: now,
    };
    let polls: Vec<OpenPoll> = presents.iter().map(poll).collect();
    let standing = block_on(crate::presence::renew(database, instance, &polls, now));
    standing.map(|standing| standing.instances)
}

fn online(database: &Database, user_ids: &[UserId]) -> Vec<(bool, Vec<i64>)> {
    let statuses = block_on(online_status(database, user_ids, database.now.get())).unwrap();
    assert!(statuses.items.iter().map(|item| &item.user_id).eq(user_ids));
    let platforms = |ids: Vec<Platform>| ids.into_iter().map(i64::from).collect();
    statuses.items.into_iter().map(|item| (item.online, platforms(item.platform_ids))).collect()
}

#[test]
fn a_user_is_online_on_each_platform_until_its_lease_ends() {
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

/// The changes of presence that a user receives on the web platform after an event.
fn heard(database: &Database, user_id: &UserId, after: i64) -> Vec<Value> {
    let frames = database.frames(user_id, after).into_iter();
    frames
        .filter(|frame| frame["req_id"] == 2005)
        .map(|mut it| it["data"]["items"].take())
        .collect()
}

#[test]
fn only_subscribers_are_notified_when_a_user_comes_online_or_goes_offline() {
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
    // The lease on the web platform ends one millisecond later, which the next renewal notices.
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
fn a_change_of_presence_has_the_time_at_which_it_is_written() {
    let database = Database::new();
    let [ann, bob] = [1, 2].map(UserId::of_platform);
    let (start, later) = (database.now.get(), database.now.get() + LEASE + 86_400_000);
    block_on(subscribe(&database, &present(&ann, 5), from_ref(&bob))).unwrap();
    renew(&database, "one", &[present(&bob, 5)], start).unwrap();
    renew(&database, "one", &[], later).unwrap();
    let times = database.text("SELECT group_concat(created_at) FROM events");
    assert_eq!(times, format!("{start},{later}"));
}

#[test]
fn coming_online_writes_no_event_without_subscribers() {
    let database = Database::new();
    let ann = UserId::of_platform(1);
    renew(&database, "one", &[present(&ann, 5)], database.now.get()).unwrap();
    assert_eq!(database.integer("SELECT count(*) FROM events"), 0);
}

#[test]
fn a_subscription_replaces_the_previous_one_and_a_new_login_has_none() {
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
    block_on(crate::session::begin(&database, &phone, "jti", 1)).unwrap();
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
fn the_oldest_instance_of_a_burst_and_the_oldest_four_of_all_stay() {
    let database = Database::new();
    let start = 1_004_010;
    let began = |milliseconds: u64, number: u64| {
        let nanoseconds = u32::try_from(milliseconds % 1_000).unwrap() * 1_000_000;
        let at = Timestamp::from_unix_time(milliseconds / 1_000, nanoseconds, 0, 0);
        // The rest of an id is random. The number orders ids of the same millisecond.
        format!("{}{number:04x}", &Uuid::new_v7(at).to_string()[..32])
    };
    let surplus = |id: &str| {
        let renewed = block_on(crate::presence::renew(&database, id, &[], start)).unwrap();
        let standing = crate::presence::standing(&database, id, start);
        assert_eq!(block_on(standing).unwrap(), renewed);
        renewed.is_surplus
    };
    let burst: Vec<String> = (0..6).map(|number| began(1_000_000 + number, number)).collect();
    assert_eq!(
        burst.iter().map(|id| surplus(id)).collect::<Vec<_>>(),
        [false, false, false, false, true, true],
        "in the order in which they began"
    );
    assert!(!surplus(&burst[0]) && !surplus(&burst[3]), "also after the others");
    assert!(surplus(&began(1_007_999, 0)), "it began in the same eight seconds");
    let next = began(1_008_000, 0);
    assert!(!surplus(&next), "the first one of the next eight");
    assert!(surplus(&began(1_008_001, 0)), "the second one");
    let over = |now| block_on(crate::presence::standing(&database, &next, now)).unwrap().is_surplus;
    assert_eq!([over(1_037_999), over(1_038_000)], [false, true], "it has its time");
    let other = burst.iter().map(|id| surplus(&format!("{id}-stream"))).collect::<Vec<_>>();
    assert_eq!(other, [false, false, false, false, true, true], "of another kind");
    let before = renew(&database, &burst[0], &[], start).unwrap();
    for id in &burst[4..] {
        block_on(crate::presence::retire(&database, id)).unwrap();
    }
    assert_eq!(renew(&database, &burst[0], &[], start).unwrap(), before - 2);
}

/// Renews the lease of a poll in an instance, and returns whether a later one elsewhere replaces
/// it.
fn renews(database: &Database, instance: &str, poll: &OpenPoll, now: i64) -> bool {
    block_on(crate::presence::renew(database, instance, from_ref(poll), now)).unwrap();
    is_elsewhere(database, instance, poll, now)
}

fn is_elsewhere(database: &Database, instance: &str, poll: &OpenPoll, now: i64) -> bool {
    // With other polls before and after it: the answer is its index.
    let other = OpenPoll { login_id: "nobody's".into(), ..poll.clone() };
    let polls = [other.clone(), poll.clone(), other];
    let found = block_on(elsewhere(database, instance, &polls, now)).unwrap();
    assert!(found.is_empty() || found == [1], "{found:?}");
    !found.is_empty()
}

#[test]
fn a_second_poll_of_a_login_ends_the_first_one_in_another_instance_without_an_event() {
    let database = Database::new();
    let (ann, start) = (present(&UserId::of_platform(1), 5), database.now.get());
    let poll = |login: &str, since| {
        let login_id = login.into();
        OpenPoll { present: ann.clone(), login_id, since, until: since + 25_000 }
    };
    let (first, second) = (poll("web", start), poll("web", start + 12_000));
    assert!(!renews(&database, "one", &first, start));
    assert!(!renews(&database, "one", &first, start + 10_000), "its own poll is no other one");
    assert!(!renews(&database, "two", &second, start + 12_000));
    assert!(renews(&database, "one", &first, start + 12_001), "written late, and still the older");
    assert!(!is_elsewhere(&database, "two", &second, start + 12_001));
    let third = poll("web", start + 13_000);
    assert!(!is_elsewhere(&database, "one", &third, start + 13_000), "it is not written yet");
    assert!(renews(&database, "one", &second, start + 12_002), "came in the same millisecond");
    assert!(!is_elsewhere(&database, "two", &second, start + 12_002), "one of the two stays");
    assert!(!renews(&database, "one", &poll("other", start + 14_000), start + 14_000), "a login");
    let elsewhere = OpenPoll { present: present(&ann.user_id, 1), ..poll("other", start) };
    assert!(!renews(&database, "two", &elsewhere, start + 14_000), "on another platform");
    assert_eq!(database.integer("SELECT count(*) FROM events"), 0);
}

#[test]
fn a_poll_that_did_not_wait_extends_a_lease_and_ends_no_other_poll() {
    let database = Database::new();
    let (ann, start) = (present(&UserId::of_platform(1), 5), database.now.get());
    let waits = |since| OpenPoll {
        present: ann.clone(),
        login_id: "login".into(),
        since,
        until: since + 25_000,
    };
    assert!(!renews(&database, "one", &waits(start), start));
    renew(&database, "two", from_ref(&ann), start + 1_000).unwrap();
    assert!(!is_elsewhere(&database, "one", &waits(start), start + 1_000));
    database.now.set(start + LEASE + 999);
    assert_eq!(online(&database, from_ref(&ann.user_id)), [(true, vec![5])]);
    assert!(!renews(&database, "three", &waits(start + 2_000), start + 2_000));
    assert!(renews(&database, "one", &waits(start), start + 2_000), "which one that waits does");
}

#[test]
fn a_lease_describes_its_newest_poll_whichever_is_written_first() {
    let (ann, start) = (present(&UserId::of_platform(1), 5), 1_800_000_000_000);
    let poll = |login: &str, seconds: i64| {
        let since = start + 1_000 * seconds;
        let login_id = login.into();
        OpenPoll { present: ann.clone(), login_id, since, until: since + 25_000 }
    };
    // Each poll is in another instance. `ends`: whether the poll written last is replaced.
    for (polls, ends, why) in [
        ([poll("b", 1), poll("a", 0), poll("b", 0)], true, "b stays the newest"),
        ([poll("a", 0), poll("b", 2), poll("b", 1)], true, "b took the place of a"),
        ([poll("a", 0), poll("b", 2), poll("a", 1)], false, "of a nothing is known any more"),
        ([poll("b", 2), poll("a", 1), poll("b", 3)], false, "it is the newest"),
        ([poll("a", 2), poll("a", 0), poll("a", 1)], true, "the first is newer"),
    ] {
        let database = Database::new();
        let now = start + 3_000;
        let last = ["one", "two", "three"].iter().zip(&polls);
        let last = last.map(|(instance, poll)| renews(&database, instance, poll, now)).last();
        assert_eq!(last, Some(ends), "{why}");
    }
}

#[test]
fn a_lease_written_by_a_clock_an_hour_ahead_ends_like_one_written_now() {
    const HOUR: i64 = 3_600_000;
    let [ann, bob] = [1, 2].map(UserId::of_platform);
    for asks_only in [true, false] {
        let database = Database::new();
        let start = database.now.get();
        let all = [ann.clone(), bob.clone()];
        renew(&database, "one", &[present(&ann, 5), present(&bob, 5)], start + HOUR).unwrap();
        if asks_only {
            assert_eq!(online(&database, &all), [(true, vec![5]), (true, vec![5])]);
        } else {
            renew(&database, "one", &[present(&bob, 5)], start).unwrap();
        }
        database.now.set(start + LEASE - 1);
        assert_eq!(online(&database, &all), [(true, vec![5]), (true, vec![5])]);
        database.now.set(start + LEASE);
        assert_eq!(online(&database, &all), [(false, vec![]), (false, vec![])]);
    }
}

#[test]
fn a_lease_up_to_a_minute_ahead_is_kept_and_a_later_one_is_corrected() {
    let database = Database::new();
    let (ann, start) = (UserId::of_platform(1), database.now.get());
    let until = || database.integer("SELECT max(lease_until) FROM presence");
    renew(&database, "one", &[present(&ann, 5)], start + AHEAD_MAX).unwrap();
    renew(&database, "one", &[], start).unwrap();
    online(&database, from_ref(&ann));
    assert_eq!(until(), start + AHEAD_MAX + LEASE);
    renew(&database, "one", &[], start - 1).unwrap();
    assert_eq!(until(), start - 1 + LEASE);
}

#[test]
fn a_poll_from_a_clock_ahead_does_not_end_later_polls() {
    const HOUR: i64 = 3_600_000;
    let database = Database::new();
    let (ann, start) = (present(&UserId::of_platform(1), 5), database.now.get());
    let poll = |since| OpenPoll {
        present: ann.clone(),
        login_id: "login".into(),
        since,
        until: since + 25_000,
    };
    let ahead = poll(start + HOUR);
    assert!(!renews(&database, "one", &ahead, start + HOUR));
    // The clock is corrected. The first poll still waits, and another one arrives.
    assert!(!renews(&database, "two", &poll(start - 10), start));
    assert!(!is_elsewhere(&database, "two", &poll(start + 1_000), start + 1_000));
    renews(&database, "one", &ahead, start + 2_000);
    assert!(!renews(&database, "two", &poll(start + 3_000), start + 3_000));
    assert!(is_elsewhere(&database, "one", &ahead, start + 2_500), "it came before that");
}

#[test]
fn an_instance_from_a_clock_an_hour_ahead_is_not_counted_for_an_hour() {
    let database = Database::new();
    let start = database.now.get();
    let renew = |id, at| renew(&database, id, &[], at).unwrap();
    assert_eq!(renew("one", start + 3_600_000), 1);
    assert_eq!(renew("two", start), 1, "the other one is back once it has renewed its lease");
    assert_eq!(renew("one", start), 2);
    assert_eq!(renew("three", start + AHEAD_MAX), 1);
    assert_eq!(renew("two", start), 2, "a minute is no hour");
    assert_eq!(renew("two", start - 1), 1, "but one more millisecond is too much");
}
