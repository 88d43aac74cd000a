//! Authentication: a user by a bearer token and its slot, or a service by a signature.

use crate::database::database;
use crate::login::Login;
use crate::{clock, live_tokens, variables};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use longwave_core::id::UserId;
use longwave_core::internal::{self, Revoke};
use longwave_core::presence::UserOnPlatform;
use longwave_core::token::{self, Origin, Token};
use longwave_core::user::{LoggedIn, Platform};
use longwave_core::{Code, Error, Millis, Result};
use longwave_store::{revocation, session};
use std::cell::OnceCell;

/// An authenticated user. Only [`authenticate`] creates one, so a function that takes it cannot be reached without a
/// token. It is not `Debug`, because it holds that token.
pub struct AuthUser {
    token: Token,
    present: UserOnPlatform,
    /// The token as sent.
    text: String,
    /// Computed from `text` at its first use, because only polls and streams use it.
    login_id: OnceCell<String>,
}

impl AuthUser {
    /// The id of the user.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.token.user_id
    }
}

impl Login for AuthUser {
    fn login_id(&self) -> &str {
        self.login_id.get_or_init(|| token::fingerprint(&self.text))
    }

    fn present(&self) -> &UserOnPlatform {
        &self.present
    }

    fn expires_at(&self) -> Millis {
        self.token.expires_at
    }

    async fn check(&self) -> Result<()> {
        let now = clock::now();
        self.token.check_time(now)?;
        check_live(&self.token, now).await
    }
}

/// Checks that a token is live, by the database and its slot. The database comes first, because it
/// still knows the reason when the slot is lost.
async fn check_live(token: &Token, now: Millis) -> Result<()> {
    session::check(&*database().await?, token, now).await?;
    live_tokens::check(token).await
}

/// Checks the `Authorization` header: a token of one of the providers that has not expired, was not revoked, and is
/// live by the slot of its user and platform.
///
/// # Errors
/// `10103` without a token; `10101` and `10102` for an invalid one, with a reason if it was once valid; `20101` if the
/// database or the key-value store does not answer; `20002` if the database cannot be opened; `10001` for an unknown
/// `X-Platform-Id`.
pub async fn authenticate(headers: &HeaderMap, now: Millis) -> Result<AuthUser> {
    let text = bearer(headers)?;
    let platform = headers.get("x-platform-id").map(|value| value.to_str().unwrap_or_default());
    let token = variables::providers().await?.verify(text, platform, now)?;
    check_live(&token, now).await?;
    let present = UserOnPlatform { user_id: token.user_id.clone(), platform: token.platform };
    Ok(AuthUser { token, present, text: text.to_owned(), login_id: OnceCell::new() })
}

/// The token in the `Authorization` header.
///
/// # Errors
/// `10103` without the header, `10101` if it does not hold a bearer token.
pub fn bearer(headers: &HeaderMap) -> Result<&str> {
    let value = headers.get(AUTHORIZATION).ok_or(Code::TokenMissing)?;
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Code::TokenInvalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenInvalid.into());
    }
    Ok(token.trim())
}

/// Issues a token for a user and platform. It replaces the previous one, whose poll ends at once.
///
/// # Errors
/// `20101` without a secret, or if slots cannot be read; `20001` and `20002` if the slot or the database cannot be
/// written.
pub async fn log_in(user_id: UserId, platform: Platform, now: Millis) -> Result<LoggedIn> {
    let database = database().await?;
    let expires_at = now + variables::token_ttl().await?;
    // Read before the session begins: a revocation in between also ends this login.
    let jti = revocation::of(&*database, &user_id, platform).await?.jti(clock::uuid());
    let present = UserOnPlatform { user_id: user_id.clone(), platform };
    let token = Token { user_id, platform, origin: Origin::Native(jti.clone()), expires_at };
    let text = token.sign(variables::providers().await?.native(), now)?;
    // A login that cannot be completed must not end the previous one.
    live_tokens::check_store().await?;
    session::begin(&*database, &present, &jti, now).await?;
    // The database orders simultaneous logins: repeat until the slot holds the latest one.
    let mut latest = jti;
    loop {
        live_tokens::fill(&token.slot(), &latest).await?;
        match session::latest(&*database, &present).await? {
            Some(later) if later != latest => latest = later,
            _ => break,
        }
    }
    Ok(LoggedIn { user_id: token.user_id, token: text, expires_at })
}

/// Ends the token of this request only: a newer one of the user on the same platform stays valid.
///
/// # Errors
/// `10001` for an external token, which only the platform ends; `20001` and `20002` if the slot or the log cannot be
/// written.
pub async fn log_out(user: &AuthUser, now: Millis) -> Result<()> {
    let AuthUser { token, present, .. } = user;
    let Origin::Native(jti) = &token.origin else {
        return Err(Error::invalid("logout applies to native tokens only"));
    };
    live_tokens::log_out(token, jti)?;
    session::end(&*database().await?, present, jti, now).await
}

/// Ends all tokens of a user on these platforms that were issued until now, native and external.
/// They stay invalid if the key-value store is lost or restored later; native ones also if an older
/// database is restored.
///
/// # Errors
/// `20001` and `20002` if a slot or the database cannot be written.
pub async fn revoke(revoke: &Revoke, now: Millis) -> Result<()> {
    let database = database().await?;
    if revoke.user_id.is_native() {
        for platform in &revoke.platforms {
            let slot = token::slot(&revoke.user_id, *platform);
            live_tokens::fill(&slot, &token::revoked_before(now)).await?;
        }
    }
    // Written after the slots, because its event makes instances check the logins, which reads the
    // slots.
    revocation::revoke(&*database, revoke, now).await
}

/// An authenticated service of the operator. Only [`Call::authenticate_service`] creates one.
///
/// [`Call::authenticate_service`]: crate::Call::authenticate_service
#[derive(Debug)]
pub struct Service {
    pub(crate) user_id: Option<String>,
}

impl Service {
    /// The user of the platform on whose behalf the service calls, from `X-User-Id`.
    ///
    /// # Errors
    /// `10001` if the user is missing or registered here.
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
    fn only_a_bearer_token_is_read_from_the_header() {
        assert_eq!(bearer(&header("Bearer abc")).unwrap(), "abc");
        assert_eq!(bearer(&header("bearer  abc")).unwrap(), "abc");
        assert_eq!(bearer(&HeaderMap::new()).unwrap_err().code(), Code::TokenMissing);
        for bad in ["abc", "Basic abc", "Bearer"] {
            assert_eq!(bearer(&header(bad)).unwrap_err().code(), Code::TokenInvalid, "{bad}");
        }
    }
}
