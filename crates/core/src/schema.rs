//! The wire types as JSON Schema, for `openapi.yaml`.
//!
//! Most schemas are derived from the types and their documentation comments. This module adds what the types do not
//! state: the limits of unchecked texts and numbers, the formats of ids, and the frames.
//!
//! Limits of text are in bytes, but JSON Schema counts characters. A text of `MAX` bytes has at most `MAX` characters,
//! so the schema accepts everything that the server accepts.

use crate::conversation::{
    Conversations, ListQuery, MaxSeqs, MaxSeqsQuery, OptionsRequest, ReadRequest, ReadSeq,
    TypingRequest,
};
use crate::error::Reason;
use crate::frame::{
    ConversationOptions, GROUP, GroupChange, MESSAGE, MESSAGE_CHANGE, MessageChange, ONLINE,
    OPTIONS, PROFILE, PollQuery, PollResponse, READ, RECEIPT, ReadPosition, Receipt, StreamQuery,
    TYPING, Typing,
};
use crate::group::{
    CreateRequest, Group, GroupMemberRequest, GroupQuery, GroupRequest, Members, MembersQuery,
};
use crate::id::{ConversationId, GroupId, UserId};
use crate::internal::{Health as InternalHealth, RevokeRequest, UpsertRequest};
use crate::message::{
    Ack, ChangesQuery, ChangesResponse, EditMessageRequest, Edited, LATEST_CONVERSATIONS_MAX,
    LatestQuery, LatestResponse, Message, MessagesQuery, PullQuery, PullResponse, Replies,
    RepliesQuery, RevokeMessagesRequest, SEQS_MAX, SendRequest, Versions, VersionsQuery,
};
use crate::presence::{OnlineStatuses, SubscribeRequest};
use crate::receipt::{Readers, ReadersQuery};
use crate::user::{
    LoggedIn, LoginRequest, Platform, Profile, ProfileUpdate, Profiles, RegisterRequest,
    UserIdsQuery,
};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The place of the schemas in the document, for references between them.
pub const PATH: &str = "/components/schemas";

/// All schemas of the requests and responses, by name.
#[must_use]
pub fn definitions() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|it| it.definitions_path = PATH.into());
    let mut generator = settings.into_generator();
    macro_rules! include {
        ($($type:ty),* $(,)?) => { $(generator.subschema_for::<$type>();)* };
    }
    include!(Success, Refusal, Health, Empty, InternalHealth);
    include!(RegisterRequest, LoginRequest, LoggedIn);
    include!(Profile, ProfileUpdate, Profiles, UserIdsQuery);
    include!(OnlineStatuses, SubscribeRequest);
    include!(Group, CreateRequest, GroupRequest, GroupMemberRequest, GroupQuery);
    include!(Members, MembersQuery);
    include!(Message, SendRequest, Ack, PullQuery, PullResponse);
    include!(MessagesQuery, LatestQuery, LatestResponse);
    include!(RevokeMessagesRequest, ChangesQuery, ChangesResponse);
    include!(EditMessageRequest, Edited, VersionsQuery, Versions);
    include!(RepliesQuery, Replies);
    include!(ReadersQuery, Readers);
    include!(Conversations, ListQuery, MaxSeqs, MaxSeqsQuery);
    include!(ReadRequest, ReadSeq, TypingRequest, OptionsRequest);
    include!(PollQuery, PollResponse, StreamQuery, Frame);
    include!(UpsertRequest, RevokeRequest);
    generator.take_definitions(true)
}

/// Implements [`JsonSchema`] for types: as a named definition, or inline without a name.
macro_rules! describe {
    ($($type:ty $(as $name:tt)? => |$generator:pat_param| $schema:expr;)*) => {
        $(impl JsonSchema for $type {
            describe!(@name $($name)?);
            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        })*
    };
    (@name $name:literal) => {
        fn schema_name() -> Cow<'static, str> {
            $name.into()
        }
    };
    (@name $name:ident) => {
        fn schema_name() -> Cow<'static, str> {
            stringify!($name).into()
        }
    };
    (@name) => {
        fn schema_name() -> Cow<'static, str> {
            std::any::type_name::<Self>().into()
        }
        fn inline_schema() -> bool {
            true
        }
    };
}

/// A text of `MIN` to `MAX` bytes without NUL.
pub(crate) struct Text<const MIN: usize, const MAX: usize>;
/// A text of `MIN` to `MAX` bytes without control characters.
pub(crate) struct Line<const MIN: usize, const MAX: usize>;

