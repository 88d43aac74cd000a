//! `POST /api/v1/conversation/read`: moves the caller's read position.
//!
//! Body: `conversation_id`, `read_seq` (1 or more). Clamped to what is visible, never going back;
//! answered as stored. The caller's sessions get a frame 2003 when it moved. `10006` for somebody who
//! has no part in the conversation.

use longwave_core::Result;
use longwave_core::conversation::{ReadRequest, ReadSeq};
use longwave_edge::{Call, IntoResponse, Method, Request, clock, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn conversation_read(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, read).await
}

async fn read(call: &mut Call) -> Result<ReadSeq> {
    let caller = call.authenticate().await?;
    let (id, read_seq) = call.json::<ReadRequest>().await?.validate()?;
    let database = database().await?;
    conversation::mark_read(&*database, caller.id(), &id, read_seq, clock::now()).await
}
