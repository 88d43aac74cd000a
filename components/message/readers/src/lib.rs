//! `GET /api/v1/message/readers`: returns who has, or has not, read a message.
//!
//! Query: `conversation_id`, `seq`, `state` (`read` by default, or `unread`), `cursor`, `limit` (at most 100; 100 if 0 or
//! absent). Users are ascending by id, without the sender and without those to whom the message is not visible; both
//! counts come with every page. `10006` if the conversation is not visible to the caller, and in a group of more than 100
//! members for everybody but the sender, the owner and the admins; `10303` for a former member; `10401` for a seq that is
//! not visible.

use longwave_core::Result;
use longwave_core::receipt::{Readers, ReadersQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::receipt;
use spin_sdk::http_service;

#[http_service]
async fn message_readers(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, readers).await
}

async fn readers(call: &mut Call) -> Result<Readers> {
    let caller = call.authenticate().await?;
    let asked = ReadersQuery {
        conversation_id: call.query("conversation_id")?,
        seq: call.query_number("seq")?,
        state: call.query("state")?,
        cursor: call.query("cursor")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    receipt::readers(&*database().await?, caller.id(), &asked).await
}
