//! Quotes: what readers see of a quoted message, and replies.

use super::driver::{Database, range, text_message};
use crate::message::{edit, pull, replies, revoke};
use crate::{event, group};
use longwave_core::frame::pack;
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::{
    Ack, ContentType, Destination, EditHistory, EditMessage, EditRules, Message, MessageStatus,
    OneMessage, Quote, Replies, RepliesPage, RevokeMessages, RevokeRules, SendMessage,
};
use longwave_core::{Code, Result};
use pollster::block_on;
use serde_json::{Value, json};

/// Ann and bob in a group.
struct World {
    database: Database,
    ann: UserId,
    bob: UserId,
    group_id: GroupId,
    of: ConversationId,
}

impl World {
    fn new() -> Self {
        let database = Database::new();
        let (ann, bob) = (database.register("ann"), database.register("bob"));
        let group_id = database.create_group(&ann, &[&bob]).unwrap();
        let of = ConversationId::group(&group_id);
        Self { database, ann, bob, group_id, of }
    }

    fn message(&self, by: &UserId, text: &str, quote_seq: Option<i64>) -> SendMessage {
        let destination = Destination::Group(self.group_id.clone());
        SendMessage { destination, quote_seq, ..text_message(by, by, text, text) }
    }

    fn send(&self, by: &UserId, text: &str, quote_seq: Option<i64>) -> Result<Ack> {
        self.database.send_message(self.message(by, text, quote_seq))
    }

    fn pulled(&self, by: &UserId) -> Vec<Message> {
        let all = range(&self.of, 1, i64::MAX, 100);
        block_on(pull(&self.database, by, &all)).unwrap().messages
    }

    /// What a user sees of the message that `seq` quotes.
    fn quote(&self, by: &UserId, seq: i64) -> Quote {
        let messages = self.pulled(by);
        let found = messages.into_iter().find(|message| message.seq == seq);
        found.unwrap().quote.unwrap()
    }

    fn revoke(&self, seq: i64) {
        let status = MessageStatus::Revoked;
        let messages = RevokeMessages { conversation_id: self.of.clone(), seqs: vec![seq], status };
        let rules = RevokeRules { seconds: -1, unread_members_max: 100 };
        let now = self.database.now.get();
        block_on(revoke(&self.database, &self.ann, &messages, rules, now)).unwrap();
    }

    fn edit(&self, seq: i64, text: &str, history: EditHistory) {
        let content = json!({ "text": text }).to_string();
        let (conversation_id, base_version) = (self.of.clone(), None);
        let new = EditMessage { conversation_id, seq, content, base_version };
        let rules = EditRules { seconds: -1, history, per_minute: 0 };
        let now = self.database.now.get();
        block_on(edit(&self.database, &self.ann, new, rules, now)).unwrap();
    }

    fn replies(&self, by: &UserId, seq: i64, after: i64, limit: i64) -> Result<Replies> {
        let of = OneMessage { conversation_id: self.of.clone(), seq };
        block_on(replies(&self.database, by, &RepliesPage { of, after, limit }))
    }

    fn join(&self, user: &UserId) {
        let now = self.database.now.get();
        block_on(group::join(&self.database, user, &self.group_id, 500, now)).unwrap();
    }

    /// The frames of the messages after an event that a waiting poll of a user receives.
    fn live(&self, user: &UserId, after: i64) -> Vec<Value> {
        let audience = block_on(event::group_audience(&self.database, self.of.as_str())).unwrap();
        let events = block_on(event::since(&self.database, after, 100)).unwrap();
        let frames = events.iter().filter_map(|event| {
            let min_seq = audience.min_seq(user.as_str(), event)?;
            Some(event.frames_for(user.as_str(), min_seq).collect::<Vec<_>>())
        });
        let frames = frames.flatten().map(|frame| {
            let place = frame.place;
            serde_json::to_value(&pack(vec![frame], place).0[0]).unwrap()
        });
        frames.filter(|frame| [2001, 2010].map(Value::from).contains(&frame["req_id"])).collect()
    }
}

fn shown(sender: &UserId, preview: &str) -> Quote {
    Quote {
        seq: 1,
        sender_id: Some(sender.to_string()),
        content_type: Some(ContentType::Text),
        preview: Some(preview.to_owned()),
        status: MessageStatus::Normal,
    }
}

