//! The current request.

use crate::auth::{AuthUser, Service, authenticate};
use crate::database::database;
use crate::{clock, log, variables};
use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::{BodyExt, Limited};
use longwave_core::address::Address;
use longwave_core::id::UserId;
use longwave_core::internal::SignedCall;
use longwave_core::json::{self, Names};
use longwave_core::throttle::MINUTE;
use longwave_core::{Code, Error, Millis, Result};
use longwave_store::service::use_nonce;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use spin_sdk::http::Request;
use std::borrow::Cow;
use std::cell::Cell;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Maximum size of a body in bytes.
const BODY_MAX: usize = 64 * 1024;

type Incoming = <Request as IntoBody>::Body;

/// Names the body type of the SDK, which does not export it.
trait IntoBody {
    type Body;
}

impl<B> IntoBody for http::Request<B> {
    type Body = B;
}

/// One request: its content, its caller, and the data of its log line.
pub struct Call {
    /// The id that the caller gave the request, or a new one.
    pub(crate) request_id: String,
    /// The arrival of the request, for its duration.
    pub(crate) started: Instant,
    /// The time of day at the arrival.
    now: Millis,
    pub(crate) parts: Parts,
    /// The authenticated user, or the user on whose behalf an authenticated service calls.
    pub(crate) user_id: Option<String>,
    /// The authenticated service.
    pub(crate) service: Option<String>,
    body: Body,
}

enum Body {
    Incoming(Incoming),
    Read(Bytes),
}

impl Call {
    pub(crate) fn new(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        Self {
            request_id: request_id(&parts.headers),
            started: Instant::now(),
            now: clock::now(),
            parts,
            user_id: None,
            service: None,
            body: Body::Incoming(body),
        }
    }

    /// The method of the request; `GET` for `HEAD`, whose answer is that of `GET` without the body.
    #[must_use]
    pub fn method(&self) -> &Method {
        if self.parts.method == Method::HEAD { &Method::GET } else { &self.parts.method }
    }

    /// The arrival time of the request, used for everything that it stores and compares.
    #[must_use]
    pub const fn now(&self) -> Millis {
        self.now
    }

    /// Authenticates the caller by the bearer token.
    ///
    /// # Errors
    /// As [`authenticate`].
    pub async fn authenticate(&mut self) -> Result<AuthUser> {
        let user = authenticate(&self.parts.headers, self.now).await?;
        self.user_id = Some(user.id().to_string());
        Ok(user)
    }

    /// The service that signed this call. It must be configured, the signature must match the call, and the nonce must
    /// be new.
    ///
    /// # Errors
    /// `10004` if the internal channel is off; `10002` with the reason for an invalid signature; `10008` for a body of
    /// more than 64 KiB; `20002` if the database does not answer.
    pub async fn authenticate_service(&mut self) -> Result<Service> {
        let services = variables::services().await?.ok_or(Code::NotFound)?;
        let body = self.read().await?;
        let text = |name| self.header(name).unwrap_or_default();
        let signed = SignedCall {
            service: text("x-service-name"),
            timestamp: text("x-timestamp"),
            nonce: text("x-nonce"),
            method: self.parts.method.as_str(),
            path: self.parts.uri.path(),
            query: self.parts.uri.query().unwrap_or_default(),
            user_id: text("x-user-id"),
            platform_id: text("x-platform-id"),
            body: &body,
            signature: text("x-signature"),
        };
        let expires_at = services.verify(&signed, self.now)?;
        use_nonce(&*database().await?, signed.service, signed.nonce, expires_at, self.now).await?;
        let service = signed.service.to_owned();
        let user_id = self.header("x-user-id").map(str::to_owned);
        self.service = Some(service);
        // Text that is not a user id may be anything and is not logged.
        self.user_id = user_id.clone().filter(|id| UserId::parse(id).is_some());
        Ok(Service { user_id })
    }

    /// The client's address: the last one in the header that the operator's proxy sets or, without a proxy, the peer of
    /// the connection. Text that is not an address is counted as a client of its own, and is logged at most once a
    /// minute.
    ///
    /// # Errors
    /// `20001` if `client_address_header` is missing.
    pub async fn client_address(&self) -> Result<Address> {
        let header = variables::client_address_header().await?;
        let header = if header.is_empty() { "spin-client-addr" } else { &header };
        let value = self.parts.headers.get_all(header).iter().next_back();
        let address = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let address = Address::last_of(&address.unwrap_or_default());
        if !address.is_ip() && is_first_in_minute(self.now) {
            log::error(&format!(
                "{header} holds no address, but {address}: callers are distinguished by that text"
            ));
        }
        Ok(address)
    }

