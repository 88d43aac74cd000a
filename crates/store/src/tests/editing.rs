//! Editing messages, and their earlier versions.

use super::driver::{Database, range, text_message};
use crate::message::{changes, edit, pull, revoke, versions};
use crate::{event, group};
use longwave_core::id::{ConversationId, UserId};
use longwave_core::message::{
    Changes, ContentType, EditHistory, EditMessage, EditRules, Edited, Message, MessageStatus,
    OneMessage, RevokeMessages, RevokeRules, SendMessage,
};
use longwave_core::{Code, Error, Result};
use pollster::block_on;
use serde_json::json;

const RULES: EditRules = EditRules { seconds: 120, history: EditHistory::All, per_minute: 0 };

fn text(text: &str) -> String {
    json!({ "text": text }).to_string()
}

fn edited(
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    seq: i64,
    new: &str,
) -> Result<i64> {
    edited_by(RULES, database, by, of, seq, new, None)
}

fn edited_by(
    rules: EditRules,
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    seq: i64,
    new: &str,
    base_version: Option<i64>,
) -> Result<i64> {
    let message =
        EditMessage { conversation_id: of.clone(), seq, content: text(new), base_version };
    block_on(edit(database, by, message, rules, database.now.get()))
        .map(|Edited { version }| version)
}

fn pulled(database: &Database, by: &UserId, of: &ConversationId) -> Vec<Message> {
    block_on(pull(database, by, &range(of, 1, i64::MAX, 100))).unwrap().messages
}

fn changed(database: &Database, by: &UserId, of: &ConversationId) -> Vec<Message> {
    let asked = Changes { conversation_id: of.clone(), since: None, limit: 100 };
    block_on(changes(database, by, &asked)).unwrap().messages
}

/// The numbers and contents of the versions of a message.
fn history(
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    seq: i64,
) -> Result<Vec<(i64, String)>> {
    let of = OneMessage { conversation_id: of.clone(), seq };
    let versions = block_on(versions(database, by, &of))?.versions;
    Ok(versions.into_iter().map(|it| (it.version, it.content)).collect())
}

fn erase(database: &Database, by: &UserId, of: &ConversationId, seq: i64) {
    let messages = RevokeMessages {
        conversation_id: of.clone(),
        seqs: vec![seq],
        status: MessageStatus::Revoked,
    };
    let rules = RevokeRules { seconds: -1, unread_members_max: 10 };
    block_on(revoke(database, by, &messages, rules, database.now.get())).unwrap();
}

/// A conversation in which ann sent "a" and "b" to bob.
fn two_messages(database: &Database) -> (UserId, UserId, ConversationId) {
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for name in ["a", "b"] {
        let content = text(name);
        let message = SendMessage { content, ..text_message(&ann, &bob, name, "") };
        database.send_message(message).unwrap();
    }
    let of = ConversationId::single(&ann, &bob);
    (ann, bob, of)
}

/// A group of ann and bob, in which ann sent "a".
fn group_of_two(
    database: &Database,
) -> (UserId, UserId, longwave_core::id::GroupId, ConversationId) {
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.send_to_group(&ann, &group_id, "a").unwrap();
    let of = ConversationId::group(&group_id);
    edited(database, &ann, &of, 1, "a").unwrap();
    (ann, bob, group_id, of)
}

#[test]
fn an_edited_message_has_its_new_content_for_everybody_and_keeps_its_seq() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    let before = pulled(&database, &bob, &of);
    database.now.update(|now| now + 5);
    assert_eq!(edited(&database, &ann, &of, 1, "new").unwrap(), 2);
    for user in [&ann, &bob] {
        let messages = pulled(&database, user, &of);
        let expected = Message {
            content: text("new"),
            version: Some(2),
            edited_at: Some(database.now.get()),
            ..before[0].clone()
        };
        assert_eq!(messages, [expected.clone(), before[1].clone()]);
        assert_eq!(changed(&database, user, &of), [expected]);
    }
    assert_eq!((before[0].version, before[0].edited_at), (None, None));
}

