//! What functions hold of one project: a handle whose permission decides which methods exist.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use lambdesk_domain::{
    Actor, Command, Message, MessageId, ProjectId, Ticket, TicketId, Timestamp,
    create::Draft,
    directory::Directory,
    ids::TicketNumber,
    mail::Mailbox,
    permission::{ChangesTickets, CreatesTickets, ReadsTickets, WritesTickets},
};
use uuid::Uuid;

use crate::{
    error::{ChangeError, StoreError},
    lists::{ListPage, ListQuery, Unresolved},
    room::{
        Posted, Room,
        change::{Applied, Attempt, Outcome},
        create::CreateRejection,
        deliver::Resent,
        once::{Receipt, made},
    },
    transport::call::Patience,
};

/// One project, as a caller with permission `P` may reach it. A handle comes from a [`Principal`](crate::Principal), or from
/// [`Runs`](crate::Runs) for the runs of workflows.
///
/// Who may write tickets can delete one:
///
/// ```
/// # use lambdesk_domain::{TicketId, expected::Expected, permission::*};
/// # use lambdesk_store::{ChangeError, Desk};
/// async fn delete(desk: &Desk<WriteTickets>, id: TicketId) -> Result<(), ChangeError> {
///     desk.delete(id, &Expected::default(), None).await
/// }
/// ```
///
/// Who may only read them can't, nor can a run of a workflow, which changes tickets together with its own record:
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{TicketId, expected::Expected, permission::*};
/// # use lambdesk_store::{ChangeError, Desk};
/// async fn delete(desk: &Desk<ReadTickets>, id: TicketId) -> Result<(), ChangeError> {
///     desk.delete(id, &Expected::default(), None).await
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{TicketId, expected::Expected, permission::*};
/// # use lambdesk_store::{ChangeError, Desk};
/// async fn delete(desk: &Desk<Running>, id: TicketId) -> Result<(), ChangeError> {
///     desk.delete(id, &Expected::default(), None).await
/// }
/// ```
///
/// Who may create tickets, as a channel may, can't for that reason delete one:
///
/// ```
/// # use lambdesk_domain::{create::Draft, permission::*};
/// # use lambdesk_store::{Desk, Posted, StoreError};
/// async fn create<P: CreatesTickets>(desk: &Desk<P>, draft: Draft) -> Result<Posted, StoreError> {
///     desk.create(draft, None).await
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{TicketId, expected::Expected, permission::*};
/// # use lambdesk_store::{ChangeError, Desk};
/// async fn delete<P: CreatesTickets>(desk: &Desk<P>, id: TicketId) -> Result<(), ChangeError> {
///     desk.delete(id, &Expected::default(), None).await
/// }
/// ```
///
/// A machine changes a ticket, and can neither delete nor create one:
///
/// ```
/// # use lambdesk_domain::{Actor, Command, TicketId, patch::Patch, permission::*};
/// # use lambdesk_store::{ChangeError, Desk};
/// async fn change(desk: &Desk<Machine>, id: TicketId, patch: Patch) -> Result<(), ChangeError> {
///     desk.change(id, &Actor::Workflow(None), Command::Update(Box::new(patch)), None).await.map(|_| ())
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{TicketId, expected::Expected, permission::*};
/// # use lambdesk_store::{ChangeError, Desk};
/// async fn delete(desk: &Desk<Machine>, id: TicketId) -> Result<(), ChangeError> {
///     desk.delete(id, &Expected::default(), None).await
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{create::Draft, permission::*};
/// # use lambdesk_store::{Desk, Posted, StoreError};
/// async fn create(desk: &Desk<Machine>, draft: Draft) -> Result<Posted, StoreError> {
///     desk.create(draft, None).await
/// }
/// ```
///
/// An administrator's handle reads the project, and no ticket:
///
/// ```
/// # use lambdesk_domain::{permission::*, project::Project};
/// # use lambdesk_store::{Desk, StoreError};
/// async fn read(desk: &Desk<WriteProjects>) -> Result<Project, StoreError> {
///     desk.fresh_project().await
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{Ticket, TicketId, permission::*};
/// # use lambdesk_store::{Desk, StoreError};
/// async fn read(desk: &Desk<WriteProjects>, id: TicketId) -> Result<Option<Ticket>, StoreError> {
///     desk.ticket(id).await
/// }
/// ```
pub struct Desk<P> {
    room: Room,
    permission: PhantomData<fn() -> P>,
}

