//! Groups: the rights of members, and the messages that they see.

use super::driver::{Busy, Database, member_of, range};
use crate::group::{info, join, kick, members, quit};
use crate::message::pull;
use longwave_core::conversation::SessionType;
use longwave_core::group::{CreateRequest, GroupStatus, MembersQuery, Role};
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::{Code, Result};
use pollster::block_on;
use serde_json::json;
use uuid::Uuid;

fn seqs(database: &Database, user_id: &UserId, group_id: &GroupId) -> Result<Vec<i64>> {
    let conversation_id = ConversationId::group(group_id);
    let pulled = block_on(pull(database, user_id, &range(&conversation_id, 1, i64::MAX, 100)))?;
    Ok(pulled.messages.iter().map(|message| message.seq).collect())
}

#[test]
fn a_group_is_in_the_lists_of_all_its_members_from_the_start_f28() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    let group = block_on(info(&database, &bob, &group_id)).unwrap();
    assert_eq!(
        (group.owner_id.as_str(), group.member_count, group.status),
        (ann.as_str(), 2, GroupStatus::Normal)
    );
    for member in [&ann, &bob] {
        let [conversation] = &database.list(member)[..] else { panic!("one conversation") };
        assert_eq!(conversation.group_id.as_deref(), Some(group_id.as_str()));
        assert_eq!((conversation.kind, conversation.unread), (SessionType::Group, 0));
    }
    assert!(database.list(&eve).is_empty());
    let outsider = block_on(info(&database, &eve, &group_id)).unwrap_err();
    assert_eq!(outsider.code(), Code::NotGroupMember);
}

#[test]
fn a_group_with_an_unknown_member_is_not_created_f28() {
    let database = Database::new();
    let ann = database.register("ann");
    let before = database.dump();
    let nobody = UserId::parse("u___1").unwrap();
    let refused = database.create_group(&ann, &[&nobody]).unwrap_err();
    assert_eq!(refused.code(), Code::UserNotFound);
    assert_eq!(database.dump(), before);
}

#[test]
fn a_new_member_sees_only_later_messages_also_after_rejoining_f13() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[]).unwrap();
    let send = |id: &str| database.send_to_group(&ann, &group_id, id).unwrap();
    send("1");
    block_on(join(&database, &bob, &group_id, 500, 1)).unwrap();
    send("2");
    send("3");
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [2, 3]);
    assert_eq!(database.list(&bob)[0].unread, 2);
    block_on(quit(&database, &bob, &group_id, 2)).unwrap();
    send("4");
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [2, 3], "the past stays readable");
    block_on(join(&database, &bob, &group_id, 500, 3)).unwrap();
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [0_i64; 0]);
    send("5");
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [5]);
}

#[test]
fn a_kicked_member_is_notified_of_the_kick_and_of_nothing_after_it_f11_f21() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.send_to_group(&ann, &group_id, "1").unwrap();
    block_on(kick(&database, &ann, &member_of(&group_id, &bob), 2)).unwrap();
    database.send_to_group(&ann, &group_id, "2").unwrap();
    let refused = database.send_to_group(&bob, &group_id, "3").unwrap_err();
    assert_eq!(refused.code(), Code::NotGroupMember);
    let frames = database.frames(&bob, 0);
    let numbers: Vec<_> = frames.iter().map(|frame| frame["req_id"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2006, 2001, 2006]);
    assert_eq!(
        frames[2]["data"],
        json!({
            "event_id": 3, "group_id": group_id.as_str(), "conversation_id": format!("sg_{group_id}"),
            "change": "kicked", "operator_id": ann, "user_ids": [bob],
        })
    );
    assert_eq!(database.frames(&ann, 3).len(), 2, "a message, and the own read position");
}

#[test]
fn a_message_to_a_group_writes_the_same_rows_whatever_its_size_f22() {
    let written = |members: usize| {
        let database = Database::new();
        let ann = database.register("ann");
        let others: Vec<_> =
            (0..members).map(|number| database.register(&format!("user{number}"))).collect();
        let group_id = database.create_group(&ann, &others.iter().collect::<Vec<_>>()).unwrap();
        let changes = database.changes();
        database.send_to_group(&ann, &group_id, "1").unwrap();
        database.changes() - changes
    };
    assert_eq!(written(1), written(100));
}

#[test]
fn members_are_paged_by_their_id() {
    let database = Database::new();
    let users = ["a", "b", "c", "d", "e"].map(|name| database.register(name));
    let group_id =
        database.create_group(&users[0], &users[1..].iter().collect::<Vec<_>>()).unwrap();
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = MembersQuery {
            group_id: Some(group_id.to_string()),
            cursor: cursor.take(),
            limit: Some(2),
        }
        .validate()
        .unwrap();
        let page = block_on(members(&database, &users[1], &page)).unwrap();
        found.extend(page.members.iter().map(|member| (member.user_id.clone(), member.role)));
        assert_eq!(page.has_more, !page.next_cursor.is_empty());
        if !page.has_more {
            break;
        }
        cursor = Some(page.next_cursor);
    }
    let mut expected: Vec<_> = users.iter().map(|user| (user.to_string(), Role::Member)).collect();
    expected[0].1 = Role::Owner;
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(found, expected);
}

#[test]
fn the_time_of_a_conversations_last_change_does_not_go_back_with_the_clock() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.now.update(|now| now + 5_000);
    let sent = database.send_to_group(&ann, &group_id, "1").unwrap().send_time;
    let updated_at = || database.list(&bob)[0].updated_at;
    block_on(quit(&database, &bob, &group_id, sent - 9_000)).unwrap();
    assert_eq!(updated_at(), sent, "of the last message that is visible");
    block_on(join(&database, &bob, &group_id, 500, sent - 8_000)).unwrap();
    assert_eq!(updated_at(), sent);
}

#[test]
fn create_answers_with_the_group_as_created_whatever_changes_after() {
    let database = Database::new();
    let ann = database.register("ann");
    let create = serde_json::from_value::<CreateRequest>(json!({ "name": "g" })).unwrap();
    let group_id = GroupId::random(Uuid::new_v4());
    let busy = Busy(&database, "UPDATE groups SET member_count = 9; DELETE FROM group_members");
    let made = create.validate(&ann).unwrap();
    let made = block_on(crate::group::create(&busy, &ann, made, &group_id, 500, 1)).unwrap();
    assert_eq!((made.member_count, made.created_at, made.updated_at), (1, 1, 1));
}
