//! Native tokens: JWT, HS256, `{sub, pid, jti, iat, exp}` (contract A.2), and the slot in the
//! key-value store that says which token of a user and platform is the live one.

use crate::id::UserId;
use crate::user::Platform;
use crate::{Code, Error, Millis, Reason, Result};
use jwt_simple::JWTError;
use jwt_simple::prelude::{
    Claims, Duration, HS256Key, JWTClaims, MACLike, UnixTimeStamp, VerificationOptions,
};
use serde::{Deserialize, Serialize};

/// Fewest bytes of a secret.
const SECRET_MIN: usize = 32;

/// The HS256 secret of native tokens.
pub struct Secret(HS256Key);

impl Secret {
    /// Takes a secret from the configuration.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it: shorter than 32 bytes, or of so few different
    /// bytes that it must be a placeholder (an instance never runs on a published example, F26).
    pub fn new(secret: &str) -> std::result::Result<Self, String> {
        if secret.len() < SECRET_MIN {
            return Err(format!(
                "the secret is {} bytes long; at least {SECRET_MIN} are required",
                secret.len()
            ));
        }
        let mut seen = [false; 256];
        secret.bytes().for_each(|byte| seen[usize::from(byte)] = true);
        if seen.iter().filter(|&&seen| seen).count() < 10
            || secret.to_lowercase().contains("change")
        {
            return Err(
                "the secret is a placeholder; 'openssl rand -hex 32' makes a real one".to_owned()
            );
        }
        Ok(Self(HS256Key::from_bytes(secret.as_bytes())))
    }
}

#[derive(Serialize, Deserialize)]
struct PlatformClaim {
    pid: Platform,
}

/// A token that was issued here and has not expired; whether it still is the live one is its
/// slot's to say ([`Token::check_slot`]).
#[derive(Clone, Debug)]
pub struct Token {
    /// Whose it is.
    pub user_id: UserId,
    /// Where it lives.
    pub platform: Platform,
    /// The token's own id.
    pub jti: String,
    /// When it ends.
    pub expires_at: Millis,
}

impl Token {
    /// The token as text, issued at `now`.
    ///
    /// # Errors
    /// `20001` when it cannot be written.
    pub fn sign(&self, secret: &Secret, now: Millis) -> Result<String> {
        let mut claims = Claims::with_custom_claims(
            PlatformClaim { pid: self.platform },
            Duration::from_secs(0),
        )
        .with_subject(self.user_id.as_str())
        .with_jwt_id(&self.jti);
        claims.issued_at = Some(timestamp(now));
        claims.invalid_before = None;
        claims.expires_at = Some(timestamp(self.expires_at));
        secret
            .0
            .authenticate(claims)
            .map_err(|error| Error::failed(Code::Internal, format!("sign token: {error}")))
    }

    /// Reads a token that `secret` signed and that is still good at `now`.
    ///
    /// # Errors
    /// `10102` when its time is over, `10101` for everything else: another algorithm (`none`
    /// included), another secret, a claim missing, no token at all.
    pub fn verify(text: &str, secret: &Secret, now: Millis) -> Result<Self> {
        let options = VerificationOptions {
            artificial_time: Some(timestamp(now)),
            time_tolerance: Some(Duration::from_secs(0)),
            max_token_length: Some(4096),
            ..VerificationOptions::default()
        };
        let claims: JWTClaims<PlatformClaim> =
            secret.0.verify_token(text, Some(options)).map_err(|error| {
                match error.downcast_ref::<JWTError>() {
                    Some(JWTError::TokenHasExpired) => {
                        Error::from(Code::TokenExpired).because(Reason::TokenExpired)
                    }
                    _ => Error::from(Code::TokenInvalid),
                }
            })?;
        let complete = || {
            Some(Self {
                user_id: UserId::parse(claims.subject.as_deref()?)?,
                platform: claims.custom.pid,
                jti: claims.jwt_id?,
                expires_at: i64::try_from(claims.expires_at?.as_millis()).ok()?,
            })
        };
        complete().ok_or_else(|| Code::TokenInvalid.into())
    }

