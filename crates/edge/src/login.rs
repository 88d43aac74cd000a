//! The login that a poll or stream belongs to.

use longwave_core::presence::UserOnPlatform;
use longwave_core::{Millis, Result};

/// The login that polls. It may end while the poll waits.
pub trait Login {
    /// Its id, unique among the logins of the user.
    fn login_id(&self) -> &str;

    /// The user and the platform.
    fn present(&self) -> &UserOnPlatform;

    /// When it expires.
    fn expires_at(&self) -> Millis;

    /// Checks that it has not ended.
    ///
    /// # Errors
    /// `10101` and `10102` with the reason if it has ended; `20101` if that is unknown.
    fn check(&self) -> impl Future<Output = Result<()>>;
}
