//! The users of a measure.

use crate::server::Server;
use anyhow::{Context, Result};
use futures::stream::{self, StreamExt, TryStreamExt};
use longwave_client::Session;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Registers and logs in `count` users. A password hash costs tens of milliseconds, and each user
/// two, so this tells how far it is.
///
/// # Errors
/// When one cannot.
pub async fn make(server: &Server, count: usize, who: &str) -> Result<Vec<Session>> {
    let client = &server.client;
    let mut told = Instant::now();
    let mut sessions = Vec::new();
    let mut made = stream::iter(0..count)
        .map(|_| async move {
            let username = Uuid::new_v4().to_string();
            client.register(&username, "correct horse", "").await?;
            client.login(&username, "correct horse").await
        })
        .buffer_unordered(4);
    while let Some(session) = made.try_next().await.context("make a user")? {
        sessions.push(session);
        if told.elapsed() > Duration::from_secs(2) {
            told = Instant::now();
            eprintln!("users {who}: {} of {count}", sessions.len());
        }
    }
    Ok(sessions)
}
