//! Permissions as types: what a caller may do is a type parameter of what the caller holds.
//!
//! A handle on a project's data is `Desk<P>`. The traits here say which of its methods exist for which `P`, so a handler that
//! was given a reader's handle can't write, whatever its author wrote. They are sealed: nobody else can add a permission.

use crate::scope::{Scope, Scopes};

/// What a personal API key must be allowed to do.
pub trait Permission: sealed::Holder {
    /// The scopes that the permission needs, all of them together.
    const SCOPES: &'static [Scope];

    /// Whether these scopes grant the permission.
    fn granted_by(scopes: &Scopes) -> bool {
        Self::SCOPES.iter().all(|scope| scopes.allow(*scope))
    }
}

/// Whoever may read tickets, messages, notes and counts. Reading a ticket may mark it as read.
pub trait ReadsTickets: sealed::Holder {}

/// Whoever may change a ticket that is there.
pub trait ChangesTickets: ReadsTickets {}

/// Whoever may also create tickets.
pub trait CreatesTickets: ChangesTickets {}

/// Whoever may also delete tickets, write notes, and save what members save beside them: views and quick actions.
pub trait WritesTickets: CreatesTickets {}

/// Whoever may read a project, its members and its roles.
pub trait ReadsProjects: sealed::Holder {}

/// Whoever may administer a project, and see its secret.
pub trait WritesProjects: ReadsProjects {}

/// Whoever may read workflows and their runs.
pub trait ReadsWorkflows: sealed::Holder {}

/// Whoever may save and remove workflows.
pub trait WritesWorkflows: ReadsWorkflows {}

mod sealed {
    /// Implemented by the types of this module and by no other.
    pub trait Holder: Send + Sync + 'static {}
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $($scope:ident)&+ : $($may:ident)&+;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl sealed::Holder for $name {}

        impl Permission for $name {
            const SCOPES: &'static [Scope] = &[$(Scope::$scope),+];
        }

        $(impl $may for $name {})+
    )+};
}

permissions! {
    /// `ticket:read`.
    ReadTickets = TicketRead: ReadsTickets;
    /// `ticket:write`.
    WriteTickets = TicketWrite: ReadsTickets & ChangesTickets & CreatesTickets & WritesTickets;
    /// `project:read`.
    ReadProjects = ProjectRead: ReadsProjects;
    /// `project:write`.
    WriteProjects = ProjectWrite: ReadsProjects & WritesProjects;
    /// `workflow:read`.
    ReadWorkflows = WorkflowRead: ReadsWorkflows;
    /// `workflow:write`.
    WriteWorkflows = WorkflowWrite: ReadsWorkflows & WritesWorkflows;
    /// `workflow:read` and `ticket:read`: trying a workflow shows what is in a ticket.
    TryWorkflows = WorkflowRead & TicketRead: ReadsWorkflows & ReadsTickets;
    /// `project:read` and `ticket:read`: how many tickets each policy holds.
    CountPolicies = ProjectRead & TicketRead: ReadsProjects & ReadsTickets;
}

/// Whoever a credential is of, whatever it may do: for what concerns its user alone.
#[derive(Debug, Clone, Copy)]
pub struct Oneself;

impl sealed::Holder for Oneself {}

impl Permission for Oneself {
    const SCOPES: &'static [Scope] = &[];
}

/// A machine that holds a project's secret: the external API. It reads and changes tickets, and neither creates nor deletes
/// one.
#[derive(Debug, Clone, Copy)]
pub struct Machine;

impl sealed::Holder for Machine {}
impl ReadsTickets for Machine {}
impl ChangesTickets for Machine {}

/// The desk itself, as it runs a project's workflows. A run changes tickets only together with its own record.
#[derive(Debug, Clone, Copy)]
pub struct Running;

impl sealed::Holder for Running {}
impl ReadsTickets for Running {}
impl ReadsWorkflows for Running {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_takes_each_of_its_scopes_or_a_wider_one() {
        let of = |scopes: &[Scope]| scopes.iter().copied().collect::<Scopes>();
        assert!(ReadTickets::granted_by(&of(&[Scope::TicketWrite])) && !WriteTickets::granted_by(&of(&[Scope::TicketRead])));
        assert!(TryWorkflows::granted_by(&of(&[Scope::WorkflowWrite, Scope::TicketRead])));
        assert!(!TryWorkflows::granted_by(&of(&[Scope::WorkflowRead])) && !TryWorkflows::granted_by(&of(&[Scope::TicketRead])));
        assert!(Oneself::granted_by(&of(&[])));
    }
}
