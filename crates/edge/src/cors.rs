//! CORS: pages of other origins can use the API only if `cors_origins` lists their origin.

use crate::call::Call;
use crate::response::{Body, names, respond};
use crate::variables;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, ORIGIN, VARY,
};
use http::{Method, Response};

/// The headers that a page may send: those that this API reads, and those that tools for tracing, retries and streams
/// add to every request.
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, x-platform-id, x-operation-id, last-event-id, cache-control, pragma, \
     if-none-match, x-requested-with, x-request-id, x-correlation-id, request-id, request-context, \
     traceparent, tracestate, baggage, sentry-trace, b3, x-b3-traceid, x-b3-spanid, x-b3-parentspanid, \
     x-b3-sampled, x-b3-flags, x-datadog-trace-id, x-datadog-parent-id, x-datadog-origin, \
     x-datadog-sampling-priority, x-datadog-tags, uber-trace-id, newrelic, elastic-apm-traceparent, \
     x-amzn-trace-id, x-cloud-trace-context",
);

/// The headers of an answer that a page may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after, x-request-id");

/// Seconds for which a browser caches a preflight; no browser keeps it longer.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// The CORS decision about a request.
pub(crate) struct Cors {
    /// The origin of the request, if it is listed.
    origin: Option<HeaderValue>,
    /// Whether the answer depends on the origin.
    varies: bool,
}

impl Cors {
    /// Decides about a request. If the list cannot be read, no origin is allowed, and the request is still answered.
    pub(crate) async fn of(call: &Call) -> Self {
        let Ok(listed) = variables::cors_origins().await else {
            return Self { origin: None, varies: false };
        };
        let origin = call.parts.headers.get(ORIGIN);
        let origin = origin.filter(|origin| listed.contains(origin.as_bytes())).cloned();
        Self { origin, varies: !listed.is_empty() }
    }

    /// The answer to a preflight request for a listed page; `None` for any other request.
    pub(crate) fn preflight(
        &self,
        component: &str,
        call: &Call,
        methods: &[Method],
    ) -> Option<Response<Body>> {
        let asks = call.parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if self.origin.is_none() || call.parts.method != Method::OPTIONS || !asks {
            return None;
        }
        let mut response = respond(component, call, 204, None, Bytes::new());
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_LENGTH);
        if let Ok(names) = HeaderValue::from_str(&names(methods)) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, names);
        }
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(response)
    }

    /// Lets the page read an answer. Cookies are not allowed, because tokens are in a header.
    pub(crate) fn may_read<B>(self, mut response: Response<B>) -> Response<B> {
        let headers = response.headers_mut();
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        response
    }
}
