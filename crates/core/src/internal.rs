//! The internal channel: calls that a service of the platform signs.

use crate::id::UserId;
use crate::secret::{self, commas};
#[cfg(feature = "schema")]
use crate::text;
use crate::user::{Platform, ProfileUpdate};
use crate::{Code, Error, Millis, Result};
use ct_codecs::{Decoder, Encoder, Hex};
use hmac_sha256::{HMAC, Hash};
use serde::{Deserialize, Serialize};

/// Length of a nonce in bytes.
const NONCE: std::ops::RangeInclusive<usize> = 16..=128;

/// The services that may call, their secrets, and the maximum skew of their clocks.
pub struct Services {
    names: Vec<String>,
    secrets: Vec<String>,
    max_skew: Millis,
}

impl Services {
    /// Reads comma-separated names and secrets of the configuration; `None` without both, which turns the internal
    /// channel off. A call may be signed with any of the secrets, which allows rotation without downtime.
    ///
    /// # Errors
    /// The problem of an invalid secret ([`secret::check`]), or that only names or only secrets are given.
    pub fn new(
        names: &str,
        secrets: &str,
        max_skew: Millis,
    ) -> std::result::Result<Option<Self>, String> {
        let owned = |text| commas(text).map(str::to_owned).collect::<Vec<_>>();
        let (names, secrets) = (owned(names), owned(secrets));
        secrets.iter().try_for_each(|secret| secret::check(secret))?;
        match (names.is_empty(), secrets.is_empty()) {
            (true, true) => Ok(None),
            (false, true) => Err("a service is named, but no secret is set".to_owned()),
            (true, false) => Err("secrets are set, but no service is named".to_owned()),
            (false, false) => Ok(Some(Self { names, secrets, max_skew })),
        }
    }

    /// Checks comma-separated names of services: each must be valid in `X-Service-Name` and must not contain a
    /// character that may be a mistaken separator.
    ///
    /// # Errors
    /// The first name with a character other than ASCII letters, digits, `.`, `_` and `-`.
    pub fn check_names(names: &str) -> std::result::Result<(), String> {
        let is_name =
            |name: &str| name.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it));
        match commas(names).find(|name| !is_name(name)) {
            Some(name) => Err(format!("'{}' is not a name", name.escape_debug())),
            None => Ok(()),
        }
    }

    /// Checks a call at `now`: a known service, a timestamp within the skew, a nonce of 16 to 128
    /// bytes, and a signature with one of the secrets. Returns the last moment at which the call
    /// would be accepted. The store must refuse the nonce until then.
    ///
    /// # Errors
    /// `10002` with the reason.
    pub fn verify(&self, call: &SignedCall<'_>, now: Millis) -> Result<Millis> {
        let refused = |what| Error::new(Code::Unauthorized, what);
        if !self.names.iter().any(|name| name == call.service) {
            return Err(refused("X-Service-Name does not name a service that may call"));
        }
        let timestamp = call.timestamp.parse::<i64>().ok().and_then(|it| it.checked_mul(1000));
        let near = |it: &Millis| it.abs_diff(now) <= self.max_skew.unsigned_abs();
        let Some(timestamp) = timestamp.filter(near) else {
            return Err(refused("X-Timestamp is not the Unix time in seconds"));
        };
        if !NONCE.contains(&call.nonce.len()) {
            return Err(refused("X-Nonce must be 16 to 128 bytes long"));
        }
        let (text, mut given) = (call.text(), [0; 32]);
        let decoded = Hex::decode(&mut given, call.signature, None).is_ok_and(|it| it.len() == 32);
        if !decoded || !self.secrets.iter().any(|secret| HMAC::verify(&text, secret, &given)) {
            return Err(refused("X-Signature does not fit the call"));
        }
        Ok(timestamp + self.max_skew)
    }
}

/// The signed parts of a call. A missing header is empty.
#[derive(Debug, Default)]
pub struct SignedCall<'a> {
    /// `X-Service-Name`.
    pub service: &'a str,
    /// `X-Timestamp`, Unix seconds.
    pub timestamp: &'a str,
    /// `X-Nonce`, 16-128 bytes.
    pub nonce: &'a str,
    /// The method, in upper case.
    pub method: &'a str,
    /// The path as sent, percent-encoded.
    pub path: &'a str,
    /// The query as sent, without its `?`.
    pub query: &'a str,
    /// `X-User-Id`.
    pub user_id: &'a str,
    /// `X-Platform-Id`.
    pub platform_id: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// `X-Signature`, in hex.
    pub signature: &'a str,
}

impl SignedCall<'_> {
    /// The signature of the call, for a client to send.
    #[must_use]
    pub fn sign(&self, secret: &str) -> String {
        Hex::encode_to_string(HMAC::mac(self.text(), secret)).unwrap_or_default()
    }

    /// The signed text: one part per line.
    fn text(&self) -> String {
        let body = Hex::encode_to_string(Hash::hash(self.body)).unwrap_or_default();
        let Self { service, timestamp, nonce, method, path, query, user_id, platform_id, .. } =
            self;
        [service, timestamp, nonce, method, path, query, user_id, platform_id, body.as_str()]
            .join("\n")
    }
}