#[test]
fn the_event_of_an_edit_has_the_message_as_it_is_now() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    let head = block_on(event::head(&database)).unwrap();
    edited(&database, &ann, &of, 1, "new").unwrap();
    for user in [&ann, &bob] {
        let frames = database.frames(user, head);
        assert_eq!(frames.len(), 1);
        let data = &frames[0]["data"];
        assert_eq!(
            (&frames[0]["req_id"], &data["change"], &data["seq"], &data["operator_id"]),
            (&json!(2010), &json!("edited"), &json!(1), &json!(ann.as_str()))
        );
        assert_eq!(
            (&data["message"]["content"], &data["message"]["version"]),
            (&json!(text("new")), &json!(2))
        );
    }
}

#[test]
fn the_same_content_again_changes_nothing() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    assert_eq!(edited_by(RULES, &database, &ann, &of, 1, "new", Some(1)).unwrap(), 2);
    let (head, before) = (block_on(event::head(&database)).unwrap(), pulled(&database, &bob, &of));
    database.now.update(|now| now + 1_000_000);
    // Also with the version that the first try replaced, and after the time for edits.
    assert_eq!(edited_by(RULES, &database, &ann, &of, 1, "new", Some(1)).unwrap(), 2);
    assert_eq!(edited(&database, &ann, &of, 2, "b").unwrap(), 1);
    assert_eq!(block_on(event::head(&database)).unwrap(), head);
    assert_eq!(pulled(&database, &bob, &of), before);
}

#[test]
fn an_edit_of_a_version_that_another_device_replaced_is_refused() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    edited_by(RULES, &database, &ann, &of, 1, "one", Some(1)).unwrap();
    let slower = edited_by(RULES, &database, &ann, &of, 1, "two", Some(1)).unwrap_err();
    assert_eq!(slower.code(), Code::VersionConflict);
    assert_eq!(edited_by(RULES, &database, &ann, &of, 1, "two", Some(2)).unwrap(), 3);
    assert_eq!(pulled(&database, &bob, &of)[0].content, text("two"));
}

#[test]
fn only_the_sender_edits_and_only_texts_in_time() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    let image =
        SendMessage { content_type: ContentType::Image, ..text_message(&ann, &bob, "image", "") };
    database.send_message(image).unwrap();
    let custom =
        SendMessage { content_type: ContentType::Custom, ..text_message(&ann, &bob, "custom", "") };
    database.send_message(custom).unwrap();
    let content_type = ContentType::Markdown;
    let markdown = SendMessage { content_type, ..text_message(&ann, &bob, "markdown", "") };
    database.send_message(markdown).unwrap();
    let code = |by: &UserId, seq| edited(&database, by, &of, seq, "new").map_err(|it| it.code());
    assert_eq!(code(&bob, 1), Err(Code::NotEditable));
    assert_eq!(edited(&database, &bob, &of, 1, "a").unwrap_err().code(), Code::NotEditable);
    assert_eq!(code(&ann, 3), Err(Code::NotEditable));
    assert_eq!(code(&ann, 4), Ok(2));
    assert_eq!(code(&ann, 5), Ok(2));
    assert_eq!(code(&ann, 6), Err(Code::MessageNotFound));
    assert_eq!(code(&database.register("stranger"), 1), Err(Code::NoPermission));
    let with = |seconds| EditRules { seconds, ..RULES };
    let never = edited_by(with(0), &database, &ann, &of, 1, "new", None).unwrap_err();
    assert_eq!(never.code(), Code::NotEditable);
    database.now.update(|now| now + 120_000);
    assert_eq!(code(&ann, 1), Ok(2));
    database.now.update(|now| now + 1);
    assert_eq!(code(&ann, 2), Err(Code::NotEditable));
    assert_eq!(edited_by(with(-1), &database, &ann, &of, 2, "new", None).unwrap(), 2);
}

#[test]
fn a_message_cannot_be_edited_after_leaving_or_dismissing_or_from_before_joining() {
    let database = Database::new();
    let (ann, bob, group_id, of) = group_of_two(&database);
    database.send_to_group(&bob, &group_id, "b").unwrap();
    let code = |by: &UserId, seq| edited(&database, by, &of, seq, "new").map_err(|it| it.code());
    block_on(group::quit(&database, &bob, &group_id, database.now.get())).unwrap();
    assert_eq!(code(&bob, 2), Err(Code::NotGroupMember));
    block_on(group::join(&database, &bob, &group_id, 500, database.now.get())).unwrap();
    assert_eq!(code(&bob, 2), Err(Code::MessageNotFound));
    block_on(group::dismiss(&database, &ann, &group_id, database.now.get())).unwrap();
    assert_eq!(code(&ann, 1), Err(Code::GroupDismissed));
}

