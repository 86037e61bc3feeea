//! Enums whose values are fixed words.

/// Defines an enum whose values are written as words, both in JSON and in the table.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:tt,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in the order in which the documentation lists them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in JSON and in the table.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value of a word; `None` for any other text.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == word)
            }
        }

        // Written by hand, because the derived implementation would also take `{"word": null}`.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&word).ok_or_else(|| serde::de::Error::unknown_variant(&word, &[$($word),+]))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::ticket::Status;

    #[test]
    fn a_word_is_one_of_those_that_are_known() {
        assert_eq!(serde_json::from_str::<Status>(r#""on_hold""#).ok(), Some(Status::OnHold));
        let error = serde_json::from_str::<Status>(r#""closed""#).unwrap_err().to_string();
        assert!(error.starts_with("unknown variant `closed`, expected one of `new`, `open`, `pending`"), "{error}");
        for other in [r#"{"open": null}"#, r#""Open""#, r#""""#, "1", "null"] {
            assert!(serde_json::from_str::<Status>(other).is_err(), "{other}");
        }
    }
}
