//! Rate limits per minute. The minute begins with the first call. The count is a row of the database, so it is exact
//! across instances.

use crate::Millis;
use crate::address::Address;
use crate::id::UserId;

/// The period of a count.
pub const MINUTE: Millis = 60_000;

/// Login attempts per minute on one account, from all addresses together.
const LOGINS_PER_ACCOUNT: i64 = 10;

/// Typing notifications per minute of one user: one per second.
const TYPING: i64 = 60;

/// A subject and its rate limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The key of the count: the kind of call, and its address, account or user.
    pub subject: String,
    /// Calls per minute; 0 disables the limit.
    pub per_minute: i64,
}

impl Quota {
    /// Registrations from one address.
    #[must_use]
    pub fn registration(address: &Address, per_minute: i64) -> Self {
        Self { subject: format!("register:{address}"), per_minute }
    }

    /// Login attempts, successful or not: from one address, and on one account from all addresses (10 a minute),
    /// whether or not the account exists.
    #[must_use]
    pub fn login(address: &Address, username: &str, per_minute: i64) -> [Self; 2] {
        let per_account = if per_minute == 0 { 0 } else { LOGINS_PER_ACCOUNT };
        [
            Self { subject: format!("login:{address}"), per_minute },
            Self { subject: format!("account:{username}"), per_minute: per_account },
        ]
    }

    /// Typing notifications of one user.
    #[must_use]
    pub fn typing(user_id: &UserId) -> Self {
        Self { subject: format!("typing:{user_id}"), per_minute: TYPING }
    }

    /// Changes by one user of anything other than messages and read positions.
    #[must_use]
    pub fn changing(user_id: &UserId, per_minute: i64) -> Self {
        Self { subject: format!("change:{user_id}"), per_minute }
    }

    /// Edits of messages by one user.
    #[must_use]
    pub fn editing(user_id: &UserId, per_minute: i64) -> Self {
        Self { subject: format!("edit:{user_id}"), per_minute }
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
    fn a_login_counts_for_its_address_and_its_account_unless_limits_are_disabled() {
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
    fn each_kind_of_call_has_its_own_subject() {
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
