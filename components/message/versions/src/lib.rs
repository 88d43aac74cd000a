//! `GET /api/v1/message/versions`: returns the versions of a message.
//!
//! Query: `conversation_id`, `seq`. The versions are ascending; the last one is the content of the message. A former
//! member sees those from before leaving. `10006` if the conversation is not visible to the caller, or if `edit_history`
//! is not `all`; `10401` for a seq that is not visible; `10410` if the message was revoked or removed.

use longwave_core::message::{EditHistory, Versions, VersionsQuery};
use longwave_core::{Code, Error, Result};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve, variables};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_versions(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, versions).await
}

async fn versions(call: &mut Call) -> Result<Versions> {
    let caller = call.authenticate().await?;
    let of = VersionsQuery {
        conversation_id: call.query("conversation_id")?,
        seq: call.query_number("seq")?,
    }
    .validate()?;
    if variables::edit_history().await? != EditHistory::All {
        return Err(Error::new(Code::NoPermission, "earlier versions cannot be read here"));
    }
    message::versions(&*database().await?, caller.id(), &of).await
}
