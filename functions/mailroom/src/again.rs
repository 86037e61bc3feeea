//! A mail of which nothing became is taken in once more, because somebody asked for it.

use lambdesk_domain::{ProjectId, Timestamp, mail::MailState};
use serde::{Deserialize, Serialize};

use crate::{
    Failure, Mailroom,
    arrival::Arrival,
    project::{AtProject, Turn},
};

/// Which mail, and whether somebody lets it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The project.
    pub project_id: ProjectId,
    /// When the mail arrived.
    pub at: Timestamp,
    /// The receiving service's id of it.
    pub id: String,
    /// Whether it is let in although it is spam, went to many, or is one of too many. Else the same rules hold as before.
    pub is_let_in: bool,
}

impl Mailroom {
    /// Takes a mail in once more. It is done once, however often it is asked for: the mail's row has the number of the turn.
    pub(crate) async fn again(&self, again: &Again) -> Result<(), Failure> {
        let Again { project_id, at, id, is_let_in } = again;
        let desk = self.store.desk(*project_id);
        let Some(received) = desk.received(*at, id).await? else { return Ok(()) };
        let waits = if *is_let_in { received.state == MailState::Held } else { received.state.may_come_again() };
        if !waits {
            return Ok(());
        }
        let arrival = Arrival::noted(&received);
        let turn = Turn { number: received.turn + 1, is_let_in: *is_let_in };
        // Its addresses may have changed since. Without any, the project takes no mail.
        let (mailbox, recipients) = match self.projects(&arrival).await?.remove(project_id) {
            Some(open) => open,
            None => (desk.mailbox().await?, Vec::new()),
        };
        if mailbox.addresses.is_empty() {
            return Ok(());
        }
        Box::pin(AtProject::new(self, (*project_id, mailbox, recipients), &arrival, turn).take()).await
    }
}
