//! How much comes from one sender, and from senders of whom nothing is proven. What is over the bounds waits for somebody to let
//! it in.

use lambdesk_domain::{Timestamp, limit::Calls, limit::Limit};
use lambdesk_mail::{
    loops::{Counts, MAILS, TICKETS, UNPROVEN_TICKETS},
    sender::{Sender, proof::Proof},
};
use lambdesk_store::{MailDesk, StoreError};

/// Counts a mail, and says whether it is one of too many. `opens` says that it would open a ticket.
pub(crate) async fn is_over(desk: &MailDesk, sender: &Sender, opens: bool) -> Result<bool, StoreError> {
    let now = desk.now();
    let address = sender.address.as_str();
    let of = async |who: String, most: u32| {
        let limit = Limit::per_hour(most);
        Ok::<_, StoreError>(within_an_hour(desk.count(&who, limit).await?, limit, now))
    };
    let mut counts = Counts { mails: of(format!("from:{address}"), MAILS).await?, ..Counts::default() };
    if opens {
        counts.tickets = of(format!("opens:{address}"), TICKETS).await?;
        if sender.proof != Proof::Proven {
            counts.unproven_tickets = of("unproven".to_owned(), UNPROVEN_TICKETS).await?;
        }
    }
    Ok(counts.is_over(opens, sender.proof))
}

/// As the limits of the desk count: the hour before counts in proportion to how much of it is still within the last hour.
fn within_an_hour(calls: Calls, limit: Limit, now: Timestamp) -> u32 {
    let rest = limit.seconds - now.seconds() % limit.seconds;
    let before = i64::from(calls.before) * rest / limit.seconds;
    calls.present.saturating_add(u32::try_from(before).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_before_fades() {
        let at = |second| Timestamp::EPOCH.plus_seconds(second);
        let calls = Calls { present: 2, before: 20 };
        let counted = |second| within_an_hour(calls, Limit::per_hour(TICKETS), at(second));
        assert_eq!([counted(3600), counted(5400), counted(7199)], [22, 12, 2]);
    }
}
