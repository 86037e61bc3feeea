//! The handle of the function that takes in mail. It admits nobody: a mail is no credential, and what it may do is decided from
//! what the receiving service found and from who takes part in a ticket.

use std::sync::Arc;

use lambdesk_domain::{
    Actor, Command, Decision, ProjectId, Ticket, TicketId, Timestamp,
    command::FromDesk,
    create::Draft,
    decide,
    delivery::Report,
    directory::Directory,
    ids::TicketNumber,
    limit::{Calls, Limit},
    mail::{MailState, Mailbox, Received},
    message::Content,
};
use lambdesk_runtime::crypto::entropy;

use crate::{
    Store,
    error::{ChangeError, StoreError},
    items::{
        mailbox,
        received::{self, KnownMail, TURN},
    },
    room::{Posted, Room, change::FOLLOW_UPS, create::CreateRejection, once::Receipt},
    transport::{
        item::Reader,
        keys,
        read::Range,
        write::{Guard, Write},
    },
};

/// The handle of the function that takes in mail.
///
/// It gives each project's desk, as mail may reach it:
///
/// ```
/// # use lambdesk_domain::ProjectId;
/// # use lambdesk_store::{MailDesk, Mailroom};
/// fn desk(mailroom: &Mailroom, project: ProjectId) -> MailDesk {
///     mailroom.desk(project)
/// }
/// ```
///
/// It admits nobody:
///
/// ```compile_fail,E0599
/// # use lambdesk_store::{Mailroom, Principal, StoreError};
/// async fn enter(mailroom: &Mailroom, token: &str) -> Result<Option<Principal>, StoreError> {
///     mailroom.enter(token).await
/// }
/// ```
#[derive(Clone)]
pub struct Mailroom(Store);

impl Store {
    /// The handle of the function that takes in mail.
    pub fn mailroom(&self) -> Mailroom {
        Mailroom(self.clone())
    }
}

impl Mailroom {
    /// Whose an address of the desk is, by what stands before the at sign.
    pub async fn project_of(&self, local: &str) -> Result<Option<ProjectId>, StoreError> {
        self.0.get(&keys::mail_address(local)).await?.as_ref().map(mailbox::read_owner).transpose()
    }

    /// A project, as mail may reach it.
    pub fn desk(&self, project: ProjectId) -> MailDesk {
        MailDesk(self.0.room(project))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// How many projects were made so far. Their ids are the numbers from 1 on.
    pub async fn projects_made(&self) -> Result<u32, StoreError> {
        let item = self.0.get(&keys::counter(keys::PROJECTS)).await?;
        item.map_or(Ok(0), |item| Reader(&item).number("n"))
    }

    /// The ids of the mails that a project noted, or that are no project's, and what became of each, of those that arrived from
    /// `since` on and before `until`.
    pub async fn noted(
        &self,
        project: Option<ProjectId>,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, MailState)>, StoreError> {
        let range = Range::new("PK = :pk AND SK BETWEEN :since AND :until")
            .text(":pk", keys::inbound(project))
            .text(":since", keys::fixed(since))
            .text(":until", keys::fixed(until));
        let rows = self.0.query_all(range).await?;
        rows.iter().map(|row| received::read(row).map(|received| (received.id, received.state))).collect()
    }

    /// Notes a mail that is no project's. A mail that was noted stays as it is.
    pub async fn note(&self, received: &Received) -> Result<(), StoreError> {
        note(&self.0, None, received).await
    }
}

/// Puts what is noted of a mail: once, and once for each time that it is taken in anew.
fn noting(project: Option<ProjectId>, received: &Received) -> Write {
    let put = Write::put(received::write(project, received)).guarding(Guard::Once);
    match received.turn {
        0 => put.if_absent(),
        1 => put.only_if(format!("attribute_not_exists({TURN})")),
        turn => put.only_if(format!("{TURN} = :before")).number(":before", turn - 1),
    }
}

async fn note(store: &Store, project: Option<ProjectId>, received: &Received) -> Result<(), StoreError> {
    match store.commit(vec![noting(project, received)]).await {
        Ok(()) => Ok(()),
        Err(rejection) if rejection.met(Guard::Once).is_some() => Ok(()),
        Err(rejection) => Err(rejection.into_error("a mail")),
    }
}

/// What the record is called by which a project knows a mail of this id.
pub fn mail_id_record(id: &str) -> String {
    keys::mail_id_record(id)
}

/// One project's desk, as mail may reach it.
#[derive(Clone)]
pub struct MailDesk(Room);

/// A mail that is written together with what becomes of it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// What is noted of it. The ticket is filled in.
    pub received: Received,
    /// The id that the project knows it by.
    pub id: String,
    /// A digest of what it says.
    pub digest: [u8; 32],
    /// The ticket beside which its files lie. It is written on no other, but a new one has this id.
    pub place: TicketId,
}

