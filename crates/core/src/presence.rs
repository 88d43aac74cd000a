//! Who is online.

use crate::id::UserId;
use crate::user::Platform;
use crate::{Error, Millis, Result};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// How often an instance renews the leases of those who poll it.
pub const RENEWAL: Millis = 10_000;

/// How long a lease lasts: 60 s from the end of the last poll, which may come a renewal later.
pub const LEASE: Millis = 60_000 + RENEWAL;

/// How many instances hold polls for good, and how many streams: the oldest ones of the kind. Others are there for a
/// burst, and end.
pub const INSTANCES_KEPT: i64 = 4;

/// The clock is cut into pieces of so many milliseconds, and instances that began in the same piece began in one burst.
/// The oldest of them stays for a while: without an instance that takes requests, the server opens another one for each
/// request. As each piece leaves one, there soon is one, however long a burst lasts.
pub const BURST: Millis = 8_000;

/// How long an instance that is neither kept nor of a burst holds polls, in milliseconds.
pub const INSTANCE_LIFE: Millis = 30_000;

/// How long an instance counts as one that holds polls, from its last renewal on.
pub const INSTANCE_LEASE: Millis = 3 * RENEWAL;

/// A lease: this user is online on this platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserOnPlatform {
    /// Who.
    pub user_id: UserId,
    /// Where.
    pub platform: Platform,
}

/// A poll, for as long as it is open and in the leases of whoever polls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPoll {
    /// Who is online by it.
    pub present: UserOnPlatform,
    /// Of which login: what tells it from others of the same user.
    pub login_id: Rc<str>,
    /// When it came; for a stream, when that began.
    pub since: Millis,
    /// How long it waits at most.
    pub until: Millis,
}

/// How far ahead of the time of day a stamp may be and still be believed: the clock that gave it was wrong
/// otherwise.
pub const AHEAD_MAX: Millis = 60_000;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribe(ids: impl IntoIterator<Item = String>) -> Result<Vec<UserId>> {
        SubscribeRequest { user_ids: Some(ids.into_iter().collect()) }.validate()
    }

    #[test]
    fn a_lease_is_good_for_a_minute_after_the_last_poll_however_late_that_is_seen() {
        assert_eq!(LEASE - RENEWAL, 60_000);
    }

    #[test]
    fn an_instance_may_be_late_with_two_renewals() {
        assert_eq!(INSTANCE_LEASE, RENEWAL + RENEWAL + RENEWAL);
    }

    #[test]
    fn a_hundred_users_are_heard_of_each_once_in_the_order_given() {
        let ids = ["u___2", "u___1", "u___2"].map(str::to_owned);
        let valid = subscribe(ids).unwrap();
        assert_eq!(valid.iter().map(UserId::as_str).collect::<Vec<_>>(), ["u___2", "u___1"]);
        assert!(subscribe([]).unwrap().is_empty());
        let users = |count: i64| (1..=count).map(|number| UserId::of_platform(number).to_string());
        assert_eq!(subscribe(users(100)).unwrap().len(), 100);
        let refused = subscribe(users(101)).unwrap_err();
        assert_eq!(refused.message(), "user_ids are 101; at most 100 are allowed");
        let refused = subscribe(["bob".to_owned()]).unwrap_err();
        assert_eq!(refused.message(), "user_ids: invalid user id: bob");
        let refused = SubscribeRequest { user_ids: None }.validate().unwrap_err();
        assert_eq!(refused.message(), "user_ids is required");
    }
}
