//! Receipts: who has read a message. They follow from the users' read positions.

use crate::message::{Visible, visible};
use crate::sql::{Row, Sql, run};
use longwave_core::id::UserId;
use longwave_core::receipt::{READERS_FOR_ALL_MAX, ReadState, Reader, Readers, ReadersPage};
use longwave_core::{Code, Result, page};

/// The users to whom message ?2 of conversation ?1 is visible, without its sender.
const RECIPIENTS: &str = "messages JOIN user_conversations ON user_conversations.conversation_id = messages.conversation_id \
       AND owner_id <> sender_id AND seq BETWEEN min_seq AND coalesce(max_seq, seq)";

/// A page of the users who have, or have not, read a message, and how many there are of each.
///
/// # Errors
/// `10006` if the conversation is not visible to the user; `10303` for a former member of the group; `10401` for a seq
/// that is not visible; `10006` for a plain member in a group with more than 100 members, for messages of others.
pub async fn readers(sql: &impl Sql, user_id: &UserId, asked: &ReadersPage) -> Result<Readers> {
    let of = &asked.of;
    let Visible { min_seq, max_seq, .. } = visible(sql, user_id, &of.conversation_id).await?;
    if !(min_seq..=max_seq).contains(&of.seq) {
        return Err(Code::MessageNotFound.into());
    }
    let recipients = recipients(sql, user_id, asked).await?;
    let counts = format!(
        "SELECT count(*) FILTER (WHERE read_seq >= ?2), count(*) FILTER (WHERE read_seq < ?2) FROM {recipients}"
    );
    let users = format!(
        "SELECT owner_id, iif(read_seq >= ?2, read_at, NULL) FROM {recipients} \
           AND owner_id > ?3 AND (read_seq >= ?2) = ?4 ORDER BY owner_id LIMIT ?5 + 0"
    );
    let of = || vec![(&of.conversation_id).into(), of.seq.into()];
    let (mut read_count, mut unread_count) = (0, 0);
    for mut row in run(sql, Code::StoreFailed, &counts, of()).await? {
        (read_count, unread_count) = (row.integer()?, row.integer()?);
    }
    let mut parameters = of();
    parameters.extend([
        asked.after.as_str().into(),
        i64::from(asked.state == ReadState::Read).into(),
        (asked.limit + 1).into(),
    ]);
    let user = |mut row: Row| Ok(Reader { user_id: row.text()?, read_at: row.optional_integer()? });
    let rows = run(sql, Code::StoreFailed, &users, parameters).await?;
    let mut users = rows.into_iter().map(user).collect::<Result<Vec<_>>>()?;
    let next = page::cut(&mut users, asked.limit)?.map(|last| page::encode_cursor(&last.user_id));
    let (has_more, next_cursor) = (next.is_some(), next.unwrap_or_default());
    Ok(Readers { users, read_count, unread_count, has_more, next_cursor })
}

/// The recipients of the message, as the `FROM` and `WHERE` of a statement, if the user may see who has read it.
async fn recipients(sql: &impl Sql, user_id: &UserId, asked: &ReadersPage) -> Result<String> {
    let statement = "SELECT conversations.group_id IS NULL, own.last_event IS NOT NULL, \
           messages.sender_id = ?3 OR coalesce(role >= 2, FALSE) OR coalesce(member_count <= ?4, TRUE) \
         FROM messages \
         JOIN conversations ON conversations.id = messages.conversation_id \
         JOIN user_conversations AS own ON own.owner_id = ?3 AND own.conversation_id = messages.conversation_id \
         LEFT JOIN groups ON groups.id = conversations.group_id \
         LEFT JOIN group_members ON group_members.group_id = conversations.group_id AND group_members.user_id = ?3 \
         WHERE messages.conversation_id = ?1 AND messages.seq = ?2";
    let parameters = vec![
        (&asked.of.conversation_id).into(),
        asked.of.seq.into(),
        user_id.into(),
        READERS_FOR_ALL_MAX.into(),
    ];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let mut row = rows.into_iter().next().ok_or(Code::MessageNotFound)?;
    let (is_single, has_left, may_see) = (row.integer()?, row.integer()?, row.integer()?);
    if has_left != 0 {
        return Err(Code::NotGroupMember.into());
    }
    if may_see == 0 {
        return Err(Code::NoPermission.into());
    }
    // Each has an index.
    let scope = if is_single != 0 { "owner_id = recv_id" } else { "peer_user_id IS NULL" };
    Ok(format!("{RECIPIENTS} WHERE messages.conversation_id = ?1 AND seq = ?2 AND {scope}"))
}