#[test]
fn an_erased_message_cannot_be_edited_and_its_versions_are_gone() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    edited(&database, &ann, &of, 1, "one").unwrap();
    edited(&database, &ann, &of, 2, "two").unwrap();
    erase(&database, &ann, &of, 1);
    assert_eq!(edited(&database, &ann, &of, 1, "new").unwrap_err().code(), Code::MessageGone);
    assert_eq!(history(&database, &bob, &of, 1).unwrap_err().code(), Code::MessageGone);
    assert_eq!(history(&database, &bob, &of, 2).unwrap().len(), 2);
    assert_eq!(database.integer("SELECT count(*) FROM message_versions WHERE seq = 1"), 0);
    let erased = &pulled(&database, &bob, &of)[0];
    assert_eq!((erased.version, erased.edited_at), (None, None));
}

#[test]
fn the_text_of_all_versions_of_an_erased_message_is_gone_from_the_file_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("erased.db");
    let database = Database::open(&path);
    let (ann, _, of) = two_messages(&database);
    let texts = ["a short secret".to_owned(), "a long secret ".repeat(500), "the last".to_owned()];
    for text in &texts {
        edited(&database, &ann, &of, 1, text).unwrap();
    }
    let holds = |text: &str| {
        assert_eq!(database.integer("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(holds("a short secret") && holds("a long secret ") && holds("the last"));
    erase(&database, &ann, &of, 1);
    assert!(!holds("a short secret") && !holds("a long secret ") && !holds("the last"));
}

#[test]
fn without_history_the_replaced_text_is_gone_from_the_file_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edited.db");
    let database = Database::open(&path);
    let (ann, _, of) = two_messages(&database);
    let rules = EditRules { history: EditHistory::None, ..RULES };
    for text in ["a secret typing error", "corrected"] {
        edited_by(rules, &database, &ann, &of, 1, text, None).unwrap();
    }
    assert_eq!(database.integer("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
    let bytes = std::fs::read(&path).unwrap();
    let text = b"a secret typing error";
    assert!(!bytes.windows(text.len()).any(|window| window == text));
}

#[test]
fn the_first_version_and_the_last_twenty_are_kept() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    for number in 2..=30 {
        edited(&database, &ann, &of, 1, &number.to_string()).unwrap();
    }
    edited(&database, &ann, &of, 2, "other").unwrap();
    let versions = history(&database, &bob, &of, 1).unwrap();
    let numbers: Vec<i64> = versions.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1].into_iter().chain(11..=30).collect::<Vec<_>>());
    assert_eq!(versions[0], (1, text("a")));
    assert!(versions[1..].iter().all(|(number, content)| *content == text(&number.to_string())));
}

#[test]
fn the_times_of_versions_are_those_of_sending_and_of_the_edits() {
    let database = Database::new();
    let (ann, _, of) = two_messages(&database);
    let start = database.now.get();
    for new in ["one", "two"] {
        database.now.update(|now| now + 7);
        edited(&database, &ann, &of, 1, new).unwrap();
    }
    let of = OneMessage { conversation_id: of, seq: 1 };
    let versions = block_on(versions(&database, &ann, &of)).unwrap().versions;
    let times: Vec<_> = versions.iter().map(|version| version.written_at - start).collect();
    assert_eq!(times, [0, 7, 14]);
}

