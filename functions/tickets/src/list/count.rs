//! How many tickets there are in a list (decision 6).

use lambdesk_domain::{
    query::Filter,
    totals::{self, Totals},
};
use lambdesk_store::{Desk, Listed, StoreError};

use crate::cursor::Cursor;

/// A count, and whether it is all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) number: u64,
    pub(crate) exact: bool,
}

/// How the tickets of a list are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// The totals know.
    ByTotals,
    /// The walk along the list finds out, as far as it may go.
    ByWalking,
    /// The walk along its first page has found out.
    Known(Counted),
}

impl Count {
    pub(crate) fn of(filter: &Filter, cursor: Option<&Cursor>) -> Self {
        match cursor {
            _ if filter.is_counted_by_totals() => Self::ByTotals,
            Some(cursor) => Self::Known(cursor.count),
            None => Self::ByWalking,
        }
    }

    pub(crate) fn by_walking(self) -> bool {
        self == Self::ByWalking
    }

    /// What the totals say, if they are to be asked: one read, and one for each assignee of the filter.
    pub(crate) async fn read(self, desk: &Desk, filter: &Filter) -> Result<Option<u64>, StoreError> {
        if self != Self::ByTotals {
            return Ok(None);
        }
        let priorities = filter.priorities.as_ref().map(|any| any.iter().copied().map(Some).collect::<Vec<_>>());
        let places = totals::Filter {
            statuses: filter.statuses.as_deref(),
            priorities: priorities.as_deref(),
            channels: filter.channels.as_deref(),
        };
        let Some(assignees) = &filter.assignees else { return Ok(Some(desk.totals().await?.count(places))) };
        let somebody: Vec<_> = assignees.iter().copied().flatten().collect();
        let nobody = async { if assignees.contains(&None) { desk.totals().await } else { Ok(Totals::default()) } };
        let (nobody, somebody) = tokio::try_join!(nobody, desk.totals_of(&somebody))?;
        Ok(Some(nobody.count_unassigned(places) + somebody.count(places)))
    }

    /// The count beside a page. A walk from the start to the end has counted by itself; the totals, which follow a change
    /// within a moment, never know fewer than were just seen.
    pub(crate) fn settle(self, totals: Option<u64>, listed: &Listed, from_start: bool) -> Counted {
        let seen = listed.found + u64::from(listed.more && listed.found == 0);
        match (self, totals) {
            _ if from_start && listed.ended => Counted { number: listed.found, exact: true },
            (Self::Known(counted), _) => counted,
            (_, Some(totals)) => Counted { number: totals.max(listed.found), exact: true },
            (_, None) => Counted { number: seen, exact: false },
        }
    }
}
