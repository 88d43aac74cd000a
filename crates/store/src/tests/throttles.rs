//! Limits per minute, and nonces, which can be used once.

use super::driver::{Database, text_message};
use crate::service::use_nonce;
use crate::throttle::{spend, with_retry_after};
use crate::{Row, Sql, Value};
use longwave_core::internal::{Services, SignedCall};
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
fn a_quota_counts_the_minute_that_starts_with_the_first_use() {
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
fn an_attempt_overtaken_by_the_first_of_a_minute_waits_no_longer_than_that_minute() {
    let database = Database::new();
    let quota = [quota("a", 1)];
    try_to(&database, &quota).unwrap();
    for (earlier, seconds) in [(5, 60), (999, 60), (1_000, 61)] {
        let now = database.now.get() - earlier;
        let refused = block_on(spend(&database, &quota, now)).unwrap_err();
        assert_eq!(refused.retry_after(), Some(seconds), "{earlier} ms");
    }
}

/// A connection whose reads fail.
struct Unreadable<'a>(&'a Database);

impl Sql for Unreadable<'_> {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        if statement.starts_with("SELECT") {
            return Err("disk I/O error".to_owned());
        }
        self.0.execute(statement, parameters).await
    }
}

#[test]
fn a_refusal_whose_minute_cannot_be_read_asks_to_retry_after_a_whole_one() {
    let database = Database::new();
    let quota = [quota("a", 1)];
    try_to(&database, &quota).unwrap();
    let refused = block_on(spend(&Unreadable(&database), &quota, database.now.get())).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (Code::TooManyRequests, Some(60)));
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
fn a_quota_of_zero_is_no_limit_and_writes_nothing() {
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
fn a_refusal_asks_to_wait_one_second_to_two_minutes() {
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
fn subjects_of_past_minutes_are_removed() {
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
fn a_new_minute_starts_also_for_a_subject_whose_row_is_still_there() {
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
fn a_refused_message_is_not_counted() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let nobody = longwave_core::id::UserId::of_platform(404);
    for id in ["1", "2", "3"] {
        let refused = database.send_within(2, text_message(&ann, &nobody, id, "hi")).unwrap_err();
        assert_eq!(refused.code(), Code::UserNotFound);
    }
    assert!(database.send_within(2, text_message(&ann, &bob, "1", "hi")).is_ok());
}

#[test]
fn a_nonce_is_accepted_once_per_service_and_forgotten_once_the_call_expires() {
    let database = Database::new();
    let used = |service, nonce| {
        let now = database.now.get();
        block_on(use_nonce(&database, service, nonce, now + 600_000, now))
    };
    used("app", "n1").unwrap();
    assert_eq!(used("app", "n1").unwrap_err().code(), Code::Unauthorized);
    used("billing", "n1").unwrap();
    database.now.update(|now| now + 600_001);
    used("app", "n2").unwrap();
    assert_eq!(database.integer("SELECT count(*) FROM nonces"), 1);
}

/// The services of these tests.
fn services() -> Services {
    Services::new("app", "a secret that the services sign calls with", 300_000).unwrap().unwrap()
}

/// The timestamp, nonce and signature of a call that a service signs at `timestamp`.
fn signed_at(nonce: &str, timestamp: Millis) -> (String, String, String) {
    let (timestamp, nonce) = ((timestamp / 1000).to_string(), format!("{nonce:0>16}"));
    let call = SignedCall {
        service: "app",
        timestamp: &timestamp,
        nonce: &nonce,
        ..SignedCall::default()
    };
    let signature = call.sign("a secret that the services sign calls with");
    (timestamp, nonce, signature)
}

/// Whether an instance accepts a call now.
fn takes(database: &Database, (timestamp, nonce, signature): &(String, String, String)) -> bool {
    let now = database.now.get();
    let call = SignedCall { service: "app", timestamp, nonce, signature, ..SignedCall::default() };
    let verified = services().verify(&call, now);
    verified.is_ok_and(|last| block_on(use_nonce(database, "app", nonce, last, now)).is_ok())
}

#[test]
fn a_signed_call_is_not_accepted_again_in_its_last_millisecond() {
    let database = Database::new();
    let start = database.now.get();
    let call = signed_at("1", start);
    assert!(takes(&database, &call));
    for later in [1, 299_999, 300_000, 300_001] {
        database.now.set(start + later);
        assert!(takes(&database, &signed_at(&format!("other {later}"), start + later)));
        assert!(!takes(&database, &call), "{later} ms later");
        let another = signed_at(&format!("another {later}"), start);
        assert_eq!(takes(&database, &another), later <= 300_000, "{later} ms later");
    }
}

#[test]
fn a_signed_call_is_not_accepted_again_after_the_clock_jumped_and_came_back() {
    let database = Database::new();
    let start = database.now.get();
    let (day, minutes) = (86_400_000, 60_000);
    let mut made = Vec::new();
    let call_at = |now: Millis| {
        database.now.set(now);
        let call = signed_at(&now.to_string(), now);
        assert!(takes(&database, &call), "a new call at {}", now - start);
        call
    };
    // The clock is right, a day ahead for half an hour, right, a day ahead again, and right.
    for (from, calls) in [(0, 9), (day, 30), (10 * minutes, 9), (day + 40 * minutes, 30)] {
        made.extend((0..calls).map(|minute| call_at(start + from + minute * minutes)));
    }
    made.push(call_at(start + 20 * minutes));
    assert!(database.integer("SELECT count(*) FROM nonces") < 40, "the others are forgotten");
    assert_eq!(database.integer("SELECT count(*) FROM forgotten_nonces"), 3);
    for now in (0..100)
        .map(|minute| start + minute * minutes)
        .chain((0..100).map(|minute| start + day + minute * minutes))
    {
        database.now.set(now);
        for call in &made {
            assert!(!takes(&database, call), "{call:?} at {}", now - start);
        }
    }
}

#[test]
fn calls_are_accepted_after_a_clock_ahead_is_right_again() {
    let database = Database::new();
    let start = database.now.get();
    let call_at = |now: Millis| {
        database.now.set(now);
        takes(&database, &signed_at(&now.to_string(), now))
    };
    for ahead in [0, 3_600_000, 7_200_000, 86_400_000] {
        assert!(call_at(start + ahead) && call_at(start + ahead + 400_000));
    }
    assert!(!call_at(start + 1_000), "older than a call whose nonce is forgotten");
    assert!(call_at(start + 401_000) && call_at(start + 500_000));
}

#[test]
fn expired_nonces_of_steady_calls_are_one_range_of_the_index() {
    let database = Database::new();
    let start = database.now.get();
    for minute in 0..200 {
        database.now.set(start + minute * 600_000);
        assert!(takes(&database, &signed_at(&minute.to_string(), database.now.get())));
    }
    assert_eq!(database.integer("SELECT count(*) FROM forgotten_nonces"), 1);
}

#[test]
fn a_nonce_sent_to_two_instances_at_once_is_accepted_by_one() {
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