#[test]
fn a_former_member_sees_what_was_there_on_leaving() {
    let database = Database::new();
    let (ann, bob, group_id, of) = group_of_two(&database);
    edited(&database, &ann, &of, 1, "before leaving").unwrap();
    let head = block_on(event::head(&database)).unwrap();
    block_on(group::quit(&database, &bob, &group_id, database.now.get())).unwrap();
    let seen = pulled(&database, &bob, &of);
    let number = seen[0].version.unwrap();
    for new in ["after leaving", "much later"] {
        edited(&database, &ann, &of, 1, new).unwrap();
    }
    assert_eq!(pulled(&database, &bob, &of), seen);
    assert_eq!(changed(&database, &bob, &of), seen);
    assert_eq!(database.list(&bob)[0].last_message.as_ref(), seen.first());
    let versions = history(&database, &bob, &of, 1).unwrap();
    assert_eq!(versions.last(), Some(&(number, text("before leaving"))));
    // Frames from before leaving, read after the edit.
    let sent = database.frames(&bob, 0).into_iter().find(|frame| frame["req_id"] == 2001).unwrap();
    assert_eq!(sent["data"]["content"], text("before leaving"));
    assert!(database.frames(&bob, head).iter().all(|frame| frame["req_id"] == 2006));
    assert_eq!(pulled(&database, &ann, &of)[0].content, text("much later"));
}

#[test]
fn a_former_member_sees_nothing_of_a_message_whose_version_was_not_kept() {
    let database = Database::new();
    let (ann, bob, group_id, of) = group_of_two(&database);
    let none = EditRules { history: EditHistory::None, ..RULES };
    edited_by(none, &database, &ann, &of, 1, "before leaving", None).unwrap();
    block_on(group::quit(&database, &bob, &group_id, database.now.get())).unwrap();
    // A version of before, and one of after leaving, are kept.
    for rules in [none, RULES, RULES] {
        let new = format!("{rules:?} {}", block_on(event::head(&database)).unwrap());
        edited_by(rules, &database, &ann, &of, 1, &new, None).unwrap();
    }
    assert_eq!(pulled(&database, &bob, &of)[0].content, "{}");
    let sent = database.frames(&bob, 0).into_iter().find(|frame| frame["req_id"] == 2001).unwrap();
    assert_eq!(sent["data"]["content"], "{}");
}

#[test]
fn an_event_that_is_read_together_with_a_later_edit_has_the_content_of_its_time() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    edited(&database, &ann, &of, 1, "one").unwrap();
    edited(&database, &ann, &of, 1, "two").unwrap();
    let events = block_on(event::since(&database, 0, 100)).unwrap();
    let contents: Vec<String> = events
        .iter()
        .flat_map(|event| event.frames_for(bob.as_str(), 1))
        .map(|frame| {
            serde_json::to_value(&longwave_core::frame::pack(vec![frame.clone()], frame.place).0[0])
                .unwrap()
        })
        .map(|frame| {
            let data = &frame["data"];
            data.get("message").unwrap_or(data)["content"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(contents, ["a", "b", "one", "two"].map(text));
}

#[test]
fn an_edit_moves_no_list_and_no_unread_count() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    let eve = database.register("eve");
    database.send(&eve, &bob, "1", "hi").unwrap();
    let state = || {
        let list = database.list(&bob).into_iter();
        list.map(|it| (it.conversation_id, it.unread, it.updated_at)).collect::<Vec<_>>()
    };
    let before = state();
    edited(&database, &ann, &of, 1, "new").unwrap();
    assert_eq!(state(), before);
}

#[test]
fn a_late_retry_of_a_send_gets_its_ack_and_does_not_undo_the_edit() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let of = ConversationId::single(&ann, &bob);
    for (number, update) in ["", "UPDATE messages SET digest = NULL"].into_iter().enumerate() {
        let client_msg_id = number.to_string();
        let first = database.send(&ann, &bob, &client_msg_id, "first").unwrap();
        database.batch(update);
        edited(&database, &ann, &of, first.seq, "new").unwrap();
        assert_eq!(database.send(&ann, &bob, &client_msg_id, "first").unwrap(), first);
    }
    assert!(pulled(&database, &ann, &of).iter().all(|message| message.content == text("new")));
}

#[test]
fn edits_of_a_minute_are_limited() {
    let database = Database::new();
    let (ann, bob, of) = two_messages(&database);
    let rules = EditRules { per_minute: 2, ..RULES };
    let edit = |new: &str| edited_by(rules, &database, &ann, &of, 1, new, None);
    edit("one").unwrap();
    edit("two").unwrap();
    // A repeat does not count.
    edit("two").unwrap();
    let refused: Error = edit("three").unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (Code::TooManyRequests, Some(60)));
    assert_eq!(pulled(&database, &bob, &of)[0].content, text("two"));
}
