//! Who is looking at which ticket: one small item for each member, in a partition of the project's own that no customer reads.

use lambdesk_domain::{ProjectId, TicketId, Timestamp, UserId, permission::ReadsTickets};

use crate::{
    Desk,
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
        read::Range,
        write::Write,
    },
};

/// For how many seconds a member counts as looking at a ticket after their page said so.
const SHOWN: i64 = 20;
/// After how many seconds it is written anew that a member still looks at the same ticket: so that it never is older than
/// [`SHOWN`] while the page asks every five seconds.
const WRITTEN_ANEW: i64 = 15;
/// How long an item is kept, in seconds. It means nothing any more long before.
const KEPT: i64 = 3600;

const TICKET: &str = "ticket";
const REPLYING: &str = "replying";
const AT: &str = "at";

/// What a member looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looking {
    /// The ticket; `None` if the member looks elsewhere.
    pub ticket: Option<TicketId>,
    /// Whether the member is writing an answer to it.
    pub replying: bool,
}

/// A member who looks at a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The member.
    pub user: UserId,
    /// What they look at.
    pub looking: Looking,
    at: Timestamp,
}

impl Viewer {
    fn is_shown(&self, now: Timestamp) -> bool {
        self.at >= now.plus_seconds(-SHOWN)
    }

    fn write(&self, project: ProjectId) -> Item {
        let Self { user, looking: Looking { ticket, replying }, at } = *self;
        Writer::new(&keys::presence(project, user))
            .opt_text(TICKET, ticket.map(|ticket| ticket.to_string()))
            .opt_flag(REPLYING, replying.then_some(true))
            .time(AT, at)
            .number("expires_at", at.plus_seconds(KEPT).seconds())
            .done()
    }

    fn read(item: &Item) -> Result<Self, StoreError> {
        let row = Reader(item);
        let looking =
            Looking { ticket: row.opt_parsed(TICKET, |id| id.parse().ok())?, replying: row.flag(REPLYING)?.unwrap_or(false) };
        let user = row.sort_key()?.parse().map_err(|_| row.corrupt(keys::SK))?;
        Ok(Self { user, looking, at: row.time(AT)? })
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// Notes what a member looks at, if their page says so, and returns which others look at which tickets.
    ///
    /// All rows of a project are read as they were a moment ago: half a unit for some thirty members. The member's own row is
    /// written only where it says something else, or is about to be too old.
    pub async fn exchange_presence(&self, me: UserId, looking: Option<Looking>) -> Result<Vec<Viewer>, StoreError> {
        let now = self.now();
        let rows = self.store.query_all(Range::new("PK = :pk").text(":pk", keys::presences(self.project))).await?;
        let rows = rows.iter().map(Viewer::read).collect::<Result<Vec<_>, _>>()?;
        let (own, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|viewer| viewer.user == me);
        if let Some(looking) = looking {
            let known = own.first().filter(|own| own.at >= now.plus_seconds(-WRITTEN_ANEW));
            let before = known.map_or_else(Looking::default, |own| own.looking);
            if before != looking {
                // The newest word counts, whoever's page says it.
                let row = Viewer { user: me, looking, at: now };
                self.store.commit(vec![Write::put(row.write(self.project))]).await.map_err(|lost| lost.into_error("a viewer"))?;
            }
        }
        Ok(others.into_iter().filter(|viewer| viewer.looking.ticket.is_some() && viewer.is_shown(now)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let ticket = Some(TicketId(uuid::Uuid::from_u128(7)));
        for looking in [Looking { ticket, replying: true }, Looking { ticket, replying: false }, Looking::default()] {
            let viewer = Viewer { user: UserId(3), looking, at: Timestamp::from_micros(5_000_000).unwrap() };
            assert_eq!(Viewer::read(&viewer.write(ProjectId(1))).unwrap(), viewer);
        }
    }
}
