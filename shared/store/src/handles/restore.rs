//! A customer who has lost the tickets of their browser gets them back by a link, which goes to their address.
//!
//! What a link holds is stored as a hash. Whoever uses a link first binds it to their browser, in one transaction with the end of the
//! address's other links, and then gets the tickets. If that stops half-way, the same browser goes on by the same link.

use lambdesk_domain::{
    Actor, Command, MessageId, Ticket, TicketId, Timestamp,
    access::Visitor,
    delivery::{Delivery, LINKS_OF_PROJECT, LINKS_TO_ADDRESS, restore},
    identity::is_same_address,
    query::Search,
};
use lambdesk_runtime::crypto::{digest_of, entropy, new_token, sha256_hex};

use crate::{
    CourierDesk, VisitorDesk, WidgetHolder,
    error::{ChangeError, StoreError},
    handles::windows::{self, Counting},
    items::restore::{self as items, ENDED, Link, SESSION},
    room::Room,
    transport::{
        call::Patience,
        keys,
        write::{Guard, Write},
    },
};

/// For how many seconds a link can be used.
const VALID: i64 = 3600;

/// What a link came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// The browser has these tickets now, the newest first.
    Tickets(Vec<TicketId>),
    /// The link's time is over, or another link of the address was used.
    Expired,
    /// Another browser has used it.
    Used,
    /// There is no such link.
    Invalid,
}

impl WidgetHolder {
    /// Asks for a link for an address, on this page. Nobody is told whether any ticket has the address, and what is done here is the
    /// same in either case. Returns the seconds to wait if too many were asked for.
    pub async fn ask_to_restore(&self, address: &str, page: String) -> Result<Result<(), u32>, StoreError> {
        let room = self.room();
        let now = room.now();
        for (who, limit) in [(address, LINKS_TO_ADDRESS), ("", LINKS_OF_PROJECT)] {
            let counting = Counting::new(&[limit], now);
            let key = keys::visitor(room.project, &hashed("asked", who)[..32]);
            let item = room.store.count(&counting, key, 1, now).await?;
            if let Err(wait) = limit.admit_counted(windows::counts(&item, limit, now)?, now) {
                return Ok(Err(wait));
            }
        }
        // Without an address, nobody would send it.
        if room.directory().await?.is_some_and(|directory| directory.has_mail) {
            let id = TicketId(room.new_id());
            let delivery = restore(id, MessageId::new(now, entropy()), address, page, now);
            room.store.commit(room.deliver(&delivery).into()).await.map_err(|rejection| rejection.into_error("a link"))?;
        }
        Ok(Ok(()))
    }
}

impl CourierDesk {
    /// Makes a link for the address of a delivery; `None` if no ticket can be had by it.
    pub async fn restore_link(&self, delivery: &Delivery) -> Result<Option<String>, StoreError> {
        let room = self.room();
        let Some(to) = delivery.recipients.first() else { return Ok(None) };
        if room.restorable(&to.address).await?.is_empty() {
            return Ok(None);
        }
        let token = new_token("");
        let link = Link { address: to.address.clone(), made_at: room.now(), session: None };
        // Nobody has this key, and a second try may put the same once more.
        let put = Write::put(items::write(room.project, &sha256_hex(token.as_bytes()), &link));
        room.store.commit(vec![put]).await.map_err(|rejection| rejection.into_error("a link"))?;
        Ok(Some(token))
    }
}

