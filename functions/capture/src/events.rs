//! Events and exceptions.

use std::collections::BTreeMap;

use axum::{Extension, extract::State};
use lambdesk_domain::{
    Timestamp,
    capture::{
        SeenEvent, SeenException, SessionId,
        sent::{EXCEPTION, SNAPSHOT, Sent},
        walls,
        wire::Batch,
    },
    settings,
};
use lambdesk_http::body::Raw;
use lambdesk_store::{Refused, Taken};

use crate::{
    Taking,
    answer::{Answered, enough, taken},
    body,
    page::Page,
};

/// What the SDK calls events, where it stops sending them.
const KIND: &str = "events";

/// Takes the events of a page.
pub(crate) async fn take(State(taking): State<Taking>, Extension(Raw(body)): Extension<Raw>) -> Answered {
    let Some(json) = body::json(&body)? else { return Ok(taken()) };
    let batch = body::batch(&json, walls::DEEPEST)?;
    let page = Page::of(&taking.context, &batch).await?;
    let now = taking.context.now();
    if !page.kept.events && !page.kept.exceptions {
        return Ok(taken());
    }
    if taking.days.is_full(page.project, &page.capture, now).await? {
        return Ok(enough(KIND));
    }
    let mut is_full = false;
    for (session, sent) in sessions(&batch, page.kept, now).into_iter().take(walls::SESSIONS) {
        match page.capture.take(&session, &sent, page.kept).await {
            Ok(amount) => taking.days.count(page.project, &page.capture, amount, now).await,
            Err(Refused::Full | Refused::Stranger) => is_full = true,
            Err(Refused::Store(error)) => return Err(error.into()),
        }
    }
    Ok(if is_full { enough(KIND) } else { taken() })
}

/// What is kept of a batch, by session.
fn sessions(batch: &Batch<'_>, kept: settings::Capture, now: Timestamp) -> BTreeMap<SessionId, Taken> {
    let mut sessions: BTreeMap<SessionId, Taken> = BTreeMap::new();
    let sent = batch.events.all.iter().filter_map(|event| Sent::read(event, batch.sent_at.as_deref(), now));
    for event in sent {
        match event.name.as_str() {
            SNAPSHOT => {}
            EXCEPTION => {
                if let Some(exception) = SeenException::of(&event, kept.url_queries).filter(|_| kept.exceptions) {
                    sessions.entry(event.session).or_default().exceptions.push(exception);
                }
            }
            _ if kept.events => {
                let seen = SeenEvent::of(&event, kept.url_queries);
                sessions.entry(event.session).or_default().events.push(seen);
            }
            _ => {}
        }
    }
    sessions
}
