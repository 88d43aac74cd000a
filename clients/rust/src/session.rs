use crate::backoff::ask_within;
use crate::http::Http;
use crate::{
    Ack, ChangesResponse, Conversations, Draft, Edited, Error, Group, LatestMessages, MaxSeqs,
    Message, PollResponse, Profile, PullResponse, ReadState, Readers, Replies, UserId, Versions,
};
use http::Method;
use longwave_core::conversation::ReadSeq;
use longwave_core::message::{LatestResponse, PULL_MAX};
use longwave_core::user::Profiles;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

/// A user who is logged in. Clones share the login.
#[derive(Clone)]
pub struct Session {
    http: Http,
    user_id: UserId,
    token: String,
}

/// Without the token, which must not get into logs.
impl Debug for Session {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(http: Http, user_id: UserId, token: String) -> Self {
        Self { http, user_id, token }
    }

    /// The id of the user.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The token, without `Bearer `: keep it secret.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The user's own profile.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10101` if this login has ended.
    pub async fn me(&self) -> Result<Profile, Error> {
        self.get("/api/v1/user/me", &[]).await
    }

    /// Creates a group of the user, who becomes its owner, and `member_ids`.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10201` if one of them does not exist, `10309` if they are too many.
    pub async fn create_group(&self, name: &str, member_ids: &[UserId]) -> Result<Group, Error> {
        let body = json!({ "name": name, "member_ids": member_ids });
        self.post("/api/v1/group/create", &body).await
    }

    /// Becomes a member of a group.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10301` for a group that does not exist, `10302` for a dismissed
    /// one, `10305` if the user is a member already, `10309` if the group is full.
    pub async fn join_group(&self, group_id: &str) -> Result<(), Error> {
        self.post::<Value>("/api/v1/group/join", &json!({ "group_id": group_id })).await.map(drop)
    }

    /// Leaves a group. The messages of its conversation until now stay visible.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10301`, `10303` if the user is not a member, `10001` if the user is
    /// the owner of a group that is not dismissed.
    pub async fn quit_group(&self, group_id: &str) -> Result<(), Error> {
        self.post::<Value>("/api/v1/group/quit", &json!({ "group_id": group_id })).await.map(drop)
    }

    /// A group that the user is a member of.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10301`, and `10303` if the user is not a member.
    pub async fn group(&self, group_id: &str) -> Result<Group, Error> {
        self.get("/api/v1/group/info", &[("group_id", group_id)]).await
    }

    /// The profiles of 1 to 100 users, each without its `extra`. Users who do not exist are left
    /// out.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001` for no ids, or more than 100.
    pub async fn users(&self, user_ids: &[UserId]) -> Result<Vec<Profile>, Error> {
        let ids: Vec<&str> = user_ids.iter().map(UserId::as_str).collect();
        let Profiles { users } =
            self.get("/api/v1/user/info", &[("user_ids", &ids.join(","))]).await?;
        Ok(users)
    }

    /// A page of the user's conversations with their last messages, the one with the latest message
    /// first; `cursor` is the `next_cursor` of the previous page.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001` for an invalid cursor.
    pub async fn conversations(&self, cursor: Option<&str>) -> Result<Conversations, Error> {
        let query = [("with_last_message", "true"), ("cursor", cursor.unwrap_or_default())];
        self.get("/api/v1/conversation/list", &query).await
    }

    /// Sends a message. Once this returns, the message is stored.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `POST /message/send`. After any other error, you may
    /// send the same draft again.
    pub async fn send(&self, draft: &Draft) -> Result<Ack, Error> {
        self.post("/api/v1/message/send", draft).await
    }

    /// Sends a message like [`Session::send`], and sends it again with the same id while the server
    /// does not answer, fails or asks to wait, for at most `limit`. The message is stored once,
    /// however often it is sent.
    ///
    /// # Errors
    /// A refusal that a retry would not change, at once; the fifth answer of another program
    /// ([`Recovery::Bounded`](crate::Recovery::Bounded)); else the last failure, once no further
    /// attempt fits into `limit`. Except after a refusal of the first kind, the message may have
    /// been stored, and you may send the same draft again.
    pub async fn send_within(&self, draft: &Draft, limit: Duration) -> Result<Ack, Error> {
        ask_within(limit, || self.send(draft)).await
    }

