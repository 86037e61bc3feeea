//! Saved views: which tickets someone wants to see again, under a name (agent-api.md section 3.9).

mod filters;

use std::{cmp::Reverse, collections::BTreeSet};

pub use filters::{MOST_BYTES, read_filters};

use crate::{ids::UserId, saved::Origin, traits::Object, words::words};

/// The most characters of a view's name.
pub const NAME: usize = 400;

words! {
    /// Who sees a view.
    ViewVisibility {
        /// Everyone in the project.
        Shared = "shared",
        /// Only who created it.
        Private = "private",
    }
}

/// A view of the inbox. The desk stores it; the client applies it.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedView {
    /// Which.
    pub origin: Origin,
    /// What people call it.
    pub name: String,
    /// What [`read_filters`] has read.
    pub filters: Object,
    /// Who sees it.
    pub visibility: ViewVisibility,
    /// Whose favourite it is.
    pub favorite_of: BTreeSet<UserId>,
}

/// Only who created a view may share it, or take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Only its creator can change the visibility of a view.")]
pub struct NotYourView;

impl SavedView {
    /// Whether this member sees it.
    pub fn is_seen_by(&self, user: UserId) -> bool {
        match self.visibility {
            ViewVisibility::Shared => true,
            ViewVisibility::Private => self.origin.created_by == user,
        }
    }

    /// Whether it is a favourite of this member.
    pub fn is_favorite_of(&self, user: UserId) -> bool {
        self.favorite_of.contains(&user)
    }

    /// Makes it a favourite of this member, or no longer.
    pub fn set_favorite(&mut self, user: UserId, favorite: bool) {
        if favorite {
            self.favorite_of.insert(user);
        } else {
            self.favorite_of.remove(&user);
        }
    }

    /// Shows it to others, in the name of this member; what it is already, anyone may repeat.
    pub fn set_visibility(&mut self, visibility: ViewVisibility, by: UserId) -> Result<(), NotYourView> {
        if visibility != self.visibility && by != self.origin.created_by {
            return Err(NotYourView);
        }
        self.visibility = visibility;
        Ok(())
    }
}

/// What a member sees of these views, in their order: their favourites first, then the newest.
pub fn as_seen_by(user: UserId, mut views: Vec<SavedView>) -> Vec<SavedView> {
    views.retain(|view| view.is_seen_by(user));
    views.sort_by_key(|view| Reverse((view.is_favorite_of(user), view.origin.created_at, view.origin.id)));
    views
}
