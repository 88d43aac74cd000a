//! What services that sign their calls do (contract A.3).

use crate::sql::{Sql, run};
use crate::user::{profile_after, profile_from_row};
use longwave_core::internal::Upsert;
use longwave_core::user::Profile;
use longwave_core::{Code, Millis, Result};

/// Uses a nonce of a service, which it must not use again until `expires_at`.
///
/// # Errors
/// `10002` when it was used before; `20002` when the database does not answer.
pub async fn use_nonce(
    sql: &impl Sql,
    service: &str,
    nonce: &str,
    expires_at: Millis,
    now: Millis,
) -> Result<()> {
    let statement =
        "INSERT INTO use_nonce (service, nonce, expires_at, now) VALUES (?1, ?2, ?3, ?4)";
    let parameters = vec![service.into(), nonce.into(), expires_at.into(), now.into()];
    run(sql, Code::StoreFailed, statement, parameters).await.map(drop)
}

/// Makes a user of the platform, or changes the fields that are given, and gives the profile as it
/// then is.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn upsert_user(sql: &impl Sql, upsert: Upsert, now: Millis) -> Result<Profile> {
    let statement = format!(
        "INSERT INTO upsert_user (id, nickname, avatar, extra, now) VALUES (?1, ?2, ?3, ?4, ?5) \
         RETURNING {}",
        profile_after("upsert_user", "id")
    );
    let Upsert { user_id, profile: update } = upsert;
    let parameters = vec![
        user_id.as_str().into(),
        update.nickname.into(),
        update.avatar.into(),
        update.extra.into(),
        now.into(),
    ];
    let rows = run(sql, Code::StoreFailed, &statement, parameters).await?;
    profile_from_row(rows.into_iter().next().ok_or(Code::UserNotFound)?)
}
