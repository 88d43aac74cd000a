//! `longwave list`

use crate::text;
use anyhow::Result;
use longwave_client::{Conversation, Session, UserId};
use std::collections::HashMap;
use std::io::{Write, stdout};

/// Prints the conversations, latest first, one per line: the id to chat with, the name, the number
/// of unread messages, the last message.
///
/// # Errors
/// The server's, and the system's if the output is closed.
pub async fn list(session: &Session) -> Result<()> {
    let mut cursor = None;
    loop {
        let page = session.conversations(cursor.as_deref()).await?;
        let peers = page.conversations.iter().filter_map(|it| it.peer_user_id.as_deref());
        let peers: Vec<UserId> = peers.filter_map(UserId::parse).collect();
        let users = if peers.is_empty() { Vec::new() } else { session.users(&peers).await? };
        let names = users.into_iter().map(|user| (user.user_id.to_string(), user.nickname));
        let names: HashMap<String, String> = names.collect();
        for conversation in &page.conversations {
            let name = match (&conversation.group_id, &conversation.peer_user_id) {
                (Some(group_id), _) => group_name(session, group_id).await?,
                (None, peer) => peer.as_ref().and_then(|id| names.get(id)).cloned(),
            };
            writeln!(stdout(), "{}", line(conversation, name.as_deref().unwrap_or_default()))?;
        }
        if !page.has_more {
            return Ok(());
        }
        cursor = Some(page.next_cursor);
    }
}

/// The name of a group; `None` for a former member, since only members may read it.
async fn group_name(session: &Session, group_id: &str) -> Result<Option<String>> {
    match session.group(group_id).await {
        Ok(group) => Ok(Some(group.name)),
        Err(error) if error.code() == Some(10303) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn line(conversation: &Conversation, name: &str) -> String {
    let id = conversation.group_id.as_ref().or(conversation.peer_user_id.as_ref());
    let last = conversation.last_message.as_ref().map(text::content).unwrap_or_default();
    let id = text::plain(id.unwrap_or(&conversation.conversation_id));
    format!("{id}  {}  {} unread  {last}", text::name(name), conversation.unread)
}
