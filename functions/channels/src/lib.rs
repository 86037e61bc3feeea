//! Settings of channels: `/api/projects/{project_id}/conversations/email/…`. A project's addresses are its administrators', and
//! what arrived is its agents' to see.

mod addresses;
mod inbound;

use axum::{Extension, Router};
use lambdesk_http::{Context, Problem, Surface, edge::edge, routes};
use utoipa_axum::router::OpenApiRouter;

/// The domain of the desk's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailDomain(Option<String>);

impl MailDomain {
    /// The domain of this name; if it is empty, the desk has no e-mail.
    pub fn new(name: &str) -> Self {
        Self(Some(name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()))
    }

    pub(crate) fn name(&self) -> Result<&str, Problem> {
        self.0.as_deref().ok_or(Problem::NotFound("This desk has no e-mail."))
    }
}

/// The routes with their documentation.
pub fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::remove))
        .routes(routes!(addresses::set_default))
        .routes(routes!(inbound::list))
}

/// The function's router, on a desk whose addresses are of this domain.
pub fn routes(context: Context, domain: MailDomain) -> Router {
    edge(Router::from(api()).layer(Extension(domain)).with_state(context), Surface::Agents)
}
