//! A letter as its project sees it: who wrote it, what sort of mail it is, and what it says.

use lambdesk_domain::{
    directory::Directory,
    identity::is_same_address,
    mail::{MailReason, MailState, Mailed, Received},
    project::Member,
    settings::Settings,
    text::cut,
};
use lambdesk_mail::{
    address::{Address, Mailbox},
    clean::Pictures,
    letter::Letter,
    loops::{Desk, Sort, sort},
    sender::{
        Sender,
        proof::{Forwarded, Proof, TRUSTED_FORWARDERS, proof},
        sender,
    },
    token::MailKey,
    words::Words,
};
use lambdesk_store::mail_id_record;

use crate::project::AtProject;

/// The longest id that a message keeps: a longer one fits no line of an answer.
const ID: usize = 900;
/// The most addresses of a mail that its message keeps.
const ADDRESSES: usize = 20;

/// A letter, and what is known of it.
pub(crate) struct Read {
    pub(crate) letter: Letter,
    pub(crate) sort: Sort,
    /// `None` if it names nobody who wrote it.
    pub(crate) sender: Option<Sender>,
    pub(crate) keys: Vec<MailKey>,
}

impl AtProject<'_> {
    /// What a raw mail is to this project.
    pub(crate) fn read(&self, raw: &[u8], settings: &Settings) -> Read {
        let letter = Letter::read(raw);
        let keys: Vec<_> = self.mailbox.keys.iter().map(|key| MailKey::new(*key)).collect();
        let envelope = self.arrival.envelope.as_ref();
        let desk = Desk { project: self.project, keys: &keys, mail_domain: &self.room.mail_domain, own: &self.own };
        let sort = sort(&letter, envelope, desk);
        let trusted = settings.trusted_forwarders().unwrap_or_else(|| TRUSTED_FORWARDERS.into());
        let from = self.forwarded_from();
        let forwarded = from.as_ref().map(|address| Forwarded { address, trusted: &trusted });
        let sender = sender(&letter, envelope, &self.own, proof(&letter, self.arrival.verdict, forwarded));
        Read { letter, sort, sender, keys }
    }

    /// What is noted of a mail that was read.
    pub(crate) fn noted(&self, read: &Read, state: MailState, reason: Option<MailReason>) -> Received {
        let Read { letter, sender, .. } = read;
        self.at_turn(Received {
            id: self.arrival.id.clone(),
            at: self.arrival.at,
            state,
            reason,
            to: self.to(),
            from: sender.as_ref().map(|sender| sender.address.to_string()),
            subject: subject(letter),
            ticket: None,
            verified: sender.as_ref().is_some_and(|sender| sender.proof == Proof::Proven),
            files: files(letter),
            raw: self.arrival.raw(),
            found: None,
            turn: 0,
        })
    }

    /// What a message keeps of the mail that it came by, which the project knows by this id.
    pub(crate) fn mailed(&self, read: &Read, sender: &Sender, words: &Words, id: &str) -> Mailed {
        let texts = |named: &[Mailbox]| named.iter().take(ADDRESSES).map(|named| named.address.to_string()).collect();
        Mailed {
            id: read.letter.message_id.as_deref().map(|id| cut(id, ID).to_owned()),
            from: sender.address.to_string(),
            to: texts(&read.letter.to),
            cc: texts(&read.letter.cc),
            verified: sender.proof == Proof::Proven,
            quoted: words.is_quoted,
            cut: words.is_cut,
            automated: !matches!(read.sort, Sort::Letter),
            files: files(&read.letter),
            html: read.letter.html.is_some() && !read.letter.html_is_cut,
            shared: self.is_shared,
            known: mail_id_record(id),
            raw: self.arrival.raw(),
        }
    }
}

/// The words of a letter, without its pictures: they are files of the message.
pub(crate) fn words(letter: &Letter, is_reply: bool) -> Words {
    Words::of(letter, is_reply, &Pictures::default())
}

/// The subject, as long as tickets keep it.
pub(crate) fn subject(letter: &Letter) -> String {
    cut(&letter.subject, lambdesk_domain::mail::SUBJECT).trim_end().to_owned()
}

fn files(letter: &Letter) -> u32 {
    u32::try_from(letter.files.len()).unwrap_or(u32::MAX)
}

/// The member with an address.
pub(crate) fn member_of<'a>(directory: &'a Directory, address: &Address) -> Option<&'a Member> {
    directory.members.iter().find(|member| is_same_address(&member.email, address.as_str()))
}
