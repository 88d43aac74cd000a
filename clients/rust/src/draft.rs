use crate::{ContentType, SessionType, UserId};
use serde::Serialize;
use serde_json::json;

/// A message to send.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// The sender's own id of the message, 1 to 64 bytes. Sending the same draft again stores
    /// nothing new and returns the first answer, so a send whose answer was lost is safe to repeat.
    pub client_msg_id: String,
    /// Whether the recipient is a user or a group.
    pub session_type: SessionType,
    /// The recipient, if it is a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recv_id: Option<UserId>,
    /// The recipient, if it is a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// The type of the content.
    pub content_type: ContentType,
    /// A JSON value as text, at most 8,192 bytes.
    pub content: String,
    /// The number of the message in the conversation that this one quotes, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_seq: Option<i64>,
}

impl Draft {
    /// A text to a user.
    #[must_use]
    pub fn text(recv_id: &UserId, client_msg_id: impl Into<String>, text: &str) -> Self {
        Self {
            client_msg_id: client_msg_id.into(),
            session_type: SessionType::Single,
            recv_id: Some(recv_id.clone()),
            group_id: None,
            content_type: ContentType::Text,
            content: json!({ "text": text }).to_string(),
            quote_seq: None,
        }
    }

    /// A text to a group.
    #[must_use]
    pub fn text_to_group(group_id: &str, client_msg_id: impl Into<String>, text: &str) -> Self {
        Self {
            client_msg_id: client_msg_id.into(),
            session_type: SessionType::Group,
            recv_id: None,
            group_id: Some(group_id.to_owned()),
            content_type: ContentType::Text,
            content: json!({ "text": text }).to_string(),
            quote_seq: None,
        }
    }
}
