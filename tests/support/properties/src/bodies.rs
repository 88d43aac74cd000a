use crate::refuses;
use longwave_core::conversation::{OptionsRequest, ReadRequest, TypingRequest};
use longwave_core::group::{CreateRequest, GroupMemberRequest};
use longwave_core::id::{ConversationId, UserId};
use longwave_core::internal::{RevokeRequest, UpsertRequest};
use longwave_core::message::{ContentType, Destination, SendRequest};
use longwave_core::presence::{SUBSCRIPTIONS_MAX, SubscribeRequest};
use longwave_core::user::{LoginRequest, ProfileUpdate, RegisterRequest};
use longwave_core::{Code, Result};
use longwave_edge::call::object;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A route accepts a body exactly with the values in it, within the documented limits; a refusal
/// names the field, or says that it is about the body.
pub fn bodies(bytes: &[u8]) {
    let body = &Body { bytes, value: serde_json::from_slice(bytes).unwrap_or_default() };
    of_accounts(body);
    of_messages_and_groups(body);
    of_conversations(body);
}

fn of_accounts(body: &Body<'_>) {
    body.ask(&["username", "password", "nickname"], RegisterRequest::validate, |it| {
        body.text("username", 1..=64, Some(&it.username));
        body.text("password", 6..=72, Some(&it.password));
        body.text("nickname", 0..=255, Some(&it.nickname));
        is_one_line(&[&it.username, &it.nickname]);
    });
    body.ask(&["username", "password", "platform_id"], LoginRequest::validate, |it| {
        body.text("username", 1..=64, Some(&it.username));
        body.text("password", 1..=72, Some(&it.password));
        body.number("platform_id", 1..=10, Some(it.platform.into()));
    });
    body.ask(&["nickname", "avatar", "extra"], ProfileUpdate::validate, |it| {
        body.text("nickname", 0..=255, it.nickname.as_deref());
        is_one_line(&[it.nickname.as_deref().unwrap_or_default()]);
        body.text("avatar", 0..=1024, it.avatar.as_deref());
        body.text("extra", 0..=64_000, it.extra.as_deref());
    });
    body.ask(&["id", "nickname", "avatar", "extra"], UpsertRequest::validate, |it| {
        assert!(!it.user_id.is_native());
        body.text("id", 5..=40, Some(it.user_id.as_str()));
        body.text("nickname", 0..=255, it.profile.nickname.as_deref());
        body.text("avatar", 0..=1024, it.profile.avatar.as_deref());
        body.text("extra", 0..=64_000, it.profile.extra.as_deref());
    });
    body.ask(&["user_id", "platform_id"], RevokeRequest::validate, |it| {
        body.text("user_id", 5..=40, Some(it.user_id.as_str()));
        match it.platforms[..] {
            [platform] => body.number("platform_id", 1..=10, Some(platform.into())),
            _ => assert!(it.platforms.len() == 10 && body.is_absent("platform_id")),
        }
    });
    body.ask(&["user_ids"], SubscribeRequest::validate, |it| {
        assert!(it.len() <= SUBSCRIPTIONS_MAX);
        body.holds("user_ids", it);
    });
}

/// Names contain no control characters.
fn is_one_line(names: &[&str]) {
    assert!(!names.iter().any(|name| name.contains(|it: char| it.is_ascii_control())), "{names:?}");
}

fn of_messages_and_groups(body: &Body<'_>) {
    let sender = UserId::of_platform(1);
    let fields = [
        "client_msg_id",
        "session_type",
        "recv_id",
        "group_id",
        "content_type",
        "content",
        "quote_seq",
        "sender_read",
    ];
    body.ask(
        &fields,
        |it: SendRequest| it.validate(sender.clone(), true),
        |it| {
            body.text("client_msg_id", 1..=64, Some(&it.client_msg_id));
            assert!(!it.client_msg_id.ends_with(char::is_whitespace));
            body.text("content", 1..=8192, Some(&it.content));
            serde_json::from_str::<Value>(&it.content).unwrap();
            body.number("content_type", 1..=100, Some(it.content_type.into()));
            assert!(!matches!(it.content_type, ContentType::Other(_)));
            body.number("quote_seq", 1..=i64::MAX, it.quote_seq);
            body.flag("sender_read", Some(it.sender_read).filter(|read| !read));
            match &it.destination {
                Destination::Single(id) => {
                    body.number("session_type", 1..=1, Some(1));
                    body.text("recv_id", 5..=40, Some(id.as_str()));
                }
                Destination::Group(id) => {
                    body.number("session_type", 2..=2, Some(2));
                    body.text("group_id", 16..=16, Some(id.as_str()));
                }
            }
            let id = it.conversation_id();
            assert_eq!(ConversationId::parse(id.as_str()), Some(id));
        },
    );
    let fields = ["name", "avatar", "introduction", "extra", "member_ids"];
    body.ask(
        &fields,
        |it: CreateRequest| it.validate(&sender),
        |it| {
            body.text("name", 1..=255, Some(&it.name));
            is_one_line(&[&it.name]);
            body.text("avatar", 0..=1024, Some(&it.avatar));
            body.text("introduction", 0..=1024, Some(&it.introduction));
            body.text("extra", 0..=64_000, Some(&it.extra));
            assert!(it.member_ids.is_sorted_by(|a, b| a < b) && !it.member_ids.contains(&sender));
            body.holds("member_ids", &it.member_ids);
        },
    );
    body.ask(&["group_id", "user_id"], GroupMemberRequest::validate, |it| {
        body.text("group_id", 16..=16, Some(it.group_id.as_str()));
        body.text("user_id", 5..=40, Some(it.user_id.as_str()));
    });
}

