//! Project administration: `/api/projects/…` and `/api/personal_api_keys/…`, what concerns the caller alone at `/api/me/…`, and
//! the description of all APIs at `/api/openapi.json`.
//!
//! Administrators read the table itself, not what a warm function remembers of it. Some rules concern several items: a project
//! keeps an administrator, and no two roles share a name. `administration` of the domain decides those, in a closure that the store
//! runs again after each lost race.

mod audit;
mod document;
mod input;
mod keys;
mod me;
mod members;
mod preferences;
mod project;
mod roles;
mod sessions;
mod settings;
mod tokens;

use axum::{Extension, Router};
use lambdesk_http::{Context, Surface, api::Api, edge::edge, mail_domain::MailDomain, public_routes, routes, session::SignIn};

/// The handlers, as a router or as their description.
pub fn api<A: Api>() -> A {
    A::empty()
        .routes(routes!(project::list, project::create))
        .routes(routes!(project::retrieve, project::update))
        .routes(routes!(tokens::rotate_secret))
        .routes(routes!(tokens::reveal_secret))
        .routes(routes!(tokens::delete_secret_backup))
        .routes(routes!(audit::list))
        .routes(routes!(tokens::rotate_widget))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::update, members::remove))
        .routes(routes!(members::unbind))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::update, roles::delete))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::delete))
        .routes(routes!(me::retrieve))
        .routes(routes!(sessions::list, sessions::end_all))
        .routes(routes!(sessions::retrieve, sessions::end))
        .routes(routes!(preferences::retrieve, preferences::replace))
        .routes(public_routes!(document::openapi))
}

/// The function's router, on a desk to which agents sign in like this, and whose addresses are of this domain.
pub fn routes(context: Context, sign_in: SignIn, domain: MailDomain) -> Router {
    let routes = api::<Router<Context>>().layer(Extension(sign_in)).layer(Extension(domain));
    edge(routes.with_state(context), Surface::Agents)
}
