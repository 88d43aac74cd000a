use crate::refuses;
use longwave_core::conversation::{LIST_MAX, ListQuery, MAX_SEQS_MAX, MaxSeqsQuery};
use longwave_core::cursor::Cursor;
use longwave_core::id::{ConversationId, GroupId, UserId, peers};
use longwave_core::{Code, page};

/// Maximum bytes of a user id: `nx__` and a uuid.
const USER_ID_MAX: usize = 40;

/// A text is an id exactly if it is the canonical form.
pub fn ids(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let user = UserId::parse(text);
    assert_eq!(user.is_some(), is_user_id(text), "{text:?}");
    if let Some(id) = &user {
        assert_eq!(id.as_str(), text);
        assert_eq!(id.is_native(), text.starts_with("nx__"));
        assert!(text.len() <= USER_ID_MAX && !text.contains(':'), "{text:?}");
    }
    let json = serde_json::to_string(text).unwrap();
    assert_eq!(serde_json::from_str::<UserId>(&json).ok(), user);
    match (UserId::required("recv_id", Some(text)), user) {
        (Ok(required), Some(parsed)) => assert_eq!(required, parsed),
        (Err(error), None) => refuses(&error, &["recv_id"]),
        (required, parsed) => panic!("{text:?}: {required:?}, but {parsed:?}"),
    }

    let group = GroupId::parse(text);
    let base32 = |byte: u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte);
    assert_eq!(group.is_some(), text.len() == 16 && text.bytes().all(base32), "{text:?}");
    if let Some(id) = group {
        assert_eq!(id.as_str(), text);
        let conversation = ConversationId::group(&id);
        assert_eq!(ConversationId::parse(conversation.as_str()), Some(conversation));
    }

    match (ConversationId::required(Some(text)), ConversationId::parse(text)) {
        (Ok(required), Some(parsed)) => {
            assert_eq!(required, parsed);
            assert_eq!(parsed.as_str(), text);
            match peers(text) {
                Some((a, b)) => {
                    assert!(a <= b, "{text:?}");
                    let (a, b) = (UserId::parse(a).unwrap(), UserId::parse(b).unwrap());
                    assert_eq!(ConversationId::single(&b, &a), parsed);
                }
                None => assert!(GroupId::parse(text.strip_prefix("sg_").unwrap()).is_some()),
            }
        }
        (Err(error), None) => refuses(&error, &["conversation_id"]),
        (required, parsed) => panic!("{text:?}: {required:?}, but {parsed:?}"),
    }
}

/// The grammar of a user id, written independently of the product's.
fn is_user_id(text: &str) -> bool {
    let Some((kind, rest)) = text.split_at_checked(4) else { return false };
    match kind {
        "u___" | "ag__" => {
            let digits = rest.strip_prefix('-').unwrap_or(rest);
            let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
                && (digits.len() == 1 || !digits.starts_with('0'))
                && rest != "-0";
            canonical && (1..=19).contains(&digits.len()) && rest.parse::<i64>().is_ok()
        }
        "nx__" => {
            let bytes = rest.as_bytes();
            bytes.len() == 36
                && bytes.iter().enumerate().all(|(place, byte)| match place {
                    8 | 13 | 18 | 23 => *byte == b'-',
                    14 => *byte == b'7',
                    19 => b"89ab".contains(byte),
                    _ => b"0123456789abcdef".contains(byte),
                })
        }
        _ => false,
    }
}

/// A text is a cursor exactly if a server could have written it, and decodes to the original
/// values.
pub fn cursors(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(cursor) = Cursor::decode(text) {
        assert_eq!(cursor.encode(), text);
        assert!(cursor.event_id >= 0);
    }
    let plain = text.rsplit_once(':').and_then(|(id, event)| Some((id, event.parse().ok()?)));
    if let Some((database_id, event_id @ 0..)) = plain {
        for tag in [None, Some(event_id), Some(-event_id)] {
            let database_id = database_id.replace(':', "");
            let cursor = Cursor { database_id, event_id, tag };
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
    }

    match page::decode_cursor(Some(text)) {
        Ok(Some(place)) => assert_eq!(page::encode_cursor(&place), text),
        Ok(None) => assert_eq!(text, ""),
        Err(error) => assert_eq!(error.to_string(), "10001 bad cursor"),
    }
    match page::decode_number_cursor(Some(text)) {
        Ok(Some(place)) => assert_eq!(page::encode_cursor(&place.to_string()), text),
        Ok(None) => assert_eq!(text, ""),
        Err(error) => assert_eq!(error.to_string(), "10001 bad cursor"),
    }
    if !text.is_empty() {
        let place = page::decode_cursor(Some(&page::encode_cursor(text)));
        assert_eq!(place.unwrap().as_deref(), Some(text));
    }

    let limit = bytes.first().map(|byte| i64::from(*byte) - 20);
    let text_given = Some(text.to_owned());
    let list = ListQuery { cursor: text_given.clone(), limit, with_last_message: text_given };
    match (list.validate(), MaxSeqsQuery { cursor: None, limit }.validate()) {
        (Ok(list), _) => {
            assert!((1..=LIST_MAX).contains(&list.limit));
            assert_eq!(list.with_last_message, text == "true");
            assert!(matches!(text, "true" | "false"), "{text:?}");
        }
        (Err(error), Ok(max_seqs)) => {
            assert!((1..=MAX_SEQS_MAX).contains(&max_seqs.limit));
            refuses(&error, &["cursor", "limit", "with_last_message"]);
        }
        (Err(_), Err(error)) => {
            assert_eq!(error.code(), Code::InvalidParam);
            refuses(&error, &["limit"]);
        }
    }
}
