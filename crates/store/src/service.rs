//! Commands of the operator's services, which sign their calls.

use crate::command::command;
use crate::sql::Sql;
use crate::user::{profile_after, profile_from_row};
use longwave_core::internal::Upsert;
use longwave_core::user::Profile;
use longwave_core::{Code, Millis, Result};

/// Records that a service used a nonce, which is refused from now on. `expires_at` is the last
/// moment at which the call would be accepted; the nonce may be deleted after it.
///
/// # Errors
/// `10002` if the nonce was used before, or may have been used and deleted since, while the clock
/// ran ahead; `20002` if the database does not answer.
pub async fn use_nonce(
    sql: &impl Sql,
    service: &str,
    nonce: &str,
    expires_at: Millis,
    now: Millis,
) -> Result<()> {
    command("use_nonce")
        .set("service", service)
        .set("nonce", nonce)
        .set("expires_at", expires_at)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Creates a user of the platform or updates the given fields, and returns the resulting profile.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn upsert_user(sql: &impl Sql, upsert: Upsert, now: Millis) -> Result<Profile> {
    let Upsert { user_id, profile: update } = upsert;
    let row = command("upsert_user")
        .set("id", &user_id)
        .set("nickname", update.nickname)
        .set("avatar", update.avatar)
        .set("extra", update.extra)
        .set("now", now)
        .returning(sql, Code::StoreFailed, &profile_after("upsert_user", "id"))
        .await?;
    profile_from_row(row.ok_or(Code::UserNotFound)?)
}
