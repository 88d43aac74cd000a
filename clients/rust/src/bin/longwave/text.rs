//! Text of other users in a form that is safe for a terminal.

use longwave_client::{ContentType, Message};
use serde_json::Value;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// A message in one line.
pub fn content(message: &Message) -> String {
    if !message.status.is_normal() {
        return "[revoked]".to_owned();
    }
    let content: Value = serde_json::from_str(&message.content).unwrap_or_default();
    let field = |name: &str| content[name].as_str();
    match message.content_type {
        ContentType::Text | ContentType::Markdown => {
            let text = field("text").map_or_else(|| "[no text]".to_owned(), plain);
            if message.version.is_some() { format!("{text} (edited)") } else { text }
        }
        ContentType::Image => "[image]".to_owned(),
        ContentType::Video => "[video]".to_owned(),
        ContentType::Audio => "[audio]".to_owned(),
        ContentType::File => field("name")
            .map_or_else(|| "[file]".to_owned(), |name| format!("[file] {}", plain(name))),
        _ => "[content for another application]".to_owned(),
    }
}

/// Text in one line, without characters that control the terminal, are invisible or change the
/// order: the only form in which text of other users, or of a server, reaches the terminal.
///
/// Controls and line separators become spaces. Format characters are omitted: the characters that
/// they join or reverse appear in the order in which they were written.
pub fn plain(text: &str) -> String {
    let shown = |character: char| match character.general_category() {
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => Some(' '),
        GeneralCategory::Format => None,
        _ => Some(character),
    };
    text.chars().filter_map(shown).collect()
}

/// A name as part of a sentence: [`plain`], and isolated unless it is ASCII, so that right-to-left
/// letters do not change the order of the words around them.
pub fn name(text: &str) -> String {
    let plain = plain(text);
    if plain.is_ascii() { plain } else { format!("\u{2068}{plain}\u{2069}") }
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
    fn a_text_is_shown_and_other_content_is_named_by_type() {
        assert_eq!(shown(1, r#"{"text":"hi"}"#), "hi");
        assert_eq!(shown(9, r##"{"text":"# hi"}"##), "# hi");
        assert_eq!(shown(5, r#"{"file":"http://x","name":"a.pdf"}"#), "[file] a.pdf");
        assert_eq!(shown(2, r#"{"image":"http://x"}"#), "[image]");
        for other in [6, 12, 100] {
            assert_eq!(shown(other, r#"{"text":"hi"}"#), "[content for another application]");
        }
        for odd in ["1", "[]", r#"{"text":1}"#, "no JSON"] {
            assert_eq!(shown(1, odd), "[no text]");
        }
    }

    #[test]
    fn a_revoked_message_is_named_as_such() {
        let message = json!({
            "server_msg_id": "s", "client_msg_id": "m", "conversation_id": "c", "seq": 1,
            "session_type": 1, "sender_id": "u___1", "content_type": 1, "content": "{}",
            "send_time": 1, "status": 1, "changed_by": "u___1", "changed_at": 2
        });
        assert_eq!(content(&serde_json::from_value(message).unwrap()), "[revoked]");
    }

    #[test]
    fn a_message_cannot_control_the_terminal_or_look_like_two() {
        assert_eq!(shown(1, "{\"text\":\"a\\u001b[2Jb\\nBob: c\\u009b\"}"), "a [2Jb Bob: c ");
        assert_eq!(shown(5, "{\"name\":\"a\\u202efdp.exe\"}"), "[file] afdp.exe");
    }

    #[test]
    fn controls_become_spaces_and_format_characters_are_omitted() {
        for (text, shown) in [
            ("a\r\n\tb\u{7f}\u{85}\u{2028}\u{2029}c", "a   b    c"),
            ("a\u{200b}\u{200d}\u{200e}\u{200f}\u{61c}\u{ad}\u{feff}b", "ab"),
            ("a\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}b", "ab"),
            ("a\u{2066}\u{2067}\u{2068}\u{2069}\u{206f}\u{fff9}\u{e0041}b", "ab"),
            (
                "Zo\u{eb} \u{5e9}\u{5dc} \u{1f600}\u{fe0f}",
                "Zo\u{eb} \u{5e9}\u{5dc} \u{1f600}\u{fe0f}",
            ),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn a_name_that_could_reverse_a_sentence_is_isolated() {
        assert_eq!(name("Bob (1)"), "Bob (1)");
        assert_eq!(name("\u{5e9}\u{202e}\u{2069}"), "\u{2068}\u{5e9}\u{2069}");
    }
}
