//! What the receiving service says of a mail: the event by which SES invokes a function.

use lambdesk_bucket::keys;
use lambdesk_domain::{
    Timestamp,
    mail::{Found, MailReason, MailState, Received},
};
use lambdesk_mail::{
    above::Above,
    address::{Address, Mailbox},
    letter::Letter,
    sender::proof::Verdict,
};
use serde::Deserialize;
use serde_json::Value;

/// The most addresses of one mail that are looked up.
const RECIPIENTS: usize = 100;
/// The most of them that are kept for taking a mail in once more.
const KEPT: usize = 20;

/// A mail that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The service's id of it.
    pub(crate) id: String,
    /// When the service took it: the same however often it is handed over.
    pub(crate) at: Timestamp,
    /// Its envelope's sender; `None` for the empty one, which bounces have.
    pub(crate) envelope: Option<Address>,
    /// Its envelope's recipients. The header may name others.
    pub(crate) recipients: Vec<Address>,
    /// What the service found about the owner's rules for the From domain.
    pub(crate) verdict: Verdict,
    pub(crate) is_spam: bool,
    pub(crate) has_virus: bool,
    subject: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    ses: Ses,
}

#[derive(Deserialize)]
struct Ses {
    mail: Mail,
    receipt: Receipt,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: Timestamp,
    #[serde(default)]
    source: String,
    #[serde(default)]
    common_headers: CommonHeaders,
}

#[derive(Deserialize, Default)]
struct CommonHeaders {
    #[serde(default)]
    subject: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    recipients: Vec<String>,
    spam_verdict: Status,
    virus_verdict: Status,
    dmarc_verdict: Status,
    dmarc_policy: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    status: String,
}

impl Status {
    /// What was not checked, or not surely, is neither spam nor a virus.
    fn has_failed(&self) -> bool {
        self.status.eq_ignore_ascii_case("FAIL")
    }
}

/// The mails of an event.
pub(crate) fn read(event: Value) -> Result<Vec<Arrival>, serde_json::Error> {
    let Event { records } = serde_json::from_value(event)?;
    Ok(records.into_iter().map(|record| Arrival::of(record.ses)).collect())
}

impl Arrival {
    fn of(Ses { mail, receipt }: Ses) -> Self {
        Self {
            id: mail.message_id,
            at: mail.timestamp,
            envelope: Address::read(&mail.source),
            recipients: receipt.recipients.iter().take(RECIPIENTS).filter_map(|text| Address::read(text)).collect(),
            verdict: Verdict::read(&receipt.dmarc_verdict.status, receipt.dmarc_policy.as_deref()),
            is_spam: receipt.spam_verdict.has_failed(),
            has_virus: receipt.virus_verdict.has_failed(),
            subject: mail.common_headers.subject.unwrap_or_default(),
        }
    }

    /// A mail that was noted, to be taken in once more. What was noted before such mails were kept apart says less of them.
    pub(crate) fn noted(received: &Received) -> Self {
        let Received { id, at, reason, to, from, subject, found, .. } = received.clone();
        let found = found.unwrap_or_else(|| Found {
            envelope: from,
            recipients: vec![to],
            dmarc: Verdict::Unknown.word().to_owned(),
            spam: reason == Some(MailReason::Spam),
        });
        Self {
            id,
            at,
            envelope: found.envelope.as_deref().and_then(Address::read),
            recipients: found.recipients.iter().filter_map(|text| Address::read(text)).collect(),
            verdict: Verdict::of_word(&found.dmarc),
            is_spam: found.spam,
            has_virus: false,
            subject,
        }
    }

    /// A mail that is kept, and that nobody was told of. It does not say whom the envelope was for if those were several, so whoever
    /// its header names counts.
    pub(crate) fn kept(id: &str, at: Timestamp, raw: &[u8], mail_domain: &str) -> Self {
        let letter = Letter::read(raw);
        let Above { envelope, recipient, verdict, is_spam, has_virus } = Above::read(&letter);
        let named = letter.to.iter().chain(&letter.cc).map(|Mailbox { address, .. }| address.clone());
        let mut recipients: Vec<_> = recipient.into_iter().chain(named).filter(|to| to.domain() == mail_domain).collect();
        recipients.sort();
        recipients.dedup();
        recipients.truncate(RECIPIENTS);
        Self { id: id.to_owned(), at, envelope, recipients, verdict, is_spam, has_virus, subject: letter.subject }
    }

