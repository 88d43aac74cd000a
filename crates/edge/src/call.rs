//! The request under way.

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

/// Most bytes of a body.
const BODY_MAX: usize = 64 * 1024;

type Incoming = <Request as IntoBody>::Body;

/// Names the SDK's body type, which it does not export by a name of its own.
trait IntoBody {
    type Body;
}

impl<B> IntoBody for http::Request<B> {
    type Body = B;
}

/// One request: what was asked, by whom, and what its log line says about it.
pub struct Call {
    /// The caller's id of the request, or ours.
    pub(crate) request_id: String,
    pub(crate) started: Instant,
    pub(crate) parts: Parts,
    /// Set once the caller is known: the user, and the service that calls for it or by itself.
    pub(crate) user_id: Option<String>,
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
            parts,
            user_id: None,
            service: None,
            body: Body::Incoming(body),
        }
    }

    /// The method of the request: `GET` for a `HEAD`, whose answer is that of a `GET`, without the body.
    #[must_use]
    pub fn method(&self) -> &Method {
        if self.parts.method == Method::HEAD { &Method::GET } else { &self.parts.method }
    }

    /// Who asks.
    ///
    /// # Errors
    /// As [`authenticate`].
    pub async fn authenticate(&mut self) -> Result<AuthUser> {
        let user = authenticate(&self.parts.headers).await?;
        self.user_id = Some(user.id().to_string());
        Ok(user)
    }

    /// The service that signed this call: one that is configured, whose signature fits the call and was not used
    /// before.
    ///
    /// # Errors
    /// `10004` when the internal channel is off; `10002` with what does not fit; `10008` for a body
    /// of more than 64 KiB; `20002` when the database does not answer.
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
        let now = clock::now();
        let expires_at = services.verify(&signed, now)?;
        use_nonce(&*database().await?, signed.service, signed.nonce, expires_at, now).await?;
        let service = signed.service.to_owned();
        let user_id = self.header("x-user-id").map(str::to_owned);
        self.service = Some(service);
        // What is no id may be anything, and has no place in a log.
        self.user_id = user_id.clone().filter(|id| UserId::parse(id).is_some());
        Ok(Service { user_id })
    }

    /// Where the call comes from: the last address in the header that a proxy of ours sets, or the
    /// other end of the connection. Text that is no address is its own bucket, and is logged at most once
    /// a minute.
    ///
    /// # Errors
    /// `20001` when `client_address_header` is missing.
    pub async fn client_address(&self) -> Result<Address> {
        let header = variables::client_address_header().await?;
        let header = if header.is_empty() { "spin-client-addr" } else { &header };
        let value = self.parts.headers.get_all(header).iter().next_back();
        let address = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let address = Address::last_of(&address.unwrap_or_default());
        if !address.is_ip() && is_first_in_minute(clock::now()) {
            log::error(&format!(
                "{header} holds no address, but {address}: callers are told apart by that text"
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
            // The runtime's word for it says nothing to a client.
            Err(_) => Err(Error::invalid("the body did not come to its end")),
        }
    }

    /// Nothing is decompressed here: a small body could become one without an end.
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

    /// A parameter of the route, which Spin found in the path, percent-decoded.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let name = name.replace('_', "-");
        let encoded = self.spin_header(&format!("spin-path-match-{name}"))?;
        Some(percent_decode_str(encoded).decode_utf8_lossy())
    }

    /// A header that Spin set. Spin appends its headers behind those of the same name that a client
    /// sent.
    pub(crate) fn spin_header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get_all(name).iter().next_back()?.to_str().ok()
    }

    /// A header, where it is readable text and not empty.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
    }

    /// A parameter of the query, percent-decoded.
    ///
    /// # Errors
    /// `10001` when it is given more than once: which one is meant is not for us to guess.
    pub fn query(&self, name: &str) -> Result<Option<String>> {
        parameter(self.parts.uri.query().unwrap_or_default(), name)
    }

    /// A parameter of the query that is a time in seconds: `default` unless given, cut to 0..=`max`; 0
    /// for a `HEAD`, which waits for no body.
    ///
    /// # Errors
    /// `10001` when it is no number, or given more than once.
    pub fn query_seconds(&self, name: &str, default: Duration, max: Duration) -> Result<Duration> {
        let seconds = self.query_number::<i64>(name)?.map(|seconds| seconds.max(0).unsigned_abs());
        let max = if self.parts.method == Method::HEAD { Duration::ZERO } else { max };
        Ok(seconds.map_or(default, Duration::from_secs).min(max))
    }

    /// A parameter of the query that is a number.
    ///
    /// # Errors
    /// `10001` when it is none, or given more than once.
    pub fn query_number<N: FromStr>(&self, name: &str) -> Result<Option<N>> {
        let Some(text) = self.query(name)? else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| Error::invalid(format!("{name} is not a number in range")))
    }
}

