//! `longwave chat`

use crate::text;
use anyhow::{Context, Result, ensure};
use longwave_client::{
    ConversationId, Draft, Event, Feed, Frame, GroupChange, GroupChangeKind, GroupId, Message,
    MessageChangeKind, Recovery, ResetReason, Session, UserId,
};
use std::collections::HashMap;
use std::io::{Write, stdin, stdout};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use uuid::Uuid;

/// Maximum number of earlier messages that a chat shows at its start.
const HISTORY: i64 = 20;
/// Maximum time for sending a line: longer than the minute of a quota.
const SEND: Duration = Duration::from_mins(2);
/// Maximum wait for an answer that the chat can do without.
const SOON: Duration = Duration::from_secs(2);

/// The other side of a chat.
pub enum With {
    /// Another user.
    User(UserId),
    /// The members of a group.
    Group(GroupId),
}

impl With {
    /// The user or group with this id.
    ///
    /// # Errors
    /// If it is the id of neither.
    pub fn parse(id: &str) -> Result<Self> {
        if let Some(user_id) = UserId::parse(id) {
            return Ok(Self::User(user_id));
        }
        let group_id = GroupId::parse(id).with_context(|| {
            let id = text::name(id);
            format!("'{id}' is neither a user's id (nx__..., u___..., ag__...) nor a group's (16 characters); 'longwave list' shows some")
        })?;
        Ok(Self::Group(group_id))
    }

    fn conversation_id(&self, own: &UserId) -> String {
        match self {
            Self::User(user_id) => ConversationId::single(own, user_id).to_string(),
            Self::Group(group_id) => ConversationId::group(group_id).to_string(),
        }
    }

    fn draft(&self, client_msg_id: String, text: &str) -> Draft {
        match self {
            Self::User(user_id) => Draft::text(user_id, client_msg_id, text),
            Self::Group(group_id) => Draft::text_to_group(group_id.as_str(), client_msg_id, text),
        }
    }
}

/// Prints the latest messages and then new ones, and sends the lines of the standard input, until
/// the input has ended and every line is sent.
///
/// # Errors
/// If the other side does not exist, this login ends, or a line could not be sent.
pub async fn chat(session: Session, with: With) -> Result<()> {
    let mut names = Names::new(&session);
    let title = match &with {
        With::User(user_id) => {
            let users = session.users(std::slice::from_ref(user_id)).await?;
            ensure!(!users.is_empty(), "there is no such user");
            names.of(user_id.as_str()).await
        }
        With::Group(group_id) => text::name(&session.group(group_id.as_str()).await?.name),
    };
    let id = with.conversation_id(session.user_id());
    // Messages that this process sent are not printed again when the feed delivers them.
    let own = Uuid::new_v4().to_string();
    let (seen, read) = watch::channel(0);

    let feed = Feed::start(session.clone()).await?;
    let newest = feed.local_max(&id).unwrap_or_default();
    if newest > 0 {
        for message in &session.pull_all(&id, 1.max(newest - HISTORY + 1), newest).await? {
            print(message, &mut names).await?;
        }
        seen.send_replace(newest);
    }
    eprintln!("Chatting with {title}; Ctrl-D ends.");

    let ended = tokio::select! {
        ended = receive(feed, &id, &own, &mut names, &seen) => ended,
        ended = mark_read(&session, &id, read.clone()) => ended,
        ended = send_lines(&session, &with, &own) => ended,
    };
    let newest = *read.borrow();
    if ended.is_ok() && newest > 0 {
        // A position that is not stored in time only leaves messages unread in the next chat.
        drop(timeout(SOON, session.mark_read(&id, newest)).await);
    }
    ended
}

/// Prints the events of a conversation; ends only with an error.
async fn receive(
    mut feed: Feed,
    conversation_id: &str,
    own: &str,
    names: &mut Names<'_>,
    seen: &watch::Sender<i64>,
) -> Result<()> {
    loop {
        match feed.next().await? {
            Event::Message(message) if message.conversation_id == conversation_id => {
                // Others see the ids of these messages too, and may copy them.
                let is_own = message.sender_id == names.session.user_id().as_str()
                    && message.client_msg_id.starts_with(own);
                if !is_own {
                    print(&message, names).await?;
                }
                seen.send_replace(message.seq);
            }
            Event::Change(Frame::Group { change, .. })
                if change.conversation_id == conversation_id =>
            {
                print_change(&change, names).await?;
            }
            Event::Change(Frame::MessageChange { change, .. })
                if change.message.conversation_id == conversation_id =>
            {
                let operator = names.of(&change.change.operator_id).await;
                let sender = names.of(&change.message.sender_id).await;
                match change.change.change {
                    MessageChangeKind::Revoked | MessageChangeKind::Removed => {
                        writeln!(stdout(), "* {operator} revoked a message of {sender}")?;
                    }
                    MessageChangeKind::Edited => {
                        let content = text::content(&change.message);
                        writeln!(stdout(), "* {operator} edited a message: {content}")?;
                    }
                    MessageChangeKind::Other => {}
                }
            }
            Event::Reset { reason: ResetReason::OtherHistory } => {
                eprintln!(
                    "* the server was restored or replaced: it may not have all that is shown above; start 'longwave chat' again to see what it has"
                );
                seen.send_replace(0);
            }
            // Missed messages follow, and a chat shows little else.
            Event::Message(_) | Event::Change(_) | Event::Reset { .. } => {}
        }
    }
}

