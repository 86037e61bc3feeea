//! Input that several functions read in the same way: names, bounded text and ids in paths.

use std::str::FromStr;

use axum::http::request::Parts;
use lambdesk_domain::{administration::NAME, folding::is_blank, text};

use crate::{Context, Problem, auth::path_param};

/// A name, trimmed: 1 to 200 characters.
pub fn name(attr: &str, given: &str) -> Result<String, Problem> {
    name_within(attr, given, NAME)
}

/// A name, trimmed: 1 to `most` characters.
pub fn name_within(attr: &str, given: &str, most: usize) -> Result<String, Problem> {
    not_blank(attr, given)?;
    bounded(attr, given.trim(), most)
}

/// Refuses text in which nothing is visible, such as white space or format characters.
pub fn not_blank(attr: &str, given: &str) -> Result<(), Problem> {
    if is_blank(given) { Err(Problem::invalid(attr, "This field may not be blank.")) } else { Ok(()) }
}

/// The text, if it has at most `most` characters.
pub fn bounded(attr: &str, given: &str, most: usize) -> Result<String, Problem> {
    if text::fits(given, most) {
        Ok(given.to_owned())
    } else {
        Err(Problem::invalid(attr, format!("Ensure this field has no more than {most} characters.")))
    }
}

/// An id in the path. Only the desk's own spelling of an id is accepted, in upper or lower case; anything else is 404.
pub async fn id_of_path<T: FromStr + ToString>(parts: &mut Parts, context: &Context, name: &str) -> Result<T, Problem> {
    const NOT_FOUND: Problem = Problem::NotFound("Not found.");
    let given = path_param(parts, context, name).await.ok_or(NOT_FOUND)?;
    let id = given.parse().ok().filter(|id: &T| id.to_string().eq_ignore_ascii_case(&given));
    id.ok_or(NOT_FOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("name", "  Support ").unwrap(), "Support");
        assert!(name("name", &"ü".repeat(NAME)).is_ok());
        for bad in ["", " \t", "\u{200b}", &"x".repeat(NAME + 1)] {
            assert!(matches!(name("label", bad), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "label"), "{bad:?}");
        }
    }
}
