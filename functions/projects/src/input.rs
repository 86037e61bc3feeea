//! What administrators may write, and which page or item they ask for.

use std::str::FromStr;

use axum::{extract::FromRequestParts, http::request::Parts};
use lambdesk_http::{
    Context, Problem,
    auth::path_param,
    paging::{Links, Page, Window},
};

/// The most characters of the name of a project or role, or the label of a key.
const NAME: usize = 200;
/// The most characters of a member's first name.
const FIRST_NAME: usize = 150;
/// The most characters of an e-mail address.
const EMAIL: usize = 254;

pub(crate) const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// A name, trimmed: 1 to 200 characters.
pub(crate) fn name(attr: &str, given: &str) -> Result<String, Problem> {
    match given.trim() {
        "" => Err(Problem::invalid(attr, "This field may not be blank.")),
        name => bounded(attr, name, NAME),
    }
}

/// What customers shall call a member, trimmed; none is an empty one.
pub(crate) fn first_name(given: Option<&str>) -> Result<String, Problem> {
    bounded("first_name", given.unwrap_or_default().trim(), FIRST_NAME)
}

fn bounded(attr: &str, text: &str, most: usize) -> Result<String, Problem> {
    if lambdesk_domain::text::fits(text, most) {
        Ok(text.to_owned())
    } else {
        Err(Problem::invalid(attr, format!("Ensure this field has no more than {most} characters.")))
    }
}

/// An e-mail address by its shape. Whether it exists, only a message to it could tell.
pub(crate) fn email(given: &str) -> Result<&str, Problem> {
    if is_email(given) { Ok(given) } else { Err(Problem::invalid("email", "Enter a valid email address.")) }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let odd = |letter: char| letter.is_whitespace() || letter.is_control();
    lambdesk_domain::text::fits(text, EMAIL)
        && !text.contains(odd)
        && !local.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}

/// An id of the path, written as the desk writes it; anything else is not found.
pub(crate) async fn id_of_path<T: FromStr + ToString>(parts: &mut Parts, context: &Context, name: &str) -> Result<T, Problem> {
    let given = path_param(parts, context, name).await.ok_or(NOT_FOUND)?;
    let id = given.parse().ok().filter(|id: &T| id.to_string().eq_ignore_ascii_case(&given));
    id.ok_or(NOT_FOUND)
}

/// The page that a request asks for, of a list that is read whole: a project has few members and roles, a user few
/// projects and keys.
pub(crate) struct Listing {
    links: Links,
    window: Window,
}

impl Listing {
    /// The page, each of its entries shown by `body`.
    pub(crate) fn page<T, B>(&self, all: &[T], body: impl Fn(&T) -> B) -> Page<B> {
        let Window { limit, offset } = self.window;
        let (next, previous) = self.links.beside(self.window, all.len());
        let results = all.iter().skip(offset).take(limit).map(body).collect();
        Page { count: all.len() as u64, count_is_exact: None, next, previous, results }
    }
}

impl FromRequestParts<Context> for Listing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let window = Window::from_query(parts.uri.query().unwrap_or_default(), 100, 1000)?;
        let Ok(links) = Links::from_request_parts(parts, context).await;
        Ok(Self { links, window })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_by_their_shape() {
        for good in ["a@b.c", "first.last+tag@mail.example.com", "ü@bücher.example"] {
            assert!(email(good).is_ok(), "{good}");
        }
        let long = format!("{}@b.c", "x".repeat(EMAIL));
        for bad in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b",
            "a@b.",
            "a@.c",
            "a@b..c",
            "a@b@c.d",
            "a b@c.d",
            " a@b.c",
            "a@b.c\n",
            "a\u{7}@b.c",
            &long,
        ] {
            assert!(matches!(email(bad), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "email"), "{bad:?}");
        }
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("name", "  Support ").unwrap(), "Support");
        assert!(name("name", &"ü".repeat(NAME)).is_ok());
        for bad in ["", " \t", &"x".repeat(NAME + 1)] {
            assert!(matches!(name("label", bad), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "label"), "{bad:?}");
        }
        assert_eq!(first_name(None).unwrap(), "");
        assert_eq!(first_name(Some(" Ada ")).unwrap(), "Ada");
        assert!(first_name(Some(&"x".repeat(FIRST_NAME + 1))).is_err());
    }
}