impl<const MIN: usize, const MAX: usize> JsonSchema for Text<MIN, MAX> {
    describe!(@name);
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        text(MIN, MAX, r"^[^\u0000]*$")
    }
}

impl<const MIN: usize, const MAX: usize> JsonSchema for Line<MIN, MAX> {
    describe!(@name);
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        text(MIN, MAX, r"^[^\u0000-\u001f\u007f-\u009f]*$")
    }
}

/// A list of 1 to `max` items of this pattern, separated by commas.
fn list(item: &str, max: usize, example: &str) -> Schema {
    let pattern = format!("^{item}(,{item}){{0,{}}}$", max - 1);
    json_schema!({ "type": "string", "pattern": pattern, "examples": [example] })
}

fn text(min: usize, max: usize, pattern: &str) -> Schema {
    let mut schema = json_schema!({ "type": "string", "maxLength": max, "pattern": pattern });
    if min > 0 {
        schema.insert("minLength".to_owned(), min.into());
    }
    schema
}

/// The `limit` of a page of at most `MAX` items.
pub(crate) struct Limit<const MAX: i64>;

impl<const MAX: i64> JsonSchema for Limit<MAX> {
    describe!(@name);
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": MAX })
    }
}

/// A seq in a response: 0 or more.
pub(crate) struct Seq;
/// A seq in a request: 1 or more.
pub(crate) struct Position;
/// A time in milliseconds.
pub(crate) struct Millis;
/// A count: 0 or more.
pub(crate) struct Count;
/// A profile in a list, which can lack `extra`.
pub(crate) struct ListedProfile;
/// The content of a message.
pub(crate) struct Content;
/// The id of a user or an agent of the platform.
pub(crate) struct PlatformUserId;
/// Ids of users, separated by commas.
pub(crate) struct UserIds;
/// Seqs, separated by commas.
pub(crate) struct Seqs;
/// Ids of conversations, separated by commas.
pub(crate) struct ConversationIds;
/// The envelope of a successful response.
struct Success;
/// The envelope of a refusal.
struct Refusal;
/// The body of `/healthz`.
struct Health;
/// The `data` of a response without data.
struct Empty;

/// Patterns of user ids, with numbers and UUIDs as `i64::to_string` and `Uuid::to_string` write them.
const NATIVE_USER: &str = "nx__[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const PLATFORM_USER: &str = "(u___|ag__)(0|-?[1-9][0-9]{0,18})";

