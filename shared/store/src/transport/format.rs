//! The version of the format that items are written in.
//!
//! Every item that is put carries it, as `fmt`. A renamed attribute, or one with another meaning, makes a new format. [`upgraded`]
//! turns an item of an older format into the newest one, so that everything else reads one format only. `tests/formats` keeps a
//! whole desk of each format, and a test reads them all.
//!
//! A process that meets an item of a newer format answers 503 and changes nothing. It would write the item back without what it
//! does not know. So a new format takes two deployments: the first raises [`NEWEST`], which is read, and the second raises
//! [`WRITTEN`].

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    error::StoreError,
    transport::{
        key::{Item, Key, PK},
        keys,
        reader::Reader,
    },
};

/// The attribute that tells the version. Items that only count have none.
pub(crate) const FORMAT: &str = "fmt";

/// The newest version that this code reads.
pub(crate) const NEWEST: u32 = 1;
/// The version in which this code writes items: [`NEWEST`], or the one before while a deployment may still meet processes that
/// can't read the newest.
pub(crate) const WRITTEN: u32 = 1;
const _: () = assert!(WRITTEN <= NEWEST, "what is written must be read");

/// An item in the newest format, whichever version wrote it.
///
/// # Errors
///
/// [`StoreError::Unavailable`] for an item of a newer version.
pub(crate) fn upgraded(mut item: Item) -> Result<Item, StoreError> {
    let format: u32 = Reader(&item).opt_number(FORMAT)?.unwrap_or(0);
    if format > NEWEST {
        let key = Key::of(&item).map(|key| format!("{} {}", key.pk, key.sk)).unwrap_or_default();
        return Err(StoreError::Unavailable(format!("the item {key} is of format {format}, which this version can't read yet")));
    }
    if format == 0 {
        name_status_of_rollout(&mut item);
        name_access(&mut item);
        name_holders(&mut item);
    }
    Ok(item)
}

/// Names the format that [`upgraded`] makes, in an item that leaves the table as it is read.
pub(crate) fn stamp(item: &mut Item) {
    item.insert(FORMAT.to_owned(), AttributeValue::N(NEWEST.to_string()));
}

/// Before there were formats, a rollout told the status that it is at by its place among those that are not resolved.
fn name_status_of_rollout(item: &mut Item) {
    const BY_PLACE: [&str; 4] = ["new", "open", "pending", "on_hold"];
    if item.get(PK) != Some(&AttributeValue::S(keys::ROLLOUTS.to_owned())) {
        return;
    }
    let Some(AttributeValue::N(place)) = item.get("status") else { return };
    if let Some(name) = place.parse::<usize>().ok().and_then(|place| BY_PLACE.get(place)) {
        item.insert("status".to_owned(), AttributeValue::S((*name).to_owned()));
    }
}

/// Before there were formats, a member had no kind of access, and everyone was an administrator.
fn name_access(item: &mut Item) {
    let Some(keys::Key { pk, sk }) = keys::Key::of(item) else { return };
    let member = pk.starts_with("P#") && sk.starts_with(keys::MEMBERS);
    let membership = pk.starts_with("U#") && sk.starts_with("P#") && !item.contains_key("left_at");
    if member || membership {
        item.entry("access".to_owned()).or_insert_with(|| AttributeValue::S("admin".to_owned()));
    }
}

/// Before there were formats, a personal key told no holders but its user and its maker.
fn name_holders(item: &mut Item) {
    let number = |name: &str| item.get(name).and_then(|value| value.as_n().ok());
    let (Some(user), Some(maker), Some(since)) = (number("user"), number("maker"), number("created_at")) else { return };
    let mut holders = vec![AttributeValue::S(format!("{user}@{since}"))];
    if maker != user {
        holders.push(AttributeValue::S(format!("{maker}@{since}")));
    }
    item.entry("holders".to_owned()).or_insert(AttributeValue::L(holders));
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::ProjectId;

    use super::*;
    use crate::transport::writer::Writer;

    #[test]
    fn what_is_written_today_is_read_as_it_is() {
        let item = Writer::new(&keys::project(ProjectId(1))).text("name", "Ada").done();
        assert_eq!(item[FORMAT], AttributeValue::N(WRITTEN.to_string()));
        assert_eq!(upgraded(item.clone()).unwrap(), item);
    }

    #[test]
    fn a_newer_format_is_for_a_newer_version() {
        let mut item = Writer::new(&keys::project(ProjectId(1))).done();
        item.insert(FORMAT.to_owned(), AttributeValue::N((NEWEST + 1).to_string()));
        let refused = upgraded(item).unwrap_err();
        assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("P#1 PROJECT")), "{refused}");
    }

    #[test]
    fn a_rollout_that_was_under_way_goes_on() {
        let mut item = Writer::new(&keys::rollout(ProjectId(1))).number("status", 2).done();
        item.remove(FORMAT);
        assert_eq!(upgraded(item).unwrap()["status"], AttributeValue::S("pending".to_owned()));
    }
}
