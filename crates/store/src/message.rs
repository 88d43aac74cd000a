//! Messages: sending and pulling.

use crate::command::command;
use crate::event;
use crate::sql::{Row, Sql, run};
use crate::throttle;
use longwave_core::conversation::SessionType;
use longwave_core::cursor::Cursor;
use longwave_core::id::{ConversationId, UserId};
use longwave_core::message::{
    Ack, Changes, ChangesResponse, Destination, Message, Pull, PullResponse, RevokeMessages,
    RevokeRules, SendMessage,
};
use longwave_core::throttle::Quota;
use longwave_core::{Code, Error, Millis, Result, page};
use uuid::Uuid;

/// The columns of a message, in the order of [`message_from_row`].
pub(crate) const MESSAGE: &str = "messages.server_msg_id, messages.client_msg_id, messages.conversation_id, \
     messages.seq, messages.sender_id, messages.recv_id, messages.content_type, messages.content, messages.send_time, \
     messages.status, messages.changed_by, messages.changed_at";

pub(crate) fn message_from_row(row: &mut Row) -> Result<Message> {
    let server_msg_id = row.text()?;
    let client_msg_id = row.text()?;
    let conversation_id = row.text()?;
    let seq = row.integer()?;
    let sender_id = row.text()?;
    let recv_id = row.optional_text()?;
    Ok(Message {
        server_msg_id,
        client_msg_id,
        seq,
        session_type: if recv_id.is_some() { SessionType::Single } else { SessionType::Group },
        sender_id,
        recv_id,
        group_id: conversation_id.strip_prefix("sg_").map(str::to_owned),
        conversation_id,
        content_type: row.integer()?.into(),
        content: row.text()?,
        send_time: row.integer()?,
        status: row.integer()?.into(),
        changed_by: row.optional_text()?,
        changed_at: row.optional_integer()?,
    })
}

/// Sends a message: one statement checks the rules, takes the next seq, stores the message and appends its event. A
/// sender may send `per_minute` messages a minute; 0 disables the limit. A repeat (same sender, conversation,
/// `client_msg_id`, type and content) changes nothing and returns the ack of the first one.
///
/// # Errors
/// `10201` if the recipient does not exist; for a group, `10301` if it does not exist, `10302` if
/// it is dismissed, `10303` if the sender is not a member; `10402` if the `client_msg_id` was used
/// with other content; `10005` if the quota is used up; `20402` if the database fails. A refused
/// message is not stored. After `20402`, a repeat is safe.
pub async fn send(
    sql: &impl Sql,
    message: SendMessage,
    per_minute: i64,
    uuid: Uuid,
    now: Millis,
) -> Result<Ack> {
    const SENT: &str = "server_msg_id, \
         (SELECT seq FROM messages WHERE messages.server_msg_id = send_message.server_msg_id), \
         (SELECT send_time FROM messages WHERE messages.server_msg_id = send_message.server_msg_id)";
    const REPEATED: &str = "SELECT server_msg_id, seq, send_time FROM messages \
         WHERE conversation_id = ?1 AND sender_id = ?2 AND client_msg_id = ?3";

    let conversation_id = message.conversation_id().to_string();
    let digest = message.digest();
    let (recv_id, group_id) = match &message.destination {
        Destination::Single(recv_id) => (Some(recv_id), None),
        Destination::Group(group_id) => (None, Some(group_id)),
    };
    let quota = Quota::sending(&message.sender_id, per_minute);
    let command = command("send_message")
        .set("conversation_id", conversation_id.as_str())
        .set("sender_id", &message.sender_id)
        .set("recv_id", recv_id)
        .set("group_id", group_id)
        .set("client_msg_id", message.client_msg_id.as_str())
        .set("server_msg_id", uuid.to_string())
        .set("content_type", message.content_type)
        .set("content", message.content)
        .set("digest", digest)
        .set("silent", i64::from(message.silent))
        .set("sender_read", i64::from(message.sender_read))
        .set("subject", quota.subject.as_str())
        .set("per_minute", quota.per_minute)
        .set("now", now);
    let sent = command.returning(sql, Code::MessageSendFailed, SENT).await;
    let mut row = throttle::with_retry_after(sql, sent, &[quota], now).await?;
    if row.is_none() {
        let identity = vec![
            conversation_id.as_str().into(),
            message.sender_id.as_str().into(),
            message.client_msg_id.into(),
        ];
        row = run(sql, Code::MessageSendFailed, REPEATED, identity).await?.into_iter().next();
    }
    let not_found = || Error::failed(Code::MessageSendFailed, "the message was not found");
    let mut row = row.ok_or_else(not_found)?;
    Ok(Ack {
        server_msg_id: row.text()?,
        conversation_id,
        seq: row.integer()?,
        send_time: row.integer()?,
    })
}

