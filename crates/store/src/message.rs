//! Messages: sending, reading and revoking.

use crate::command::command;
use crate::event;
use crate::sql::{Row, Sql, ids_as_json, numbers_as_json, run};
use crate::throttle;
use longwave_core::conversation::SessionType;
use longwave_core::cursor::Cursor;
use longwave_core::id::{ConversationId, UserId};
use longwave_core::message::{
    Ack, Changes, ChangesResponse, Destination, EditHistory, EditMessage, EditRules, Edited,
    Latest, LatestMessages, LatestResponse, Message, MessageVersion, Messages, OneMessage, Order,
    Pull, PullRange, PullResponse, Quote, Replies, RepliesPage, RevokeMessages, RevokeRules,
    SendMessage, Versions, preview,
};
use longwave_core::throttle::Quota;
use longwave_core::{Code, Error, Millis, Result, page};
use std::collections::HashMap;
use uuid::Uuid;

/// How a reader sees messages. `from` and `until` are SQL expressions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The first visible seq: what a message quotes may be before it.
    pub from: &'a str,
    /// The last event whose edits are visible.
    pub until: &'a str,
    /// What the content is if a later edit was made, and what it replaced was not kept.
    pub lost: Lost,
}

/// The content of a message whose visible version was not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lost {
    /// `{}`
    Empty,
    /// The current content.
    Current,
}

impl View<'_> {
    /// A column of the version of a message that was current at `until`, if it is not the current one.
    fn earlier(self, message: &str, column: &str) -> String {
        let until = self.until;
        format!(
            "(SELECT {column} FROM message_versions AS earlier \
              WHERE earlier.conversation_id = {message}.conversation_id AND earlier.seq = {message}.seq \
                AND earlier.since_event <= {until} AND earlier.until_event > {until})"
        )
    }

    fn content(self, message: &str) -> String {
        let earlier = self.earlier(message, "content");
        let lost = match self.lost {
            Lost::Empty => "'{}'".to_owned(),
            Lost::Current => format!("{message}.content"),
        };
        let until = self.until;
        format!(
            "iif({message}.edit_event > {until}, coalesce({earlier}, {lost}), {message}.content)"
        )
    }

    /// What a message quotes, as a JSON object; NULL if it quotes nothing.
    fn quote(self) -> String {
        let (from, content) = (self.from, self.content("quoted"));
        format!(
            "iif(messages.quote_seq IS NULL, NULL, \
               coalesce((SELECT json_object('seq', quoted.seq, 'sender_id', sender_id, 'content_type', content_type, \
                                            'status', status, 'preview', iif(content_type IN (1, 9), {content}, NULL)) \
                         FROM messages AS quoted \
                         WHERE quoted.conversation_id = messages.conversation_id AND quoted.seq = messages.quote_seq \
                           AND quoted.seq >= {from}), \
                        json_object('seq', messages.quote_seq, 'status', 4)))"
        )
    }

    /// The columns of a message, in the order of [`message_from_row`].
    pub(crate) fn columns(self) -> String {
        let until = self.until;
        let (content, quote) = (self.content("messages"), self.quote());
        let (version, edited_at) =
            (self.earlier("messages", "version"), self.earlier("messages", "edited_at"));
        format!(
            "messages.server_msg_id, messages.client_msg_id, messages.conversation_id, messages.seq, \
             messages.sender_id, messages.recv_id, messages.content_type, {content}, messages.send_time, \
             messages.status, messages.changed_by, messages.changed_at, \
             iif(messages.edit_event > {until}, {version}, messages.version), \
             iif(messages.edit_event > {until}, {edited_at}, messages.edited_at), {quote}"
        )
    }
}

/// Reads a quote from its column, whose preview is the whole content.
fn quote_from_json(json: &str) -> Result<Quote> {
    let bad = |error| Error::failed(Code::StoreFailed, format!("read a quote: {error}"));
    let quote: Quote = serde_json::from_str(json).map_err(bad)?;
    Ok(Quote { preview: quote.preview.as_deref().and_then(preview), ..quote })
}

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
        version: row.optional_integer()?.filter(|version| *version > 1),
        edited_at: row.optional_integer()?,
        quote: row.optional_text()?.as_deref().map(quote_from_json).transpose()?,
    })
}

