//! The test plan of nexo: its 29 tests, with its groups, names and assertions, against today's
//! routes and codes.
#![expect(non_snake_case, reason = "the names are the plan's")]

mod auth;
mod conversation;
mod flow;
mod group;
mod message;
mod realtime;
mod user;

use crate::support::server::Server;
use longwave_client::{Ack, Draft, Session};
use serde_json::Value;

impl Server {
    /// A user's view of a conversation, as the list shows it.
    async fn conversation(&self, user: &Session, conversation_id: &str) -> Value {
        let list = "/api/v1/conversation/list?with_last_message=true";
        let data = self.get(user, list).await.data();
        let mut items = data["conversations"].as_array().unwrap().iter();
        let item = items.find(|item| item["conversation_id"] == conversation_id);
        item.unwrap_or_else(|| panic!("{conversation_id} is not in {data}")).clone()
    }
}

/// Sends texts to one user, one after the other.
async fn send_texts(from: &Session, to: &Session, count: usize) -> Vec<Ack> {
    let mut acks = Vec::new();
    for number in 1..=count {
        let draft = Draft::text(to.user_id(), format!("m{number}"), &format!("text {number}"));
        acks.push(from.send(&draft).await.unwrap());
    }
    acks
}
