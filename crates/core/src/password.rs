//! Password hashes: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane; argon2's defaults).
//!
//! A hash takes tens of milliseconds during which its instance does nothing else, so only the
//! components that must hash (registration, login) use this module.
//!
//! A password is hashed in its normal form (NFC): keyboards of different systems give different
//! characters for the same letters.

use crate::{Code, Error, Result};
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use unicode_normalization::UnicodeNormalization;

/// The normal form of a password: the same for what looks the same, whatever system it was typed on.
#[must_use]
pub fn normal_form(password: &str) -> String {
    password.nfc().collect()
}

/// A PHC string of the normal form of `password` under 16 bytes of fresh randomness.
///
/// # Errors
/// `20001` when the library refuses, which its parameters rule out.
pub fn hash(password: &str, salt: &[u8; 16]) -> Result<String> {
    let internal = |error: argon2::password_hash::Error| {
        Error::failed(Code::Internal, format!("argon2: {error}"))
    };
    let salt = SaltString::encode_b64(salt).map_err(internal)?;
    let password = normal_form(password);
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(internal)?.to_string())
}

/// Whether `password` is the one behind `stored`: in its normal form, or else as it was typed, for
/// hashes from before passwords were normalised.
///
/// With no stored hash (an unknown user) it works as long on a dummy and says no, so that the time
/// of an answer does not tell which users exist (field F19).
///
/// # Errors
/// `20001` when `stored` is not a hash: the row is damaged.
pub fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let hash = PasswordHash::new(stored.unwrap_or(DUMMY))
        .map_err(|error| Error::failed(Code::Internal, format!("stored password hash: {error}")))?;
    let is = |text: &str| Argon2::default().verify_password(text.as_bytes(), &hash).is_ok();
    let normal = normal_form(password);
    let matches = is(&normal) || (normal != password && is(password));
    Ok(matches && stored.is_some())
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

    /// The same letters as two systems give them.
    const COMPOSED: &str = "caf\u{e9} \u{ac01}";
    const DECOMPOSED: &str = "cafe\u{301} \u{1100}\u{1161}\u{11a8}";

    #[test]
    fn a_password_that_another_system_types_otherwise_is_the_same() {
        for set in [COMPOSED, DECOMPOSED] {
            let stored = hash(set, &[7; 16]).unwrap();
            for typed in [COMPOSED, DECOMPOSED] {
                assert!(verify(typed, Some(&stored)).unwrap(), "{set:?} {typed:?}");
            }
            assert!(!verify("cafe \u{ac01}", Some(&stored)).unwrap());
        }
    }

    #[test]
    fn a_hash_from_before_passwords_were_normalised_goes_on_matching_what_made_it() {
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let stored = Argon2::default().hash_password(DECOMPOSED.as_bytes(), &salt).unwrap();
        assert!(verify(DECOMPOSED, Some(&stored.to_string())).unwrap());
    }

    #[test]
    fn an_unknown_user_has_no_password() {
        assert!(!verify("correct horse", None).unwrap());
    }

    #[test]
    fn a_damaged_hash_is_our_failure_not_a_wrong_password() {
        assert_eq!(verify("x", Some("not a hash")).unwrap_err().code(), Code::Internal);
    }
}