fn messages_from_rows(rows: Vec<Row>) -> Result<Vec<Message>> {
    rows.into_iter().map(|mut row| message_from_row(&mut row)).collect()
}

/// Sends a message: one statement checks the rules, takes the next seq, stores the message and appends its event. A
/// sender may send `per_minute` messages a minute; 0 disables the limit. A repeat (same sender, conversation,
/// `client_msg_id`, type and content) changes nothing and returns the ack of the first one.
///
/// # Errors
/// `10201` if the recipient does not exist; for a group, `10301` if it does not exist, `10302` if
/// it is dismissed, `10303` if the sender is not a member; `10401` if the quoted message is not visible to the sender,
/// `10410` if it is erased; `10402` if the `client_msg_id` was used
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
        .set("quote_seq", message.quote_seq)
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

/// The part of a conversation that a user may see, which limits every read of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visible {
    /// The first seq.
    pub min_seq: i64,
    /// The last seq. No message is visible if it is lower than the first.
    pub max_seq: i64,
    /// The last event whose edits are visible: for a former member, that of leaving.
    pub until_event: i64,
}

/// The part of a conversation that a user may see.
///
/// # Errors
/// `10006` if the conversation is not visible to the user, whether or not it exists; `20403` if the
/// database fails.
pub async fn visible(
    sql: &impl Sql,
    user_id: &UserId,
    conversation_id: &ConversationId,
) -> Result<Visible> {
    let statement = "SELECT min_seq, max_seq, until_event FROM visible_conversations WHERE owner_id = ?1 AND conversation_id = ?2";
    let parameters = vec![user_id.as_str().into(), conversation_id.as_str().into()];
    let rows = run(sql, Code::MessagePullFailed, statement, parameters).await?;
    let mut row = rows.into_iter().next().ok_or(Code::NoPermission)?;
    Ok(Visible { min_seq: row.integer()?, max_seq: row.integer()?, until_event: row.integer()? })
}

/// Messages next to the row of their conversation in `visible_conversations`, named `visible`.
const OF_VISIBLE: View<'_> =
    View { from: "visible.min_seq", until: "visible.until_event", lost: Lost::Empty };

/// The visible messages of a range, up to about 256 KiB.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `20403` if the database fails.
pub async fn pull(sql: &impl Sql, user_id: &UserId, pull: &Pull) -> Result<PullResponse> {
    let Visible { min_seq, max_seq, until_event } =
        visible(sql, user_id, &pull.conversation_id).await?;
    // The visible part of the range, the seq in it at which reading starts, and how many messages before that seq count
    // towards the limit.
    let (begin, end, start, before) = match pull.range {
        PullRange::Seqs { begin, end, order } => {
            let (begin, end) = (begin.max(min_seq), end.min(max_seq));
            match order {
                Order::Asc => (begin, end, begin, 0),
                Order::Desc => (begin, end, end, pull.limit - 1),
            }
        }
        PullRange::Around(seq) => (min_seq, max_seq, seq.max(min_seq).min(max_seq), pull.limit / 2),
        PullRange::At(time) => {
            let visible = (min_seq, max_seq);
            let first = first_sent_at(sql, &pull.conversation_id, visible, time).await?;
            (first, max_seq, first, 0)
        }
    };
    // Seqs have no gap, so they say how many messages there are.
    let first = begin.max(start - before);
    let last = end.min(start.saturating_add(pull.limit - 1 - before));
    let statement = format!(
        "SELECT {} FROM messages WHERE conversation_id = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq",
        View { from: "?5", until: "?4", lost: Lost::Empty }.columns()
    );
    let parameters = vec![
        (&pull.conversation_id).into(),
        first.into(),
        last.into(),
        until_event.into(),
        min_seq.into(),
    ];
    let rows = run(sql, Code::MessagePullFailed, &statement, parameters).await?;
    let mut messages = messages_from_rows(rows)?;
    // The nearest to the start come first, so that a response that gets too large keeps these.
    messages.sort_by_key(|message| message.seq.abs_diff(start));
    let is_cut = page::fit(&mut messages)?;
    if let PullRange::Around(_) = pull.range {
        messages.sort_by_key(|message| message.seq);
    }
    Ok(PullResponse { messages, has_more: is_cut || (first, last) != (begin, end) })
}