#[test]
fn a_quote_shows_the_quoted_message_as_it_is_now() {
    let world = World::new();
    world.send(&world.ann, "first", None).unwrap();
    world.send(&world.bob, "second", Some(1)).unwrap();
    assert_eq!(world.pulled(&world.bob)[0].quote, None);
    let quote = || world.quote(&world.bob, 2);
    assert_eq!(quote(), shown(&world.ann, "first"));
    world.edit(1, "edited", EditHistory::All);
    assert_eq!(quote(), shown(&world.ann, "edited"));
    let listed = world.database.list(&world.ann).remove(0).last_message.unwrap();
    assert_eq!(listed.quote, Some(quote()));
    world.revoke(1);
    let revoked = MessageStatus::Revoked;
    assert_eq!(quote(), Quote { preview: None, status: revoked, ..shown(&world.ann, "") });
    let frames = world.database.frames(&world.bob, 0);
    let frame = frames.iter().find(|frame| frame["data"]["seq"] == 2).unwrap();
    assert_eq!(frame["data"]["quote"], serde_json::to_value(quote()).unwrap());
}

#[test]
fn only_texts_have_a_preview_of_at_most_200_bytes() {
    let world = World::new();
    for (content_type, content, preview) in [
        (ContentType::Text, json!({ "text": "a".repeat(300) }), Some("a".repeat(200))),
        (ContentType::Markdown, json!({ "text": "# a" }), Some("# a".to_owned())),
        (ContentType::Custom, json!({ "text": "a" }), None),
        (ContentType::Text, json!(["a"]), None),
    ] {
        let id = content.to_string();
        let message = world.message(&world.ann, &id[..id.len().min(60)], None);
        let message = SendMessage { content_type, content: id, ..message };
        let quoted = world.database.send_message(message).unwrap().seq;
        let reply = world.send(&world.ann, &format!("m{quoted}"), Some(quoted)).unwrap().seq;
        let quote = world.quote(&world.bob, reply);
        assert_eq!((quote.content_type, quote.preview), (Some(content_type), preview));
    }
}

#[test]
fn an_invisible_or_erased_message_cannot_be_quoted() {
    let world = World::new();
    let eve = world.database.register("eve");
    world.send(&world.ann, "first", None).unwrap();
    world.join(&eve);
    world.send(&world.ann, "second", None).unwrap();
    let refused = |by, seq| {
        let before = world.database.dump();
        let refused = world.send(by, "no", Some(seq)).unwrap_err().code();
        assert_eq!(world.database.dump(), before);
        refused
    };
    assert_eq!(refused(&eve, 1), Code::MessageNotFound);
    assert_eq!(refused(&world.ann, 3), Code::MessageNotFound);
    let first = SendMessage { quote_seq: Some(1), ..text_message(&eve, &world.bob, "m", "m") };
    let refused_first = world.database.send_message(first).unwrap_err().code();
    assert_eq!(refused_first, Code::MessageNotFound, "there is no conversation yet");
    world.send(&eve, "yes", Some(2)).unwrap();
    world.revoke(2);
    assert_eq!(refused(&eve, 2), Code::MessageGone);
    // A retry of a message whose quote has been revoked meanwhile.
    assert_eq!(world.send(&eve, "yes", Some(2)).unwrap().seq, 3);
    assert_eq!(refused(&world.database.register("out"), 2), Code::NotGroupMember);
}

#[test]
fn a_retry_quotes_the_same_message() {
    let world = World::new();
    for text in ["1", "2"] {
        world.send(&world.ann, text, None).unwrap();
    }
    let first = world.send(&world.ann, "m", Some(1)).unwrap();
    assert_eq!(world.send(&world.ann, "m", Some(1)).unwrap(), first);
    for other in [None, Some(2)] {
        let refused = world.send(&world.ann, "m", other).unwrap_err();
        assert_eq!(refused.code(), Code::MessageDuplicate);
    }
}

