//! The scopes that openapi.json names for an operation of the agents' API. They are those that its handler checks, because both
//! come from the type of the handler's first argument.

use axum::routing::MethodRouter;
use lambdesk_domain::permission::Permission;
use utoipa::openapi::Paths;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::{Context, Surface, auth::Authenticated, document::operations};

/// A handler whose first argument authenticates the caller. `Arguments` are the types of all its arguments.
#[diagnostic::on_unimplemented(
    message = "the first argument of `{Self}` names no permission",
    note = "a handler of the agents' API begins with `Agent<P>`, `Caller<P>` or another `Authenticated` argument"
)]
pub trait Guarded<Arguments> {
    /// What the first argument checks.
    type Permission: Permission;
}

macro_rules! guarded {
    ($($rest:ident)*) => {
        impl<H, F, A: Authenticated, $($rest),*> Guarded<(A, $($rest,)*)> for H
        where
            H: Fn(A, $($rest),*) -> F,
        {
            type Permission = A::Permission;
        }
    };
}

guarded!();
guarded!(B);
guarded!(B C);
guarded!(B C D);

/// The routes of some handlers, as `utoipa_axum::routes!` makes them.
type Routes = UtoipaMethodRouter<Context>;

/// The route of a handler, documented with the scopes that the handler requires. [`routes!`](crate::routes!) calls it.
pub fn scoped<Arguments, H: Guarded<Arguments>>((schemas, mut paths, router): Routes, _handler: H) -> Routes {
    for operation in paths.paths.values_mut().flat_map(operations) {
        operation.security = Some(vec![Surface::Agents.requirement(H::Permission::SCOPES)]);
    }
    (schemas, paths, router)
}

/// The routes of several handlers as one. [`routes!`](crate::routes!) calls it.
pub fn together(all: impl IntoIterator<Item = Routes>) -> Routes {
    let none = (Vec::new(), Paths::new(), MethodRouter::new());
    all.into_iter().fold(none, |(mut schemas, mut paths, router), (more_schemas, more_paths, more)| {
        schemas.extend(more_schemas);
        paths.merge(more_paths);
        (schemas, paths, router.merge(more))
    })
}

/// The routes of handlers of the agents' API, as `utoipa_axum::routes!` makes them, each with the scopes that its first argument
/// requires.
///
/// ```
/// # use lambdesk_domain::permission::ReadTickets;
/// # use lambdesk_http::{Agent, Context, routes};
/// # use utoipa_axum::router::OpenApiRouter;
/// #[utoipa::path(get, path = "/api/projects/{project_id}/name")]
/// async fn name(agent: Agent<ReadTickets>) {}
///
/// let api: OpenApiRouter<Context> = OpenApiRouter::new().routes(routes!(name));
/// ```
///
/// A handler whose first argument names no permission does not compile. A public one goes through `utoipa_axum::routes!`, and
/// declares itself public.
///
/// ```compile_fail,E0277
/// # use lambdesk_http::{Context, routes};
/// # use utoipa_axum::router::OpenApiRouter;
/// #[utoipa::path(get, path = "/api/projects/{project_id}/name")]
/// async fn name(method: axum::http::Method) {}
///
/// let api: OpenApiRouter<Context> = OpenApiRouter::new().routes(routes!(name));
/// ```
#[macro_export]
macro_rules! routes {
    ($($($part:ident)::+),+ $(,)?) => {
        $crate::scopes::together([
            $($crate::scopes::scoped(utoipa_axum::routes!($($part)::+), $($part)::+)),+
        ])
    };
}
