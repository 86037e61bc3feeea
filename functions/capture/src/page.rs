//! Whose page a request comes from, and what its project keeps.

use lambdesk_domain::{
    ProjectId,
    capture::{sent::token_of, wire::Batch},
    settings,
};
use lambdesk_http::{Context, Problem};
use lambdesk_store::{Capture, Principal};

/// A page with a project's public token.
pub(crate) struct Page {
    pub(crate) project: ProjectId,
    pub(crate) capture: Capture,
    /// What the project keeps: nothing, where it has conversations off.
    pub(crate) kept: settings::Capture,
}

const UNKNOWN: Problem = Problem::Unauthenticated("Unknown project token.");

impl Page {
    /// The page that sent a batch. The token stands beside the events, or in each of them; the first one counts.
    pub(crate) async fn of(context: &Context, batch: &Batch<'_>) -> Result<Self, Problem> {
        let in_event = || batch.events.all.first().and_then(|event| token_of(event));
        let token = batch.token.as_deref().map(str::to_owned).or_else(in_event).ok_or(UNKNOWN)?;
        let Some(Principal::Page(page)) = context.enter(&token).await? else { return Err(UNKNOWN) };
        let project = page.project().await?.ok_or(UNKNOWN)?;
        let kept = project.settings.capture();
        let on = project.conversations_enabled;
        let kept = settings::Capture {
            events: on && kept.events,
            exceptions: on && kept.exceptions,
            recording: on && kept.recording,
            ..kept
        };
        Ok(Self { project: project.id, capture: page.capture(), kept })
    }
}
