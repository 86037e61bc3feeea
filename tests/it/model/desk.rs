//! A desk as plain data: what its documents promise, without a table, without versions, without retries.

use std::collections::BTreeSet;

/// How many seconds before a deadline a ticket is at risk.
const RISK: i64 = 3600;
/// For how many seconds the same reply is a retry.
pub(super) const SAME_REPLY: i64 = 120;
/// For how many seconds the same opening is a retry, while nothing else was written.
pub(super) const SAME_OPENING: i64 = 30;

/// The desk, at some second since its start.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    pub(super) now: i64,
    /// In the order of their numbers. A deleted ticket keeps its place.
    pub(super) tickets: Vec<Ticket>,
    /// What was told so far, in order.
    pub(super) events: Vec<Event>,
    /// How many of them are on the bus, and of how many the workflows have heard.
    pub(super) published: usize,
    pub(super) heard: usize,
    /// How many changes there were, which orders the inbox.
    changes: u64,
    /// How many texts were written, so that each is another.
    pub(super) texts: usize,
    /// What was said last, which may be sent again.
    pub(super) opening: Option<Said>,
    pub(super) reply: Option<Said>,
}

/// A message that may be sent again.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) ticket: usize,
    pub(super) text: String,
    pub(super) at: i64,
    pub(super) private: bool,
}

/// What the desk tells of a ticket. Events of one change have one group, in which their order is free.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    pub(super) ticket: usize,
    pub(super) group: u64,
    pub(super) name: &'static str,
    /// What is special about this one, such as the new status or the text.
    pub(super) about: String,
}

#[derive(Debug, Clone)]
pub(super) struct Ticket {
    /// Which browser opened it; `None` if the team filed it.
    pub(super) browser: Option<usize>,
    pub(super) status: &'static str,
    pub(super) priority: Option<&'static str>,
    pub(super) assigned: bool,
    pub(super) tags: Vec<&'static str>,
    pub(super) unread_team: u64,
    pub(super) unread_customer: u64,
    pub(super) thread: Vec<Entry>,
    pub(super) snoozed_until: Option<i64>,
    pub(super) due: Option<Due>,
    /// When the desk looks at it by itself.
    wakes_at: Option<i64>,
    /// Its place in the inbox. Tickets that wake in one tick share theirs.
    pub(super) changed: u64,
    pub(super) deleted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) by_customer: bool,
    pub(super) private: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: i64,
    raised: Option<Alarm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alarm {
    AtRisk,
    Breached,
}

/// A change of a ticket's fields. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub(super) status: Option<&'static str>,
    pub(super) priority: Option<Option<&'static str>>,
    pub(super) assigned: Option<bool>,
    pub(super) tags: Option<Tagging>,
    /// Seconds from now.
    pub(super) snooze: Option<Option<i64>>,
    pub(super) due: Option<Option<i64>>,
}

