//! How a mail of a ticket is shown, as it lies in the bucket beside the ticket's files. It is made when the mail arrives, so that
//! nobody who shows it has to read mails.

use lambdesk_domain::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an address of a file of the mail begins with, until somebody asks for the mail and gets links. No host has this name.
const PLACE: &str = "https://file.invalid/";

/// A mail as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its HTML without anything active, and without pictures that lie elsewhere; `None` if it has none.
    pub html: Option<String>,
    /// The same with pictures that lie elsewhere; `None` if it has none of them.
    pub html_with_images: Option<String>,
    /// How many pictures elsewhere were left out.
    pub images_left_out: u64,
    /// Its text, whole.
    pub text: String,
    /// Who says to have written it.
    pub from: Vec<String>,
    /// Whom it is addressed to.
    pub to: Vec<String>,
    /// Who gets a copy.
    pub cc: Vec<String>,
    /// When its sender says to have sent it.
    pub date: Option<Timestamp>,
    /// Its subject.
    pub subject: String,
    /// The files that the HTML shows.
    pub files: Vec<Uuid>,
}

/// What stands in the HTML for the address of a file.
pub fn place(file: Uuid) -> String {
    format!("{PLACE}{file}")
}

/// HTML with the addresses of files in their places.
pub fn with_links<'a>(html: &str, links: impl IntoIterator<Item = (Uuid, &'a str)>) -> String {
    links.into_iter().fold(html.to_owned(), |html, (file, link)| html.replace(&place(file), &link.replace('&', "&amp;")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_get_links() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let html = format!("<img src=\"{}\"><img src=\"{}\">", place(one), place(two));
        let linked = with_links(&html, [(one, "https://files.example/1?a=1&b=2")]);
        assert_eq!(linked, format!("<img src=\"https://files.example/1?a=1&amp;b=2\"><img src=\"{}\">", place(two)));
    }
}
