//! What a service has revoked (field F17). It lies in the database and not in the key-value store, which may be
//! lost or restored alone.

use crate::command::command;
use crate::sql::{Row, Sql, run};
use longwave_core::id::UserId;
use longwave_core::internal::Revoke;
use longwave_core::token::{Revoked, Token};
use longwave_core::user::Platform;
use longwave_core::{Code, Millis, Result};

/// What was revoked of a user on a platform.
///
/// # Errors
/// `20101` when the database does not answer.
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

/// Dates the latest revocation of a token's user and platform as of now, where a clock that ran ahead has stamped it;
/// gives what is revoked then.
///
/// # Errors
/// `20101` when the database does not answer.
pub async fn date_as_of_now(sql: &impl Sql, token: &Token, now: Millis) -> Result<Revoked> {
    command("correct_revocation")
        .set("user_id", &token.user_id)
        .set("platform_id", token.platform)
        .set("now", now)
        .run(sql, Code::AuthUnavailable)
        .await?;
    of(sql, &token.user_id, token.platform).await
}

/// Revokes what was issued to a user on these platforms until `now`, and has whoever holds polls of
/// the user look at its login again.
///
/// # Errors
/// `20002` when the database does not answer.
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
