//! What a personal API key may do, and what a member may do.

use std::collections::BTreeSet;

use crate::words::words;

words! {
    /// The most that a member may do in a project, whatever the scopes of their keys.
    Access {
        /// Work on tickets; read workflows and the project.
        Agent = "agent",
        /// Do everything.
        Admin = "admin",
    }
}

impl Access {
    /// Whether a member with this access may do what `scope` allows.
    pub const fn allows(self, scope: Scope) -> bool {
        match self {
            Self::Admin => true,
            Self::Agent => {
                matches!(scope, Scope::TicketRead | Scope::TicketWrite | Scope::ProjectRead | Scope::WorkflowRead)
            }
        }
    }
}

/// A scope of a key. `write` on an object implies `read` on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read tickets, messages and counts.
    TicketRead,
    /// Change tickets, reply, delete.
    TicketWrite,
    /// Read projects, members, roles and keys.
    ProjectRead,
    /// Change projects, members, roles and keys; see and rotate secrets.
    ProjectWrite,
    /// Read workflows and their runs.
    WorkflowRead,
    /// Change workflows.
    WorkflowWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] =
        [Self::TicketRead, Self::TicketWrite, Self::ProjectRead, Self::ProjectWrite, Self::WorkflowRead, Self::WorkflowWrite];

    /// The name that requests use, such as `ticket:read`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TicketRead => "ticket:read",
            Self::TicketWrite => "ticket:write",
            Self::ProjectRead => "project:read",
            Self::ProjectWrite => "project:write",
            Self::WorkflowRead => "workflow:read",
            Self::WorkflowWrite => "workflow:write",
        }
    }

    /// The scope with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// The scope that implies this one.
    const fn implied_by(self) -> Option<Self> {
        match self {
            Self::TicketRead => Some(Self::TicketWrite),
            Self::ProjectRead => Some(Self::ProjectWrite),
            Self::WorkflowRead => Some(Self::WorkflowWrite),
            Self::TicketWrite | Self::ProjectWrite | Self::WorkflowWrite => None,
        }
    }
}

/// The scopes of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Every scope.
    pub fn all() -> Self {
        Self(Scope::ALL.into())
    }

    /// Whether these scopes allow `scope`, by naming or implying it.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || scope.implied_by().is_some_and(|wider| self.0.contains(&wider))
    }

    /// Whether these scopes allow each of `others`: a key can't be given scopes that its maker lacks (docs/decisions.md, 47).
    pub fn cover(&self, others: &Self) -> bool {
        others.0.iter().all(|scope| self.allow(*scope))
    }

    /// The scopes that remain for a member with `access`. A scope that was only implied is named in the result: cutting `write`
    /// for an agent leaves `read` where agents may read.
    #[must_use]
    pub fn within(&self, access: Access) -> Self {
        Scope::ALL.into_iter().filter(|scope| self.allow(*scope) && access.allows(*scope)).collect()
    }

    /// The scopes, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_implies_read_of_its_own_object_only() {
        let key = Scopes::from_iter([Scope::TicketWrite]);
        assert!(key.allow(Scope::TicketRead) && key.allow(Scope::TicketWrite));
        assert!(!key.allow(Scope::ProjectRead) && !key.allow(Scope::WorkflowRead));
        assert!(key.cover(&Scopes::from_iter([Scope::TicketRead])));
        assert!(!key.cover(&Scopes::all()) && Scopes::all().cover(&key));
    }

    #[test]
    fn an_agent_keeps_what_a_cut_scope_implied() {
        let cut = |scopes: &[Scope]| scopes.iter().copied().collect::<Scopes>().within(Access::Agent);
        assert_eq!(cut(&[Scope::ProjectWrite]), Scopes::from_iter([Scope::ProjectRead]));
        assert_eq!(cut(&[Scope::WorkflowWrite]), Scopes::from_iter([Scope::WorkflowRead]));
        assert!(cut(&[Scope::TicketWrite]).allow(Scope::TicketWrite));
        for scope in Scope::ALL {
            assert!(Scopes::all().within(Access::Admin).allow(scope));
            assert_eq!(Scopes::all().within(Access::Agent).allow(scope), Access::Agent.allows(scope));
            assert!(Scopes::default().within(Access::Admin).iter().next().is_none());
        }
    }

    #[test]
    fn scopes_are_listed_in_a_fixed_order() {
        let given = Scopes::from_iter([Scope::WorkflowRead, Scope::TicketRead, Scope::ProjectWrite, Scope::TicketRead]);
        assert!(given.iter().eq([Scope::TicketRead, Scope::ProjectWrite, Scope::WorkflowRead]));
        assert!(Scopes::all().iter().eq(Scope::ALL));
    }

    #[test]
    fn names_round_trip() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.name()), Some(scope));
        }
        assert_eq!(Scope::parse("*"), None);
    }
}
