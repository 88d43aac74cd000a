//! The time until a message to a group has reached the last member who waits.

use crate::deliver::differs;
use crate::people;
use crate::progress::each;
use crate::report::Row;
use crate::server::Server;
use crate::waiting::{Received, Waiting, arrival, cursors};
use anyhow::{Context, Result};
use futures::future::{join, join_all};
use futures::stream::{self, StreamExt};
use longwave_client::{Ack, Draft};
use std::time::{Duration, Instant};

/// Number of messages, each sent once all waiting members have the one before.
const MESSAGES: usize = 20;
/// Longest time that a message may take.
const LATE: Duration = Duration::from_secs(30);
/// Maximum members in the request that creates the group, by the size of its body; the others join.
const CREATED_WITH: usize = 2_000;

/// Sends to a group of `members`, of whom `waiting` wait. Returns the times until the last of the
/// waiting members had a message, and until the message was acknowledged.
///
/// # Errors
/// When the server refuses something.
pub async fn measure(server: &Server, members: usize, waiting: usize) -> Result<[Row; 2]> {
    let people = people::make(server, members, "in a group").await?;
    let (owner, others) = people.split_first().context("no members")?;
    let ids: Vec<_> = others.iter().map(|user| user.user_id().clone()).collect();
    let (first, rest) = ids.split_at(ids.len().min(CREATED_WITH));
    let group = owner.create_group("a group", first).await?.group_id;
    let joined = stream::iter(rest).map(|user_id| server.service.join_group(user_id, &group));
    each(joined.buffer_unordered(8), "members", rest.len()).await?;

    let mut who: Vec<Waiting<'_>> =
        cursors(&others[..waiting.min(others.len())], "of members").await?;
    let begun = Instant::now();
    // The first message warms up: the members who have arrived wait from then on.
    let arrive = who.iter_mut().enumerate().map(|(place, it)| async move {
        tokio::time::sleep_until(arrival(begun, place).into()).await;
        it.receive(1, Instant::now() + LATE * 2).await
    });
    let warm = async {
        tokio::time::sleep_until((arrival(begun, waiting) + Duration::from_secs(1)).into()).await;
        owner.send(&Draft::text_to_group(&group, "warm", "up")).await
    };
    let (arrived, warmed) = join(join_all(arrive), warm).await;
    arrived.into_iter().collect::<Result<Vec<_>>>()?;
    warmed?;

    let (mut lasts, mut acknowledged, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let watch = server.watch();
    let measured = Instant::now();
    for number in 0..MESSAGES {
        let text = format!("message {number}");
        let receive = join_all(who.iter_mut().map(|it| it.receive(1, Instant::now() + LATE)));
        let sending = async {
            // By now all of them wait again, so that delivery is measured and not their return.
            tokio::time::sleep(Duration::from_secs(1)).await;
            let draft = Draft::text_to_group(&group, number.to_string(), &text);
            let start = Instant::now();
            let ack = owner.send(&draft).await?;
            anyhow::Ok((start, start.elapsed(), ack))
        };
        let (received, outcome) = join(receive, sending).await;
        let (start, ack_after, ack): (Instant, Duration, Ack) = outcome?;
        let received: Vec<Vec<Received>> = received.into_iter().collect::<Result<_>>()?;
        let expected = [(&ack, text)];
        let each = others.iter().zip(&received);
        wrong.extend(each.filter_map(|(user, received)| differs(user, received, &expected)));
        let last = received.iter().flatten().map(|it| it.at).max().unwrap_or(start);
        lasts.push(last.saturating_duration_since(start));
        acknowledged.push(ack_after);
    }
    let used = watch.and_then(|watch| watch.used());
    // A duplicate shows in the round after it; this finds those of the last round.
    let looks = join_all(who.iter_mut().map(|it| it.look(Instant::now() + LATE))).await;
    for (user, left) in others.iter().zip(looks) {
        wrong.extend(differs(user, &left?, &[]));
    }
    let row = |what: &str, times: Vec<Duration>, used, wrong| {
        let what = format!("group of {members}: {what}");
        Row::new(what, waiting, times, measured.elapsed(), used, wrong)
    };
    Ok([row("last", lasts, used, wrong)?, row("ack", acknowledged, None, vec![])?])
}
