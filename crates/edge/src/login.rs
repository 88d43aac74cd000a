//! The login that a poll or stream belongs to.

use longwave_core::presence::UserOnPlatform;
use longwave_core::{Millis, Result};

/// The login that polls. It may end while the poll waits.
pub trait Login {
    /// The id of the login, unique among the logins of the user.
    fn login_id(&self) -> &str;

    /// The user and the platform of the login.
    fn present(&self) -> &UserOnPlatform;

    /// When the login expires.
    fn expires_at(&self) -> Millis;

    /// Checks that the login has not ended.
    ///
    /// # Errors
    /// `10101` and `10102` with the reason if the login has ended; `20101` if the check fails.
    fn check(&self) -> impl Future<Output = Result<()>>;
}
