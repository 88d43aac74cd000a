//! Tokens: JWT, HS256. A native one was issued here, `{sub, pid, jti, iat, exp}` (contract A.2); an
//! external one by the platform, `{user_id, role, iat, exp}` (design, "Settled details"). The slot
//! of a user and platform in the key-value store says which native one is live; the database says until when
//! tokens are revoked, so that losing the store brings none of them back.

use crate::id::UserId;
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

/// Longest token that is looked at.
const TOKEN_MAX: usize = 4096;
/// By how much the clock that issued an external token may be ahead of ours, in seconds.
const SKEW_MAX: u64 = 60;
/// The longest life of an external token, from now on. A later `exp` is a mistake: the JWT of a platform that
/// writes milliseconds where RFC 7519 has seconds would last for fifty thousand years.
const EXTERNAL_LIFE_MAX: Millis = 10 * 366 * 24 * 3_600_000;
/// How far in the future a stamp may be before the clock that made it counts as wrong.
const FUTURE_MAX: Millis = 60_000;
/// What a slot holds before the `jti` of a login that logged out.
const LOGGED_OUT: &str = "logout:";
/// What a slot holds before a time, where a version that kept revocations there has revoked the user's tokens.
const REVOKED: &str = "revoked:";

/// An HS256 secret.
pub struct Secret(HS256Key);

impl Secret {
    /// Takes a secret from the configuration.
    ///
    /// # Errors
    /// As [`secret::check`].
    pub fn new(secret: &str) -> std::result::Result<Self, String> {
        secret::check(secret)?;
        Ok(Self(HS256Key::from_bytes(secret.as_bytes())))
    }

    /// `accept_future`: whether an `iat` of any distance in the future is good.
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
        // The tolerance is for a clock that is ahead, not for a longer life.
        match claims.expires_at {
            Some(expires_at) if expires_at <= timestamp(now) => Err(expired()),
            Some(_) => Ok(claims),
            None => Err(Code::TokenInvalid.into()),
        }
    }
}

/// Whose tokens are taken, in which order they are tried, and what they are signed with.
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
        other => Err(format!("'{other}' is no provider; there are native and external")),
    };
    secret::commas(text).map(provider).collect()
}

/// Checks that people may register and log in here, by the variable `auth_providers`.
///
/// # Errors
/// `10107` when they may not; `20101` when the variable makes no sense.
pub fn check_native(providers: &str) -> Result<()> {
    let order = order(providers).map_err(|error| {
        Error::failed(Code::AuthUnavailable, format!("auth_providers: {error}"))
    })?;
    if order.contains(&Provider::Native) { Ok(()) } else { Err(Code::ProviderDisabled.into()) }
}

