//! E-mail, as bytes and as what the desk makes of it: no network, no AWS, no clock, no randomness.
//!
//! - [`letter`] reads a raw mail into a bounded form that owns its data;
//! - [`address`] knows addresses, and whom a mail is for;
//! - [`above`] reads what the receiving service put above a mail;
//! - [`sender`] knows who wrote a mail, and what of that is proven;
//! - [`admit`] decides whether a mail goes to an existing ticket, and as what;
//! - [`quote`] finds the copy of earlier mails at the end of a reply;
//! - [`clean`] turns HTML into HTML that may be shown, into rich content, and into text;
//! - [`words`] puts these together: what a letter says, as a message of the desk;
//! - [`compose`] makes the mail that goes out;
//! - [`token`] signs the addresses and ids by which replies find their ticket;
//! - [`loops`] tells letters of people from those of machines;
//! - [`once`] tells a mail that came twice from another one.
//!
//! Any bytes are a letter: nothing here fails or panics over what somebody sent, and every step takes time in proportion to the
//! mail's length.

pub mod above;
pub mod address;
pub mod admit;
pub mod clean;
pub mod compose;
pub mod letter;
pub mod loops;
pub mod once;
pub mod quote;
pub mod sender;
pub mod token;
pub mod words;
