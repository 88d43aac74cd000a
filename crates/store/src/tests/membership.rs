//! The commands of groups one by one: their refusals and their results.

use super::driver::{Database, member_of, read_to};
use crate::conversation::{announce_typing, mark_read, set_options};
use crate::event::{self, group_audience};
use crate::group::{create, dismiss, info, join, kick, members, quit, transfer};
use longwave_core::conversation::{Conversation, OptionsRequest};
use longwave_core::group::{CreateRequest, Group, GroupStatus, Member, MembersQuery, Role};
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::{Code, Millis, Result};
use pollster::block_on;
use serde_json::{Value, json};
use uuid::Uuid;

fn make(
    database: &Database,
    owner: &UserId,
    body: Value,
    max_members: i64,
) -> Result<(GroupId, Group)> {
    let asked = serde_json::from_value::<CreateRequest>(body).unwrap().validate(owner)?;
    let group_id = GroupId::random(Uuid::new_v4());
    let made = create(database, owner, asked, &group_id, max_members, database.now.get());
    Ok((group_id.clone(), block_on(made)?))
}

fn members_of(database: &Database, user_id: &UserId, group_id: &GroupId) -> Vec<Member> {
    let page = MembersQuery { group_id: Some(group_id.to_string()), ..MembersQuery::default() }
        .validate()
        .unwrap();
    block_on(members(database, user_id, &page)).unwrap().members
}

/// The conversation of a group in a user's list.
fn listed(database: &Database, user_id: &UserId, group_id: &GroupId) -> Option<Conversation> {
    let of_group = |item: &Conversation| item.group_id.as_deref() == Some(group_id.as_str());
    database.list(user_id).into_iter().find(of_group)
}

fn make_admin(database: &Database, user_id: &UserId) {
    database.batch(&format!("UPDATE group_members SET role = 2 WHERE user_id = '{user_id}'"));
}

#[test]
fn a_new_group_has_the_requested_fields_and_members() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let now = database.now.get();
    let body = json!({ "name": "n", "avatar": "a", "introduction": "i", "extra": "e", "member_ids": [bob] });
    let (group_id, group) = make(&database, &ann, body, 500).unwrap();
    let expected = Group {
        group_id: group_id.to_string(),
        name: "n".into(),
        avatar: "a".into(),
        introduction: "i".into(),
        owner_id: ann.to_string(),
        status: GroupStatus::Normal,
        extra: "e".into(),
        member_count: 2,
        created_at: now,
        updated_at: now,
    };
    assert_eq!(group, expected);
    assert_eq!(block_on(info(&database, &bob, &group_id)).unwrap(), expected, "as it is stored");
    block_on(join(&database, &eve, &group_id, 500, now + 1)).unwrap();
    let found = members_of(&database, &eve, &group_id);
    let member = |user_id: &UserId, role, inviter_user_id: &str, joined_at: Millis| Member {
        user_id: user_id.to_string(),
        role,
        nickname: String::new(),
        inviter_user_id: inviter_user_id.to_owned(),
        joined_at,
    };
    let mut expected = [
        member(&ann, Role::Owner, "", now),
        member(&bob, Role::Member, ann.as_str(), now),
        member(&eve, Role::Member, "", now + 1),
    ];
    expected.sort_by(|one, other| one.user_id.cmp(&other.user_id));
    assert_eq!(found, expected);
    assert_eq!(listed(&database, &bob, &group_id).unwrap().updated_at, now);
}

#[test]
fn a_group_accepts_members_up_to_its_limit() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let body = || json!({ "name": "group", "member_ids": [bob] });
    assert_eq!(make(&database, &ann, body(), 1).unwrap_err().code(), Code::GroupFull);
    let (group_id, _) = make(&database, &ann, body(), 2).unwrap();
    let joined = |max_members| block_on(join(&database, &eve, &group_id, max_members, 1));
    assert_eq!(joined(2).unwrap_err().code(), Code::GroupFull);
    joined(3).unwrap();
    assert_eq!(block_on(info(&database, &eve, &group_id)).unwrap().member_count, 3);
}

