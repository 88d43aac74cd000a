//! Presence: the leases of users who are online, and of instances that hold their polls.

use crate::command::command;
use crate::sql::{Row, Sql, ids_as_json, run};
use longwave_core::id::UserId;
use longwave_core::presence::{
    AHEAD_MAX, BURST, INSTANCE_LEASE, INSTANCE_LIFE, INSTANCES_KEPT, LEASE, OnlineStatus,
    OnlineStatuses, OpenPoll, UserOnPlatform,
};
use longwave_core::user::Platform;
use longwave_core::{Code, Error, Millis, Result};
use uuid::Uuid;

/// The position of an instance among those that hold polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The number of instances that hold polls, including this one.
    pub instances: i64,
    /// Whether the instance should end: at least [`INSTANCES_KEPT`] instances of its kind are
    /// older, and one of them is of the same burst or this one is [`INSTANCE_LIFE`] old.
    pub is_surplus: bool,
}

/// Renews the lease of an instance and those of its polls in one statement, and returns the position of the instance.
/// `instance_id` is a version 7 uuid, `-` and the kind of the instance. A user's lease never gets shorter, unless it
/// ends more than a minute after one that is given at `now`.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn renew(
    sql: &impl Sql,
    instance_id: &str,
    polls: &[OpenPoll],
    now: Millis,
) -> Result<Standing> {
    let statement = format!(
        "INSERT INTO renew_leases (instance_id, instance_until, polls, presence_until, now) \
         VALUES (?1, ?3, ?4, ?5, ?6) RETURNING {STANDING}"
    );
    let began = began(instance_id).unwrap_or(now);
    let parameters = vec![
        instance_id.into(),
        burst_since(began).into(),
        (now + INSTANCE_LEASE).into(),
        as_json(polls, now).into(),
        (now + LEASE).into(),
        now.into(),
    ];
    Standing::among(run(sql, Code::StoreFailed, &statement, parameters).await?, now - began)
}

/// The position of an instance, as [`renew`] returns it, without a write.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn standing(sql: &impl Sql, instance_id: &str, now: Millis) -> Result<Standing> {
    let statement = format!("SELECT {STANDING}");
    let began = began(instance_id).unwrap_or(now);
    let parameters = vec![instance_id.into(), burst_since(began).into()];
    Standing::among(run(sql, Code::StoreFailed, &statement, parameters).await?, now - began)
}

/// The number of instances, the number of older ones of the kind of `?1`, and whether one of these
/// is of the same burst, whose ids begin at `?2`.
const STANDING: &str = "(SELECT count(*) FROM instances), \
     (SELECT count(*) FROM instances WHERE id < ?1 AND substr(id, 37) = substr(?1, 37)), \
     EXISTS (SELECT 1 FROM instances WHERE id >= ?2 AND id < ?1 AND substr(id, 37) = substr(?1, 37))";

impl Standing {
    fn among(rows: Vec<Row>, age: Millis) -> Result<Self> {
        let no_row = || Error::failed(Code::StoreFailed, "instances were not counted");
        let mut row = rows.into_iter().next().ok_or_else(no_row)?;
        let (instances, older, is_of_burst) = (row.integer()?, row.integer()?, row.integer()? != 0);
        let is_over = is_of_burst || age >= INSTANCE_LIFE;
        Ok(Self { instances, is_surplus: older >= INSTANCES_KEPT && is_over })
    }
}

/// The time at which an instance began, from its id.
fn began(instance_id: &str) -> Option<Millis> {
    let uuid = Uuid::parse_str(instance_id.get(..36)?).ok()?;
    let (seconds, nanoseconds) = uuid.get_timestamp()?.to_unix();
    Millis::try_from(seconds * 1_000 + u64::from(nanoseconds / 1_000_000)).ok()
}

/// A lower bound of the ids of all instances in the same burst as one that began at this time: ids begin with the time.
fn burst_since(began: Millis) -> String {
    let since = (began - began.rem_euclid(BURST)).max(0);
    format!("{:08x}-{:04x}", since >> 16, since & 0xffff)
}

/// Ends the lease of an instance that no longer holds polls. The leases of its users stay.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn retire(sql: &impl Sql, instance_id: &str) -> Result<()> {
    let statement = "DELETE FROM instances WHERE id = ?1";
    run(sql, Code::StoreFailed, statement, vec![instance_id.into()]).await.map(drop)
}