describe! {
    Seq as "Seq" => |_| json_schema!({
        "type": "integer", "format": "int64", "minimum": 0,
        "description": "The number of a message in its conversation: 1, 2, 3... without a gap. 0 is before the first.",
    });
    Position => |_| json_schema!({
        "type": "integer", "format": "int64", "minimum": 1, "maximum": i64::MAX,
    });
    Millis as "Millis" => |_| json_schema!({
        "type": "integer", "format": "int64", "description": "Unix time in milliseconds.",
    });
    Count => |_| json_schema!({ "type": "integer", "format": "int64", "minimum": 0 });
    ListedProfile as "ListedProfile" => |generator| {
        let mut schema = Profile::json_schema(generator);
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != "extra");
        }
        schema.insert("description".to_owned(), "A profile in a list. `extra` is present only if a service asks for a \
            single user.".into());
        schema
    };
    Content => |_| json_schema!({
        "type": "string", "maxLength": crate::text::CONTENT_MAX, "contentMediaType": "application/json",
    });
    PlatformUserId => |_| json_schema!({
        "type": "string", "pattern": format!("^{PLATFORM_USER}$"), "examples": ["u___7"],
    });
    UserIds => |_| list(&format!("({NATIVE_USER}|{PLATFORM_USER})"), 100, "u___7,u___8");
    Seqs => |_| list("[1-9][0-9]{0,18}", SEQS_MAX, "1,2,3");
    ConversationIds => |_| {
        list("(si_[^:,]+:[^:,]+|sg_[a-z2-7]{16})", LATEST_CONVERSATIONS_MAX, "si_u___7:u___8,si_u___7:u___9")
    };
    UserId as "UserId" => |_| json_schema!({
        "type": "string", "pattern": format!("^({NATIVE_USER}|{PLATFORM_USER})$"), "examples": ["u___7"],
        "description": "`nx__<uuidv7>` for a user who registered here, `u___<int64>` for a user of the platform, \
            `ag__<int64>` for an agent of the platform.",
    });
    GroupId as "GroupId" => |_| json_schema!({
        "type": "string", "pattern": "^[a-z2-7]{16}$", "examples": ["abcdefghijklmno2"],
        "description": "16 characters of lower-case base32. Knowing it is enough to join.",
    });
    ConversationId as "ConversationId" => |_| json_schema!({
        "type": "string", "maxLength": 256, "pattern": "^(si_[^:]+:[^:]+|sg_[a-z2-7]{16})$",
        "examples": ["si_u___7:u___8"],
        "description": "`si_<a>:<b>` between two users, their ids sorted, or `sg_<group id>`. A user's notes are `si_<a>:<a>`.",
    });
    Platform as "PlatformId" => |_| json_schema!({
        "type": "integer", "minimum": 1, "maximum": 10,
        "description": "1 iOS, 2 Android, 3 Windows, 4 macOS, 5 Web, 6 MiniWeb, 7 Linux, 8 AndroidPad, 9 iPad, \
            10 Admin.",
    });
    Success as "Success" => |_| json_schema!({
        "type": "object", "description": "The envelope of a successful response.",
        "required": ["code", "message", "data"],
        "properties": { "code": { "const": 0 }, "message": { "const": "" }, "data": { "type": "object" } },
    });
    Refusal as "Refusal" => |_| json_schema!({
        "type": "object", "description": "The envelope of a refusal.",
        "required": ["code", "message", "data"],
        "properties": {
            "code": {
                "type": "integer", "minimum": 10001, "maximum": 29999,
                "description": "1xxxx: the request is wrong, and a retry is refused again (except 10005). 2xxxx: the \
                    server failed; retry later.",
            },
            "message": {
                "type": "string", "description": "What is wrong, for a developer. Do not compare it.",
            },
            "data": { "type": "object", "properties": { "reason": {
                "type": "string", "enum": Reason::ALL.map(Reason::as_str),
                "description": "Why a token that was once valid no longer is. `logout` is given only to the login \
                    that logged out; `unknown` if the server does not know the login, because its store of logins \
                    was lost.",
            } } },
        },
    });
    Health as "Health" => |_| json_schema!({
        "type": "object", "required": ["status"],
        "properties": { "status": { "type": "string", "enum": ["ok", "unavailable"] } },
    });
    Empty as "Empty" => |_| json_schema!({
        "type": "object", "description": "No data.", "maxProperties": 0,
    });
    Event as "Event" => |_| json_schema!({
        "type": "object", "description": "The data that every frame has.", "required": ["event_id"],
        "properties": { "event_id": {
            "type": "integer", "format": "int64", "minimum": 1, "description": "The position in the log.",
        } },
    });
}

/// The common data of all frames.
struct Event;

/// Defines the frames: name, number, type of the data besides [`Event`], and the description, which says when the frame
/// is sent.
macro_rules! frames {
    ($($frame:ident = $number:ident: $data:ty, $description:literal;)*) => {
        $(struct $frame;)*

        describe! {
            $($frame as $frame => |generator| json_schema!({
                "type": "object", "description": $description, "required": ["req_id", "data"],
                "properties": {
                    "req_id": { "const": $number },
                    "data": { "allOf": [
                        generator.subschema_for::<Event>(), generator.subschema_for::<$data>(),
                    ] },
                },
            });)*
        }

        /// A frame.
        pub(crate) struct Frame;

        describe! {
            Frame as "Frame" => |generator| json_schema!({
                "description": "A change, by number. A client ignores numbers that it does not know.",
                "oneOf": [$(generator.subschema_for::<$frame>()),*],
            });
        }
    };
}

frames! {
    MessageFrame = MESSAGE: Message, "A message in one of the user's conversations, including the user's own. \
        Ignore a message that the client already has, by `(conversation_id, seq)`.";
    ReadFrame = READ: ReadPosition, "The user's read position moved, by this or another session.";
    OnlineFrame = ONLINE: OnlineStatuses, "A user that the session subscribed to came online or went offline.";
    GroupFrame = GROUP: GroupChange, "A group of the user changed; the last frame about it for a member who left or \
        was removed.";
    OptionsFrame = OPTIONS: ConversationOptions, "The user's options of a conversation changed.";
    ProfileFrame = PROFILE: Profile, "The user's own profile changed.";
    TypingFrame = TYPING: Typing, "A user is typing now.";
    MessageChangeFrame = MESSAGE_CHANGE: MessageChange, "A message that the user may see changed. Replace it.";
    ReceiptFrame = RECEIPT: Receipt, "Another user in the conversation has read it up to a message.";
}