#[test]
fn each_command_refuses_with_the_code_of_its_reason_and_changes_nothing() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let (nobody, nowhere) = (UserId::of_platform(404), GroupId::random(Uuid::new_v4()));
    let here = database.create_group(&ann, &[&bob]).unwrap();
    let before = database.dump();
    let run_join = |user_id, group_id| block_on(join(&database, user_id, group_id, 500, 1));
    let run_quit = |user_id, group_id| block_on(quit(&database, user_id, group_id, 1));
    let run_kick =
        |by, group_id, user_id| block_on(kick(&database, by, &member_of(group_id, user_id), 1));
    let run_dismiss = |by, group_id| block_on(dismiss(&database, by, group_id, 1));
    let run_transfer =
        |by, group_id, user_id| block_on(transfer(&database, by, &member_of(group_id, user_id), 1));
    for (number, (result, code)) in [
        (database.create_group(&nobody, &[]).map(drop), Code::UserNotFound),
        (run_join(&eve, &nowhere), Code::GroupNotFound),
        (run_join(&nobody, &here), Code::UserNotFound),
        (run_join(&bob, &here), Code::AlreadyGroupMember),
        (run_quit(&bob, &nowhere), Code::GroupNotFound),
        (run_quit(&eve, &here), Code::NotGroupMember),
        (run_quit(&ann, &here), Code::InvalidParam),
        (run_kick(&ann, &nowhere, &bob), Code::GroupNotFound),
        (run_kick(&eve, &here, &bob), Code::NotGroupMember),
        (run_kick(&bob, &here, &ann), Code::NotGroupAdmin),
        (run_kick(&ann, &here, &ann), Code::InvalidParam),
        (run_kick(&ann, &here, &eve), Code::NotGroupMember),
        (run_dismiss(&ann, &nowhere), Code::GroupNotFound),
        (run_dismiss(&eve, &here), Code::NotGroupMember),
        (run_dismiss(&bob, &here), Code::NotGroupOwner),
        (run_transfer(&ann, &nowhere, &bob), Code::GroupNotFound),
        (run_transfer(&eve, &here, &bob), Code::NotGroupMember),
        (run_transfer(&bob, &here, &bob), Code::NotGroupOwner),
        (run_transfer(&ann, &here, &ann), Code::InvalidParam),
        (run_transfer(&ann, &here, &eve), Code::NotGroupMember),
        (database.send_to_group(&ann, &nowhere, "1").map(drop), Code::GroupNotFound),
        (database.send_to_group(&eve, &here, "1").map(drop), Code::NotGroupMember),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(result.unwrap_err().code(), code, "number {number}");
    }
    assert_eq!(database.dump(), before);
}

#[test]
fn a_dismissed_group_can_only_be_left_by_its_owner_too_f20() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    let other = database.create_group(&ann, &[&bob]).unwrap();
    database.now.update(|now| now + 1);
    block_on(dismiss(&database, &ann, &group_id, database.now.get())).unwrap();
    let group = block_on(info(&database, &bob, &group_id)).unwrap();
    assert_eq!((group.status, group.updated_at), (GroupStatus::Dismissed, database.now.get()));
    let before = database.dump();
    for result in [
        block_on(join(&database, &eve, &group_id, 500, 1)),
        block_on(kick(&database, &ann, &member_of(&group_id, &bob), 1)),
        block_on(dismiss(&database, &ann, &group_id, 1)),
        block_on(transfer(&database, &ann, &member_of(&group_id, &bob), 1)),
        database.send_to_group(&bob, &group_id, "1").map(drop),
    ] {
        assert_eq!(result.unwrap_err().code(), Code::GroupDismissed);
    }
    assert_eq!(database.dump(), before);
    for member in [&ann, &bob] {
        block_on(quit(&database, member, &group_id, 1)).unwrap();
    }
    database.send_to_group(&bob, &other, "1").unwrap();
}

