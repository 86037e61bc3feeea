//! The version of the format that items are written in.
//!
//! Every item that is put carries it, as `fmt`. Who renames an attribute, or gives one another meaning, raises [`TODAY`] and adds
//! to [`upgraded`] how an item of the version before becomes one of today. So everything else reads one format only. The desk of
//! each format is kept in `tests/formats`, and a test reads it.
//!
//! A process that meets an item of a newer format answers 503 and changes nothing: it would write back an item without what it
//! does not know. So a new format takes two deployments: the first reads it, the second writes it.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader},
        keys,
    },
};

/// The attribute that tells the version. Items that only count have none.
pub(crate) const FORMAT: &str = "fmt";

/// The version in which items are written today.
pub(crate) const TODAY: u32 = 1;

/// An item as it would be written today.
///
/// # Errors
///
/// [`StoreError::Unavailable`] for an item of a newer version.
pub(crate) fn upgraded(mut item: Item) -> Result<Item, StoreError> {
    let format: u32 = Reader(&item).opt_number(FORMAT)?.unwrap_or(0);
    if format > TODAY {
        let key = keys::Key::of(&item).map(|key| format!("{} {}", key.pk, key.sk)).unwrap_or_default();
        return Err(StoreError::Unavailable(format!("the item {key} is of format {format}, which this version can't read yet")));
    }
    if format == 0 {
        name_status_of_rollout(&mut item);
    }
    Ok(item)
}

/// Before there were formats, a rollout told the status that it is at by its place among those that are not resolved.
fn name_status_of_rollout(item: &mut Item) {
    const BY_PLACE: [&str; 4] = ["new", "open", "pending", "on_hold"];
    if item.get(keys::PK) != Some(&AttributeValue::S(keys::ROLLOUTS.to_owned())) {
        return;
    }
    let Some(AttributeValue::N(place)) = item.get("status") else { return };
    if let Some(name) = place.parse::<usize>().ok().and_then(|place| BY_PLACE.get(place)) {
        item.insert("status".to_owned(), AttributeValue::S((*name).to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::ProjectId;

    use super::*;
    use crate::transport::item::Writer;

    #[test]
    fn what_is_written_today_is_read_as_it_is() {
        let item = Writer::new(&keys::project(ProjectId(1))).text("name", "Ada").done();
        assert_eq!(item[FORMAT], AttributeValue::N(TODAY.to_string()));
        assert_eq!(upgraded(item.clone()).unwrap(), item);
    }

    #[test]
    fn a_newer_format_is_for_a_newer_version() {
        let mut item = Writer::new(&keys::project(ProjectId(1))).done();
        item.insert(FORMAT.to_owned(), AttributeValue::N((TODAY + 1).to_string()));
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
