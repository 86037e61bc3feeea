//! One list of a function's handlers, from which its router is made, and its part of openapi.json.
//!
//! A deployed function makes only the router. The description is code of its own, which a program that does not ask for it does
//! not have in it: describing all its routes took `tickets` 4 of the 9 ms of its start.

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, MethodRouter},
};
use utoipa::{
    Path,
    openapi::{HttpMethod, OpenApi},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::{Context, scopes::Guarded};

#[doc(hidden)]
pub use utoipa_axum::{paste, routes as describe};

/// A handler's description, as `utoipa_axum::routes!` makes it.
pub type Description = UtoipaMethodRouter<Context>;

/// What is made of a function's handlers: a [`Router`], which serves them, or an [`OpenApi`], which describes them. Handlers are
/// added by [`routes!`](crate::routes!) and [`public_routes!`](crate::public_routes!).
pub trait Api: Sized {
    /// No handlers.
    fn empty() -> Self;

    /// Adds a handler, which answers the methods of `P` at its path. `describe` describes it.
    #[must_use]
    fn handler<P, H, T>(self, handler: H, describe: impl FnOnce() -> Description) -> Self
    where
        P: Path,
        H: Handler<T, Context>,
        T: 'static;

    /// Adds all handlers of another list.
    #[must_use]
    fn and(self, other: Self) -> Self;

    /// Adds the handlers of one macro.
    #[must_use]
    fn routes(self, add: impl FnOnce(Self) -> Self) -> Self {
        add(self)
    }
}

impl Api for Router<Context> {
    fn empty() -> Self {
        Self::new()
    }

    fn handler<P, H, T>(self, handler: H, _: impl FnOnce() -> Description) -> Self
    where
        P: Path,
        H: Handler<T, Context>,
        T: 'static,
    {
        let Some(methods) = P::methods().iter().map(filter).reduce(MethodFilter::or) else { return self };
        self.route(&P::path(), MethodRouter::new().on(methods, handler))
    }

    fn and(self, other: Self) -> Self {
        self.merge(other)
    }
}

impl Api for OpenApi {
    fn empty() -> Self {
        OpenApiRouter::<Context>::new().into_openapi()
    }

    fn handler<P, H, T>(self, _: H, describe: impl FnOnce() -> Description) -> Self
    where
        P: Path,
        H: Handler<T, Context>,
        T: 'static,
    {
        OpenApiRouter::with_openapi(self).routes(describe()).into_openapi()
    }

    fn and(mut self, other: Self) -> Self {
        self.merge(other);
        self
    }
}

fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
    }
}

/// The scopes that a handler's first argument requires, in its description. [`routes!`](crate::routes!) calls it.
pub fn scoped<Arguments, H: Guarded<Arguments>>(description: Description, _handler: H) -> Description {
    crate::scopes::name::<H::Permission>(description)
}

/// Handlers of the agents' API, each described with the scopes that its first argument requires.
///
/// ```
/// # use lambdesk_domain::permission::ReadTickets;
/// # use lambdesk_http::{Agent, api::Api, routes};
/// #[utoipa::path(get, path = "/api/projects/{project_id}/name")]
/// async fn name(agent: Agent<ReadTickets>) {}
///
/// fn api<A: Api>() -> A {
///     A::empty().routes(routes!(name))
/// }
/// ```
///
/// A handler whose first argument names no permission does not compile. A public one goes through
/// [`public_routes!`](crate::public_routes!), and declares itself public.
///
/// ```compile_fail,E0277
/// # use lambdesk_http::{api::Api, routes};
/// #[utoipa::path(get, path = "/api/projects/{project_id}/name")]
/// async fn name(method: axum::http::Method) {}
///
/// fn api<A: Api>() -> A {
///     A::empty().routes(routes!(name))
/// }
/// ```
#[macro_export]
macro_rules! routes {
    ($($($part:ident)::+),+ $(,)?) => {
        |api| {
            $(let api = $crate::handler!(
                api, $($part)::+, $crate::api::scoped($crate::api::describe!($($part)::+), $($part)::+)
            );)+
            api
        }
    };
}

/// Handlers that check their callers themselves, or that anyone may call.
#[macro_export]
macro_rules! public_routes {
    ($($($part:ident)::+),+ $(,)?) => {
        |api| {
            $(let api = $crate::handler!(api, $($part)::+, $crate::api::describe!($($part)::+));)+
            api
        }
    };
}

/// One handler, and its description. The type that `#[utoipa::path]` made of its path has the handler's name, behind `__path_`.
#[doc(hidden)]
#[macro_export]
macro_rules! handler {
    ($api:ident, $($part:ident)::+, $description:expr) => {
        $crate::handler!(@path $api, ($($part)::+), $description, [] $($part)::+)
    };
    (@path $api:ident, $handler:tt, $description:expr, [$($module:tt)*] $first:ident :: $($rest:ident)::+) => {
        $crate::handler!(@path $api, $handler, $description, [$($module)* $first ::] $($rest)::+)
    };
    (@path $api:ident, ($($part:ident)::+), $description:expr, [$($module:tt)*] $last:ident) => {
        $crate::api::paste! {
            $crate::api::Api::handler::<$($module)* [<__path_ $last>], _, _>($api, $($part)::+, || $description)
        }
    };
}
