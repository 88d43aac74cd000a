//! Leases of those who are online.

use crate::sql::{Row, Sql, ids_as_json, run};
use longwave_core::id::UserId;
use longwave_core::presence::{LEASE, OnlineStatus, OnlineStatuses, Present};
use longwave_core::user::Platform;
use longwave_core::{Code, Error, Millis, Result};

/// Renews the leases of all of `present`, in one statement. A lease never gets shorter.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn renew(sql: &impl Sql, present: &[Present], now: Millis) -> Result<()> {
    let statement = "INSERT INTO presence (user_id, platform_id, lease_until) \
         SELECT value ->> 0, value ->> 1, ?2 FROM json_each(?1) WHERE TRUE \
         ON CONFLICT (user_id, platform_id) \
         DO UPDATE SET lease_until = max(lease_until, excluded.lease_until)";
    // Ids need no escaping: none of their characters means anything in JSON.
    let present: Vec<String> = present
        .iter()
        .map(|Present { user_id, platform }| format!("[\"{user_id}\",{}]", i64::from(*platform)))
        .collect();
    let parameters = vec![format!("[{}]", present.join(",")).into(), (now + LEASE).into()];
    run(sql, Code::StoreFailed, statement, parameters).await.map(drop)
}

/// Who of `user_ids` is online, and where.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn online_status(
    sql: &impl Sql,
    user_ids: &[UserId],
    now: Millis,
) -> Result<OnlineStatuses> {
    let statement = "SELECT user_id, platform_id FROM presence \
         WHERE user_id IN (SELECT value FROM json_each(?1)) AND lease_until > ?2 \
         ORDER BY user_id, platform_id";
    let parameters = vec![ids_as_json(user_ids), now.into()];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let present = |mut row: Row| Ok((row.text()?, platform(row.integer()?)?));
    let present = rows.into_iter().map(present).collect::<Result<Vec<_>>>()?;
    let status = |user_id: &UserId| {
        let own = present.iter().filter(|(present, _)| present == user_id.as_str());
        let platform_ids: Vec<Platform> = own.map(|(_, platform)| *platform).collect();
        OnlineStatus { user_id: user_id.clone(), online: !platform_ids.is_empty(), platform_ids }
    };
    Ok(OnlineStatuses { items: user_ids.iter().map(status).collect() })
}

fn platform(number: i64) -> Result<Platform> {
    Platform::try_from(number).map_err(|error| Error::failed(Code::StoreFailed, error))
}
