//! Recordings of who has written. What the recorder saw of anybody else is not stored.

use std::collections::BTreeSet;

use axum::{Extension, extract::State};
use lambdesk_domain::capture::{SessionId, recording::Piece, walls};
use lambdesk_http::{Problem, body::Raw};
use lambdesk_store::Refused;

use crate::{
    Taking,
    answer::{Answered, enough, taken},
    body,
    page::Page,
};

/// What the SDK calls recordings, where it stops sending them.
const KIND: &str = "recordings";

/// Takes parts of a recording. A session that no ticket names yet is answered with 503, before anything is stored: the SDK sends
/// the same again within seconds, and by then the desk has heard of the ticket.
pub(crate) async fn take(State(taking): State<Taking>, Extension(Raw(body)): Extension<Raw>) -> Answered {
    let Some(json) = body::json(&body)? else { return Ok(taken()) };
    let batch = body::batch(&json, walls::DEEPEST_RECORDING)?;
    let page = Page::of(&taking.context, &batch).await?;
    let now = taking.context.now();
    if !page.kept.recording || taking.days.is_full(page.project, &page.capture, now).await? {
        return Ok(enough(KIND));
    }
    let read = batch.events.all.iter().filter_map(|event| Piece::read(event, batch.sent_at.as_deref(), now));
    let pieces: Vec<_> = read.collect();
    let sessions: BTreeSet<&SessionId> = pieces.iter().map(|piece| &piece.session).collect();
    let sessions: Vec<_> = sessions.into_iter().take(walls::SESSIONS).collect();
    // Before anything is zipped: it costs a read unit for each session, and the rest much more.
    let mut full = BTreeSet::new();
    for session in &sessions {
        if is_full(page.capture.admits_recording(session).await)? {
            full.insert(*session);
        }
    }
    for piece in pieces.iter().filter(|piece| sessions.contains(&&piece.session)) {
        if !full.contains(&piece.session) && is_full(record(&taking, &page, piece).await)? {
            full.insert(&piece.session);
        }
    }
    Ok(if full.is_empty() { taken() } else { enough(KIND) })
}

/// Whether the session has sent all that it may.
fn is_full(outcome: Result<(), Refused>) -> Result<bool, Problem> {
    match outcome {
        Ok(()) => Ok(false),
        Err(Refused::Full) => Ok(true),
        Err(Refused::Stranger) => Err(Problem::NotNamedYet),
        Err(Refused::Store(error)) => Err(error.into()),
    }
}

async fn record(taking: &Taking, page: &Page, piece: &Piece<'_>) -> Result<(), Refused> {
    let now = taking.context.now();
    let parts = piece.parts(now);
    let amount = page.capture.record(&piece.session, piece.window.as_deref(), &parts, page.kept).await?;
    taking.days.count(page.project, &page.capture, amount, now).await;
    Ok(())
}
