//! The way to a list's tickets that reads least.

use lambdesk_domain::{
    TicketId,
    assignee::Assignee,
    query::{Filter, Key, Order, Search, SlaState},
    ticket::Status,
};

/// The most partitions that are walked side by side.
const MOST_LANES: usize = 12;

/// A way to find the tickets of a list.
#[derive(Debug, PartialEq)]
pub(super) enum Plan {
    /// A few tickets that something other than the order leads to. All are read, and sorted in memory.
    Gather(Gather),
    /// Partitions that are in the order of the last change, merged.
    Lanes(Vec<Partition>),
    /// All tickets by their numbers.
    Numbers,
    /// Tickets with a deadline in its order, then the others by their numbers.
    Deadlines,
}

/// What leads to a few tickets.
#[derive(Debug, PartialEq)]
pub(super) enum Gather {
    Ids(Vec<TicketId>),
    /// A ticket's number, or words of a customer's name or e-mail.
    Search(Search),
    Customers(Vec<String>),
    /// The states of their deadlines.
    Deadlines(Vec<SlaState>),
    /// Their statuses or assignees. The list has another order than the partitions of these.
    Partitions(Vec<Partition>),
}

/// A partition of `by_status` or `by_assignee`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Partition {
    Status(Status),
    /// Someone's open work, or their resolved one.
    Assigned(Assignee, Status),
}

impl Partition {
    pub(super) const fn is_assigned(&self) -> bool {
        matches!(self, Self::Assigned(..))
    }
}

impl Plan {
    /// Its name in the debug header.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Gather(Gather::Ids(_)) => "ids",
            Self::Gather(Gather::Search(search)) => search.number().map_or("words", |_| "number"),
            Self::Gather(Gather::Customers(_)) => "by_customer",
            Self::Lanes(partitions) | Self::Gather(Gather::Partitions(partitions)) => match partitions.first() {
                Some(Partition::Assigned(..)) => "by_assignee",
                Some(Partition::Status(_)) | None => "by_status",
            },
            Self::Numbers => "by_number",
            Self::Deadlines | Self::Gather(Gather::Deadlines(_)) => "by_sla",
        }
    }
}

/// Chooses the way. A filter that leads to few tickets comes before the order.
pub(super) fn plan(filter: &Filter, order: Order) -> Plan {
    if let Some(ids) = &filter.ids {
        return Plan::Gather(Gather::Ids(ids.clone()));
    }
    if let Some(customers) = &filter.distinct_ids {
        return Plan::Gather(Gather::Customers(customers.clone()));
    }
    if let Some(search) = &filter.search {
        return Plan::Gather(Gather::Search(search.clone()));
    }
    let dated = filter.sla.as_ref().filter(|states| !states.contains(&SlaState::Without));
    match (dated, order.key) {
        (Some(states), Key::Created | Key::Number | Key::Updated) => Plan::Gather(Gather::Deadlines(states.clone())),
        (None, Key::Created | Key::Number | Key::Due) if is_partitioned(filter) => {
            Plan::Gather(Gather::Partitions(partitions(filter)))
        }
        _ => walk(filter, order),
    }
}

/// A way along all tickets, in the order.
pub(super) fn walk(filter: &Filter, order: Order) -> Plan {
    match order.key {
        Key::Created | Key::Number => Plan::Numbers,
        Key::Due => Plan::Deadlines,
        Key::Updated => Plan::Lanes(partitions(filter)),
    }
}

/// Whether the partitions by status or assignee leave out tickets that are not of the list.
const fn is_partitioned(filter: &Filter) -> bool {
    filter.statuses.is_some() || filter.assignees.is_some() || filter.sla.is_some()
}

fn partitions(filter: &Filter) -> Vec<Partition> {
    assigned(filter).unwrap_or_else(|| by_status(filter))
}

/// Whether a ticket of this status may be of the list. A resolved ticket has no deadline, so it has no state of one.
fn may_be(filter: &Filter, status: Status) -> bool {
    let asked = filter.statuses.as_ref().is_none_or(|any| any.contains(&status));
    asked && (filter.sla.is_none() || status != Status::Resolved)
}

fn by_status(filter: &Filter) -> Vec<Partition> {
    Status::ALL.iter().copied().filter(|status| may_be(filter, *status)).map(Partition::Status).collect()
}

