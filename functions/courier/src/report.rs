//! What the sending service tells of a mail, as EventBridge delivers it.

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    delivery::{Report, Reported},
};
use serde::Deserialize;
use serde_json::Value;

/// What is told, and of which message.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) project: ProjectId,
    pub(crate) ticket: TicketId,
    pub(crate) written_at: Timestamp,
    pub(crate) report: Report,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_type: String,
    mail: Mail,
    delivery: Option<Delivered>,
    delivery_delay: Option<Delayed>,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    reject: Option<Reject>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: Timestamp,
    #[serde(default)]
    tags: Tags,
}

/// The tags that each mail of the desk has. Other mails of the account have others.
#[derive(Deserialize, Default)]
struct Tags {
    #[serde(default)]
    p: Vec<String>,
    #[serde(default)]
    t: Vec<String>,
    #[serde(default)]
    m: Vec<String>,
}

#[derive(Deserialize)]
struct Delivered {
    timestamp: Timestamp,
    #[serde(default)]
    recipients: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delayed {
    timestamp: Timestamp,
    #[serde(default)]
    delayed_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(rename = "bounceType")]
    kind: Option<String>,
    timestamp: Timestamp,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
}

impl Bounce {
    /// Whether another mail would come back too. A mailbox that is full, or a server that nobody reaches, is `Transient`.
    fn is_for_good(&self) -> bool {
        self.kind.as_deref() == Some("Permanent")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    timestamp: Timestamp,
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
struct Reject {
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    diagnostic_code: Option<String>,
}

/// Reads an event; `None` if it tells nothing of a mail of the desk.
pub(crate) fn read(detail: Value) -> Result<Option<Told>, serde_json::Error> {
    let Detail { event_type, mail, delivery, delivery_delay, bounce, complaint, reject } = serde_json::from_value(detail)?;
    let Some((project, ticket, written_at)) = whose(&mail.tags) else { return Ok(None) };
    let what = match event_type.as_str() {
        "Send" => Reported::Sent,
        "Delivery" => Reported::Delivered,
        "DeliveryDelay" => Reported::Delayed,
        "Bounce" if bounce.as_ref().is_some_and(Bounce::is_for_good) => Reported::Refused,
        "Bounce" => Reported::Bounced,
        "Complaint" => Reported::Complained,
        "Reject" => Reported::Rejected,
        _ => return Ok(None),
    };
    let each = |all: Vec<Recipient>| {
        let detail = all.iter().find_map(|recipient| recipient.diagnostic_code.clone());
        (all.into_iter().map(|recipient| recipient.email_address).collect::<Vec<_>>(), detail)
    };
    let (at, (recipients, detail)) = match (delivery, delivery_delay, bounce, complaint, reject) {
        (Some(delivery), ..) => (delivery.timestamp, (delivery.recipients, None)),
        (_, Some(delay), ..) => (delay.timestamp, each(delay.delayed_recipients)),
        (_, _, Some(bounce), ..) => (bounce.timestamp, each(bounce.bounced_recipients)),
        (_, _, _, Some(complaint), _) => (complaint.timestamp, each(complaint.complained_recipients)),
        (.., Some(reject)) => (mail.timestamp, (Vec::new(), reject.reason)),
        _ => (mail.timestamp, (Vec::new(), None)),
    };
    let report = Report { what, recipients, detail, mail: Some(mail.message_id), at };
    Ok(Some(Told { project, ticket, written_at, report }))
}

fn whose(tags: &Tags) -> Option<(ProjectId, TicketId, Timestamp)> {
    let project = tags.p.first()?.parse().ok()?;
    let ticket = tags.t.first()?.parse().ok()?;
    let written_at = Timestamp::from_micros(tags.m.first()?.parse().ok()?)?;
    Some((project, ticket, written_at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TICKET: &str = "01a00000-0000-7000-8000-000000000001";

    fn told(kind: &str, about: &Value) -> Value {
        let mut detail = json!({
            "eventType": kind,
            "mail": {
                "timestamp": "2026-05-04T08:00:00.000Z", "source": "demo@desk.test", "messageId": "abc", "destination": ["a@b.de"],
                "tags": {"p": ["1"], "t": [TICKET], "m": ["1777881600000000"], "ses:configuration-set": ["desk"]},
            },
        });
        detail.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        detail
    }

    #[test]
    fn an_event_is_read_as_the_service_sends_it() {
        let read = |kind, about: Value| read(told(kind, &about)).unwrap().unwrap();
        let sent = read("Send", json!({"send": {}}));
        assert_eq!((sent.project, sent.written_at.micros()), (ProjectId(1), 1_777_881_600_000_000));
        assert_eq!((sent.report.what, sent.report.mail.as_deref()), (Reported::Sent, Some("abc")));
        let bounce = json!({"bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": "2026-05-04T08:00:01.000Z",
            "bouncedRecipients": [{"emailAddress": "a@b.de", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550"}],
        }});
        let bounced = read("Bounce", bounce).report;
        assert_eq!(
            (bounced.what, bounced.recipients, bounced.detail.as_deref()),
            (Reported::Refused, vec!["a@b.de".to_owned()], Some("smtp; 550"))
        );
        for kind in ["Transient", "Undetermined"] {
            let full = json!({"bounce": {
                "bounceType": kind, "timestamp": "2026-05-04T08:00:01.000Z", "bouncedRecipients": [{"emailAddress": "a@b.de"}],
            }});
            assert_eq!(read("Bounce", full).report.what, Reported::Bounced, "{kind}");
        }
        let delivered = json!({"delivery": {"timestamp": "2026-05-04T08:00:01.000Z", "recipients": ["a@b.de"]}});
        assert_eq!(read("Delivery", delivered).report.at.to_string(), "2026-05-04T08:00:01.000000Z");
        assert_eq!(read("Reject", json!({"reject": {"reason": "Bad content"}})).report.detail.as_deref(), Some("Bad content"));
    }

    #[test]
    fn what_is_told_of_other_mails_is_nothing() {
        assert_eq!(read(told("Open", &json!({"open": {}}))).unwrap(), None);
        let mut other = told("Send", &json!({"send": {}}));
        other["mail"]["tags"] = json!({"ses:configuration-set": ["desk"]});
        assert_eq!(read(other).unwrap(), None);
    }
}
