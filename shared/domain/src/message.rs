//! Messages and private notes.

use serde_json::Value;

use crate::{
    folding::is_blank,
    ids::{MessageId, UserId},
    text::{AGENT_MESSAGE, CUSTOMER_MESSAGE, RICH_CONTENT, STORED, fits},
    ticket::Ticket,
    time::Timestamp,
};

/// What an author of the team is called who has no name.
const SUPPORT: &str = "Support";
/// The sign that an address has and no first name, in its three widths.
const AT_SIGNS: [char; 3] = ['@', '\u{FF20}', '\u{FE6B}'];

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// The customer; the name is the ticket's to tell.
    Customer,
    /// The desk itself: what it says is no answer, and no event tells of it.
    Desk,
    /// A member of the team, by the name they had when they wrote.
    Support {
        /// Who, if it was a person.
        user: Option<UserId>,
        /// First name, else e-mail, else `Support`.
        name: String,
    },
}

impl Author {
    /// `author_type` on the wire.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Desk | Self::Support { .. } => "support",
        }
    }

    /// `author_name` as agents read it: a customer's trait name, else trait e-mail, else what the reader calls a customer
    /// (`You` in the widget, `Customer` for agents).
    pub fn name<'a>(&'a self, ticket: &'a Ticket, a_customer: &'a str) -> &'a str {
        match self {
            Self::Customer => ticket.customer_name().or(ticket.customer_email()).unwrap_or(a_customer),
            Self::Desk => SUPPORT,
            Self::Support { name, .. } => name,
        }
    }

    /// `author_name` as the customer reads it. Agents without a first name are called by their address among themselves, which
    /// is none of the customer's business; whatever could be one is not shown.
    pub fn name_for_customer<'a>(&'a self, ticket: &'a Ticket) -> &'a str {
        match self {
            Self::Support { name, .. } if is_blank(name) || name.contains(AT_SIGNS) => SUPPORT,
            Self::Customer | Self::Desk | Self::Support { .. } => self.name(ticket, "You"),
        }
    }
}

/// What someone wrote, in a form that may be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Plain text, trimmed, not empty.
    pub text: String,
    /// The same with formatting: a `TipTap` document.
    pub rich: Option<Value>,
}

/// Why content is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadContent {
    /// Nothing that can be seen.
    #[error("This field may not be blank.")]
    Blank,
    /// Longer than its author may write.
    #[error("Ensure this field has no more than {0} characters.")]
    TooLong(usize),
    /// Not a JSON object.
    #[error("Rich content must be a JSON object.")]
    RichNotAnObject,
    /// Over [`RICH_CONTENT`] characters.
    #[error("Rich content can have at most 100000 characters as JSON.")]
    RichTooLong,
    /// Over [`STORED`] bytes in all.
    #[error("Text and rich content can have at most 350000 bytes together.")]
    TooLarge,
}

impl Content {
    /// A customer's message: 1 to 10,000 characters after trimming, never rich (decision 27).
    pub fn from_customer(text: &str) -> Result<Self, BadContent> {
        Ok(Self { text: bounded(text, CUSTOMER_MESSAGE)?, rich: None })
    }

    /// An agent's message or note: 1 to 50,000 characters after trimming (decision 27).
    pub fn from_agent(text: &str, rich: Option<Value>) -> Result<Self, BadContent> {
        let text = bounded(text, AGENT_MESSAGE)?;
        if let Some(rich) = &rich {
            if !rich.is_object() {
                return Err(BadContent::RichNotAnObject);
            }
            let json = rich.to_string();
            if !fits(&json, RICH_CONTENT) {
                return Err(BadContent::RichTooLong);
            }
            if text.len() + json.len() > STORED {
                return Err(BadContent::TooLarge);
            }
        }
        Ok(Self { text, rich })
    }
}

fn bounded(text: &str, most: usize) -> Result<String, BadContent> {
    let text = text.trim();
    if is_blank(text) {
        return Err(BadContent::Blank);
    }
    if fits(text, most) { Ok(text.to_owned()) } else { Err(BadContent::TooLong(most)) }
}