    /// The key of the slot this token has to be in to be live: `token:<user>:<platform>`.
    #[must_use]
    pub fn slot(&self) -> String {
        format!("token:{}:{}", self.user_id, i64::from(self.platform))
    }

    /// Checks the token against what its slot holds.
    ///
    /// # Errors
    /// `10101` with the reason: another token took the slot (`new_login`) or it is empty
    /// (`logout`).
    pub fn check_slot(&self, stored: Option<&[u8]>) -> Result<()> {
        match stored {
            Some(live) if live == self.jti.as_bytes() => Ok(()),
            Some(live) if !live.is_empty() => {
                Err(Error::from(Code::TokenInvalid).because(Reason::NewLogin))
            }
            _ => Err(Error::from(Code::TokenInvalid).because(Reason::Logout)),
        }
    }
}

fn timestamp(at: Millis) -> UnixTimeStamp {
    UnixTimeStamp::from_millis(u64::try_from(at).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    const NOW: Millis = 1_800_000_000_000;

    fn secret(last: char) -> Secret {
        Secret::new(&format!("0123456789abcdefghijklmnopqrstu{last}")).unwrap()
    }

    fn token() -> Token {
        Token {
            user_id: UserId::parse("u___7").unwrap(),
            platform: 5.try_into().unwrap(),
            jti: "first".into(),
            expires_at: NOW + 3_600_000,
        }
    }

    #[test]
    fn a_signed_token_is_read_back_until_its_time_is_over() {
        let text = token().sign(&secret('a'), NOW).unwrap();
        let read = Token::verify(&text, &secret('a'), NOW + 3_599_000).unwrap();
        assert_eq!(
            (read.user_id, read.jti, read.expires_at),
            (token().user_id, token().jti, token().expires_at)
        );
        let error = Token::verify(&text, &secret('a'), NOW + 3_601_000).unwrap_err();
        assert_eq!(
            (error.code(), error.reason()),
            (Code::TokenExpired, Some(Reason::TokenExpired))
        );
    }

    #[test]
    fn the_payload_holds_exactly_the_claims_of_the_contract() {
        let text = token().sign(&secret('a'), NOW).unwrap();
        let payload = BASE64_URL_SAFE_NO_PAD.decode(text.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(
            claims,
            serde_json::json!({"sub": "u___7", "pid": 5, "jti": "first", "iat": NOW / 1000, "exp": NOW / 1000 + 3600})
        );
    }

    #[test]
    fn a_token_of_another_secret_or_algorithm_or_shape_is_refused() {
        let good = token().sign(&secret('a'), NOW).unwrap();
        let payload = good.split('.').nth(1).unwrap();
        let unsigned = format!(
            "{}.{payload}.",
            BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#)
        );
        let long = format!("{good}{}", "A".repeat(5000));
        let foreign = token().sign(&secret('b'), NOW).unwrap();
        for bad in ["", "x", "a.b.c", &unsigned, &good[..good.len() - 4], &long, &foreign] {
            assert_eq!(
                Token::verify(bad, &secret('a'), NOW).unwrap_err().code(),
                Code::TokenInvalid,
                "{bad}"
            );
        }
    }

    #[test]
    fn only_the_token_in_the_slot_is_live() {
        assert_eq!(token().slot(), "token:u___7:5");
        assert!(token().check_slot(Some(b"first")).is_ok());
        assert_eq!(
            token().check_slot(Some(b"second")).unwrap_err().reason(),
            Some(Reason::NewLogin)
        );
        for empty in [None, Some(&b""[..])] {
            assert_eq!(token().check_slot(empty).unwrap_err().reason(), Some(Reason::Logout));
        }
    }

    #[test]
    fn a_short_or_placeholder_secret_is_refused_without_being_quoted() {
        for bad in ["short-secret", &"ab".repeat(32), "please-change-me-0123456789abcdefghij"] {
            let error = Secret::new(bad).err().unwrap();
            assert!(!error.contains(bad), "{error}");
        }
    }
}
