//! The one way in which a ticket changes: decide, then write on the condition that the ticket still is what the decision was
//! made from.

use lambdesk_domain::{
    Actor, Change, Command, Decision, Ticket, TicketId, Timestamp,
    activity::Activity,
    assignee::Assignee,
    decide,
    decide::ThreadChange,
    delivery::{follow, may_follow},
    events::About,
    follow_up::FollowUp,
    ids,
    rules::Rules,
    ticket::Status,
};
use lambdesk_runtime::crypto::entropy;

use crate::{
    error::{ChangeError, StoreError},
    items::{self, ticket::VERSION},
    room::{Posted, Room, create::CreateRejection, once::Receipt},
    transport::{
        call::Patience,
        item::Item,
        keys,
        write::{Guard, Write},
    },
};

/// The most follow-ups along which a message is handed on, each of the ticket before.
pub(crate) const FOLLOW_UPS: usize = 100;

/// The result of a change: the ticket as it is now, and the message that was added or repeated.
pub(crate) struct Applied {
    pub(crate) posted: Posted,
    pub(crate) outcome: Outcome,
}

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The change was written, and the receipt with it.
    Written,
    /// The ticket was so already, and nothing was written.
    AsItWas,
    /// The command repeats a message that was written before.
    Replayed,
}

impl Room {
    /// Decides on a ticket that was just read, and writes the result. If another writer was faster, it decides anew.
    pub(crate) async fn change_from(
        &self,
        mut ticket: Ticket,
        actor: &Actor,
        command: &(dyn Fn(&Ticket) -> Result<Command, ChangeError> + Sync),
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Applied, ChangeError> {
        let mut patience = Patience::of_request();
        let mut handed_on = 0;
        loop {
            let command = command(&ticket)?;
            // Boxed: a ticket before and after is much to carry through every call above.
            ticket = match Box::pin(self.attempt(ticket, command, actor, receipt, &mut patience)).await? {
                Attempt::Done(applied) => return Ok(*applied),
                Attempt::HandedOn { from, to } => {
                    handed_on += 1;
                    if handed_on > FOLLOW_UPS {
                        return Err(StoreError::Contended("a follow-up").into());
                    }
                    // A ticket whose follow-up was deleted gets another.
                    ticket = self.ticket(to).await?.unwrap_or(Ticket { follow_up: None, ..*from });
                    continue;
                }
                Attempt::Lost(item) => self.met(item).await?,
            };
            patience.again("a ticket").await?;
        }
    }

    /// Whether an assignee has left the project.
    async fn is_gone(&self, assignee: Assignee) -> Result<bool, StoreError> {
        Ok(self.directory().await?.is_some_and(|directory| !directory.has(assignee)))
    }

    /// Decides on a ticket by its project's rules, and changes nothing.
    pub(crate) async fn decide(
        &self,
        ticket: &Ticket,
        command: Command,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Decision, ChangeError> {
        let rules = self.store.rules(self.project).await?;
        // Only what may be opened again can turn out to be assigned to someone who is gone.
        let again = (ticket.fields.status == Status::Resolved && ticket.fields.assignee.is_some()).then(|| command.clone());
        let mut decision = decide(ticket, command, actor, now, &rules)?;
        if let Decision::Change(change) = &mut decision {
            self.follow_by_mail(change, now).await?;
        }
        if let (Some(again), Decision::Change(change)) = (again, &decision)
            && change.ticket.fields.status != Status::Resolved
            && let Some(assignee) = ticket.fields.assignee
            && Box::pin(self.is_gone(assignee)).await?
        {
            return Ok(decide(ticket, again, actor, now, &Rules { gone: Some(assignee), ..rules })?);
        }
        Ok(decision)
    }

    /// Adds the delivery of a message that its customer may not be there to see; false if there is none.
    pub(crate) async fn follow_by_mail(&self, change: &mut Change, now: Timestamp) -> Result<bool, StoreError> {
        let Some(ThreadChange::Added(message)) = &change.entry else { return Ok(false) };
        if change.delivery.is_some() || !may_follow(&change.ticket, message) {
            return Ok(false);
        }
        let directory = self.directory().await?.filter(|directory| directory.has_mail);
        change.delivery = directory.and_then(|directory| follow(&change.ticket, message, &directory.project.settings, now));
        Ok(change.delivery.is_some())
    }

    /// Decides and writes once.
    pub(crate) async fn attempt(
        &self,
        ticket: Ticket,
        command: Command,
        actor: &Actor,
        receipt: Option<Receipt<'_, Posted>>,
        patience: &mut Patience,
    ) -> Result<Attempt, ChangeError> {
        let now = self.store.now();
        let applied = match Box::pin(self.decide(&ticket, command, actor, now)).await? {
            Decision::Nothing => Applied { posted: Posted { ticket, message: None, delivery: None }, outcome: Outcome::AsItWas },
            Decision::Replay(at) => {
                let (public, note) = tokio::try_join!(self.message(ticket.id, at, false), self.message(ticket.id, at, true))?;
                let posted = Posted { ticket, message: public.or(note), delivery: None };
                Applied { posted, outcome: Outcome::Replayed }
            }
            Decision::Change(change) => match self.write(&ticket, *change, now, receipt, patience).await? {
                Written::Done(applied) => *applied,
                Written::Lost(item) => return Ok(Attempt::Lost(item)),
            },
            Decision::FollowUp(follow_up) => match Box::pin(self.write_follow_up(&ticket, *follow_up, receipt)).await? {
                Written::Done(applied) => *applied,
                Written::Lost(item) => return Ok(Attempt::Lost(item)),
            },
            Decision::HandOn(to) => return Ok(Attempt::HandedOn { from: Box::new(ticket), to }),
        };
        Ok(Attempt::Done(Box::new(applied)))
    }

    /// Opens the next ticket and links the ended one to it in one transaction, on the condition that the ended one still is
    /// what it was decided from. So of several late messages at once, one opens the next ticket.
    async fn write_follow_up(
        &self,
        before: &Ticket,
        follow_up: FollowUp,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Written, StoreError> {
        let FollowUp { ended, id, draft } = follow_up;
        let link = self.put_as_read(before, &ended);
        match self.create_guarded(id, draft, Some(link), receipt).await {
            Ok(posted) => Ok(Written::Done(Box::new(Applied { posted, outcome: Outcome::Written }))),
            Err(CreateRejection::NotAdmitted(item)) => Ok(Written::Lost(item)),
            Err(CreateRejection::Store(error)) => Err(error),
        }
    }

    /// The write of a ticket that exists, on the condition that it still is what its change was decided from.
    fn put_as_read(&self, before: &Ticket, after: &Ticket) -> Write {
        let put = Write::put(items::ticket::write(self.project, after));
        put.only_if(format!("{VERSION} = :before")).number(":before", before.version).guarding(Guard::AsRead)
    }

    /// Writes a change in one call, on the condition that the ticket still is what it was decided from.
    async fn write(
        &self,
        before: &Ticket,
        mut change: Change,
        now: Timestamp,
        receipt: Option<Receipt<'_, Posted>>,
        patience: &mut Patience,
    ) -> Result<Written, StoreError> {
        let mut writes = self.writes_of(before, &mut change, now);
        let Change { ticket, entry, activity: _, delivery } = change;
        let message = match entry {
            Some(ThreadChange::Added(message) | ThreadChange::Edited(message) | ThreadChange::Removed(message)) => Some(message),
            None => None,
        };
        let posted = Posted { ticket, message, delivery };
        writes.extend(receipt.map(|receipt| receipt.writes(&posted, now)).transpose()?.unwrap_or_default());
        Ok(match self.commit_change(writes, patience).await? {
            Committed::Done => Written::Done(Box::new(Applied { posted, outcome: Outcome::Written })),
            Committed::Lost(item) => Written::Lost(item),
        })
    }

    /// Commits the writes of a change, and what is written with it. Fails with [`StoreError::CarriedOut`] if the latter was
    /// written before ([`Guard::Once`]).
    pub(crate) async fn commit_change(&self, writes: Vec<Write>, patience: &mut Patience) -> Result<Committed, StoreError> {
        let Err(rejection) = self.store.commit_within(writes, patience).await else { return Ok(Committed::Done) };
        if rejection.met(Guard::Once).is_some() {
            return Err(StoreError::CarriedOut);
        }
        match rejection.met(Guard::AsRead) {
            Some(item) => Ok(Committed::Lost(item)),
            None => Err(rejection.into_error("a ticket")),
        }
    }

    /// The whole ticket of an item that a lost race met.
    pub(crate) async fn met(&self, item: Option<Item>) -> Result<Ticket, ChangeError> {
        let head = items::ticket::read(&item.ok_or(ChangeError::NotFound)?)?;
        self.store.whole(self.project, head).await?.ok_or(ChangeError::NotFound)
    }

    /// The writes of a change, all or nothing, on the condition that the ticket still is what it was decided from.
    pub(crate) fn writes_of(&self, before: &Ticket, change: &mut Change, now: Timestamp) -> Vec<Write> {
        let project = self.project;
        let profile = items::profile::to_write(project, Some(before), &mut change.ticket);
        let Change { ticket, entry, activity, delivery } = &*change;
        let mut writes = Vec::new();
        // The message comes first: its event is told before those of what was changed with it (docs/decisions.md, 70).
        match entry {
            Some(ThreadChange::Added(message) | ThreadChange::Edited(message)) => {
                let about = About::of_message(message, before, ticket);
                writes.push(Write::put(items::message::write(project, &about, message)));
            }
            Some(ThreadChange::Removed(note)) => {
                writes.push(Write::delete(keys::message(project, ticket.id, note.created_at, note.private)));
            }
            None => {}
        }
        writes.extend(delivery.iter().flat_map(|delivery| self.deliver(delivery)));
        writes.push(self.put_as_read(before, ticket));
        writes.extend(profile.map(Write::put));
        // Rows of one change share its time; the version keeps those of two changes in one microsecond apart.
        let order = usize::try_from(ticket.version).unwrap_or(0) * 2;
        let logged = |(order, row): (usize, &Activity)| {
            let id = ids::timed(now, entropy());
            Write::put(items::activity::write(project, ticket.id, now, order, id, row))
        };
        writes.extend((order..).zip(activity).map(logged));
        writes.extend(self.move_timer(ticket.id, before.wake_at, ticket.wake_at, ticket.version, now));
        writes
    }
}

/// How a transaction that changes a ticket ended.
pub(crate) enum Committed {
    Done,
    /// Another writer was faster; the ticket as it is, or `None` if it is gone.
    Lost(Option<Item>),
}

/// What one write of a decision came to.
enum Written {
    Done(Box<Applied>),
    /// Another writer was faster; the ticket as it is, or `None` if it is gone.
    Lost(Option<Item>),
}

/// What one try of a change came to.
pub(crate) enum Attempt {
    Done(Box<Applied>),
    /// The command is for the ticket that continues this one.
    HandedOn {
        from: Box<Ticket>,
        to: TicketId,
    },
    /// Another writer was faster; the ticket as it is, or `None` if it is gone.
    Lost(Option<Item>),
}
