//! What ended logins: what a service has revoked (field F17), a logout, a later login. It lies in the database
//! and not only in the key-value store, which may be lost or restored alone.

use crate::sql::{Row, Sql, Value, run};
use longwave_core::id::UserId;
use longwave_core::internal::Revoke;
use longwave_core::presence::Present;
use longwave_core::token::{Origin, Revoked, Token};
use longwave_core::user::Platform;
use longwave_core::{Code, Error, Millis, Reason, Result};

/// What was revoked of a user on a platform.
///
/// # Errors
/// `20101` when the database does not answer.
pub async fn of(sql: &impl Sql, user_id: &UserId, platform: Platform) -> Result<Revoked> {
    Ok(found(sql, user_id, platform, "").await?.revoked)
}

/// What the database has about a login.
struct Found {
    revoked: Revoked,
    /// Why the login was ended, in the word of the wire.
    ended: Option<String>,
}

/// `jti`: which login, if it is one of ours.
async fn found(sql: &impl Sql, user_id: &UserId, platform: Platform, jti: &str) -> Result<Found> {
    const FOUND: &str = "SELECT coalesce(times, 0), coalesce(before, 0), reason FROM (SELECT 1) \
         LEFT JOIN revocations ON user_id = ?1 AND platform_id = ?2 LEFT JOIN ended_logins ON jti = ?3";
    let parameters = vec![user_id.as_str().into(), i64::from(platform).into(), jti.into()];
    let rows = run(sql, Code::AuthUnavailable, FOUND, parameters).await?;
    let no_row = || Error::failed(Code::AuthUnavailable, "the query of a login gave no row");
    let mut row: Row = rows.into_iter().next().ok_or_else(no_row)?;
    let revoked = Revoked { times: row.integer()?, before: row.integer()? };
    Ok(Found { revoked, ended: row.optional_text()? })
}

/// Checks that a token was not revoked since it was issued, and that its login was not ended. That it was
/// revoked is told first.
///
/// A revocation that a clock stamped which ran ahead would also end what the platform issues
/// later. Once an external token meets one, it counts as of now.
///
/// # Errors
/// `10101` with the reason; `20101` when the database does not answer.
pub async fn check(sql: &impl Sql, token: &Token, now: Millis) -> Result<()> {
    let jti = if let Origin::Native(jti) = &token.origin { jti } else { "" };
    let Found { mut revoked, ended } = found(sql, &token.user_id, token.platform, jti).await?;
    // What has no time of issue is over in any case, and must not make a revocation any earlier.
    if revoked.is_ahead(now) && matches!(token.origin, Origin::External(1..)) {
        revoked = date_as_of_now(sql, token, now).await?;
    }
    token.check_revoked(revoked)?;
    ended.map_or(Ok(()), |word| {
        let reason = Reason::from_word(&word).unwrap_or(Reason::Unknown);
        Err(Error::from(Code::TokenInvalid).because(reason))
    })
}

async fn date_as_of_now(sql: &impl Sql, token: &Token, now: Millis) -> Result<Revoked> {
    const CORRECT: &str =
        "INSERT INTO correct_revocation (user_id, platform_id, now) VALUES (?1, ?2, ?3)";
    let platform = i64::from(token.platform);
    let parameters = vec![token.user_id.as_str().into(), platform.into(), now.into()];
    run(sql, Code::AuthUnavailable, CORRECT, parameters).await?;
    of(sql, &token.user_id, token.platform).await
}

/// Revokes what was issued to a user on these platforms until `now`, and has whoever holds polls of
/// the user look at its login again.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn revoke(sql: &impl Sql, revoke: &Revoke, now: Millis) -> Result<()> {
    const REVOKE: &str =
        "INSERT INTO revoke_logins (user_id, platform_ids, now) VALUES (?1, ?2, ?3)";
    let platforms: Vec<String> =
        revoke.platforms.iter().map(|platform| i64::from(*platform).to_string()).collect();
    let platforms = Value::Text(format!("[{}]", platforms.join(",")));
    let parameters = vec![revoke.user_id.as_str().into(), platforms, now.into()];
    run(sql, Code::StoreFailed, REVOKE, parameters).await.map(drop)
}

/// Ends the login with this `jti`, whose token is over by `expires_at`, and has whoever holds polls of its
/// user on its platform look at the login again. Of two reasons the first stays.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn end_login(
    sql: &impl Sql,
    present: &Present,
    jti: &str,
    reason: Reason,
    expires_at: Millis,
    now: Millis,
) -> Result<()> {
    const END: &str = "INSERT INTO end_login (jti, reason, expires_at, user_id, platform_id, now) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (user_id, platform) = (present.user_id.as_str(), i64::from(present.platform));
    let parameters = vec![
        jti.into(),
        reason.as_str().into(),
        expires_at.into(),
        user_id.into(),
        platform.into(),
        now.into(),
    ];
    run(sql, Code::StoreFailed, END, parameters).await.map(drop)
}
