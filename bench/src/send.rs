//! The rate at which the server stores messages.

use crate::people;
use crate::report::Row;
use crate::server::Server;
use anyhow::{Context, Result};
use futures::future::try_join_all;
use longwave_client::{Ack, Draft, Session};
use std::time::{Duration, Instant};

/// Sends in a closed loop on `connections` connections, each with its own sender and conversation; then reads every
/// conversation and compares it with the acknowledgements.
///
/// # Errors
/// When a send or a pull is refused.
pub async fn measure(server: &Server, connections: usize, duration: Duration) -> Result<Row> {
    let people = people::make(server, connections + 1, "who send").await?;
    let (reader, senders) = people.split_last().context("no users")?;
    let watch = server.watch();
    let end = Instant::now() + duration;
    let send = async |sender: &Session| {
        let mut acks: Vec<(Duration, Ack)> = Vec::new();
        while Instant::now() < end {
            let draft = Draft::text(reader.user_id(), format!("m{}", acks.len()), "hello there");
            let sent = Instant::now();
            let ack = sender.send(&draft).await?;
            acks.push((sent.elapsed(), ack));
        }
        anyhow::Ok(acks)
    };
    let acks = try_join_all(senders.iter().map(send)).await?;
    let used = watch.and_then(|watch| watch.used());

    let mut wrong = Vec::new();
    for (sender, acks) in senders.iter().zip(&acks) {
        let acks: Vec<&Ack> = acks.iter().map(|(_, ack)| ack).collect();
        for user in [reader, sender] {
            wrong.extend(history(user, &acks).await?);
        }
    }
    let times: Vec<Duration> = acks.iter().flatten().map(|(time, _)| *time).collect();
    let what = "message/send".to_owned();
    Row::new(what, connections, times, duration, used, wrong)
}

/// Describes how a conversation, as one of its users reads it, differs from the acknowledgements to its only sender.
///
/// # Errors
/// When a pull is refused.
pub async fn history(user: &Session, acks: &[&Ack]) -> Result<Option<String>> {
    let Some(first) = acks.first() else { return Ok(None) };
    let mut stored = Vec::new();
    loop {
        let begin = i64::try_from(stored.len())? + 1;
        let pulled = user.pull(&first.conversation_id, begin, i64::MAX, 100).await?;
        stored.extend(pulled.messages);
        if !pulled.has_more {
            break;
        }
    }
    let acknowledged = acks.iter().map(|ack| (ack.seq, ack.server_msg_id.as_str()));
    let same = acknowledged.eq(stored.iter().map(|it| (it.seq, it.server_msg_id.as_str())));
    let gapless = stored.iter().zip(1..).all(|(it, seq)| it.seq == seq);
    Ok((!same || !gapless).then(|| {
        format!("{}: {} acknowledged, {} stored", first.conversation_id, acks.len(), stored.len())
    }))
}