#[test]
fn an_admin_removes_members_but_neither_admins_nor_the_owner() {
    let database = Database::new();
    let [ann, bob, eve, joe] = ["ann", "bob", "eve", "joe"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob, &eve, &joe]).unwrap();
    make_admin(&database, &bob);
    make_admin(&database, &eve);
    let kicked = |by, user_id| block_on(kick(&database, by, &member_of(&group_id, user_id), 1));
    assert_eq!(kicked(&bob, &ann).unwrap_err().code(), Code::CannotKickOwner);
    assert_eq!(kicked(&bob, &eve).unwrap_err().code(), Code::NoPermission);
    kicked(&bob, &joe).unwrap();
    kicked(&ann, &bob).unwrap();
    let left = members_of(&database, &ann, &group_id);
    let mut expected = [ann.to_string(), eve.to_string()];
    expected.sort();
    assert!(left.iter().map(|member| &member.user_id).eq(&expected));
    assert_eq!(block_on(info(&database, &ann, &group_id)).unwrap().member_count, 2);
}

#[test]
fn a_group_that_is_transferred_has_one_owner_and_the_old_one_is_a_member() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob, &eve]).unwrap();
    make_admin(&database, &eve);
    let later = database.now.get() + 1;
    block_on(transfer(&database, &ann, &member_of(&group_id, &bob), later)).unwrap();
    let group = block_on(info(&database, &ann, &group_id)).unwrap();
    assert_eq!((group.owner_id, group.updated_at), (bob.to_string(), later));
    let role = |user_id: &UserId| {
        let members = members_of(&database, &ann, &group_id);
        members.iter().find(|member| member.user_id == user_id.as_str()).unwrap().role
    };
    assert_eq!([role(&ann), role(&bob), role(&eve)], [Role::Member, Role::Owner, Role::Admin]);
}

#[test]
fn a_group_does_not_get_older_when_the_clock_is_set_back() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    let updated_at = || block_on(info(&database, &ann, &group_id)).unwrap().updated_at;
    block_on(transfer(&database, &ann, &member_of(&group_id, &bob), 1)).unwrap();
    assert_eq!(updated_at(), database.now.get());
    block_on(dismiss(&database, &bob, &group_id, 1)).unwrap();
    assert_eq!(updated_at(), database.now.get());
}

#[test]
fn every_change_is_a_frame_with_its_kind_its_operator_and_the_users_concerned_f21() {
    let database = Database::new();
    let [ann, bob, eve, joe] = ["ann", "bob", "eve", "joe"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    block_on(join(&database, &eve, &group_id, 500, 1)).unwrap();
    block_on(join(&database, &joe, &group_id, 500, 1)).unwrap();
    block_on(quit(&database, &eve, &group_id, 1)).unwrap();
    block_on(kick(&database, &ann, &member_of(&group_id, &joe), 1)).unwrap();
    block_on(transfer(&database, &ann, &member_of(&group_id, &bob), 1)).unwrap();
    block_on(dismiss(&database, &bob, &group_id, 1)).unwrap();
    let mut first = [ann.to_string(), bob.to_string()];
    first.sort();
    let expected = [
        ("created", &ann, json!(first)),
        ("joined", &eve, json!([eve])),
        ("joined", &joe, json!([joe])),
        ("left", &eve, json!([eve])),
        ("kicked", &ann, json!([joe])),
        ("transferred", &ann, json!([bob])),
        ("dismissed", &bob, json!([])),
    ];
    let expected: Vec<Value> = (1..)
        .zip(expected)
        .map(|(event_id, (change, operator_id, user_ids))| {
            json!({ "req_id": 2006, "data": {
                "event_id": event_id, "group_id": group_id.as_str(),
                "conversation_id": ConversationId::group(&group_id), "change": change,
                "operator_id": operator_id, "user_ids": user_ids,
            }})
        })
        .collect();
    assert_eq!(database.frames(&ann, 0), expected);
    assert_eq!(database.frames(&eve, 0), expected[1..4], "from joining to leaving");
    assert_eq!(database.frames(&joe, 0), expected[2..5], "from joining to being removed");
    assert_eq!(database.frames(&ann, 6), expected[6..], "behind a cursor too");
}

#[test]
fn leaving_freezes_the_members_conversation_and_changes_nothing_else() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let [first, second] = [(); 2].map(|()| database.create_group(&ann, &[&bob]).unwrap());
    database.send_to_group(&ann, &first, "1").unwrap();
    database.send_to_group(&ann, &second, "1").unwrap();
    let left = database.now.get() + 1;
    block_on(quit(&database, &bob, &first, left)).unwrap();
    database.now.update(|now| now + 2);
    let sent = |group_id, id| database.send_to_group(&ann, group_id, id).unwrap().send_time;
    sent(&second, "2");
    let sent = sent(&first, "2");

    let seen = |user_id, group_id| {
        let item = listed(&database, user_id, group_id).unwrap();
        (item.max_seq, item.unread, item.updated_at)
    };
    assert_eq!(seen(&bob, &first), (1, 1, left));
    assert_eq!(seen(&bob, &second), (2, 2, sent));
    assert_eq!(seen(&ann, &first), (2, 0, sent));
    let order = database.list(&bob).into_iter().map(|item| item.group_id.unwrap());
    assert!(order.eq([second.to_string(), first.to_string()]), "it does not move in the list");
    let heard = database.frames(&bob, 0).into_iter();
    let heard = heard.filter(|frame| frame["req_id"] == 2001);
    let heard = heard.map(|frame| frame["data"]["group_id"].clone());
    assert!(heard.eq([&first, &second, &second].map(|id| json!(id.as_str()))));
}