    /// Notifies the others in a conversation that the user is typing. The server does not store
    /// this.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `POST /message/typing`.
    pub async fn typing(&self, conversation_id: &str) -> Result<(), Error> {
        let body = json!({ "conversation_id": conversation_id });
        self.post::<Value>("/api/v1/message/typing", &body).await.map(drop)
    }

    /// Marks a conversation as read up to `read_seq`, at least 1. Returns the stored position,
    /// which is limited to the visible messages and never moves back.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001`, and `10006` if the conversation is not visible to the user.
    pub async fn mark_read(&self, conversation_id: &str, read_seq: i64) -> Result<i64, Error> {
        let body = json!({ "conversation_id": conversation_id, "read_seq": read_seq });
        let ReadSeq { read_seq } = self.post("/api/v1/conversation/read", &body).await?;
        Ok(read_seq)
    }

    /// A page of the user's positions in all conversations, ordered by conversation id; `cursor` is
    /// the `next_cursor` of the previous page.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001` for an invalid cursor.
    pub async fn max_seqs(&self, cursor: Option<&str>) -> Result<MaxSeqs, Error> {
        self.get("/api/v1/message/max_seqs", &[("cursor", cursor.unwrap_or_default())]).await
    }

    /// All messages of a conversation with a seq from `begin` to `end`, which it pulls page by
    /// page.
    ///
    /// # Errors
    /// Those of [`Session::pull`], for the first page that fails.
    pub async fn pull_all(
        &self,
        conversation_id: &str,
        mut begin: i64,
        end: i64,
    ) -> Result<Vec<Message>, Error> {
        let mut messages: Vec<Message> = Vec::new();
        loop {
            let page = self.pull(conversation_id, begin, end, PULL_MAX).await?;
            let last = page.messages.last().map(|message| message.seq);
            messages.extend(page.messages);
            match last {
                Some(last) if page.has_more => begin = last + 1,
                _ => return Ok(messages),
            }
        }
    }

    /// A page of the messages of a conversation with a seq from `begin` to `end`, at most `limit`:
    /// 1 to 100, or 0 for 100. A page of long messages ends early; only `has_more` says whether
    /// more follow.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/pull`.
    pub async fn pull(
        &self,
        conversation_id: &str,
        begin: i64,
        end: i64,
        limit: i64,
    ) -> Result<PullResponse, Error> {
        let range = [("begin_seq", &*begin.to_string()), ("end_seq", &end.to_string())];
        self.pull_by(conversation_id, &range, limit).await
    }

    /// A page like that of [`Session::pull`], but the newest messages of the range, newest first. The next page ends
    /// before the last message of this one.
    ///
    /// # Errors
    /// As [`Session::pull`].
    pub async fn pull_newest(
        &self,
        conversation_id: &str,
        begin: i64,
        end: i64,
        limit: i64,
    ) -> Result<PullResponse, Error> {
        let (begin, end) = (begin.to_string(), end.to_string());
        let range = [("begin_seq", &*begin), ("end_seq", &end), ("order", "desc")];
        self.pull_by(conversation_id, &range, limit).await
    }

    /// The message with this seq, or the nearest visible one, with half of `limit` before it and the rest after it,
    /// ascending; `has_more` if there are visible messages before or after them.
    ///
    /// # Errors
    /// As [`Session::pull`].
    pub async fn pull_around(
        &self,
        conversation_id: &str,
        seq: i64,
        limit: i64,
    ) -> Result<PullResponse, Error> {
        self.pull_by(conversation_id, &[("around", &seq.to_string())], limit).await
    }

    /// The first messages that were sent at a time, in Unix milliseconds, or later, ascending; `has_more` if later ones
    /// follow.
    ///
    /// # Errors
    /// As [`Session::pull`].
    pub async fn pull_at(
        &self,
        conversation_id: &str,
        time: i64,
        limit: i64,
    ) -> Result<PullResponse, Error> {
        self.pull_by(conversation_id, &[("at", &time.to_string())], limit).await
    }

