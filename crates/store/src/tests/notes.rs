//! Notes: a user's conversation with themself.

use super::driver::{Database, range, read_to, text_message};
use crate::message::{edit, pull, revoke};
use crate::{conversation, event, receipt};
use longwave_core::Code;
use longwave_core::id::{ConversationId, UserId};
use longwave_core::message::{
    EditHistory, EditMessage, EditRules, MessageStatus, OneMessage, RevokeMessages, RevokeRules,
    SendMessage,
};
use longwave_core::receipt::{ReadState, ReadersPage};
use pollster::block_on;

/// Ann with two notes, the second one of which did not move her read position.
fn two_notes(database: &Database) -> (UserId, ConversationId) {
    let ann = database.register("ann");
    database.send(&ann, &ann, "m1", "milk").unwrap();
    let note = text_message(&ann, &ann, "m2", "bread");
    database.send_message(SendMessage { sender_read: false, ..note }).unwrap();
    let of = ConversationId::single(&ann, &ann);
    (ann, of)
}

#[test]
fn notes_are_one_conversation_of_one_user_and_never_unread() {
    let database = Database::new();
    let (ann, of) = two_notes(&database);
    assert_eq!(database.integer("SELECT count(*) FROM user_conversations"), 1);
    let [listed] = &database.list(&ann)[..] else { panic!("{:?}", database.list(&ann)) };
    assert_eq!(listed.conversation_id, of.as_str());
    assert_eq!(listed.peer_user_id.as_deref(), Some(ann.as_str()));
    assert_eq!((listed.max_seq, listed.read_seq, listed.unread), (2, 1, 0));
    let frames = database.frames(&ann, 0);
    let numbers: Vec<_> = frames.iter().map(|frame| frame["req_id"].as_i64().unwrap()).collect();
    assert_eq!(
        numbers,
        [2001, 2003, 2001],
        "each note once, and the position that the first moved"
    );
    let messages = block_on(pull(&database, &ann, &range(&of, 1, 9, 9))).unwrap().messages;
    assert!(messages.iter().all(|it| it.recv_id.as_deref() == Some(ann.as_str())));
}

#[test]
fn reading_notes_sends_no_receipt() {
    let database = Database::new();
    let (ann, of) = two_notes(&database);
    let head = || block_on(event::head(&database)).unwrap();
    let before = head();
    block_on(conversation::mark_read(&database, &ann, &read_to(&of, 2), 20, 1)).unwrap();
    assert_eq!(head(), before + 1, "only the frame for the user's own devices");
    let listed = database.list(&ann).remove(0);
    assert_eq!((listed.read_seq, listed.unread), (2, 0));
    assert_eq!((listed.peer_read_seq, listed.peer_read_at), (0, None));
    let of = OneMessage { conversation_id: of, seq: 1 };
    let asked = ReadersPage { of, state: ReadState::Read, after: String::new(), limit: 100 };
    let readers = block_on(receipt::readers(&database, &ann, &asked)).unwrap();
    assert_eq!((readers.read_count, readers.unread_count), (0, 0));
}

#[test]
fn notes_are_edited_and_revoked_and_stay_read() {
    let database = Database::new();
    let (ann, of) = two_notes(&database);
    let now = database.now.get();
    let rules = EditRules { seconds: 60, history: EditHistory::All, per_minute: 0 };
    let content = r#"{"text":"oat milk"}"#.to_owned();
    let new = EditMessage { conversation_id: of.clone(), seq: 1, content, base_version: None };
    assert_eq!(block_on(edit(&database, &ann, new, rules, now)).unwrap().version, 2);
    let rules = RevokeRules { seconds: 60, unread_members_max: 1 };
    let status = MessageStatus::Revoked;
    let last = RevokeMessages { conversation_id: of.clone(), seqs: vec![2], status };
    block_on(revoke(&database, &ann, &last, rules, now)).unwrap();
    assert_eq!(database.list(&ann)[0].unread, 0);
    block_on(conversation::mark_read(&database, &ann, &read_to(&of, 2), 20, 1)).unwrap();
    assert_eq!(database.list(&ann)[0].unread, 0);
}

#[test]
fn nobody_is_notified_of_typing_in_notes() {
    let database = Database::new();
    let (ann, of) = two_notes(&database);
    let before = block_on(event::head(&database)).unwrap();
    block_on(conversation::announce_typing(&database, &ann, &of, database.now.get())).unwrap();
    assert!(database.frames(&ann, before).is_empty());
}

#[test]
fn an_external_user_may_begin_with_a_note_and_nobody_else_sees_notes() {
    let database = Database::new();
    let external = UserId::parse("u___7").unwrap();
    assert_eq!(database.send(&external, &external, "m1", "hi").unwrap().seq, 1);
    assert_eq!(database.list(&external).len(), 1);
    let ann = database.register("ann");
    let of = ConversationId::single(&external, &external);
    let refused = block_on(pull(&database, &ann, &range(&of, 1, 1, 1))).unwrap_err();
    assert_eq!(refused.code(), Code::NoPermission);
}
