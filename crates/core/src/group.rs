//! Groups and their members.

use crate::id::{GroupId, UserId};
use crate::page;
use crate::{Code, Error, Millis, Result, text};
use serde::{Deserialize, Serialize};

/// Most members of a page, and the default of `group_max_members`.
pub const MEMBERS_MAX: i64 = 500;

/// A group, as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Which group.
    pub group_id: String,
    /// 1-255 bytes.
    pub name: String,
    /// The address of a picture; may be empty.
    pub avatar: String,
    /// What it is about; may be empty.
    pub introduction: String,
    /// Who owns it.
    pub owner_id: String,
    /// 0 normal, 1 dismissed.
    pub status: i64,
    /// The application's own data, never interpreted.
    pub extra: String,
    /// How many members it has.
    pub member_count: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed; members that come and go are no change.
    pub updated_at: Millis,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who this is.
    pub user_id: String,
    /// 1 member, 2 admin, 3 owner.
    pub role: i64,
    /// The name in this group; may be empty.
    pub nickname: String,
    /// Who brought the user in; empty for somebody who joined alone.
    pub inviter_user_id: String,
    /// Since when.
    pub joined_at: Millis,
}

/// `data` of a list of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// By user id.
    pub members: Vec<Member>,
    /// Where the next page begins; empty after the last one.
    pub next_cursor: String,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// The body of `POST /group/create`, as received.
#[derive(Debug, Deserialize)]
pub struct CreateRequest {
    name: Option<String>,
    avatar: Option<String>,
    introduction: Option<String>,
    extra: Option<String>,
    member_ids: Option<Vec<String>>,
}

/// A new group that keeps the limits.
#[derive(Debug)]
pub struct Create {
    /// 1-255 bytes.
    pub name: String,
    /// At most 1,024 bytes.
    pub avatar: String,
    /// At most 1,024 bytes.
    pub introduction: String,
    /// At most 64,000 bytes.
    pub extra: String,
    /// The members besides the owner, each once.
    pub member_ids: Vec<UserId>,
}

impl CreateRequest {
    /// Checks the fields; an id that is given twice, and the owner's, count once.
    ///
    /// # Errors
    /// `10001` naming the first field that breaks its limit.
    pub fn validate(self, owner_id: &UserId) -> Result<Create> {
        let optional = |field, value: Option<String>, max| {
            text::at_most(field, value.unwrap_or_default(), max)
        };
        let ids = self.member_ids.unwrap_or_default();
        let ids = ids.iter().map(|id| UserId::required("member_ids", Some(id)));
        let mut member_ids = ids.collect::<Result<Vec<_>>>()?;
        member_ids.sort();
        member_ids.dedup();
        member_ids.retain(|id| id != owner_id);
        let name = text::required("name", self.name, text::GROUP_NAME_MAX)?;
        Ok(Create {
            name: text::line("name", name, text::GROUP_NAME_MAX)?,
            avatar: text::line("avatar", self.avatar.unwrap_or_default(), text::AVATAR_MAX)?,
            introduction: optional("introduction", self.introduction, text::INTRODUCTION_MAX)?,
            extra: optional("extra", self.extra, text::EXTRA_MAX)?,
            member_ids,
        })
    }
}

/// The body of a request about a group, or about a member of it, as received.
#[derive(Debug, Deserialize)]
pub struct GroupRequest {
    group_id: Option<String>,
    user_id: Option<String>,
}

impl GroupRequest {
    /// The group.
    ///
    /// # Errors
    /// As [`group_id`].
    pub fn group(&self) -> Result<GroupId> {
        group_id(self.group_id.as_deref())
    }

    /// The group and the member.
    ///
    /// # Errors
    /// As [`group_id`]; `10001` without a valid `user_id`.
    pub fn member(&self) -> Result<(GroupId, UserId)> {
        Ok((self.group()?, UserId::required("user_id", self.user_id.as_deref())?))
    }
}

