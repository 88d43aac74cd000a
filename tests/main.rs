//! Tests over HTTP against the real components: one binary, one server for all tests that do not
//! need one of their own, a module an area. Each test makes its own users, so they run side by side
//! and in any order; with `LONGWAVE_URL`, against a server that runs already.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod api;
mod auth;
mod burst;
mod cli;
mod client;
mod comparison;
mod conversation;
mod crash;
mod document;
mod faults;
mod group;
mod hostile;
mod http;
mod internal;
mod logs;
mod message;
mod model;
mod plan;
mod presence;
mod project;
mod proxy;
mod readme;
mod realtime;
mod redis;
mod refusals;
mod server;
mod stream;
mod upgrade;
mod user;