/// The partitions of the assignees that are asked for; `None` if they are many, or if unassigned tickets are asked for too.
fn assigned(filter: &Filter) -> Option<Vec<Partition>> {
    let assignees = filter.assignees.as_ref()?.iter().copied().collect::<Option<Vec<_>>>()?;
    let wanted =
        |resolved: bool| Status::ALL.iter().any(|status| (*status == Status::Resolved) == resolved && may_be(filter, *status));
    let halves = [Status::Open, Status::Resolved].into_iter().filter(|half| wanted(*half == Status::Resolved));
    let halves: Vec<_> = halves.collect();
    let lanes: Vec<_> =
        assignees.iter().flat_map(|assignee| halves.iter().map(|half| Partition::Assigned(*assignee, *half))).collect();
    (lanes.len() <= MOST_LANES).then_some(lanes)
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{UserId, query::Search};

    use super::*;

    const ONE: Assignee = Assignee::User(UserId(1));

    #[test]
    fn the_way_that_names_fewest_tickets_is_taken() {
        let name = |filter: &Filter, order: &str| plan(filter, Order::parse(order)).name();
        let all = Filter::default();
        assert_eq!(
            ["-updated_at", "updated_at", "created_at", "-ticket_number", "sla_due_at"].map(|order| name(&all, order)),
            ["by_status", "by_status", "by_number", "by_number", "by_sla"]
        );
        let mine = Filter { assignees: Some(vec![Some(ONE)]), ..Filter::default() };
        assert_eq!((name(&mine, "-updated_at"), name(&mine, "created_at")), ("by_assignee", "by_assignee"));
        assert!(matches!(plan(&mine, Order::parse("created_at")), Plan::Gather(Gather::Partitions(_))));
        let late = Filter { sla: Some(vec![SlaState::Breached]), ..Filter::default() };
        assert!(matches!(plan(&late, Order::default()), Plan::Gather(Gather::Deadlines(_))));
        assert_eq!(plan(&late, Order::parse("-sla_due_at")), Plan::Deadlines);
        let timeless = Filter { sla: Some(vec![SlaState::Without]), ..Filter::default() };
        let unresolved = [Status::New, Status::Open, Status::Pending, Status::OnHold].map(Partition::Status).to_vec();
        assert_eq!(plan(&timeless, Order::default()), Plan::Lanes(unresolved.clone()));
        assert_eq!(plan(&timeless, Order::parse("ticket_number")), Plan::Gather(Gather::Partitions(unresolved)));
        let mine_or_nobodys = Filter { assignees: Some(vec![Some(ONE), None]), ..Filter::default() };
        assert_eq!(name(&mine_or_nobodys, "-updated_at"), "by_status");
        let many = Filter { assignees: Some((0..99).map(|id| Some(Assignee::User(UserId(id)))).collect()), ..Filter::default() };
        assert_eq!(name(&many, "-updated_at"), "by_status");
        let one = Filter { ids: Some(Vec::new()), distinct_ids: Some(vec!["ada".into()]), ..mine.clone() };
        assert_eq!(name(&one, "sla_due_at"), "ids");
        let customer = Filter { distinct_ids: Some(vec!["ada".into()]), ..mine };
        assert_eq!(name(&customer, "-updated_at"), "by_customer");
        let search = |text: &str| Filter { search: Search::read(text).unwrap(), ..Filter::default() };
        assert_eq!((name(&search("#12"), ""), name(&search("ada"), "created_at")), ("number", "words"));
    }

    #[test]
    fn only_the_partitions_that_can_hold_what_is_asked_for_are_read() {
        let of = |statuses: &[Status]| {
            let statuses = (!statuses.is_empty()).then(|| statuses.to_vec());
            let filter = Filter { statuses, assignees: Some(vec![Some(ONE)]), ..Filter::default() };
            match plan(&filter, Order::default()) {
                Plan::Lanes(lanes) => lanes,
                other => panic!("{other:?}"),
            }
        };
        let (open, resolved) = (Partition::Assigned(ONE, Status::Open), Partition::Assigned(ONE, Status::Resolved));
        assert_eq!(of(&[]), [open, resolved]);
        assert_eq!((of(&[Status::New, Status::Pending]), of(&[Status::Resolved])), (vec![open], vec![resolved]));
        let statuses = Filter { statuses: Some(vec![Status::Open, Status::New]), ..Filter::default() };
        let lanes = Plan::Lanes([Status::New, Status::Open].map(Partition::Status).to_vec());
        assert_eq!(plan(&statuses, Order::default()), lanes);
    }
}
