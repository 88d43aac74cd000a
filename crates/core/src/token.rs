//! Tokens: JWTs signed with HS256. A native token is issued here and has the claims `{sub, pid, jti, iat, exp}`; an
//! external token is issued by the platform and has `{user_id, role, iat, exp}`. The slot of a user and platform in the
//! key-value store names the live native token. Revocations are in the database, so that losing or restoring the
//! key-value store revives no token.

use crate::id::UserId;
use crate::presence::AHEAD_MAX;
use crate::user::Platform;
use crate::{Code, Error, Millis, Reason, Result, secret};
use ct_codecs::{Encoder, Hex};
use hmac_sha256::Hash;
use jwt_simple::JWTError;
use jwt_simple::prelude::{
    Claims, Duration, HS256Key, JWTClaims, MACLike, UnixTimeStamp, VerificationOptions,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Maximum length of a token in bytes; longer ones are refused unread.
const TOKEN_MAX: usize = 4096;
/// Seconds by which the clock of the platform may be ahead of this server's.
const SKEW_MAX: u64 = 60;
/// Seconds by which the `exp` of an external token may be ahead: ten years. A later one must be in milliseconds, and
/// the token would never expire.
const EXPIRY_MAX: u64 = 10 * 366 * 86_400;
/// Prefix of the content of a slot that holds the time before which the user's tokens are revoked.
/// For external tokens, such slots date from before revocations had a table.
const REVOKED: &str = "revoked:";
/// Prefix of the content of a slot that holds the `jti` of a logged-out login.
const LOGGED_OUT: &str = "logout:";

/// An HS256 secret.
pub struct Secret(HS256Key);

impl Secret {
    /// Checks a secret of the configuration.
    ///
    /// # Errors
    /// As [`secret::check`].
    pub fn new(secret: &str) -> std::result::Result<Self, String> {
        secret::check(secret)?;
        Ok(Self(HS256Key::from_bytes(secret.as_bytes())))
    }

    /// Verifies a token and returns its claims. `accept_future`: whether `iat` may be in the future.
    fn verify<C: Serialize + DeserializeOwned>(
        &self,
        text: &str,
        now: Millis,
        accept_future: bool,
    ) -> Result<JWTClaims<C>> {
        let options = VerificationOptions {
            accept_future,
            artificial_time: Some(timestamp(now)),
            time_tolerance: Some(Duration::from_secs(SKEW_MAX)),
            max_token_length: Some(TOKEN_MAX),
            ..VerificationOptions::default()
        };
        let verified = self.0.verify_token::<C>(text, Some(options));
        let claims = verified.map_err(|error| match error.downcast_ref::<JWTError>() {
            Some(JWTError::TokenHasExpired) => expired(),
            _ => Code::TokenInvalid.into(),
        })?;
        // The tolerance is for a clock that is ahead; it does not extend the token's life.
        match claims.expires_at {
            Some(expires_at) if expires_at <= timestamp(now) => Err(expired()),
            Some(_) => Ok(claims),
            None => Err(Code::TokenInvalid.into()),
        }
    }
}

/// The accepted token providers, in the order in which they are tried, with their secrets.
pub struct Providers {
    order: Vec<Provider>,
    native: Secret,
    external: Vec<Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provider {
    Native,
    External,
}

/// Reads the variable `auth_providers`.
fn order(text: &str) -> std::result::Result<Vec<Provider>, String> {
    let provider = |word| match word {
        "native" => Ok(Provider::Native),
        "external" => Ok(Provider::External),
        other => Err(format!("'{other}' is not a provider; the providers are native and external")),
    };
    secret::commas(text).map(provider).collect()
}

/// Checks that the variable `auth_providers` enables native accounts: registration and login here.
///
/// # Errors
/// `10107` if it does not; `20101` if the variable is invalid.
pub fn check_native(providers: &str) -> Result<()> {
    let order = order(providers).map_err(|error| {
        Error::failed(Code::AuthUnavailable, format!("auth_providers: {error}"))
    })?;
    if order.contains(&Provider::Native) { Ok(()) } else { Err(Code::ProviderDisabled.into()) }
}

impl Providers {
    /// Reads the configuration: `providers` and `external` are comma-separated, `native` is one secret. Several
    /// external secrets allow rotation without downtime.
    ///
    /// # Errors
    /// The name of the invalid variable and the reason, without quoting a secret.
    pub fn new(providers: &str, native: &str, external: &str) -> std::result::Result<Self, String> {
        let order = order(providers).map_err(|error| format!("auth_providers: {error}"))?;
        if secret::commas(external).any(|secret| secret == native) {
            return Err("auth_external_secrets: the native secret is among them".to_owned());
        }
        let takes_native = order.contains(&Provider::Native);
        if !order.is_empty() && !takes_native && secret::commas(external).next().is_none() {
            return Err("auth_external_secrets: only external tokens are accepted, but no secret is set for them".to_owned());
        }
        let secrets = secret::commas(external).map(Secret::new);
        Ok(Self {
            order,
            native: Secret::new(native).map_err(|error| format!("auth_native_secret: {error}"))?,
            external: secrets
                .collect::<std::result::Result<_, _>>()
                .map_err(|error| format!("auth_external_secrets: {error}"))?,
        })
    }

    /// The secret that signs native tokens.
    #[must_use]
    pub fn native(&self) -> &Secret {
        &self.native
    }

    /// Verifies a token of any of the providers at `now`. `platform` is the header `X-Platform-Id`, which applies to
    /// external tokens only; a native token names its platform.
    ///
    /// # Errors
    /// `10102` for an expired token; `10101` for everything else: another algorithm (including `none`), another secret,
    /// a missing claim, no token at all. `10001` for an unknown platform.
    pub fn verify(&self, text: &str, platform: Option<&str>, now: Millis) -> Result<Token> {
        let mut refusal = Error::from(Code::TokenInvalid);
        for provider in &self.order {
            let secrets = match provider {
                Provider::Native => std::slice::from_ref(&self.native),
                Provider::External => &self.external,
            };
            for secret in secrets {
                let verified = match provider {
                    Provider::Native => Token::verify_native(text, secret, now),
                    Provider::External => Token::verify_external(text, secret, platform, now),
                };
                match verified {
                    Ok(token) => return Ok(token),
                    // Probably signed with another secret: try the next one.
                    Err(error) if error.code() == Code::TokenInvalid => {}
                    Err(error) => refusal = error,
                }
            }
        }
        Err(refusal)
    }
}

#[derive(Serialize, Deserialize)]
struct NativeClaims {
    pid: Platform,
}

#[derive(Serialize, Deserialize)]
struct ExternalClaims {
    user_id: ExternalId,
    role: Option<Role>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ExternalId {
    Number(i64),
    Text(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    User,
    Agent,
}

impl ExternalClaims {
    /// The user of the token; `None` for a number that is not in canonical form.
    fn user_id(&self) -> Option<UserId> {
        let number = match &self.user_id {
            ExternalId::Number(number) => *number,
            ExternalId::Text(text) => {
                text.parse().ok().filter(|number: &i64| number.to_string() == *text)?
            }
        };
        Some(match self.role {
            None | Some(Role::User) => UserId::of_platform(number),
            Some(Role::Agent) => UserId::of_agent(number),
        })
    }
}

/// A token with a valid signature that has not expired. [`Token::check_slot`] and [`Token::check_revoked`] check
/// whether it is still live.
#[derive(Clone, Debug)]
pub struct Token {
    /// The user whom the token authenticates.
    pub user_id: UserId,
    /// The platform on which the token is valid.
    pub platform: Platform,
    /// The issuer, with the data that slots and revocations are compared with.
    pub origin: Origin,
    /// When the token expires.
    pub expires_at: Millis,
}

/// The issuer of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Issued here, with this `jti` (made by [`Revoked::jti`]): live while the slot holds the same.
    Native(String),
    /// Issued by the platform at this time, or at an unknown time (0): live unless a later revocation ended it.
    External(Millis),
}

/// The latest revocation of a user on a platform, from the database; by default none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    /// The number of the revocation, higher than that of any earlier one; 0 for none.
    pub number: i64,
    /// The time of the revocation: external tokens issued before it are revoked.
    pub before: Millis,
}

impl Revoked {
    /// The `jti` of a new login. It contains the number of the latest revocation before the login, so that their order
    /// does not depend on clocks.
    #[must_use]
    pub fn jti(self, login: Uuid) -> String {
        format!("{login}.{}", self.number)
    }

    /// Whether the latest revocation was stamped by a clock that ran more than [`AHEAD_MAX`] ahead
    /// of `now`.
    #[must_use]
    pub const fn is_ahead(self, now: Millis) -> bool {
        self.before > now + AHEAD_MAX
    }
}

/// The number of the latest revocation before the login with this `jti`; 0 for a login that is
/// older than the numbers of revocations.
fn revocation(jti: &str) -> i64 {
    jti.rsplit_once('.').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

impl Token {
    /// Signs a native token, issued at `now`.
    ///
    /// # Errors
    /// `20001` for an external token, which only the platform issues, and if signing fails.
    pub fn sign(&self, secret: &Secret, now: Millis) -> Result<String> {
        let failed = |error| Error::failed(Code::Internal, format!("sign token: {error}"));
        let Origin::Native(jti) = &self.origin else {
            return Err(failed("it is not ours".to_owned()));
        };
        let mut claims =
            Claims::with_custom_claims(NativeClaims { pid: self.platform }, Duration::from_secs(0))
                .with_subject(self.user_id.as_str())
                .with_jwt_id(jti);
        claims.issued_at = Some(timestamp(now));
        claims.invalid_before = None;
        claims.expires_at = Some(timestamp(self.expires_at));
        secret.0.authenticate(claims).map_err(|error| failed(error.to_string()))
    }

    fn verify_native(text: &str, secret: &Secret, now: Millis) -> Result<Self> {
        // The token was stamped by this server's clock: an `iat` in the future means that the clock was wrong then.
        let claims = secret.verify::<NativeClaims>(text, now, true)?;
        let complete = || {
            Some(Self {
                user_id: UserId::parse(claims.subject.as_deref()?)?,
                platform: claims.custom.pid,
                origin: Origin::Native(claims.jwt_id?),
                expires_at: millis(claims.expires_at?)?,
            })
        };
        complete().ok_or_else(|| Code::TokenInvalid.into())
    }

    fn verify_external(
        text: &str,
        secret: &Secret,
        platform: Option<&str>,
        now: Millis,
    ) -> Result<Self> {
        let claims = secret.verify::<ExternalClaims>(text, now, false)?;
        let latest = timestamp(now) + Duration::from_secs(EXPIRY_MAX);
        if claims.expires_at.is_none_or(|expires_at| expires_at > latest) {
            return Err(Code::TokenInvalid.into());
        }
        let platform = platform.map_or(Ok(Platform::WEB), |text| {
            let platform = text.parse::<i64>().ok().and_then(|it| it.try_into().ok());
            platform.ok_or_else(|| Error::invalid("X-Platform-Id must be 1..10"))
        })?;
        let complete = || {
            Some(Self {
                user_id: claims.custom.user_id()?,
                platform,
                origin: Origin::External(claims.issued_at.and_then(millis).unwrap_or(0)),
                expires_at: millis(claims.expires_at?)?,
            })
        };
        complete().ok_or_else(|| Code::TokenInvalid.into())
    }

    /// Checks that the token has not expired at `now`.
    ///
    /// # Errors
    /// `10102` if it has.
    pub fn check_time(&self, now: Millis) -> Result<()> {
        if self.expires_at <= now { Err(expired()) } else { Ok(()) }
    }

    /// The key of the token's slot.
    #[must_use]
    pub fn slot(&self) -> String {
        slot(&self.user_id, self.platform)
    }

    /// Checks the token against the content of its slot.
    ///
    /// # Errors
    /// `10101` with the reason: `logout` if the token was logged out, `new_login` if another token is in the slot,
    /// `revoked` if the slot holds a revocation that applies, `unknown` if the slot is empty: no login or logout
    /// empties one, so the store was lost.
    pub fn check_slot(&self, stored: Option<&[u8]>) -> Result<()> {
        let refused = |reason| Err(Error::from(Code::TokenInvalid).because(reason));
        let stored = stored.unwrap_or_default();
        let revoked = stored.strip_prefix(REVOKED.as_bytes());
        match &self.origin {
            Origin::Native(jti) if stored == jti.as_bytes() => Ok(()),
            Origin::Native(_) if stored.is_empty() => refused(Reason::Unknown),
            Origin::Native(jti) if stored == logged_out(jti).as_bytes() => refused(Reason::Logout),
            Origin::Native(_) if revoked.is_some() => refused(Reason::Revoked),
            Origin::Native(_) => refused(Reason::NewLogin),
            Origin::External(_) if stored.is_empty() => Ok(()),
            Origin::External(issued_at) => {
                let before = revoked.and_then(|it| std::str::from_utf8(it).ok()?.parse().ok());
                match before {
                    Some(before) if *issued_at >= before => Ok(()),
                    _ => refused(Reason::Revoked),
                }
            }
        }
    }

    /// Checks the token against the latest revocation of its user on its platform.
    ///
    /// # Errors
    /// `10101` with the reason `revoked`.
    pub fn check_revoked(&self, revoked: Revoked) -> Result<()> {
        let is_revoked = match &self.origin {
            Origin::Native(jti) => revocation(jti) < revoked.number,
            Origin::External(issued_at) => *issued_at < revoked.before,
        };
        if is_revoked {
            return Err(Error::from(Code::TokenInvalid).because(Reason::Revoked));
        }
        Ok(())
    }
}

fn expired() -> Error {
    Error::from(Code::TokenExpired).because(Reason::TokenExpired)
}

/// An id of a token for places where the token itself must not be stored: the first 16 hex digits of its SHA-256.
#[must_use]
pub fn fingerprint(token: &str) -> String {
    let mut digest = Hex::encode_to_string(Hash::hash(token.as_bytes())).unwrap_or_default();
    digest.truncate(16);
    digest
}

/// The key of a slot: `token:<user>:<platform>`.
#[must_use]
pub fn slot(user_id: &UserId, platform: Platform) -> String {
    format!("token:{user_id}:{}", i64::from(platform))
}

/// The content of a slot after a revocation at `now`.
#[must_use]
pub fn revoked_before(now: Millis) -> String {
    format!("{REVOKED}{now}")
}

/// The content of a slot after the logout of the login with this `jti`.
#[must_use]
pub fn logged_out(jti: &str) -> String {
    format!("{LOGGED_OUT}{jti}")
}

fn timestamp(at: Millis) -> UnixTimeStamp {
    UnixTimeStamp::from_millis(u64::try_from(at).unwrap_or(0))
}

fn millis(at: UnixTimeStamp) -> Option<Millis> {
    Millis::try_from(at.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    const NOW: Millis = 1_800_000_000_000;
    const NATIVE: &str = "0123456789abcdefghijklmnopqrstuv";
    const EXTERNAL: &str =
        "an old secret that the platform signs with,a new secret that the platform signs with";

    fn providers(order: &str) -> Providers {
        Providers::new(order, NATIVE, EXTERNAL).unwrap()
    }

    fn verify(text: &str, now: Millis) -> Result<Token> {
        providers("native,external").verify(text, None, now)
    }

    fn token() -> Token {
        Token {
            user_id: UserId::parse("nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab").unwrap(),
            platform: Platform::WEB,
            origin: Origin::Native("first".into()),
            expires_at: NOW + 3_600_000,
        }
    }

    fn signed() -> String {
        token().sign(providers("native").native(), NOW).unwrap()
    }

    /// Signs arbitrary claims, without the code under test.
    fn sign(claims: &Value, secret: &str) -> String {
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let text = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(claims));
        let mac = hmac_sha256::HMAC::mac(&text, secret);
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    fn external(change: &Value) -> Value {
        let mut claims = json!({"user_id": 7, "iat": NOW / 1000, "exp": NOW / 1000 + 60});
        let fields = claims.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        fields.retain(|_, value| !value.is_null());
        claims
    }

    #[test]
    fn a_signed_token_is_read_back_until_it_expires() {
        let read = verify(&signed(), NOW + 3_599_000).unwrap();
        assert_eq!(
            (read.user_id, read.origin, read.expires_at),
            (token().user_id, token().origin, token().expires_at)
        );
        for late in [3_600_000, 7_200_000] {
            let error = verify(&signed(), NOW + late).unwrap_err();
            assert_eq!(
                (error.code(), error.reason()),
                (Code::TokenExpired, Some(Reason::TokenExpired))
            );
            assert_eq!(token().check_time(NOW + late).unwrap_err().code(), Code::TokenExpired);
        }
        token().check_time(NOW + 3_599_999).unwrap();
    }

    #[test]
    fn the_payload_of_a_native_token_has_exactly_five_claims() {
        let signed = signed();
        let payload = BASE64_URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(
            claims,
            json!({"sub": token().user_id, "pid": 5, "jti": "first", "iat": NOW / 1000, "exp": NOW / 1000 + 3600})
        );
    }

    #[test]
    fn a_token_with_another_secret_algorithm_or_shape_is_refused() {
        let good = signed();
        let payload = good.split('.').nth(1).unwrap();
        let unsigned = format!(
            "{}.{payload}.",
            BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#)
        );
        let long = format!("{good}{}", "A".repeat(5000));
        let secret = Secret::new("another secret, of 32 bytes or more").unwrap();
        let foreign = token().sign(&secret, NOW).unwrap();
        for bad in ["", "x", "a.b.c", &unsigned, &good[..good.len() - 4], &long, &foreign] {
            assert_eq!(verify(bad, NOW).unwrap_err().code(), Code::TokenInvalid, "{bad}");
        }
    }

    #[test]
    fn a_token_with_any_flipped_bit_is_refused() {
        let external = sign(&external(&json!({})), EXTERNAL.split(',').next().unwrap());
        for good in [signed(), external] {
            assert!(verify(&good, NOW).is_ok());
            // Flipping the eighth bit of an ASCII character would make the text invalid UTF-8.
            for bit in (0..good.len() * 8).filter(|bit| bit % 8 != 7) {
                let mut altered = good.clone().into_bytes();
                altered[bit / 8] ^= 1 << (bit % 8);
                let altered = String::from_utf8(altered).unwrap();
                let refused = verify(&altered, NOW).unwrap_err();
                assert_eq!(refused.code(), Code::TokenInvalid, "{altered}");
            }
        }
    }

    #[test]
    fn an_external_token_is_for_its_user_or_agent_on_the_platform_of_the_call() {
        for (claims, user_id) in [
            (json!({}), "u___7"),
            (json!({"user_id": "7", "role": "user"}), "u___7"),
            (json!({"user_id": -3, "role": "agent"}), "ag__-3"),
            (json!({"user_id": "9223372036854775807", "iat": null}), "u___9223372036854775807"),
        ] {
            for secret in EXTERNAL.split(',') {
                let token = verify(&sign(&external(&claims), secret), NOW).unwrap();
                assert_eq!((token.user_id.as_str(), token.platform), (user_id, Platform::WEB));
            }
        }
        let text = sign(&external(&json!({})), EXTERNAL.split(',').next().unwrap());
        let on = |platform| providers("external").verify(&text, Some(platform), NOW);
        assert_eq!(i64::from(on("9").unwrap().platform), 9);
        for bad in ["", "0", "11", "web"] {
            assert_eq!(on(bad).unwrap_err().message(), "X-Platform-Id must be 1..10");
        }
        let native = providers("native").verify(&signed(), Some("web"), NOW).unwrap();
        assert_eq!(native.platform, Platform::WEB, "a native token has its own platform");
    }

    #[test]
    fn an_external_token_with_a_missing_or_invalid_claim_is_refused() {
        let secret = EXTERNAL.split(',').next().unwrap();
        for claims in [
            json!({"user_id": null}),
            json!({"user_id": "07"}),
            json!({"user_id": "+7"}),
            json!({"user_id": 7.5}),
            json!({"user_id": "nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab"}),
            json!({"role": "admin"}),
            json!({"exp": null}),
            json!({"iat": NOW / 1000 + 120}),
        ] {
            let refused = verify(&sign(&external(&claims), secret), NOW).unwrap_err();
            assert_eq!(refused.code(), Code::TokenInvalid, "{claims}");
        }
        let past = external(&json!({"exp": NOW / 1000}));
        assert_eq!(verify(&sign(&past, secret), NOW).unwrap_err().code(), Code::TokenExpired);
        assert!(verify(&sign(&external(&json!({"iat": NOW / 1000 + 30})), secret), NOW).is_ok());
    }

    #[test]
    fn a_token_longer_than_4096_bytes_is_refused() {
        let secret = EXTERNAL.split(',').next().unwrap();
        let of_length =
            |claim: usize| sign(&external(&json!({ "more": "m".repeat(claim) })), secret);
        assert!(verify(&of_length(2_000), NOW).is_ok());
        assert!(of_length(3_100).len() > 4_096);
        assert_eq!(verify(&of_length(3_100), NOW).unwrap_err().code(), Code::TokenInvalid);
    }

    #[test]
    fn a_fingerprint_distinguishes_tokens_without_revealing_them() {
        // The beginning of the SHA-256 of "abc".
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea");
        assert_ne!(fingerprint("abd"), fingerprint("abc"));
    }

    #[test]
    fn only_native_tokens_can_be_signed() {
        let foreign = Token { origin: Origin::External(NOW), ..token() };
        let refused = foreign.sign(&Secret::new(NATIVE).unwrap(), NOW).unwrap_err();
        assert_eq!(refused.code(), Code::Internal);
    }

    #[test]
    fn only_tokens_of_the_named_providers_are_accepted() {
        let external = sign(&external(&json!({})), EXTERNAL.split(',').next().unwrap());
        for (order, native_is_taken, external_is_taken) in [
            ("native,external", true, true),
            (" external , native ", true, true),
            ("native", true, false),
            ("external", false, true),
            ("", false, false),
        ] {
            let takes = |text: &str| providers(order).verify(text, None, NOW).is_ok();
            assert_eq!(takes(&signed()), native_is_taken, "{order}");
            assert_eq!(takes(&external), external_is_taken, "{order}");
            assert_eq!(check_native(order).is_ok(), native_is_taken, "{order}");
        }
        assert_eq!(check_native("external").unwrap_err().code(), Code::ProviderDisabled);
        assert_eq!(check_native("ldap").unwrap_err().code(), Code::AuthUnavailable);
    }

    #[test]
    fn an_invalid_configuration_is_refused_without_quoting_a_secret() {
        for (order, native, external, message) in [
            ("ldap", NATIVE, "", "auth_providers: 'ldap'"),
            ("native", "short", "", "auth_native_secret: "),
            ("native", NATIVE, "short", "auth_external_secrets: "),
            ("native", NATIVE, NATIVE, "auth_external_secrets: the native secret"),
            ("external", NATIVE, " , ", "auth_external_secrets: only external tokens"),
            ("external,external", NATIVE, "", "auth_external_secrets: only external tokens"),
        ] {
            let error = Providers::new(order, native, external).err().unwrap();
            assert!(error.starts_with(message), "{error}");
            assert!(!error.contains("short") && !error.contains(NATIVE), "{error}");
        }
    }

    #[test]
    fn only_the_native_token_in_the_slot_is_live() {
        assert_eq!(token().slot(), format!("token:{}:5", token().user_id));
        assert!(token().check_slot(Some(b"first")).is_ok());
        for (stored, reason) in [
            (Some("second"), Reason::NewLogin),
            (Some(&*revoked_before(NOW)), Reason::Revoked),
            (Some(&*logged_out("first")), Reason::Logout),
            (Some(&*logged_out("second")), Reason::NewLogin),
            (Some(""), Reason::Unknown),
            (None, Reason::Unknown),
        ] {
            let refused = token().check_slot(stored.map(str::as_bytes)).unwrap_err();
            assert_eq!(refused.reason(), Some(reason), "{stored:?}");
        }
    }

    #[test]
    fn a_revocation_ends_tokens_issued_before_it_and_no_later_ones() {
        let external = |at| Token { origin: Origin::External(at), ..token() };
        let native = |jti: &str| Token { origin: Origin::Native(jti.into()), ..token() };
        let twice = Revoked { number: 2, before: NOW };
        let login = Uuid::from_u128(7);
        for (token, live) in [
            (external(0), false),
            (external(NOW - 1), false),
            (external(NOW), true),
            (native("from before revocations had numbers"), false),
            (native(&Revoked::default().jti(login)), false),
            (native(&Revoked { number: 1, before: NOW + 9_999_999 }.jti(login)), false),
            (native(&twice.jti(login)), true),
        ] {
            let refused = token.check_revoked(twice).err().and_then(|error| error.reason());
            assert_eq!(refused, (!live).then_some(Reason::Revoked), "{token:?}");
            assert!(token.check_revoked(Revoked::default()).is_ok(), "{token:?}");
        }
    }

    #[test]
    fn a_revocation_stamped_more_than_a_minute_ahead_is_from_a_wrong_clock() {
        let at = |before| Revoked { number: 1, before };
        assert!(!at(NOW + 60_000).is_ahead(NOW) && at(NOW + 60_001).is_ahead(NOW));
    }

    #[test]
    fn a_native_token_issued_while_the_clock_ran_ahead_stays_valid_after_the_correction() {
        let ahead = NOW + 3_600_000;
        let token = Token { expires_at: ahead + 3_600_000, ..token() };
        let text = token.sign(providers("native").native(), ahead).unwrap();
        assert_eq!(verify(&text, NOW).unwrap().origin, token.origin);
    }

    #[test]
    fn external_tokens_with_times_in_milliseconds_are_refused() {
        let secret = EXTERNAL.split(',').next().unwrap();
        let ten_years = NOW / 1000 + i64::try_from(EXPIRY_MAX).unwrap();
        assert!(verify(&sign(&external(&json!({ "exp": ten_years })), secret), NOW).is_ok());
        for claims in [
            json!({ "exp": NOW + 3_600_000 }),
            json!({ "exp": ten_years + 1 }),
            json!({ "exp": 1e300 }),
            json!({ "iat": NOW }),
        ] {
            let refused = verify(&sign(&external(&claims), secret), NOW).unwrap_err();
            assert_eq!(refused.code(), Code::TokenInvalid, "{claims}");
        }
    }

    #[test]
    fn a_revocation_in_an_old_slot_ends_an_external_token_f17() {
        let issued = |at| Token { origin: Origin::External(at), ..token() };
        let revoked = revoked_before(NOW);
        for (token, stored, live) in [
            (issued(NOW - 1), None, true),
            (issued(NOW - 1), Some(""), true),
            (issued(NOW - 1), Some(&*revoked), false),
            (issued(0), Some(&*revoked), false),
            (issued(NOW), Some(&*revoked), true),
            (issued(NOW), Some("revoked:soon"), false),
        ] {
            assert_eq!(token.check_slot(stored.map(str::as_bytes)).is_ok(), live, "{stored:?}");
        }
    }
}
