//! A server that gives the answers of a test's script, one for each request.

use crate::{Client, Draft, Session, UserId};
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The reaction to a request.
#[derive(Debug)]
pub enum Reply {
    /// An answer in the envelope.
    Data(Value),
    /// A refusal: status, code, `data.reason`, `Retry-After`.
    Refusal(u16, u32, Option<&'static str>, Option<u64>),
    /// An answer of a program other than Longwave.
    Foreign(u16, &'static str),
    /// The connection is cut.
    Cut,
    /// No answer, ever.
    Silence,
}

/// A server with a script.
pub struct Script {
    pub session: Session,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: watch::Sender<Vec<String>>,
}

pub fn user(number: i64) -> UserId {
    UserId::of_platform(number)
}

/// A message as the server delivers it.
pub fn message(conversation_id: &str, seq: i64) -> Value {
    json!({
        "server_msg_id": format!("{conversation_id}{seq}"), "client_msg_id": "m",
        "conversation_id": conversation_id, "seq": seq, "session_type": 1, "sender_id": user(2),
        "recv_id": user(1), "content_type": 1, "content": "{\"text\":\"hi\"}", "send_time": 1
    })
}

/// A draft with this id.
pub fn draft(client_msg_id: &str) -> Draft {
    Draft::text(&user(2), client_msg_id, "hi")
}

impl Script {
    /// Starts a server on a free local port, and a session on it.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let replies: VecDeque<Reply> = replies.into_iter().collect();
        let script = Self {
            session: client.with_token(user(1), "token".to_owned()),
            replies: Arc::new(Mutex::new(replies)),
            asked: watch::Sender::new(Vec::new()),
        };
        let (replies, asked) = (Arc::clone(&script.replies), script.asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (replies, asked) = (Arc::clone(&replies), asked.clone());
                let service = service_fn(move |request| {
                    let (replies, asked) = (Arc::clone(&replies), asked.clone());
                    async move { answer(&replies, &asked, request).await }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
            }
        });
        script
    }

    /// Appends answers to the script.
    pub fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    /// All requests so far, as `<method> <path after /api/v1/>` and the body, if any. Asserts that
    /// the whole script was used.
    #[track_caller]
    pub fn asked(&self) -> Vec<String> {
        let left = self.replies.lock().unwrap();
        assert!(left.is_empty(), "not asked for: {left:?}");
        self.asked.borrow().clone()
    }

    /// Returns once this number of requests has arrived.
    pub async fn until_asked(&self, count: usize) {
        self.asked.subscribe().wait_for(|asked| asked.len() >= count).await.unwrap();
    }
}

async fn answer(
    replies: &Mutex<VecDeque<Reply>>,
    asked: &watch::Sender<Vec<String>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let target = request.uri().path_and_query().unwrap().as_str().replace("/api/v1/", "");
    let line = format!("{} {target}", request.method());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let line = format!("{line} {}", String::from_utf8_lossy(&body)).trim_end().to_owned();
    let reply = replies.lock().unwrap().pop_front();
    asked.send_modify(|asked| asked.push(line));
    let (status, retry_after, body) = match reply {
        Some(Reply::Data(data)) => (200, None, json!({ "code": 0, "message": "", "data": data })),
        Some(Reply::Refusal(status, code, reason, retry_after)) => {
            let data = json!({ "reason": reason });
            (status, retry_after, json!({ "code": code, "message": "no", "data": data }))
        }
        Some(Reply::Foreign(status, text)) => (status, None, json!(text)),
        Some(Reply::Cut) => return Err("cut"),
        Some(Reply::Silence) => std::future::pending().await,
        None => (404, None, json!({ "code": 10004, "message": "the script is over", "data": {} })),
    };
    let mut response = Response::builder().status(status);
    if let Some(seconds) = retry_after {
        response = response.header(RETRY_AFTER, seconds);
    }
    Ok(response.body(Full::from(body.to_string())).unwrap())
}
