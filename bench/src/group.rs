//! The cost of sending by the size of the group, and of listing by the number of conversations.

use crate::people;
use crate::progress::each;
use crate::report::Row;
use crate::server::Server;
use anyhow::{Context, Result, ensure};
use futures::stream::{self, StreamExt};
use longwave_client::{Draft, Session, UserId};
use std::time::{Duration, Instant};

/// Members of the large group besides its owner.
const MEMBERS: i64 = 9_999;
/// Maximum members in the request that creates the group, by the size of its body; the others join.
const CREATED_WITH: usize = 3_000;
/// Conversations of the user who lists them.
const CONVERSATIONS: usize = 1_000;

/// Sends to a group of 2 and to one of 10,000, in turn, one message at a time; then lists 1,000
/// conversations.
///
/// # Errors
/// When the server refuses something, or acknowledges a message out of order.
pub async fn measure(server: &Server, duration: Duration) -> Result<Vec<Row>> {
    let service = &server.service;
    let people = people::make(server, 2, "with groups").await?;
    let [owner, other] = &people[..] else { return Ok(vec![]) };
    let users: Vec<UserId> = (1..=MEMBERS).map(UserId::of_platform).collect();
    let made = stream::iter(&users).map(|user_id| service.upsert_user(user_id, ""));
    each(made.buffer_unordered(8), "users", users.len()).await?;
    let small = owner.create_group("two", std::slice::from_ref(other.user_id())).await?.group_id;
    let (first, rest) = users.split_at(CREATED_WITH);
    let large = owner.create_group("ten thousand", first).await.context("make a large group")?;
    let joined = stream::iter(rest).map(|user_id| service.join_group(user_id, &large.group_id));
    each(joined.buffer_unordered(8), "members", rest.len()).await?;

    let watch = server.watch();
    let (mut to_small, mut to_large) = (Vec::new(), Vec::new());
    let started = Instant::now();
    while started.elapsed() < duration {
        for (group_id, times) in [(&small, &mut to_small), (&large.group_id, &mut to_large)] {
            let id = format!("m{}", times.len());
            let sent = Instant::now();
            let ack = owner.send(&Draft::text_to_group(group_id, id, "hello there")).await?;
            times.push(sent.elapsed());
            ensure!(ack.seq == i64::try_from(times.len())?, "{ack:?} is out of order");
        }
    }
    let used = watch.and_then(|watch| watch.used());
    let row = |what: &str, times: Vec<Duration>, used| {
        let elapsed = times.iter().sum();
        Row::new(what.to_owned(), 1, times, elapsed, used, vec![])
    };
    let lists = list(other, users.get(..CONVERSATIONS).unwrap_or_default(), duration).await?;
    Ok(vec![
        row("send to group of 2", to_small, used)?,
        row("send to group of 10k", to_large, used)?,
        row("list of 1000", lists, None)?,
    ])
}

async fn list(user: &Session, others: &[UserId], duration: Duration) -> Result<Vec<Duration>> {
    for user_id in others {
        user.send(&Draft::text(user_id, "m1", "hello there")).await?;
    }
    let (mut times, started) = (Vec::new(), Instant::now());
    while started.elapsed() < duration {
        let asked = Instant::now();
        let listed = user.conversations(None).await?;
        times.push(asked.elapsed());
        ensure!(listed.conversations.len() == 100 && listed.has_more, "a page is missing");
    }
    Ok(times)
}
