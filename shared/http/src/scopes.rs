//! The scopes that openapi.json names for an operation of the agents' API. They are those that its handler checks, because both
//! come from the type of the handler's first argument.

use lambdesk_domain::permission::Permission;

use crate::{Surface, api::Description, auth::Authenticated, document::operations};

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

/// Names the scopes of a permission in the description of a handler.
pub(crate) fn name<P: Permission>((schemas, mut paths, router): Description) -> Description {
    for operation in paths.paths.values_mut().flat_map(operations) {
        operation.security = Some(vec![Surface::Agents.requirement(P::SCOPES)]);
    }
    (schemas, paths, router)
}
