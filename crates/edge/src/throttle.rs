//! The limit on the changes of one user.

use crate::{database::Database, variables};
use longwave_core::id::UserId;
use longwave_core::throttle::Quota;
use longwave_core::{Millis, Result};
use longwave_store::throttle;

/// Counts a request of a user that changes anything other than messages and read positions. All of them together are
/// limited to `change_per_minute`, because each adds to the log; a request that is refused afterwards counts too.
///
/// # Errors
/// `10005`, with the seconds until the minute ends; `20001` if the variable is not valid;
/// `20002` if the database does not answer.
pub async fn count_change(database: &Database, user_id: &UserId, now: Millis) -> Result<()> {
    let quota = Quota::changing(user_id, variables::change_per_minute().await?);
    throttle::spend(database, &[quota], now).await
}