#[test]
fn a_member_who_rejoins_a_group_starts_afresh() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.send_to_group(&ann, &group_id, "1").unwrap();
    database.send_to_group(&bob, &group_id, "own, with one unread before it").unwrap();
    block_on(quit(&database, &bob, &group_id, 1)).unwrap();
    database.send_to_group(&ann, &group_id, "2").unwrap();
    let audience = |from: i64, count: i64| {
        let id = ConversationId::group(&group_id);
        let audience = block_on(group_audience(&database, id.as_str())).unwrap();
        let events = block_on(event::since(&database, from - 1, count)).unwrap();
        events
            .iter()
            .map(|event| audience.min_seq(bob.as_str(), event).is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(audience(3, 3), [true, true, false]);

    database.now.update(|now| now + 1);
    let back = database.now.get();
    block_on(join(&database, &bob, &group_id, 500, back)).unwrap();
    let seen = || {
        let item = listed(&database, &bob, &group_id).unwrap();
        (item.min_seq, item.max_seq, item.read_seq, item.unread, item.updated_at)
    };
    assert_eq!(seen(), (4, 3, 3, 0, back));
    assert!(listed(&database, &bob, &group_id).unwrap().last_message.is_none());
    database.send_to_group(&ann, &group_id, "3").unwrap();
    assert_eq!(seen(), (4, 4, 3, 1, back));
    let heard = database.frames(&bob, 0).into_iter();
    let heard: Vec<_> = heard.map(|frame| frame["data"]["event_id"].as_i64().unwrap()).collect();
    assert_eq!(heard, [6, 7], "coming back, and the message since");
    assert_eq!(audience(4, 4), [false, false, true, true]);
}

#[test]
fn a_member_who_left_before_the_first_message_has_no_conversation() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob, &eve]).unwrap();
    block_on(quit(&database, &bob, &group_id, 1)).unwrap();
    database.send_to_group(&ann, &group_id, "1").unwrap();
    block_on(quit(&database, &eve, &group_id, 1)).unwrap();
    assert!(listed(&database, &bob, &group_id).is_none());
    assert_eq!(listed(&database, &eve, &group_id).unwrap().max_seq, 1);
    let id = ConversationId::group(&group_id);
    let options = json!({ "conversation_id": id, "is_pinned": true });
    let options = serde_json::from_value::<OptionsRequest>(options).unwrap().validate().unwrap();
    for refused in [
        block_on(mark_read(&database, &bob, &read_to(&id, 1), 20, 1)).map(drop),
        block_on(set_options(&database, &bob, &options, 1)),
        block_on(announce_typing(&database, &bob, &id, 1)),
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::NoPermission);
    }
}
