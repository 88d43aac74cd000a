//! The Rust client of Longwave: log in, send, pull, poll.
//!
//! ```no_run
//! # async fn chat() -> Result<(), longwave_client::Error> {
//! use longwave_client::{Client, Draft, Event, Feed, ResetReason};
//! use std::time::Duration;
//!
//! let client = Client::new("http://127.0.0.1:3000")?;
//! let bob = client.register("bob", "correct horse", "Bob").await?;
//! let alice = client.login("alice", "battery staple").await?;
//! let mut feed = Feed::start(alice.clone()).await?;
//! alice.send_within(&Draft::text(&bob.user_id, "m1", "hello"), Duration::from_secs(60)).await?;
//! loop {
//!     match feed.next().await? {
//!         Event::Message(message) => println!("{}: {}", message.sender_id, message.content),
//!         Event::Change(frame) => println!("{frame:?}"),
//!         Event::Reset { reason: ResetReason::TooOld } => println!("read the lists again"),
//!         Event::Reset { reason: ResetReason::OtherHistory } => println!("drop all data and start afresh"),
//!     }
//! }
//! # }
//! ```
//!
//! [`Feed`] keeps a client in sync; it uses [`Session::poll`] and [`Session::pull`].

mod backoff;
mod draft;
mod error;
mod feed;
mod frame;
mod http;
#[cfg(test)]
mod script;
mod service;
mod session;

pub use draft::Draft;
pub use error::{Error, Recovery};
pub use feed::{Event, Feed, FeedState};
pub use frame::{Frame, PollResponse, ResetReason};
pub use longwave_core::Reason;
pub use longwave_core::conversation::{
    Conversation, Conversations, MaxSeq, MaxSeqs, NotifyLevel, SessionType,
};
pub use longwave_core::frame::{
    ConversationOptions, GroupChange, GroupChangeKind, MessageChange, MessageChangeKind,
    ReadPosition, Receipt,
};
pub use longwave_core::group::{Group, GroupStatus, Role};
pub use longwave_core::id::{ConversationId, GroupId, UserId};
pub use longwave_core::message::{
    Ack, ChangesResponse, ContentType, Edited, LatestMessages, Message, MessageStatus,
    MessageVersion, PullResponse, Quote, Replies, Versions,
};
pub use longwave_core::presence::OnlineStatus;
pub use longwave_core::receipt::{ReadState, Reader, Readers};
pub use longwave_core::user::{Platform, Profile};
pub use service::Service;
pub use session::Session;

use ::http::Method;
use longwave_core::user::LoggedIn;
use serde_json::{Value, json};

/// Compiles the example in that file.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/clients.md")]
struct Guide;

/// A server. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http::Http,
}

impl Client {
    /// The server at `base`, such as `http://127.0.0.1:3000`, or `http://example.org/chat/` if a
    /// proxy serves it under a path. Sends no request.
    ///
    /// # Errors
    /// [`Error::Url`] unless it is `http://<host>[:<port>][/<path>]`: TLS is not built in.
    pub fn new(base: &str) -> Result<Self, Error> {
        Ok(Self { http: http::Http::new(base)? })
    }

    /// Creates an account.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001` for a field out of its limits, `10202` for a taken username.
    pub async fn register(
        &self,
        username: &str,
        password: &str,
        nickname: &str,
    ) -> Result<Profile, Error> {
        let body = json!({ "username": username, "password": password, "nickname": nickname });
        self.http.call(Method::POST, "/api/v1/auth/register", None, Some(&body)).await
    }

    /// Logs in on the platform 5, web. This ends an older login there.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10105` for a wrong username or password.
    pub async fn login(&self, username: &str, password: &str) -> Result<Session, Error> {
        self.login_on(Platform::WEB, username, password).await
    }

    /// Logs in on a platform. This ends an older login there.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10105` for a wrong username or password.
    pub async fn login_on(
        &self,
        platform: Platform,
        username: &str,
        password: &str,
    ) -> Result<Session, Error> {
        let body = json!({ "username": username, "password": password, "platform_id": platform });
        let LoggedIn { user_id, token, .. } =
            self.http.call(Method::POST, "/api/v1/auth/login", None, Some(&body)).await?;
        Ok(self.with_token(user_id, token))
    }

    /// Whether the server reports itself healthy (`GET /healthz`).
    ///
    /// # Errors
    /// [`Error::Transport`] if there is no answer.
    pub async fn healthy(&self) -> Result<bool, Error> {
        Ok(self.status_of("/healthz").await? == 200)
    }

    /// The status of the answer to a GET of a path, whatever its content.
    ///
    /// # Errors
    /// [`Error::Transport`] if there is no answer.
    pub async fn status_of(&self, path: &str) -> Result<u16, Error> {
        Ok(self.http.ask(Method::GET, path, None, None::<&Value>).await?.status().as_u16())
    }

    /// Uses an existing token: one saved from an earlier login, or one that the platform signed for
    /// its user `user_id`. The first request with it checks it.
    #[must_use]
    pub fn with_token(&self, user_id: UserId, token: String) -> Session {
        Session::new(self.http.clone(), user_id, token)
    }
}
