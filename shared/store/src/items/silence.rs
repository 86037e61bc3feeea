//! Addresses that get nothing any more that the desk sends by itself.

use lambdesk_domain::{ProjectId, Timestamp, delivery::Silence};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

/// The attribute that says why.
pub(crate) const WHY: &str = "why";

/// The key names the address by a digest, so that the item itself has none.
pub(crate) fn write(project: ProjectId, address: &str, why: Silence, now: Timestamp) -> Item {
    Writer::new(&keys::silence(project, address))
        .text(WHY, why.name())
        .opt_number("expires_at", why.ends_at(now).map(Timestamp::seconds))
        .done()
}

/// Why an address is left alone; `None` if that is over. The table forgets late.
pub(crate) fn read(item: &Item, now: Timestamp) -> Result<Option<Silence>, StoreError> {
    let row = Reader(item);
    let is_over = row.opt_number::<i64>("expires_at")?.is_some_and(|end| end < now.seconds());
    let why = row.parsed(WHY, Silence::parse)?;
    Ok((!is_over).then_some(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    #[test]
    fn what_is_written_is_read() {
        let now = Timestamp::EPOCH;
        for why in Silence::ALL {
            let item = write(ProjectId(1), "ada@example.com", *why, now);
            assert_eq!(read(&item, now).unwrap(), Some(*why));
            assert_faults_are_named(&item, &[], |item| read(item, now));
        }
        let late = now.plus_seconds(500 * 24 * 3600);
        let read = |why| read(&write(ProjectId(1), "ada@example.com", why, now), late).unwrap();
        assert_eq!([read(Silence::Bounced), read(Silence::Complained)], [None, Some(Silence::Complained)]);
    }
}
