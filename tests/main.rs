//! Tests over HTTP against the real components: one binary with a module per area, and one server
//! for all tests that do not need their own. Each test creates its own users, so tests run
//! concurrently and in any order. With `LONGWAVE_URL`, they run against an existing server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

/// Shared by all tests: the server under test, its logs, the document and the manifest.
mod support {
    pub mod document;
    pub mod logs;
    pub mod manifest;
    pub mod server;
}

/// The behaviour of the routes, by area.
mod api {
    pub mod auth;
    mod conversation;
    mod edit;
    mod group;
    pub mod internal;
    pub mod message;
    mod plan;
    mod presence;
    mod quotes;
    mod reading;
    mod receipts;
    mod revoke;
    mod user;
}

/// Polls and streams, also through a proxy and in a burst of clients.
mod realtime {
    mod burst;
    mod poll;
    pub mod proxy;
    mod stream;
}

/// Rules that hold for every route and any input.
mod contract {
    mod document;
    mod hostile;
    mod http;
    mod model;
    mod refusals;
    mod schemathesis;
}

/// Killed servers, two servers on one database, a full disk, a Redis outage, an older database.
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

/// Rules of the project itself, which the compiler does not check.
mod repository {
    mod comparison;
    mod layout;
    mod readme;
}
