//! Users, and what tokens stand for.

mod key;

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    project::{Member, Membership, PersonalKey, Rights},
    scope::Access,
    session::Session,
};
use serde::{Deserialize, Serialize};

use key::KeyRow;

use crate::{
    error::StoreError,
    items::{
        row::{self, values},
        session,
    },
    transport::{
        item::{Item, Reader, Writer},
        keys::{self, Key},
    },
};

/// What a token admits to. The table holds it under the hash of the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A project's public token, for `posthog.init`.
    ProjectToken(ProjectId),
    /// A project's public widget token.
    WidgetToken(ProjectId),
    /// A project's secret, or its backup.
    Secret(ProjectId),
    /// A user's personal API key.
    Personal(PersonalKey),
    /// A user's session.
    Session(Session),
}

impl Credential {
    const fn kind(&self) -> &'static str {
        match self {
            Self::ProjectToken(_) => "project",
            Self::WidgetToken(_) => "widget",
            Self::Secret(_) => "secret",
            Self::Personal(_) => "personal",
            Self::Session(_) => "session",
        }
    }
}

/// What a member may do, as a part of the rows of both sides of a membership.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Rights")]
pub(super) struct RightsRow {
    access: Access,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "values::opt_time")]
    left_before: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Membership")]
struct MembershipRow {
    project: ProjectId,
    #[serde(rename = "*rights", with = "RightsRow")]
    rights: Rights,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "User")]
struct UserRow {
    id: UserId,
    email: String,
    first_name: String,
}

pub(crate) fn write_credential(hash: &str, credential: &Credential) -> Item {
    let row = Writer::new(&keys::credential(hash)).text("kind", credential.kind());
    match credential {
        Credential::ProjectToken(project) | Credential::WidgetToken(project) | Credential::Secret(project) => {
            row.number("project", project).done()
        }
        Credential::Personal(key) => row.attributes(row::attributes(key, KeyRow::serialize)).done(),
        Credential::Session(session) => session::write(row, session).done(),
    }
}

pub(crate) fn read_credential(item: &Item) -> Result<Credential, StoreError> {
    let row = Reader(item);
    let project = || row.number("project").map(ProjectId);
    match row.text("kind")? {
        "project" => Ok(Credential::ProjectToken(project()?)),
        "widget" => Ok(Credential::WidgetToken(project()?)),
        "secret" => Ok(Credential::Secret(project()?)),
        "personal" => Ok(Credential::Personal(read_personal(item)?)),
        "session" => Ok(Credential::Session(session::read(item)?)),
        _ => Err(row.corrupt("kind")),
    }
}

/// The row that lists a key under `owner`: its user, and also its maker if that was someone else. It knows the hash, so
/// that deleting the row deletes the credential.
pub(crate) fn write_personal(owner: UserId, hash: &str, key: &PersonalKey) -> Item {
    row::write(&keys::personal_key(owner, key.id), key, KeyRow::serialize).text("hash", hash).done()
}

pub(crate) fn read_personal(item: &Item) -> Result<PersonalKey, StoreError> {
    let key = row::read(item, KeyRow::deserialize)?;
    // The key would do more than those who know it may do.
    if [key.user, key.maker].iter().any(|known| !key.holders.contains_key(known)) {
        return Err(Reader(item).corrupt("holders"));
    }
    Ok(key)
}

/// For how long an ended key is known as one, in seconds.
const ENDED_KEPT: i64 = 30 * 24 * 3600;

/// The credential of a key that has ended because its user is in no project: held to none, it reaches none, also none that they
/// join later.
pub(crate) fn end_credential(hash: &str, key: &PersonalKey, now: Timestamp) -> Item {
    let mut item = write_credential(hash, &Credential::Personal(PersonalKey { projects: Some(Vec::new()), ..key.clone() }));
    let expires_at = now.plus_seconds(ENDED_KEPT).seconds();
    item.insert("expires_at".to_owned(), AttributeValue::N(expires_at.to_string()));
    item
}

/// When a member left a project; such a row is no membership.
pub(crate) const LEFT_AT: &str = "left_at";

/// A user's side of a membership.
pub(crate) fn write_membership(user: UserId, membership: Membership) -> Item {
    row::write(&keys::membership(user, membership.project), &membership, MembershipRow::serialize).done()
}

/// A user's side of a membership that ended.
pub(crate) fn write_left(user: UserId, project: ProjectId, at: Timestamp) -> Item {
    Writer::new(&keys::membership(user, project)).number("project", project).time(LEFT_AT, at).done()
}

/// A membership; `None` if it ended.
pub(crate) fn read_membership(item: &Item) -> Result<Option<Membership>, StoreError> {
    let row = Reader(item);
    if row.opt_time(LEFT_AT)?.is_some() {
        return Ok(None);
    }
    row::read(item, MembershipRow::deserialize).map(Some)
}