/// The first of the visible seqs whose message was sent at this time or later; the seq after them if there is none.
/// Times never decrease within a conversation, so each step halves the seqs from `low` to `high`.
async fn first_sent_at(
    sql: &impl Sql,
    conversation_id: &ConversationId,
    (min_seq, max_seq): (i64, i64),
    time: Millis,
) -> Result<i64> {
    let statement = "WITH RECURSIVE halves (low, high) AS ( \
           SELECT ?2 + 0, ?3 + 1 \
           UNION ALL \
           SELECT iif(send_time < ?4, seq + 1, low), iif(send_time < ?4, high, seq) \
           FROM halves JOIN messages ON conversation_id = ?1 AND seq = (low + high) / 2 \
           WHERE low < high) \
         SELECT max(low) FROM halves";
    let parameters = vec![conversation_id.into(), min_seq.into(), max_seq.into(), time.into()];
    let rows = run(sql, Code::MessagePullFailed, statement, parameters).await?;
    let no_row = || Error::failed(Code::MessagePullFailed, "the search has no row");
    rows.into_iter().next().ok_or_else(no_row)?.integer()
}

/// The visible ones of some messages, ascending by seq, up to about 256 KiB.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `10401` if the message with this id is not visible to the
/// user, whether or not it exists; `20403` if the database fails.
pub async fn get(sql: &impl Sql, user_id: &UserId, asked: &Messages) -> Result<PullResponse> {
    let mut messages = match asked {
        Messages::Seqs { conversation_id, seqs } => {
            let Visible { min_seq, max_seq, until_event } =
                visible(sql, user_id, conversation_id).await?;
            let visible = seqs.iter().copied().filter(|seq| (min_seq..=max_seq).contains(seq));
            let visible: Vec<i64> = visible.collect();
            let statement = format!(
                "SELECT {} FROM messages \
                 WHERE conversation_id = ?1 AND seq IN (SELECT value FROM json_each(?2)) ORDER BY seq",
                View { from: "?4", until: "?3", lost: Lost::Empty }.columns()
            );
            let parameters = vec![
                conversation_id.into(),
                numbers_as_json(&visible),
                until_event.into(),
                min_seq.into(),
            ];
            messages_from_rows(run(sql, Code::MessagePullFailed, &statement, parameters).await?)?
        }
        Messages::Id(server_msg_id) => {
            let statement = format!(
                "SELECT {} FROM messages JOIN visible_conversations AS visible \
                   ON visible.owner_id = ?1 AND visible.conversation_id = messages.conversation_id \
                   AND messages.seq BETWEEN visible.min_seq AND visible.max_seq \
                 WHERE messages.server_msg_id = ?2",
                OF_VISIBLE.columns()
            );
            let parameters = vec![user_id.into(), server_msg_id.as_str().into()];
            let rows = run(sql, Code::MessagePullFailed, &statement, parameters).await?;
            let messages = messages_from_rows(rows)?;
            if messages.is_empty() {
                return Err(Code::MessageNotFound.into());
            }
            messages
        }
    };
    let has_more = page::fit(&mut messages)?;
    Ok(PullResponse { messages, has_more })
}

