//! Tests over HTTP against the real components: one binary, one server for all tests that do not
//! need one of their own, a module an area. Each test makes its own users, so they run side by side
//! and in any order; with `LONGWAVE_URL`, against a server that runs already.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

/// What the tests share: the server under test, its logs, the document and the manifest.
mod support {
    pub mod document;
    pub mod logs;
    pub mod manifest;
    pub mod server;
}

/// What each area's routes do.
mod api {
    pub mod auth;
    mod conversation;
    mod group;
    pub mod internal;
    pub mod message;
    mod plan;
    mod presence;
    mod user;
}

/// Polls and streams, also through a proxy and with everybody at once.
mod realtime {
    mod burst;
    mod poll;
    pub mod proxy;
    mod stream;
}

/// What holds for every route, whatever is sent.
mod contract {
    mod document;
    mod hostile;
    mod http;
    mod model;
    mod refusals;
    mod schemathesis;
}

/// Killed and doubled servers, a full disk, a lost Redis, an older database.
mod faults {
    mod crash;
    mod redis;
    mod servers;
    mod upgrade;
}

/// The Rust client and the command `longwave`.
mod clients {
    mod cli;
    pub mod rust;
}

/// Rules of the project itself, which no compiler checks.
mod repository {
    mod comparison;
    mod layout;
    mod readme;
}
