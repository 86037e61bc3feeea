//! What a project has for its mail, and whose an address is.

use lambdesk_domain::{
    ProjectId, Timestamp,
    mail::{Forwards, MailAddress, Mailbox},
};
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys::{self, Key},
    },
};

pub(crate) const VERSION: &str = "version";
const ADDRESSES: &str = "addresses";
const KEYS: &str = "keys";
const PROJECT: &str = "project";

#[derive(Serialize, Deserialize)]
struct AddressRow {
    id: uuid::Uuid,
    local: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forwards: Option<ForwardsRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_name: Option<String>,
    created_at: i64,
}

#[derive(Serialize, Deserialize)]
struct ForwardsRow {
    address: String,
    verified: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dkim: Vec<String>,
}

impl From<Forwards> for ForwardsRow {
    fn from(Forwards { address, verified, dkim }: Forwards) -> Self {
        Self { address, verified, dkim }
    }
}

impl From<ForwardsRow> for Forwards {
    fn from(ForwardsRow { address, verified, dkim }: ForwardsRow) -> Self {
        Self { address, verified, dkim }
    }
}

pub(crate) fn write(project: ProjectId, mailbox: &Mailbox) -> Item {
    let Mailbox { addresses, keys: secrets, version } = mailbox;
    let row = |address: &MailAddress| {
        let MailAddress { id, local, forwards, from_name, created_at } = address.clone();
        AddressRow { id, local, forwards: forwards.map(Into::into), from_name, created_at: created_at.micros() }
    };
    let rows: Vec<_> = addresses.iter().map(row).collect();
    Writer::new(&keys::mailbox(project))
        .text(ADDRESSES, serde_json::json!(rows).to_string())
        .bytes(KEYS, secrets.concat())
        .number(VERSION, version)
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Mailbox, StoreError> {
    let row = Reader(item);
    let rows: Vec<AddressRow> = row.parsed(ADDRESSES, |text| serde_json::from_str(text).ok())?;
    let address = |AddressRow { id, local, forwards, from_name, created_at }| {
        let created_at = Timestamp::from_micros(created_at).ok_or_else(|| row.corrupt(ADDRESSES))?;
        Ok::<_, StoreError>(MailAddress { id, local, forwards: forwards.map(Into::into), from_name, created_at })
    };
    let (secrets, rest) = row.bytes(KEYS)?.unwrap_or_default().as_chunks::<32>();
    if !rest.is_empty() {
        return Err(row.corrupt(KEYS));
    }
    Ok(Mailbox {
        addresses: rows.into_iter().map(address).collect::<Result<_, _>>()?,
        keys: secrets.to_vec(),
        version: row.number(VERSION)?,
    })
}

/// The keys under which an address is one project's: where its mail arrives, the address elsewhere, and that below its domain.
pub(crate) fn owned(address: &MailAddress) -> Vec<Key> {
    let elsewhere = address.forwards.as_ref().map(|forwards| forwards.address.as_str());
    let below = elsewhere.and_then(|address| Some(keys::mail_domain_use(address.rsplit_once('@')?.1, address)));
    [address.local.as_str()].into_iter().chain(elsewhere).map(keys::mail_address).chain(below).collect()
}

/// That an address is a project's, under one of its keys.
pub(crate) fn write_owner(key: &Key, project: ProjectId) -> Item {
    Writer::new(key).number(PROJECT, project).done()
}

pub(crate) fn read_owner(item: &Item) -> Result<ProjectId, StoreError> {
    Reader(item).number(PROJECT)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    #[test]
    fn what_is_written_is_read() {
        let created_at = Timestamp::EPOCH.plus_seconds(1);
        let address = MailAddress { id: Uuid::from_u128(1), local: "demo".into(), forwards: None, from_name: None, created_at };
        let forwards = Forwards { address: "support@acme.com".into(), verified: true, dkim: vec!["abc".into()] };
        let elsewhere = MailAddress { local: "in-abc".into(), forwards: Some(forwards), ..address.clone() };
        let named = MailAddress { from_name: Some("Acme".into()), local: "sales".into(), ..address.clone() };
        let mailbox = Mailbox { addresses: vec![address, named, elsewhere], keys: vec![[1; 32], [2; 32]], version: 3 };
        let item = write(ProjectId(1), &mailbox);
        assert_eq!(read(&item).unwrap(), mailbox);
        assert_faults_are_named(&item, &[], read);
        let keys = owned(&mailbox.addresses[2]);
        let pks: Vec<_> = keys.iter().map(|key| key.pk.as_str()).collect();
        assert_eq!((pks, owned(&mailbox.addresses[0]).len()), (vec!["E@in-abc", "E@support@acme.com", "E@@acme.com"], 1));
        let owner = write_owner(&keys[0], ProjectId(2));
        assert_eq!(read_owner(&owner).unwrap(), ProjectId(2));
        assert_faults_are_named(&owner, &[], read_owner);
    }
}
