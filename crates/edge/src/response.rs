//! Responses: the envelope `{"code","message","data"}`, the common headers, and the log line of the request.

use crate::call::Call;
use crate::clock::{self, Runtime, Slept, System};
use crate::log::{self, Fate, Limit};
use bytes::Bytes;
use futures::stream::Stream;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Response};
use http_body::Frame;
use http_body_util::{Either, Full, StreamBody};
use longwave_core::{Code, Error, Millis, Reason, Result};
use serde::Serialize;
use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

#[derive(Serialize)]
struct Envelope<'a, T> {
    code: u32,
    message: &'a str,
    data: T,
}

/// The `data` of an answer without data: `{}`.
#[derive(Serialize)]
pub struct Empty {}

#[derive(Serialize)]
struct Refusal {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// The body of an answer: complete, or a stream of events.
pub type Body = Either<Full<Bytes>, Events>;

/// A list of methods for a header. `GET` implies `HEAD`.
pub(crate) fn names(methods: &[Method]) -> String {
    let with_head = |method: &Method| {
        if method == Method::GET { "GET, HEAD".to_owned() } else { method.to_string() }
    };
    methods.iter().map(with_head).collect::<Vec<_>>().join(", ")
}

/// Answers with an error in the envelope.
pub(crate) fn refuse(component: &str, call: &Call, error: Error) -> Response<Body> {
    answer::<()>(component, call, Err(error))
}

/// Answers with data, or an error, in the envelope.
pub(crate) fn answer<T: Serialize>(
    component: &str,
    call: &Call,
    result: Result<T>,
) -> Response<Body> {
    match result.and_then(|data| to_json(&Envelope { code: 0, message: "", data })) {
        Ok(body) => respond(component, call, 200, None, body),
        Err(error) => {
            respond(component, call, error.code().status(), Some(&error), refusal(&error))
        }
    }
}

/// The envelope of an error.
pub(crate) fn refusal(error: &Error) -> String {
    let data = Refusal { reason: error.reason().map(Reason::as_str) };
    let envelope = Envelope { code: error.code().number(), message: error.message(), data };
    serde_json::to_string(&envelope).unwrap_or_default()
}

/// The parts of a streamed body.
pub(crate) type Frames = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>>>>;

/// A streamed body of texts.
pub type Events = StreamBody<Frames>;

fn to_json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|error| Error::failed(Code::Internal, format!("encode the answer: {error}")))
}

/// Answers with a JSON body, and writes the log line of the request.
pub(crate) fn respond(
    component: &str,
    call: &Call,
    status: u16,
    error: Option<&Error>,
    body: impl Into<Bytes>,
) -> Response<Body> {
    log_line(component, call, status, error);
    let body = body.into();
    let length = body.len();
    let mut response = Response::new(Either::Left(Full::new(body)));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(seconds) = error.and_then(Error::retry_after) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.is_some_and(|error| error.code() == Code::UnsupportedEncoding) {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if let Ok(request_id) = HeaderValue::from_str(&call.request_id) {
        headers.insert("x-request-id", request_id);
    }
    response
}

/// The log line of a request. It contains neither the query nor a body, which hold private text.
#[derive(Serialize)]
struct Line<'a> {
    level: &'a str,
    component: &'a str,
    request_id: &'a str,
    method: &'a str,
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    status: u16,
    code: u32,
    duration_us: u128,
    /// The cause of a server error, for the log only.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    /// Whether further lines of this level about anonymous requests in this second are only counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    last: bool,
}

/// The log line with the number of lines left out in a second.
#[derive(Serialize)]
struct LeftOutLine<'a> {
    level: &'a str,
    component: &'a str,
    left_out: u64,
}

/// The level of a line about a server error, or about another request.
const fn level(is_error: bool) -> &'static str {
    if is_error { "error" } else { "info" }
}

/// Whether the line of a request at `now` is written. Those about server errors have a limit of their own, so that a
/// flood of other requests does not hide them.
fn fate(is_anonymous: bool, is_error: bool, now: Millis) -> Fate {
    if is_anonymous { with_limit(is_error, |limit| limit.admit(now)) } else { Fate::Written }
}

fn with_limit<T>(is_error: bool, act: impl FnOnce(&mut Limit) -> T) -> T {
    thread_local!(static LIMITS: RefCell<[Limit; 2]> = RefCell::default());
    LIMITS.with_borrow_mut(|limits| act(&mut limits[usize::from(is_error)]))
}

fn log_line(component: &str, call: &Call, status: u16, error: Option<&Error>) {
    let is_anonymous = call.user_id.is_none() && call.service.is_none();
    let is_error = error.is_some_and(|error| error.code().is_ours());
    let now = clock::now();
    let fate = fate(is_anonymous, is_error, now);
    match fate {
        Fate::Written => {}
        Fate::Last => System.spawn(log_left_out(component.to_owned(), is_error, now)),
        Fate::LeftOut => return,
    }
    let route = call.spin_header("spin-matched-route");
    let line = Line {
        level: level(is_error),
        component,
        request_id: &call.request_id,
        method: call.parts.method.as_str(),
        route: route.unwrap_or_else(|| call.parts.uri.path()),
        user_id: call.user_id.as_deref(),
        service: call.service.as_deref(),
        status,
        code: error.map_or(0, |error| error.code().number()),
        duration_us: call.started.elapsed().as_micros(),
        cause: error.and_then(Error::cause),
        last: fate == Fate::Last,
    };
    write(&line);
}

/// At the end of a second, writes the number of lines that were left out. This does not wait for another request,
/// which may never arrive.
async fn log_left_out(component: String, is_error: bool, now: Millis) {
    // One millisecond more than the rest of the second: a sleep may end slightly early, and lines left out after
    // that would not be counted.
    let rest = 1_001 - now.rem_euclid(1_000);
    let rest = Duration::from_millis(rest.unsigned_abs());
    let (Slept::Enough | Slept::CutShort) = System.sleep(rest).await;
    let left_out = with_limit(is_error, Limit::take_left_out);
    if left_out > 0 {
        write(&LeftOutLine { level: level(is_error), component: &component, left_out });
    }
}

fn write(line: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(line) {
        log::line(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_anonymous_line_is_limited_and_no_flood_hides_errors_or_known_callers() {
        let written = |is_anonymous, is_error| {
            let fates = (0..30).map(|_| fate(is_anonymous, is_error, 5_000));
            fates.filter(|fate| *fate != Fate::LeftOut).count()
        };
        assert_eq!([written(true, false), written(true, true)], [20, 20]);
        assert_eq!([written(false, false), written(false, true)], [30, 30]);
        assert_eq!(
            [false, true].map(|is_error| with_limit(is_error, Limit::take_left_out)),
            [10, 10]
        );
    }

    #[test]
    fn get_implies_head_in_a_list_of_methods() {
        assert_eq!(names(&[Method::GET, Method::PUT]), "GET, HEAD, PUT");
        assert_eq!(names(&[Method::POST]), "POST");
    }
}