impl Providers {
    /// Takes the configuration: `providers` and `external` are comma-separated, `native` is one
    /// secret. Several external secrets are for replacing one by another without a pause.
    ///
    /// # Errors
    /// What is wrong with which variable, without quoting a secret.
    pub fn new(providers: &str, native: &str, external: &str) -> std::result::Result<Self, String> {
        let order = order(providers).map_err(|error| format!("auth_providers: {error}"))?;
        if secret::commas(external).any(|secret| secret == native) {
            return Err("auth_external_secrets: the native secret is among them".to_owned());
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

    /// What native tokens are signed with.
    #[must_use]
    pub fn native(&self) -> &Secret {
        &self.native
    }

    /// Reads a token of any of the providers that is good at `now`. `platform` is the header
    /// `X-Platform-Id`, which counts for an external token only; a native one has its own.
    ///
    /// # Errors
    /// `10102` when its time is over, `10101` for everything else: another algorithm (`none`
    /// included), another secret, a claim missing, no token at all. `10001` for a platform that
    /// does not exist.
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
                    // Of another secret, as far as one can tell.
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
    /// The user they are about; `None` for a number that is not in its one canonical form.
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

/// A token that was issued by a provider and has not expired; whether it is live is its slot's to
/// say ([`Token::check_slot`]).
#[derive(Clone, Debug)]
pub struct Token {
    /// Whose it is.
    pub user_id: UserId,
    /// Where it lives.
    pub platform: Platform,
    /// What its slot is compared with.
    pub origin: Origin,
    /// When it was issued; 0 where it does not say. A native token has it to the millisecond in its `jti`, a
    /// version 7 UUID; others to the second.
    pub issued_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
}

/// Where a token is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Issued here, with this `jti`: live while the slot holds that.
    Native(String),
    /// Issued by the platform: live unless it is revoked (field F17).
    External,
}

impl Token {
    /// A native token as text.
    ///
    /// # Errors
    /// `20001` for an external one, which is not ours to issue, and when it cannot be written.
    pub fn sign(&self, secret: &Secret) -> Result<String> {
        let failed = |error| Error::failed(Code::Internal, format!("sign token: {error}"));
        let Origin::Native(jti) = &self.origin else {
            return Err(failed("it is not ours".to_owned()));
        };
        let claims = NativeClaims { pid: self.platform };
        let mut claims = Claims::with_custom_claims(claims, Duration::from_secs(0))
            .with_subject(self.user_id.as_str())
            .with_jwt_id(jti);
        claims.issued_at = Some(timestamp(self.issued_at));
        claims.invalid_before = None;
        claims.expires_at = Some(timestamp(self.expires_at));
        secret.0.authenticate(claims).map_err(|error| failed(error.to_string()))
    }

    fn verify_native(text: &str, secret: &Secret, now: Millis) -> Result<Self> {
        // A clock of ours that was ahead, and was set right, ends no login.
        let claims = secret.verify::<NativeClaims>(text, now, true)?;
        let complete = || {
            let jti = claims.jwt_id?;
            let issued_at = made_at(&jti).or(claims.issued_at.and_then(millis)).unwrap_or(0);
            Some(Self {
                user_id: UserId::parse(claims.subject.as_deref()?)?,
                platform: claims.custom.pid,
                origin: Origin::Native(jti),
                issued_at,
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
        let platform = platform.map_or(Ok(Platform::WEB), |text| {
            let platform = text.parse::<i64>().ok().and_then(|it| it.try_into().ok());
            platform.ok_or_else(|| Error::invalid("X-Platform-Id must be 1..10"))
        })?;
        let complete = || {
            Some(Self {
                user_id: claims.custom.user_id()?,
                platform,
                origin: Origin::External,
                issued_at: claims.issued_at.and_then(millis).unwrap_or(0),
                expires_at: millis(claims.expires_at?)
                    .filter(|expires_at| *expires_at <= now + EXTERNAL_LIFE_MAX)?,
            })
        };
        complete().ok_or_else(|| Code::TokenInvalid.into())
    }

    /// Checks that the token's time is not over at `now`.
    ///
    /// # Errors
    /// `10102` when it is.
    pub fn check_time(&self, now: Millis) -> Result<()> {
        if self.expires_at <= now { Err(expired()) } else { Ok(()) }
    }

    /// The key of the token's slot.
    #[must_use]
    pub fn slot(&self) -> String {
        slot(&self.user_id, self.platform)
    }

    /// Checks the token against what its slot holds.
    ///
    /// # Errors
    /// `10101` with the reason: another token took the slot (`new_login`), this one logged out (`logout`), the
    /// slot was never written or is lost (`unknown`), or it says that the token is revoked (`revoked`).
    pub fn check_slot(&self, stored: Option<&[u8]>) -> Result<()> {
        let stored = stored.map(String::from_utf8_lossy);
        let revoked = stored.as_deref().and_then(|stored| stored.strip_prefix(REVOKED));
        match (&self.origin, stored.as_deref()) {
            (Origin::Native(_), None) => Err(refused(Reason::Unknown)),
            (Origin::Native(jti), Some(stored)) if stored == jti => Ok(()),
            // An earlier version emptied the slot of a login that logged out.
            (Origin::Native(_), Some("")) => Err(refused(Reason::Logout)),
            (Origin::Native(jti), Some(stored)) if stored == logged_out(jti) => {
                Err(refused(Reason::Logout))
            }
            (Origin::Native(_), Some(_)) if revoked.is_some() => Err(refused(Reason::Revoked)),
            (Origin::Native(_), Some(_)) => Err(refused(Reason::NewLogin)),
            (Origin::External, None | Some("")) => Ok(()),
            (Origin::External, Some(_)) => {
                let before = revoked.and_then(|before| before.parse().ok());
                before.map_or(Err(refused(Reason::Revoked)), |it| self.check_revocation(Some(it)))
            }
        }
    }

    /// Checks the token against the time until which the user's tokens are revoked on its platform; `None`
    /// where they never were. An `iat` of the platform is in whole seconds, so that a token which was issued in
    /// the same second as the revocation is revoked too.
    ///
    /// # Errors
    /// `10101` with `revoked`.
    pub fn check_revocation(&self, before: Option<Millis>) -> Result<()> {
        match before {
            Some(before) if self.issued_at < before => Err(refused(Reason::Revoked)),
            _ => Ok(()),
        }
    }
}

fn refused(reason: Reason) -> Error {
    Error::from(Code::TokenInvalid).because(reason)
}

/// Whether a stamp was made by a clock that was ahead: it lies more than a minute in the future.
#[must_use]
pub fn is_ahead(stamp: Millis, now: Millis) -> bool {
    stamp > now + FUTURE_MAX
}

fn expired() -> Error {
    Error::from(Code::TokenExpired).because(Reason::TokenExpired)
}

/// What tells a token from others where the token itself must not be kept: 16 hex digits of its
/// SHA-256.
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

/// What the slot of a login holds once it logged out: which one that was, so that nobody else is told so.
#[must_use]
pub fn logged_out(jti: &str) -> String {
    format!("{LOGGED_OUT}{jti}")
}

/// When a version 7 UUID was made.
fn made_at(jti: &str) -> Option<Millis> {
    let (seconds, nanos) = Uuid::try_parse(jti).ok()?.get_timestamp()?.to_unix();
    Millis::try_from(seconds * 1000 + u64::from(nanos / 1_000_000)).ok()
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
            issued_at: NOW,
            expires_at: NOW + 3_600_000,
        }
    }

    fn signed() -> String {
        token().sign(providers("native").native()).unwrap()
    }

    /// A token of these claims, by hand.
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
    fn a_signed_token_is_read_back_until_its_time_is_over() {
        let read = verify(&signed(), NOW + 3_599_000).unwrap();
        assert_eq!(
            (read.user_id, read.origin, read.issued_at, read.expires_at),
            (token().user_id, token().origin, token().issued_at, token().expires_at)
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
    fn the_payload_holds_exactly_the_claims_of_the_contract() {
        let signed = signed();
        let payload = BASE64_URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(
            claims,
            json!({"sub": token().user_id, "pid": 5, "jti": "first", "iat": NOW / 1000, "exp": NOW / 1000 + 3600})
        );
    }

    #[test]
    fn a_token_of_another_secret_or_algorithm_or_shape_is_refused() {
        let good = signed();
        let payload = good.split('.').nth(1).unwrap();
        let unsigned = format!(
            "{}.{payload}.",
            BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#)
        );
        let long = format!("{good}{}", "A".repeat(5000));
        let secret = Secret::new("another secret, of 32 bytes or more").unwrap();
        let foreign = token().sign(&secret).unwrap();
        for bad in ["", "x", "a.b.c", &unsigned, &good[..good.len() - 4], &long, &foreign] {
            assert_eq!(verify(bad, NOW).unwrap_err().code(), Code::TokenInvalid, "{bad}");
        }
    }

    #[test]
    fn a_token_of_which_any_bit_is_another_is_refused() {
        let external = sign(&external(&json!({})), EXTERNAL.split(',').next().unwrap());
        for good in [signed(), external] {
            assert!(verify(&good, NOW).is_ok());
            // The eighth bit of no character is set, and would make it no text.
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
    fn the_platforms_token_is_for_its_user_or_agent_on_the_platform_of_the_call() {
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
    fn an_external_token_without_a_claim_or_with_a_strange_one_is_refused() {
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
            json!({"iat": NOW}),
            json!({"exp": NOW}),
            json!({"exp": NOW + 60_000}),
            json!({"exp": (NOW + EXTERNAL_LIFE_MAX) / 1000 + 1}),
        ] {
            let refused = verify(&sign(&external(&claims), secret), NOW).unwrap_err();
            assert_eq!(refused.code(), Code::TokenInvalid, "{claims}");
        }
        let past = external(&json!({"exp": NOW / 1000}));
        assert_eq!(verify(&sign(&past, secret), NOW).unwrap_err().code(), Code::TokenExpired);
        assert!(verify(&sign(&external(&json!({"iat": NOW / 1000 + 30})), secret), NOW).is_ok());
    }

    #[test]
    fn a_token_longer_than_4096_bytes_is_not_looked_at() {
        let secret = EXTERNAL.split(',').next().unwrap();
        let of_length =
            |claim: usize| sign(&external(&json!({ "more": "m".repeat(claim) })), secret);
        assert!(verify(&of_length(2_000), NOW).is_ok());
        assert!(of_length(3_100).len() > 4_096);
        assert_eq!(verify(&of_length(3_100), NOW).unwrap_err().code(), Code::TokenInvalid);
    }

    #[test]
    fn a_fingerprint_tells_tokens_apart_and_does_not_give_them_away() {
        // The beginning of the SHA-256 of "abc".
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea");
        assert_ne!(fingerprint("abd"), fingerprint("abc"));
    }

    #[test]
    fn only_our_own_tokens_are_ours_to_sign() {
        let foreign = Token { origin: Origin::External, ..token() };
        let refused = foreign.sign(&Secret::new(NATIVE).unwrap()).unwrap_err();
        assert_eq!(refused.code(), Code::Internal);
    }

    #[test]
    fn a_provider_that_is_not_named_takes_nothing() {
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
    fn a_configuration_that_makes_no_sense_is_refused_without_quoting_a_secret() {
        for (order, native, external, told) in [
            ("ldap", NATIVE, "", "auth_providers: 'ldap'"),
            ("native", "short", "", "auth_native_secret: "),
            ("native", NATIVE, "short", "auth_external_secrets: "),
            ("native", NATIVE, NATIVE, "auth_external_secrets: the native secret"),
        ] {
            let error = Providers::new(order, native, external).err().unwrap();
            assert!(error.starts_with(told), "{error}");
            assert!(!error.contains("short") && !error.contains(NATIVE), "{error}");
        }
    }

    #[test]
    fn an_external_token_may_last_ten_years() {
        let secret = EXTERNAL.split(',').next().unwrap();
        let longest = external(&json!({"exp": (NOW + EXTERNAL_LIFE_MAX) / 1000}));
        assert!(verify(&sign(&longest, secret), NOW).is_ok());
    }

    #[test]
    fn a_login_of_a_clock_that_was_ahead_outlives_its_being_set_right() {
        let hour = 3_600_000;
        let ahead = Token { issued_at: NOW + hour, expires_at: NOW + 2 * hour, ..token() };
        let text = ahead.sign(&Secret::new(NATIVE).unwrap()).unwrap();
        assert_eq!(verify(&text, NOW).unwrap().issued_at, NOW + hour);
    }

    #[test]
    fn a_native_token_knows_the_millisecond_of_its_issue() {
        let seconds = u64::try_from(NOW / 1000).unwrap();
        let at = uuid::Timestamp::from_unix(uuid::NoContext, seconds, 7_000_000);
        let origin = Origin::Native(Uuid::new_v7(at).to_string());
        let text = Token { origin, ..token() }.sign(&Secret::new(NATIVE).unwrap()).unwrap();
        assert_eq!(verify(&text, NOW).unwrap().issued_at, NOW + 7);
    }

    #[test]
    fn only_the_token_in_the_slot_is_live() {
        assert_eq!(token().slot(), format!("token:{}:5", token().user_id));
        assert!(token().check_slot(Some(b"first")).is_ok());
        for (stored, reason) in [
            (Some("second"), Reason::NewLogin),
            (Some("logout:first"), Reason::Logout),
            (Some("logout:second"), Reason::NewLogin),
            (Some("revoked:1800000000000"), Reason::Revoked),
            (Some(""), Reason::Logout),
            (None, Reason::Unknown),
        ] {
            let refused = token().check_slot(stored.map(str::as_bytes)).unwrap_err();
            assert_eq!(refused.reason(), Some(reason), "{stored:?}");
        }
        assert_eq!(logged_out("first"), "logout:first");
    }

    #[test]
    fn a_token_is_ended_by_a_revocation_after_its_issue_f17() {
        for origin in [Origin::External, Origin::Native("first".into())] {
            let issued = |issued_at| Token { origin: origin.clone(), issued_at, ..token() };
            for (issued_at, before, live) in [
                (NOW - 1, None, true),
                (NOW - 1, Some(NOW), false),
                (0, Some(NOW), false),
                (NOW, Some(NOW), true),
            ] {
                let checked = issued(issued_at).check_revocation(before);
                assert_eq!(checked.is_ok(), live, "{issued_at} {before:?}");
                let reason = checked.err().and_then(|error| error.reason());
                assert_eq!(reason, (!live).then_some(Reason::Revoked));
            }
        }
    }

    #[test]
    fn a_revocation_that_an_earlier_version_left_in_the_slot_still_counts() {
        let issued = |at| Token { origin: Origin::External, issued_at: at, ..token() };
        let stored = format!("revoked:{NOW}");
        for (token, stored, live) in [
            (issued(NOW - 1), None, true),
            (issued(NOW - 1), Some(""), true),
            (issued(NOW - 1), Some(&*stored), false),
            (issued(NOW), Some(&*stored), true),
            (issued(NOW), Some("revoked:soon"), false),
        ] {
            assert_eq!(token.check_slot(stored.map(str::as_bytes)).is_ok(), live, "{stored:?}");
        }
    }

    #[test]
    fn a_stamp_is_ahead_when_it_is_more_than_a_minute_in_the_future() {
        assert!(!is_ahead(NOW + 60_000, NOW));
        assert!(is_ahead(NOW + 60_001, NOW));
    }
}
