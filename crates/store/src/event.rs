//! The event log: its position, its events and their audiences.

use crate::command::command;
use crate::message::{Lost, View, message_from_row};
use crate::sql::{Row, Sql, run};
use longwave_core::cursor::{Cursor, Place};
use longwave_core::frame::{
    Change, FRAMES_MAX, Frame, GROUP, MESSAGE as MESSAGE_KIND, MESSAGE_CHANGE, MessageChange,
    MessageChanged, ONLINE, PROFILE, RECEIPT, ReadPosition, Receipt, TYPING, Typing,
};
use longwave_core::message::{Message, Quote};
use longwave_core::presence::UserOnPlatform;
use longwave_core::retention::Retention;
use longwave_core::user::Platform;
use longwave_core::{Code, Error, Millis, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// The position of a database's event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The id of the database.
    pub database_id: String,
    /// The id of the oldest event that is kept.
    pub oldest: i64,
    /// The newest event.
    pub head: Place,
    /// The tag of the requested event, which may be pruned; `None` if it is not in the log and not
    /// one of the last million pruned events.
    pub tag: Option<i64>,
}

/// The current position of the log, and the tag of event `event_id`. All events up to the head are committed, and no
/// event is inserted before it later.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn position(sql: &impl Sql, event_id: i64) -> Result<Position> {
    let statement = "SELECT database_id, oldest_event, coalesce((SELECT max(id) FROM events), 0), \
           coalesce((SELECT tag FROM events WHERE id = (SELECT max(id) FROM events)), 0), \
           coalesce((SELECT tag FROM events WHERE id = ?1), (SELECT tag FROM forgotten_events WHERE id = ?1)) \
         FROM log";
    let rows = run(sql, Code::StoreFailed, statement, vec![event_id.into()]).await?;
    let mut row = rows
        .into_iter()
        .next()
        .ok_or_else(|| Error::failed(Code::StoreFailed, "the log has no row"))?;
    Ok(Position {
        database_id: row.text()?,
        oldest: row.integer()?,
        head: Place { event_id: row.integer()?, tag: row.integer()? },
        tag: row.optional_integer()?,
    })
}

/// Where an incremental list begins for a client with this version: the id of the database, the event after which items
/// changed, and whether the version is of another database, so that the list begins anew.
///
/// # Errors
/// `failure` if the database fails.
pub(crate) async fn since_version(
    sql: &impl Sql,
    version: Option<&Cursor>,
    failure: Code,
) -> Result<(String, i64, bool)> {
    let rows = run(sql, failure, "SELECT database_id FROM log", vec![]).await?;
    let no_row = || Error::failed(failure, "the log has no row");
    let database_id = rows.into_iter().next().ok_or_else(no_row)?.text()?;
    Ok(match version {
        Some(version) if version.database_id == database_id => {
            (database_id, version.event_id, false)
        }
        Some(_) => (database_id, 0, true),
        None => (database_id, 0, false),
    })
}

/// The id of the newest event; 0 in an empty log. Every tick runs this query, so it reads nothing
/// else.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn head(sql: &impl Sql) -> Result<i64> {
    let rows = run(sql, Code::StoreFailed, "SELECT max(id) FROM events", vec![]).await?;
    let row = rows.into_iter().next();
    Ok(row.map(|mut row| row.optional_integer()).transpose()?.flatten().unwrap_or(0))
}

/// Prunes at most 500 of the oldest events that `retention` does not keep at `now`, and returns the id of the oldest
/// event that remains. If that id has changed, there may be more to prune.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn prune(sql: &impl Sql, retention: Retention, now: Millis) -> Result<i64> {
    let Retention { age, count, bytes } = retention;
    let row = command("prune_log")
        .set("keep_from", now - age)
        .set("keep_count", count)
        .set("keep_bytes", bytes)
        .returning(sql, Code::StoreFailed, "(SELECT oldest_event FROM log)")
        .await?;
    row.ok_or_else(|| Error::failed(Code::StoreFailed, "the log has no row"))?.integer()
}

/// The recipients of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// One user.
    User(String),
    /// The members of a conversation at this event.
    Conversation(String),
    /// The subscribers to this user's presence.
    Subscribers(String),
    /// No client: the event is damaged.
    Nobody,
    /// No client: the instances that hold polls of this user on this platform check the login again.
    PollHosts(String, Platform),
}

