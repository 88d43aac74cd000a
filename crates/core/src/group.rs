//! Groups and their members.

use crate::id::{GroupId, UserId};
use crate::numbered::numbered;
use crate::page;
use crate::{Code, Error, Millis, Result, text};
use serde::{Deserialize, Serialize};

/// Maximum number of members in a page, and the default of `group_max_members`.
pub const MEMBERS_MAX: i64 = 500;

numbered! {
    /// The state of a group.
    GroupStatus {
        /// Open: users join, members write.
        Normal = 0,
        /// Closed: members can only read and leave.
        Dismissed = 1,
    }
}

numbered! {
    /// The rights of a member.
    Role {
        /// Reads and writes.
        Member = 1,
        /// Also removes members.
        Admin = 2,
        /// Also removes admins, dismisses and transfers the group.
        Owner = 3,
    }
}

/// A group, as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// The id of the group.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId"))]
    pub group_id: String,
    /// The name, 1 to 255 bytes.
    pub name: String,
    /// The URL of a picture; may be empty.
    pub avatar: String,
    /// A description of the group; may be empty.
    pub introduction: String,
    /// The id of the owner.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub owner_id: String,
    /// Whether the group is dismissed.
    pub status: GroupStatus,
    /// Data of the application; may be empty.
    pub extra: String,
    /// The number of members.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Count"))]
    pub member_count: i64,
    /// When the group was created.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub created_at: Millis,
    /// When the group last changed, other than by members who join or leave.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub updated_at: Millis,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// The id of the member.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    pub user_id: String,
    /// The member's rights.
    pub role: Role,
    /// The member's name in this group; may be empty.
    pub nickname: String,
    /// The id of the user who added the member; empty for a member who joined or created the group.
    pub inviter_user_id: String,
    /// When the member joined.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub joined_at: Millis,
}

/// A page of a group's members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Members {
    /// The members, ordered by user id.
    pub members: Vec<Member>,
    /// The `cursor` of the next page; empty after the last one.
    pub next_cursor: String,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// A group to create.
#[derive(Debug, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "CreateGroupRequest")
)]
pub struct CreateRequest {
    /// The name, 1 to 255 bytes.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "crate::schema::Line<1, { text::GROUP_NAME_MAX }>", example = &"Friends")
    )]
    name: Option<String>,
    /// The URL of a picture, at most 1,024 bytes.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Line<0, { text::AVATAR_MAX }>>")
    )]
    avatar: Option<String>,
    /// A description of the group, at most 1,024 bytes.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Text<0, { text::INTRODUCTION_MAX }>>")
    )]
    introduction: Option<String>,
    /// Data of the application, at most 64,000 bytes.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Text<0, { text::EXTRA_MAX }>>")
    )]
    extra: Option<String>,
    /// The members besides the caller, who becomes the owner. By default, a group has at most 500 members.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<UserId>>"))]
    member_ids: Option<Vec<String>>,
}

/// A valid group to create.
#[derive(Debug)]
pub struct Create {
    /// The name, 1-255 bytes.
    pub name: String,
    /// The URL of a picture, at most 1,024 bytes.
    pub avatar: String,
    /// A description of the group, at most 1,024 bytes.
    pub introduction: String,
    /// Data of the application, at most 64,000 bytes.
    pub extra: String,
    /// The members besides the owner, without duplicates.
    pub member_ids: Vec<UserId>,
}

impl CreateRequest {
    /// Checks the fields, and removes duplicate ids and the owner's from the members.
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

/// A group, by its id.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupRequest {
    /// The id of the group.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId"))]
    group_id: Option<String>,
}

impl GroupRequest {
    /// The id of the group.
    ///
    /// # Errors
    /// As [`group_id`].
    pub fn validate(self) -> Result<GroupId> {
        group_id(self.group_id.as_deref())
    }
}

/// A member of a group, by their ids.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupMemberRequest {
    /// The id of the group.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId"))]
    group_id: Option<String>,
    /// The id of the member.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::UserId"))]
    user_id: Option<String>,
}

/// The ids of a group and a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// The id of the group.
    pub group_id: GroupId,
    /// The id of the member.
    pub user_id: UserId,
}