impl<P> Clone for Desk<P> {
    fn clone(&self) -> Self {
        Self::new(self.room.clone())
    }
}

/// Every method of [`Room`] is private to this crate. So outside of the crate a handle has the methods of its permission and no
/// other.
impl<P> Deref for Desk<P> {
    type Target = Room;

    fn deref(&self) -> &Room {
        &self.room
    }
}

impl<P> Desk<P> {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room, permission: PhantomData }
    }

    /// What the handle is a permission on. A method of a handle calls the room's method of the same name by it.
    pub(crate) const fn room(&self) -> &Room {
        &self.room
    }

    /// The id of the handle's project.
    pub const fn project(&self) -> ProjectId {
        self.room.project
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.room.now()
    }

    /// A new id, of this moment by the desk's clock.
    pub fn new_id(&self) -> Uuid {
        self.room.new_id()
    }

    /// The project with its members and roles, up to a minute old.
    pub async fn directory(&self) -> Result<Option<Arc<Directory>>, StoreError> {
        self.room.directory().await
    }

    /// The project with its members and roles as they are, read past every cache.
    pub async fn fresh_directory(&self) -> Result<Directory, StoreError> {
        self.room.fresh_directory().await
    }

    /// Keeps the answer to a request that made several writes, or that did something elsewhere, after the last of it. A request that
    /// was interrupted has no record, so its retry is carried out. The same holds for an answer that is larger than an item can be.
    pub async fn keep_answer<T>(&self, receipt: Option<Receipt<'_, T>>, effect: &T) -> Result<(), StoreError> {
        match self.store.with_record(&mut Vec::new(), receipt, effect).await {
            Err(StoreError::TooLarge) => Ok(()),
            // A single write has no token. If its answer is lost, its repetition finds the record that it has made itself.
            Err(StoreError::CarriedOut) if self.store.has_kept(receipt, effect).await? => Ok(()),
            kept => kept,
        }
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// A ticket as it is now, with all of its fields; `None` if the project has none of this id.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        self.room.ticket(id).await
    }

    /// The ticket of a number. Reads an index, which follows a create within milliseconds.
    pub async fn id_of_number(&self, number: TicketNumber) -> Result<Option<TicketId>, StoreError> {
        self.room.id_of_number(number).await
    }

    /// Part of the list of tickets that is asked for.
    pub async fn list(&self, asked: ListQuery<'_>) -> Result<ListPage, StoreError> {
        self.room.list(asked).await
    }

    /// The tickets that are not resolved, as many as one page of a list may read: about 130 read units. Without profiles they
    /// have their customer's name and e-mail, and other traits only where these are few.
    pub async fn unresolved(&self, with_profiles: bool) -> Result<Unresolved, StoreError> {
        self.room.unresolved(with_profiles).await
    }

    /// Marks a ticket, as it was just read, as seen by the team.
    pub async fn mark_read(&self, ticket: Ticket, actor: &Actor) -> Result<Ticket, ChangeError> {
        Ok(self.change_from(ticket, actor, &|_| Ok(Command::ReadByTeam), None).await?.posted.ticket)
    }
}

