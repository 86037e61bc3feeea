//! How many tickets a list has (docs/decisions.md, 6).

use lambdesk_domain::{
    permission::ReadTickets,
    query::Filter,
    totals::{self, Totals},
};
use lambdesk_store::{Desk, ListPage, StoreError};

use super::cursor::{Counted, Cursor};

/// How the tickets of a list are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// The project's totals have the number.
    ByTotals,
    /// Reading the list counts them, as far as its read budget goes.
    ByWalking,
    /// Reading the first page has counted them; the cursor carries the number.
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

    /// The number from the totals, if they have it. It costs one read, and one for each assignee in the filter.
    pub(crate) async fn read(self, desk: &Desk<ReadTickets>, filter: &Filter) -> Result<Option<u64>, StoreError> {
        if self != Self::ByTotals {
            return Ok(None);
        }
        let priorities = filter.priorities.as_ref().map(|any| any.iter().copied().map(Some).collect::<Vec<_>>());
        let places = totals::BucketFilter {
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

    /// The count to show with a page. A request that read the list from its start to its end has counted it. The totals follow
    /// a change only after a moment, so the count is never lower than the number that was just found.
    pub(crate) fn settle(self, totals: Option<u64>, listed: &ListPage, from_start: bool) -> Counted {
        let seen = listed.found + u64::from(listed.more && listed.found == 0);
        match (self, totals) {
            _ if from_start && listed.ended => Counted { number: listed.found, exact: true },
            (Self::Known(counted), _) => counted,
            (_, Some(totals)) => Counted { number: totals.max(listed.found), exact: true },
            (_, None) => Counted { number: seen, exact: false },
        }
    }
}
