//! Sessions: the latest login of a user on each platform, and whether it was logged out. They are
//! in the database and not only in the key-value store, which may be lost, or restored without the
//! database.

use crate::command::command;
use crate::revocation;
use crate::sql::{Row, Sql, run};
use longwave_core::presence::UserOnPlatform;
use longwave_core::token::{Origin, Revoked, Token};
use longwave_core::{Code, Error, Millis, Reason, Result};

/// The state of a login in the database.
struct Found {
    revoked: Revoked,
    has_account: bool,
    latest: Option<Session>,
}

/// The latest login of a user on a platform.
struct Session {
    jti: String,
    is_logged_out: bool,
}

async fn find(sql: &impl Sql, token: &Token) -> Result<Found> {
    const FIND: &str = "SELECT coalesce(number, 0), coalesce(before, 0), \
         EXISTS (SELECT 1 FROM users WHERE id = ?1), jti, coalesce(logged_out, 0) FROM (SELECT 1) \
         LEFT JOIN revocations ON revocations.user_id = ?1 AND revocations.platform_id = ?2 \
         LEFT JOIN sessions ON sessions.user_id = ?1 AND sessions.platform_id = ?2";
    let parameters = vec![token.user_id.as_str().into(), i64::from(token.platform).into()];
    let rows = run(sql, Code::AuthUnavailable, FIND, parameters).await?;
    let no_row = || Error::failed(Code::AuthUnavailable, "the query of a login gave no row");
    let mut row: Row = rows.into_iter().next().ok_or_else(no_row)?;
    let revoked = Revoked { number: row.integer()?, before: row.integer()? };
    let (has_account, jti, is_logged_out) =
        (row.integer()? != 0, row.optional_text()?, row.integer()? != 0);
    let latest = jti.map(|jti| Session { jti, is_logged_out });
    Ok(Found { revoked, has_account, latest })
}

/// Checks against the database that a token was not revoked and, for a native token, that its
/// account exists and that no later login replaced it and no logout ended it, in this order.
///
/// A revocation stamped by a clock that ran ahead would also end tokens that the platform issues
/// later. The first external token that is checked against such a revocation corrects its time to
/// `now`.
///
/// # Errors
/// `10101` with the reason; `20101` if the database does not answer.
pub async fn check(sql: &impl Sql, token: &Token, now: Millis) -> Result<()> {
    let Found { mut revoked, has_account, latest } = find(sql, token).await?;
    // A token without a time of issue is refused in any case, and must not move a revocation.
    if revoked.is_ahead(now) && matches!(token.origin, Origin::External(1..)) {
        revoked = revocation::date_as_of_now(sql, token, now).await?;
    }
    token.check_revoked(revoked)?;
    let Origin::Native(jti) = &token.origin else { return Ok(()) };
    let reason = match latest {
        _ if !has_account => Reason::Unknown,
        Some(latest) if latest.jti != *jti => Reason::NewLogin,
        Some(latest) if latest.is_logged_out => Reason::Logout,
        _ => return Ok(()),
    };
    Err(Error::from(Code::TokenInvalid).because(reason))
}

/// Makes the login with this `jti` the latest one. Instances that hold polls of the previous login check it again.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn begin(sql: &impl Sql, present: &UserOnPlatform, jti: &str, now: Millis) -> Result<()> {
    command("begin_session")
        .set("user_id", &present.user_id)
        .set("platform_id", present.platform)
        .set("jti", jti)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Logs out the login with this `jti`, unless a later one has replaced it. Instances that hold polls of it check it
/// again.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn end(sql: &impl Sql, present: &UserOnPlatform, jti: &str, now: Millis) -> Result<()> {
    command("end_session")
        .set("user_id", &present.user_id)
        .set("platform_id", present.platform)
        .set("jti", jti)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// The `jti` of the latest login of a user on a platform, logged out or not.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn latest(sql: &impl Sql, present: &UserOnPlatform) -> Result<Option<String>> {
    const LATEST: &str = "SELECT jti FROM sessions WHERE user_id = ?1 AND platform_id = ?2";
    let parameters = vec![present.user_id.as_str().into(), i64::from(present.platform).into()];
    let rows = run(sql, Code::StoreFailed, LATEST, parameters).await?;
    rows.into_iter().next().map(|mut row| row.text()).transpose()
}
