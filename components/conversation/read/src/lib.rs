//! `POST /api/v1/conversation/read`: moves the caller's read position forward.
//!
//! Body: `conversation_id`, `read_seq` (1 or more). The position is limited to the last visible seq and never moves
//! back; the resulting position is returned. If it moved, the caller's sessions receive a frame 2003, and the others in
//! the conversation a frame 2011, in a group only if it has at most `receipts_live_max` members. `10006` if the
//! conversation is not visible to the caller.

use longwave_core::Result;
use longwave_core::conversation::{ReadRequest, ReadSeq};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve, variables};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn conversation_read(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, read).await
}

async fn read(call: &mut Call) -> Result<ReadSeq> {
    let caller = call.authenticate().await?;
    let read = call.json::<ReadRequest>().await?.validate()?;
    let live_members_max = variables::receipts_live_max().await?;
    let database = database().await?;
    conversation::mark_read(&*database, caller.id(), &read, live_members_max, call.now()).await
}
