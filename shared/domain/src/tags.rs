//! Tags: trimmed, NFC, lower case, without duplicates, 1-200 characters each, at most 100 (docs/decisions.md, 22 and 62).

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    folding::{for_conditions, is_blank},
    text::fits,
};

/// A ticket's tags, in the form in which they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(Vec<String>);

/// The most tags of a ticket.
pub const MOST: usize = 100;
/// The most characters of one tag.
pub const LONGEST: usize = 200;
/// The most members of a given list, repeats included. The number is checked before any tag is read, so that refusing a list
/// costs no more than receiving it.
const MOST_GIVEN: usize = 1000;

/// Why a list of tags is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTags {
    /// There are more than [`MOST`] tags.
    #[error("A ticket can have at most 100 tags.")]
    TooMany,
    /// A tag shows nothing.
    #[error("A tag can't be empty.")]
    Empty,
    /// A tag is longer than [`LONGEST`] characters.
    #[error("A tag can have at most 200 characters.")]
    TooLong,
}

/// How given tags are combined with those of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TagsMode {
    /// They replace the ticket's tags.
    #[default]
    Set,
    /// They are added to the ticket's tags.
    Add,
    /// They are removed from the ticket's tags.
    Remove,
}

impl TagsMode {
    /// Every mode, the default first.
    pub const ALL: [Self; 3] = [Self::Set, Self::Add, Self::Remove];

    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Add => "add",
            Self::Remove => "remove",
        }
    }

    /// The mode with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl Tags {
    /// Normalises the tags that a client sent, in the order of their first appearance.
    pub fn new<S: AsRef<str>>(given: impl IntoIterator<Item = S>) -> Result<Self, BadTags> {
        let mut given = given.into_iter();
        if given.size_hint().0 > MOST_GIVEN {
            return Err(BadTags::TooMany);
        }
        let (mut tags, mut seen) = (Vec::new(), BTreeSet::new());
        for tag in given.by_ref().take(MOST_GIVEN) {
            let tag = tag.as_ref().trim();
            if is_blank(tag) {
                return Err(BadTags::Empty);
            }
            // A character of the stored form may be written as up to four characters.
            if !fits(tag, 4 * LONGEST) {
                return Err(BadTags::TooLong);
            }
            let tag = for_conditions(tag);
            if !fits(&tag, LONGEST) {
                return Err(BadTags::TooLong);
            }
            if seen.insert(tag.clone()) {
                tags.push(tag);
            }
            if tags.len() > MOST {
                return Err(BadTags::TooMany);
            }
        }
        if given.next().is_some() { Err(BadTags::TooMany) } else { Ok(Self(tags)) }
    }

    /// Reads stored tags, by whatever rules they were stored. They get today's spelling, and none is refused.
    pub fn from_stored<S: AsRef<str>>(stored: impl IntoIterator<Item = S>) -> Self {
        let mut seen = BTreeSet::new();
        let tags = stored.into_iter().map(|tag| for_conditions(tag.as_ref()));
        Self(tags.filter(|tag| seen.insert(tag.clone())).collect())
    }

    /// A ticket's tags after `given` is applied in `mode`. Fails if that is more than [`MOST`].
    pub fn merge(&self, given: &Self, mode: TagsMode) -> Result<Self, BadTags> {
        match mode {
            TagsMode::Set => Ok(given.clone()),
            TagsMode::Add => Self::new(self.0.iter().chain(&given.0)),
            TagsMode::Remove => {
                let given: BTreeSet<_> = given.0.iter().collect();
                Ok(Self(self.0.iter().filter(|tag| !given.contains(tag)).cloned().collect()))
            }
        }
    }

    /// The tags, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `tag`, in stored form, is one of the tags.
    pub fn contains(&self, tag: &str) -> bool {
        self.0.iter().any(|own| own == tag)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(given in prop::collection::vec("[ a-cA-C]{0,4}", 0..8)) {
            if let Ok(once) = Tags::new(&given) {
                prop_assert_eq!(Tags::new(once.iter()), Ok(once));
            }
        }

        #[test]
        fn remove_undoes_add_of_new_tags(own in prop::collection::vec("[a-c]{1,2}", 0..6), given in prop::collection::vec("[x-z]{1,2}", 0..6)) {
            let (own, given) = (Tags::new(own).unwrap(), Tags::new(given).unwrap());
            let added = own.merge(&given, TagsMode::Add).unwrap();
            prop_assert_eq!(added.merge(&given, TagsMode::Remove), Ok(own));
        }
    }

    proptest! {
        /// Any list gives the same result as comparing each tag with each other one.
        #[test]
        fn a_list_is_what_comparing_each_with_each_makes_of_it(given in prop::collection::vec("[a-fA-F]{1,3} ?", 0..300)) {
            let mut naive: Vec<String> = Vec::new();
            for tag in given.iter().map(|tag| tag.trim().to_lowercase()) {
                if !naive.contains(&tag) {
                    naive.push(tag);
                }
            }
            let refused = naive.iter().any(String::is_empty) || naive.len() > MOST;
            match Tags::new(&given) {
                Ok(tags) => prop_assert!(!refused && tags.iter().eq(naive.iter().map(String::as_str))),
                Err(_) => prop_assert!(refused),
            }
        }
    }

    #[test]
    fn a_long_list_is_refused_for_its_length_and_little_of_it_is_looked_at() {
        let looked_at = std::cell::Cell::new(0);
        let looked = |tag: String| {
            looked_at.set(looked_at.get() + 1);
            tag
        };
        // A list that knows its length is refused without reading a tag.
        assert_eq!(Tags::new((0..150_000).map(|n| looked(n.to_string()))), Err(BadTags::TooMany));
        assert_eq!(looked_at.take(), 0);
        assert_eq!(Tags::new((0..150_000).map(|_| looked("same".to_owned()))), Err(BadTags::TooMany));
        assert_eq!(looked_at.take(), 0);
        // Another list is read up to the first tag too many, or the first of too many repeats.
        assert_eq!(Tags::new((0..150_000).filter(|_| true).map(|n| looked(n.to_string()))), Err(BadTags::TooMany));
        assert_eq!(looked_at.take(), MOST + 1);
        assert_eq!(Tags::new((0..150_000).filter(|_| true).map(|_| looked("same".to_owned()))), Err(BadTags::TooMany));
        assert_eq!(looked_at.take(), MOST_GIVEN + 1);
        // Repeats don't count as tags.
        assert_eq!(Tags::new((0..MOST_GIVEN).map(|n| (n % MOST).to_string())).map(|tags| tags.iter().count()), Ok(MOST));
    }

    #[test]
    fn refuses_what_the_decision_refuses() {
        assert_eq!((Tags::new([" "]), Tags::new(["\u{200b}\u{301}"])), (Err(BadTags::Empty), Err(BadTags::Empty)));
        assert_eq!(Tags::new(["café", "CAFE\u{301}"]).unwrap().iter().collect::<Vec<_>>(), ["café"]);
        assert_eq!(Tags::new(["e\u{301}".repeat(200)]).map(|tags| tags.iter().map(str::len).sum::<usize>()), Ok(400));
        let stored = ["cafe\u{301}", "café", "\u{200b}"];
        assert_eq!(Tags::from_stored(stored).iter().collect::<Vec<_>>(), ["café", "\u{200b}"]);
        assert_eq!(Tags::new(["x".repeat(201)]), Err(BadTags::TooLong));
        assert_eq!(Tags::new((0..101).map(|n| n.to_string())), Err(BadTags::TooMany));
        assert_eq!(Tags::new([" VIP", "vip "]).unwrap().iter().collect::<Vec<_>>(), ["vip"]);
    }

    #[test]
    fn a_tag_is_too_long_from_two_hundred_and_one_characters() {
        assert_eq!(Tags::new(["é".repeat(200)]).map(|tags| tags.is_empty()), Ok(false));
        for length in [201, 800, 801, 10_000] {
            assert_eq!(Tags::new(["é".repeat(length)]), Err(BadTags::TooLong), "{length}");
        }
    }

    #[test]
    fn given_tags_replace_are_added_or_are_removed() {
        let own = Tags::new(["a", "b"]).unwrap();
        let merged = |mode: &str| own.merge(&Tags::new(["b", "c"]).unwrap(), TagsMode::parse(mode).unwrap()).unwrap();
        assert_eq!(merged("set").iter().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(merged("add").iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(merged("remove").iter().collect::<Vec<_>>(), ["a"]);
        assert_eq!((TagsMode::parse("Set"), TagsMode::parse("")), (None, None));
    }

    #[test]
    fn there_is_none_of_no_tags() {
        let (none, some) = (Tags::default(), Tags::new(["a"]).unwrap());
        assert_eq!((none.is_empty(), none.contains("a"), some.is_empty()), (true, false, false));
        assert!(some.contains("a") && !some.contains("b"));
    }
}