#[test]
fn a_newcomer_sees_nothing_of_a_quoted_message_from_before_joining() {
    let world = World::new();
    let eve = world.database.register("eve");
    world.send(&world.ann, "secret", None).unwrap();
    world.join(&eve);
    let head = block_on(event::head(&world.database)).unwrap();
    world.send(&world.bob, "second", Some(1)).unwrap();
    assert_eq!(world.quote(&eve, 2), Quote::hidden(1));
    assert_eq!(world.quote(&world.ann, 2), shown(&world.ann, "secret"));
    let hidden = json!({ "seq": 1, "status": 4 });
    assert_eq!(world.database.frames(&eve, head)[0]["data"]["quote"], hidden);
    assert_eq!(world.live(&eve, head)[0]["data"]["quote"], hidden);
    let whole = serde_json::to_value(shown(&world.ann, "secret")).unwrap();
    assert_eq!(world.live(&world.ann, head)[0]["data"]["quote"], whole);
    // The same in the frame of a change of the message that quotes.
    let head = block_on(event::head(&world.database)).unwrap();
    world.send(&world.ann, "third", Some(1)).unwrap();
    world.edit(3, "edited", EditHistory::All);
    assert_eq!(world.live(&eve, head)[1]["data"]["message"]["quote"], hidden);
    assert_eq!(world.live(&world.bob, head)[1]["data"]["message"]["quote"], whole);
    assert_eq!(
        world.database.list(&eve)[0].last_message.as_ref().unwrap().quote,
        Some(Quote::hidden(1))
    );
}

#[test]
fn a_former_member_sees_no_later_edit_in_a_quote() {
    for history in [EditHistory::All, EditHistory::None] {
        let world = World::new();
        world.send(&world.ann, "first", None).unwrap();
        world.send(&world.ann, "second", Some(1)).unwrap();
        let now = world.database.now.get();
        block_on(group::quit(&world.database, &world.bob, &world.group_id, now)).unwrap();
        world.edit(1, "a later secret", history);
        let kept = history == EditHistory::All;
        let preview = kept.then(|| "first".to_owned());
        let seen = Quote { preview, ..shown(&world.ann, "") };
        assert_eq!(world.quote(&world.bob, 2), seen);
        let frames = world.database.frames(&world.bob, 0);
        let frame = frames.iter().find(|frame| frame["data"]["seq"] == 2).unwrap();
        assert_eq!(frame["data"]["quote"], serde_json::to_value(seen).unwrap());
        assert_eq!(world.quote(&world.ann, 2), shown(&world.ann, "a later secret"));
    }
}

#[test]
fn an_erased_message_quotes_nothing_and_is_no_reply() {
    let world = World::new();
    world.send(&world.ann, "first", None).unwrap();
    world.send(&world.ann, "second", Some(1)).unwrap();
    world.revoke(2);
    assert_eq!(world.pulled(&world.bob)[1].quote, None);
    assert!(world.replies(&world.bob, 1, 0, 9).unwrap().messages.is_empty());
}

#[test]
fn replies_are_the_visible_messages_that_quote_a_message_page_by_page() {
    let world = World::new();
    world.send(&world.ann, "first", None).unwrap();
    world.send(&world.bob, "other", None).unwrap();
    for reply in ["a", "b", "c"] {
        world.send(&world.bob, reply, Some(1)).unwrap();
        world.send(&world.bob, &format!("{reply}{reply}"), Some(2)).unwrap();
    }
    let page = |by, after| {
        let page = world.replies(by, 1, after, 2).unwrap();
        let seqs: Vec<i64> = page.messages.iter().map(|message| message.seq).collect();
        assert_eq!(page.has_more, !page.next_cursor.is_empty());
        (seqs, page.has_more)
    };
    assert_eq!(page(&world.ann, 0), (vec![3, 5], true));
    assert_eq!(page(&world.ann, 5), (vec![7], false));
    let quotes = world.replies(&world.ann, 1, 0, 9).unwrap().messages;
    assert!(quotes.iter().all(|message| message.quote == Some(shown(&world.ann, "first"))));
    let now = world.database.now.get();
    block_on(group::quit(&world.database, &world.bob, &world.group_id, now)).unwrap();
    world.send(&world.ann, "after leaving", Some(1)).unwrap();
    assert_eq!(page(&world.bob, 5), (vec![7], false), "a former member");
    let eve = world.database.register("eve");
    let refused = |by, seq| world.replies(by, seq, 0, 2).unwrap_err().code();
    assert_eq!(refused(&eve, 1), Code::NoPermission);
    world.join(&eve);
    assert_eq!(refused(&eve, 1), Code::MessageNotFound);
    assert_eq!(refused(&world.ann, 10), Code::MessageNotFound);
}
