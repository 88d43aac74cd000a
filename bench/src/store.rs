//! The cost of the store alone: its SQL on SQLite, without a server.

use crate::report::Row;
use anyhow::{Context, Result};
use longwave_core::conversation::ListQuery;
use longwave_core::group::CreateRequest;
use longwave_core::id::{GroupId, UserId};
use longwave_core::internal::UpsertRequest;
use longwave_core::message::SendRequest;
use longwave_store::native::Native;
use longwave_store::schema::Synchronous;
use longwave_store::{conversation, group, message, service};
use serde_json::json;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Repetitions of each operation.
const TIMES: usize = 1000;
/// Members of the large group, and conversations of the user who lists them.
const MEMBERS: i64 = 10_000;
const CONVERSATIONS: i64 = 1_000;
/// A quota that is counted and never used up.
const QUOTA: i64 = 1_000_000;
/// The time of every operation, in Unix milliseconds.
const NOW: i64 = 1_800_000_000_000;

/// Measures sending to a group of 2, of 10,000, and without a quota, in turn, and listing a user's 1,000
/// conversations.
///
/// # Errors
/// When SQLite fails, or the store refuses something.
pub async fn measure() -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.db");
    let seed = open(&path, Synchronous::Normal).await?;
    let users: Vec<UserId> = (1..=MEMBERS).map(UserId::of_platform).collect();
    for user_id in &users {
        let upsert: UpsertRequest = serde_json::from_value(json!({ "id": user_id }))?;
        service::upsert_user(&seed, upsert.validate()?, NOW).await?;
    }
    let [owner, other, ..] = &users[..] else { return Ok(vec![]) };
    let small = create_group(&seed, owner, std::slice::from_ref(other)).await?;
    let large = create_group(&seed, owner, &users).await?;
    let many = i64::try_from(users.len())? - CONVERSATIONS;
    for user_id in users.iter().skip(usize::try_from(many)?) {
        let body = json!({
            "client_msg_id": "1", "session_type": 1, "recv_id": user_id, "content_type": 1,
            "content": "{}",
        });
        send(&seed, other, 0, body).await?;
    }
    drop(seed);

    let store = open(&path, Synchronous::Full).await?;
    let (mut to_small, mut to_large, mut unlimited) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..TIMES {
        for (what, group_id, per_minute, times) in [
            ("small", &small, QUOTA, &mut to_small),
            ("large", &large, QUOTA, &mut to_large),
            ("unlimited", &small, 0, &mut unlimited),
        ] {
            let body = json!({
                "client_msg_id": format!("{what} {number}"), "session_type": 2, "content_type": 1,
                "group_id": group_id.as_str(), "content": "{\"text\":\"hello there\"}",
            });
            let started = Instant::now();
            send(&store, owner, per_minute, body).await?;
            times.push(started.elapsed());
        }
    }
    let page = ListQuery { with_last_message: Some("true".to_owned()), ..ListQuery::default() }
        .validate()?;
    let mut lists = Vec::new();
    for _ in 0..TIMES {
        let started = Instant::now();
        let listed = conversation::list(&store, other, &page).await?;
        lists.push(started.elapsed());
        anyhow::ensure!(listed.conversations.len() == 100 && listed.has_more, "a page is missing");
    }
    [
        ("send to group of 2", to_small),
        ("send to group of 10k", to_large),
        ("send without quota", unlimited),
        ("list of 1000", lists),
    ]
    .into_iter()
    .map(|(what, times)| {
        let elapsed: Duration = times.iter().sum();
        Row::new(format!("store: {what}"), 1, times, elapsed, None, vec![])
    })
    .collect()
}

async fn open(path: &std::path::Path, synchronous: Synchronous) -> Result<Native> {
    Native::open(path, synchronous).await.map_err(|error| anyhow::anyhow!("{error}"))
}

async fn create_group(sql: &Native, owner: &UserId, members: &[UserId]) -> Result<GroupId> {
    let request: CreateRequest =
        serde_json::from_value(json!({ "name": "a group", "member_ids": members }))?;
    let group_id = GroupId::random(Uuid::new_v4());
    let create = request.validate(owner)?;
    group::create(sql, owner, create, &group_id, MEMBERS, NOW).await.context("make a group")?;
    Ok(group_id)
}

async fn send(
    sql: &Native,
    sender: &UserId,
    per_minute: i64,
    body: serde_json::Value,
) -> Result<()> {
    let request: SendRequest = serde_json::from_value(body)?;
    let message = request.validate(sender.clone(), true)?;
    message::send(sql, message, per_minute, Uuid::now_v7(), NOW).await?;
    Ok(())
}
