//! What may be done so often, and what once.

use super::driver::{Database, text_message};
use crate::service::use_nonce;
use crate::throttle::{spend, with_retry_after};
use longwave_core::throttle::Quota;
use longwave_core::{Code, Millis, Result};
use pollster::block_on;

fn quota(subject: &str, per_minute: i64) -> Quota {
    Quota { subject: subject.into(), per_minute }
}

fn try_to(database: &Database, quotas: &[Quota]) -> Result<()> {
    block_on(spend(database, quotas, database.now.get()))
}

#[test]
fn a_quota_is_for_the_minute_that_begins_with_the_first_time() {
    let database = Database::new();
    let quota = [quota("a", 3)];
    for _ in 0..3 {
        try_to(&database, &quota).unwrap();
        database.now.update(|now| now + 10_000);
    }
    let refused = try_to(&database, &quota).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (Code::TooManyRequests, Some(30)));
    database.now.update(|now| now + 29_999);
    assert_eq!(try_to(&database, &quota).unwrap_err().retry_after(), Some(1));
    database.now.update(|now| now + 1);
    for _ in 0..3 {
        try_to(&database, &quota).unwrap();
    }
    assert_eq!(try_to(&database, &quota).unwrap_err().retry_after(), Some(60));
}

#[test]
fn several_quotas_are_spent_together_or_not_at_all() {
    let database = Database::new();
    let (address, account) = (quota("address", 3), quota("account", 1));
    try_to(&database, &[address.clone(), account.clone()]).unwrap();
    let before = database.dump();
    for _ in 0..5 {
        let refused = try_to(&database, &[address.clone(), account.clone()]).unwrap_err();
        assert_eq!(refused.code(), Code::TooManyRequests);
    }
    assert_eq!(database.dump(), before, "a refused attempt is not counted");
    try_to(&database, &[address.clone(), quota("another account", 1)]).unwrap();
    try_to(&database, &[address.clone(), quota("a third account", 1)]).unwrap();
    assert!(try_to(&database, &[address, quota("a fourth account", 1)]).is_err());
}

#[test]
fn a_quota_of_zero_is_no_limit_and_leaves_no_trace() {
    let database = Database::new();
    let before = database.dump();
    for _ in 0..100 {
        try_to(&database, &[quota("a", 0)]).unwrap();
    }
    assert_eq!(database.dump(), before);
}

#[test]
fn instances_whose_clocks_differ_a_little_count_the_same_minute() {
    let database = Database::new();
    try_to(&database, &[quota("a", 2)]).unwrap();
    database.now.update(|now| now - 5_000);
    try_to(&database, &[quota("a", 2)]).unwrap();
    assert!(try_to(&database, &[quota("a", 2)]).is_err());
    database.now.update(|now| now - 3_600_000);
    try_to(&database, &[quota("a", 2)]).unwrap();
}

#[test]
fn a_refusal_asks_for_a_second_at_least_and_for_two_minutes_at_most() {
    let database = Database::new();
    let now = database.now.get();
    let refused = |quotas: &[Quota]| {
        let refused = Err::<(), _>(Code::TooManyRequests.into());
        block_on(with_retry_after(&database, refused, quotas, now)).unwrap_err().retry_after()
    };
    assert_eq!(refused(&[quota("over meanwhile", 1)]), Some(1));
    database.now.set(now + 3_600_000);
    try_to(&database, &[quota("from a clock that was set back", 1)]).unwrap();
    assert_eq!(refused(&[quota("from a clock that was set back", 1)]), Some(120));
}

#[test]
fn subjects_of_a_minute_long_over_do_not_stay() {
    let database = Database::new();
    for number in 0..50 {
        try_to(&database, &[quota(&format!("early {number}"), 1)]).unwrap();
    }
    database.now.update(|now| now + 60_000);
    let subjects = || database.integer("SELECT count(*) FROM throttles");
    for number in 0..20 {
        try_to(&database, &[quota(&format!("late {number}"), 1)]).unwrap();
        if number == 0 {
            assert_eq!(subjects(), 47, "nobody waits for more than four to be forgotten");
        }
    }
    assert_eq!(subjects(), 20);
}

#[test]
fn a_minute_begins_anew_also_for_a_subject_that_was_not_forgotten_yet() {
    let database = Database::new();
    for number in 0..5 {
        try_to(&database, &[quota(&format!("older {number}"), 1)]).unwrap();
    }
    database.now.update(|now| now + 1);
    let quota = [quota("a", 2)];
    for _ in 0..2 {
        for _ in 0..2 {
            try_to(&database, &quota).unwrap();
        }
        assert_eq!(try_to(&database, &quota).unwrap_err().retry_after(), Some(60));
        database.now.update(|now| now + 60_000);
    }
}