/// What the old ticket is told, of whose mail somebody else's ticket was opened.
pub struct Told<'a> {
    /// The old ticket, as it was read.
    pub ticket: &'a Ticket,
    /// The note's text, by the new ticket's number.
    pub text: &'a (dyn Fn(TicketNumber) -> String + Send + Sync),
}

impl MailDesk {
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// What the project has for its mail.
    pub async fn mailbox(&self) -> Result<Mailbox, StoreError> {
        self.0.mailbox().await
    }

    /// The project with its members and roles, up to a minute old.
    pub async fn directory(&self) -> Result<Option<Arc<Directory>>, StoreError> {
        self.0.directory().await
    }

    /// A ticket as it is now.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        self.0.ticket(id).await
    }

    /// Whether this mail was handed over before, at this turn or a later one, and all was done.
    pub async fn has_taken(&self, at: Timestamp, id: &str, turn: u32) -> Result<bool, StoreError> {
        Ok(self.received(at, id).await?.is_some_and(|received| received.turn >= turn))
    }

    /// What is noted of a mail.
    pub async fn received(&self, at: Timestamp, id: &str) -> Result<Option<Received>, StoreError> {
        self.0.received(at, id).await
    }

    /// The mail that the project knows by this id.
    pub async fn known(&self, id: &str) -> Result<Option<KnownMail>, StoreError> {
        self.0.store.get(&keys::mail_id(self.0.project, id)).await?.as_ref().map(received::read_known).transpose()
    }

    /// The tickets of the mails that the project knows by these ids, in their order.
    pub async fn tickets_of(&self, ids: &[String]) -> Result<Vec<TicketId>, StoreError> {
        let keys: Vec<_> = ids.iter().map(|id| keys::mail_id(self.0.project, id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.0.store.batch_get(&keys).await?;
        let item = |key: &keys::Key| items.iter().find(|item| Reader(item).partition_key().ok() == Some(key.pk.as_str()));
        keys.iter().filter_map(item).map(|item| Ok(received::read_known(item)?.ticket)).collect()
    }

    /// Counts one call of `who` against `limit`, and returns the counts without it.
    pub async fn count(&self, who: &str, limit: Limit) -> Result<Calls, StoreError> {
        let who = format!("mail:{}:{who}", self.0.project);
        let counts = self.0.store.count_calls(&who, &[limit], 1).await?;
        Ok(counts.first().copied().unwrap_or_default().without_one())
    }

    /// Writes what is told of a message that left by mail. What the ticket does not know is nothing.
    pub async fn report(&self, ticket: TicketId, message: Timestamp, report: &Report) -> Result<(), ChangeError> {
        loop {
            let Some(delivery) = self.0.delivery(ticket, message).await? else { return Ok(()) };
            let Some(after) = delivery.advance(report) else { return Ok(()) };
            if Box::pin(self.0.write_delivery(&delivery, &after)).await? {
                return Ok(());
            }
        }
    }

    /// Notes a mail of which nothing becomes. A mail that was noted stays as it is.
    pub async fn note(&self, received: &Received) -> Result<(), StoreError> {
        note(&self.0.store, Some(self.0.project), received).await
    }

    /// The ticket that a message of the customer's side is written on, if nothing changes meanwhile; `None` if it comes too late
    /// for this one and opens the next.
    pub async fn lands(&self, ticket: &Ticket) -> Result<Option<TicketId>, StoreError> {
        let rules = self.0.store.rules(self.0.project).await?;
        let now = self.now();
        let mut ticket = ticket.clone();
        for _ in 0..FOLLOW_UPS {
            let next = match (rules.life.reopens(&ticket, now), ticket.follow_up) {
                (Some(false), Some(next)) => self.ticket(next).await?,
                (Some(false), None) => None,
                (Some(true) | None, _) => return Ok(Some(ticket.id)),
            };
            let Some(next) = next else { return Ok(None) };
            ticket = next;
        }
        Err(StoreError::Contended("a follow-up"))
    }

    /// Opens a ticket, in one transaction with the records of the mail and with what the old ticket is told. Fails with
    /// [`StoreError::CarriedOut`] if the mail is known by now, and with [`StoreError::Contended`] if the old ticket has changed.
    pub async fn open(&self, draft: Draft, mail: &Incoming, told: Option<Told<'_>>) -> Result<Posted, StoreError> {
        let rules = self.0.store.rules(self.0.project).await?;
        let beside = |posted: &Posted, now: Timestamp| {
            let mut writes = self.records(mail, posted)?;
            if let Some(Told { ticket, text }) = &told {
                let content = Content { text: text(posted.ticket.number), rich: None, files: Vec::new() };
                let note = FromDesk { content, mailed: None, entropy: entropy() };
                if let Ok(Decision::Change(mut change)) =
                    decide(ticket, Command::Note(Box::new(note)), &Actor::System, now, &rules)
                {
                    writes.extend(self.0.writes_of(ticket, &mut change, now));
                }
            }
            Ok(writes)
        };
        self.0.create_guarded(mail.place, draft, None, Some(Receipt::beside(&beside))).await.map_err(CreateRejection::into_error)
    }

    /// Changes a ticket that was just read, in one transaction with the records of the mail. `command` makes the command from
    /// the ticket as it is, again after a lost race, and for the ticket that continues it. Fails with
    /// [`StoreError::CarriedOut`] if the mail is known by now.
    pub async fn change(
        &self,
        ticket: Ticket,
        actor: &Actor,
        command: &(dyn Fn(&Ticket) -> Result<Command, ChangeError> + Sync),
        mail: &Incoming,
    ) -> Result<Posted, ChangeError> {
        let beside = |posted: &Posted, _: Timestamp| self.records(mail, posted);
        Ok(self.0.change_from(ticket, actor, command, Some(Receipt::beside(&beside))).await?.posted)
    }

    /// The records of a mail: what became of it, and the id by which it is known. Neither may be there yet, or at this turn, so
    /// that a mail which is handed over twice, or comes twice, is written once.
    fn records(&self, mail: &Incoming, posted: &Posted) -> Result<Vec<Write>, StoreError> {
        let Incoming { received, id, digest, place } = mail;
        let ticket = posted.ticket.id;
        if ticket != *place {
            // The ticket has ended, or was opened again, since it was looked at.
            return Err(StoreError::Contended("a mail"));
        }
        // A message may have come too late for its ticket, and opened the next one.
        let state = if posted.ticket.version == 1 { MailState::Opened } else { received.state };
        let received = Received { ticket: Some(ticket), state, ..received.clone() };
        let known = KnownMail { digest: *digest, ticket };
        let project = self.0.project;
        let known = Write::put(received::write_known(project, id, &known, received.at)).if_absent().guarding(Guard::Once);
        Ok(vec![noting(Some(project), &received), known])
    }
}