/// An event of the log.
#[derive(Clone, Debug)]
pub struct Event {
    /// The place of the event in the log.
    pub place: Place,
    /// The recipients of the event.
    pub audience: Audience,
    /// Whether the event may have changed the members of its conversation.
    pub changes_members: bool,
    /// Why the event cannot be read, for the log; `None` if it can. It has no frames, but keeps its place, so that the
    /// events after it are delivered.
    pub damage: Option<String>,
    /// For a change of a message, which may be older than a membership: the seq that a member must be able to see.
    pub of_seq: Option<i64>,
    frame: Option<Frame>,
    /// For a message that quotes: the quoted seq, and the frame for members to whom that is not visible.
    without_quoted: Option<(i64, Frame)>,
    /// The sender, and the frame of the sender's read position, if sending moved it.
    sender_read: Option<(String, Frame)>,
    /// The user who caused the event; not notified of it.
    actor: Option<String>,
}

impl Event {
    /// The frames of the event for one user of its audience, to whom the messages from `min_seq` on are visible.
    pub fn frames_for(&self, user_id: &str, min_seq: i64) -> impl Iterator<Item = Frame> + use<'_> {
        let own = self.sender_read.as_ref().filter(|(sender_id, _)| sender_id == user_id);
        let is_notified = self.actor.as_deref() != Some(user_id);
        let without_quoted = self.without_quoted.as_ref().filter(|(seq, _)| *seq < min_seq);
        let frame = without_quoted.map(|(_, frame)| frame).or(self.frame.as_ref());
        let frame = frame.filter(|_| is_notified);
        frame.into_iter().chain(own.map(|(_, frame)| frame)).cloned()
    }
}

/// The kind of event that asks instances to check a login again; no client receives it.
const RECHECK_LOGIN: u32 = 2002;

/// The columns of an event, in the order of [`event_from_row`]. A message is read from its own row,
/// and a profile from the user's row, unless the event is from before the first release and has it
/// as a body.
fn event_columns(view: View<'_>) -> String {
    format!(
        "events.id, events.tag, events.kind, events.conversation_id, events.user_id, events.seq, events.read_seq, \
         iif(events.kind = {PROFILE} AND events.body IS NULL, \
             (SELECT json_object('user_id', id, 'nickname', nickname, 'avatar', avatar, 'extra', extra, \
                                 'created_at', created_at, 'updated_at', updated_at) \
              FROM users WHERE users.id = events.user_id), \
             events.body), \
         {}",
        view.columns()
    )
}

/// Joins the row of the message to an event of kind 2001 or 2010.
const EVENT_MESSAGE: &str = "LEFT JOIN messages ON messages.conversation_id = events.conversation_id AND messages.seq = events.seq AND events.kind IN (2001, 2010)";

fn event_from_row(mut row: Row) -> Result<Event> {
    let place = Place { event_id: row.integer()?, tag: row.integer()? };
    let kind = row.integer()?.try_into().unwrap_or(0);
    let (conversation_id, user_id) = (row.optional_text()?, row.optional_text()?);
    let audience = match (user_id, conversation_id) {
        (Some(user_id), _) if kind == ONLINE => Audience::Subscribers(user_id),
        (Some(user_id), _) => Audience::User(user_id),
        (None, Some(conversation_id)) => Audience::Conversation(conversation_id),
        (None, None) => Audience::Nobody,
    };
    let changes_members = kind == GROUP;
    let of_seq = row.optional_integer()?.filter(|_| kind == MESSAGE_CHANGE);
    let (damage, frame, without_quoted, sender_read, actor) = Default::default();
    let mut event = Event {
        place,
        audience,
        changes_members,
        damage,
        of_seq,
        frame,
        without_quoted,
        sender_read,
        actor,
    };
    if let Err(cause) = read_content(&mut event, kind, row) {
        event.damage = Some(format!("event {} of kind {kind}: {cause}", place.event_id));
    }
    Ok(event)
}

