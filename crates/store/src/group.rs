//! Groups: every change is one command of `migrations/commands/groups.sql`, which checks the rules.

use crate::command::command;
use crate::sql::{Row, Sql, ids_as_json, run};
use longwave_core::group::{Create, Group, GroupMember, GroupStatus, Member, Members, MembersPage};
use longwave_core::id::{GroupId, UserId};
use longwave_core::{Code, Millis, Result, page};

/// Creates a group of the owner and the members, and notifies them.
///
/// # Errors
/// `10201` if one of them does not exist; `10309` for more than `max_members`.
pub async fn create(
    sql: &impl Sql,
    owner_id: &UserId,
    create: Create,
    group_id: &GroupId,
    max_members: i64,
    now: Millis,
) -> Result<Group> {
    let made = Group {
        group_id: group_id.to_string(),
        name: create.name,
        avatar: create.avatar,
        introduction: create.introduction,
        owner_id: owner_id.to_string(),
        status: GroupStatus::Normal,
        extra: create.extra,
        member_count: 1 + i64::try_from(create.member_ids.len()).unwrap_or(i64::MAX - 1),
        created_at: now,
        updated_at: now,
    };
    command("create_group")
        .set("group_id", group_id)
        .set("owner_id", owner_id)
        .set("name", made.name.as_str())
        .set("avatar", made.avatar.as_str())
        .set("introduction", made.introduction.as_str())
        .set("extra", made.extra.as_str())
        .set("member_ids", ids_as_json(&create.member_ids))
        .set("max_members", max_members)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await?;
    Ok(made)
}

/// Adds a member. Messages from before stay invisible to the member.
///
/// # Errors
/// `10301` if the group does not exist, `10302` if it is dismissed; `10201` if the user does not
/// exist; `10305` if the user is a member already; `10309` if the group has `max_members` members.
pub async fn join(
    sql: &impl Sql,
    user_id: &UserId,
    group_id: &GroupId,
    max_members: i64,
    now: Millis,
) -> Result<()> {
    command("join_group")
        .set("group_id", group_id)
        .set("user_id", user_id)
        .set("max_members", max_members)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Ends a membership at the member's own request. Messages up to now stay visible to the former member.
///
/// # Errors
/// `10301` if the group does not exist; `10303` if the user is not a member; `10001` for the owner
/// of a group that is not dismissed.
pub async fn quit(sql: &impl Sql, user_id: &UserId, group_id: &GroupId, now: Millis) -> Result<()> {
    command("quit_group")
        .set("group_id", group_id)
        .set("user_id", user_id)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Removes a member on behalf of `operator_id`, the owner or an admin.
///
/// # Errors
/// `10301` if the group does not exist, `10302` if it is dismissed; `10303` if the operator or the
/// user is not a member; `10307` if the operator is a plain member, `10308` if the user is the
/// owner, `10006` if both are admins; `10001` if the operator is the user.
pub async fn kick(
    sql: &impl Sql,
    operator_id: &UserId,
    member: &GroupMember,
    now: Millis,
) -> Result<()> {
    command("kick_member")
        .set("group_id", &member.group_id)
        .set("operator_id", operator_id)
        .set("user_id", &member.user_id)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Dismisses a group: its members can only read and leave it from now on.
///
/// # Errors
/// `10301` if the group does not exist; `10303` if the operator is not a member, `10306` if not the
/// owner; `10302` if the group is dismissed already.
pub async fn dismiss(
    sql: &impl Sql,
    operator_id: &UserId,
    group_id: &GroupId,
    now: Millis,
) -> Result<()> {
    command("dismiss_group")
        .set("group_id", group_id)
        .set("operator_id", operator_id)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// Makes another member the owner. The previous owner becomes a plain member.
///
/// # Errors
/// `10301` if the group does not exist, `10302` if it is dismissed; `10306` if the operator is not
/// the owner; `10303` if the operator or the user is not a member; `10001` if the operator is the
/// user.
pub async fn transfer(
    sql: &impl Sql,
    operator_id: &UserId,
    member: &GroupMember,
    now: Millis,
) -> Result<()> {
    command("transfer_group")
        .set("group_id", &member.group_id)
        .set("operator_id", operator_id)
        .set("user_id", &member.user_id)
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await
}

/// A group, for one of its members.
///
/// # Errors
/// `10301` if the group does not exist; `10303` if the user is not a member.
pub async fn info(sql: &impl Sql, user_id: &UserId, group_id: &GroupId) -> Result<Group> {
    let statement = "SELECT \
           EXISTS (SELECT 1 FROM group_members WHERE group_members.group_id = groups.id AND user_id = ?2), \
           id, name, avatar, introduction, owner_id, status, extra, member_count, created_at, updated_at \
         FROM groups WHERE id = ?1";
    let parameters = vec![group_id.as_str().into(), user_id.as_str().into()];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let mut row = rows.into_iter().next().ok_or(Code::GroupNotFound)?;
    if row.integer()? == 0 {
        return Err(Code::NotGroupMember.into());
    }
    Ok(Group {
        group_id: row.text()?,
        name: row.text()?,
        avatar: row.text()?,
        introduction: row.text()?,
        owner_id: row.text()?,
        status: row.integer()?.into(),
        extra: row.text()?,
        member_count: row.integer()?,
        created_at: row.integer()?,
        updated_at: row.integer()?,
    })
}

/// A page of a group's members, for one of them.
///
/// # Errors
/// As [`info`].
pub async fn members(sql: &impl Sql, user_id: &UserId, asked: &MembersPage) -> Result<Members> {
    info(sql, user_id, &asked.group_id).await?;
    let statement = "SELECT user_id, role, nickname, inviter_user_id, joined_at FROM group_members \
         WHERE group_id = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3 + 0";
    let parameters =
        vec![asked.group_id.as_str().into(), asked.after.as_str().into(), (asked.limit + 1).into()];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let mut members = rows.into_iter().map(member_from_row).collect::<Result<Vec<_>>>()?;
    let next = page::cut(&mut members, asked.limit)?.map(|last| page::encode_cursor(&last.user_id));
    Ok(Members { members, has_more: next.is_some(), next_cursor: next.unwrap_or_default() })
}

fn member_from_row(mut row: Row) -> Result<Member> {
    Ok(Member {
        user_id: row.text()?,
        role: row.integer()?.into(),
        nickname: row.text()?,
        inviter_user_id: row.text()?,
        joined_at: row.integer()?,
    })
}
