//! Links by which customers get back the tickets of a browser that they lost, and which of them have ended.

use lambdesk_domain::{ProjectId, Timestamp};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

/// The attribute that says which browser has used a link. There is none until one has.
pub(crate) const SESSION: &str = "ses";
/// The attribute that says which links of an address have ended: those from before this time.
pub(crate) const ENDED: &str = "gon";
const ADDRESS: &str = "adr";
const MADE: &str = "mad";
/// For how many seconds it is known what became of a link.
const KNOWN: i64 = 2 * 24 * 3600;

/// A link. Its key is a hash of what the link holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// Whose tickets it leads to.
    pub(crate) address: String,
    pub(crate) made_at: Timestamp,
    /// The browser that has used it.
    pub(crate) session: Option<String>,
}

pub(crate) fn write(project: ProjectId, hash: &str, link: &Link) -> Item {
    let Link { address, made_at, session } = link;
    Writer::new(&keys::restore(project, hash))
        .text(ADDRESS, address)
        .time(MADE, *made_at)
        .opt_text(SESSION, session.as_deref())
        .number("expires_at", made_at.plus_seconds(KNOWN).seconds())
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Link, StoreError> {
    let row = Reader(item);
    Ok(Link {
        address: row.parsed(ADDRESS, |text| Some(text.to_owned()))?,
        made_at: row.time(MADE)?,
        session: row.opt_text(SESSION)?.map(str::to_owned),
    })
}

/// That the links of an address from before a time have ended.
pub(crate) fn write_ended(project: ProjectId, hash: &str, before: Timestamp) -> Item {
    Writer::new(&keys::restore(project, hash))
        .time(ENDED, before)
        .number("expires_at", before.plus_seconds(KNOWN).seconds())
        .done()
}

pub(crate) fn read_ended(item: &Item) -> Result<Option<Timestamp>, StoreError> {
    Reader(item).opt_time(ENDED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    #[test]
    fn what_is_written_is_read() {
        let at = Timestamp::EPOCH.plus_seconds(7);
        let link = Link { address: "ada@example.com".into(), made_at: at, session: Some("s".into()) };
        let item = write(ProjectId(1), "ab", &link);
        assert_eq!(read(&item).unwrap(), link);
        assert_faults_are_named(&item, &["expires_at"], read);
        let item = write_ended(ProjectId(1), "ab", at);
        assert_eq!(read_ended(&item).unwrap(), Some(at));
        assert_faults_are_named(&item, &["expires_at"], read_ended);
    }
}