#[test]
fn attempts_that_race_from_many_instances_are_counted_exactly_f19() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("race.db");
    Database::open(&path);
    let allowed: usize = std::thread::scope(|scope| {
        let attempts = |_| {
            scope.spawn(|| {
                let database = Database::open(&path);
                (0..20).filter(|_| try_to(&database, &[quota("a", 50)]).is_ok()).count()
            })
        };
        let racers: Vec<_> = (0..8).map(attempts).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(allowed, 50);
}

#[test]
fn a_sender_beyond_the_quota_is_refused_and_stores_nothing() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let send = |sender, recipient, id: &str| {
        database.send_within(2, text_message(sender, recipient, id, "hi"))
    };
    let first = send(&ann, &bob, "1").unwrap();
    send(&ann, &bob, "2").unwrap();
    let before = database.dump();
    let refused = send(&ann, &bob, "3").unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (Code::TooManyRequests, Some(60)));
    assert_eq!(send(&ann, &bob, "1").unwrap(), first, "a repeat costs nothing");
    assert_eq!(database.dump(), before);
    assert_eq!(send(&bob, &ann, "1").unwrap().seq, 3, "others have their own quota");
    database.now.update(|now| now + 60_000);
    assert_eq!(send(&ann, &bob, "3").unwrap().seq, 4);
}

#[test]
fn what_may_not_be_sent_is_not_counted() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let nobody = longwave_core::id::UserId::of_platform(404);
    for id in ["1", "2", "3"] {
        let refused = database.send_within(2, text_message(&ann, &nobody, id, "hi")).unwrap_err();
        assert_eq!(refused.code(), Code::UserNotFound);
    }
    assert!(database.send_within(2, text_message(&ann, &bob, "1", "hi")).is_ok());
}

/// A service uses a nonce in a call that is accepted for five minutes from the time of the database on.
fn used(database: &Database, service: &str, nonce: &str) -> Result<()> {
    use_until(database, service, nonce, database.now.get() + 300_000)
}

fn use_until(database: &Database, service: &str, nonce: &str, expires_at: Millis) -> Result<()> {
    block_on(use_nonce(database, service, nonce, expires_at, database.now.get()))
}

#[test]
fn a_nonce_is_good_once_a_service_for_as_long_as_its_call_is_accepted_anywhere() {
    let database = Database::new();
    let expires_at = database.now.get() + 300_000;
    used(&database, "app", "n1").unwrap();
    assert_eq!(used(&database, "app", "n1").unwrap_err().code(), Code::Unauthorized);
    used(&database, "billing", "n1").unwrap();
    // To the last moment, and by a server whose clock is a minute behind.
    for late in [300_000, 60_000] {
        database.now.update(|now| now + late);
        let replayed = use_until(&database, "app", "n1", expires_at).unwrap_err();
        assert_eq!(replayed.message(), "the nonce was used before");
    }
    database.now.update(|now| now + 1);
    used(&database, "app", "n2").unwrap();
    assert_eq!(database.integer("SELECT count(*) FROM nonces"), 1);
}

#[test]
fn a_call_cannot_be_repeated_after_a_clock_that_jumped_ahead_and_back() {
    let database = Database::new();
    let start = database.now.get();
    used(&database, "app", "before").unwrap();
    database.now.update(|now| now + 3_600_000);
    used(&database, "app", "ahead").unwrap();
    assert_eq!(database.integer("SELECT count(*) FROM nonces"), 1, "the first is forgotten");

    database.now.set(start + 1_000);
    for (nonce, expires_at) in [("before", start + 300_000), ("other", start + 299_000)] {
        let refused = use_until(&database, "app", nonce, expires_at).unwrap_err();
        assert_eq!(refused.message(), "the nonce may have been used before");
    }
    used(&database, "app", "after").unwrap();
    let replayed = use_until(&database, "app", "ahead", start + 3_900_000).unwrap_err();
    assert_eq!(replayed.message(), "the nonce was used before");
}

#[test]
fn nonces_are_forgotten_a_few_at_a_time_the_oldest_first() {
    let database = Database::new();
    for number in 0..10 {
        used(&database, "app", &format!("n{number}")).unwrap();
        database.now.update(|now| now + 1);
    }
    database.now.update(|now| now + 3_600_000);
    for (nonce, left) in [("a", 7), ("b", 4), ("c", 3), ("d", 4)] {
        used(&database, "app", nonce).unwrap();
        assert_eq!(database.integer("SELECT count(*) FROM nonces"), left, "{nonce}");
    }
}

#[test]
fn a_nonce_that_comes_to_two_instances_at_a_time_is_taken_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("race.db");
    Database::open(&path);
    let taken: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|_| {
                scope
                    .spawn(|| block_on(use_nonce(&Database::open(&path), "app", "n", 2, 1)).is_ok())
            })
            .collect();
        racers.into_iter().map(|racer| usize::from(racer.join().unwrap())).sum()
    });
    assert_eq!(taken, 1);
}
