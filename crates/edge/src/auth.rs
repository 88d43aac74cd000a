//! Who asks: the bearer token and its slot.

use crate::{clock, slots, variables};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use longwave_core::id::UserId;
use longwave_core::token::Token;
use longwave_core::user::{LoggedIn, Platform};
use longwave_core::{Code, Result};

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
}

/// Checks the `Authorization` header: a token signed here, not expired, and still the live one of
/// its user and platform.
///
/// # Errors
/// `10103` without a token; `10101` and `10102` for one that is no good, with a reason where it
/// once was; `20101` when that cannot be found out.
pub async fn authenticate(headers: &HeaderMap) -> Result<AuthUser> {
    let text = bearer(headers)?;
    let token = Token::verify(text, &*variables::auth_native_secret().await?, clock::now())?;
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
    let token = Token { user_id, platform, jti: clock::uuid().to_string(), expires_at };
    let text = token.sign(&*variables::auth_native_secret().await?, now)?;
    slots::fill(&token).await?;
    Ok(LoggedIn { user_id: token.user_id, token: text, expires_at })
}

/// Ends a user's token; no other one, be it a newer one of the same platform.
///
/// # Errors
/// `20001` when its slot cannot be written.
pub fn log_out(user: &AuthUser) -> Result<()> {
    slots::clear(&user.token)
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
