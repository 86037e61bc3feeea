//! Saved views: filters for the ticket list, kept under a name.

mod filters;

use std::{cmp::Reverse, collections::BTreeSet};

pub use filters::{KEYS, MOST_BYTES, read_filters};

use crate::{ids::UserId, saved::Metadata, traits::Object, words::words};

/// The most characters of a view's name.
pub const NAME: usize = 400;

words! {
    /// Who sees a view.
    ViewVisibility {
        /// Everyone in the project.
        Shared = "shared",
        /// Only its creator.
        Private = "private",
    }
}

/// A saved view of the inbox. The desk stores it; the client applies it.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedView {
    /// Its ids, and who created it when.
    pub metadata: Metadata,
    /// What people call it.
    pub name: String,
    /// The filters, as [`read_filters`] returned them.
    pub filters: Object,
    /// Who sees it in the list of views.
    pub visibility: ViewVisibility,
    /// The users whose favourite it is.
    pub favorite_of: BTreeSet<UserId>,
}

/// Only the creator of a view may share it or make it private again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Only its creator can change the visibility of a view.")]
pub struct NotYourView;

impl SavedView {
    /// Whether this user sees the view.
    pub fn is_seen_by(&self, user: UserId) -> bool {
        match self.visibility {
            ViewVisibility::Shared => true,
            ViewVisibility::Private => self.metadata.created_by == user,
        }
    }

    /// Whether the view is a favourite of this user.
    pub fn is_favorite_of(&self, user: UserId) -> bool {
        self.favorite_of.contains(&user)
    }

    /// Makes the view a favourite of this user, or no longer.
    pub fn set_favorite(&mut self, user: UserId, favorite: bool) {
        if favorite {
            self.favorite_of.insert(user);
        } else {
            self.favorite_of.remove(&user);
        }
    }

    /// Changes who sees the view. Fails if `by` is not its creator, unless the view is so already.
    pub fn set_visibility(&mut self, visibility: ViewVisibility, by: UserId) -> Result<(), NotYourView> {
        if visibility != self.visibility && by != self.metadata.created_by {
            return Err(NotYourView);
        }
        self.visibility = visibility;
        Ok(())
    }
}

/// The views that a user sees, in the order in which they are listed: favourites first, then the newest.
pub fn as_seen_by(user: UserId, mut views: Vec<SavedView>) -> Vec<SavedView> {
    views.retain(|view| view.is_seen_by(user));
    views.sort_by_key(|view| Reverse((view.is_favorite_of(user), view.metadata.created_at, view.metadata.id)));
    views
}
