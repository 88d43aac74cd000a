use crate::UserId;
use serde::Serialize;
use serde_json::json;

/// A message to send.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// The sender's own id of the message, 1-64 bytes. Sending the same one again stores nothing
    /// new and gives the first one's answer, so a send whose answer was lost is safely repeated.
    pub client_msg_id: String,
    /// 1: to a user, 2: to a group.
    pub session_type: i64,
    /// To which user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recv_id: Option<UserId>,
    /// To which group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// 1 is text.
    pub content_type: i64,
    /// A JSON value as text, at most 8,192 bytes.
    pub content: String,
}

impl Draft {
    /// A text to a user.
    #[must_use]
    pub fn text(recv_id: &UserId, client_msg_id: impl Into<String>, text: &str) -> Self {
        Self {
            client_msg_id: client_msg_id.into(),
            session_type: 1,
            recv_id: Some(recv_id.clone()),
            group_id: None,
            content_type: 1,
            content: json!({ "text": text }).to_string(),
        }
    }

    /// A text to a group.
    #[must_use]
    pub fn text_to_group(group_id: &str, client_msg_id: impl Into<String>, text: &str) -> Self {
        Self {
            client_msg_id: client_msg_id.into(),
            session_type: 2,
            recv_id: None,
            group_id: Some(group_id.to_owned()),
            content_type: 1,
            content: json!({ "text": text }).to_string(),
        }
    }
}
