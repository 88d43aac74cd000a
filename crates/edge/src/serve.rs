//! The common part of all endpoints: the methods of a route, CORS, and the call of the handler.

use crate::call::Call;
use crate::cors::Cors;
use crate::response::{Body, Events, Frames, answer, names, refuse, respond};
use bytes::Bytes;
use futures::stream::{Stream, StreamExt};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Response};
use http_body::Frame;
use http_body_util::Either;
use longwave_core::{Code, Result};
use serde::Serialize;
use spin_sdk::http::Request;

/// Answers a request in the envelope: with 405 unless its method is one of `methods`, otherwise with the result of
/// `handler`. Writes the log line of the request under the name `component`.
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

/// Checks the method, where `GET` implies `HEAD`, and applies CORS to the answer of `handler`.
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

/// 405, with the allowed methods.
pub(crate) fn not_allowed(component: &str, call: &Call, methods: &[Method]) -> Response<Body> {
    let mut response = refuse(component, call, Code::MethodNotAllowed.into());
    if let Ok(names) = HeaderValue::from_str(&names(methods)) {
        response.headers_mut().insert(ALLOW, names);
    }
    response
}

/// The methods that a preflight allows on a route without a component.
const ANY: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Answers a request for a route without a component, with any method: 308 if the path has another normal form, which
/// may have one; otherwise `10004`.
pub async fn serve_not_found(component: &str, request: Request) -> Response<Body> {
    let call = Call::new(request);
    let cors = Cors::of(&call).await;
    let response = cors.preflight(component, &call, &ANY);
    let response = response.unwrap_or_else(|| not_found(component, &call));
    cors.may_read(response)
}

/// 308 if the path has another normal form, which may be served; otherwise `10004`.
pub(crate) fn not_found(component: &str, call: &Call) -> Response<Body> {
    let uri = &call.parts.uri;
    let Some(path) = normal_path(uri.path()) else {
        return refuse(component, call, Code::NotFound.into());
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = respond(component, call, 308, None, Bytes::new());
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    // Relative to the requested path, because a proxy may serve the root under another path.
    let up = "../".repeat(path.matches('/').count().saturating_sub(1));
    if let Ok(place) = HeaderValue::from_str(&format!("./{up}{}{query}", &path[1..])) {
        headers.insert(LOCATION, place);
    }
    response
}

/// The normal form of a path (RFC 3986, 6.2.2.2), in which unreserved characters are not percent-encoded; `None` if the
/// path is in normal form already, or the normal form is not a path of this server.
fn normal_path(path: &str) -> Option<String> {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        normal.push_str(before);
        let decoded = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let decoded = decoded.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        match decoded {
            Some(byte) => normal.push(char::from(byte)),
            None => normal.push('%'),
        }
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    normal.push_str(rest);
    // To a browser, a location that begins with two slashes names another host.
    let is_here = normal.as_bytes().get(1).is_some_and(u8::is_ascii_alphanumeric);
    Some(normal).filter(|normal| is_here && normal != path)
}

/// Answers `GET` with server-sent events, or with an error in the envelope if `handler` fails.
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
            // Proxies must forward events immediately.
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
            // The normal form is not a path of this server.
            ("//evil.example/%5F", ""),
            ("/\\evil.example/%5F", ""),
            ("/%2Fevil.example/%5F", ""),
            ("/%2e/evil.example/%5F", ""),
        ] {
            let expected = Some(normal.to_owned()).filter(|normal| !normal.is_empty());
            assert_eq!(normal_path(path), expected, "{path}");
        }
    }
}