/// The group that a parameter names.
///
/// # Errors
/// `10001` without one; `10301` for an id that no group can have.
pub fn group_id(value: Option<&str>) -> Result<GroupId> {
    let text = value.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Error::invalid("group_id is required"))?;
    GroupId::parse(text).ok_or_else(|| Code::GroupNotFound.into())
}

/// A page of members that is asked for.
#[derive(Debug)]
pub struct MembersPage {
    /// Of which group.
    pub group_id: GroupId,
    /// Behind which user id; empty for the first page.
    pub after: String,
    /// 1-500.
    pub limit: i64,
}

impl MembersPage {
    /// Checks the query of `GET /group/members`.
    ///
    /// # Errors
    /// As [`group_id`]; `10001` naming what else is wrong.
    pub fn validate(group: Option<&str>, cursor: Option<&str>, limit: Option<i64>) -> Result<Self> {
        Ok(Self {
            group_id: group_id(group)?,
            after: page::decode_cursor(cursor)?.unwrap_or_default(),
            limit: page::limit(limit, MEMBERS_MAX)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn create(body: serde_json::Value) -> Result<Create> {
        let owner_id = UserId::parse("u___1").unwrap();
        serde_json::from_value::<CreateRequest>(body).unwrap().validate(&owner_id)
    }

    #[test]
    fn members_count_once_and_the_owner_is_not_among_them() {
        let group =
            create(json!({"name": "g", "member_ids": ["u___2", "u___1", "u___3", "u___2"]}));
        let ids = group.unwrap().member_ids;
        assert_eq!(ids.iter().map(UserId::as_str).collect::<Vec<_>>(), ["u___2", "u___3"]);
    }

    #[test]
    fn what_is_wrong_with_a_group_is_named() {
        for (body, message) in [
            (json!({}), "name is required"),
            (json!({"name": ""}), "name is required"),
            (json!({"name": "g".repeat(256)}), "name is 256 bytes long; at most 255 are allowed"),
            (
                json!({"name": "g", "introduction": "i".repeat(1025)}),
                "introduction is 1025 bytes long; at most 1024 are allowed",
            ),
            (json!({"name": "g", "member_ids": ["bob"]}), "member_ids: invalid user id: bob"),
        ] {
            assert_eq!(create(body).unwrap_err().message(), message);
        }
    }

    #[test]
    fn a_request_names_a_group_or_a_member_of_it() {
        let request = |group_id, user_id| GroupRequest { group_id, user_id };
        let text = |text: &str| Some(text.to_owned());
        let both = request(text("abcdefghijklmno2"), text("u___1"));
        assert_eq!(both.group().unwrap().as_str(), "abcdefghijklmno2");
        let (group_id, user_id) = both.member().unwrap();
        assert_eq!((group_id.as_str(), user_id.as_str()), ("abcdefghijklmno2", "u___1"));
        let nobody = request(text("abcdefghijklmno2"), None).member().unwrap_err();
        assert_eq!(nobody.message(), "user_id is required");
        assert!(request(None, text("u___1")).member().is_err());
    }

    #[test]
    fn members_go_on_behind_a_user() {
        let id = "abcdefghijklmno2";
        let first = MembersPage::validate(Some(id), None, None).unwrap();
        assert_eq!((first.group_id.as_str(), &*first.after, first.limit), (id, "", 500));
        let cursor = page::encode_cursor("u___1");
        let next = MembersPage::validate(Some(id), Some(&cursor), Some(3)).unwrap();
        assert_eq!((&*next.after, next.limit), ("u___1", 3));
        assert!(MembersPage::validate(Some(id), None, Some(501)).is_err());
    }

    #[test]
    fn an_id_that_no_group_can_have_is_not_found() {
        assert_eq!(group_id(None).unwrap_err().message(), "group_id is required");
        assert_eq!(group_id(Some("g")).unwrap_err().code(), Code::GroupNotFound);
        assert!(group_id(Some("abcdefghijklmno2")).is_ok());
    }
}
