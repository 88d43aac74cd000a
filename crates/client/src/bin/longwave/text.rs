//! What others wrote, as a terminal may show it.

use longwave_client::Message;
use serde_json::Value;

/// A message in one line (contract A.2, "Content bodies").
pub fn content(message: &Message) -> String {
    let content: Value = serde_json::from_str(&message.content).unwrap_or_default();
    let field = |name: &str| content[name].as_str();
    match message.content_type {
        1 => field("text").map_or_else(|| "[no text]".to_owned(), plain),
        2 => "[image]".to_owned(),
        3 => "[video]".to_owned(),
        4 => "[audio]".to_owned(),
        5 => field("name")
            .map_or_else(|| "[file]".to_owned(), |name| format!("[file] {}", plain(name))),
        _ => "[something for another application]".to_owned(),
    }
}

/// The text in one line, without what would steer the terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(content_type: i64, text: &str) -> String {
        let message = json!({
            "server_msg_id": "s", "client_msg_id": "m", "conversation_id": "c", "seq": 1,
            "session_type": 1, "sender_id": "u___1", "content_type": content_type, "content": text,
            "send_time": 1
        });
        content(&serde_json::from_value(message).unwrap())
    }

    #[test]
    fn a_text_is_shown_and_other_content_is_named() {
        assert_eq!(shown(1, r#"{"text":"hi"}"#), "hi");
        assert_eq!(shown(5, r#"{"file":"http://x","name":"a.pdf"}"#), "[file] a.pdf");
        assert_eq!(shown(2, r#"{"image":"http://x"}"#), "[image]");
        for odd in ["1", "[]", r#"{"text":1}"#, "no JSON"] {
            assert_eq!(shown(1, odd), "[no text]");
        }
    }

    #[test]
    fn a_message_cannot_steer_the_terminal_or_pretend_to_be_two() {
        assert_eq!(shown(1, "{\"text\":\"a\\u001b[2Jb\\nBob: c\\u009b\"}"), "a [2Jb Bob: c ");
    }
}