/// The JSON object that a body holds. Unknown fields are ignored.
///
/// # Errors
/// `10001` for what is no JSON object or not readable by every parser ([`json::check`]), and for a field
/// that is of a wrong type or stands there more than once, which is named.
pub fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    // serde would take an array for an object, field by field.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("the body is not a JSON object"));
    }
    let mut parser = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let (path, found) = (error.path().to_string(), error.inner());
        if let Some(field) = twice(&found.to_string()) {
            return Error::invalid(format!("{field} is given more than once"));
        }
        let told = kind_of(found);
        if found.is_data() && path != "." {
            return Error::invalid(format!("{path}: {told}"));
        }
        Error::invalid(format!("the body is not a JSON object: {told}"))
    })?;
    parser.end().map_err(|_| Error::invalid("the body goes on behind its JSON object"))?;
    // The fields that nobody asks for, too.
    json::check(body, Names::Repeated)
        .map_err(|why| Error::invalid(format!("the body is not a JSON object: {why}")))?;
    Ok(value)
}

/// A parameter of a query, percent-decoded.
///
/// # Errors
/// `10001` when it is given more than once.
pub fn parameter(query: &str, name: &str) -> Result<Option<String>> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let first = values.next().map(|(_, value)| value.into_owned());
    match values.next() {
        Some(_) => Err(Error::invalid(format!("{name} is given more than once"))),
        None => Ok(first),
    }
}

/// The field that serde found twice, if that is what it found.
fn twice(found: &str) -> Option<&str> {
    found.strip_prefix("duplicate field `")?.split('`').next()
}

/// What serde found wrong, without the value (it may be a password) and without a position, which
/// means nothing where the field is named.
fn kind_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    // From the right: the value stands before it, and may hold anything.
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if error.is_syntax() || error.is_eof() => text.to_owned(),
        None => "not a value of this field".to_owned(),
    }
}

/// Whether nothing was told in the minute before `now`, in this instance.
fn is_first_in_minute(now: Millis) -> bool {
    thread_local!(static TOLD: Cell<Option<Millis>> = const { Cell::new(None) });
    let is_first = TOLD.get().is_none_or(|told| now.abs_diff(told) >= MINUTE.unsigned_abs());
    if is_first {
        TOLD.set(Some(now));
    }
    is_first
}

/// The caller's `x-operation-id`, the trace id of its `traceparent`, or a new one: 1-128 visible
/// ASCII characters, fit for a log.
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
    fn a_query_parameter_is_decoded_and_may_stand_only_once() {
        let query = "a=1&b=%E4%BD%A0+x&a=2&c";
        assert_eq!(parameter(query, "b").unwrap().as_deref(), Some("\u{4f60} x"));
        assert_eq!(parameter(query, "c").unwrap().as_deref(), Some(""));
        assert_eq!(parameter(query, "d").unwrap(), None);
        assert_eq!(parameter(query, "a").unwrap_err().message(), "a is given more than once");
    }

    #[test]
    fn a_wrong_type_is_told_without_the_value() {
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
    fn a_body_is_readable_by_every_parser_in_the_fields_that_nobody_asks_for_too() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {}
        assert!(object::<Body>(br#"{"a":"\ud83d\ude00","b":1e308}"#).is_ok());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        for (body, told) in [
            (r#"{"a":"\ud83d"}"#, "unexpected end of hex escape"),
            (r#"{"a":1e400}"#, "number out of range"),
            (&*deep, "nested deeper than 64 levels"),
        ] {
            let error = object::<Body>(body.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), format!("10001 the body is not a JSON object: {told}"));
        }
    }

    #[test]
    fn one_line_a_minute_tells_that_an_address_cannot_be_read() {
        let told: Vec<_> = [0, 1, 59_999, 60_000, 60_001, 0, 1].map(is_first_in_minute).into();
        assert_eq!(told, [true, false, false, true, false, true, false]);
    }

    #[test]
    fn the_callers_id_is_kept_when_it_is_fit_for_a_log() {
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
