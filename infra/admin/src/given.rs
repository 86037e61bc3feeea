//! What the owner gives, held to the rules of the API: what it would refuse does not get into the table beside it.

use lambdesk_domain::{
    administration::{FIRST_NAME, NAME, is_email},
    folding::is_blank,
    text::{fits, short},
};

use crate::Failure;

/// An e-mail address. Only a message to it could tell whether it exists.
pub(crate) fn email(given: &str) -> Result<String, Failure> {
    if is_email(given) { Ok(given.to_owned()) } else { Err(Failure::refused(format!("{} is no e-mail address", short(given)))) }
}

/// A name, trimmed: 1 to 200 characters.
pub(crate) fn name(flag: &str, given: &str) -> Result<String, Failure> {
    if is_blank(given) {
        return Err(Failure::refused(format!("{flag} may not be blank")));
    }
    bounded(flag, given.trim(), NAME)
}

/// The name of a member as customers see it, trimmed: at most 150 characters, or empty.
pub(crate) fn first_name(given: &str) -> Result<String, Failure> {
    bounded("--first-name", Some(given.trim()).filter(|name| !is_blank(name)).unwrap_or_default(), FIRST_NAME)
}

fn bounded(flag: &str, given: &str, most: usize) -> Result<String, Failure> {
    if fits(given, most) {
        Ok(given.to_owned())
    } else {
        Err(Failure::refused(format!("{flag} has more than {most} characters")))
    }
}
