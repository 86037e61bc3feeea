//! What becomes of a mail at a project: which ticket it belongs to, as what, and the one transaction that makes it so.

use std::sync::Arc;

use lambdesk_domain::{
    Actor, Command, Ticket,
    command::{FromAgent, FromCustomer, FromDesk},
    delivery::{Copies, Report, Reported, address_of},
    directory::Directory,
    ids::{Fingerprint, TicketNumber},
    mail::{ByMail, MailReason, MailState, Mailed, Participant},
    message::Content,
};
use lambdesk_mail::{
    address::Address,
    admit::{Outcome, Pointed, admit, participants, pointers},
    loops::Sort,
    once::{Identity, Seen},
    sender::Sender,
    token::{OwnId, Purpose},
};
use lambdesk_runtime::crypto::entropy;
use lambdesk_store::{ChangeError, Incoming, StoreError, Told};

use crate::{
    Failure,
    letters::{Read, member_of, words},
    project::AtProject,
    rate,
};

/// How often a mail is decided anew because something has changed meanwhile. Then it is handed over again.
const TRIES: u32 = 8;

/// The ticket of a mail, and as what it goes there.
struct Place {
    outcome: Outcome,
    /// The ticket, or the one that only is related.
    ticket: Option<Ticket>,
}

/// Why a mail is decided anew.
enum Again {
    /// Something has changed since it was decided.
    Changed,
    Failed(Failure),
}

impl From<Failure> for Again {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<ChangeError> for Again {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Store(error) => error.into(),
            // The ticket is gone, or its sender takes part in it no more.
            ChangeError::NotFound | ChangeError::Forbidden | ChangeError::Limited { .. } | ChangeError::Refused(_) => {
                Self::Changed
            }
        }
    }
}

impl From<StoreError> for Again {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::CarriedOut | StoreError::Contended(_) => Self::Changed,
            error => Self::Failed(error.into()),
        }
    }
}