impl VisitorDesk {
    /// Uses a link in this visitor's browser.
    pub async fn restore(&self, token: &str) -> Result<Restored, ChangeError> {
        let Visitor::Anonymous { session } = self.visitor() else { return Ok(Restored::Invalid) };
        let (room, hash) = (self.room(), sha256_hex(token.as_bytes()));
        let mut patience = Patience::of_request();
        let address = loop {
            let item = room.store.get(&keys::restore(room.project, &hash)).await?;
            let Some(link) = item.as_ref().map(items::read).transpose()? else { return Ok(Restored::Invalid) };
            let now = room.now();
            match &link.session {
                Some(user) if user == session => break link.address,
                Some(_) => return Ok(Restored::Used),
                None if now >= link.made_at.plus_seconds(VALID) => return Ok(Restored::Expired),
                None if room.has_ended(&link).await? => return Ok(Restored::Expired),
                None => {}
            }
            if room.bind(&hash, &link, session, now).await? {
                break link.address;
            }
            patience.again("a link").await?;
        };
        let mut moved = Vec::new();
        for ticket in room.restorable(&address).await? {
            let id = ticket.id;
            let command = |ticket: &Ticket| {
                if !is_restorable(ticket, &address) {
                    return Err(ChangeError::Forbidden);
                }
                Ok(Command::Restore { session: session.clone() })
            };
            match room.change_from(ticket, &Actor::Customer, &command, None).await {
                Ok(_) => moved.push(id),
                // It was deleted, or is somebody's who has proven who they are.
                Err(ChangeError::NotFound | ChangeError::Forbidden) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Restored::Tickets(moved))
    }
}

impl Room {
    /// The tickets that a link for an address leads to, the newest first.
    async fn restorable(&self, address: &str) -> Result<Vec<Ticket>, StoreError> {
        let Ok(Some(search)) = Search::read(address) else { return Ok(Vec::new()) };
        let found = self.leads(&search).await?.tickets.unwrap_or_default();
        let keys: Vec<_> = found.iter().map(|id| keys::ticket(self.project, *id)).collect();
        let mut tickets = self.read_tickets(&keys).await?;
        tickets.retain(|ticket| is_restorable(ticket, address));
        tickets.sort_by_key(|ticket| std::cmp::Reverse((ticket.created_at, ticket.number)));
        Ok(tickets)
    }

    /// Whether another link of the address has been used since this one was made.
    async fn has_ended(&self, link: &Link) -> Result<bool, StoreError> {
        let item = self.store.get(&keys::restore(self.project, &hashed("ended", &link.address))).await?;
        let ended = item.as_ref().map(items::read_ended).transpose()?.flatten();
        Ok(ended.is_some_and(|before| link.made_at <= before))
    }

    /// Binds a link to a browser, and ends the address's other links; false if either has changed meanwhile.
    async fn bind(&self, hash: &str, link: &Link, session: &str, now: Timestamp) -> Result<bool, StoreError> {
        let bound = Link { session: Some(session.to_owned()), ..link.clone() };
        let bound = Write::put(items::write(self.project, hash, &bound));
        let bound = bound.only_if(format!("attribute_exists({}) AND attribute_not_exists({SESSION})", keys::PK));
        let ended = Write::put(items::write_ended(self.project, &hashed("ended", &link.address), now));
        let ended = ended.only_if(format!("attribute_not_exists({ENDED}) OR {ENDED} < :made"));
        let ended = ended.number(":made", link.made_at.micros());
        match self.store.commit(vec![bound.guarding(Guard::AsRead), ended.guarding(Guard::AsRead)]).await {
            Ok(()) => Ok(true),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(false),
            Err(rejection) => Err(rejection.into_error("a link")),
        }
    }
}

/// Whether a link for an address leads to a ticket: one of the widget, whose customer gave that address and has not proven who they
/// are. Those who have proven it need no link.
fn is_restorable(ticket: &Ticket, address: &str) -> bool {
    let is_of_widget = ticket.origin.session().is_some() && ticket.identity_verified != Some(true);
    is_of_widget && ticket.customer_email().is_some_and(|email| is_same_address(email.trim(), address))
}

/// An address as it stands in a key, for one use of it.
fn hashed(what: &str, address: &str) -> String {
    hex::encode(digest_of(&[b"restore", what.as_bytes(), address.as_bytes()]))
}
