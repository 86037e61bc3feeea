//! Tags: trimmed, lower-cased, without duplicates, 1-200 characters each, at most 100 (decision 22).

use serde::Serialize;

/// A ticket's tags, already in the form they are stored in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(Vec<String>);

/// The most tags a ticket may carry.
pub const MOST: usize = 100;
/// The most characters of one tag.
pub const LONGEST: usize = 200;

/// Why a list of tags is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTags {
    /// More than [`MOST`].
    #[error("A ticket can have at most 100 tags.")]
    TooMany,
    /// Nothing but white space.
    #[error("A tag can't be empty.")]
    Empty,
    /// Longer than [`LONGEST`] characters.
    #[error("A tag can have at most 200 characters.")]
    TooLong,
}

/// How given tags meet those that a ticket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TagsMode {
    /// They replace them.
    #[default]
    Set,
    /// They join them.
    Add,
    /// They are taken away.
    Remove,
}

impl TagsMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Set, Self::Add, Self::Remove];

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Add => "add",
            Self::Remove => "remove",
        }
    }

    /// The mode of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl Tags {
    /// Normalises a list as a client sent it; the order of first appearance stays.
    pub fn new<S: AsRef<str>>(given: impl IntoIterator<Item = S>) -> Result<Self, BadTags> {
        let mut tags: Vec<String> = Vec::new();
        for tag in given {
            let tag = tag.as_ref().trim().to_lowercase();
            if tag.is_empty() {
                return Err(BadTags::Empty);
            }
            if tag.chars().count() > LONGEST {
                return Err(BadTags::TooLong);
            }
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if tags.len() > MOST { Err(BadTags::TooMany) } else { Ok(Self(tags)) }
    }

    /// What remains when `given` is applied in `mode`.
    pub fn merge(&self, given: &Self, mode: TagsMode) -> Result<Self, BadTags> {
        match mode {
            TagsMode::Set => Ok(given.clone()),
            TagsMode::Add => Self::new(self.0.iter().chain(&given.0)),
            TagsMode::Remove => Ok(Self(self.0.iter().filter(|tag| !given.0.contains(tag)).cloned().collect())),
        }
    }

    /// The tags in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `tag`, in stored form, is among them.
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

    #[test]
    fn refuses_what_the_decision_refuses() {
        assert_eq!(Tags::new([" "]), Err(BadTags::Empty));
        assert_eq!(Tags::new(["x".repeat(201)]), Err(BadTags::TooLong));
        assert_eq!(Tags::new((0..101).map(|n| n.to_string())), Err(BadTags::TooMany));
        assert_eq!(Tags::new([" VIP", "vip "]).unwrap().iter().collect::<Vec<_>>(), ["vip"]);
    }
}
