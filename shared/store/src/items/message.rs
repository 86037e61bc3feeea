//! Messages and private notes. The sort key has the time, and says whether the message is private.
//!
//! A message keeps the ticket's values at the time it was written ([`About`]), which its event carries. The stream delivers a
//! message without its ticket, and the ticket may have changed since.
//!
//! | attribute | field | attribute | field |
//! | --- | --- | --- | --- |
//! | `aut` | kind of author | `usr`, `nam` | id and name of a team member |
//! | `txt`, `rch` | text, rich content as JSON | `edt` | edits, if any |
//! | `flw` | time of the public message before | `anu` | number of the ticket |
//! | `ach`, `acd` | channel, its detail | `ast`, `apr` | status, priority |
//! | `adi` | distinct id | `ana`, `aem` | customer's name, e-mail |
//! | `aep` | set if the e-mail is proven | `asl` | deadline |

use lambdesk_domain::{
    Message, ProjectId, TicketId, Timestamp, UserId,
    events::About,
    message::{Author, Content},
    ticket::{Channel, ChannelDetail, Priority, Status},
};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys::{self, TicketRow},
    },
};

/// The item of a message, with the values of the ticket that its event carries.
pub(crate) fn write(project: ProjectId, about: About, message: &Message) -> Item {
    let Message { id, created_at, author, content: Content { text, rich }, private, edits, follows } = message;
    let (user, name) = match author {
        Author::Customer | Author::Desk => (None, None),
        Author::Support { user, name } => (*user, Some(name.as_str())),
    };
    Writer::new(&keys::message(project, about.ticket, *created_at, *private))
        .number("anu", about.number)
        .text("ach", about.channel.name())
        .opt_text("acd", about.channel_detail.map(ChannelDetail::name))
        .text("ast", about.status.name())
        .opt_text("apr", about.priority.map(Priority::name))
        .text("adi", about.distinct_id)
        .opt_text("ana", about.customer_name)
        .opt_text("aem", about.customer_email)
        .opt_flag("aep", about.customer_email_proven.then_some(true))
        .opt_time("asl", about.sla_due_at)
        .text("id", id.to_string())
        .text("aut", if *author == Author::Desk { "desk" } else { author.kind() })
        .opt_number("usr", user)
        .opt_text("nam", name)
        .text("txt", text)
        .opt_text("rch", rich.as_ref().map(ToString::to_string))
        .opt_number("edt", (*edits > 0).then_some(edits))
        .opt_time("flw", *follows)
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Message, StoreError> {
    let row = Reader(item);
    let sort_key = row.sort_key()?;
    let micros = sort_key.split_once('#').and_then(|(_, micros)| micros.parse().ok());
    let author = match row.text("aut")? {
        "customer" => Author::Customer,
        "desk" => Author::Desk,
        "support" => Author::Support { user: row.opt_number("usr")?.map(UserId), name: row.text("nam")?.to_owned() },
        _ => return Err(row.corrupt("aut")),
    };
    Ok(Message {
        id: row.parsed("id", |id| id.parse().ok())?,
        created_at: micros.and_then(Timestamp::from_micros).ok_or_else(|| row.corrupt(keys::SK))?,
        author,
        content: Content { text: row.text("txt")?.to_owned(), rich: row.opt_json("rch")? },
        private: sort_key.starts_with(TicketRow::Note.first()),
        edits: row.opt_number("edt")?.unwrap_or(0),
        follows: row.opt_time("flw")?,
    })
}

/// The values of the ticket that a message keeps.
pub(crate) fn read_about(item: &Item, ticket: TicketId) -> Result<About, StoreError> {
    let row = Reader(item);
    Ok(About {
        ticket,
        number: row.number("anu")?,
        channel: row.parsed("ach", Channel::parse)?,
        channel_detail: row.opt_parsed("acd", ChannelDetail::parse)?,
        status: row.parsed("ast", Status::parse)?,
        priority: row.opt_parsed("apr", Priority::parse)?,
        distinct_id: row.text("adi")?.to_owned(),
        customer_name: row.opt_text("ana")?.map(str::to_owned),
        customer_email: row.opt_text("aem")?.map(str::to_owned),
        customer_email_proven: row.flag("aep")?.unwrap_or(false),
        sla_due_at: row.opt_time("asl")?,
    })
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::MessageId;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let at = Timestamp::from_micros(1_700_000_000_000_001).unwrap();
        let message = Message {
            id: MessageId::new(at, 1),
            created_at: at,
            author: Author::Customer,
            content: Content { text: "hi".into(), rich: None },
            private: false,
            edits: 0,
            follows: None,
        };
        let note = Message {
            author: Author::Support { user: Some(UserId(1)), name: "Agent".into() },
            content: Content { text: "hi".into(), rich: Some(json!({"type": "doc"})) },
            private: true,
            edits: 2,
            follows: Some(at),
            ..message.clone()
        };
        let question = Message { author: Author::Desk, ..message.clone() };
        let ticket = crate::items::ticket::tests::full();
        for message in [message, note, question] {
            let item = write(ProjectId(1), About::of(&ticket), &message);
            assert_eq!(read(&item).unwrap(), message);
            assert_eq!(read_about(&item, ticket.id).unwrap(), About::of(&ticket));
        }
    }
}
