//! The envelope `{"code","message","data"}` around every answer, and the log line of every request.

use crate::call::Call;
use crate::cors::Page;
use crate::log;
use bytes::Bytes;
use futures::stream::{Stream, StreamExt};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Response};
use http_body::Frame;
use http_body_util::{Either, Full, StreamBody};
use longwave_core::{Code, Error, Reason, Result};
use serde::Serialize;
use spin_sdk::http::Request;
use std::convert::Infallible;
use std::pin::Pin;

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

/// Answers a request in the envelope: with 405 unless its method is one of `methods`, else with what
/// `handler` returns. Writes the request's log line, in which `component` is the name.
pub async fn serve<T: Serialize>(
    component: &str,
    methods: &[Method],
    request: Request,
    handler: impl AsyncFnOnce(&mut Call) -> Result<T>,
) -> Response<Full<Bytes>> {
    let mut call = Call::new(request);
    let page = Page::of(&call).await;
    if let Some(response) = page.as_ref().and_then(|it| it.preflight(component, &call, methods)) {
        return response;
    }
    let response = if methods.contains(call.method()) {
        let result = handler(&mut call).await;
        answer(component, &call, result)
    } else {
        not_allowed(component, &call, methods)
    };
    readable(page.as_ref(), response)
}

fn readable<B>(page: Option<&Page>, response: Response<B>) -> Response<B> {
    match page {
        Some(page) => page.may_read(response),
        None => response,
    }
}

/// Methods as a header lists them.
pub(crate) fn names(methods: &[Method]) -> String {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    names.join(", ")
}

/// 405, with the methods that are allowed.
pub(crate) fn not_allowed(
    component: &str,
    call: &Call,
    methods: &[Method],
) -> Response<Full<Bytes>> {
    let mut response = refuse(component, call, Code::MethodNotAllowed.into());
    if let Ok(names) = HeaderValue::from_str(&names(methods)) {
        response.headers_mut().insert(ALLOW, names);
    }
    response
}

/// Answers a request for a route that nothing serves, whatever its method: `10004`.
pub fn serve_not_found(component: &str, request: Request) -> Response<Full<Bytes>> {
    let call = Call::new(request);
    refuse(component, &call, Code::NotFound.into())
}

/// Answers with an error in the envelope.
pub(crate) fn refuse(component: &str, call: &Call, error: Error) -> Response<Full<Bytes>> {
    answer::<()>(component, call, Err(error))
}

fn answer<T: Serialize>(component: &str, call: &Call, result: Result<T>) -> Response<Full<Bytes>> {
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
) -> Response<Either<Full<Bytes>, Events>> {
    let mut call = Call::new(request);
    let page = Page::of(&call).await;
    let methods = [Method::GET];
    if let Some(response) = page.as_ref().and_then(|it| it.preflight(component, &call, &methods)) {
        return response.map(Either::Left);
    }
    if call.method() != Method::GET {
        let response = not_allowed(component, &call, &methods);
        return readable(page.as_ref(), response).map(Either::Left);
    }
    let response = match handler(&mut call).await {
        Ok(texts) => {
            let frames: Frames = Box::pin(texts.map(|text| Ok(Frame::data(text))));
            let response = respond(component, &call, 200, None, Bytes::new());
            let mut response = response.map(|_| Either::Right(Events::new(frames)));
            let headers = response.headers_mut();
            headers.remove(CONTENT_LENGTH);
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            // Proxies hand on what comes, as it comes.
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
            headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
            response
        }
        Err(error) => refuse(component, &call, error).map(Either::Left),
    };
    readable(page.as_ref(), response)
}

/// Answers a health check, the one route without the envelope: `{"status":"ok"}` with 200, or
/// `{"status":"unavailable"}` with 503.
pub async fn serve_health(
    component: &str,
    request: Request,
    check: impl AsyncFnOnce() -> Result<()>,
) -> Response<Full<Bytes>> {
    let call = Call::new(request);
    if call.method() != Method::GET {
        return not_allowed(component, &call, &[Method::GET]);
    }
    match check().await {
        Ok(()) => respond(component, &call, 200, None, r#"{"status":"ok"}"#),
        Err(error) => respond(component, &call, 503, Some(&error), r#"{"status":"unavailable"}"#),
    }
}

/// Answers `GET` with a document that is part of the component.
pub fn serve_document(
    component: &str,
    request: Request,
    content_type: &'static str,
    document: &'static [u8],
) -> Response<Full<Bytes>> {
    let call = Call::new(request);
    if call.method() != Method::GET {
        return not_allowed(component, &call, &[Method::GET]);
    }
    let mut response = respond(component, &call, 200, None, Bytes::from_static(document));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
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
) -> Response<Full<Bytes>> {
    log_line(component, call, status, error);
    let body = body.into();
    let length = body.len();
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(seconds) = error.and_then(Error::retry_after) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
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
}

fn log_line(component: &str, call: &Call, status: u16, error: Option<&Error>) {
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
    };
    if let Ok(line) = serde_json::to_string(&line) {
        log::line(&line);
    }
}
