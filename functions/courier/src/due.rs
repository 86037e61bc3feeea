//! A delivery waits: it is taken, composed and handed over.

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    delivery::{Delivery, Errand, Outcome, TOO_MANY},
};
use lambdesk_mail::compose::Ready;
use lambdesk_store::CourierDesk;

use crate::{Courier, Failure, sender::Answer};

/// How often a delivery is read anew because it has changed meanwhile. Then its timer is left to see to it.
const TRIES: usize = 3;

/// A mail with the address that it is from; or what becomes of a delivery that is none.
pub(crate) type Composed = Result<(String, Ready), Outcome>;

impl Courier {
    /// Sends a delivery, if it is its turn and nobody else is at it.
    pub(crate) async fn due(&self, project: ProjectId, ticket: TicketId, written_at: Timestamp) -> Result<(), Failure> {
        let desk = self.store.desk(project);
        for _ in 0..TRIES {
            let rows = desk.deliveries_to(ticket, written_at).await?;
            let Some((own, before)) = rows.split_first().filter(|(own, _)| own.written_at == written_at) else { return Ok(()) };
            if has_to_wait(own, before) {
                return Ok(());
            }
            let Some(taken) = self.taken(&desk, own).await? else { return Ok(()) };
            let is_done = if taken.is_settled() {
                desk.settle(own, &taken, None).await?
            } else {
                match taken.errand {
                    Errand::Restore => Box::pin(self.restore(&desk, taken)).await?,
                    Errand::Notice | Errand::Acknowledgement => Box::pin(self.announce(&desk, taken)).await?,
                    Errand::Reply | Errand::Away | Errand::Survey => Box::pin(self.carry(&desk, own, before, taken)).await?,
                }
            };
            if is_done {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A delivery as whoever sends it now takes it, without those whom the desk leaves alone; `None` if somebody else has it.
    async fn taken(&self, desk: &CourierDesk, own: &Delivery) -> Result<Option<Delivery>, Failure> {
        let now = desk.now();
        let Some(taken) = own.taken(now) else { return Ok(None) };
        let silent = desk.silent(&taken.unasked()).await?;
        Ok(Some(taken.leaving_alone(&silent, now)))
    }

    /// Why a mail that nobody asked for is one too many.
    pub(crate) async fn is_too_much(&self, desk: &CourierDesk, taken: &Delivery) -> Result<Option<&'static str>, Failure> {
        for bound in taken.bounds() {
            if desk.is_over(&bound.who, bound.limit).await? {
                return Ok(Some(TOO_MANY));
            }
        }
        Ok(None)
    }

    /// Sends a mail, and writes what came of it. If nobody knows, the sending service tells of it later.
    pub(crate) async fn hand_over(&self, desk: &CourierDesk, taken: Delivery, composed: Composed) -> Result<(), Failure> {
        let outcome = match composed {
            Err(outcome) => outcome,
            Ok((from, ready)) => match self.sender.send(&from, ready, &tags(desk, &taken)).await {
                Answer::Known(outcome) => outcome,
                Answer::Unknown(reason) => {
                    let (project, ticket) = (desk.project(), taken.ticket);
                    tracing::warn!(project.id = %project, ticket.id = %ticket, reason, "nobody knows whether a mail was sent");
                    return Ok(());
                }
            },
        };
        self.settle(desk, taken, &outcome).await
    }
}

/// Whether an earlier message of the ticket leaves first. Whoever settles it tells of this one.
fn has_to_wait(own: &Delivery, before: &[Delivery]) -> bool {
    own.errand.brings_a_message() && before.iter().any(|earlier| earlier.errand.brings_a_message() && !earlier.is_settled())
}

/// What the sending service is to say of a mail whenever it tells of it.
fn tags(desk: &CourierDesk, delivery: &Delivery) -> [(&'static str, String); 3] {
    [("p", desk.project().to_string()), ("t", delivery.ticket.to_string()), ("m", delivery.written_at.micros().to_string())]
}