    /// The body as JSON, by [`object`].
    ///
    /// # Errors
    /// As [`object`]; `10008` for more than 64 KiB; `10009` for one that is compressed.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        object(&self.read().await?)
    }

    async fn read(&mut self) -> Result<Bytes> {
        let body = match std::mem::replace(&mut self.body, Body::Read(Bytes::new())) {
            Body::Incoming(body) => body,
            Body::Read(bytes) => {
                self.body = Body::Read(bytes.clone());
                return Ok(bytes);
            }
        };
        self.check_encoding()?;
        let too_large =
            || Error::new(Code::BodyTooLarge, format!("the body is larger than {BODY_MAX} bytes"));
        match Limited::new(body, BODY_MAX).collect().await {
            Ok(collected) => {
                let bytes = collected.to_bytes();
                self.body = Body::Read(bytes.clone());
                Ok(bytes)
            }
            Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
            // The error of the runtime means nothing to a client.
            Err(_) => Err(Error::invalid("the body did not come to its end")),
        }
    }

    /// Refuses compressed bodies, because a small one could decompress to an unlimited size.
    fn check_encoding(&self) -> Result<()> {
        let encodings = self.parts.headers.get_all(CONTENT_ENCODING);
        let is_identity = |value: &HeaderValue| {
            let value = value.as_bytes().trim_ascii();
            value.is_empty() || value.eq_ignore_ascii_case(b"identity")
        };
        if encodings.iter().all(is_identity) {
            return Ok(());
        }
        Err(Code::UnsupportedEncoding.into())
    }

    /// A path parameter of the route, percent-decoded.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let name = name.replace('_', "-");
        let encoded = self.spin_header(&format!("spin-path-match-{name}"))?;
        Some(percent_decode_str(encoded).decode_utf8_lossy())
    }

    /// A header set by Spin: the last one, because Spin appends its headers to those that the client sent.
    pub(crate) fn spin_header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get_all(name).iter().next_back()?.to_str().ok()
    }

    /// A header, if it is readable text and not empty.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
    }

    /// A parameter of the query, percent-decoded.
    ///
    /// # Errors
    /// `10001` if it is given more than once, which is ambiguous.
    pub fn query(&self, name: &str) -> Result<Option<String>> {
        parameter(self.parts.uri.query().unwrap_or_default(), name)
    }

    /// A parameter of the query that is a time in seconds: `default` if absent, clamped to 0..=`max`; 0 for `HEAD`,
    /// which has no body to wait for.
    ///
    /// # Errors
    /// `10001` if it is not a number or is given more than once.
    pub fn query_seconds(&self, name: &str, default: Duration, max: Duration) -> Result<Duration> {
        let seconds = self.query_number::<i64>(name)?.map(|seconds| seconds.max(0).unsigned_abs());
        let max = if self.parts.method == Method::HEAD { Duration::ZERO } else { max };
        Ok(seconds.map_or(default, Duration::from_secs).min(max))
    }

    /// A parameter of the query that is a number.
    ///
    /// # Errors
    /// `10001` if it is not a number or is given more than once.
    pub fn query_number<N: FromStr>(&self, name: &str) -> Result<Option<N>> {
        let Some(text) = self.query(name)? else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| Error::invalid(format!("{name} is not a number in range")))
    }
}

/// Reads a body as a JSON object. Unknown fields are ignored.
///
/// # Errors
/// `10001` if the body is not a JSON object that every parser can read ([`json::check`]); `10001`
/// with the name of a field that has the wrong type or is given more than once.
pub fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    // serde also reads an array as an object, field by field.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("the body is not a JSON object"));
    }
    let mut parser = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let (path, found) = (error.path().to_string(), error.inner());
        if let Some(field) = duplicate_field(&found.to_string()) {
            return Error::invalid(format!("{field} is given more than once"));
        }
        let message = kind_of(found);
        if found.is_data() && path != "." {
            return Error::invalid(format!("{path}: {message}"));
        }
        Error::invalid(format!("the body is not a JSON object: {message}"))
    })?;
    parser.end().map_err(|_| Error::invalid("the body goes on behind its JSON object"))?;
    // Unknown fields are checked as well.
    json::check(body, Names::Repeated)
        .map_err(|why| Error::invalid(format!("the body is not a JSON object: {why}")))?;
    Ok(value)
}

