//! The envelope `{"code","message","data"}` around every answer, and the log line of every request.

use crate::call::Call;
use crate::clock::{self, Runtime, Slept, System};
use crate::cors::Cors;
use crate::log::{self, Fate, Refusals};
use bytes::Bytes;
use futures::stream::{Stream, StreamExt};
use http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER,
};
use http::{HeaderValue, Method, Response};
use http_body::Frame;
use http_body_util::{Either, Full, StreamBody};
use longwave_core::{Code, Error, Millis, Reason, Result};
use serde::Serialize;
use spin_sdk::http::Request;
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

/// `data` of an answer that has nothing to tell: `{}`.
#[derive(Serialize)]
pub struct Empty {}

#[derive(Serialize)]
struct Refusal {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// The body of an answer: whole, or events that come as they happen.
pub type Body = Either<Full<Bytes>, Events>;

/// Answers a request in the envelope: with 405 unless its method is one of `methods`, else with what
/// `handler` returns. Writes the request's log line, in which `component` is the name.
pub async fn serve<T: Serialize>(
    component: &str,
    methods: &[Method],
    request: Request,
    handler: impl AsyncFnOnce(&mut Call) -> Result<T>,
) -> Response<Body> {
    by_method(component, methods, request, async |call| {
        let result = handler(call).await;
        answer(component, call, result)
    })
    .await
}

/// What all answers have in common: the methods, of which `GET` implies `HEAD`, and what pages of other
/// origins may read.
pub(crate) async fn by_method(
    component: &str,
    methods: &[Method],
    request: Request,
    handler: impl AsyncFnOnce(&mut Call) -> Response<Body>,
) -> Response<Body> {
    let mut call = Call::new(request);
    let cors = Cors::of(&call).await;
    let response = if let Some(response) = cors.preflight(component, &call, methods) {
        response
    } else if methods.contains(call.method()) {
        handler(&mut call).await
    } else {
        not_allowed(component, &call, methods)
    };
    cors.may_read(response)
}

/// Methods as a header lists them.
pub(crate) fn names(methods: &[Method]) -> String {
    let with_head = |method: &Method| {
        if method == Method::GET { "GET, HEAD".to_owned() } else { method.to_string() }
    };
    methods.iter().map(with_head).collect::<Vec<_>>().join(", ")
}

/// 405, with the methods that are allowed.
pub(crate) fn not_allowed(component: &str, call: &Call, methods: &[Method]) -> Response<Body> {
    let mut response = refuse(component, call, Code::MethodNotAllowed.into());
    if let Ok(names) = HeaderValue::from_str(&names(methods)) {
        response.headers_mut().insert(ALLOW, names);
    }
    response
}

/// The methods with which a route that nothing serves can be asked for.
const ANY: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Answers a request for a route that nothing serves, whatever its method: `10004`, or 308 where its
/// path is another way to write one that may be served.
pub async fn serve_not_found(component: &str, request: Request) -> Response<Body> {
    let call = Call::new(request);
    let cors = Cors::of(&call).await;
    let response = cors.preflight(component, &call, &ANY);
    let response = response.unwrap_or_else(|| not_found(component, &call));
    cors.may_read(response)
}

/// `10004`; or 308 where the path is another way to write one that may be served.
pub(crate) fn not_found(component: &str, call: &Call) -> Response<Body> {
    let uri = &call.parts.uri;
    let Some(path) = normal_path(uri.path()) else {
        return refuse(component, call, Code::NotFound.into());
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = respond(component, call, 308, None, Bytes::new());
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    // From the place that was asked for: a proxy may serve this under a path of its own.
    let up = "../".repeat(path.matches('/').count().saturating_sub(1));
    if let Ok(place) = HeaderValue::from_str(&format!("./{up}{}{query}", &path[1..])) {
        headers.insert(LOCATION, place);
    }
    response
}

/// The normal form of a path (RFC 3986, 6.2.2.2), where it is another one: characters that need no
/// percent encoding stand without it.
fn normal_path(path: &str) -> Option<String> {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('%') {
        normal.push_str(before);
        let decoded = behind.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let decoded = decoded.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        match decoded {
            Some(byte) => normal.push(char::from(byte)),
            None => normal.push('%'),
        }
        rest = if decoded.is_some() { &behind[2..] } else { behind };
    }
    normal.push_str(rest);
    // Only a place of this server: a browser takes what begins with two slashes for another host.
    let is_here = normal.as_bytes().get(1).is_some_and(u8::is_ascii_alphanumeric);
    Some(normal).filter(|normal| is_here && normal != path)
}

/// Answers with an error in the envelope.
pub(crate) fn refuse(component: &str, call: &Call, error: Error) -> Response<Body> {
    answer::<()>(component, call, Err(error))
}

fn answer<T: Serialize>(component: &str, call: &Call, result: Result<T>) -> Response<Body> {
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

type Frames = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>>>>;

/// A body of texts that come as they are made.
pub type Events = StreamBody<Frames>;

/// Answers `GET` with server-sent events, or in the envelope where `handler` fails.
pub async fn serve_events<S: Stream<Item = Bytes> + 'static>(
    component: &str,
    request: Request,
    handler: impl AsyncFnOnce(&mut Call) -> Result<S>,
) -> Response<Body> {
    by_method(component, &[Method::GET], request, async |call| match handler(call).await {
        Ok(texts) => {
            let frames: Frames = Box::pin(texts.map(|text| Ok(Frame::data(text))));
            let response = respond(component, call, 200, None, Bytes::new());
            let is_head = call.parts.method == Method::HEAD;
            let mut response = response
                .map(|body| if is_head { body } else { Either::Right(Events::new(frames)) });
            let headers = response.headers_mut();
            headers.remove(CONTENT_LENGTH);
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            // Proxies hand on what comes, as it comes.
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
            headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
            response
        }
        Err(error) => refuse(component, call, error),
    })
    .await
}

/// Answers a health check, the one route without the envelope: `{"status":"ok"}` with 200, or
/// `{"status":"unavailable"}` with 503.
pub async fn serve_health(
    component: &str,
    request: Request,
    check: impl AsyncFnOnce() -> Result<()>,
) -> Response<Body> {
    by_method(component, &[Method::GET], request, async |call| match check().await {
        Ok(()) => respond(component, call, 200, None, r#"{"status":"ok"}"#),
        Err(error) => respond(component, call, 503, Some(&error), r#"{"status":"unavailable"}"#),
    })
    .await
}

/// Answers `GET` with a document that is part of the component.
pub async fn serve_document(
    component: &str,
    request: Request,
    content_type: &'static str,
    document: &'static [u8],
) -> Response<Body> {
    by_method(component, &[Method::GET], request, async |call| {
        let mut response = respond(component, call, 200, None, Bytes::from_static(document));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    })
    .await
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|error| Error::failed(Code::Internal, format!("encode the answer: {error}")))
}

/// Answers with a body of JSON, and writes the request's log line.
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

/// A request's log line. Neither the query nor a body is in it: they hold what people wrote.
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
    /// What went wrong on our side, told to nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    /// Further refusals of this second are only counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    last: bool,
}

/// The line that tells how many refusals were left out in a second.
#[derive(Serialize)]
struct Untold<'a> {
    level: &'a str,
    component: &'a str,
    left_out: u64,
}

thread_local!(static REFUSALS: RefCell<Refusals> = RefCell::default());

fn log_line(component: &str, call: &Call, status: u16, error: Option<&Error>) {
    let is_anonymous = call.user_id.is_none() && call.service.is_none();
    let is_refused = error.is_some_and(|error| !error.code().is_ours());
    let now = clock::now();
    let fate = if is_anonymous && is_refused {
        REFUSALS.with_borrow_mut(|refusals| refusals.admit(now))
    } else {
        Fate::Written
    };
    match fate {
        Fate::Written => {}
        Fate::Last => System.spawn(tell_untold(component.to_owned(), now)),
        Fate::LeftOut => return,
    }
    let ours = error.is_some_and(|error| error.code().is_ours());
    let route = call.spin_header("spin-matched-route");
    let line = Line {
        level: if ours { "error" } else { "info" },
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

/// At the end of a second, writes how many refusals of it were left out: no other request may come to tell it.
async fn tell_untold(component: String, now: Millis) {
    // A sleep may end a rounding early, and what is left out after that would not be told.
    let rest = 1_001 - now.rem_euclid(1_000);
    let rest = Duration::from_millis(rest.unsigned_abs());
    let (Slept::Enough | Slept::CutShort) = System.sleep(rest).await;
    let left_out = REFUSALS.with_borrow_mut(Refusals::untold);
    if left_out > 0 {
        write(&Untold { level: "info", component: &component, left_out });
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
    fn a_path_has_one_normal_form() {
        for (path, normal) in [
            ("/api/v1/message/max%5Fseqs", "/api/v1/message/max_seqs"),
            ("/api/v1/message/max%5fseqs", "/api/v1/message/max_seqs"),
            ("/%61pi/v1/user/me", "/api/v1/user/me"),
            ("/api/v1%2Fuser%2fme/%7E", "/api/v1%2Fuser%2fme/~"),
            ("/api/%2E%2e/x%", "/api/../x%"),
            ("/api/%255F%5F", "/api/%255F_"),
            ("/api/%5", ""),
            ("/api/%zz%+1", ""),
            ("/api/v1/user/me", ""),
            ("/", ""),
            // Not a place of this server.
            ("//evil.example/%5F", ""),
            ("/\\evil.example/%5F", ""),
            ("/%2Fevil.example/%5F", ""),
            ("/%2e/evil.example/%5F", ""),
        ] {
            let expected = Some(normal.to_owned()).filter(|normal| !normal.is_empty());
            assert_eq!(normal_path(path), expected, "{path}");
        }
    }

    #[test]
    fn whoever_may_get_may_ask_for_the_head() {
        assert_eq!(names(&[Method::GET, Method::PUT]), "GET, HEAD, PUT");
        assert_eq!(names(&[Method::POST]), "POST");
    }
}