    async fn pull_by(
        &self,
        conversation_id: &str,
        range: &[(&str, &str)],
        limit: i64,
    ) -> Result<PullResponse, Error> {
        let limit = limit.to_string();
        let query = [&[("conversation_id", conversation_id)], range, &[("limit", &limit)]];
        self.get("/api/v1/message/pull", &query.concat()).await
    }

    /// The visible ones of 1 to 100 messages of a conversation, ascending. Long messages end the answer early: then it
    /// has `has_more`, and those after the last one are still to be asked for.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/get`.
    pub async fn messages(
        &self,
        conversation_id: &str,
        seqs: &[i64],
    ) -> Result<PullResponse, Error> {
        let seqs: Vec<String> = seqs.iter().map(i64::to_string).collect();
        let query = [("conversation_id", conversation_id), ("seqs", &seqs.join(","))];
        self.get("/api/v1/message/get", &query).await
    }

    /// A message by the server's id of it.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10401` if the user may not see such a message.
    pub async fn message(&self, server_msg_id: &str) -> Result<Message, Error> {
        let query = [("server_msg_id", server_msg_id)];
        let mut found: PullResponse = self.get("/api/v1/message/get", &query).await?;
        found.messages.pop().ok_or_else(|| Error::Unreadable("it has no message".to_owned()))
    }

    /// The newest messages of 1 to 20 conversations, at most `limit` of each: 1 to 20, or 0 for 20. Conversations that
    /// are not visible to the user are left out.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/latest`.
    pub async fn latest(
        &self,
        conversation_ids: &[&str],
        limit: i64,
    ) -> Result<Vec<LatestMessages>, Error> {
        let (ids, limit) = (conversation_ids.join(","), limit.to_string());
        let query = [("conversation_ids", &*ids), ("limit", &limit)];
        let LatestResponse { conversations } = self.get("/api/v1/message/latest", &query).await?;
        Ok(conversations)
    }

    /// Erases the content of messages for everybody: all of them, 1 to 100, or none. With `trace`, clients show that they
    /// were revoked, otherwise nothing in their place. Messages that were revoked before stay as they are.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `POST /message/revoke`.
    pub async fn revoke(
        &self,
        conversation_id: &str,
        seqs: &[i64],
        trace: bool,
    ) -> Result<(), Error> {
        let body = json!({ "conversation_id": conversation_id, "seqs": seqs, "trace": trace });
        let _: Value = self.post("/api/v1/message/revoke", &body).await?;
        Ok(())
    }

    /// Replaces the content of an own message, a JSON value as text. With `base_version`, only if that version is stored.
    /// Safe to repeat: the same content again changes nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `POST /message/edit`.
    pub async fn edit(
        &self,
        conversation_id: &str,
        seq: i64,
        content: &str,
        base_version: Option<i64>,
    ) -> Result<Edited, Error> {
        let body = json!({
            "conversation_id": conversation_id, "seq": seq, "content": content,
            "base_version": base_version,
        });
        self.post("/api/v1/message/edit", &body).await
    }

    /// A page of the users who have, or have not, read a message. The next page begins at `next_cursor` of this one.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/readers`.
    pub async fn readers(
        &self,
        conversation_id: &str,
        seq: i64,
        state: ReadState,
        cursor: Option<&str>,
    ) -> Result<Readers, Error> {
        let seq = seq.to_string();
        let state = match state {
            ReadState::Read => "read",
            ReadState::Unread => "unread",
        };
        let query = [
            ("conversation_id", conversation_id),
            ("seq", seq.as_str()),
            ("state", state),
            ("cursor", cursor.unwrap_or_default()),
        ];
        self.get("/api/v1/message/readers", &query).await
    }

    /// A page of the messages that quote a message, ascending by seq. The next page begins at `next_cursor` of this one.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/replies`.
    pub async fn replies(
        &self,
        conversation_id: &str,
        seq: i64,
        cursor: Option<&str>,
    ) -> Result<Replies, Error> {
        let seq = seq.to_string();
        let query = [
            ("conversation_id", conversation_id),
            ("seq", seq.as_str()),
            ("cursor", cursor.unwrap_or_default()),
        ];
        self.get("/api/v1/message/replies", &query).await
    }

