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
//!         Event::Reset { reason: ResetReason::OtherHistory } => println!("drop all and begin anew"),
//!     }
//! }
//! # }
//! ```
//!
//! [`Feed`] keeps a client in sync; [`Session::poll`] and [`Session::pull`] are what it is made of.

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
pub use longwave_core::conversation::{Conversation, Conversations, MaxSeq, MaxSeqs};
pub use longwave_core::frame::{ConversationOptions, GroupChange, GroupChangeKind, ReadPosition};
pub use longwave_core::group::Group;
pub use longwave_core::id::{ConversationId, GroupId, UserId};
pub use longwave_core::message::{Ack, Message, PullResponse};
pub use longwave_core::presence::OnlineStatus;
pub use longwave_core::user::{Platform, Profile};
pub use service::Service;
pub use session::Session;

use ::http::Method;
use longwave_core::user::LoggedIn;
use serde_json::{Value, json};

/// So that the example there is compiled as well.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/clients.md")]
struct Guide;

/// A server. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http::Http,
}

impl Client {
    /// The server at `base`, as in `http://127.0.0.1:3000`, or `http://example.org/chat/` where a
    /// proxy serves it under a path; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Url`] unless it is `http://<host>[:<port>][/<path>]`: TLS is not built in.
    pub fn new(base: &str) -> Result<Self, Error> {
        Ok(Self { http: http::Http::new(base)? })
    }

    /// Makes an account.
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
        self.login_on(Platform::WEB, username, password).await
    }

    /// Logs in on a platform. An older login there is over.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10105` for a name or password that is wrong.
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
        Ok(self.http.ask(Method::GET, path, None, None::<&Value>).await?.status().as_u16())
    }

    /// Uses a token that was made elsewhere: kept from an earlier login, or signed by the platform
    /// for its user `user_id`. It is not checked until something is asked with it.
    #[must_use]
    pub fn with_token(&self, user_id: UserId, token: String) -> Session {
        Session::new(self.http.clone(), user_id, token)
    }
}