/// A user, wherever they are a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Random, and the same in all projects.
    pub id: UserId,
    /// The address that administrators add the user by.
    pub email: String,
    /// The first name, as it was given when the user was first added to a project.
    pub first_name: String,
}

impl User {
    /// The user as a member.
    pub fn with_rights(self, rights: Rights) -> Member {
        let Self { id, email, first_name } = self;
        Member { id, email, first_name, rights }
    }
}

pub(crate) fn write_user(key: &Key, user: &User) -> Item {
    row::write(key, user, UserRow::serialize).done()
}

pub(crate) fn read_user(item: &Item) -> Result<User, StoreError> {
    row::read(item, UserRow::deserialize)
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::scope::Scopes;
    use uuid::Uuid;

    use super::*;
    use crate::{
        items::row::tests::assert_faults_are_named,
        transport::format::{FORMAT, upgraded},
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(second)
    }

    fn key() -> PersonalKey {
        PersonalKey {
            id: Uuid::from_u128(1),
            user: UserId(1),
            maker: UserId(2),
            holders: PersonalKey::first_holders(UserId(1), UserId(2), at(1)),
            label: "CI".into(),
            scopes: Scopes::all(),
            projects: Some(vec![ProjectId(1), ProjectId(12)]),
            created_at: at(1),
        }
    }

    #[test]
    fn credentials_are_read_as_they_are_written() {
        let free = PersonalKey { projects: None, scopes: Scopes::default(), ..key() };
        let ended = PersonalKey { projects: Some(Vec::new()), ..key() };
        for key in [key(), free, ended.clone()] {
            let item = write_personal(UserId(1), "hash", &key);
            assert_eq!(read_personal(&item).unwrap(), key);
            assert_faults_are_named(&item, &["hash"], read_personal);
            let credential = Credential::Personal(key);
            assert_eq!(read_credential(&write_credential("hash", &credential)).unwrap(), credential);
        }
        assert_eq!(read_credential(&end_credential("hash", &key(), at(2))).unwrap(), Credential::Personal(ended));
        for of in [Credential::ProjectToken, Credential::WidgetToken, Credential::Secret] {
            let credential = of(ProjectId(7));
            assert_eq!(read_credential(&write_credential("hash", &credential)).unwrap(), credential);
        }
    }

    #[test]
    fn a_key_whose_limit_or_holders_are_lost_is_corrupt_and_reaches_no_further() {
        let whole = write_personal(UserId(1), "hash", &key());
        for attribute in ["held", "holders"] {
            let mut item = whole.clone();
            item.remove(attribute);
            let error = read_personal(&item).unwrap_err().to_string();
            assert!(error.contains("KEY#") && error.ends_with(attribute), "{error}");
        }
        let unknown = PersonalKey { user: UserId(3), ..key() };
        assert!(read_personal(&write_personal(UserId(1), "hash", &unknown)).unwrap_err().to_string().ends_with("holders"));
    }

    #[test]
    fn a_key_from_before_there_were_formats_is_held_by_its_user_and_its_maker() {
        let mut older = write_personal(UserId(1), "hash", &key());
        for newer in [FORMAT, "holders"] {
            older.remove(newer);
        }
        assert_eq!(read_personal(&upgraded(older).unwrap()).unwrap(), key());
    }

    #[test]
    fn a_member_from_before_there_were_formats_is_an_administrator() {
        let membership = Membership { project: ProjectId(7), rights: Rights::new(Access::Admin) };
        let mut older = write_membership(UserId(1), membership);
        older.remove("access");
        assert!(read_membership(&upgraded(older.clone()).unwrap()).unwrap_err().to_string().ends_with("access"));
        older.remove(FORMAT);
        assert_eq!(read_membership(&upgraded(older).unwrap()).unwrap(), Some(membership));
        let mut left = write_left(UserId(1), ProjectId(7), at(3));
        left.remove(FORMAT);
        assert_eq!(read_membership(&upgraded(left).unwrap()).unwrap(), None);
    }

    #[test]
    fn a_membership_is_read_until_it_ends() {
        let rights = Rights { access: Access::Agent, left_before: Some(at(2)) };
        for rights in [Rights::new(Access::Admin), rights] {
            let membership = Membership { project: ProjectId(7), rights };
            let item = write_membership(UserId(1), membership);
            assert_eq!(read_membership(&item).unwrap(), Some(membership));
            assert_faults_are_named(&item, &[], read_membership);
        }
        assert_eq!(read_membership(&write_left(UserId(1), ProjectId(7), at(3))).unwrap(), None);
    }
}
