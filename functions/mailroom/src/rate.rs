//! How much comes from one sender, and from senders of whom nothing is proven. What is over the bounds waits for somebody to let
//! it in.

use lambdesk_domain::limit::Limit;
use lambdesk_mail::{loops::Counted, sender::Sender};
use lambdesk_store::{MailDesk, StoreError};

/// Counts a mail, and says whether it is one of too many. `opens` says that it would open a ticket.
pub(crate) async fn is_over(desk: &MailDesk, sender: &Sender, opens: bool) -> Result<bool, StoreError> {
    let address = sender.address.as_str();
    let mut is_over = false;
    for counted in Counted::of(opens, sender.proof) {
        let who = match counted {
            Counted::Mails => format!("from:{address}"),
            Counted::Tickets => format!("opens:{address}"),
            Counted::UnprovenTickets => "unproven".to_owned(),
        };
        let limit = Limit::per_hour(counted.most());
        is_over |= limit.admit(desk.count(&who, limit).await?, desk.now()).is_err();
    }
    Ok(is_over)
}
