//! Revocations: which tokens of a user are refused although their logins know nothing of it.
//!
//! They are in the database, with the accounts: a key-value store that is lost or put back brings no revoked
//! token back.

use crate::sql::{Sql, run};
use longwave_core::id::UserId;
use longwave_core::internal::Revoke;
use longwave_core::token::is_ahead;
use longwave_core::user::Platform;
use longwave_core::{Code, Millis, Result};

/// Refuses from now on the tokens that were issued to a user on these platforms before `now`, and has whoever
/// polls with one of them look again.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn revoke(sql: &impl Sql, revoke: &Revoke, now: Millis) -> Result<()> {
    let statement = "INSERT INTO revoke_logins (user_id, platform_id, now) \
         SELECT ?1, value, ?3 FROM json_each(?2)";
    let platforms: Vec<String> =
        revoke.platforms.iter().map(|platform| i64::from(*platform).to_string()).collect();
    let parameters = vec![
        revoke.user_id.as_str().into(),
        format!("[{}]", platforms.join(",")).into(),
        now.into(),
    ];
    run(sql, Code::StoreFailed, statement, parameters).await.map(drop)
}

/// The moment before which the tokens of a user on a platform are revoked, if they ever were. A moment that a
/// clock which was ahead has stamped is corrected to `now`, once and for all: what is issued after that is good.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn revoked_before(
    sql: &impl Sql,
    user_id: &UserId,
    platform: Platform,
    now: Millis,
) -> Result<Option<Millis>> {
    const BEFORE: &str = "SELECT before FROM revocations WHERE user_id = ?1 AND platform_id = ?2";
    const CORRECT: &str = "UPDATE revocations SET before = ?3 \
         WHERE user_id = ?1 AND platform_id = ?2 AND before > ?3 RETURNING before";
    let key = || vec![user_id.as_str().into(), i64::from(platform).into()];
    let rows = run(sql, Code::StoreFailed, BEFORE, key()).await?;
    let before = rows.into_iter().next().map(|mut row| row.integer()).transpose()?;
    match before {
        Some(before) if is_ahead(before, now) => {
            let mut parameters = key();
            parameters.push(now.into());
            run(sql, Code::StoreFailed, CORRECT, parameters).await?;
            Ok(Some(now))
        }
        before => Ok(before),
    }
}
