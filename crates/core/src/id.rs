//! Ids of users, groups and conversations: one definition per format.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::{Uuid, Variant};

/// The id of a user: `nx__<uuidv7>` (registered here), `u___<int64>` (a user of the platform) or `ag__<int64>` (an
/// agent of the platform). Numbers are canonical, so that a user has only one id. No id contains `:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

impl UserId {
    /// The id of a user who registers here.
    #[must_use]
    pub fn native(uuid: Uuid) -> Self {
        Self(format!("nx__{uuid}"))
    }

    /// Whether the user registered here.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.0.starts_with("nx__")
    }

    /// The id of a user of the platform.
    #[must_use]
    pub fn of_platform(number: i64) -> Self {
        Self(format!("u___{number}"))
    }

    /// The id of an agent of the platform.
    #[must_use]
    pub fn of_agent(number: i64) -> Self {
        Self(format!("ag__{number}"))
    }

    /// Parses an id; `None` unless it has one of the three forms.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let known = match text.split_at_checked(4)? {
            ("nx__", uuid) => Uuid::try_parse(uuid).is_ok_and(|parsed| {
                let seven = parsed.get_version_num() == 7;
                seven && parsed.get_variant() == Variant::RFC4122 && parsed.to_string() == uuid
            }),
            ("u___" | "ag__", number) => {
                number.parse::<i64>().is_ok_and(|parsed| parsed.to_string() == number)
            }
            _ => false,
        };
        known.then(|| Self(text.to_owned()))
    }

    /// Parses the id in a required field.
    ///
    /// # Errors
    /// `10001` naming `field` and quoting the value, up to 100 characters of it.
    pub fn required(field: &str, value: Option<&str>) -> Result<Self> {
        let text = value
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Error::invalid(format!("{field} is required")))?;
        Self::parse(text)
            .ok_or_else(|| Error::invalid(format!("{field}: invalid user id: {}", shown(text))))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UserId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("invalid user id: {}", shown(&text)))
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

/// The id of a conversation: `si_<a>:<b>` between two users, their ids sorted, or `sg_<group_id>`. A user's notes are the
/// conversation `si_<a>:<a>`.
///
/// The separator is `:` because no user id contains one: with `_`, two pairs of users could share a conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct ConversationId(String);

impl ConversationId {
    /// The conversation of two users, in either order, or of a user with themself.
    #[must_use]
    pub fn single(one: &UserId, other: &UserId) -> Self {
        let (a, b) = if one <= other { (one, other) } else { (other, one) };
        Self(format!("si_{a}:{b}"))
    }

    /// The conversation of a group: `sg_<group id>`.
    #[must_use]
    pub fn group(group_id: &GroupId) -> Self {
        Self(format!("sg_{group_id}"))
    }

