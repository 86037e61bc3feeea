//! What becomes of a message on its way out of the desk, and the timer at which the desk looks at it.

use lambdesk_domain::{
    ProjectId, Timestamp,
    delivery::{Delivery, DeliveryStatus, Errand, LONGEST, Recipient, RecipientKind},
    time::DAY,
};
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    items::row::values,
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

pub(crate) const VERSION: &str = "ver";
/// Only what waits for whoever sends it has this attribute. The stream tells of nothing else.
const DUE: &str = "due";
const MESSAGE: &str = "msg";
const RECIPIENTS: &str = "rcp";
const TIMER: &str = "tmr";
/// Only what is no reply on a ticket by mail has this attribute.
const ERRAND: &str = "why";
const OTHERS: &str = "oth";

#[derive(Serialize, Deserialize)]
#[serde(remote = "Recipient")]
struct RecipientRow {
    #[serde(rename = "a")]
    address: String,
    #[serde(rename = "k")]
    kind: RecipientKind,
    #[serde(rename = "s")]
    status: DeliveryStatus,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(rename = "t", with = "values::time")]
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Row(#[serde(with = "RecipientRow")] Recipient);

pub(crate) fn write(project: ProjectId, delivery: &Delivery) -> Item {
    let Delivery {
        errand,
        ticket,
        message,
        written_at,
        recipients,
        since,
        tries,
        tried_at,
        due,
        timer,
        mail,
        others,
        page,
        version,
    } = delivery;
    let others: Vec<_> = others.iter().map(|other| other.micros().to_string()).collect();
    // What is about no ticket goes by itself.
    let expires_at = (*errand == Errand::Restore).then(|| since.plus_seconds(LONGEST + DAY).seconds());
    let rows: Vec<_> = recipients.iter().cloned().map(Row).collect();
    Writer::new(&keys::delivery(project, *ticket, *written_at))
        .text(MESSAGE, message.to_string())
        .text(RECIPIENTS, serde_json::json!(rows).to_string())
        .time("snc", *since)
        .opt_number("try", Some(tries).filter(|tries| **tries > 0))
        .opt_time("tra", *tried_at)
        .opt_time(DUE, *due)
        .time(TIMER, *timer)
        .opt_text("mid", mail.as_deref())
        .opt_text(ERRAND, (*errand != Errand::Reply).then(|| errand.name()))
        .opt_text(OTHERS, Some(others.join(",")).as_deref().filter(|others| !others.is_empty()))
        .opt_text("pag", page.as_deref())
        .opt_number("expires_at", expires_at)
        .number(VERSION, version)
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Delivery, StoreError> {
    let row = Reader(item);
    let (_, ticket, written_at) =
        keys::delivery_of(row.partition_key()?, row.sort_key()?).ok_or_else(|| row.corrupt(keys::SK))?;
    let others = row.opt_text(OTHERS)?.into_iter().flat_map(|others| others.split(','));
    let others = others.map(|other| Timestamp::from_micros(other.parse().ok()?));
    let rows: Vec<Row> = row.parsed(RECIPIENTS, |text| serde_json::from_str(text).ok())?;
    Ok(Delivery {
        ticket,
        message: row.parsed(MESSAGE, |id| id.parse().ok())?,
        written_at,
        recipients: rows.into_iter().map(|Row(recipient)| recipient).collect(),
        since: row.time("snc")?,
        tries: row.opt_number("try")?.unwrap_or_default(),
        tried_at: row.opt_time("tra")?,
        due: row.opt_time(DUE)?,
        timer: row.time(TIMER)?,
        mail: row.opt_text("mid")?.map(str::to_owned),
        errand: row.opt_text(ERRAND)?.map_or(Some(Errand::Reply), Errand::parse).ok_or_else(|| row.corrupt(ERRAND))?,
        others: others.collect::<Option<_>>().ok_or_else(|| row.corrupt(OTHERS))?,
        page: row.opt_text("pag")?.map(str::to_owned),
        version: row.number(VERSION)?,
    })
}

/// The timer that a delivery names.
pub(crate) fn timer(project: ProjectId, delivery: &Delivery) -> Item {
    let Delivery { ticket, written_at, timer, .. } = delivery;
    Writer::new(&keys::delivery_timer(project, *ticket, *written_at, *timer)).done()
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{MessageId, TicketId};
    use uuid::Uuid;

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    #[test]
    fn what_is_written_is_read() {
        let at = |seconds| Timestamp::EPOCH.plus_seconds(seconds);
        let ada = Recipient {
            address: "ada@example.com".into(),
            kind: RecipientKind::To,
            status: DeliveryStatus::Bounced,
            detail: Some("550 5.1.1 user unknown".into()),
            at: at(4),
        };
        let bob = Recipient {
            address: "bob@example.com".into(),
            kind: RecipientKind::Bcc,
            status: DeliveryStatus::Sent,
            detail: None,
            ..ada.clone()
        };
        let full = Delivery {
            ticket: TicketId(Uuid::from_u128(7)),
            message: MessageId::new(at(1), 3),
            written_at: at(1),
            recipients: vec![ada, bob],
            since: at(1),
            tries: 2,
            tried_at: Some(at(2)),
            due: Some(at(3)),
            timer: at(5),
            mail: Some("abc".into()),
            errand: Errand::Restore,
            others: vec![at(6), at(7)],
            page: Some("https://example.com/".into()),
            version: 9,
        };
        let item = write(ProjectId(1), &full);
        assert_eq!(read(&item).unwrap(), full);
        assert_faults_are_named(&item, &["expires_at"], read);
        let bare = Delivery {
            tries: 0,
            tried_at: None,
            due: None,
            mail: None,
            errand: Errand::Reply,
            others: Vec::new(),
            page: None,
            ..full
        };
        let item = write(ProjectId(1), &bare);
        assert_eq!((read(&item).unwrap(), item.contains_key(DUE)), (bare.clone(), false));
        let timer = timer(ProjectId(1), &bare);
        let named = keys::delivery_timer_of(Reader(&timer).sort_key().unwrap());
        assert_eq!(named, Some((bare.timer, (ProjectId(1), bare.ticket, bare.written_at))));
    }
}