    /// What taking it in once more will need, for these of its recipients.
    pub(crate) fn found<'a>(&self, recipients: impl Iterator<Item = &'a Address>) -> Found {
        Found {
            envelope: self.envelope.as_ref().map(ToString::to_string),
            recipients: recipients.take(KEPT).map(ToString::to_string).collect(),
            dmarc: self.verdict.word().to_owned(),
            spam: self.is_spam,
        }
    }

    /// Where the mail itself is kept.
    pub(crate) fn raw(&self) -> String {
        format!("{}{}", keys::INBOUND, self.id)
    }

    /// What is noted of a mail that was not read.
    pub(crate) fn unread(&self, state: MailState, reason: MailReason) -> Received {
        let to = self.recipients.first().map(ToString::to_string).unwrap_or_default();
        Received {
            id: self.id.clone(),
            at: self.at,
            state,
            reason: Some(reason),
            to,
            from: self.envelope.as_ref().map(ToString::to_string),
            subject: lambdesk_domain::text::cut(self.subject.trim(), lambdesk_domain::mail::SUBJECT).to_owned(),
            ticket: None,
            verified: false,
            files: 0,
            raw: self.raw(),
            found: None,
            turn: 0,
        }
    }

    /// What is noted of a mail that nobody reads.
    pub(crate) fn ignored(&self, reason: MailReason) -> Received {
        self.unread(MailState::Ignored, reason)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mail_that_nobody_was_told_of_says_whom_it_is_for() {
        let raw = b"Return-Path: <ada@example.com>\r\nReceived: by inbound-smtp.local for hidden@desk.test; Mon\r\n\
                    From: ada@example.com\r\nTo: demo@desk.test, bob@example.com\r\nCc: Demo@desk.test\r\nSubject: Hi\r\n\r\nhello";
        let arrival = Arrival::kept("abc", Timestamp::EPOCH, raw, "desk.test");
        let to: Vec<_> = arrival.recipients.iter().map(Address::as_str).collect();
        assert_eq!((to, arrival.subject.as_str()), (vec!["demo@desk.test", "hidden@desk.test"], "Hi"));
        let found = arrival.found(arrival.recipients.iter());
        let received = Received { found: Some(found), ..arrival.unread(MailState::Held, MailReason::Bulk) };
        let again = Arrival::noted(&received);
        assert_eq!(
            (&again.recipients, &again.envelope, again.verdict),
            (&arrival.recipients, &arrival.envelope, Verdict::Unknown)
        );
        let bare = Arrival::noted(&Received { found: None, reason: Some(MailReason::Spam), ..received });
        assert_eq!((bare.recipients.len(), bare.is_spam), (1, true));
    }

    #[test]
    fn an_event_is_read_as_the_service_sends_it() {
        let event = |source: &str, policy: Value| {
            json!({"Records": [{
                "eventSource": "aws:ses", "eventVersion": "1.0",
                "ses": {
                    "mail": {
                        "timestamp": "2026-05-04T08:00:00.000Z", "source": source, "messageId": "abc",
                        "destination": ["demo@desk.test"], "headersTruncated": false, "headers": [],
                        "commonHeaders": {"from": ["Ada <ada@example.com>"], "subject": "Hello"},
                    },
                    "receipt": {
                        "timestamp": "2026-05-04T08:00:01.000Z", "processingTimeMillis": 5, "recipients": ["demo@desk.test", "odd"],
                        "spamVerdict": {"status": "GRAY"}, "virusVerdict": {"status": "PROCESSING_FAILED"},
                        "spfVerdict": {"status": "PASS"}, "dkimVerdict": {"status": "PASS"},
                        "dmarcVerdict": {"status": "FAIL"}, "dmarcPolicy": policy,
                        "action": {"type": "Lambda", "functionArn": "arn", "invocationType": "Event"},
                    },
                },
            }]})
        };
        let arrival = read(event("ada@example.com", json!("reject"))).unwrap().remove(0);
        assert_eq!((arrival.raw().as_str(), arrival.recipients.len()), ("inbound/abc", 1));
        assert_eq!((arrival.verdict, arrival.is_spam, arrival.has_virus), (Verdict::Refused, false, false));
        assert_eq!(arrival.at.to_string(), "2026-05-04T08:00:00.000000Z");
        let bounce = read(event("<>", Value::Null)).unwrap().remove(0);
        assert_eq!((bounce.envelope, bounce.verdict), (None, Verdict::Fail));
        assert!(read(json!({"Records": [{}]})).is_err());
    }
}
