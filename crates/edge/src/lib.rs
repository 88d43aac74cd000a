//! What an endpoint needs of Spin. An endpoint is a shell around [`serve`]: decode, authenticate,
//! one call of the store, answer.
//!
//! | module | holds |
//! | --- | --- |
//! | [`call`] | the request under way: body, query, identity |
//! | [`mod@serve`] | the methods of a route around its handler |
//! | `response` | the envelope, the headers of every answer, the request's log line |
//! | [`asset`] | files that are part of a component |
//! | [`auth`] | who asks |
//! | [`login`] | the login that a poll belongs to |
//! | [`live_tokens`] | which token of a user and platform is the live one |
//! | [`database`] | the instance's SQLite connection |
//! | [`variables`] | the configuration |
//! | `cors` | pages of other origins |
//! | [`clock`] | time and randomness, the only place they come from |
//! | [`realtime`] | waiting for the log to move |
//! | [`throttle`] | how often a minute a user may change something |
//!
//! A static here belongs to one instance: it is a cache, shared by the requests that run in that
//! instance at a time, gone with it, and never the truth (Spin reuses instances for some requests).

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
