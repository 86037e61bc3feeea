//! Messages and private notes.

use serde_json::Value;

use crate::{
    attachment::Attachment,
    folding::is_blank,
    ids::{MessageId, UserId},
    mail::{Mailed, Participant},
    text::{AGENT_MESSAGE, CUSTOMER_MESSAGE, RICH_CONTENT, STORED, cut, fits},
    time::Timestamp,
};

/// The name of an author of the team who has none.
const SUPPORT: &str = "Support";
/// The at sign in its three widths: an address has one, a first name does not.
const AT_SIGNS: [char; 3] = ['@', '\u{FF20}', '\u{FE6B}'];

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// The customer; their name is on the ticket.
    Customer,
    /// Somebody else of the customer's side, who takes part by mail.
    Participant(Participant),
    /// The desk itself. Its message answers nothing, and publishes no event.
    Desk,
    /// A member of the team, with the name they had when they wrote.
    Support {
        /// Which user, if it was a person.
        user: Option<UserId>,
        /// Their first name, else their e-mail, else `Support`.
        name: String,
    },
}

impl Author {
    /// The `author_type` in JSON: `customer`, or `support` for the team and the desk.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Customer | Self::Participant(_) => "customer",
            Self::Desk | Self::Support { .. } => "support",
        }
    }

    /// `author_name` as agents read it. For a customer it is `customer`, what the ticket calls them
    /// ([`Ticket::customer_label`](crate::ticket::Ticket::customer_label)), else `a_customer`: `You` in the widget, `Customer` for
    /// agents.
    pub fn name<'a>(&'a self, customer: Option<&'a str>, a_customer: &'a str) -> &'a str {
        match self {
            Self::Customer => customer.unwrap_or(a_customer),
            Self::Desk => SUPPORT,
            Self::Participant(Participant { name, .. }) | Self::Support { name, .. } => name,
        }
    }

    /// `author_name` as the customer reads it. Agents see the address of a colleague without a first name. Customers must not,
    /// so they read `Support` in place of any name that could be an address.
    pub fn name_for_customer<'a>(&'a self, customer: Option<&'a str>) -> &'a str {
        match self {
            Self::Support { name, .. } if is_blank(name) || name.contains(AT_SIGNS) => SUPPORT,
            Self::Customer | Self::Participant(_) | Self::Desk | Self::Support { .. } => self.name(customer, "You"),
        }
    }
}

/// What someone wrote, checked and ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Plain text, trimmed, not empty.
    pub text: String,
    /// The same text with formatting, as a `TipTap` document.
    pub rich: Option<Value>,
    /// The files that go with it.
    pub files: Vec<Attachment>,
}

/// Why content is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadContent {
    /// The text shows nothing.
    #[error("This field may not be blank.")]
    Blank,
    /// The text is longer than its author may write.
    #[error("Ensure this field has no more than {0} characters.")]
    TooLong(usize),
    /// The rich content is not a JSON object.
    #[error("Rich content must be a JSON object.")]
    RichNotAnObject,
    /// The rich content has over [`RICH_CONTENT`] characters.
    #[error("Rich content can have at most 100000 characters as JSON.")]
    RichTooLong,
    /// Text and rich content have over [`STORED`] bytes together.
    #[error("Text and rich content can have at most 350000 bytes together.")]
    TooLarge,
}

impl Content {
    /// Reads a customer's message: 1 to 10,000 characters after trimming, never rich (docs/decisions.md, 27).
    pub fn from_customer(text: &str) -> Result<Self, BadContent> {
        Ok(Self { text: bounded(text, CUSTOMER_MESSAGE)?, rich: None, files: Vec::new() })
    }

    /// Reads an agent's message or note: 1 to 50,000 characters after trimming (docs/decisions.md, 27).
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
        Ok(Self { text, rich, files: Vec::new() })
    }
}

// The rest of a mail is in the mail itself, so nothing of it is refused.
impl Content {
    /// The words of a mail: at most 50,000 characters, and rich content where there is room for it.
    pub fn from_mail(text: &str, rich: Option<Value>) -> Self {
        let text = cut(text, AGENT_MESSAGE).trim().to_owned();
        let has_room = |rich: &Value| {
            let json = rich.to_string();
            rich.is_object() && fits(&json, RICH_CONTENT) && text.len() + json.len() <= STORED
        };
        let rich = rich.filter(has_room);
        Self { text, rich, files: Vec::new() }
    }

    /// The same with these files.
    #[must_use]
    pub fn with(self, files: Vec<Attachment>) -> Self {
        Self { files, ..self }
    }
}

fn bounded(text: &str, most: usize) -> Result<String, BadContent> {
    let text = text.trim();
    if is_blank(text) {
        return Err(BadContent::Blank);
    }
    if fits(text, most) { Ok(text.to_owned()) } else { Err(BadContent::TooLong(most)) }
}

/// A message, or a note that only the team sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id, derived from `created_at`.
    pub id: MessageId,
    /// When it was written. It is unique within the ticket and orders the thread.
    pub created_at: Timestamp,
    /// Who wrote it, with the name that they had then.
    pub author: Author,
    /// The text as it is now, after all edits.
    pub content: Content,
    /// Whether it is a private note.
    pub private: bool,
    /// How often it was edited.
    pub edits: u32,
    /// The `created_at` of the public message before it, so that a reader can detect a gap (see [`contiguous`]).
    pub follows: Option<Timestamp>,
    /// What is known of the mail that it came by.
    pub mailed: Option<Box<Mailed>>,
}

/// Whether `messages`, read in order after the cursor `after`, have no gap.
///
/// Two commits in quick succession may become visible to a range read in the opposite order. The read would then return the
/// later message without the earlier one, and the client's cursor would skip the earlier one for good. Each message names the
/// one before it, so the reader detects the gap and reads again.
pub fn contiguous(after: Option<Timestamp>, messages: &[Message]) -> bool {
    let mut reached = after;
    messages.iter().all(|message| {
        let whole = message.follows.is_none_or(|before| reached.is_some_and(|at| before <= at));
        reached = Some(message.created_at);
        whole
    })
}

#[cfg(test)]
mod tests;
