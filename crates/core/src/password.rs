//! Password hashes: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane; argon2's defaults).
//!
//! A hash blocks its instance for tens of milliseconds, so only the components that must hash (registration and login)
//! use this module.
//!
//! A password is hashed in normal form (NFC), because different systems send different characters for the same letters.

use crate::text::normal_form;
use crate::{Code, Error, Result};
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

/// Hashes `password` in normal form and returns a PHC string. `salt` must be fresh random bytes.
///
/// # Errors
/// `20001` if the library fails, which its parameters rule out.
pub fn hash(password: &str, salt: &[u8; 16]) -> Result<String> {
    let internal = |error: argon2::password_hash::Error| {
        Error::failed(Code::Internal, format!("argon2: {error}"))
    };
    let salt = SaltString::encode_b64(salt).map_err(internal)?;
    let password = normal_form(password);
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(internal)?.to_string())
}

/// Whether `typed` is the password of the hash `stored`, in normal form or as typed: old hashes are of passwords that
/// were not normalised.
///
/// Without a stored hash (an unknown user), a dummy hash takes the same time and the result is false, so that response
/// times do not reveal which users exist.
///
/// # Errors
/// `20001` if `stored` is not a hash: the row is damaged.
pub fn verify(typed: &str, stored: Option<&str>) -> Result<bool> {
    const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let hash = PasswordHash::new(stored.unwrap_or(DUMMY))
        .map_err(|error| Error::failed(Code::Internal, format!("stored password hash: {error}")))?;
    let matches =
        |password: &str| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    let normal = normal_form(typed);
    Ok((matches(&normal) || (normal != typed && matches(typed))) && stored.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_accepted() {
        let stored = hash("correct horse", &[7; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", Some(&stored)).unwrap());
        assert!(!verify("correct horse ", Some(&stored)).unwrap());
    }

    #[test]
    fn a_password_is_the_same_in_every_unicode_form() {
        let (composed, decomposed) = ("caf\u{e9} \u{1ec7}", "cafe\u{301} e\u{323}\u{302}");
        for registered in [composed, decomposed] {
            let stored = hash(registered, &[7; 16]).unwrap();
            for typed in [composed, decomposed] {
                assert!(verify(typed, Some(&stored)).unwrap(), "{registered:?} {typed:?}");
            }
            assert!(!verify("cafe", Some(&stored)).unwrap());
        }
    }

    #[test]
    fn an_old_hash_of_a_password_as_typed_still_matches() {
        let decomposed = "cafe\u{301}s";
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let old =
            Argon2::default().hash_password(decomposed.as_bytes(), &salt).unwrap().to_string();
        assert!(verify(decomposed, Some(&old)).unwrap());
        assert!(!verify("cafes", Some(&old)).unwrap());
    }

    #[test]
    fn no_password_matches_for_an_unknown_user() {
        assert!(!verify("correct horse", None).unwrap());
    }

    #[test]
    fn a_damaged_hash_is_a_server_error_not_a_wrong_password() {
        assert_eq!(verify("x", Some("not a hash")).unwrap_err().code(), Code::Internal);
    }
}