impl GroupMemberRequest {
    /// The ids of the group and the member.
    ///
    /// # Errors
    /// As [`group_id`]; `10001` for a missing or invalid `user_id`.
    pub fn validate(self) -> Result<GroupMember> {
        let group_id = group_id(self.group_id.as_deref())?;
        Ok(GroupMember { group_id, user_id: UserId::required("user_id", self.user_id.as_deref())? })
    }
}

/// The group id in a parameter.
///
/// # Errors
/// `10001` if it is missing; `10301` if no group can have it.
pub fn group_id(value: Option<&str>) -> Result<GroupId> {
    let text = value.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Error::invalid("group_id is required"))?;
    GroupId::parse(text).ok_or_else(|| Code::GroupNotFound.into())
}

/// The group to read.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupQuery {
    /// The id of the group.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId"))]
    pub group_id: Option<String>,
}

/// A page of members to list.
#[derive(Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MembersQuery {
    /// The id of the group.
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::GroupId"))]
    pub group_id: Option<String>,
    /// `next_cursor` of the previous page; absent for the first page.
    pub cursor: Option<String>,
    /// Maximum number of items; 500 if 0 or absent.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Limit<{ MEMBERS_MAX }>>")
    )]
    pub limit: Option<i64>,
}

/// A valid page of members to list.
#[derive(Debug)]
pub struct MembersPage {
    /// The id of the group.
    pub group_id: GroupId,
    /// The user id after which the page begins; empty for the first page.
    pub after: String,
    /// Maximum number of items, 1-500.
    pub limit: i64,
}

impl GroupQuery {
    /// The id of the group.
    ///
    /// # Errors
    /// As [`group_id`].
    pub fn validate(self) -> Result<GroupId> {
        group_id(self.group_id.as_deref())
    }
}

impl MembersQuery {
    /// Checks the parameters.
    ///
    /// # Errors
    /// As [`group_id`]; `10001` naming another invalid parameter.
    pub fn validate(self) -> Result<MembersPage> {
        Ok(MembersPage {
            group_id: group_id(self.group_id.as_deref())?,
            after: page::decode_cursor(self.cursor.as_deref())?.unwrap_or_default(),
            limit: page::limit(self.limit, MEMBERS_MAX)?,
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
    fn duplicate_members_and_the_owner_are_removed() {
        let group =
            create(json!({"name": "g", "member_ids": ["u___2", "u___1", "u___3", "u___2"]}));
        let ids = group.unwrap().member_ids;
        assert_eq!(ids.iter().map(UserId::as_str).collect::<Vec<_>>(), ["u___2", "u___3"]);
    }

    #[test]
    fn an_invalid_group_is_refused_naming_the_field() {
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
    fn a_request_requires_a_group_and_where_needed_a_member() {
        let text = |text: &str| Some(text.to_owned());
        let group = GroupRequest { group_id: text("abcdefghijklmno2") }.validate();
        assert_eq!(group.unwrap().as_str(), "abcdefghijklmno2");
        assert!(GroupRequest { group_id: None }.validate().is_err());
        let request = |group_id, user_id| GroupMemberRequest { group_id, user_id }.validate();
        let member = request(text("abcdefghijklmno2"), text("u___1")).unwrap();
        let ids = (member.group_id.as_str(), member.user_id.as_str());
        assert_eq!(ids, ("abcdefghijklmno2", "u___1"));
        let nobody = request(text("abcdefghijklmno2"), None).unwrap_err();
        assert_eq!(nobody.message(), "user_id is required");
        assert!(request(None, text("u___1")).is_err());
    }

    #[test]
    fn members_continue_after_the_cursor() {
        let id = "abcdefghijklmno2";
        let page = |cursor, limit| {
            MembersQuery { group_id: Some(id.to_owned()), cursor, limit }.validate()
        };
        let first = page(None, None).unwrap();
        assert_eq!((first.group_id.as_str(), &*first.after, first.limit), (id, "", 500));
        let next = page(Some(page::encode_cursor("u___1")), Some(3)).unwrap();
        assert_eq!((&*next.after, next.limit), ("u___1", 3));
        assert!(page(None, Some(501)).is_err());
    }

    #[test]
    fn an_id_that_no_group_can_have_is_not_found() {
        assert_eq!(group_id(None).unwrap_err().message(), "group_id is required");
        assert_eq!(group_id(Some("g")).unwrap_err().code(), Code::GroupNotFound);
        assert!(group_id(Some("abcdefghijklmno2")).is_ok());
    }
}