async fn print(message: &Message, names: &mut Names<'_>) -> Result<()> {
    let name = names.of(&message.sender_id).await;
    writeln!(stdout(), "{name}: {}", text::content(message))?;
    Ok(())
}

async fn print_change(change: &GroupChange, names: &mut Names<'_>) -> Result<()> {
    let what = match change.change {
        GroupChangeKind::Joined => "joined:",
        GroupChangeKind::Left => "left:",
        GroupChangeKind::Kicked => "removed:",
        GroupChangeKind::Transferred => "owner now:",
        GroupChangeKind::Dismissed => "the group was closed",
        GroupChangeKind::Created | GroupChangeKind::Updated | GroupChangeKind::Other => {
            return Ok(());
        }
    };
    let mut line = format!("* {what}");
    for user_id in &change.user_ids {
        line = format!("{line} {}", names.of(user_id).await);
    }
    writeln!(stdout(), "{line}")?;
    Ok(())
}

/// Stores the read position whenever it has moved; ends only with an error.
async fn mark_read(
    session: &Session,
    conversation_id: &str,
    mut read: watch::Receiver<i64>,
) -> Result<()> {
    loop {
        let newest = *read.wait_for(|&newest| newest > 0).await?;
        match session.mark_read(conversation_id, newest).await {
            // The next message triggers the next attempt.
            Err(error) if error.recovery() == Recovery::Final => return Err(error.into()),
            _ => read.changed().await?,
        }
    }
}

/// Sends the lines of the standard input, one after the other, until it ends.
async fn send_lines(session: &Session, with: &With, own: &str) -> Result<()> {
    let mut lines = lines();
    let (mut number, mut unsent) = (0, 0);
    while let Some(line) = lines.recv().await {
        let line = line.context("cannot read the standard input")?;
        if line.is_empty() {
            continue;
        }
        number += 1;
        let draft = with.draft(format!("{own}-{number}"), &line);
        match session.send_within(&draft, SEND).await {
            Ok(_) => {}
            Err(error) if error.is_unauthorized() => return Err(error.into()),
            Err(error) => {
                let why = text::plain(&error.to_string());
                eprintln!("not sent: '{}': {why}", text::name(&line));
                unsent += 1;
            }
        }
    }
    ensure!(unsent == 0, "{unsent} of {number} lines were not sent");
    Ok(())
}

/// The lines of the standard input. A separate thread reads them: it may still wait for a line when
/// the chat has ended, and must not keep the process alive.
fn lines() -> mpsc::Receiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || stdin().lines().try_for_each(|line| sender.blocking_send(line)));
    receiver
}

/// The names to show for users.
struct Names<'a> {
    session: &'a Session,
    known: HashMap<String, String>,
}

impl<'a> Names<'a> {
    fn new(session: &'a Session) -> Self {
        let you = (session.user_id().to_string(), "you".to_owned());
        Self { session, known: HashMap::from([you]) }
    }

    /// The nickname of a user; the id if there is no nickname, or no answer within two seconds.
    async fn of(&mut self, user_id: &str) -> String {
        if let Some(name) = self.known.get(user_id) {
            return name.clone();
        }
        let ids = UserId::parse(user_id).into_iter().collect::<Vec<_>>();
        let users = timeout(SOON, self.session.users(&ids)).await;
        let Ok(Ok(users)) = users else { return text::plain(user_id) };
        // A name that consists of invisible characters counts as none.
        let visible = |name: &String| !text::plain(name).trim().is_empty();
        let nickname = users.into_iter().map(|user| user.nickname).find(visible);
        let name = nickname.map_or_else(|| text::plain(user_id), |name| text::name(&name));
        self.known.insert(user_id.to_owned(), name.clone());
        name
    }
}
