//! Mails that arrived: what became of each, and by which id a project knows it.

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    mail::{Found, MailReason, MailState, Received},
};
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

/// How long both are kept, in seconds: 400 days, as the mails themselves.
const KEPT: i64 = 400 * 24 * 3600;

/// A mail that a project has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMail {
    /// A digest of what it says.
    pub digest: [u8; 32],
    /// The ticket that it opened, or that it is on.
    pub ticket: TicketId,
}

/// How often a mail was taken in once more. A mail that never was has no such attribute.
pub(crate) const TURN: &str = "turn";
const FOUND: &str = "found";

#[derive(Serialize, Deserialize)]
struct FoundRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    envelope: Option<String>,
    recipients: Vec<String>,
    dmarc: String,
    spam: bool,
}

impl FoundRow {
    fn of(found: &Found) -> String {
        let Found { envelope, recipients, dmarc, spam } = found.clone();
        serde_json::json!(Self { envelope, recipients, dmarc, spam }).to_string()
    }

    fn read(text: &str) -> Option<Found> {
        let Self { envelope, recipients, dmarc, spam } = serde_json::from_str(text).ok()?;
        Some(Found { envelope, recipients, dmarc, spam })
    }
}

pub(crate) fn write(project: Option<ProjectId>, received: &Received) -> Item {
    let Received { id, at, state, reason, to, from, subject, ticket, verified, files, raw, found, turn } = received;
    Writer::new(&keys::received(project, *at, id))
        .text("id", id)
        .time("at", *at)
        .text("state", state.name())
        .opt_text("reason", reason.map(MailReason::name))
        .text("to", to)
        .opt_text("from", from.as_deref())
        .text("subject", subject)
        .opt_text("ticket", ticket.map(|id| id.to_string()))
        .flag("verified", *verified)
        .number("files", files)
        .text("raw", raw)
        .opt_text(FOUND, found.as_ref().map(FoundRow::of))
        .opt_number(TURN, (*turn > 0).then_some(*turn))
        .number("expires_at", at.plus_seconds(KEPT).seconds())
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Received, StoreError> {
    let row = Reader(item);
    let text = |name| row.text(name).map(str::to_owned);
    Ok(Received {
        id: text("id")?,
        at: row.time("at")?,
        state: row.parsed("state", MailState::parse)?,
        reason: row.opt_parsed("reason", MailReason::parse)?,
        to: text("to")?,
        from: row.opt_text("from")?.map(str::to_owned),
        subject: text("subject")?,
        ticket: row.opt_parsed("ticket", |id| id.parse().ok())?,
        verified: row.flag("verified")?.ok_or_else(|| row.corrupt("verified"))?,
        files: row.number("files")?,
        raw: text("raw")?,
        found: row.opt_parsed(FOUND, FoundRow::read)?,
        turn: row.opt_number(TURN)?.unwrap_or_default(),
    })
}

pub(crate) fn write_known(project: ProjectId, id: &str, known: &KnownMail, at: Timestamp) -> Item {
    Writer::new(&keys::mail_id(project, id))
        .bytes("digest", known.digest.to_vec())
        .text("ticket", known.ticket.to_string())
        .number("expires_at", at.plus_seconds(KEPT).seconds())
        .done()
}

pub(crate) fn read_known(item: &Item) -> Result<KnownMail, StoreError> {
    let row = Reader(item);
    let digest = row.bytes("digest")?.and_then(|bytes| bytes.try_into().ok());
    Ok(KnownMail { digest: digest.ok_or_else(|| row.corrupt("digest"))?, ticket: row.parsed("ticket", |id| id.parse().ok())? })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    #[test]
    fn what_is_written_is_read() {
        let ticket = TicketId(Uuid::from_u128(7));
        let full = Received {
            id: "abc".into(),
            at: Timestamp::EPOCH.plus_seconds(1),
            state: MailState::Opened,
            reason: Some(MailReason::Bulk),
            to: "demo@desk.test".into(),
            from: Some("ann@example.com".into()),
            subject: "Order 7".into(),
            ticket: Some(ticket),
            verified: true,
            files: 2,
            raw: "inbound/abc".into(),
            found: Some(Found {
                envelope: Some("ann@example.com".into()),
                recipients: vec!["demo@desk.test".into()],
                dmarc: "gray".into(),
                spam: true,
            }),
            turn: 2,
        };
        let item = write(Some(ProjectId(1)), &full);
        assert_eq!(read(&item).unwrap(), full);
        assert_faults_are_named(&item, &["expires_at"], read);
        let bare = Received { reason: None, from: None, ticket: None, found: None, turn: 0, ..full };
        assert_eq!(read(&write(None, &bare)).unwrap(), bare);

        let known = KnownMail { digest: [7; 32], ticket };
        let item = write_known(ProjectId(1), "id", &known, Timestamp::EPOCH);
        assert_eq!(read_known(&item).unwrap(), known);
        assert_faults_are_named(&item, &["expires_at"], read_known);
    }
}
