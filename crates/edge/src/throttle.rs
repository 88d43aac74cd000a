//! How often a minute a user may do what others are told of.

use crate::{clock, database::Database, variables};
use longwave_core::Result;
use longwave_core::id::UserId;
use longwave_core::throttle::Quota;
use longwave_store::throttle;

/// Counts a call of `user_id` that changes something but messages and what was read, and so fills
/// the log: `change_per_minute` of them, together (field F19). What is refused later counts too.
///
/// # Errors
/// `10005`, with the seconds until the minute is over; `20001` when the variable makes no sense;
/// `20002` when the database does not answer.
pub async fn count_change(database: &Database, user_id: &UserId) -> Result<()> {
    let quota = Quota::changing(user_id, variables::change_per_minute().await?);
    throttle::spend(database, &[quota], clock::now()).await
}
