//! Reports of machines about mails that were sent: that one could not be delivered (RFC 3464), was read, or was disliked.

use super::{
    head::{Head, MAIL},
    ids,
    parts::Parts,
};

/// The most recipients of a report that are read.
const RECIPIENTS: usize = 50;

/// A report about a mail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The ids of the mail that it is about, and of those that this mail named.
    pub ids: Vec<String>,
    /// Whether it says that the mail did not arrive, and never will.
    pub has_failed: bool,
    /// Whom it did not reach.
    pub recipients: Vec<String>,
}

/// The report of a mail; `None` if it is another sort of mail.
pub(super) fn read(raw: &[u8], parts: &Parts) -> Option<Report> {
    if parts.kind != "multipart/report" {
        return None;
    }
    let mut report = Report::default();
    for leaf in &parts.leaves {
        let bytes = || leaf.encoding().decode(leaf.written(raw));
        match leaf.says.kind.as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                let text = String::from_utf8_lossy(&bytes()).to_ascii_lowercase();
                for told in text.replace("\r\n", "\n").split("\n\n") {
                    let value = |name: &str| told.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                    if value("action:") == Some("failed") {
                        report.has_failed = true;
                        let address = value("final-recipient:").and_then(|value| value.split_once(';'));
                        report.recipients.extend(address.map(|(_, address)| address.trim().to_owned()));
                    }
                }
            }
            "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/rfc822-headers" => {
                let head = Head::read(&bytes(), MAIL);
                report.ids.extend(head.first("message-id").and_then(ids::only));
                report
                    .ids
                    .extend(["in-reply-to", "references"].into_iter().flat_map(|name| head.all(name)).flat_map(ids::several));
            }
            _ => {}
        }
    }
    report.ids.truncate(ids::MOST);
    report.recipients.truncate(RECIPIENTS);
    Some(report)
}
