//! The Rust client of Longwave: log in, send, pull, poll.
//!
//! ```no_run
//! # async fn chat() -> Result<(), longwave_client::Error> {
//! use longwave_client::{Client, Draft};
//! use std::time::Duration;
//!
//! let client = Client::new("http://127.0.0.1:3000")?;
//! let bob = client.register("bob", "correct horse", "Bob").await?;
//! let alice = client.login("alice", "battery staple").await?;
//! alice.send(&Draft::text(&bob.user_id, "m1", "hello")).await?;
//!
//! let start = alice.poll(None, Duration::ZERO).await?.cursor;
//! let news = alice.poll(Some(&start), Duration::from_secs(25)).await?;
//! # Ok(())
//! # }
//! ```

mod error;
mod frame;
mod http;
mod service;

pub use error::Error;
pub use frame::{Frame, Polled};
pub use longwave_core::conversation::{Conversation, Conversations};
pub use longwave_core::group::Group;
pub use longwave_core::id::UserId;
pub use longwave_core::message::{Ack, Message, Pulled};
pub use longwave_core::user::Profile;
pub use service::Service;

use ::http::Method;
use longwave_core::user::LoggedIn;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A server. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http::Http,
}

impl Client {
    /// The server at `base`, as in `http://127.0.0.1:3000`; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Url`] unless it is `http://<host>[:<port>]`: TLS is not built in.
    pub fn new(base: &str) -> Result<Self, Error> {
        Ok(Self { http: http::Http::new(base)? })
    }

    /// Makes an account (contract A.2).
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001` for a field out of its limits, `10202` for a taken name.
    pub async fn register(
        &self,
        username: &str,
        password: &str,
        nickname: &str,
    ) -> Result<Profile, Error> {
        let body = json!({ "username": username, "password": password, "nickname": nickname });
        self.http.call(Method::POST, "/api/v1/auth/register", None, Some(&body)).await
    }

    /// Logs in on the platform 5, web. An older login there is over.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10105` for a name or password that is wrong.
    pub async fn login(&self, username: &str, password: &str) -> Result<Session, Error> {
        let body = json!({ "username": username, "password": password, "platform_id": 5 });
        let LoggedIn { user_id, token, .. } =
            self.http.call(Method::POST, "/api/v1/auth/login", None, Some(&body)).await?;
        Ok(Session { http: self.http.clone(), user_id, token })
    }

    /// Whether the server says that it can serve (`GET /healthz`).
    ///
    /// # Errors
    /// [`Error::Transport`] when nothing answers.
    pub async fn healthy(&self) -> Result<bool, Error> {
        Ok(self.status_of("/healthz").await? == 200)
    }

    /// The status that a GET of a path is answered with, whatever the answer holds.
    ///
    /// # Errors
    /// [`Error::Transport`] when nothing answers.
    pub async fn status_of(&self, path: &str) -> Result<u16, Error> {
        let (status, _) = self.http.ask(Method::GET, path, None, None::<&Value>).await?;
        Ok(status.as_u16())
    }

    /// Uses a token that was made elsewhere. It is not checked until something is asked with it.
    #[must_use]
    pub fn with_token(&self, user_id: UserId, token: String) -> Session {
        Session { http: self.http.clone(), user_id, token }
    }
}

/// Somebody who is logged in. Clones are the same login.
#[derive(Clone, Debug)]
pub struct Session {
    http: http::Http,
    user_id: UserId,
    token: String,
}

/// A message to send.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// The sender's own id of the message, 1-64 bytes. Sending the same one again stores nothing
    /// new and gives the first one's answer, so a send whose answer was lost is safely repeated.
    pub client_msg_id: String,
    /// 1: to a user, 2: to a group.
    pub session_type: i64,
    /// To which user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recv_id: Option<UserId>,
    /// To which group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// 1 is text.
    pub content_type: i64,
    /// A JSON value as text, at most 8,192 bytes.
    pub content: String,
}

impl Draft {
    /// A text to a user.
    #[must_use]
    pub fn text(recv_id: &UserId, client_msg_id: impl Into<String>, text: &str) -> Self {
        Self {
            client_msg_id: client_msg_id.into(),
            session_type: 1,
            recv_id: Some(recv_id.clone()),
            group_id: None,
            content_type: 1,
            content: json!({ "text": text }).to_string(),
        }
    }

    /// A text to a group.
    #[must_use]
    pub fn text_to_group(group_id: &str, client_msg_id: impl Into<String>, text: &str) -> Self {
        Self {
            client_msg_id: client_msg_id.into(),
            session_type: 2,
            recv_id: None,
            group_id: Some(group_id.to_owned()),
            content_type: 1,
            content: json!({ "text": text }).to_string(),
        }
    }
}

impl Session {
    /// Who this is.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// What goes behind `Authorization: Bearer `.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The user's own profile.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10101` when this login is over.
    pub async fn me(&self) -> Result<Profile, Error> {
        self.get("/api/v1/user/me", &[]).await
    }

    /// Makes a group of the user, who owns it, and `member_ids`.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10201` when one of them does not exist, `10309` when they are too
    /// many.
    pub async fn create_group(&self, name: &str, member_ids: &[UserId]) -> Result<Group, Error> {
        let body = json!({ "name": name, "member_ids": member_ids });
        let path = "/api/v1/group/create";
        self.http.call(Method::POST, path, Some(&self.token), Some(&body)).await
    }

    /// A page of the user's conversations with their last messages, the one with the latest event
    /// first; `cursor` is that of the page before.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001` for a cursor that is none.
    pub async fn conversations(&self, cursor: Option<&str>) -> Result<Conversations, Error> {
        let query = [("with_last_message", "true"), ("cursor", cursor.unwrap_or_default())];
        self.get("/api/v1/conversation/list", &query).await
    }

    /// Sends a message. Once this returns, the message is stored.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `POST /message/send`; after any other error, the same
    /// draft may be sent again.
    pub async fn send(&self, draft: &Draft) -> Result<Ack, Error> {
        let token = Some(self.token.as_str());
        self.http.call(Method::POST, "/api/v1/message/send", token, Some(draft)).await
    }

    /// The messages of a conversation with a seq from `begin` to `end`, at most `limit` of them.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/pull`.
    pub async fn pull(
        &self,
        conversation_id: &str,
        begin: i64,
        end: i64,
        limit: i64,
    ) -> Result<Pulled, Error> {
        let (begin, end, limit) = (begin.to_string(), end.to_string(), limit.to_string());
        let query = [
            ("conversation_id", conversation_id),
            ("begin_seq", &begin),
            ("end_seq", &end),
            ("limit", &limit),
        ];
        self.get("/api/v1/message/pull", &query).await
    }

    /// What happened behind a cursor, as soon as there is something; empty after `timeout`, which
    /// is in whole seconds up to 50. Without a cursor, at once the one to start from.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10101` when this login is over.
    pub async fn poll(&self, cursor: Option<&str>, timeout: Duration) -> Result<Polled, Error> {
        let timeout = timeout.as_secs().to_string();
        let mut query = vec![("timeout", timeout.as_str())];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.get("/api/v1/realtime/poll", &query).await
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let path = format!("{path}?{query}");
        self.http.call(Method::GET, &path, Some(&self.token), None::<&Value>).await
    }
}
