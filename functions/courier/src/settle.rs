//! What became of a mail is written: by the answer to the call, and by what the service tells later.

use lambdesk_domain::delivery::{Delivery, Outcome};
use lambdesk_runtime::crypto::entropy;
use lambdesk_store::CourierDesk;

use crate::{Courier, Failure, report::Told};

impl Courier {
    /// Writes what came of a try. A report may have been faster.
    pub(crate) async fn settle(&self, desk: &CourierDesk, taken: Delivery, outcome: &Outcome) -> Result<(), Failure> {
        let mut delivery = taken;
        loop {
            let Some(after) = delivery.tried(outcome, desk.now(), entropy()) else { return Ok(()) };
            if self.write(desk, &delivery, &after).await? {
                return Ok(());
            }
            match desk.delivery(delivery.ticket, delivery.written_at).await? {
                Some(found) => delivery = found,
                None => return Ok(()),
            }
        }
    }

    /// Writes what the service tells.
    pub(crate) async fn told(&self, told: Told) -> Result<(), Failure> {
        let Told { project, ticket, written_at, report } = told;
        let desk = self.store.desk(project);
        if let Some(why) = report.silence() {
            desk.silence(&report.recipients, why).await?;
        }
        loop {
            let Some(delivery) = desk.delivery(ticket, written_at).await? else { return Ok(()) };
            let Some(after) = delivery.advance(&report) else { return Ok(()) };
            if self.write(&desk, &delivery, &after).await? {
                return Ok(());
            }
        }
    }

    /// Writes a delivery; false if it is not as it was read.
    async fn write(&self, desk: &CourierDesk, before: &Delivery, after: &Delivery) -> Result<bool, Failure> {
        let id = after.mail.as_deref().map(|mail| self.sender.mail_id(mail));
        Ok(match (before.is_settled(), after.is_settled()) {
            (_, false) => desk.put_off(before, after).await?,
            (false, true) => desk.settle(before, after, id.as_deref()).await?,
            (true, true) => desk.advance(before, after).await?,
        })
    }
}
