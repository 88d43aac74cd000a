//! Who is online (design, "Settled details": Presence).

use crate::id::UserId;
use crate::user::Platform;
use crate::{Error, Millis, Result};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// How often an instance renews the leases of those who poll it.
pub const RENEWAL: Millis = 10_000;

/// How long a lease lasts: 60 s from the end of the last poll, which may come a renewal later.
pub const LEASE: Millis = 60_000 + RENEWAL;

/// How long an instance counts as one that holds polls, from its last renewal on.
pub const INSTANCE_LEASE: Millis = 3 * RENEWAL;

/// A lease: this user is online on this platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Present {
    /// Who.
    pub user_id: UserId,
    /// Where.
    pub platform: Platform,
}

/// A poll, for as long as it is open and in the leases of whoever polls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPoll {
    /// Who is online by it.
    pub present: Present,
    /// Of which login: what tells it from others of the same user.
    pub login_id: Rc<str>,
    /// When it came.
    pub since: Millis,
    /// How long it waits at most.
    pub until: Millis,
}

/// Whether a user is online.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineStatus {
    /// Who.
    pub user_id: UserId,
    /// Whether on any platform.
    pub online: bool,
    /// On which, ascending.
    pub platform_ids: Vec<Platform>,
}

/// `data` of a question for who is online.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineStatuses {
    /// One for each id that was asked for, in the order of the ids.
    pub items: Vec<OnlineStatus>,
}

/// Most users whose coming and going a session hears of.
pub const SUBSCRIPTIONS_MAX: usize = 100;

/// The body of `POST /user/online_subscribe`, as received.
#[derive(Debug, Deserialize)]
pub struct SubscribeRequest {
    user_ids: Option<Vec<String>>,
}

impl SubscribeRequest {
    /// The users, each once, in the order given: 0 to 100.
    ///
    /// # Errors
    /// `10001` without them, with too many or with one that is no id.
    pub fn validate(self) -> Result<Vec<UserId>> {
        let ids = self.user_ids.ok_or_else(|| Error::invalid("user_ids is required"))?;
        if ids.len() > SUBSCRIPTIONS_MAX {
            let told =
                format!("user_ids are {}; at most {SUBSCRIPTIONS_MAX} are allowed", ids.len());
            return Err(Error::invalid(told));
        }
        let mut valid = Vec::with_capacity(ids.len());
        for id in &ids {
            let id = UserId::required("user_ids", Some(id))?;
            if !valid.contains(&id) {
                valid.push(id);
            }
        }
        Ok(valid)
    }
}
