//! Messages: sending and pulling.

use crate::command::command;
use crate::sql::{Row, Sql, run};
use crate::throttle;
use longwave_core::conversation::SessionType;
use longwave_core::id::{ConversationId, UserId};
use longwave_core::message::{Ack, Destination, Message, Pull, PullResponse, SendMessage};
use longwave_core::throttle::Quota;
use longwave_core::{Code, Error, Millis, Result, page};
use uuid::Uuid;

/// The columns of a message, in the order of [`message_from_row`].
pub(crate) const MESSAGE: &str = "messages.server_msg_id, messages.client_msg_id, messages.conversation_id, \
     messages.seq, messages.sender_id, messages.recv_id, messages.content_type, messages.content, messages.send_time";

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
