//! Rate limits per minute.

use crate::sql::{Sql, Value, run};
use longwave_core::throttle::{MINUTE, Quota};
use longwave_core::{Code, Error, Millis, Result};

/// Maximum milliseconds by which a minute may begin after a request that exceeds its quota, because
/// another request that arrived later was counted first.
const OVERTAKEN: Millis = 1_000;

/// Counts one more action for each of `quotas`, or for none of them if one is used up.
///
/// # Errors
/// `10005`, with the seconds until its minute ends; `20002` if the database does not answer.
pub async fn spend(sql: &impl Sql, quotas: &[Quota], now: Millis) -> Result<()> {
    let rows = vec!["(?, ?, ?)"; quotas.len()].join(", ");
    let statement = format!("INSERT INTO count_in_minute (subject, per_minute, now) VALUES {rows}");
    let row = |quota: &Quota| -> [Value; 3] {
        [quota.subject.as_str().into(), quota.per_minute.into(), now.into()]
    };
    let spent =
        run(sql, Code::StoreFailed, &statement, quotas.iter().flat_map(row).collect()).await;
    with_retry_after(sql, spent, quotas, now).await.map(drop)
}

/// Returns `result`. If it refuses because one of `quotas` is used up, adds the seconds after which
/// to retry, 1 to 120. They are 60 if the minutes cannot be read, because a refusal is not a failure.
pub(crate) async fn with_retry_after<T>(
    sql: &impl Sql,
    result: Result<T>,
    quotas: &[Quota],
    now: Millis,
) -> Result<T> {
    let Err(error) = result else { return result };
    if error.code() != Code::TooManyRequests {
        return Err(error);
    }
    let free_at = free_at(sql, quotas, now).await.unwrap_or(now + MINUTE);
    let seconds = (free_at - now + 999) / 1000;
    Err(Error::too_many(seconds.min(2 * MINUTE / 1000)))
}

/// The time at which the last minute of the quotas that are used up ends.
async fn free_at(sql: &impl Sql, quotas: &[Quota], now: Millis) -> Result<Millis> {
    const STARTED: &str =
        "SELECT max(minute_start) FROM throttles WHERE subject = ?1 AND count >= ?2";
    let mut free_at = now + 1;
    for Quota { subject, per_minute } in quotas {
        let parameters = vec![subject.as_str().into(), (*per_minute).into()];
        for mut row in run(sql, Code::StoreFailed, STARTED, parameters).await? {
            let Some(started) = row.optional_integer()? else { continue };
            let started = if started - now < OVERTAKEN { started.min(now) } else { started };
            free_at = free_at.max(started + MINUTE);
        }
    }
    Ok(free_at)
}
