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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::UserId, saved::ShortId, testing::at};

    #[test]
    fn a_view_is_its_creators_to_share_and_everyones_to_like() {
        let (creator, other) = (UserId(1), UserId(2));
        let metadata =
            Metadata { id: uuid::Uuid::nil(), short_id: ShortId::new(1), created_at: at(1), created_by: creator, version: 1 };
        let (visibility, favorite_of) = (ViewVisibility::Private, BTreeSet::new());
        let mut view = SavedView { metadata, name: "Mine".to_owned(), filters: Object::new(), visibility, favorite_of };
        assert!(view.is_seen_by(creator) && !view.is_seen_by(other));
        assert_eq!(view.set_visibility(ViewVisibility::Shared, other), Err(NotYourView));
        assert_eq!(view.set_visibility(ViewVisibility::Private, other), Ok(()), "it is so already");
        assert_eq!(view.set_visibility(ViewVisibility::Shared, creator), Ok(()));
        assert!(view.is_seen_by(other) && !view.is_favorite_of(other));
        view.set_favorite(other, true);
        assert!(view.is_favorite_of(other) && !view.is_favorite_of(creator));
        view.set_favorite(other, false);
        assert!(!view.is_favorite_of(other));
    }

    #[test]
    fn favourites_are_listed_first_and_then_the_newest() {
        let me = UserId(1);
        let view = |id: u128, created: i64, by: u32, visibility, favorite| {
            let metadata = Metadata {
                id: uuid::Uuid::from_u128(id),
                short_id: ShortId::new(1),
                created_at: at(created),
                created_by: UserId(by),
                version: 1,
            };
            let favorite_of = if favorite { BTreeSet::from([me]) } else { BTreeSet::new() };
            SavedView { metadata, name: String::new(), filters: Object::new(), visibility, favorite_of }
        };
        let (shared, private) = (ViewVisibility::Shared, ViewVisibility::Private);
        let views = vec![
            view(1, 5, 2, shared, false),
            view(2, 1, 2, shared, true),
            view(3, 9, 1, private, false),
            view(4, 9, 2, private, false),
            view(5, 5, 1, shared, false),
        ];
        let listed = as_seen_by(me, views).iter().map(|view| view.metadata.id.as_u128()).collect::<Vec<_>>();
        assert_eq!(listed, [2, 3, 5, 1]);
    }
}
