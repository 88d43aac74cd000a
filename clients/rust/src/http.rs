use crate::Error;
use crate::backoff::{PATIENCE, answered};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::time::Duration;

/// Maximum bytes of an answer's body: far more than the server sends in one answer.
const ANSWER_MAX: usize = 8 << 20;

/// Maximum wait for an answer: that of the longest poll, 50 s, and some more.
const LONGEST: Duration = Duration::from_secs(50).saturating_add(PATIENCE);

/// The connections to one server, and the envelope of its answers.
#[derive(Clone, Debug)]
pub struct Http {
    /// The prefix of each path. It ends without a slash, as a path begins with one.
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    code: u32,
    message: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Default, Deserialize)]
struct Refusal {
    reason: Option<String>,
}

impl Http {
    pub fn new(base: &str) -> Result<Self, Error> {
        // `Uri` has no fragment: parsing would drop it silently.
        let whole = !base.contains(['?', '#', '@']);
        let uri = base.parse::<Uri>().ok().filter(|uri| {
            whole && uri.scheme_str() == Some("http") && uri.host().is_some_and(|it| !it.is_empty())
        });
        uri.ok_or_else(|| Error::Url(base.to_owned()))?;
        let base = base.trim_end_matches('/');
        let mut connector = HttpConnector::new();
        // A request with a separate body leaves as two segments; the second must not wait.
        connector.set_nodelay(true);
        let client =
            Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Ok(Self { base: base.to_owned(), client })
    }

    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<T, Error> {
        decode(&self.ask(method, path, token, body).await?)
    }

    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<Response<Bytes>, Error> {
        let headers = token.map(|token| (AUTHORIZATION, format!("Bearer {token}")));
        let body = body.map(serde_json::to_vec).transpose().map_err(unsendable)?;
        self.exchange(method, path, headers, body.unwrap_or_default()).await
    }

    pub async fn call_with<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        headers: impl IntoIterator<Item = (HeaderName, String)>,
        body: Vec<u8>,
    ) -> Result<T, Error> {
        decode(&self.exchange(method, path, headers, body).await?)
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: impl IntoIterator<Item = (HeaderName, String)>,
        body: Vec<u8>,
    ) -> Result<Response<Bytes>, Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::from(body)).map_err(unsendable)?;
        answered(LONGEST, async {
            let response = self.client.request(request).await.map_err(transport)?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, ANSWER_MAX).collect().await.map_err(|error| {
                let (status, retry_after) = (parts.status.as_u16(), None);
                match error.downcast::<LengthLimitError>() {
                    Ok(long) => Error::Protocol { status, what: long.to_string(), retry_after },
                    Err(error) => transport(error),
                }
            })?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        })
        .await
    }
}

pub fn unsendable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Request(error.into())
}

pub fn transport(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Transport(error.into())
}

fn decode<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER);
    // A proxy may also send a date; the backoff then decides.
    let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
    let retry_after = retry_after.map(Duration::from_secs);
    let foreign = |what: String| Error::Protocol { status, what, retry_after };
    let envelope: Envelope<'_> =
        serde_json::from_slice(response.body()).map_err(|error| foreign(error.to_string()))?;
    if !envelope.data.get().starts_with('{') {
        return Err(foreign("its data is not an object".to_owned()));
    }
    if envelope.code == 0 {
        return serde_json::from_str(envelope.data.get())
            .map_err(|error| Error::Unreadable(error.to_string()));
    }
    // A refusal is reported even if this client cannot read its data.
    let refusal: Refusal = serde_json::from_str(envelope.data.get()).unwrap_or_default();
    let (code, message, reason) = (envelope.code, envelope.message, refusal.reason);
    Err(Error::Refused { status, code, message, reason, retry_after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recovery;
    use longwave_core::Reason;
    use serde_json::{Value, json};

    #[test]
    fn only_an_address_without_unusable_parts_is_accepted() {
        for (good, base) in [
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://chat.example/", "http://chat.example"),
            ("http://[::1]:1", "http://[::1]:1"),
            ("http://chat.example/chat", "http://chat.example/chat"),
            ("http://chat.example/a/chat//", "http://chat.example/a/chat"),
        ] {
            assert_eq!(Http::new(good).unwrap().base, base);
        }
        for bad in [
            "https://chat.example",
            "127.0.0.1:3000",
            "http://",
            "http:///path",
            "http://h/?query=1",
            "http://h/chat#fragment",
            "http://name:password@h/",
            "http://h/a path",
            "",
        ] {
            assert!(matches!(Http::new(bad), Err(Error::Url(_))), "{bad}");
        }
    }

    fn answer(status: u16, retry_after: &str, body: &'static [u8]) -> Response<Bytes> {
        let answer = Response::builder().status(status).header(RETRY_AFTER, retry_after);
        answer.body(Bytes::from_static(body)).unwrap()
    }

    #[test]
    fn a_refusal_keeps_its_code_and_reason() {
        let body = br#"{"code":10101,"message":"token invalid","data":{"reason":"new_login"}}"#;
        let error = decode::<()>(&answer(401, "", body)).unwrap_err();
        assert_eq!((error.code(), error.reason()), (Some(10101), Some(Reason::NewLogin)));
        assert!(error.is_unauthorized() && !error.is_temporary());
    }

    #[test]
    fn a_refusal_keeps_the_servers_retry_after() {
        let body = br#"{"code":10005,"message":"too many requests","data":{}}"#;
        for (header, seconds) in
            [("37", Some(37)), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("", None)]
        {
            let error = decode::<()>(&answer(429, header, body)).unwrap_err();
            assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{header}");
            assert!(error.is_temporary());
        }
    }

    #[test]
    fn an_answer_of_another_program_is_a_protocol_error() {
        for body in [&b"<html>"[..], b"", br#"{"code":403,"message":"no","data":null}"#] {
            let error = decode::<()>(&answer(502, "7", body)).unwrap_err();
            assert!(matches!(error, Error::Protocol { status: 502, .. }));
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        }
    }

    #[test]
    fn an_unreadable_success_is_not_retried() {
        let error = decode::<u8>(&answer(200, "", br#"{"code":0,"message":"","data":{}}"#));
        assert_eq!(error.unwrap_err().recovery(), Recovery::Final);
    }

    #[test]
    fn failures_are_classified_as_in_the_table_of_all_clients() {
        #[derive(Deserialize)]
        struct Case {
            name: String,
            status: Option<u16>,
            content_type: Option<String>,
            code: Option<u32>,
            kind: String,
        }
        let table = include_str!("../../failures.json");
        let cases: Vec<Case> = serde_json::from_str(table).unwrap();
        assert!(cases.len() > 20);
        for Case { name, status, content_type, code, kind } in cases {
            let error = status.map_or_else(
                || transport("cut"),
                |status| {
                    let body = match (code, content_type.as_deref()) {
                        (Some(code), _) => {
                            json!({ "code": code, "message": "no", "data": {} }).to_string()
                        }
                        (None, Some("application/json")) => {
                            json!({ "message": "Forbidden" }).to_string()
                        }
                        (None, Some(_)) => "<html>".to_owned(),
                        (None, None) => String::new(),
                    };
                    let answer = Response::builder().status(status).body(Bytes::from(body));
                    decode::<Value>(&answer.unwrap()).unwrap_err()
                },
            );
            assert_eq!(format!("{:?}", error.recovery()).to_lowercase(), kind, "{name}: {error}");
        }
    }
}