/// The result of a health check by a service.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "InternalHealth"))]
pub struct Health {
    /// Always `ok`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["ok"])))]
    status: &'static str,
}

impl Health {
    /// The only result: a failed check is an error instead.
    pub const OK: Self = Self { status: "ok" };
}

/// The user of the platform on whose behalf a service calls.
///
/// # Errors
/// `10001` if the user is missing or registered here: a service acts only for users of the platform.
pub fn on_behalf(user_id: Option<&str>) -> Result<UserId> {
    external("X-User-Id", user_id)
}

fn external(field: &str, value: Option<&str>) -> Result<UserId> {
    let user_id = UserId::required(field, value)?;
    if user_id.is_native() {
        return Err(Error::invalid(format!("{field}: {user_id} is not a user of the platform")));
    }
    Ok(user_id)
}

/// A user of the platform to create or change.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpsertRequest {
    /// The id of a user or an agent of the platform.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PlatformUserId"))]
    id: Option<String>,
    /// The name to show, at most 255 bytes. Null or absent: unchanged.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Line<0, { text::NICKNAME_MAX }>>")
    )]
    nickname: Option<String>,
    /// The URL of a picture, at most 1,024 bytes. Null or absent: unchanged.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Line<0, { text::AVATAR_MAX }>>")
    )]
    avatar: Option<String>,
    /// Data of the application, at most 64,000 bytes. Null or absent: unchanged.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Text<0, { text::EXTRA_MAX }>>")
    )]
    extra: Option<String>,
}

/// A valid user of the platform to create or change.
#[derive(Debug)]
pub struct Upsert {
    /// `u___<int64>` or `ag__<int64>`.
    pub user_id: UserId,
    /// The fields of the profile to set.
    pub profile: ProfileUpdate,
}

impl UpsertRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the first field that breaks its limit.
    pub fn validate(self) -> Result<Upsert> {
        let user_id = external("id", self.id.as_deref())?;
        let Self { nickname, avatar, extra, .. } = self;
        Ok(Upsert { user_id, profile: ProfileUpdate { nickname, avatar, extra }.validate()? })
    }
}

/// Tokens to revoke.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevokeRequest {
    /// The id of the user.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    user_id: Option<String>,
    /// The platform; null or absent: all of them.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Platform>"))]
    platform_id: Option<i64>,
}

/// A valid revocation of the tokens of a user.
#[derive(Debug)]
pub struct Revoke {
    /// The user whose tokens to revoke.
    pub user_id: UserId,
    /// The platforms: all of them unless the request names one.
    pub platforms: Vec<Platform>,
}

