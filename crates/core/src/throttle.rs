//! What may be done so often in a minute. The minute begins with the first time, and the count is exact across
//! instances: it is a row of the database.

use crate::Millis;
use crate::address::Address;
use crate::id::UserId;

/// How long a count lasts.
pub const MINUTE: Millis = 60_000;

/// How often a minute one account may be tried to log in to, from wherever.
const LOGINS_PER_ACCOUNT: i64 = 10;

/// How often a minute a user may tell of typing: once a second.
const TYPING: i64 = 60;

/// A subject, and how often a minute it may do what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What is counted.
    pub subject: String,
    /// How often; 0 is no limit.
    pub per_minute: i64,
}

impl Quota {
    /// Registrations from one address.
    #[must_use]
    pub fn registration(address: &Address, per_minute: i64) -> Self {
        Self { subject: format!("register:{address}"), per_minute }
    }

    /// Logins, right or wrong: from one address, and to one account from wherever, 10 a minute,
    /// whether or not there is such an account.
    #[must_use]
    pub fn login(address: &Address, username: &str, per_minute: i64) -> [Self; 2] {
        let per_account = if per_minute == 0 { 0 } else { LOGINS_PER_ACCOUNT };
        [
            Self { subject: format!("login:{address}"), per_minute },
            Self { subject: format!("account:{username}"), per_minute: per_account },
        ]
    }

    /// What one user tells of typing.
    #[must_use]
    pub fn typing(user_id: &UserId) -> Self {
        Self { subject: format!("typing:{user_id}"), per_minute: TYPING }
    }

    /// What one user changes of anything but messages and what was read.
    #[must_use]
    pub fn changing(user_id: &UserId, per_minute: i64) -> Self {
        Self { subject: format!("change:{user_id}"), per_minute }
    }

    /// Messages of one sender.
    #[must_use]
    pub fn sending(sender_id: &UserId, per_minute: i64) -> Self {
        Self { subject: format!("send:{sender_id}"), per_minute }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_counts_for_its_address_and_for_its_account_unless_there_is_no_limit() {
        let quota = |subject: &str, per_minute| Quota { subject: subject.into(), per_minute };
        let [address, account] = Quota::login(&Address::last_of("203.0.113.9:80"), "ann", 30);
        assert_eq!(address, quota("login:203.0.113.9", 30));
        assert_eq!(account, quota("account:ann", 10));
        assert_eq!(
            Quota::login(&Address::last_of(""), "ann", 0).map(|quota| quota.per_minute),
            [0, 0]
        );
    }

    #[test]
    fn what_is_counted_is_told_apart_by_its_subject() {
        let ann = UserId::of_platform(7);
        assert_eq!(
            Quota::registration(&Address::last_of("203.0.113.9"), 5).subject,
            "register:203.0.113.9"
        );
        assert_eq!(Quota::sending(&ann, 5).subject, "send:u___7");
        assert_eq!(Quota::changing(&ann, 5).subject, "change:u___7");
        assert_eq!(Quota::typing(&ann), Quota { subject: "typing:u___7".into(), per_minute: 60 });
    }
}
