//! Revocations by services. They are in the database and not in the key-value store, which may be
//! lost, or restored without the database.

use crate::command::command;
use crate::sql::{Row, Sql, run};
use longwave_core::id::UserId;
use longwave_core::internal::Revoke;
use longwave_core::token::{Revoked, Token};
use longwave_core::user::Platform;
use longwave_core::{Code, Millis, Result};

/// The latest revocation of a user's logins on a platform; the default if there is none.
///
/// # Errors
/// `20101` if the database does not answer.
pub async fn of(sql: &impl Sql, user_id: &UserId, platform: Platform) -> Result<Revoked> {
    const OF: &str =
        "SELECT number, before FROM revocations WHERE user_id = ?1 AND platform_id = ?2";
    let parameters = vec![user_id.as_str().into(), i64::from(platform).into()];
    let rows = run(sql, Code::AuthUnavailable, OF, parameters).await?;
    rows.into_iter().next().map_or_else(|| Ok(Revoked::default()), revoked)
}

fn revoked(mut row: Row) -> Result<Revoked> {
    Ok(Revoked { number: row.integer()?, before: row.integer()? })
}

/// Corrects the time of a revocation that was stamped by a clock that ran ahead: it counts as of now. Returns the
/// corrected revocation.
///
/// # Errors
/// `20101` if the database does not answer.
pub async fn date_as_of_now(sql: &impl Sql, token: &Token, now: Millis) -> Result<Revoked> {
    command("correct_revocation")
        .set("user_id", &token.user_id)
        .set("platform_id", token.platform)
        .set("now", now)
        .run(sql, Code::AuthUnavailable)
        .await?;
    of(sql, &token.user_id, token.platform).await
}

/// Revokes all logins issued to a user on these platforms until `now`. Instances that hold polls of the user check them
/// again.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn revoke(sql: &impl Sql, revoke: &Revoke, now: Millis) -> Result<()> {
    let platforms: Vec<String> =
        revoke.platforms.iter().map(|platform| i64::from(*platform).to_string()).collect();
    command("revoke_logins")
        .set("user_id", &revoke.user_id)
        .set("platform_ids", format!("[{}]", platforms.join(",")))
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}
