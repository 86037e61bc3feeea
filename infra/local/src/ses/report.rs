//! What SES tells of mails: events on the account's own bus, in its shape, and what the mailbox simulator's addresses do.

use lambdesk_domain::Timestamp;
use lambdesk_mail::letter::Letter;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Kept;
use crate::mail::{Sent, Verdicts};

/// The simulator's address that bounces.
const BOUNCES: &str = "bounce@simulator.amazonses.com";
/// The simulator's address whose owner complains.
const COMPLAINS: &str = "complaint@simulator.amazonses.com";
/// The simulator's address that answers by itself.
const ANSWERS: &str = "ooto@simulator.amazonses.com";

/// What becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Sent,
    Delivered,
    Delayed,
    Bounced,
    Complained,
    Rejected,
}

/// The events that come at once of a mail that was just sent.
pub(super) fn first(kept: &Kept, at: Timestamp) -> Vec<Value> {
    let mut events = vec![event(kept, Event::Sent, &kept.recipients, at)];
    for recipient in &kept.recipients {
        let one = std::slice::from_ref(recipient);
        match recipient.to_ascii_lowercase().as_str() {
            BOUNCES => events.push(event(kept, Event::Bounced, one, at)),
            COMPLAINS => events.extend([Event::Delivered, Event::Complained].map(|of| event(kept, of, one, at))),
            _ => events.push(event(kept, Event::Delivered, one, at)),
        }
    }
    events
}

/// An event of some of a mail's recipients.
pub(super) fn event(kept: &Kept, event: Event, recipients: &[String], at: Timestamp) -> Value {
    let Kept { id, from, subject, tags, configuration_set, recipients: all, at: sent, .. } = kept;
    let mut told: Map<String, Value> = tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    told.insert("ses:configuration-set".to_owned(), json!([configuration_set]));
    let mut detail = json!({
        "mail": {
            "timestamp": sent, "source": from, "messageId": id, "destination": all, "headersTruncated": false,
            "commonHeaders": {"subject": subject}, "tags": told,
        },
    });
    let each = |more: &[(&str, &str)]| -> Vec<Value> {
        let one = |address: &String| {
            let mut one = json!({"emailAddress": address});
            for (name, value) in more {
                one[*name] = json!(value);
            }
            one
        };
        recipients.iter().map(one).collect()
    };
    let (kind, name, field, about) = match event {
        Event::Sent => ("Email Sent", "Send", "send", json!({})),
        Event::Delivered => (
            "Email Delivered",
            "Delivery",
            "delivery",
            json!({"recipients": recipients, "smtpResponse": "250 2.6.0 Message received"}),
        ),
        Event::Delayed => {
            let delayed = each(&[("status", "4.4.1"), ("diagnosticCode", "smtp; 421 4.4.1 Unable to connect to remote host")]);
            let about = json!({"delayType": "TransientCommunicationFailure", "delayedRecipients": delayed});
            ("Email Delivery Delayed", "DeliveryDelay", "deliveryDelay", about)
        }
        Event::Bounced => {
            let bounced = each(&[("action", "failed"), ("status", "5.1.1"), ("diagnosticCode", "smtp; 550 5.1.1 user unknown")]);
            let about = json!({"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": bounced});
            ("Email Bounced", "Bounce", "bounce", about)
        }
        Event::Complained => {
            let about = json!({"complainedRecipients": each(&[]), "complaintFeedbackType": "abuse"});
            ("Email Complaint Received", "Complaint", "complaint", about)
        }
        Event::Rejected => ("Email Rejected", "Reject", "reject", json!({"reason": "Bad content"})),
    };
    detail["eventType"] = json!(name);
    detail[field] = about;
    detail[field]["timestamp"] = json!(at);
    json!({
        "version": "0", "id": Uuid::new_v4(), "detail-type": kind, "source": "aws.ses", "account": "000000000000", "time": at,
        "region": "us-east-1", "resources": [], "detail": detail,
    })
}

/// Whether a machine answers mails to this address.
pub(super) fn is_answered(address: &str) -> bool {
    address.eq_ignore_ascii_case(ANSWERS)
}

/// The answer of a machine to a mail.
pub(super) fn out_of_office(from: &str, envelope: &str, raw: &[u8]) -> Sent {
    let letter = Letter::read(raw);
    let to = letter.reply_to.first().map_or_else(|| envelope.to_owned(), |named| named.address.to_string());
    let id = letter.message_id.unwrap_or_default();
    let text = format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: Out of Office\r\nMessage-ID: <{}@simulator.amazonses.com>\r\nIn-Reply-To: <{id}>\r\n\
         References: <{id}>\r\nAuto-Submitted: auto-replied\r\n\r\nI am out of the office.\r\n",
        Uuid::new_v4()
    );
    Sent { from: String::new(), to: vec![to], raw: text.into_bytes(), verdicts: Verdicts::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(recipients: &[&str]) -> Kept {
        Kept {
            id: "abc".to_owned(),
            project_id: None,
            from: "demo@desk.test".to_owned(),
            recipients: recipients.iter().map(|address| (*address).to_owned()).collect(),
            subject: "hi".to_owned(),
            at: Timestamp::EPOCH,
            tags: vec![("p".to_owned(), "1".to_owned())],
            configuration_set: Some("desk".to_owned()),
        }
    }

    #[test]
    fn the_simulators_addresses_do_what_they_are_for() {
        let names = |address: &str| {
            let events = first(&kept(&[address]), Timestamp::EPOCH);
            events.iter().map(|event| event["detail"]["eventType"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("ada@example.com"), ["Send", "Delivery"]);
        assert_eq!(names(BOUNCES), ["Send", "Bounce"]);
        assert_eq!(names(COMPLAINS), ["Send", "Delivery", "Complaint"]);
    }

    #[test]
    fn an_event_names_its_mail_by_the_tags() {
        let told = event(&kept(&["a@b.de", "c@d.ef"]), Event::Bounced, &["c@d.ef".to_owned()], Timestamp::EPOCH);
        assert_eq!((&told["source"], &told["detail-type"]), (&json!("aws.ses"), &json!("Email Bounced")));
        assert_eq!(told["detail"]["mail"]["tags"], json!({"p": ["1"], "ses:configuration-set": ["desk"]}));
        assert_eq!(told["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"], "c@d.ef");
    }
}
