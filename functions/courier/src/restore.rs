//! A customer has lost the tickets of their browser, and gets a link to them.

use lambdesk_domain::{
    delivery::{Delivery, Outcome},
    mail::Mailbox,
    project::Project,
};
use lambdesk_mail::compose::{Line, Ready};
use lambdesk_store::CourierDesk;

use crate::{
    Courier, Failure,
    carry::skipped,
    letter::{Alone, alone},
    words::Words,
};

/// The parameter of the page's address by which the widget knows the link.
const PARAMETER: &str = "ph_conv_restore";

impl Courier {
    /// Takes the delivery of a link and sends it, if a ticket can be had by its address; false if it has changed since it was read.
    /// Each try sends a link of its own. Using one ends the others.
    pub(crate) async fn restore(&self, desk: &CourierDesk, taken: Delivery) -> Result<bool, Failure> {
        let (directory, mailbox) = tokio::try_join!(desk.directory(), desk.mailbox())?;
        if !desk.take(&taken, &[]).await? {
            return Ok(false);
        }
        let secret = match self.is_too_much(desk, &taken).await? {
            Some(_) => None,
            None => desk.restore_link(&taken).await?,
        };
        let composed = match (directory, secret, &taken.page) {
            (Some(directory), Some(secret), Some(page)) => {
                self.mail_with(&directory.project, &mailbox, &taken, &link(page, &secret)).map_err(Outcome::Failed)
            }
            _ => Err(skipped("There is nothing to send.")),
        };
        self.hand_over(desk, taken, composed).await?;
        Ok(true)
    }

    /// The mail with the link.
    fn mail_with(
        &self,
        project: &Project,
        mailbox: &Mailbox,
        delivery: &Delivery,
        link: &str,
    ) -> Result<(String, Ready), String> {
        let text = format!(
            "Here is the link to your conversations with {}. Open it in the browser in which you want to go on:\n\n{link}\n\n\
             It works once, within an hour. If you have not asked for it, you need not do anything.",
            project.name
        );
        let subject = Line::of(&format!("Your conversations with {}", project.name));
        let (words, mail_domain) = (Words::linked(text, link), self.mail_domain.as_str());
        alone(Alone { project, mailbox, mail_domain, delivery, subject, words, from: None })
    }
}

/// The page's address with what the widget looks for, in place of an older one, and before the part that only the page reads.
fn link(page: &str, secret: &str) -> String {
    let (page, fragment) = page.split_once('#').map_or((page, None), |(page, fragment)| (page, Some(fragment)));
    let (page, query) = page.split_once('?').unwrap_or((page, ""));
    let others = query.split('&').filter(|part| !part.is_empty() && part.split('=').next() != Some(PARAMETER));
    let query: Vec<_> = others.map(str::to_owned).chain([format!("{PARAMETER}={secret}")]).collect();
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{page}?{}{fragment}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_the_page_and_what_the_widget_looks_for() {
        for (page, expected) in [
            ("https://a.com/", "https://a.com/?ph_conv_restore=t"),
            ("https://a.com/x?y=1", "https://a.com/x?y=1&ph_conv_restore=t"),
            ("https://a.com/x#part", "https://a.com/x?ph_conv_restore=t#part"),
            ("https://a.com/x?ph_conv_restore=old&y=1&ph_conv_restore#part", "https://a.com/x?y=1&ph_conv_restore=t#part"),
        ] {
            assert_eq!(link(page, "t"), expected);
        }
    }
}
