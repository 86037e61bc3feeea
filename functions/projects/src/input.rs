//! Input of administrators, checked.

use lambdesk_domain::{
    administration::{FIRST_NAME, is_email},
    assignee::{Assignee, NotAnAssignee},
    audit::By,
    folding::is_blank,
    permission::ReadsProjects,
    project::display_name,
};
use lambdesk_http::{Caller, Problem, body::query_value, input::bounded};
pub(crate) use lambdesk_http::{
    input::{id_of_path, name},
    paging::Listing,
};

pub(crate) const INVALID_KEY: Problem = Problem::Unauthenticated("Invalid API key.");
pub(crate) const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// The name that customers see for a member, trimmed. Absent or blank, it is empty.
pub(crate) fn first_name(given: Option<&str>) -> Result<String, Problem> {
    let given = given.map(str::trim).filter(|name| !is_blank(name));
    bounded("first_name", given.unwrap_or_default(), FIRST_NAME)
}

/// The caller as the author of an audit entry. It is 401 if the key's user no longer exists.
pub(crate) async fn by<P: ReadsProjects>(caller: &Caller<P>) -> Result<By, Problem> {
    let user = caller.account.user().await?.ok_or(INVALID_KEY)?;
    Ok(caller.by(display_name(&user.first_name, &user.email).to_owned()))
}

/// The query parameter `hand_to`: who takes over the tickets of a removed member or role. Malformed, it is 400.
pub(crate) fn hand_to(query: Option<&str>) -> Result<Option<Assignee>, Problem> {
    let given = query_value(query.unwrap_or_default(), "hand_to");
    given.map(|given| given.parse().map_err(|error: NotAnAssignee| Problem::invalid("hand_to", error.to_string()))).transpose()
}

/// The text, if it has the shape of an e-mail address. Only a message to it could tell whether the address exists.
pub(crate) fn email(given: &str) -> Result<&str, Problem> {
    if is_email(given) { Ok(given) } else { Err(Problem::invalid("email", "Enter a valid email address.")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_it_is_or_named_as_wrong() {
        assert_eq!(email("a@b.c").unwrap(), "a@b.c");
        assert!(matches!(email("a"), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "email"));
    }

    #[test]
    fn first_names_are_trimmed_and_bounded() {
        assert_eq!(first_name(None).unwrap(), "");
        assert_eq!((first_name(Some(" Ada ")).unwrap(), first_name(Some(" \u{200b}")).unwrap()), ("Ada".into(), String::new()));
        assert!(first_name(Some(&"x".repeat(FIRST_NAME + 1))).is_err());
    }
}