/// Adds the content of an event, from the columns after `seq`. The error says why it cannot be read.
fn read_content(event: &mut Event, kind: u32, mut row: Row) -> Result<(), String> {
    let cause = |error: Error| error.cause().unwrap_or_default().to_owned();
    let place = event.place;
    let encode = |change| Frame::new(place, &change).map_err(|error| error.to_string());
    let read_seq = row.optional_integer().map_err(cause)?;
    let body = row.optional_text().map_err(cause)?;
    if event.audience == Audience::Nobody {
        return Err("nobody is concerned".to_owned());
    }
    let Some(data) = body else {
        if kind != MESSAGE_KIND {
            return Err("it has no data".to_owned());
        }
        let message = message_from_row(&mut row).map_err(cause)?;
        if let Some(read_seq) = read_seq {
            let conversation_id = message.conversation_id.clone();
            let change = Change::Read(ReadPosition { conversation_id, read_seq, unread: 0 });
            event.sender_read = Some((message.sender_id.clone(), encode(change)?));
        }
        return set_message(event, message, Change::Message);
    };
    if kind == RECHECK_LOGIN
        && let Audience::User(user_id) = &event.audience
    {
        let Recheck { platform_id } = parse(&data)?;
        event.audience = Audience::PollHosts(user_id.clone(), platform_id);
        return Ok(());
    }
    if kind == TYPING {
        let Typing { user_id, .. } = parse(&data)?;
        event.actor = Some(user_id);
    }
    if kind == RECEIPT {
        let Receipt { user_id, .. } = parse(&data)?;
        event.actor = Some(user_id);
    }
    if kind == MESSAGE_CHANGE {
        let message = message_from_row(&mut row).map_err(cause)?;
        let change: MessageChanged = parse(&data)?;
        return set_message(event, message, |message| {
            Change::MessageChange(MessageChange { change: change.clone(), message })
        });
    }
    event.frame = Some(encode(Change::Written { req_id: kind, data })?);
    Ok(())
}

/// Sets the frame of an event about a message, and the frame for members to whom the quoted message is not visible.
fn set_message(
    event: &mut Event,
    message: Message,
    change: impl Fn(Message) -> Change,
) -> Result<(), String> {
    let place = event.place;
    let encode = |message| Frame::new(place, &change(message)).map_err(|error| error.to_string());
    if let Some(quote) = &message.quote {
        let hidden = Message { quote: Some(Quote::hidden(quote.seq)), ..message.clone() };
        event.without_quoted = Some((quote.seq, encode(hidden)?));
    }
    event.frame = Some(encode(message)?);
    Ok(())
}

/// The body of a [`RECHECK_LOGIN`] event.
#[derive(Deserialize)]
struct Recheck {
    platform_id: Platform,
}

fn parse<T: DeserializeOwned>(data: &str) -> Result<T, String> {
    serde_json::from_str(data).map_err(|error| error.to_string())
}

/// The first `limit` events after `after`, in order, for all audiences. The reader of an instance
/// distributes them to the polls there.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn since(sql: &impl Sql, after: i64, limit: i64) -> Result<Vec<Event>> {
    // Somebody may have left between the message and an edit that is read together with it. What is quoted is hidden
    // per member.
    const VIEW: View<'_> = View { from: "0", until: "events.id", lost: Lost::Current };

    let statement = format!(
        "SELECT {} FROM events {EVENT_MESSAGE} WHERE events.id > ?1 ORDER BY events.id LIMIT ?2 + 0",
        event_columns(VIEW)
    );
    let parameters = vec![after.into(), limit.into()];
    let rows = run(sql, Code::StoreFailed, &statement, parameters).await?;
    rows.into_iter().map(event_from_row).collect()
}

/// Maximum distance from the head, in events, at which a catch-up read scans all events instead of the user's
/// conversations. A client that has just polled is within it.
const NEAR: i64 = 1_000;

/// Maximum number of a user's conversations at which a catch-up read far from the head looks up the
/// events of each one.
const FEW: i64 = 1_000;

/// Maximum events scanned per catch-up read by conversation. The scan sorts its results and blocks the instance, so a
/// longer one would stall other polls.
const LOOK_MAX: i64 = 5_000;