/// The newest messages of each conversation that is visible to the user, up to about 256 KiB in all.
///
/// # Errors
/// `20403` if the database fails.
pub async fn latest(sql: &impl Sql, user_id: &UserId, asked: &Latest) -> Result<LatestResponse> {
    let statement = format!(
        "SELECT visible.conversation_id, visible.min_seq, visible.max_seq, {} \
         FROM json_each(?2) AS asked \
         CROSS JOIN visible_conversations AS visible \
           ON visible.owner_id = ?1 AND visible.conversation_id = asked.value \
         LEFT JOIN messages ON messages.conversation_id = visible.conversation_id \
           AND messages.seq BETWEEN max(visible.min_seq, visible.max_seq - ?3 + 1) AND visible.max_seq",
        OF_VISIBLE.columns()
    );
    let parameters = vec![user_id.into(), ids_as_json(&asked.conversation_ids), asked.limit.into()];
    let rows = run(sql, Code::MessagePullFailed, &statement, parameters).await?;
    let mut visible = HashMap::new();
    let mut messages = Vec::with_capacity(rows.len());
    for mut row in rows {
        let conversation_id = row.text()?;
        let (min_seq, max_seq) = (row.integer()?, row.integer()?);
        if min_seq <= max_seq {
            let message = message_from_row(&mut row)?;
            messages.push((max_seq - message.seq, message));
        }
        visible.insert(conversation_id, (min_seq, max_seq));
    }
    // The newest of every conversation come first, so that a response that gets too large keeps these.
    messages.sort_by_key(|(newer, _)| *newer);
    page::fit(&mut messages)?;
    let latest = |id: &ConversationId| {
        let (min_seq, max_seq) = visible.get(id.as_str())?;
        let own = messages.iter().map(|(_, message)| message);
        let own = own.filter(|message| message.conversation_id == id.as_str());
        let messages: Vec<Message> = own.rev().cloned().collect();
        let first = messages.first().map_or(max_seq + 1, |first| first.seq);
        let has_more = first > *min_seq;
        Some(LatestMessages { conversation_id: id.to_string(), messages, has_more })
    };
    Ok(LatestResponse { conversations: asked.conversation_ids.iter().filter_map(latest).collect() })
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
    command("revoke_messages")
        .set("conversation_id", &revoke.conversation_id)
        .set("operator_id", operator_id)
        .set("seqs", numbers_as_json(&revoke.seqs))
        .set("status", revoke.status)
        .set("own_from", rules.own_from(now))
        .set("unread_members_max", rules.unread_members_max)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Replaces the content of a message. The same content again changes nothing.
///
/// # Errors
/// `10006` if the conversation is not visible to the editor; `10303` for a former member of the group; `10401` for a
/// seq that is not visible; `10410` if the message is erased; `10302` in a dismissed group; `10405` for a message of
/// somebody else, of a type that cannot be edited, or too old; `10406` if `base_version` is not the stored version;
/// `10005` if the quota is used up.
pub async fn edit(
    sql: &impl Sql,
    editor_id: &UserId,
    edit: EditMessage,
    rules: EditRules,
    now: Millis,
) -> Result<Edited> {
    const VERSION: &str = "(SELECT version FROM messages WHERE messages.conversation_id = edit_message.conversation_id \
         AND messages.seq = edit_message.seq)";
    const UNCHANGED: &str = "SELECT version FROM messages WHERE conversation_id = ?1 AND seq = ?2";

    let quota = Quota::editing(editor_id, rules.per_minute);
    let command = command("edit_message")
        .set("conversation_id", &edit.conversation_id)
        .set("editor_id", editor_id)
        .set("seq", edit.seq)
        .set("content", edit.content)
        .set("base_version", edit.base_version)
        .set("sent_from", rules.sent_from(now))
        .set("keeps_versions", i64::from(rules.history != EditHistory::None))
        .set("subject", quota.subject.as_str())
        .set("per_minute", quota.per_minute)
        .set("now", now);
    let edited = command.returning(sql, Code::StoreFailed, VERSION).await;
    let mut row = throttle::with_retry_after(sql, edited, &[quota], now).await?;
    if row.is_none() {
        let message = vec![(&edit.conversation_id).into(), edit.seq.into()];
        row = run(sql, Code::StoreFailed, UNCHANGED, message).await?.into_iter().next();
    }
    let not_found = || Error::failed(Code::StoreFailed, "the message was not found");
    Ok(Edited { version: row.ok_or_else(not_found)?.integer()? })
}

/// The kept versions of a message, ascending; the last one is its content as the user may see it.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `10401` for a seq that is not visible; `10410` if the message
/// is erased; `20403` if the database fails.
pub async fn versions(sql: &impl Sql, user_id: &UserId, of: &OneMessage) -> Result<Versions> {
    let Visible { min_seq, max_seq, until_event } =
        visible(sql, user_id, &of.conversation_id).await?;
    if !(min_seq..=max_seq).contains(&of.seq) {
        return Err(Code::MessageNotFound.into());
    }
    let statement = "SELECT version, content, coalesce(edited_at, send_time), status <> 0 FROM messages \
           WHERE conversation_id = ?1 AND seq = ?2 AND edit_event <= ?3 \
         UNION ALL \
         SELECT earlier.version, earlier.content, coalesce(earlier.edited_at, send_time), FALSE \
         FROM message_versions AS earlier JOIN messages USING (conversation_id, seq) \
         WHERE earlier.conversation_id = ?1 AND earlier.seq = ?2 AND earlier.since_event <= ?3 \
         ORDER BY 1";
    let parameters = vec![(&of.conversation_id).into(), of.seq.into(), until_event.into()];
    let mut versions = Vec::new();
    for mut row in run(sql, Code::MessagePullFailed, statement, parameters).await? {
        versions.push(MessageVersion {
            version: row.integer()?,
            content: row.text()?,
            written_at: row.integer()?,
        });
        if row.integer()? != 0 {
            return Err(Code::MessageGone.into());
        }
    }
    Ok(Versions { versions })
}

/// The visible messages of a conversation that changed since a version, as they are now, in the order of their latest
/// changes, up to about 256 KiB. A version of another database returns all changes.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `20403` if the database fails.
pub async fn changes(sql: &impl Sql, user_id: &UserId, asked: &Changes) -> Result<ChangesResponse> {
    let Visible { min_seq, max_seq, until_event } =
        visible(sql, user_id, &asked.conversation_id).await?;
    let (database_id, after, full) =
        event::since_version(sql, asked.since.as_ref(), Code::MessagePullFailed).await?;
    let statement = format!(
        "SELECT change_event, {} FROM messages \
         WHERE conversation_id = ?1 AND change_event > ?2 + 0 AND change_event > 0 AND seq BETWEEN ?3 AND ?4 \
         ORDER BY change_event LIMIT ?5 + 0",
        View { from: "?3", until: "?6", lost: Lost::Empty }.columns()
    );
    let parameters = vec![
        (&asked.conversation_id).into(),
        after.into(),
        min_seq.into(),
        max_seq.into(),
        (asked.limit + 1).into(),
        until_event.into(),
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

/// A page of the visible messages that quote a message, ascending by seq.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `10401` for a seq that is not visible; `20403` if the
/// database fails.
pub async fn replies(sql: &impl Sql, user_id: &UserId, asked: &RepliesPage) -> Result<Replies> {
    let of = &asked.of;
    let Visible { min_seq, max_seq, until_event } =
        visible(sql, user_id, &of.conversation_id).await?;
    if !(min_seq..=max_seq).contains(&of.seq) {
        return Err(Code::MessageNotFound.into());
    }
    let statement = format!(
        "SELECT {} FROM messages INDEXED BY messages_by_quote \
         WHERE conversation_id = ?1 AND quote_seq = ?2 AND seq > ?3 AND seq <= ?4 ORDER BY seq LIMIT ?5 + 0",
        View { from: "?7", until: "?6", lost: Lost::Empty }.columns()
    );
    let parameters = vec![
        (&of.conversation_id).into(),
        of.seq.into(),
        asked.after.into(),
        max_seq.into(),
        (asked.limit + 1).into(),
        until_event.into(),
        min_seq.into(),
    ];
    let rows = run(sql, Code::MessagePullFailed, &statement, parameters).await?;
    let mut messages = messages_from_rows(rows)?;
    let next = page::cut(&mut messages, asked.limit)?;
    let next = next.map(|last| page::encode_cursor(&last.seq.to_string()));
    Ok(Replies { messages, has_more: next.is_some(), next_cursor: next.unwrap_or_default() })
}
