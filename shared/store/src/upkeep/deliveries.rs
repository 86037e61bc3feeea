//! Timers of deliveries: when the desk looks at a message that should have left.
//!
//! A delivery names its timer, and one transaction writes both. Most timers have nothing to do: their message was sent long ago.

use lambdesk_domain::{ProjectId, TicketId, Timestamp, delivery::Woken};

use crate::{
    Upkeep,
    error::StoreError,
    transport::{
        item::{Item, Reader},
        key::Key,
        keys,
        read::Range,
        write::Write,
    },
};

/// A timer of a delivery that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryTimer {
    project: ProjectId,
    ticket: TicketId,
    message: Timestamp,
    at: Timestamp,
    key: Key,
}

/// What the timer of a delivery came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RungDelivery {
    /// The delivery is told of again, or has another timer.
    Told,
    /// The same, and it should have left half an hour ago.
    Late,
    /// There was nothing to do.
    Stale,
}

impl Upkeep {
    /// The timers of deliveries that are due at `now`, the earliest first, and how many items among them can't be read. The read
    /// is of a moment ago.
    pub async fn due_deliveries(&self, now: Timestamp, limit: usize) -> Result<(Vec<DeliveryTimer>, usize), StoreError> {
        let range = Range::new("PK = :pk AND SK < :until").text(":pk", keys::COURIER).text(":until", keys::timers_until(now));
        let items = self.store.query(range.limit(limit)).await?.items;
        let timers: Vec<_> = items.iter().filter_map(read).collect();
        let unreadable = items.len() - timers.len();
        Ok((timers, unreadable))
    }

    /// Looks at the delivery of a timer. It may run late, twice, or twice at once.
    pub async fn ring_delivery(&self, timer: &DeliveryTimer) -> Result<RungDelivery, StoreError> {
        let DeliveryTimer { project, ticket, message, at, key } = timer;
        let room = self.store.room(*project);
        let woken = match room.delivery(*ticket, *message).await? {
            Some(delivery) => delivery.woken(*at, self.store.now()),
            None => Woken::Nothing,
        };
        let now = self.store.now();
        let mut is_late = false;
        let told = match woken {
            Woken::Changed(after) => {
                is_late = after.is_late(now);
                let mut writes = vec![room.put_delivery(&after)];
                writes.extend(room.move_delivery_timer(*at, &after));
                room.change_delivery(writes).await?
            }
            Woken::Nothing => false,
        };
        if told && is_late {
            tracing::error!(project.id = %project, ticket.id = %ticket, "a mail has not left for half an hour");
            return Ok(RungDelivery::Late);
        }
        if told {
            return Ok(RungDelivery::Told);
        }
        // One that was changed meanwhile is looked at in the next tick, if it still names this timer.
        let names_it = room.delivery(*ticket, *message).await?.is_some_and(|delivery| delivery.waits_for(*at));
        if !names_it {
            let gone = Write::delete(key.clone());
            self.store.commit(vec![gone]).await.map_err(|rejection| rejection.into_error("a timer"))?;
        }
        Ok(RungDelivery::Stale)
    }
}

fn read(item: &Item) -> Option<DeliveryTimer> {
    let (at, (project, ticket, message)) = keys::delivery_timer_of(Reader(item).sort_key().ok()?)?;
    Some(DeliveryTimer { project, ticket, message, at, key: Key::of(item)? })
}