impl RevokeRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the field.
    pub fn validate(self) -> Result<Revoke> {
        let user_id = UserId::required("user_id", self.user_id.as_deref())?;
        let platforms = match self.platform_id {
            Some(number) => vec![number.try_into().map_err(Error::invalid)?],
            None => Platform::all().collect(),
        };
        Ok(Revoke { user_id, platforms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;
    const SECRETS: &str =
        "an old secret of the internal channel,a new secret of the internal channel";

    fn services() -> Services {
        Services::new("app, billing", SECRETS, 300_000).unwrap().unwrap()
    }

    fn call() -> SignedCall<'static> {
        SignedCall {
            service: "app",
            timestamp: "1800000000",
            nonce: "0123456789abcdef",
            method: "POST",
            path: "/api/v1/internal/message/send",
            query: "a=%20b",
            user_id: "u___7",
            platform_id: "5",
            body: b"{}",
            signature: "",
        }
    }

    #[test]
    fn the_signed_text_has_one_part_per_line() {
        // sha256 of "{}".
        let body = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(
            call().text(),
            format!(
                "app\n1800000000\n0123456789abcdef\nPOST\n/api/v1/internal/message/send\na=%20b\nu___7\n5\n{body}"
            )
        );
    }

    #[test]
    fn each_secret_signs_and_no_other_signature_is_accepted() {
        for secret in SECRETS.split(',') {
            let signature = call().sign(secret);
            let call = SignedCall { signature: &signature, ..call() };
            assert_eq!(services().verify(&call, NOW).unwrap(), NOW + 300_000);
        }
        let foreign = call().sign("another secret that nobody has configured");
        for signature in ["", "00", "zz", &foreign, &foreign[..63], &foreign.repeat(2)] {
            let error = services().verify(&SignedCall { signature, ..call() }, NOW).unwrap_err();
            assert_eq!(error.to_string(), "10002 X-Signature does not fit the call");
        }
    }

    #[test]
    fn a_signature_covers_every_part_of_the_call() {
        let signature = call().sign(SECRETS.split(',').next().unwrap());
        let signed = || SignedCall { signature: &signature, ..call() };
        assert!(services().verify(&signed(), NOW).is_ok());
        for changed in [
            SignedCall { service: "billing", ..signed() },
            SignedCall { timestamp: "1800000001", ..signed() },
            SignedCall { nonce: "0123456789abcdeg", ..signed() },
            SignedCall { method: "PUT", ..signed() },
            SignedCall { path: "/api/v1/internal/group/quit", ..signed() },
            SignedCall { query: "", ..signed() },
            SignedCall { user_id: "u___8", ..signed() },
            SignedCall { platform_id: "", ..signed() },
            SignedCall { body: b"{ }", ..signed() },
        ] {
            assert!(services().verify(&changed, NOW).is_err(), "{changed:?}");
        }
    }

    #[test]
    fn service_timestamp_and_nonce_are_checked_in_this_order() {
        let stranger = SignedCall { service: "eve", timestamp: "", ..call() };
        for (call, message) in [
            (stranger, "X-Service-Name"),
            (SignedCall { timestamp: "", ..call() }, "X-Timestamp"),
            (SignedCall { timestamp: "1800000301", ..call() }, "X-Timestamp"),
            (SignedCall { timestamp: "1799999699", ..call() }, "X-Timestamp"),
            (SignedCall { timestamp: "9223372036854775807", ..call() }, "X-Timestamp"),
            (SignedCall { nonce: "0123456789abcde", ..call() }, "X-Nonce"),
        ] {
            let error = services().verify(&call, NOW).unwrap_err();
            assert!(error.message().contains(message), "{error}");
        }
    }

    #[test]
    fn a_timestamp_may_be_off_by_the_configured_skew() {
        for timestamp in ["1800000300", "1799999700"] {
            let call = SignedCall { timestamp, ..call() };
            let signature = call.sign(SECRETS.split(',').next().unwrap());
            assert!(services().verify(&SignedCall { signature: &signature, ..call }, NOW).is_ok());
        }
    }

    #[test]
    fn a_call_is_accepted_until_the_returned_moment_and_not_after() {
        for timestamp in ["1800000300", "1800000000", "1799999700"] {
            let call = SignedCall { timestamp, ..call() };
            let signature = call.sign(SECRETS.split(',').next().unwrap());
            let call = SignedCall { signature: &signature, ..call };
            let last = services().verify(&call, NOW).unwrap();
            assert_eq!(services().verify(&call, last).unwrap(), last);
            assert!(services().verify(&call, last + 1).is_err());
        }
    }

    #[test]
    fn no_services_and_no_secrets_disable_the_channel_and_only_one_of_them_is_an_error() {
        assert!(Services::new("", " , ", 1).unwrap().is_none());
        for (names, secrets) in [("app", ""), (" , ", SECRETS), ("app", "short")] {
            assert!(Services::new(names, secrets, 1).is_err(), "{names} {secrets}");
        }
    }

    #[test]
    fn the_name_of_a_service_contains_no_possible_separator() {
        assert!(Services::check_names("app, Other-app_2.test,").is_ok());
        for bad in ["app;other", "app other", "app/other", "caf\u{e9}", "app, a\u{1b}b"] {
            let error = Services::check_names(bad).unwrap_err();
            assert!(error.ends_with("is not a name") && !error.contains('\u{1b}'), "{error}");
        }
    }

    #[test]
    fn a_service_acts_only_for_users_of_the_platform() {
        assert!(on_behalf(Some("u___7")).is_ok() && on_behalf(Some("ag__7")).is_ok());
        for other in [None, Some(""), Some("7"), Some("nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab")] {
            let error = on_behalf(other).unwrap_err();
            assert!(error.message().starts_with("X-User-Id"), "{error}");
        }
    }

    #[test]
    fn an_upsert_takes_a_user_of_the_platform_and_some_fields_of_the_profile() {
        let upsert = |id: &str, nickname: String| UpsertRequest {
            id: Some(id.into()),
            nickname: Some(nickname),
            avatar: None,
            extra: None,
        };
        let Upsert { user_id, profile } = upsert("ag__7", "n".into()).validate().unwrap();
        assert_eq!((user_id.as_str(), profile.nickname.as_deref()), ("ag__7", Some("n")));
        assert_eq!((profile.avatar, profile.extra), (None, None));
        let refused = upsert("nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab", "n".into()).validate();
        assert!(refused.unwrap_err().message().starts_with("id: "));
        let refused = upsert("u___7", "n".repeat(256)).validate().unwrap_err();
        assert_eq!(refused.message(), "nickname is 256 bytes long; at most 255 are allowed");
    }

    #[test]
    fn a_revocation_is_for_one_platform_or_for_all_ten() {
        let revoke = |platform_id| {
            let user_id = Some("nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab".into());
            RevokeRequest { user_id, platform_id }.validate()
        };
        let numbers =
            |revoke: Revoke| revoke.platforms.into_iter().map(i64::from).collect::<Vec<_>>();
        assert_eq!(numbers(revoke(Some(5)).unwrap()), [5]);
        assert_eq!(numbers(revoke(None).unwrap()), (1..=10).collect::<Vec<_>>());
        assert_eq!(revoke(Some(11)).unwrap_err().message(), "platform_id must be 1..10");
    }
}
