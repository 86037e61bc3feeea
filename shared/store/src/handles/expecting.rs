//! Changes of a ticket that hold only while the ticket is as the caller expects it.

use lambdesk_domain::{
    Actor, Command, Decision, Refusal, Ticket, TicketId,
    expected::{Expected, Unmet},
    permission::WritesTickets,
};

use crate::{
    Desk, LoggedActivity, Posted, Stretch,
    error::{ChangeError, StoreError},
    items::ticket::VERSION,
    room::{change::Outcome, once::Receipt},
    transport::{
        call::Patience,
        keys,
        write::{Guard, Write},
    },
};

/// How far back the log is searched for whoever set a field.
const SEARCHED: usize = 50;

impl<P: WritesTickets> Desk<P> {
    /// [`Desk::change`], if the ticket meets the expectations at the moment of the write. A ticket that has changed since the
    /// expected time is no obstacle if it already is what `command` makes of it.
    ///
    /// The answer of `receipt` is kept even where there is nothing to change, so that a repetition does not change the ticket
    /// later.
    pub async fn change_expecting(
        &self,
        ticket: Ticket,
        actor: &Actor,
        command: Command,
        expected: &Expected,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Posted, ChangeError> {
        let id = ticket.id;
        let checked = |ticket: &Ticket| match expected.unmet(ticket) {
            None => Ok(command.clone()),
            Some(unmet) => Err(ChangeError::Refused(Refusal::Unmet(unmet))),
        };
        let (posted, outcome) = match self.change_from(ticket, actor, &checked, receipt).await {
            Ok(applied) => (applied.posted, applied.outcome),
            Err(ChangeError::Refused(Refusal::Unmet(Unmet::Ticket))) => {
                let ticket = self.ticket(id).await?.ok_or(ChangeError::NotFound)?;
                (self.as_it_is(ticket, actor, command).await?, Outcome::AsItWas)
            }
            Err(error) => return Err(error),
        };
        if outcome == Outcome::AsItWas {
            self.keep_answer(receipt, &posted).await?;
        }
        Ok(posted)
    }

    /// The ticket, if `command` would leave it as it is.
    async fn as_it_is(&self, ticket: Ticket, actor: &Actor, command: Command) -> Result<Posted, ChangeError> {
        match Box::pin(self.decide(&ticket, command, actor, self.now())).await? {
            Decision::Nothing => Ok(Posted { ticket, message: None, delivery: None }),
            _ => Err(ChangeError::Refused(Refusal::Unmet(Unmet::Ticket))),
        }
    }

    /// Deletes a ticket, if it meets the expectations at the moment of the write. One conditional call does it, so the ticket is
    /// gone at once. Its messages, notes and log are removed when the stream reports the deletion, however many they are. The
    /// answer of `receipt` is written with the deletion.
    pub async fn delete(&self, id: TicketId, expected: &Expected, receipt: Option<Receipt<'_, ()>>) -> Result<(), ChangeError> {
        let mut patience = Patience::of_request();
        loop {
            let gone = Write::delete(keys::ticket(self.project, id)).guarding(Guard::AsRead).or_gone();
            let gone = if *expected == Expected::default() {
                gone.only_if("attribute_exists(PK)")
            } else {
                let ticket = self.ticket(id).await?.ok_or(ChangeError::NotFound)?;
                if let Some(unmet) = expected.unmet(&ticket) {
                    return Err(ChangeError::Refused(Refusal::Unmet(unmet)));
                }
                // The ticket still is what the expectations were compared with.
                gone.only_if(format!("{VERSION} = :before")).number(":before", ticket.version)
            };
            let mut writes = vec![gone];
            writes.extend(receipt.map(|receipt| receipt.writes(&(), self.now())).transpose()?.unwrap_or_default());
            let rejection = match self.store.commit_within(writes, &mut patience).await {
                Ok(()) => return Ok(()),
                Err(rejection) => rejection,
            };
            if rejection.met(Guard::Once).is_some() {
                return Err(StoreError::CarriedOut.into());
            }
            match rejection.met(Guard::AsRead) {
                Some(Some(_)) => patience.again("a ticket").await?,
                Some(None) => return Err(ChangeError::NotFound),
                None => return Err(rejection.into_error("a ticket").into()),
            }
        }
    }

    /// The change that gave a field its present value, if it is among the last ones of the ticket's log.
    pub async fn last_change_of(&self, id: TicketId, field: &str) -> Result<Option<LoggedActivity>, StoreError> {
        let log = self.activity(id, Stretch { after: None, skip: 0, limit: SEARCHED }).await?;
        let of_field = |row: &LoggedActivity| {
            let changes = row.changes.as_array().into_iter().flatten();
            changes.filter_map(|change| change["field"].as_str()).any(|changed| changed == field)
        };
        Ok(log.rows.into_iter().find(of_field))
    }
}
