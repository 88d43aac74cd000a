//! Who asks: a user by the bearer token and its slot, or a service by its signature.

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

/// Somebody who proved to be this user. Only [`authenticate`] makes one, so a function that takes
/// it cannot be reached without a token.
#[derive(Debug)]
pub struct AuthUser {
    token: Token,
    present: UserOnPlatform,
    login_id: String,
}

impl AuthUser {
    /// Who it is.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.token.user_id
    }
}

impl Login for AuthUser {
    fn login_id(&self) -> &str {
        &self.login_id
    }

    fn present(&self) -> &UserOnPlatform {
        &self.present
    }

    fn expires_at(&self) -> Millis {
        self.token.expires_at
    }

    async fn check(&self) -> Result<()> {
        self.token.check_time(clock::now())?;
        check_live(&self.token).await
    }
}

/// Checks that a token was not ended since it was issued, and is live by its slot. What the database says
/// comes first: it stays so, whatever becomes of the slot.
async fn check_live(token: &Token) -> Result<()> {
    session::check(&*database().await?, token, clock::now()).await?;
    live_tokens::check(token).await
}

/// Checks the `Authorization` header: a token of one of the providers, not expired, not revoked, and
/// live by the slot of its user and platform.
///
/// # Errors
/// `10103` without a token; `10101` and `10102` for one that is no good, with a reason where it
/// once was; `20101` when that cannot be found out, `20002` when the database cannot be opened.
pub async fn authenticate(headers: &HeaderMap) -> Result<AuthUser> {
    let text = bearer(headers)?;
    let platform = headers.get("x-platform-id").map(|value| value.to_str().unwrap_or_default());
    let token = variables::providers().await?.verify(text, platform, clock::now())?;
    check_live(&token).await?;
    let present = UserOnPlatform { user_id: token.user_id.clone(), platform: token.platform };
    Ok(AuthUser { token, present, login_id: token::fingerprint(text) })
}

/// The token in the `Authorization` header.
///
/// # Errors
/// `10103` without the header, `10101` when it holds anything else.
pub fn bearer(headers: &HeaderMap) -> Result<&str> {
    let value = headers.get(AUTHORIZATION).ok_or(Code::TokenMissing)?;
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Code::TokenInvalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenInvalid.into());
    }
    Ok(token.trim())
}

/// Makes a token for a user and platform, where it replaces the one that was live until now, whose poll is
/// answered at once.
///
/// # Errors
/// `20101` without a secret, and when slots cannot be read; `20001` and `20002` when the slot or the database
/// cannot be written.
pub async fn log_in(user_id: UserId, platform: Platform) -> Result<LoggedIn> {
    let (database, now) = (database().await?, clock::now());
    let expires_at = now + variables::token_ttl().await?;
    // Before the session begins: a revocation that comes in between ends this login too.
    let jti = revocation::of(&*database, &user_id, platform).await?.jti(clock::uuid());
    let present = UserOnPlatform { user_id: user_id.clone(), platform };
    let token = Token { user_id, platform, origin: Origin::Native(jti.clone()), expires_at };
    let text = token.sign(variables::providers().await?.native(), now)?;
    // A login that cannot be completed ends no other one.
    live_tokens::check_store().await?;
    session::begin(&*database, &present, &jti, now).await?;
    // The database has logins of the same moment in an order; the last one to write the slot follows it.
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

/// Ends a user's token; no other one, be it a newer one of the same platform.
///
/// # Errors
/// `10001` for an external token, which is its platform's to end; `20001` and `20002` when its slot
/// or the log cannot be written.
pub async fn log_out(user: &AuthUser) -> Result<()> {
    let AuthUser { token, present, .. } = user;
    let Origin::Native(jti) = &token.origin else {
        return Err(Error::invalid("logout applies to native tokens only"));
    };
    live_tokens::log_out(token, jti)?;
    session::end(&*database().await?, present, jti, clock::now()).await
}

/// Ends every token of a user on these platforms that was issued until now, native and external
/// (field F17), whichever of the database and the key-value store is restored later.
///
/// # Errors
/// `20001` and `20002` when a slot or the database cannot be written.
pub async fn revoke(revoke: &Revoke) -> Result<()> {
    let (database, now) = (database().await?, clock::now());
    if revoke.user_id.is_native() {
        for platform in &revoke.platforms {
            let slot = token::slot(&revoke.user_id, *platform);
            live_tokens::fill(&slot, &token::revoked_before(now)).await?;
        }
    }
    // After the live tokens, as with every event that has a login rechecked.
    revocation::revoke(&*database, revoke, now).await
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
