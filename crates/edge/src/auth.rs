//! Who asks: a user by the bearer token and its slot, or a service by its signature.

use crate::{clock, slots, variables};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use longwave_core::id::UserId;
use longwave_core::internal::{self, Revoke};
use longwave_core::presence::Present;
use longwave_core::token::{self, Origin, Token};
use longwave_core::user::{LoggedIn, Platform};
use longwave_core::{Code, Error, Result};

/// Somebody who proved to be this user. Only [`authenticate`] makes one, so a function that takes
/// it cannot be reached without a token.
#[derive(Debug)]
pub struct AuthUser {
    token: Token,
}

impl AuthUser {
    /// Who it is.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.token.user_id
    }

    /// Who it is, and where.
    #[must_use]
    pub fn present(&self) -> Present {
        Present { user_id: self.token.user_id.clone(), platform: self.token.platform }
    }
}

/// Checks the `Authorization` header: a token of one of the providers, not expired, and live by the
/// slot of its user and platform.
///
/// # Errors
/// `10103` without a token; `10101` and `10102` for one that is no good, with a reason where it
/// once was; `20101` when that cannot be found out.
pub async fn authenticate(headers: &HeaderMap) -> Result<AuthUser> {
    let text = bearer(headers)?;
    let platform = headers.get("x-platform-id").map(|value| value.to_str().unwrap_or_default());
    let token = variables::providers().await?.verify(text, platform, clock::now())?;
    slots::check(&token).await?;
    Ok(AuthUser { token })
}

fn bearer(headers: &HeaderMap) -> Result<&str> {
    let value = headers.get(AUTHORIZATION).ok_or(Code::TokenMissing)?;
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Code::TokenInvalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenInvalid.into());
    }
    Ok(token.trim())
}

/// Makes a token for a user and puts it into the slot of its platform, where it replaces the one
/// that was live until now.
///
/// # Errors
/// `20101` without a secret; `20001` when the slot cannot be written.
pub async fn log_in(user_id: UserId, platform: Platform) -> Result<LoggedIn> {
    let now = clock::now();
    let expires_at = now + variables::token_ttl().await?;
    let jti = clock::uuid().to_string();
    let token = Token { user_id, platform, origin: Origin::Native(jti.clone()), expires_at };
    let text = token.sign(variables::providers().await?.native(), now)?;
    slots::fill(&token.slot(), &jti).await?;
    Ok(LoggedIn { user_id: token.user_id, token: text, expires_at })
}

/// Ends a user's token; no other one, be it a newer one of the same platform.
///
/// # Errors
/// `10001` for an external token, which is its platform's to end; `20001` when its slot cannot be
/// written.
pub fn log_out(user: &AuthUser) -> Result<()> {
    match user.token.origin {
        Origin::Native(_) => slots::clear(&user.token),
        Origin::External(_) => Err(Error::invalid("logout applies to native tokens only")),
    }
}

/// Ends every token of a user on these platforms that was issued until now, native and external
/// (field F17).
///
/// # Errors
/// `20001` when a slot cannot be written.
pub async fn revoke(revoke: &Revoke) -> Result<()> {
    let revoked = token::revoked_before(clock::now());
    for platform in &revoke.platforms {
        slots::fill(&token::slot(&revoke.user_id, *platform), &revoked).await?;
    }
    Ok(())
}

/// A service of the platform that proved to be one. Only [`Call::authenticate_service`] makes one.
///
/// [`Call::authenticate_service`]: crate::Call::authenticate_service
#[derive(Debug)]
pub struct Service {
    pub(crate) user_id: Option<String>,
}

impl Service {
    /// The user of the platform that the service calls for, by `X-User-Id`.
    ///
    /// # Errors
    /// `10001` without one, and for a user who registered here.
    pub fn on_behalf(&self) -> Result<UserId> {
        internal::on_behalf(self.user_id.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, http::HeaderValue::from_static(value))])
    }

    #[test]
    fn a_bearer_token_is_taken_from_its_header_and_nothing_else_is() {
        assert_eq!(bearer(&header("Bearer abc")).unwrap(), "abc");
        assert_eq!(bearer(&header("bearer  abc")).unwrap(), "abc");
        assert_eq!(bearer(&HeaderMap::new()).unwrap_err().code(), Code::TokenMissing);
        for bad in ["abc", "Basic abc", "Bearer"] {
            assert_eq!(bearer(&header(bad)).unwrap_err().code(), Code::TokenInvalid, "{bad}");
        }
    }
}
