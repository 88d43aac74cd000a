//! A user's conversations, all through the view `visible_conversations`.

use crate::command::command;
use crate::message::{Lost, View, message_from_row};
use crate::sql::{Row, Sql, run};
use crate::throttle;
use longwave_core::conversation::{
    Conversation, Conversations, ListPage, MaxSeq, MaxSeqs, MaxSeqsPage, Options, Read, ReadSeq,
};
use longwave_core::id::{ConversationId, UserId};
use longwave_core::throttle::Quota;
use longwave_core::{Code, Error, Millis, Result, page};

/// A page of a user's conversations, latest message first, of at most about 256 KiB. Each page is one
/// state of the database: an event between two pages reaches the client by polling.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn list(sql: &impl Sql, owner_id: &UserId, asked: &ListPage) -> Result<Conversations> {
    const LISTED: View<'_> =
        View { from: "listed.min_seq", until: "listed.until_event", lost: Lost::Empty };

    let (columns, join) = if asked.with_last_message {
        (
            format!(", {}", LISTED.columns()),
            "LEFT JOIN messages ON messages.conversation_id = listed.conversation_id \
               AND messages.seq = listed.max_seq AND listed.max_seq >= listed.min_seq",
        )
    } else {
        (String::new(), "")
    };
    let statement = format!(
        "SELECT position, listed.conversation_id, type, listed.peer_user_id, group_id, listed.min_seq, listed.max_seq, \
           listed.read_seq, unread, listed.recv_msg_opt, listed.is_pinned, listed.updated_at, last_change, \
           coalesce(peer.read_seq, 0), peer.read_at{columns} \
         FROM (SELECT * FROM visible_conversations WHERE owner_id = ?1 AND position < ?2 \
               ORDER BY position DESC LIMIT ?3 + 0) AS listed \
         LEFT JOIN user_conversations AS peer \
           ON peer.owner_id = listed.peer_user_id AND peer.conversation_id = listed.conversation_id \
           AND peer.owner_id <> listed.owner_id {join} \
         ORDER BY position DESC"
    );
    let parameters = vec![owner_id.as_str().into(), asked.before.into(), (asked.limit + 1).into()];
    let rows = run(sql, Code::StoreFailed, &statement, parameters).await?;
    let item = |row| conversation_from_row(row, asked.with_last_message);
    let mut items = rows.into_iter().map(item).collect::<Result<Vec<_>>>()?;
    let next = page::cut(&mut items, asked.limit)?;
    let next = next.map(|(position, _)| page::encode_cursor(&position.to_string()));
    Ok(Conversations {
        conversations: items.into_iter().map(|(_, conversation)| conversation).collect(),
        has_more: next.is_some(),
        next_cursor: next.unwrap_or_default(),
    })
}

fn conversation_from_row(mut row: Row, with_last_message: bool) -> Result<(i64, Conversation)> {
    let position = row.integer()?;
    let mut conversation = Conversation {
        conversation_id: row.text()?,
        kind: row.integer()?.into(),
        peer_user_id: row.optional_text()?,
        group_id: row.optional_text()?,
        min_seq: row.integer()?,
        max_seq: row.integer()?,
        read_seq: row.integer()?,
        unread: row.integer()?,
        recv_msg_opt: row.integer()?.into(),
        is_pinned: row.integer()? != 0,
        extra: String::new(),
        updated_at: row.integer()?,
        last_change: row.integer()?,
        peer_read_seq: row.integer()?,
        peer_read_at: row.optional_integer()?,
        last_message: None,
    };
    if with_last_message && conversation.max_seq >= conversation.min_seq {
        conversation.last_message = Some(message_from_row(&mut row)?);
    }
    Ok((position, conversation))
}

/// A page of a user's positions in all conversations, ordered by conversation id.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn max_seqs(sql: &impl Sql, owner_id: &UserId, asked: &MaxSeqsPage) -> Result<MaxSeqs> {
    let statement = "SELECT conversation_id, max_seq, min_seq, read_seq, last_change FROM visible_conversations \
         WHERE owner_id = ?1 AND conversation_id > ?2 ORDER BY conversation_id LIMIT ?3 + 0";
    let parameters =
        vec![owner_id.as_str().into(), asked.after.as_str().into(), (asked.limit + 1).into()];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let item = |mut row: Row| {
        Ok(MaxSeq {
            conversation_id: row.text()?,
            max_seq: row.integer()?,
            min_seq: row.integer()?,
            read_seq: row.integer()?,
            last_change: row.integer()?,
        })
    };
    let mut items = rows.into_iter().map(item).collect::<Result<Vec<_>>>()?;
    let next = page::cut(&mut items, asked.limit)?;
    let next = next.map(|last| page::encode_cursor(&last.conversation_id));
    Ok(MaxSeqs { items, has_more: next.is_some(), next_cursor: next.unwrap_or_default() })
}

/// Moves a user's read position forward, at most to the last visible message, and returns the resulting position. The
/// others in the conversation receive a receipt, in a group only if it has at most `live_members_max` members.
///
/// # Errors
/// `10006` if the conversation is not visible to the user.
pub async fn mark_read(
    sql: &impl Sql,
    owner_id: &UserId,
    read: &Read,
    live_members_max: i64,
    now: Millis,
) -> Result<ReadSeq> {
    const MOVED: &str = "(SELECT read_seq FROM user_conversations \
         WHERE user_conversations.owner_id = mark_read.owner_id \
           AND user_conversations.conversation_id = mark_read.conversation_id)";
    const UNMOVED: &str =
        "SELECT read_seq FROM user_conversations WHERE owner_id = ?1 AND conversation_id = ?2";
    let command = command("mark_read")
        .set("owner_id", owner_id)
        .set("conversation_id", &read.conversation_id)
        .set("read_seq", read.read_seq)
        .set("live_members_max", live_members_max)
        .set("now", now);
    let mut row = command.returning(sql, Code::StoreFailed, MOVED).await?;
    if row.is_none() {
        let parameters = vec![owner_id.into(), (&read.conversation_id).into()];
        row = run(sql, Code::StoreFailed, UNMOVED, parameters).await?.into_iter().next();
    }
    let mut row =
        row.ok_or_else(|| Error::failed(Code::StoreFailed, "a read position was not found"))?;
    Ok(ReadSeq { read_seq: row.integer()? })
}

/// Sets a user's options of a conversation.
///
/// # Errors
/// `10006` if the conversation is not visible to the user.
pub async fn set_options(
    sql: &impl Sql,
    owner_id: &UserId,
    options: &Options,
    now: Millis,
) -> Result<()> {
    command("set_conversation_options")
        .set("owner_id", owner_id)
        .set("conversation_id", &options.conversation_id)
        .set("recv_msg_opt", options.recv_msg_opt)
        .set("is_pinned", options.is_pinned.map(i64::from))
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Notifies the others in a conversation that a user is typing.
///
/// # Errors
/// `10006` if the conversation is not visible to the user, `10303` for a former member of its group, `10302` if the
/// group is dismissed, `10005` after 60 calls in a minute.
pub async fn announce_typing(
    sql: &impl Sql,
    user_id: &UserId,
    conversation_id: &ConversationId,
    now: Millis,
) -> Result<()> {
    let quota = Quota::typing(user_id);
    let announced = command("announce_typing")
        .set("conversation_id", conversation_id)
        .set("user_id", user_id)
        .set("subject", quota.subject.as_str())
        .set("per_minute", quota.per_minute)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await;
    throttle::with_retry_after(sql, announced, &[quota], now).await
}
