//! Tickets and projects for the tests of every crate, behind the feature `testing`.
//!
//! A test names only what it is about: `Draft { distinct_id, ..draft() }`. So a new field of a ticket changes no test.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    create::{Draft, open},
    directory::Directory,
    ids::{ProjectId, TicketId, UserId},
    mail::{MailRoute, Mailed},
    message::{Author, Content, Message},
    project::{Member, Project, Rights},
    scope::Access,
    settings::Settings,
    ticket::{Channel, Fields, Origin, Ticket},
    time::Timestamp,
    traits::Object,
};

/// A microsecond of the Unix epoch.
///
/// # Panics
///
/// If no timestamp can hold it.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

/// The entries of a JSON object; none of any other value.
pub fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Plain text as someone wrote it.
pub fn content(text: &str) -> Content {
    Content { text: text.to_owned(), rich: None, files: Vec::new() }
}

/// A ticket of the widget without a message: the customer `ada`, of whom nothing is known.
pub fn draft() -> Draft {
    Draft {
        origin: Origin::filed(Channel::Widget),
        distinct_id: "ada".to_owned(),
        identity_verified: None,
        fields: Fields::default(),
        session_id: None,
        session_context: Object::new(),
        message: None,
        follows_up: None,
        mail: None,
    }
}

/// A [`draft`] by a customer who told their name and e-mail.
pub fn draft_of(name: &str, email: &str) -> Draft {
    let anonymous_traits = object(json!({"name": name, "email": email}));
    Draft { fields: Fields { anonymous_traits, ..Fields::default() }, ..draft() }
}

/// The first message of a customer.
pub fn says(text: &str) -> Option<(Author, Content)> {
    Some((Author::Customer, content(text)))
}

/// Opens `draft` as ticket 7 one second after the epoch.
pub fn opened(draft: Draft) -> (Ticket, Option<Message>) {
    open(draft, TicketId(Uuid::from_u128(1)), 7, at(1_000_000), 3)
}

/// The ticket of [`draft`].
pub fn ticket() -> Ticket {
    opened(draft()).0
}

/// A project of which nothing was set.
pub fn project() -> Project {
    Project {
        id: ProjectId(1),
        name: "Demo".to_owned(),
        conversations_enabled: true,
        settings: Settings::default(),
        policies: std::sync::Arc::default(),
        api_token: String::new(),
        widget_public_token: String::new(),
        secret_api_token: String::new(),
        secret_api_token_backup: None,
        cursor_key: String::new(),
        created_at: Timestamp::EPOCH,
        folding: 0,
        version: 1,
    }
}

/// The [`project`], with nobody in it.
pub fn directory() -> Directory {
    Directory { project: project(), members: Vec::new(), roles: Vec::new(), has_persons: false, has_mail: false }
}

/// A member without a first name, who never left.
pub fn member(id: u32, access: Access) -> Member {
    let (email, rights) = (format!("{id}@example.com"), Rights::new(access));
    Member { id: UserId(id), email, first_name: String::new(), rights }
}

/// A conversation by mail that Ada began, and in which nobody else takes part.
pub fn route() -> MailRoute {
    MailRoute {
        address: "demo@desk.test".to_owned(),
        subject: "Order 7".to_owned(),
        from: "ada@example.com".to_owned(),
        reply_to: None,
        cc: Vec::new(),
    }
}

/// What is known of a plain mail to the desk by this proven sender.
pub fn mailed(from: &str) -> Mailed {
    Mailed {
        id: Some("a1@mail.example.com".to_owned()),
        from: from.to_owned(),
        to: vec!["demo@desk.test".to_owned()],
        cc: Vec::new(),
        verified: true,
        quoted: false,
        cut: false,
        automated: false,
        files: 0,
        html: false,
        shared: false,
        known: String::new(),
        raw: "inbound/1".to_owned(),
    }
}
