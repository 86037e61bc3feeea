//! The copy of earlier mails below a reply.
//!
//! It is cut only where it is a block at the end. Whoever answers between or below the quoted lines means them to be read
//! together, so nothing is cut there. What somebody forwards is no quote. Signatures stay: where one begins can't be told, and
//! some say who the customer is.
//!
//! Every line is looked at a bounded number of times, and no pattern can go back.

use crate::clean::Page;

mod attribution;
mod block;
mod html;
mod text;

pub use text::new_text;

/// Subjects of mails that were forwarded begin with one of these.
const FORWARDS: [&str; 12] = ["fw:", "fwd:", "wg:", "tr:", "rv:", "i:", "enc:", "vs:", "vb:", "pd:", "doorst:", "転送:"];

/// Whether a subject says that the mail is forwarded.
pub fn is_forward(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    FORWARDS.iter().any(|sign| subject.starts_with(sign))
}

/// A page without the quote at its end; `None` if it has none that can be told by its elements, or nothing else.
pub fn new_page(page: &Page) -> Option<Page> {
    html::without_quote(page)
}

#[cfg(test)]
mod tests;