impl<P: ChangesTickets> Desk<P> {
    /// Carries out `command` on a ticket as it is. If another writer was faster, the command is decided again. Returns the
    /// ticket and the message that was added. For a retried reply it returns the first reply, and true.
    pub async fn change(
        &self,
        id: TicketId,
        actor: &Actor,
        command: Command,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<(Posted, bool), ChangeError> {
        let ticket = self.ticket(id).await?.ok_or(ChangeError::NotFound)?;
        self.change_read(ticket, actor, command, receipt).await
    }

    /// [`Desk::change`] of a ticket that was just read.
    pub async fn change_read(
        &self,
        ticket: Ticket,
        actor: &Actor,
        command: Command,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<(Posted, bool), ChangeError> {
        let applied = self.change_from(ticket, actor, &|_| Ok(command.clone()), receipt).await?;
        Ok((applied.posted, applied.outcome == Outcome::Replayed))
    }
}

impl<P: CreatesTickets> Desk<P> {
    /// Opens a ticket, with its first message if the draft has one.
    pub async fn create(&self, draft: Draft, receipt: Option<Receipt<'_, Posted>>) -> Result<Posted, StoreError> {
        let id = TicketId(self.new_id());
        self.create_guarded(id, draft, None, receipt).await.map_err(CreateRejection::into_error)
    }
}

impl<P: WritesTickets> Desk<P> {
    /// Opens the ticket of an id that was given out at most [`KEPT`](crate::KEPT) seconds ago; `None` if that was done before.
    pub async fn create_once(
        &self,
        id: TicketId,
        draft: Draft,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Option<Posted>, StoreError> {
        let made = made(self.project(), id, self.now());
        match self.create_guarded(id, draft, Some(made), receipt).await {
            Ok(posted) => Ok(Some(posted)),
            Err(CreateRejection::NotAdmitted(_)) => Ok(None),
            Err(CreateRejection::Store(error)) => Err(error),
        }
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// A message or private note of a ticket; `None` if the ticket has none of this id.
    pub async fn message_of(&self, id: TicketId, message: MessageId) -> Result<Option<Message>, StoreError> {
        let Some(at) = message.created_at() else { return Ok(None) };
        let (public, note) = tokio::try_join!(self.message(id, at, false), self.message(id, at, true))?;
        Ok(public.or(note).filter(|found| found.id == message))
    }
}

impl<P: WritesTickets> Desk<P> {
    /// The addresses of the project, for whoever begins a ticket by mail.
    pub async fn mailbox_to_write_from(&self) -> Result<Mailbox, StoreError> {
        self.room().mailbox().await
    }

    /// Sends a message once more by mail to those whom it did not reach.
    pub async fn resend(&self, id: TicketId, message: MessageId) -> Result<Resent, StoreError> {
        self.room().resend(id, message).await
    }

    /// A private note of a ticket; `None` if the ticket has none of this id.
    pub async fn note(&self, id: TicketId, note: MessageId) -> Result<Option<Message>, StoreError> {
        let Some(at) = note.created_at() else { return Ok(None) };
        Ok(self.message(id, at, true).await?.filter(|found| found.id == note))
    }

    /// Changes a private note of the actor's own, together with the answer's receipt. `command` makes the command from the note
    /// as it is.
    pub async fn change_note(
        &self,
        id: TicketId,
        note: MessageId,
        actor: &Actor,
        command: &(dyn Fn(Box<Message>) -> Command + Sync),
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Posted, ChangeError> {
        let mut patience = Patience::of_request();
        loop {
            // Each try reads both again: the note may have changed together with the ticket.
            let (ticket, note) = tokio::try_join!(self.ticket(id), self.note(id, note))?;
            let (ticket, note) = ticket.zip(note).ok_or(ChangeError::NotFound)?;
            if let Attempt::Done(applied) = self.attempt(ticket, command(Box::new(note)), actor, receipt, &mut patience).await? {
                let Applied { posted, outcome } = *applied;
                if outcome == Outcome::AsItWas {
                    self.keep_answer(receipt, &posted).await?;
                }
                return Ok(posted);
            }
            patience.again("a note").await?;
        }
    }
}
