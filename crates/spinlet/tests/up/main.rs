//! Tests of the real program with a real component, `guests/probe`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod app;
mod backup;
mod busy;
mod compiling;
mod files;
mod flags;
mod gone;
mod grants;
mod health;
mod instances;
mod key_value;
mod limits;
mod manifest;
mod output;
mod requests;
mod stop;
