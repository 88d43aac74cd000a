//! The users of a measure: platform users, who need no password, because hashing one takes longer than most of what
//! is measured.

use crate::progress::each;
use crate::server::Server;
use anyhow::{Context, Result};
use futures::stream::{self, StreamExt};
use jwt_simple::prelude::{Claims, Duration, HS256Key, MACLike};
use longwave_client::{Session, UserId};
use serde_json::json;
use uuid::Uuid;

/// Users created at a time.
const AT_A_TIME: usize = 8;

/// Creates `count` new users, each with a token that lasts a day.
///
/// # Errors
/// When the server rejects the bench's signature, or a token cannot be signed.
pub async fn make(server: &Server, count: usize, who: &str) -> Result<Vec<Session>> {
    // Random ids below 2^62, so far apart that those of two calls do not overlap.
    let (first, _) = Uuid::new_v4().as_u64_pair();
    let first = i64::try_from(first >> 2)?;
    let key = HS256Key::from_bytes(server.external_secret.as_bytes());
    let users: Vec<UserId> =
        (0..i64::try_from(count)?).map(|number| UserId::of_platform(first + number)).collect();
    let made = stream::iter(&users).map(|user_id| server.service.upsert_user(user_id, ""));
    each(made.buffer_unordered(AT_A_TIME), &format!("users {who}"), count).await?;
    let session = |user_id: UserId| {
        let id = user_id.as_str().trim_start_matches("u___").to_owned();
        let claims = Claims::with_custom_claims(json!({ "user_id": id }), Duration::from_days(1));
        let token = key.authenticate(claims).context("sign a token")?;
        Ok(server.client.with_token(user_id, token))
    };
    users.into_iter().map(session).collect()
}