fn of_conversations(body: &Body<'_>) {
    body.ask(&["conversation_id", "read_seq"], ReadRequest::validate, |it| {
        body.text("conversation_id", 13..=84, Some(it.conversation_id.as_str()));
        body.number("read_seq", 1..=i64::MAX, Some(it.read_seq));
    });
    body.ask(&["conversation_id"], TypingRequest::validate, |id| {
        body.text("conversation_id", 13..=84, Some(id.as_str()));
    });
    let fields = ["conversation_id", "recv_msg_opt", "is_pinned"];
    body.ask(&fields, OptionsRequest::validate, |it| {
        body.text("conversation_id", 13..=84, Some(it.conversation_id.as_str()));
        body.number("recv_msg_opt", 0..=1, it.recv_msg_opt.map(i64::from));
        body.flag("is_pinned", it.is_pinned);
    });
}

/// A body, and its value by another JSON parser; null if that parser rejects it.
struct Body<'a> {
    bytes: &'a [u8],
    value: Value,
}

impl Body<'_> {
    fn ask<R: DeserializeOwned, T>(
        &self,
        fields: &[&str],
        validate: impl FnOnce(R) -> Result<T>,
        accepted: impl FnOnce(&T),
    ) {
        match object(self.bytes).and_then(validate) {
            Ok(valid) => {
                assert!(self.value.is_object(), "another JSON parser refuses an accepted body");
                accepted(&valid);
            }
            Err(error) if error.code() == Code::InvalidParam => {
                let about_the_body = if self.value.is_object() { None } else { Some("the body") };
                let fields: Vec<_> = fields.iter().copied().chain(about_the_body).collect();
                refuses(&error, &fields);
                // Only an id is quoted: any other value may be a misplaced password.
                let quoted = error.message().contains("invalid ");
                assert!(quoted || !error.message().contains(['"', '\n']), "{error}");
            }
            Err(error) => {
                assert!(matches!(error.code(), Code::MessageContentTooLong | Code::GroupNotFound));
            }
        }
    }

    fn is_absent(&self, field: &str) -> bool {
        self.value.get(field).is_none_or(Value::is_null)
    }

    /// Checks a text that was accepted from `field`. An absent field counts as empty or as none.
    fn text(&self, field: &str, length: std::ops::RangeInclusive<usize>, taken: Option<&str>) {
        let text = taken.unwrap_or_default();
        assert!(taken.is_none() || length.contains(&text.len()), "{field}: {text:?}");
        assert!(!text.contains('\0'), "{field}: {text:?}");
        let given = self.value.get(field).and_then(Value::as_str);
        assert!(self.value.is_null() || given.unwrap_or_default() == text, "{field}: {text:?}");
    }

    fn number(&self, field: &str, range: std::ops::RangeInclusive<i64>, taken: Option<i64>) {
        assert!(taken.is_none_or(|number| range.contains(&number)), "{field}: {taken:?}");
        let given = self.value.get(field).and_then(Value::as_i64);
        assert!(self.value.is_null() || given == taken, "{field}: {taken:?}");
    }

    fn flag(&self, field: &str, taken: Option<bool>) {
        let given = self.value.get(field).and_then(Value::as_bool);
        assert!(self.value.is_null() || taken.is_none_or(|it| given == Some(it)), "{field}");
    }

    fn holds(&self, field: &str, taken: &[UserId]) {
        let given = self.value.get(field).and_then(Value::as_array);
        let given = |id: &UserId| given.is_some_and(|ids| ids.contains(&id.as_str().into()));
        assert!(self.value.is_null() || taken.iter().all(given), "{field}: {taken:?}");
    }
}