/// The first and the last seq of a conversation that a user may see, which limit every read of
/// messages. No message is visible if the last one is lower.
///
/// # Errors
/// `10006` if the conversation is not visible to the user, whether or not it exists; `20403` if the
/// database fails.
pub async fn visible_range(
    sql: &impl Sql,
    user_id: &UserId,
    conversation_id: &ConversationId,
) -> Result<(i64, i64)> {
    let statement = "SELECT min_seq, max_seq FROM visible_conversations WHERE owner_id = ?1 AND conversation_id = ?2";
    let parameters = vec![user_id.as_str().into(), conversation_id.as_str().into()];
    let rows = run(sql, Code::MessagePullFailed, statement, parameters).await?;
    let mut row = rows.into_iter().next().ok_or(Code::NoPermission)?;
    Ok((row.integer()?, row.integer()?))
}

/// The messages of a range that are visible to the user, ascending, up to about 256 KiB.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `20403` if the database fails.
pub async fn pull(sql: &impl Sql, user_id: &UserId, pull: &Pull) -> Result<PullResponse> {
    let (min_seq, max_seq) = visible_range(sql, user_id, &pull.conversation_id).await?;
    let (begin, end) = (pull.begin.max(min_seq), pull.end.min(max_seq));
    let statement = format!(
        "SELECT {MESSAGE} FROM messages WHERE conversation_id = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq LIMIT ?4 + 0"
    );
    let parameters =
        vec![pull.conversation_id.as_str().into(), begin.into(), end.into(), pull.limit.into()];
    let rows = run(sql, Code::MessagePullFailed, &statement, parameters).await?;
    let mut messages =
        rows.into_iter().map(|mut row| message_from_row(&mut row)).collect::<Result<Vec<_>>>()?;
    page::fit(&mut messages)?;
    let has_more = messages.last().is_some_and(|last| last.seq < end);
    Ok(PullResponse { messages, has_more })
}

/// Erases the content of messages: all of them, or none. Those that were revoked before stay as they are.
///
/// # Errors
/// `10006` if the conversation is not visible to the operator, or if the message is somebody else's and the operator is
/// not allowed to revoke it; `10303` for a former member of the group; `10401` for a seq that is not visible; `10302`
/// for somebody else's message in a dismissed group; `10404` for an own message that is too old.
pub async fn revoke(
    sql: &impl Sql,
    operator_id: &UserId,
    revoke: &RevokeMessages,
    rules: RevokeRules,
    now: Millis,
) -> Result<()> {
    let seqs: Vec<String> = revoke.seqs.iter().map(i64::to_string).collect();
    command("revoke_messages")
        .set("conversation_id", &revoke.conversation_id)
        .set("operator_id", operator_id)
        .set("seqs", format!("[{}]", seqs.join(",")))
        .set("status", revoke.status)
        .set("own_from", rules.own_from(now))
        .set("unread_members_max", rules.unread_members_max)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// The visible messages of a conversation that changed since a version, as they are now, in the order of their latest
/// changes, up to about 256 KiB. A version of another database returns all changes.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `20403` if the database fails.
pub async fn changes(sql: &impl Sql, user_id: &UserId, asked: &Changes) -> Result<ChangesResponse> {
    let (min_seq, max_seq) = visible_range(sql, user_id, &asked.conversation_id).await?;
    let (database_id, after, full) =
        event::since_version(sql, asked.since.as_ref(), Code::MessagePullFailed).await?;
    let statement = format!(
        "SELECT change_event, {MESSAGE} FROM messages \
         WHERE conversation_id = ?1 AND change_event > ?2 + 0 AND change_event > 0 AND seq BETWEEN ?3 AND ?4 \
         ORDER BY change_event LIMIT ?5 + 0"
    );
    let parameters = vec![
        (&asked.conversation_id).into(),
        after.into(),
        min_seq.into(),
        max_seq.into(),
        (asked.limit + 1).into(),
    ];
    let rows = run(sql, Code::MessagePullFailed, &statement, parameters).await?;
    let mut events = Vec::with_capacity(rows.len());
    let mut messages = Vec::with_capacity(rows.len());
    for mut row in rows {
        events.push(row.integer()?);
        messages.push(message_from_row(&mut row)?);
    }
    let has_more = page::cut(&mut messages, asked.limit)?.is_some();
    let last = messages.len().checked_sub(1).and_then(|last| events.get(last));
    let version = Cursor::version(&database_id, last.copied().unwrap_or(after)).encode();
    Ok(ChangesResponse { messages, version, has_more, full })
}