/// A short digest by which a retry is known: made outside of the domain, compared here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 16]);

/// A message, or a note that only the team sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id, made from `created_at`.
    pub id: MessageId,
    /// When it was written: unique within the ticket, and the order of the thread.
    pub created_at: Timestamp,
    /// Who wrote it.
    pub author: Author,
    /// What.
    pub content: Content,
    /// A private note.
    pub private: bool,
    /// How often it was edited.
    pub edits: u32,
    /// The `created_at` of the public message before it, so that a reader can tell a gap (see [`contiguous`]).
    pub follows: Option<Timestamp>,
}

/// Whether `messages`, read in order after the cursor `after`, have no hole.
///
/// Two commits that follow each other closely may become visible to a range read in the other order: it would show the
/// later message without the earlier, and a client's cursor would pass the earlier one for good. Each message names
/// the one before it, so the reader sees the hole and reads again.
pub fn contiguous(after: Option<Timestamp>, messages: &[Message]) -> bool {
    let mut reached = after;
    messages.iter().all(|message| {
        let whole = message.follows.is_none_or(|before| reached.is_some_and(|at| before <= at));
        reached = Some(message.created_at);
        whole
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_has_bounds() {
        assert_eq!(Content::from_customer(" hi ").unwrap().text, "hi");
        assert_eq!(Content::from_customer(" \n"), Err(BadContent::Blank));
        assert!(Content::from_customer(&"é".repeat(10_000)).is_ok());
        assert_eq!(Content::from_customer(&"é".repeat(10_001)), Err(BadContent::TooLong(10_000)));
        assert!(Content::from_agent(&"é".repeat(50_000), None).is_ok());
        assert_eq!(Content::from_agent("x", Some(json!([]))), Err(BadContent::RichNotAnObject));
        assert_eq!(Content::from_agent("x", Some(json!({"t": "y".repeat(100_000)}))), Err(BadContent::RichTooLong));
    }

    #[test]
    fn customers_read_first_names_and_no_address() {
        let ticket = crate::query::tests::ticket("Ada", "ada@example.com");
        let by = |name: &str| Author::Support { user: Some(UserId(1)), name: name.to_owned() };
        for name in ["Grace", "O'Neil", "李", "J. R."] {
            assert_eq!(by(name).name_for_customer(&ticket), name);
        }
        for name in [
            "bob@example.com",
            "Bob <bob@example.com>",
            "bob\u{FF20}example.com",
            "@bob",
            "",
            " ",
            "\u{200B}\u{2060}",
            "\u{3164}",
        ] {
            assert_eq!(by(name).name_for_customer(&ticket), "Support", "{name:?}");
            assert_eq!(by(name).name(&ticket, "Customer"), name, "among agents");
        }
        assert_eq!(Author::Customer.name_for_customer(&ticket), "Ada");
        assert_eq!(Author::Desk.name_for_customer(&ticket), "Support");
    }

    #[test]
    fn a_hole_in_a_thread_is_seen() {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let message = |created: i64, follows: Option<i64>| Message {
            id: MessageId::new(at(created), 0),
            created_at: at(created),
            author: Author::Customer,
            content: Content { text: "x".into(), rich: None },
            private: false,
            edits: 0,
            follows: follows.map(at),
        };
        let (first, second, third) = (message(10, None), message(20, Some(10)), message(30, Some(20)));
        assert!(contiguous(None, &[first.clone(), second.clone(), third.clone()]));
        assert!(contiguous(Some(at(10)), &[second.clone(), third.clone()]));
        assert!(contiguous(Some(at(15)), std::slice::from_ref(&second)), "a cursor between two messages");
        assert!(!contiguous(Some(at(10)), std::slice::from_ref(&third)), "the second is still landing");
        assert!(!contiguous(None, &[first, third]));
        assert!(!contiguous(None, &[second]));
    }
}
