//! `GET /api/v1/message/get`: returns single messages, ascending by seq.
//!
//! Query: either `conversation_id` and `seqs` (1 to 100 numbers separated by commas), or `server_msg_id`. Seqs that are
//! not visible to the caller are left out; `has_more` says that large messages ended the response early. `10006` if the
//! conversation is not visible to the caller, `10401` if the message with this id is not, whether or not they exist.

use longwave_core::Result;
use longwave_core::message::{MessagesQuery, PullResponse};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_get(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, get).await
}

async fn get(call: &mut Call) -> Result<PullResponse> {
    let caller = call.authenticate().await?;
    let asked = MessagesQuery {
        conversation_id: call.query("conversation_id")?,
        seqs: call.query("seqs")?,
        server_msg_id: call.query("server_msg_id")?,
    }
    .validate()?;
    message::get(&*database().await?, caller.id(), &asked).await
}