impl AtProject<'_> {
    /// Takes the mail in.
    pub(crate) async fn take(&self) -> Result<(), Failure> {
        let directory = self.desk.directory().await?.ok_or(Failure::NoProject(self.project))?;
        let settings = &directory.project.settings;
        if self.arrival.has_virus {
            return Ok(self.desk.note(&self.unread(MailState::Refused, MailReason::Virus)).await?);
        }
        let is_let_in = self.turn.is_let_in;
        if self.arrival.is_spam && !settings.spam_opens() && !is_let_in {
            return Ok(self.desk.note(&self.unread(MailState::Held, MailReason::Spam)).await?);
        }
        let Some(raw) = self.room.mail(self.arrival).await? else {
            return Ok(self.desk.note(&self.unread(MailState::Failed, MailReason::NoMail)).await?);
        };
        let read = self.read(&raw, settings);
        let nothing = async |state, reason| {
            self.desk.note(&self.noted(&read, state, Some(reason))).await?;
            Ok::<(), Failure>(())
        };
        match read.sort {
            Sort::Loop => return nothing(MailState::Ignored, MailReason::Loop).await,
            Sort::Bounce(of) => {
                if let Some(id) = of {
                    self.bounced(&read, id).await?;
                }
                return nothing(MailState::Ignored, MailReason::Bounce).await;
            }
            Sort::Bulk if !settings.bulk_opens() && !is_let_in => return nothing(MailState::Held, MailReason::Bulk).await,
            Sort::Bulk | Sort::AutoReply | Sort::Automated | Sort::Letter => {}
        }
        let Some(sender) = read.sender.clone() else { return nothing(MailState::Ignored, MailReason::NoSender).await };
        self.settle(&read, &sender, &directory).await
    }

    /// A mail of the desk did not reach somebody.
    async fn bounced(&self, read: &Read, id: OwnId) -> Result<(), Failure> {
        // Its signature was checked when the mail was sorted.
        let Some(ticket) = id.token.proven(&read.keys, Purpose::Reply) else { return Ok(()) };
        let recipients = read.letter.report.as_ref().map(|report| report.recipients.clone()).unwrap_or_default();
        let report = Report { what: Reported::Bounced, recipients, detail: None, mail: None, at: self.arrival.at };
        self.desk.report(ticket, id.written, &report).await.map_err(|error| match error {
            ChangeError::Store(error) => Failure::Store(error),
            other => Failure::Untold(other.to_string()),
        })
    }

    /// Decides and writes, again if something has changed meanwhile.
    async fn settle(&self, read: &Read, sender: &Sender, directory: &Arc<Directory>) -> Result<(), Failure> {
        // What somebody lets in counts for nothing: it was counted when it came.
        let mut is_counted = self.turn.is_let_in;
        for _ in 0..TRIES {
            let identity = Identity::of(&read.letter);
            let (id, same) = match self.desk.known(&identity.id).await?.map(|known| (identity.beside(&known.digest), known)) {
                None => (identity.id.clone(), None),
                Some((Seen::Again, known)) => (identity.id.clone(), Some(known)),
                Some((Seen::Another(made), _)) => (made.clone(), self.desk.known(&made).await?),
            };
            if let Some(known) = same {
                let mut received = self.noted(read, MailState::Duplicate, None);
                received.ticket = Some(known.ticket);
                return Ok(self.desk.note(&received).await?);
            }
            let place = self.place(read, sender, directory).await?;
            let opens = matches!(place.outcome, Outcome::Opens { .. });
            if opens && read.sort == Sort::AutoReply {
                return Ok(self.desk.note(&self.noted(read, MailState::Ignored, Some(MailReason::AutoReply))).await?);
            }
            if !std::mem::replace(&mut is_counted, true) && rate::is_over(&self.desk, sender, opens).await? {
                return Ok(self.desk.note(&self.noted(read, MailState::Held, Some(MailReason::Rate))).await?);
            }
            let received = self.noted(read, MailState::Appended, None);
            let mail = Incoming { received, id, digest: identity.digest, place: self.opens() };
            match Box::pin(self.write(read, sender, directory, place, mail)).await {
                Ok(()) => return Ok(()),
                Err(Again::Failed(failure)) => return Err(failure),
                Err(Again::Changed) if self.desk.has_taken(self.arrival.at, &self.arrival.id, self.turn.number).await? => {
                    return Ok(());
                }
                Err(Again::Changed) => {}
            }
        }
        Err(StoreError::Contended("a mail").into())
    }

    /// The first ticket that the mail points to and that admits its sender; else the first one that is there is related.
    async fn place(&self, read: &Read, sender: &Sender, directory: &Directory) -> Result<Place, StoreError> {
        let recipients: Vec<_> = self.recipients.iter().map(|(_, recipient)| recipient.clone()).collect();
        let pointers = pointers(&read.letter, &recipients, self.project, &read.keys, &self.room.mail_domain);
        let is_member = member_of(directory, &sender.address).is_some();
        let mut tickets = pointers.signed;
        tickets.extend(self.desk.tickets_of(&pointers.seen).await?);
        let mut seen = std::collections::BTreeSet::new();
        let mut related = None;
        for id in tickets.into_iter().filter(|id| seen.insert(*id)) {
            let Some(ticket) = self.desk.ticket(id).await? else { continue };
            let (requester, others) = people(&ticket);
            let pointed = Pointed { requester: requester.as_ref(), participants: &others };
            match admit(&read.letter, sender, is_member, Some(pointed)) {
                outcome @ Outcome::Opens { .. } => {
                    related.get_or_insert(Place { outcome, ticket: Some(ticket) });
                }
                outcome => return Ok(Place { outcome, ticket: Some(ticket) }),
            }
        }
        let alone = || Place { outcome: admit(&read.letter, sender, is_member, None), ticket: None };
        Ok(related.unwrap_or_else(alone))
    }

    /// Writes what was decided.
    async fn write(
        &self,
        read: &Read,
        sender: &Sender,
        directory: &Directory,
        place: Place,
        mut mail: Incoming,
    ) -> Result<(), Again> {
        let Place { outcome, ticket } = place;
        if let (Outcome::Message { .. }, Some(ticket)) = (&outcome, &ticket)
            && read.sort != Sort::AutoReply
        {
            // It may come too late for its ticket.
            mail.place = self.desk.lands(ticket).await?.unwrap_or(mail.place);
        } else if let (Outcome::Message { .. } | Outcome::Support | Outcome::Note, Some(ticket)) = (&outcome, &ticket) {
            mail.place = ticket.id;
        }
        let files = self.keep(&read.letter, mail.place).await?;
        let ticket = match (outcome, ticket) {
            (Outcome::Opens { is_verified, .. }, old) => {
                let cc = if is_verified { self.joins(read, &[], Some(&sender.address), directory) } else { Vec::new() };
                let draft = self.draft(read, sender, cc, old.as_ref().map(|old| old.number), (&mail.id, files));
                mail.received.state = MailState::Opened;
                let text = |number: TicketNumber| {
                    format!("{} wrote about this ticket without taking part in it: see ticket #{number}.", sender.address)
                };
                let told = old.as_ref().map(|ticket| Told { ticket, text: &text });
                Box::pin(self.desk.open(draft, &mail, told)).await?;
                return Ok(());
            }
            (_, None) => return Err(Again::Changed),
            (_, Some(ticket)) => ticket,
        };
        let words = words(&read.letter, true);
        let content = Content::from_mail(&words.text, words.rich.clone()).with(files);
        let mailed = self.mailed(read, sender, &words, &mail.id);
        if read.sort == Sort::AutoReply {
            mail.received.state = MailState::Noted;
            self.automatic(ticket, &content, mailed, &mail).await?;
            return Ok(());
        }
        match outcome {
            Outcome::Message { is_verified, adds } => {
                let said = Said { content, mailed, is_verified, adds };
                self.message(read, sender, directory, ticket, said, &mail).await?;
            }
            Outcome::Support | Outcome::Note => {
                let is_note = outcome == Outcome::Note;
                if is_note {
                    mail.received.state = MailState::Noted;
                }
                self.of_team(sender, directory, ticket, (content, mailed, is_note), &mail).await?;
            }
            Outcome::Opens { .. } => {}
        }
        Ok(())
    }

    /// A private note about an automatic reply. It answers nothing.
    async fn automatic(&self, ticket: Ticket, content: &Content, mailed: Mailed, mail: &Incoming) -> Result<(), ChangeError> {
        let text = format!("Automatic reply: {}", content.text);
        let content = Content::from_mail(&text, None).with(content.files.clone());
        let note = FromDesk { content, mailed: Some(Box::new(mailed)), entropy: entropy() };
        let command = |_: &Ticket| Ok(Command::Note(Box::new(note.clone())));
        Box::pin(self.desk.change(ticket, &Actor::System, &command, mail)).await.map(|_| ())
    }

    /// A message of the customer's side. Whoever writes takes part, also in the ticket that continues this one.
    async fn message(
        &self,
        read: &Read,
        sender: &Sender,
        directory: &Directory,
        ticket: Ticket,
        said: Said,
        mail: &Incoming,
    ) -> Result<(), ChangeError> {
        let Said { content, mailed, is_verified, adds } = said;
        let (requester, others) = people(&ticket);
        let is_requester = requester.as_ref() == Some(&sender.address);
        let joins = if adds { self.joins(read, &others, requester.as_ref(), directory) } else { Vec::new() };
        let address = sender.address.to_string();
        let participant = (!is_requester)
            .then(|| Participant { name: sender.name.clone().unwrap_or_else(|| address.clone()), address: address.clone() });
        let received = FromCustomer {
            content,
            traits: Vec::new(),
            claims: lambdesk_domain::claims::Claims::default(),
            session_id: None,
            session_context: Vec::new(),
            // The ticket's customer is the one who asked. What another one proves says nothing of them.
            // On a ticket of another channel the address itself is only what somebody typed.
            verified: is_verified && is_requester && ticket.route.is_some(),
            mail: Some(Box::new(ByMail { participant, joins, mailed, opens: Some(self.opens()) })),
            entropy: entropy(),
        };
        let command = |ticket: &Ticket| {
            let (requester, others) = people(ticket);
            if requester.as_ref() != Some(&sender.address) && !others.contains(&sender.address) {
                return Err(ChangeError::Forbidden);
            }
            Ok(Command::Receive(Box::new(received.clone())))
        };
        Box::pin(self.desk.change(ticket, &Actor::Customer, &command, mail)).await.map(|_| ())
    }

    /// A message or a note of a member.
    async fn of_team(
        &self,
        sender: &Sender,
        directory: &Directory,
        ticket: Ticket,
        (content, mailed, private): (Content, Mailed, bool),
        mail: &Incoming,
    ) -> Result<(), ChangeError> {
        let member = member_of(directory, &sender.address).ok_or(ChangeError::Forbidden)?;
        let actor = Actor::User { id: member.id, name: member.display_name().to_owned() };
        let mut short = [0; 16];
        short.copy_from_slice(&mail.digest[..16]);
        let reply = FromAgent {
            content,
            private,
            fingerprint: Fingerprint(short),
            // That the mail came before is known by its id.
            keyed: true,
            mailed: Some(Box::new(mailed)),
            copies: Copies::NONE,
            entropy: entropy(),
        };
        let command = |_: &Ticket| Ok(Command::Reply(reply.clone()));
        Box::pin(self.desk.change(ticket, &actor, &command, mail)).await.map(|_| ())
    }

    /// Who takes part from now on: the mail's other addresses, without those of the desk and of the team.
    fn joins(&self, read: &Read, others: &[Address], requester: Option<&Address>, directory: &Directory) -> Vec<String> {
        let is_ours = |address: &Address| {
            address.domain().eq_ignore_ascii_case(&self.room.mail_domain)
                || self.own.contains(address)
                || member_of(directory, address).is_some()
        };
        let all = participants(&read.letter, Pointed { requester, participants: others }, is_ours);
        all.iter().skip(others.len()).map(ToString::to_string).collect()
    }
}

/// What a mail says on a ticket.
struct Said {
    content: Content,
    mailed: Mailed,
    is_verified: bool,
    adds: bool,
}

/// Who asked on a ticket, and who else takes part. On a ticket of the widget or the API that is whoever gave their address there.
fn people(ticket: &Ticket) -> (Option<Address>, Vec<Address>) {
    let Some(route) = &ticket.route else { return (address_of(ticket).and_then(Address::read), Vec::new()) };
    (Address::read(&route.from), route.cc.iter().filter_map(|text| Address::read(text)).collect())
}
