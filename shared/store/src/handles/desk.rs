//! What functions hold of one project: a handle whose permission decides which methods exist.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use lambdesk_domain::{
    Actor, Command, Message, MessageId, ProjectId, Ticket, TicketId, Timestamp,
    directory::Directory,
    ids::TicketNumber,
    permission::{ReadsTickets, WritesTickets},
};
use uuid::Uuid;

use crate::{
    error::{ChangeError, StoreError},
    handles::{
        create::Posted,
        once::{Beside, Receipt},
        room::{Attempt, Outcome, Room},
    },
    transport::{
        call::Patience,
        keys,
        write::{Guard, Write},
    },
};

/// One project, as whoever has permission `P` may reach it. Only [`Principal`](crate::Principal) and the desk's own functions make
/// one.
///
/// Who may write tickets can delete one:
///
/// ```
/// # use lambdesk_domain::{TicketId, permission::*};
/// # use lambdesk_store::{Desk, StoreError};
/// async fn delete(desk: &Desk<WriteTickets>, id: TicketId) -> Result<bool, StoreError> {
///     desk.delete(id).await
/// }
/// ```
///
/// Who may only read them can't, nor can a run of a workflow, which changes tickets together with its own record:
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{TicketId, permission::*};
/// # use lambdesk_store::{Desk, StoreError};
/// async fn delete(desk: &Desk<ReadTickets>, id: TicketId) -> Result<bool, StoreError> {
///     desk.delete(id).await
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{TicketId, permission::*};
/// # use lambdesk_store::{Desk, StoreError};
/// async fn delete(desk: &Desk<Running>, id: TicketId) -> Result<bool, StoreError> {
///     desk.delete(id).await
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

/// Everything in [`Room`] is of this crate alone, so that outside it a handle has the methods of its permission and no other.
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

    /// The project's id.
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
}

impl<P: ReadsTickets> Desk<P> {
    /// A ticket.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        self.room.ticket(id).await
    }

    /// The ticket of a number. Reads an index, which follows a create within milliseconds.
    pub async fn id_of_number(&self, number: TicketNumber) -> Result<Option<TicketId>, StoreError> {
        self.room.id_of_number(number).await
    }

    /// Marks a ticket, as it was just read, as seen by the team.
    pub async fn mark_read(&self, ticket: Ticket, actor: &Actor) -> Result<Ticket, ChangeError> {
        Ok(self.change_from(ticket, actor, &|_| Ok(Command::ReadByTeam), None).await?.posted.ticket)
    }
}

impl<P: WritesTickets> Desk<P> {
    /// Makes the change that `command` decides on the ticket as it is; decided anew each time another writer was faster.
    /// Returns the ticket, the message that was added (or, for a retried reply, the first one), and whether it is that.
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
        let beside = receipt.as_ref().map(|receipt| receipt as &dyn Beside);
        let applied = self.change_from(ticket, actor, &|_| Ok(command.clone()), beside).await?;
        Ok((applied.posted, applied.outcome == Outcome::Replayed))
    }

    /// A private note.
    pub async fn note(&self, id: TicketId, note: MessageId) -> Result<Option<Message>, StoreError> {
        let Some(at) = note.created_at() else { return Ok(None) };
        Ok(self.message(id, at, true).await?.filter(|found| found.id == note))
    }

    /// Changes a private note of the actor's own, which `command` makes a command of.
    pub async fn change_note(
        &self,
        id: TicketId,
        note: MessageId,
        actor: &Actor,
        command: &(dyn Fn(Box<Message>) -> Command + Sync),
    ) -> Result<Posted, ChangeError> {
        let mut patience = Patience::of_request();
        loop {
            // Both anew for each try: the note may have changed together with the ticket.
            let (ticket, note) = tokio::try_join!(self.ticket(id), self.note(id, note))?;
            let (ticket, note) = ticket.zip(note).ok_or(ChangeError::NotFound)?;
            if let Attempt::Done(applied) = self.attempt(ticket, command(Box::new(note)), actor, None, &mut patience).await? {
                return Ok(applied.posted);
            }
            patience.again("a note").await?;
        }
    }

    /// Deletes a ticket in one conditional call, which makes it gone at once; false if there was none. What belongs to
    /// it goes when the stream tells of the removal and a fold removes it, however much that is.
    pub async fn delete(&self, id: TicketId) -> Result<bool, StoreError> {
        let gone = Write::delete(keys::ticket(self.project, id)).only_if("attribute_exists(PK)").guarding(Guard::AsRead);
        match self.store.commit(vec![gone]).await {
            Ok(()) => Ok(true),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(false),
            Err(rejection) => Err(rejection.into_error("a ticket")),
        }
    }
}
