//! The row of a personal API key. The credential and the rows of the owners' lists have its attributes.

use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    project::{Holders, PersonalKey},
    scope::Scopes,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::items::row::values;

#[derive(Serialize, Deserialize)]
#[serde(remote = "PersonalKey")]
pub(super) struct KeyRow {
    id: Uuid,
    user: UserId,
    maker: UserId,
    #[serde(with = "holders")]
    holders: Holders,
    label: String,
    #[serde(default, skip_serializing_if = "scopes::are_none", with = "scopes")]
    scopes: Scopes,
    #[serde(rename = "*limit", with = "limit")]
    projects: Option<Vec<ProjectId>>,
    #[serde(with = "values::time")]
    created_at: Timestamp,
}

/// Who may know a key: texts `<user>@<since when>`.
mod holders {
    use lambdesk_domain::{Timestamp, UserId, project::Holders};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(holders: &Holders, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(holders.iter().map(|(user, since)| format!("{user}@{}", since.micros())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Holders, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| holder(text).ok_or_else(|| D::Error::custom("no holder"))).collect()
    }

    fn holder(text: &str) -> Option<(UserId, Timestamp)> {
        let (user, since) = text.split_once('@')?;
        Some((user.parse().ok()?, Timestamp::from_micros(since.parse().ok()?)?))
    }
}

/// The scopes of a key, by their names.
mod scopes {
    use lambdesk_domain::scope::{Scope, Scopes};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn are_none(scopes: &Scopes) -> bool {
        scopes.iter().next().is_none()
    }

    pub(super) fn serialize<S: Serializer>(scopes: &Scopes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(scopes.iter().map(Scope::name))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scopes, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().map(|name| Scope::parse(name).ok_or_else(|| D::Error::custom("no scope"))).collect()
    }
}

/// The projects that a key is limited to. A list without members is not written, so that a flag tells a limit to no project from
/// no limit.
mod limit {
    use lambdesk_domain::ProjectId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::items::row::values;

    #[derive(Serialize, Deserialize)]
    struct LimitRow {
        #[serde(default, skip_serializing_if = "values::is_off")]
        held: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty", with = "values::texts")]
        projects: Vec<ProjectId>,
    }

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(limit: &Option<Vec<ProjectId>>, serializer: S) -> Result<S::Ok, S::Error> {
        LimitRow { held: limit.is_some(), projects: limit.clone().unwrap_or_default() }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<ProjectId>>, D::Error> {
        match LimitRow::deserialize(deserializer)? {
            LimitRow { held: true, projects } => Ok(Some(projects)),
            LimitRow { held: false, projects } if projects.is_empty() => Ok(None),
            LimitRow { held: false, .. } => Err(D::Error::missing_field("held")),
        }
    }
}