/// Maximum age of a typing event that a catch-up read returns, for clients that were between two
/// polls. Clients repeat typing every 4 s.
const TYPING_AGE_MAX: Millis = 4_000;

/// The events for one user in a part of the log.
#[derive(Debug)]
pub struct Found {
    /// The events, in the order of the log.
    pub events: Vec<Event>,
    /// The id of the last event of the part, which may be for others.
    pub covered: i64,
    /// Whether events of the part were pruned before it was read.
    pub is_incomplete: bool,
}

impl Found {
    /// The frames of these events for the user.
    #[must_use]
    pub fn frames_for(&self, user_id: &str) -> Vec<Frame> {
        // They were read for this user, without what is not visible.
        self.events.iter().flat_map(|event| event.frames_for(user_id, 0)).collect()
    }
}

/// The events after `after`, up to and including `head`, for one user on one platform: as many as fit into an answer,
/// from at most 5,000 events of the log.
///
/// Near the head, and for users with more than 1,000 conversations, the read scans the events and selects those for the
/// user: the cost grows with what others have written since. Otherwise it looks up the events of each of the user's
/// conversations: the cost grows with their number.
///
/// Typing events are included only within 4 s of `now`.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn for_user(
    sql: &impl Sql,
    present: &UserOnPlatform,
    after: i64,
    head: i64,
    now: Millis,
) -> Result<Found> {
    // No edit is visible to a former member that was made after leaving.
    const UNTIL: &str = "coalesce((SELECT last_event FROM user_conversations WHERE owner_id = ?1 \
           AND user_conversations.conversation_id = messages.conversation_id), 9223372036854775807)";
    const FROM: &str = "(SELECT min_seq FROM user_conversations WHERE owner_id = ?1 \
           AND user_conversations.conversation_id = messages.conversation_id)";

    if head <= after {
        return Ok(Found { events: Vec::new(), covered: head, is_incomplete: false });
    }
    let user_id = present.user_id.as_str();
    let is_near = head - after <= NEAR;
    let (found, span) = if is_near || !has_few_conversations(sql, user_id).await? {
        (by_event(), NEAR)
    } else {
        (by_conversation(), LOOK_MAX)
    };
    let statement = format!(
        "SELECT oldest_event, found.id IS NOT NULL, {} \
         FROM log LEFT JOIN ({found} ORDER BY 1 LIMIT ?5 + 0) AS found ON TRUE \
         LEFT JOIN events ON events.id = found.id {EVENT_MESSAGE} ORDER BY events.id",
        event_columns(View { from: FROM, until: UNTIL, lost: Lost::Empty })
    );
    let limit = i64::try_from(FRAMES_MAX).unwrap_or(i64::MAX);
    let until = head.min(after.saturating_add(span));
    let platform = i64::from(present.platform);
    let parameters =
        vec![user_id.into(), after.into(), until.into(), platform.into(), limit.into(), now.into()];
    let mut is_incomplete = false;
    let mut events = Vec::new();
    // One statement, so nothing is pruned between its parts. Without events, it has one row.
    for mut row in run(sql, Code::StoreFailed, &statement, parameters).await? {
        is_incomplete = after < row.integer()? - 1;
        if row.integer()? != 0 {
            events.push(event_from_row(row)?);
        }
    }
    // A full read ends at its last event, even if that has no frame for the user.
    let covered = events
        .last()
        .filter(|_| events.len() >= FRAMES_MAX)
        .map_or(until, |last| last.place.event_id);
    Ok(Found { events, covered, is_incomplete })
}

async fn has_few_conversations(sql: &impl Sql, user_id: &str) -> Result<bool> {
    let statement = "SELECT 1 FROM user_conversations WHERE owner_id = ?1 LIMIT 1 OFFSET ?2 + 0";
    let parameters = vec![user_id.into(), FEW.into()];
    Ok(run(sql, Code::StoreFailed, statement, parameters).await?.is_empty())
}

/// The condition that an event of a conversation is still delivered at the time ?6. Only typing
/// expires.
fn is_not_expired() -> String {
    format!(
        "(events.kind <> {TYPING} \
           OR events.created_at BETWEEN ?6 - {TYPING_AGE_MAX} AND ?6 + {TYPING_AGE_MAX})"
    )
}