#[derive(Debug, Clone)]
pub(super) enum Tagging {
    Set(Vec<&'static str>),
    Add(Vec<&'static str>),
    Remove(Vec<&'static str>),
}

impl Tagging {
    fn on(&self, tags: &[&'static str]) -> Vec<&'static str> {
        match self {
            Self::Set(new) => new.clone(),
            Self::Add(new) => tags.iter().chain(new.iter().filter(|tag| !tags.contains(tag))).copied().collect(),
            Self::Remove(old) => tags.iter().filter(|tag| !old.contains(tag)).copied().collect(),
        }
    }
}

impl Change {
    pub(super) fn tagged(tag: &'static str) -> Self {
        Self { tags: Some(Tagging::Add(vec![tag])), ..Self::default() }
    }

    pub(super) fn to(status: &'static str) -> Self {
        Self { status: Some(status), ..Self::default() }
    }
}

impl Ticket {
    pub(super) fn public(&self) -> impl Iterator<Item = &Entry> {
        self.thread.iter().filter(|entry| !entry.private)
    }

    /// Whether there is nothing in it but its opening.
    pub(super) fn is_as_opened(&self) -> bool {
        !self.deleted && self.public().count() == 1
    }

    /// When something happens to the ticket if nobody touches it.
    fn next_moment(&self) -> Option<i64> {
        let due = self.due.filter(|_| self.status != "resolved");
        let alarm = due.and_then(|due| match due.raised {
            None => Some(due.at - RISK),
            Some(Alarm::AtRisk) => Some(due.at),
            Some(Alarm::Breached) => None,
        });
        self.snoozed_until.into_iter().chain(alarm).min()
    }

    fn missed(&self, now: i64) -> bool {
        self.status != "resolved" && self.due.is_some_and(|due| due.at <= now && due.raised != Some(Alarm::Breached))
    }
}

impl Desk {
    /// The tickets that are there, by their places.
    pub(super) fn live(&self) -> Vec<usize> {
        (0..self.tickets.len()).filter(|place| !self.tickets[*place].deleted).collect()
    }

    fn tell(&mut self, ticket: usize, name: &'static str, about: impl Into<String>) {
        self.events.push(Event { ticket, group: self.changes, name, about: about.into() });
    }

    pub(super) fn next_text(&mut self) -> String {
        self.texts += 1;
        format!("text {}", self.texts)
    }

    /// A ticket begins, with or without a first message.
    pub(super) fn open(&mut self, browser: Option<usize>, priority: Option<&'static str>, text: Option<String>) {
        self.changes += 1;
        let (place, changed) = (self.tickets.len(), self.changes);
        self.tickets.push(Ticket {
            browser,
            status: "new",
            priority,
            assigned: false,
            tags: Vec::new(),
            unread_team: 0,
            unread_customer: 0,
            thread: Vec::new(),
            snoozed_until: None,
            due: None,
            wakes_at: None,
            changed,
            deleted: false,
        });
        self.tell(place, "ticket_created", "");
        if let Some(text) = text {
            if browser.is_some() {
                self.opening = Some(Said { ticket: place, text: text.clone(), at: self.now, private: false });
            }
            self.add(place, Entry { text, by_customer: true, private: false });
        }
    }

    /// A message or note, in a change of its own.
    pub(super) fn say(&mut self, place: usize, entry: Entry) {
        self.changes += 1;
        if !entry.by_customer {
            let (text, private) = (entry.text.clone(), entry.private);
            self.reply = Some(Said { ticket: place, text, at: self.now, private });
        }
        self.add(place, entry);
        self.arm(place);
    }

    fn add(&mut self, place: usize, entry: Entry) {
        let changed = self.changes;
        let ticket = &mut self.tickets[place];
        if !entry.private {
            ticket.changed = changed;
            *if entry.by_customer { &mut ticket.unread_team } else { &mut ticket.unread_customer } += 1;
            let name = if entry.by_customer { "message_received" } else { "message_sent" };
            self.tell(place, name, entry.text.clone());
        }
        self.tickets[place].thread.push(entry);
    }

    /// A change of fields by an agent; `muted` by a workflow, of whose changes nothing is told.
    pub(super) fn change(&mut self, place: usize, change: &Change, muted: bool) {
        let before = self.tickets[place].clone();
        let mut after = before.clone();
        if let Some(tags) = &change.tags {
            after.tags = tags.on(&before.tags);
        }
        if let Some(until) = change.snooze {
            match (before.snoozed_until, until) {
                (None, Some(_)) => after.status = "on_hold",
                (Some(_), None) => after.status = "open",
                _ => {}
            }
            after.snoozed_until = until.map(|seconds| self.now + seconds);
        }
        after.status = change.status.unwrap_or(after.status);
        after.priority = change.priority.unwrap_or(after.priority);
        after.assigned = change.assigned.unwrap_or(after.assigned);
        if let Some(due) = change.due {
            after.due = due.map(|seconds| Due { at: self.now + seconds, raised: None });
        }
        // A deadline that was missed and now ends, or gives way to another one, is told with what ended it.
        let ended = before.missed(self.now) && (after.status == "resolved" || after.due != before.due);
        if ended
            && !muted
            && after.due == before.due
            && let Some(due) = &mut after.due
        {
            due.raised = Some(Alarm::Breached);
        }
        if !Self::differ(&before, &after) {
            return;
        }
        self.changes += 1;
        after.changed = self.changes;
        self.tickets[place] = after;
        if !muted {
            self.tell_changes(place, &before);
            if ended {
                self.tell(place, "sla_breached", "");
            }
        }
        self.arm(place);
    }

    /// The same change of several tickets. They share their place in the inbox.
    pub(super) fn change_all(&mut self, places: &[usize], change: &Change) {
        let before = self.changes;
        for place in places {
            self.change(*place, change, false);
        }
        self.side_by_side(before);
    }

    /// What changed since then shares its place in the inbox.
    fn side_by_side(&mut self, before: u64) {
        for ticket in self.tickets.iter_mut().filter(|ticket| ticket.changed > before) {
            ticket.changed = self.changes;
        }
    }

    fn differ(before: &Ticket, after: &Ticket) -> bool {
        (before.status, before.priority, before.assigned, &before.tags, before.snoozed_until, before.due)
            != (after.status, after.priority, after.assigned, &after.tags, after.snoozed_until, after.due)
    }

    fn tell_changes(&mut self, place: usize, before: &Ticket) {
        let after = self.tickets[place].clone();
        if before.status != after.status {
            self.tell(place, "ticket_status_changed", after.status);
        }
        if before.priority != after.priority {
            self.tell(place, "ticket_priority_changed", after.priority.unwrap_or("none"));
        }
        if before.assigned != after.assigned {
            self.tell(place, "ticket_assigned", if after.assigned { "1" } else { "nobody" });
        }
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.tags.iter().collect(), after.tags.iter().collect());
        if old != new {
            self.tell(place, "ticket_tags_changed", new.into_iter().copied().collect::<Vec<_>>().join(" "));
        }
    }

    /// The desk will look at the ticket when something is due, at the latest.
    fn arm(&mut self, place: usize) {
        let now = self.now;
        let ticket = &mut self.tickets[place];
        if let Some(moment) = ticket.next_moment() {
            let moment = moment.max(now);
            ticket.wakes_at = Some(ticket.wakes_at.map_or(moment, |at| at.min(moment)));
        }
    }

    pub(super) fn team_reads(&mut self, place: usize) {
        self.tickets[place].unread_team = 0;
    }

    pub(super) fn team_unreads(&mut self, place: usize) {
        let unread = &mut self.tickets[place].unread_team;
        *unread = (*unread).max(1);
    }

    pub(super) fn customer_reads(&mut self, place: usize) {
        if std::mem::take(&mut self.tickets[place].unread_customer) > 0 {
            self.changes += 1;
            self.tickets[place].changed = self.changes;
        }
    }

    pub(super) fn delete(&mut self, place: usize) {
        self.tickets[place].deleted = true;
    }

    /// The clock ticks until nothing is due.
    pub(super) fn tick(&mut self) {
        let began = self.changes;
        for place in self.live() {
            while self.tickets[place].wakes_at.is_some_and(|at| at <= self.now) {
                let before = self.tickets[place].clone();
                self.changes += 1;
                if self.tickets[place].snoozed_until.is_some_and(|until| until <= self.now) {
                    let ticket = &mut self.tickets[place];
                    ticket.snoozed_until = None;
                    if ["on_hold", "pending"].contains(&ticket.status) {
                        ticket.status = "open";
                    }
                    ticket.changed = self.changes;
                    self.tell_changes(place, &before);
                }
                self.raise(place, before.wakes_at.unwrap_or(self.now));
                self.tickets[place].wakes_at = self.tickets[place].next_moment();
            }
        }
        self.side_by_side(began);
    }

    /// Tells the next alarm of the ticket's deadline, if it is due. Whoever set a deadline that had passed skips the first one.
    fn raise(&mut self, place: usize, set: i64) {
        let now = self.now;
        let ticket = &mut self.tickets[place];
        let running = ticket.status != "resolved";
        let Some(due) = ticket.due.as_mut().filter(|_| running) else { return };
        let (alarm, moment) = match due.raised {
            None => (Alarm::AtRisk, due.at - RISK),
            Some(Alarm::AtRisk) => (Alarm::Breached, due.at),
            Some(Alarm::Breached) => return,
        };
        let moment = moment.max(set);
        if moment > now {
            return;
        }
        let alarm = if due.at <= moment { Alarm::Breached } else { alarm };
        due.raised = Some(alarm);
        let name = if alarm == Alarm::Breached { "sla_breached" } else { "sla_at_risk" };
        self.tell(place, name, "");
    }

    /// All events are on the bus.
    pub(super) fn publish(&mut self) {
        self.published = self.events.len();
    }

    /// The workflows hear of what is on the bus. Each does its step once for each event. Several tickets are handled at a time.
    pub(super) fn hear(&mut self) {
        let before = self.changes;
        let heard = self.events[self.heard..self.published].to_vec();
        for event in heard {
            let change = match event.name {
                "ticket_created" => Change::tagged("seen"),
                "message_received" => Change::to("open"),
                "ticket_priority_changed" => Change::tagged("weighed"),
                _ => continue,
            };
            if !self.tickets[event.ticket].deleted {
                self.change(event.ticket, &change, true);
            }
        }
        self.heard = self.published;
        self.side_by_side(before);
    }
}
