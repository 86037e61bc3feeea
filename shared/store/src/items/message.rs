//! Messages and private notes. The sort key has the time, and says whether the message is private.
//!
//! A message keeps the ticket's values at the time it was written ([`About`]), which its event carries. The stream delivers a
//! message without its ticket, and the ticket may have changed since.
//!
//! Attribute names have three letters, as those of a [ticket](super::ticket).

use lambdesk_domain::{
    Message, MessageId, ProjectId, TicketId, Timestamp,
    attachment::Attachment,
    events::About,
    ids::TicketNumber,
    mail::Mailed,
    message::{Author, Content},
    ticket::{Channel, ChannelDetail, Priority, Status},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::StoreError,
    items::{
        attachments,
        mailed::opt_mailed,
        row::{
            self,
            values::{self, key},
        },
    },
    transport::{
        item::{Item, Reader},
        keys::{self, TicketRow},
    },
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Message")]
struct MessageRow {
    id: MessageId,
    #[serde(rename = "SK", skip_serializing, deserialize_with = "key::time")]
    created_at: Timestamp,
    #[serde(rename = "*author", with = "author")]
    author: Author,
    #[serde(rename = "*content", with = "ContentRow")]
    content: Content,
    #[serde(skip)]
    private: bool,
    #[serde(rename = "edt", default, skip_serializing_if = "values::is_zero")]
    edits: u32,
    #[serde(rename = "flw", default, skip_serializing_if = "Option::is_none", with = "values::opt_time")]
    follows: Option<Timestamp>,
    #[serde(rename = "mal", default, skip_serializing_if = "Option::is_none", with = "opt_mailed")]
    mailed: Option<Box<Mailed>>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Content")]
struct ContentRow {
    #[serde(rename = "txt")]
    text: String,
    #[serde(rename = "rch", default, skip_serializing_if = "Option::is_none", with = "values::opt_json")]
    rich: Option<Value>,
    #[serde(rename = "fil", default, skip_serializing_if = "Vec::is_empty", with = "attachments")]
    files: Vec<Attachment>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "About")]
struct AboutRow {
    #[serde(rename = "PK", skip_serializing, deserialize_with = "key::last")]
    ticket: TicketId,
    #[serde(rename = "anu")]
    number: TicketNumber,
    #[serde(rename = "ach")]
    channel: Channel,
    #[serde(rename = "acd", skip_serializing_if = "Option::is_none")]
    channel_detail: Option<ChannelDetail>,
    #[serde(rename = "ast")]
    status: Status,
    #[serde(rename = "apr", skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(rename = "adi")]
    distinct_id: String,
    #[serde(rename = "ana", skip_serializing_if = "Option::is_none")]
    customer_name: Option<String>,
    #[serde(rename = "aem", skip_serializing_if = "Option::is_none")]
    customer_email: Option<String>,
    #[serde(rename = "aep", default, skip_serializing_if = "values::is_off")]
    customer_email_proven: bool,
    #[serde(rename = "asl", default, skip_serializing_if = "Option::is_none", with = "values::opt_time")]
    sla_due_at: Option<Timestamp>,
}

/// The item of a message, with the values of the ticket that its event carries.
pub(crate) fn write(project: ProjectId, about: &About, message: &Message) -> Item {
    let key = keys::message(project, about.ticket, message.created_at, message.private);
    row::write(&key, message, MessageRow::serialize).attributes(row::attributes(about, AboutRow::serialize)).done()
}

pub(crate) fn read(item: &Item) -> Result<Message, StoreError> {
    let private = Reader(item).sort_key()?.starts_with(TicketRow::Note.first());
    Ok(Message { private, ..row::read(item, MessageRow::deserialize)? })
}

/// The attributes that [`addresses`] looks at, beside the key.
pub(crate) const ADDRESSES: &str = "PK, SK, aem, adr";

/// The addresses that lie with a message, from these attributes: that of who asked, and that of somebody else of the customer's
/// side who wrote it.
pub(crate) fn addresses(item: &Item) -> Result<(Option<&str>, Option<&str>), StoreError> {
    Ok((Reader(item).opt_text("aem")?, Reader(item).opt_text("adr")?))
}

/// The values of the ticket that a message keeps.
pub(crate) fn read_about(item: &Item) -> Result<About, StoreError> {
    row::read(item, AboutRow::deserialize)
}

/// Who wrote a message.
mod author {
    use lambdesk_domain::{UserId, mail::Participant, message::Author};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    struct AuthorRow {
        #[serde(rename = "aut")]
        kind: String,
        /// Which member of the team.
        #[serde(rename = "usr", skip_serializing_if = "Option::is_none")]
        user: Option<UserId>,
        #[serde(rename = "nam", skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The address of somebody of the customer's side who is not the one who asked.
        #[serde(rename = "adr", skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    }

    pub(super) fn serialize<S: Serializer>(author: &Author, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, user, name, address) = match author {
            Author::Customer => ("customer", None, None, None),
            // Whoever does not know of participants yet reads the message as one of the customer.
            Author::Participant(Participant { name, address }) => ("customer", None, Some(name.clone()), Some(address.clone())),
            Author::Desk => ("desk", None, None, None),
            Author::Support { user, name } => ("support", *user, Some(name.clone()), None),
        };
        AuthorRow { kind: kind.to_owned(), user, name, address }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Author, D::Error> {
        let AuthorRow { kind, user, name, address } = AuthorRow::deserialize(deserializer)?;
        match kind.as_str() {
            "customer" => Ok(match address {
                Some(address) => {
                    let name = name.ok_or_else(|| D::Error::missing_field("nam"))?;
                    Author::Participant(Participant { name, address })
                }
                None => Author::Customer,
            }),
            "desk" => Ok(Author::Desk),
            "support" => Ok(Author::Support { user, name: name.ok_or_else(|| D::Error::missing_field("nam"))? }),
            _ => Err(D::Error::custom("aut")),
        }
    }
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{
        UserId,
        attachment::{AttachmentState, FileType},
        mail::Participant,
    };
    use serde_json::json;

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    #[test]
    fn what_is_written_is_read() {
        let at = Timestamp::from_micros(1_700_000_000_000_001).unwrap();
        let message = Message {
            id: MessageId::new(at, 1),
            created_at: at,
            author: Author::Customer,
            content: Content { text: "hi".into(), rich: None, files: Vec::new() },
            private: false,
            edits: 0,
            follows: None,
            mailed: None,
        };
        let file = Attachment {
            id: uuid::Uuid::from_u128(7),
            name: "Überweisung.pdf".into(),
            content_type: FileType::Bytes,
            size: 11 * 1024 * 1024,
            inline: false,
            state: AttachmentState::TooLarge,
        };
        let picture = Attachment {
            id: uuid::Uuid::from_u128(8),
            content_type: FileType::Png,
            inline: true,
            state: AttachmentState::Kept,
            ..file.clone()
        };
        let note = Message {
            author: Author::Support { user: Some(UserId(1)), name: "Agent".into() },
            content: Content { text: "hi".into(), rich: Some(json!({"type": "doc"})), files: vec![file, picture] },
            private: true,
            edits: 2,
            follows: Some(at),
            ..message.clone()
        };
        let question = Message { author: Author::Desk, ..message.clone() };
        let participant = Participant { name: "Bob".into(), address: "bob@example.com".into() };
        let mailed = Mailed {
            id: Some("b1@mail.example.com".into()),
            from: "bob@example.com".into(),
            to: vec!["demo@desk.test".into()],
            cc: vec!["ann@example.com".into()],
            verified: true,
            quoted: true,
            cut: true,
            automated: true,
            files: 2,
            html: true,
            shared: true,
            known: "7f".into(),
            raw: "inbound/1".into(),
        };
        let by_mail = Message { author: Author::Participant(participant), mailed: Some(Box::new(mailed)), ..message.clone() };
        let ticket = crate::items::ticket::tests::full();
        for message in [message, note, question, by_mail] {
            let item = write(ProjectId(1), &About::of(&ticket), &message);
            assert_eq!(read(&item).unwrap(), message);
            assert_eq!(read_about(&item).unwrap(), About::of(&ticket));
            assert_faults_are_named(&item, &[], |item| Ok((read(item)?, read_about(item)?)));
        }
    }
}
