use crate::NOW;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac_sha256::HMAC;
use longwave_core::Code;
use longwave_core::id::UserId;
use longwave_core::token::{Origin, Providers, Token};
use longwave_core::user::Platform;

const NATIVE: &str = "0123456789abcdefghijklmnopqrstuv";
const EXTERNAL: &str = "a secret that the platform signs with";

fn providers() -> Providers {
    Providers::new("native,external", NATIVE, EXTERNAL).unwrap()
}

/// A valid token of a registered user.
fn good(providers: &Providers) -> String {
    let token = Token {
        user_id: UserId::parse("nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab").unwrap(),
        platform: Platform::WEB,
        origin: Origin::Native("0190163d-8694-739b-aea5-966c26f8ad91".to_owned()),
        expires_at: NOW + 3_600_000,
    };
    token.sign(providers.native(), NOW).unwrap()
}

/// Signs a text as a token is signed.
fn sign(header_and_claims: &str, secret: &str) -> String {
    let mac = HMAC::mac(header_and_claims, secret);
    format!("{header_and_claims}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac))
}

/// Only text that one of the secrets signed is a token. A valid one becomes invalid if a bit
/// changes, or a character is missing or doubled.
pub fn tokens(bytes: &[u8]) {
    let (providers, text) = (providers(), String::from_utf8_lossy(bytes));
    match providers.verify(&text, None, NOW) {
        Ok(token) => {
            let (signed, _) = text.rsplit_once('.').unwrap();
            assert!([NATIVE, EXTERNAL].iter().any(|secret| sign(signed, secret) == text), "{text}");
            lives(&token);
        }
        Err(error) => refused(error.code()),
    }

    let good = good(&providers);
    assert!(providers.verify(&good, None, NOW).is_ok());
    let Some((place, change)) = bytes.split_first_chunk::<2>() else { return };
    let place = usize::from(u16::from_le_bytes(*place)) % good.len();
    let mut altered = good.clone().into_bytes();
    match change {
        [] => drop(altered.remove(place)),
        [byte] if byte & 0x80 == 0 => altered[place] ^= byte,
        [_] => altered.insert(place, altered[place]),
        more => altered.splice(place..=place, more.iter().copied()).for_each(drop),
    }
    let altered = String::from_utf8_lossy(&altered);
    if altered != good {
        refused(providers.verify(&altered, None, NOW).unwrap_err().code());
    }
}

/// Validly signed text is a token exactly if it has all claims, and expires when they say.
pub fn claims(bytes: &[u8]) {
    let (platform, claims) = match bytes.split_first() {
        Some((b'{', _)) | None => (None, bytes),
        Some((byte, claims)) => (Some(byte.to_string()), claims),
    };
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
    for secret in [NATIVE, EXTERNAL] {
        match providers().verify(&sign(&signed, secret), platform.as_deref(), NOW) {
            Ok(token) => {
                lives(&token);
                assert_eq!(secret == NATIVE, matches!(token.origin, Origin::Native(_)));
                assert!(secret == NATIVE || !token.user_id.is_native(), "{token:?}");
                token.check_time(NOW).unwrap();
                assert!(token.check_time(token.expires_at).is_err());
            }
            Err(error) if error.code() == Code::InvalidParam => {
                assert_eq!(error.message(), "X-Platform-Id must be 1..10");
            }
            Err(error) => refused(error.code()),
        }
    }
}

fn lives(token: &Token) {
    assert!(token.expires_at > NOW, "{token:?}");
    assert_eq!(UserId::parse(token.user_id.as_str()).as_ref(), Some(&token.user_id));
    assert!((1..=10).contains(&i64::from(token.platform)));
    if let Origin::External(issued_at) = token.origin {
        assert!((0..=NOW + 60_000).contains(&issued_at), "{token:?}");
    }
}

fn refused(code: Code) {
    assert!(matches!(code, Code::TokenInvalid | Code::TokenExpired), "{code:?}");
}