    /// Parses an id; `None` if it is invalid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(text.to_owned());
        let known = match text.split_at_checked(3)? {
            ("si_", _) => {
                peers(text).is_some_and(|(a, b)| matches!((UserId::parse(a), UserId::parse(b)), (Some(a), Some(b)) if a <= b))
            }
            ("sg_", group) => GroupId::parse(group).is_some(),
            _ => false,
        };
        known.then_some(id)
    }

    /// Parses the id in the required field `conversation_id`.
    ///
    /// # Errors
    /// `10001` naming `conversation_id`.
    pub fn required(value: Option<&str>) -> Result<Self> {
        let text = value
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Error::invalid("conversation_id is required"))?;
        Self::given("conversation_id", text)
    }

    /// Parses an id in a field.
    ///
    /// # Errors
    /// `10001` naming `field` and quoting the value, up to 100 characters of it.
    pub fn given(field: &str, text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| {
            Error::invalid(format!("{field}: invalid conversation id: {}", shown(text)))
        })
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The ids of the two users of a single conversation, the same one twice for notes; `None` for the conversation of a
/// group.
#[must_use]
pub fn peers(conversation_id: &str) -> Option<(&str, &str)> {
    conversation_id.strip_prefix("si_")?.split_once(':')
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ConversationId> for String {
    fn from(id: ConversationId) -> Self {
        id.0
    }
}

/// The id of a group: 16 characters of lower-case base32. Any user who knows it can join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupId(String);

impl GroupId {
    /// An unguessable id, made of 80 random bits of a version 4 UUID.
    #[must_use]
    pub fn random(uuid: Uuid) -> Self {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        // Neither the version (byte 6) nor the variant (byte 8) is random.
        let bytes = uuid.as_bytes();
        let bits = bytes[0..6].iter().chain(&bytes[9..13]);
        let bits = bits.fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let character =
            |place: u32| ALPHABET.get(usize::try_from(bits >> (5 * place) & 31_u128).ok()?);
        Self((0..16).filter_map(character).copied().map(char::from).collect())
    }

    /// Parses an id; `None` if it is invalid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let base32 = |byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
        (text.len() == 16 && text.bytes().all(base32)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `text` as an error quotes it: truncated if it is longer than any id.
fn shown(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NATIVE: &str = "nx__018f6f0e-7b1a-7c3d-9e4f-0123456789ab";

    #[test]
    fn a_user_id_has_one_of_three_forms() {
        for good in [NATIVE, "u___0", "u___-5", "ag__9223372036854775807"] {
            assert_eq!(UserId::parse(good).map(|id| id.to_string()).as_deref(), Some(good));
        }
        for bad in [
            "",
            "u__",
            "u___",
            "u___01",
            "u___+1",
            "u___-0",
            "u___9223372036854775808",
            "u___1:2",
            "ag__x",
            "nx__1",
            "x___1",
            "nx__018F6F0E-7B1A-7C3D-9E4F-0123456789AB",
            "nx__018f6f0e7b1a7c3d9e4f0123456789ab",
            "nx__00000000-0000-4000-8000-000000000000",
            "nx__018f6f0e-7b1a-7c3d-1e4f-0123456789ab",
            "é___1",
        ] {
            assert_eq!(UserId::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn both_users_of_a_single_conversation_get_the_same_id() {
        let (a, b) = (UserId::parse("u___1").unwrap(), UserId::parse(NATIVE).unwrap());
        let id = ConversationId::single(&a, &b);
        assert_eq!(id, ConversationId::single(&b, &a));
        assert_eq!(id.as_str(), format!("si_{NATIVE}:u___1"));
        assert_eq!(ConversationId::parse(&id.to_string()), Some(id.clone()));
        assert_eq!(peers(id.as_str()), Some((NATIVE, "u___1")));
        let notes = ConversationId::single(&a, &a);
        assert_eq!(
            (notes.as_str(), peers(notes.as_str())),
            ("si_u___1:u___1", Some(("u___1", "u___1")))
        );
    }

    #[test]
    fn an_invalid_conversation_id_is_refused() {
        for bad in [
            "",
            "si_",
            "si_u___1",
            "si_u___2:u___1",
            "si_u___1:u___2:u___3",
            "sg_short",
            "sg_ABCDEFGHIJKLMNOP",
        ] {
            assert_eq!(ConversationId::parse(bad), None, "{bad:?}");
        }
        assert!(ConversationId::parse("sg_abcdefghijklmno2").is_some());
        assert!(ConversationId::parse("si_u___1:u___1").is_some());
    }

    #[test]
    fn an_error_quotes_at_most_a_hundred_characters_of_an_invalid_id() {
        let refused = |text: &str| UserId::required("to", Some(text)).unwrap_err().to_string();
        assert_eq!(refused("bob"), "10001 to: invalid user id: bob");
        assert_eq!(
            refused(&"\u{e9}".repeat(101)),
            format!("10001 to: invalid user id: {}...", "\u{e9}".repeat(100))
        );
    }

    #[test]
    fn a_group_id_is_eighty_random_bits_and_uses_each_of_them() {
        let id = |uuid: u128| GroupId::random(Uuid::from_u128(uuid)).to_string();
        assert_eq!(id(0), "a".repeat(16));
        assert_eq!(id(u128::MAX), "7".repeat(16));
        // The first character holds the lower five bits of byte 12, the last one the upper five bits of byte 0.
        assert_eq!(id(0x0123_4567_89ab_0000_00cd_ef01_2300_0000), "dja66gpvj4zkurea");
    }

    #[test]
    fn group_ids_differ_in_every_character() {
        let ids: Vec<_> = (0..200).map(|_| GroupId::random(Uuid::new_v4())).collect();
        for id in &ids {
            assert_eq!(GroupId::parse(id.as_str()).as_ref(), Some(id));
        }
        for place in 0..16 {
            let seen = |id: &GroupId| id.as_str().as_bytes()[place];
            assert!(ids.iter().any(|id| seen(id) != seen(&ids[0])), "place {place} is constant");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_what_it_accepts(text in "\\PC{0,60}") {
            if let Some(id) = UserId::parse(&text) { prop_assert_eq!(id.as_str(), &text); }
            if let Some(id) = ConversationId::parse(&text) { prop_assert_eq!(id.as_str(), &text); }
            prop_assert!(shown(&text).chars().count() <= 103);
        }

        #[test]
        fn two_pairs_never_share_a_conversation_f25(a: i64, b: i64, c: i64, d: i64) {
            let user = |n: i64| UserId::parse(&format!("u___{n}")).unwrap();
            let same = ConversationId::single(&user(a), &user(b)) == ConversationId::single(&user(c), &user(d));
            prop_assert_eq!(same, (a == c && b == d) || (a == d && b == c));
        }
    }
}
