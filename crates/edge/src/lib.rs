//! The parts of an endpoint that depend on Spin. An endpoint is a shell around [`serve()`]:
//! authenticate, decode, call the store, answer.
//!
//! | module | holds |
//! | --- | --- |
//! | [`call`] | the current request: body, query, identity |
//! | [`mod@serve`] | the methods of a route and its handler |
//! | `response` | the envelope, the common headers, the log line of a request |
//! | [`asset`] | files that are part of a component |
//! | [`auth`] | authentication of users and services |
//! | [`login`] | the login that a poll belongs to |
//! | [`live_tokens`] | the live token of each user and platform |
//! | [`database`] | the SQLite connection of the instance |
//! | [`variables`] | the configuration |
//! | `cors` | pages of other origins |
//! | [`clock`] | the only source of time and randomness |
//! | [`realtime`] | waiting for new events |
//! | [`throttle`] | the limit on changes |
//!
//! A `thread_local` here belongs to one instance, which serves several requests, also concurrently.
//! It is a cache that these requests share, and never the source of truth.

pub mod asset;
pub mod auth;
pub mod call;
pub mod clock;
mod cors;
pub mod database;
pub mod live_tokens;
mod log;
pub mod login;
pub mod realtime;
mod response;
pub mod serve;
pub mod throttle;
pub mod variables;

pub use asset::{Asset, serve_asset};
pub use call::Call;
pub use http::Method;
pub use response::Empty;
pub use serve::{serve, serve_document, serve_events, serve_health, serve_not_found};
pub use spin_sdk::http::{IntoResponse, Request};
