//! Who is online (design, "Settled details": Presence).

use crate::Millis;
use crate::id::UserId;
use crate::user::Platform;
use serde::{Deserialize, Serialize};

/// How often an instance renews the leases of those who poll it.
pub const RENEWAL: Millis = 10_000;

/// How long a lease lasts: 60 s from the end of the last poll, which may come a renewal later.
pub const LEASE: Millis = 60_000 + RENEWAL;

/// A lease: this user is online on this platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Present {
    /// Who.
    pub user_id: UserId,
    /// Where.
    pub platform: Platform,
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
