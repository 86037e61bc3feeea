//! The agents' REST API: `/api/projects/{project_id}/conversations/…`. Paths and fields are those of PostHog Support's API
//! (docs/compatibility.md).
//!
//! A handler loads, lets the domain decide, commits in one write, and responds. Its first argument authenticates the caller and
//! checks the project and the permission.

mod activity;
mod attachments;
mod body;
mod bulk;
mod bulk_changes;
mod changes;
mod compose;
mod context;
mod create;
mod creator;
mod expect;
mod full_email;
mod input;
mod list;
mod messages;
mod person;
mod previous;
mod quick_actions;
mod saved;
mod sla;
mod sync;
mod tags;
mod ticket;
mod unread;
mod views;
mod workflows;

use axum::{Extension, Router};
use lambdesk_bucket::Bucket;
use lambdesk_http::{Context, Surface, api::Api, edge::edge, mail_domain::MailDomain, routes};

/// The handlers, as a router or as their description.
pub fn api<A: Api>() -> A {
    A::empty()
        .routes(routes!(list::list, create::create))
        .routes(routes!(list::unread_count))
        .routes(routes!(compose::compose))
        .routes(routes!(compose::files::announce))
        .routes(routes!(bulk::update_status))
        .routes(routes!(bulk::update_tags))
        .routes(routes!(bulk_changes::update))
        .routes(routes!(ticket::retrieve, ticket::update, ticket::replace, ticket::delete))
        .routes(routes!(unread::mark))
        .routes(routes!(sync::sync))
        .routes(routes!(attachments::announce))
        .routes(routes!(attachments::link))
        .routes(routes!(messages::messages))
        .routes(routes!(full_email::full_email))
        .routes(routes!(messages::reply))
        .routes(routes!(messages::resend))
        .routes(routes!(messages::edit_note, messages::delete_note))
        .routes(routes!(activity::activity))
        .routes(routes!(previous::previous))
        .routes(routes!(context::context))
        .routes(routes!(context::recording))
        .routes(routes!(context::chunk))
        .routes(routes!(tags::list))
        .and(sla::api())
        .and(views::api())
        .and(quick_actions::api())
        .and(workflows::api())
}

/// The function's router, with the bucket of files, on a desk whose addresses are of this domain.
pub fn routes(context: Context, files: Bucket, domain: MailDomain) -> Router {
    edge(api::<Router<Context>>().layer(Extension(files)).layer(Extension(domain)).with_state(context), Surface::Agents)
}
