//! Presence: the users who are online, and the instances that hold their polls.

use crate::id::UserId;
use crate::user::Platform;
use crate::{Error, Millis, Result};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Interval at which an instance renews the leases of its polls.
pub const RENEWAL: Millis = 10_000;

/// Duration of a lease: 60 s after the last poll, plus one interval, because at the end of a poll
/// the last renewal may be that old.
pub const LEASE: Millis = 60_000 + RENEWAL;

/// Number of instances of each kind (polls, streams) that stay: the oldest ones. Others serve a
/// burst and end.
pub const INSTANCES_KEPT: i64 = 4;

/// Duration of a burst. Instances that began in the same interval of this length form a burst, and
/// the oldest of them stays for [`INSTANCE_LIFE`]: without an instance that accepts requests, the
/// server opens a new one for each request. A longer burst has one such instance per interval.
pub const BURST: Millis = 8_000;

/// How long the oldest instance of a burst holds polls, unless it is one of [`INSTANCES_KEPT`].
pub const INSTANCE_LIFE: Millis = 30_000;

/// Duration of the lease of an instance: it counts as holding polls for this long after its last renewal.
pub const INSTANCE_LEASE: Millis = 3 * RENEWAL;

/// A user on a platform: the subject of a lease and of a login.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserOnPlatform {
    /// The id of the user.
    pub user_id: UserId,
    /// The platform of the login.
    pub platform: Platform,
}

/// An open poll, for the lease of its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPoll {
    /// The user and platform that the poll marks online.
    pub present: UserOnPlatform,
    /// The id of the login, unique among the logins of the user.
    pub login_id: Rc<str>,
    /// When the poll arrived or, for a stream, when the stream began.
    pub since: Millis,
    /// When the poll ends at the latest.
    pub until: Millis,
}

/// Maximum milliseconds by which a stored time may be ahead of the clock. A later time was stamped
/// by a clock that ran ahead. The commands `bound_leases`, `renew_leases` and `correct_revocation` repeat this number.
pub const AHEAD_MAX: Millis = 60_000;

/// Whether a user is online.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnlineStatus {
    /// The id of the user.
    pub user_id: UserId,
    /// Whether the user is polling on any platform, or was in the last 60 to 70 s.
    pub online: bool,
    /// The platforms on which the user is online, ascending.
    pub platform_ids: Vec<Platform>,
}

/// The presence of users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnlineStatuses {
    /// One item per user, ordered by id.
    pub items: Vec<OnlineStatus>,
}

/// Maximum number of users whose presence a session can subscribe to.
pub const SUBSCRIPTIONS_MAX: usize = 100;

/// The users whose presence to subscribe to.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubscribeRequest {
    /// 0 to 100 ids, which replace those of the previous subscription.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<UserId>", length(max = 100)))]
    user_ids: Option<Vec<String>>,
}

impl SubscribeRequest {
    /// The users in the given order, without duplicates.
    ///
    /// # Errors
    /// `10001` if the ids are missing, too many or invalid.
    pub fn validate(self) -> Result<Vec<UserId>> {
        let ids = self.user_ids.ok_or_else(|| Error::invalid("user_ids is required"))?;
        if ids.len() > SUBSCRIPTIONS_MAX {
            let message =
                format!("user_ids are {}; at most {SUBSCRIPTIONS_MAX} are allowed", ids.len());
            return Err(Error::invalid(message));
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
    fn a_lease_lasts_a_minute_plus_one_renewal() {
        assert_eq!(LEASE - RENEWAL, 60_000);
    }

    #[test]
    fn an_instance_may_miss_two_renewals() {
        assert_eq!(INSTANCE_LEASE, RENEWAL + RENEWAL + RENEWAL);
    }

    #[test]
    fn a_subscription_takes_up_to_a_hundred_users_in_order_without_duplicates() {
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