    /// The kept versions of a message, ascending; the last one is its content.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/versions`.
    pub async fn versions(&self, conversation_id: &str, seq: i64) -> Result<Versions, Error> {
        let seq = seq.to_string();
        let query = [("conversation_id", conversation_id), ("seq", seq.as_str())];
        self.get("/api/v1/message/versions", &query).await
    }

    /// A page of the messages of a conversation that changed since a version, as they are now; all that ever changed
    /// without one. The next page begins at `version` of this one.
    ///
    /// # Errors
    /// [`Error::Refused`] with the codes of `GET /message/changes`.
    pub async fn changes(
        &self,
        conversation_id: &str,
        since: Option<&str>,
    ) -> Result<ChangesResponse, Error> {
        let query = [("conversation_id", conversation_id), ("since", since.unwrap_or_default())];
        self.get("/api/v1/message/changes", &query).await
    }

    /// The events after a cursor, as soon as there are any; no events after `timeout`, of which
    /// whole seconds up to 50 count. Without a cursor, the answer comes at once, with a cursor to
    /// start from.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10101` if this login has ended.
    pub async fn poll(
        &self,
        cursor: Option<&str>,
        timeout: Duration,
    ) -> Result<PollResponse, Error> {
        let timeout = timeout.as_secs().to_string();
        let mut query = vec![("timeout", timeout.as_str())];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.get("/api/v1/realtime/poll", &query).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.http.call(Method::POST, path, Some(&self.token), Some(body)).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let path = format!("{path}?{query}");
        self.http.call(Method::GET, &path, Some(&self.token), None::<&Value>).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Reply::{Cut, Data, Foreign, Refusal, Silence};
    use crate::script::{Script, draft, message, user};
    use crate::{Client, Recovery};
    use tokio::time::timeout;

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn a_message_is_sent_again_under_its_id_until_the_server_has_it() {
        let ack = json!({ "server_msg_id": "s", "conversation_id": "c", "seq": 7, "send_time": 1 });
        let wait = Some(0);
        let replies =
            [Cut, Refusal(429, 10005, None, wait), Refusal(500, 20402, None, wait), Data(ack)];
        let script = Script::start(replies).await;
        let session = script.session.clone();
        let sent = tokio::spawn(async move { session.send_within(&draft("m1"), MINUTE).await });
        assert_eq!(sent.await.unwrap().unwrap().seq, 7);
        let asked = script.asked();
        assert!(asked[0].contains(r#""client_msg_id":"m1""#), "{asked:?}");
        assert!(asked.iter().all(|request| *request == asked[0]), "{asked:?}");
    }

    #[tokio::test]
    async fn a_message_that_is_refused_is_not_sent_again() {
        for (status, code) in [(404, 10201), (409, 10402), (401, 10101), (413, 10403)] {
            let script = Script::start([Refusal(status, code, None, None)]).await;
            let refused = script.session.send_within(&draft("m1"), MINUTE).await;
            assert_eq!(refused.unwrap_err().code(), Some(code));
            assert_eq!(script.asked().len(), 1);
        }
    }

    #[tokio::test]
    async fn a_message_is_sent_again_after_a_temporary_404_of_a_router() {
        let ack = json!({ "server_msg_id": "s", "conversation_id": "c", "seq": 7, "send_time": 1 });
        let script = Script::start([Foreign(404, "<html>"), Data(ack)]).await;
        let sent = script.session.send_within(&draft("m1"), MINUTE).await;
        assert_eq!(sent.unwrap().seq, 7);
        assert_eq!(script.asked().len(), 2);
    }

    #[tokio::test]
    async fn pull_all_follows_has_more_and_not_the_length_of_a_page() {
        let page = |seqs: std::ops::RangeInclusive<i64>, has_more: bool| {
            let messages: Vec<_> = seqs.map(|seq| message("c", seq)).collect();
            Data(json!({ "messages": messages, "has_more": has_more }))
        };
        let script =
            Script::start([page(1..=1, true), page(2..=9, true), page(10..=20, false)]).await;
        let pulled = script.session.pull_all("c", 1, 20).await.unwrap();
        assert!(pulled.iter().map(|message| message.seq).eq(1..=20));
        let asked = script.asked();
        assert!(
            asked[1].contains("begin_seq=2&") && asked[2].contains("begin_seq=10&"),
            "{asked:?}"
        );
    }

    #[tokio::test]
    async fn each_way_to_read_messages_has_its_own_parameters() {
        let found = json!({ "messages": [message("c", 7)], "has_more": false });
        let item = json!({ "conversation_id": "c", "messages": [], "has_more": true });
        let latest = json!({ "conversations": [item] });
        let replies = std::iter::repeat_n(found, 6).chain([latest]).map(Data);
        let script = Script::start(replies).await;
        let session = &script.session;
        session.pull("c", 1, 9, 3).await.unwrap();
        session.pull_newest("c", 1, 9, 3).await.unwrap();
        session.pull_around("c", 7, 3).await.unwrap();
        session.pull_at("c", 1_000, 3).await.unwrap();
        session.messages("c", &[7, 8]).await.unwrap();
        assert_eq!(session.message("s").await.unwrap().seq, 7);
        assert!(session.latest(&["c", "d"], 3).await.unwrap()[0].has_more);
        let pull = "GET message/pull?conversation_id=c";
        assert_eq!(
            script.asked(),
            [
                format!("{pull}&begin_seq=1&end_seq=9&limit=3"),
                format!("{pull}&begin_seq=1&end_seq=9&order=desc&limit=3"),
                format!("{pull}&around=7&limit=3"),
                format!("{pull}&at=1000&limit=3"),
                "GET message/get?conversation_id=c&seqs=7%2C8".to_owned(),
                "GET message/get?server_msg_id=s".to_owned(),
                "GET message/latest?conversation_ids=c%2Cd&limit=3".to_owned(),
            ]
        );
    }

    #[tokio::test]
    async fn a_message_that_cannot_be_sent_in_time_is_given_up() {
        let script = Script::start([Refusal(429, 10005, None, Some(61))]).await;
        let refused = script.session.send_within(&draft("m1"), MINUTE).await;
        assert_eq!(refused.unwrap_err().code(), Some(10005));
        let script = Script::start([Cut]).await;
        let failed = script.session.send_within(&draft("m1"), Duration::from_millis(100)).await;
        assert!(failed.unwrap_err().is_temporary());
    }

    #[tokio::test]
    async fn a_token_that_no_header_can_have_is_a_final_error() {
        let script = Script::start([]).await;
        let token = "two\nlines".to_owned();
        let session = Session::new(script.session.http.clone(), user(1), token);
        assert_eq!(session.me().await.unwrap_err().recovery(), Recovery::Final);
        let sent = session.send_within(&draft("m1"), MINUTE).await;
        assert!(matches!(sent.unwrap_err(), Error::Request(_)));
        assert!(script.asked().is_empty());
    }

    #[tokio::test]
    async fn an_endless_answer_is_not_read_to_its_end() {
        let long = "x".repeat(9 << 20);
        let script = Script::start([Data(json!({ "nickname": long }))]).await;
        let error = script.session.me().await.unwrap_err();
        assert!(matches!(error, Error::Protocol { status: 200, .. }), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_an_answer_ends_with_an_error() {
        let script = Script::start([Silence]).await;
        let ended = timeout(10 * MINUTE, script.session.me()).await;
        assert!(ended.expect("an end").unwrap_err().is_temporary());
    }

    #[test]
    fn a_session_does_not_print_its_token() {
        let client = Client::new("http://127.0.0.1:1").unwrap();
        let shown = format!("{:?}", client.with_token(user(1), "a secret".to_owned()));
        assert!(shown.contains(user(1).as_str()) && !shown.contains("a secret"), "{shown}");
    }

    #[tokio::test]
    async fn typing_is_sent_with_its_conversation() {
        let script = Script::start([Data(json!({}))]).await;
        script.session.typing("sg_g").await.unwrap();
        assert_eq!(script.asked(), [r#"POST message/typing {"conversation_id":"sg_g"}"#]);
    }
}