/// A parameter of a query, percent-decoded.
///
/// # Errors
/// `10001` if it is given more than once.
pub fn parameter(query: &str, name: &str) -> Result<Option<String>> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let first = values.next().map(|(_, value)| value.into_owned());
    match values.next() {
        Some(_) => Err(Error::invalid(format!("{name} is given more than once"))),
        None => Ok(first),
    }
}

/// The name of the field, if the text of a serde error reports a duplicate one.
fn duplicate_field(found: &str) -> Option<&str> {
    found.strip_prefix("duplicate field `")?.split('`').next()
}

/// The text of a serde error without the value, which may be a password, and without the position, which is redundant
/// because the field is named.
fn kind_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    // Split from the right: the value comes first and may contain anything.
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if error.is_syntax() || error.is_eof() => text.to_owned(),
        None => "not a value of this field".to_owned(),
    }
}

/// Whether a minute has passed since this function last returned true in this instance, or the
/// clock was set back by as much.
fn is_first_in_minute(now: Millis) -> bool {
    thread_local!(static LOGGED: Cell<Option<Millis>> = const { Cell::new(None) });
    let is_first = LOGGED.get().is_none_or(|logged| now.abs_diff(logged) >= MINUTE.unsigned_abs());
    if is_first {
        LOGGED.set(Some(now));
    }
    is_first
}

/// The id of a request: the caller's `x-operation-id`, the trace id of its `traceparent`, or a new id. An id of the
/// caller must be 1-128 visible ASCII characters, so that it is safe to log.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> String {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    header("x-operation-id")
        .or_else(|| header("traceparent")?.split('-').nth(1))
        .filter(|id| {
            (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
        })
        .map_or_else(|| clock::uuid().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_parameter_is_decoded_and_refused_if_repeated() {
        let query = "a=1&b=%E4%BD%A0+x&a=2&c";
        assert_eq!(parameter(query, "b").unwrap().as_deref(), Some("\u{4f60} x"));
        assert_eq!(parameter(query, "c").unwrap().as_deref(), Some(""));
        assert_eq!(parameter(query, "d").unwrap(), None);
        assert_eq!(parameter(query, "a").unwrap_err().message(), "a is given more than once");
    }

    #[test]
    fn a_wrong_type_is_reported_without_the_value() {
        let error = serde_json::from_str::<String>("123456").unwrap_err();
        assert_eq!(kind_of(&error), "expected a string");
        let error = serde_json::from_str::<i64>(r#""my pass, expected word""#).unwrap_err();
        assert_eq!(kind_of(&error), "expected i64");
        let error = serde_json::from_str::<i64>("{").unwrap_err();
        assert!(!kind_of(&error).contains("line"));
    }

    #[test]
    fn a_field_that_is_given_twice_is_named() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {
            #[serde(rename = "a")]
            _a: Option<i64>,
        }
        assert!(object::<Body>(br#"{"a":1,"b":2,"b":3}"#).is_ok(), "nobody asks for b");
        let error = object::<Body>(br#"{"a":null,"a":1}"#).unwrap_err();
        assert_eq!(error.to_string(), "10001 a is given more than once");
    }

    #[test]
    fn unknown_fields_must_be_readable_by_every_parser_too() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {}
        assert!(object::<Body>(br#"{"a":"\ud83d\ude00","b":1e308}"#).is_ok());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        for (body, message) in [
            (r#"{"a":"\ud83d"}"#, "unexpected end of hex escape"),
            (r#"{"a":1e400}"#, "number out of range"),
            (&*deep, "nested deeper than 64 levels"),
        ] {
            let error = object::<Body>(body.as_bytes()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("10001 the body is not a JSON object: {message}")
            );
        }
    }

    #[test]
    fn an_unreadable_address_is_logged_once_a_minute() {
        let first: Vec<_> = [0, 1, 59_999, 60_000, 60_001, 0, 1].map(is_first_in_minute).into();
        assert_eq!(first, [true, false, false, true, false, true, false]);
    }

    #[test]
    fn a_request_id_of_the_caller_is_kept_if_it_is_safe_to_log() {
        let id = |name: &'static str, value: &'static str| {
            let request = http::Request::builder().header(name, value).body(()).unwrap();
            request_id(request.headers())
        };
        assert_eq!(id("x-operation-id", "op-1"), "op-1");
        assert_eq!(
            id("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert_eq!(id("x-operation-id", "two words").len(), 36);
        assert_eq!(id("x-operation-id", "").len(), 36);
    }
}
