//! Messages and private notes: `aut` author, `usr` and `nam` of a team member, `txt` and `rch` content, `edt` edits,
//! `flw` the message before. Time and privacy are the sort key's to tell.

use lambdesk_domain::{
    Message, ProjectId, TicketId, Timestamp, UserId,
    message::{Author, Content},
};

use crate::{
    error::StoreError,
    item::{Item, Reader, Writer},
    keys,
};

pub(crate) fn write(project: ProjectId, ticket: TicketId, message: &Message) -> Item {
    let Message { id, created_at, author, content: Content { text, rich }, private, edits, follows } = message;
    let (user, name) = match author {
        Author::Customer => (None, None),
        Author::Support { user, name } => (*user, Some(name.as_str())),
    };
    Writer::new(&keys::message(project, ticket, *created_at, *private))
        .text("id", id.to_string())
        .text("aut", author.kind())
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
        "support" => Author::Support { user: row.opt_number("usr")?.map(UserId), name: row.text("nam")?.to_owned() },
        _ => return Err(row.corrupt("aut")),
    };
    Ok(Message {
        id: row.parsed("id", |id| id.parse().ok())?,
        created_at: micros.and_then(Timestamp::from_micros).ok_or_else(|| row.corrupt(keys::SK))?,
        author,
        content: Content { text: row.text("txt")?.to_owned(), rich: row.opt_json("rch")? },
        private: sort_key.starts_with(keys::NOTES),
        edits: row.opt_number("edt")?.unwrap_or(0),
        follows: row.opt_time("flw")?,
    })
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::MessageId;
    use serde_json::json;
    use uuid::Uuid;

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
        for message in [message, note] {
            assert_eq!(read(&write(ProjectId(1), TicketId(Uuid::nil()), &message)).unwrap(), message);
        }
    }
}