/// Whether a member may see what the event is about: a change of a message that is older than the membership is hidden.
fn is_in_range() -> String {
    format!("(events.kind <> {MESSAGE_CHANGE} OR events.seq >= user_conversations.min_seq)")
}

/// The ids of the events from ?2 to ?3 for user ?1 on platform ?4, by a scan of the events.
fn by_event() -> String {
    format!(
        "SELECT events.id FROM events WHERE events.id > ?2 AND events.id <= ?3 AND CASE \
           WHEN events.user_id IS NULL THEN {} AND EXISTS ( \
             SELECT 1 FROM user_conversations \
             WHERE owner_id = ?1 AND user_conversations.conversation_id = events.conversation_id \
               AND events.id BETWEEN first_event AND coalesce(last_event, events.id) AND {}) \
           WHEN events.kind = {ONLINE} THEN EXISTS ( \
             SELECT 1 FROM online_subscriptions \
             WHERE subscriber_id = ?1 AND platform_id = ?4 AND online_subscriptions.user_id = events.user_id) \
           ELSE events.user_id = ?1 END",
        is_not_expired(),
        is_in_range()
    )
}

/// The same ids, by a lookup for each of the user's conversations. One without new events costs one
/// row.
fn by_conversation() -> String {
    format!(
        "SELECT events.id FROM user_conversations \
         JOIN conversations ON conversations.id = user_conversations.conversation_id AND conversations.last_event > ?2 \
         JOIN events ON events.conversation_id = conversations.id AND events.user_id IS NULL \
           AND events.id > ?2 AND events.id <= ?3 \
         WHERE user_conversations.owner_id = ?1 \
           AND events.id BETWEEN user_conversations.first_event AND coalesce(user_conversations.last_event, events.id) \
           AND {} AND {} \
         UNION ALL \
         SELECT events.id FROM events WHERE events.user_id = ?1 AND events.id > ?2 AND events.id <= ?3 \
           AND events.kind <> {ONLINE} \
         UNION ALL \
         SELECT events.id FROM online_subscriptions \
         JOIN events ON events.user_id = online_subscriptions.user_id AND events.id > ?2 AND events.id <= ?3 \
           AND events.kind = {ONLINE} \
         WHERE online_subscriptions.subscriber_id = ?1 AND online_subscriptions.platform_id = ?4",
        is_not_expired(),
        is_in_range()
    )
}

/// The events of a group that each present or former member receives.
#[derive(Debug, Default)]
pub struct GroupAudience(HashMap<String, Membership>);

/// What a present or former member receives.
#[derive(Debug)]
struct Membership {
    /// The id of the first event.
    first_event: i64,
    /// The id of the last event, for a former member.
    last_event: Option<i64>,
    /// The first visible message.
    min_seq: i64,
}

impl GroupAudience {
    /// The number of present and former members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the group has had no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The present and former members.
    pub fn user_ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The first message that is visible to this user, if an event of the group is for the user.
    #[must_use]
    pub fn min_seq(&self, user_id: &str, event: &Event) -> Option<i64> {
        let event_id = event.place.event_id;
        let member = self.0.get(user_id).filter(|member| {
            event_id >= member.first_event
                && member.last_event.is_none_or(|last| event_id <= last)
                && event.of_seq.is_none_or(|seq| seq >= member.min_seq)
        })?;
        Some(member.min_seq)
    }
}

/// The audience of a group's events. It is valid for every event up to the head of the log, and for
/// later ones until the members of the group change.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn group_audience(sql: &impl Sql, conversation_id: &str) -> Result<GroupAudience> {
    let statement = "SELECT owner_id, first_event, last_event, min_seq FROM user_conversations \
         WHERE conversation_id = ?1 AND peer_user_id IS NULL";
    let rows = run(sql, Code::StoreFailed, statement, vec![conversation_id.into()]).await?;
    let member = |mut row: Row| {
        let owner_id = row.text()?;
        let member = Membership {
            first_event: row.integer()?,
            last_event: row.optional_integer()?,
            min_seq: row.integer()?,
        };
        Ok((owner_id, member))
    };
    rows.into_iter().map(member).collect::<Result<_>>().map(GroupAudience)
}