/// The indexes in `polls` of those that were replaced by a later poll of the same login in another
/// instance.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn elsewhere(
    sql: &impl Sql,
    instance_id: &str,
    polls: &[OpenPoll],
    now: Millis,
) -> Result<Vec<usize>> {
    let statement = "SELECT poll.key FROM json_each(?1) AS poll \
         JOIN presence ON presence.user_id = poll.value ->> 0 AND presence.platform_id = poll.value ->> 1 \
         WHERE presence.login_id = poll.value ->> 2 AND presence.instance_id <> ?2 \
           AND (presence.polled_at, presence.instance_id) > (poll.value ->> 3, ?2)";
    let parameters = vec![as_json(polls, now).into(), instance_id.into()];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let number = |mut row: Row| Ok(usize::try_from(row.integer()?).unwrap_or(usize::MAX));
    rows.into_iter().map(number).collect()
}

/// Polls as one parameter, for `json_each`. A poll that has ended extends the lease but replaces no
/// other poll. A poll that arrived after `now`, because the clock was set back since, counts as
/// arriving now.
fn as_json(polls: &[OpenPoll], now: Millis) -> String {
    let poll =
        |OpenPoll { present: UserOnPlatform { user_id, platform }, login_id, since, until }: &_| {
            // Ids contain no character that JSON escapes.
            let platform = i64::from(*platform);
            let since = if *until <= now { 0 } else { now.min(*since) };
            format!("[\"{user_id}\",{platform},\"{login_id}\",{since}]")
        };
    format!("[{}]", polls.iter().map(poll).collect::<Vec<_>>().join(","))
}

/// Subscribes a session to the presence of these users, in place of its previous subscription.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn subscribe(
    sql: &impl Sql,
    subscriber: &UserOnPlatform,
    user_ids: &[UserId],
) -> Result<()> {
    command("subscribe_online")
        .set("subscriber_id", &subscriber.user_id)
        .set("platform_id", subscriber.platform)
        .set("user_ids", ids_as_json(user_ids))
        .run(sql, Code::StoreFailed)
        .await
}

/// The sessions that subscribed to a user's presence.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn subscribers(sql: &impl Sql, user_id: &str) -> Result<Vec<(String, Platform)>> {
    let statement =
        "SELECT subscriber_id, platform_id FROM online_subscriptions WHERE user_id = ?1";
    let rows = run(sql, Code::StoreFailed, statement, vec![user_id.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.text()?, platform(row.integer()?)?))).collect()
}

/// The online status of each of `user_ids`. If a lease ends more than a minute after one that is given at `now`,
/// because the clock has been set back since, all such leases are shortened to end as if given now.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn online_status(
    sql: &impl Sql,
    user_ids: &[UserId],
    now: Millis,
) -> Result<OnlineStatuses> {
    let statement = "SELECT user_id, platform_id, lease_until FROM presence \
         WHERE user_id IN (SELECT value FROM json_each(?1)) AND lease_until > ?2 \
         ORDER BY user_id, platform_id";
    let parameters = vec![ids_as_json(user_ids), now.into()];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let present = |mut row: Row| Ok((row.text()?, platform(row.integer()?)?, row.integer()?));
    let present = rows.into_iter().map(present).collect::<Result<Vec<_>>>()?;
    if present.iter().any(|(_, _, lease_until)| *lease_until > now + LEASE + AHEAD_MAX) {
        command("bound_leases")
            .set("presence_until", now + LEASE)
            .run(sql, Code::StoreFailed)
            .await?;
    }
    let status = |user_id: &UserId| {
        let own = present.iter().filter(|(present, ..)| present == user_id.as_str());
        let platform_ids: Vec<Platform> = own.map(|(_, platform, _)| *platform).collect();
        OnlineStatus { user_id: user_id.clone(), online: !platform_ids.is_empty(), platform_ids }
    };
    Ok(OnlineStatuses { items: user_ids.iter().map(status).collect() })
}

fn platform(number: i64) -> Result<Platform> {
    Platform::try_from(number).map_err(|error| Error::failed(Code::StoreFailed, error))
}
