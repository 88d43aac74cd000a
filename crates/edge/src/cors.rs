//! Pages of other origins: they read nothing, unless `cors_origins` lists them.

use crate::answer::{names, respond};
use crate::call::Call;
use crate::variables;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, ORIGIN, VARY,
};
use http::{Method, Response};
use http_body_util::Full;

/// What a page may send along, of what this API reads.
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, x-platform-id, x-operation-id, traceparent, last-event-id",
);

/// What it may read of an answer besides the body.
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after, x-request-id");

/// For how many seconds a browser need not ask again; none keeps it longer.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// A page of another origin that may use this API.
pub(crate) struct Page(HeaderValue);

impl Page {
    /// The page that asks, if it is listed. A list that cannot be read lists nobody; whatever was
    /// asked is answered all the same.
    pub(crate) async fn of(call: &Call) -> Option<Self> {
        let origin = call.parts.headers.get(ORIGIN)?;
        let listed = variables::cors_origins().await.ok()?;
        is_listed(&listed, origin.as_bytes()).then(|| Self(origin.clone()))
    }

    /// The answer to a browser that asks, before it asks, what it may: `None` when it does not.
    pub(crate) fn preflight(
        &self,
        component: &str,
        call: &Call,
        methods: &[Method],
    ) -> Option<Response<Full<Bytes>>> {
        let asks = call.parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if call.method() != Method::OPTIONS || !asks {
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
        Some(self.may_read(response))
    }

    /// Lets the page read an answer. Tokens are in a header of its own, so no cookies are needed.
    pub(crate) fn may_read<B>(&self, mut response: Response<B>) -> Response<B> {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.0.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.append(VARY, HeaderValue::from_static("origin"));
        response
    }
}

/// Whether a list has an origin, exactly: `https://chat.example.com`, without a path.
fn is_listed(listed: &str, origin: &[u8]) -> bool {
    listed.split(',').map(str::trim).any(|it| !it.is_empty() && it.as_bytes() == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_listed_as_it_is_written() {
        let listed = "https://a.example, http://localhost:5173";
        assert!(is_listed(listed, b"https://a.example"));
        assert!(is_listed(listed, b"http://localhost:5173"));
        for origin in ["https://a.example.org", "https://a.exampl", "http://a.example", "null", ""]
        {
            assert!(!is_listed(listed, origin.as_bytes()), "{origin}");
        }
        assert!(!is_listed("", b""));
    }
}
