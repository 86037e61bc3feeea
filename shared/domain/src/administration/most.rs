//! How much of everything there may be.

use super::Denial;

/// The most bytes of all views of a project as JSON, and of all quick actions. All are read together and may be listed
/// together, and Lambda sends at most 6 MB.
pub const MOST_BYTES: usize = 4_000_000;

/// What there may be only so many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// The members of a project. Every agent's request reads all of them with the project.
    Members,
    /// The roles of a project. They are read with its members.
    Roles,
    /// The personal API keys of a user.
    Keys,
    /// The projects of a user. At that number they can't create another one.
    Projects,
    /// The views of a project, counting those that the caller does not see.
    Views,
    /// The quick actions of a project, counting those that the caller does not see.
    QuickActions,
    /// The workflows of a project. All are read, at most every half minute, to handle its events.
    Workflows,
}

impl Most {
    /// How many there may be.
    pub const fn count(self) -> usize {
        match self {
            Self::Members => 1_000,
            Self::Roles => 200,
            Self::Keys => 50,
            Self::Projects | Self::Workflows => 100,
            Self::Views | Self::QuickActions => 500,
        }
    }

    /// Refuses one more beside the `known` ones if there is no room for it.
    pub const fn one_more(self, known: usize) -> Result<(), Denial> {
        self.in_all(known.saturating_add(1))
    }

    /// Refuses `count` of them if that is too many.
    pub const fn in_all(self, count: usize) -> Result<(), Denial> {
        if count > self.count() { Err(Denial::TooMany(self)) } else { Ok(()) }
    }

    /// Refuses things of these sizes, in bytes, if they are too many or too large together.
    pub fn of_sizes(self, sizes: impl IntoIterator<Item = usize>) -> Result<(), Denial> {
        let (count, bytes) = sizes.into_iter().fold((0, 0), |(count, bytes): (usize, usize), size| (count + 1, bytes + size));
        self.in_all(count)?;
        if bytes > MOST_BYTES { Err(Denial::TooLarge(self)) } else { Ok(()) }
    }

    pub(super) const fn owner(self) -> &'static str {
        match self {
            Self::Keys | Self::Projects => "A user",
            Self::Members | Self::Roles | Self::Views | Self::QuickActions | Self::Workflows => "A project",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Roles => "roles",
            Self::Keys => "keys",
            Self::Projects => "projects",
            Self::Views => "views",
            Self::QuickActions => "quick actions",
            Self::Workflows => "workflows",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_up_to_the_number_and_not_beyond() {
        for most in [Most::Members, Most::Roles, Most::Keys, Most::Projects, Most::Views, Most::QuickActions, Most::Workflows] {
            assert_eq!(most.one_more(most.count() - 1), Ok(()));
            assert_eq!(most.one_more(most.count()), Err(Denial::TooMany(most)));
        }
    }

    #[test]
    fn a_refusal_says_who_can_have_how_many_of_what() {
        for (most, text) in [
            (Most::Members, "A project can have at most 1000 members."),
            (Most::Roles, "A project can have at most 200 roles."),
            (Most::Keys, "A user can have at most 50 keys."),
            (Most::Projects, "A user can have at most 100 projects."),
            (Most::Views, "A project can have at most 500 views."),
            (Most::QuickActions, "A project can have at most 500 quick actions."),
            (Most::Workflows, "A project can have at most 100 workflows."),
        ] {
            assert_eq!(Denial::TooMany(most).to_string(), text);
        }
    }

    #[test]
    fn what_is_listed_together_is_bounded_together() {
        let half = MOST_BYTES / 2;
        assert_eq!(Most::Views.of_sizes([half, half]), Ok(()));
        assert_eq!(Most::Views.of_sizes([half, half, 1]), Err(Denial::TooLarge(Most::Views)));
        assert_eq!(Most::QuickActions.of_sizes(vec![1; 501]), Err(Denial::TooMany(Most::QuickActions)));
        let large = Denial::TooLarge(Most::QuickActions).to_string();
        assert_eq!(large, "A project's quick actions can have at most 4000000 bytes together.");
    }
}
