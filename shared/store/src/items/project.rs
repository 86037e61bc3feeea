//! Projects, members and roles.

use std::sync::Arc;

use lambdesk_domain::{
    ProjectId, RoleId, Timestamp, UserId,
    policies::Policies,
    project::{Member, Project, Rights, Role},
    settings::Settings,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::StoreError,
    items::{
        account::RightsRow,
        row::{self, values},
    },
    transport::{
        item::{Item, Reader},
        keys,
    },
};

pub(crate) const VERSION: &str = "version";
const POLICIES: &str = "sla_policies";
/// The version of the folding that a project's items are of.
pub(crate) const FOLDING: &str = "folding";

#[derive(Serialize, Deserialize)]
#[serde(remote = "Project")]
struct ProjectRow {
    id: ProjectId,
    name: String,
    #[serde(rename = "enabled")]
    conversations_enabled: bool,
    #[serde(default, skip_serializing_if = "settings::are_default", with = "settings")]
    settings: Settings,
    /// [`policies`] reads them, since they depend on the zone in the settings.
    #[serde(skip)]
    policies: Arc<Policies>,
    api_token: String,
    #[serde(rename = "widget_token")]
    widget_public_token: String,
    #[serde(rename = "secret")]
    secret_api_token: String,
    #[serde(rename = "secret_backup", skip_serializing_if = "Option::is_none")]
    secret_api_token_backup: Option<String>,
    cursor_key: String,
    #[serde(with = "values::time")]
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "values::is_zero")]
    folding: u32,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Member")]
struct MemberRow {
    id: UserId,
    email: String,
    first_name: String,
    #[serde(rename = "*rights", with = "RightsRow")]
    rights: Rights,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Role")]
struct RoleRow {
    id: RoleId,
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "values::texts")]
    members: Vec<UserId>,
}

pub(crate) fn write(project: &Project) -> Item {
    let set = Some(&*project.policies).filter(|policies| **policies != Policies::default());
    row::write(&keys::project(project.id), project, ProjectRow::serialize)
        .opt_text(POLICIES, set.map(|policies| Value::Object(policies.to_json()).to_string()))
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Project, StoreError> {
    let project = row::read(item, ProjectRow::deserialize)?;
    let policies = policies(Reader(item))?.in_zone(project.settings.zone());
    Ok(Project { policies: Arc::new(policies), ..project })
}

/// The policies of a project; none if it never set any.
fn policies(row: Reader<'_>) -> Result<Policies, StoreError> {
    let stored = row.object(POLICIES)?;
    if stored.is_empty() {
        return Ok(Policies::default());
    }
    // A project whose policies can't be read goes on without policies until they are set again. Failing here would fail every
    // request of the project.
    Ok(Policies::parse(&stored).unwrap_or_else(|fault| {
        tracing::error!(error = %row.corrupt(POLICIES), %fault, "a project goes on without its policies");
        Policies::default()
    }))
}

pub(crate) fn write_member(project: ProjectId, member: &Member) -> Item {
    row::write(&keys::member(project, member.id), member, MemberRow::serialize).done()
}

pub(crate) fn read_member(item: &Item) -> Result<Member, StoreError> {
    row::read(item, MemberRow::deserialize)
}

pub(crate) fn write_role(project: ProjectId, role: &Role) -> Item {
    row::write(&keys::role(project, role.id), role, RoleRow::serialize).done()
}

pub(crate) fn read_role(item: &Item) -> Result<Role, StoreError> {
    row::read(item, RoleRow::deserialize)
}

/// Settings, as the JSON of those that were set.
mod settings {
    use lambdesk_domain::settings::Settings;
    use serde::{Deserializer, Serializer};

    use crate::items::row::values::json;

    pub(super) fn are_default(settings: &Settings) -> bool {
        settings.as_object().is_empty()
    }

    pub(super) fn serialize<S: Serializer>(settings: &Settings, serializer: S) -> Result<S::Ok, S::Error> {
        json::serialize(settings.as_object(), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Settings, D::Error> {
        json::deserialize(deserializer).map(Settings::from_stored)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use lambdesk_domain::{scope::Access, traits::Object};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    fn bare() -> Project {
        Project {
            id: ProjectId(1),
            name: "Ada's".into(),
            conversations_enabled: false,
            settings: Settings::default(),
            policies: Arc::default(),
            api_token: "phc".into(),
            widget_public_token: "wgt".into(),
            secret_api_token: "phs".into(),
            secret_api_token_backup: None,
            cursor_key: "cursor".into(),
            created_at: Timestamp::EPOCH.plus_seconds(1),
            folding: 0,
            version: 1,
        }
    }

    fn object(json: &serde_json::Value) -> Object {
        json.as_object().unwrap().clone()
    }

    #[test]
    fn a_project_is_read_as_it_is_written() {
        let policies = json!({"policies": [{"name": "All", "targets": {"first_response": {"amount": 8}}}]});
        let full = Project {
            conversations_enabled: true,
            settings: Settings::from_stored(object(&json!({"widget_enabled": false}))),
            policies: Arc::new(Policies::parse(&object(&policies)).unwrap()),
            secret_api_token_backup: Some("old".into()),
            folding: 3,
            ..bare()
        };
        for project in [bare(), full] {
            assert!(read(&write(&project)).unwrap() == project);
            assert_faults_are_named(&write(&project), &[], read);
        }
    }

    #[test]
    fn policies_that_cannot_be_read_are_none() {
        let mut item = write(&bare());
        item.insert(POLICIES.to_owned(), AttributeValue::S(json!({"policies": 7}).to_string()));
        assert!(read(&item).unwrap() == bare());
        item.insert(POLICIES.to_owned(), AttributeValue::S("no JSON".to_owned()));
        assert!(read(&item).unwrap_err().to_string().ends_with(POLICIES));
    }

    #[test]
    fn members_and_roles_are_read_as_they_are_written() {
        let rights = Rights { access: Access::Agent, left_before: Some(Timestamp::EPOCH.plus_seconds(2)) };
        for rights in [Rights::new(Access::Admin), rights] {
            let member = Member { id: UserId(1), email: "a@b.c".into(), first_name: String::new(), rights };
            let item = write_member(ProjectId(1), &member);
            assert_eq!(read_member(&item).unwrap(), member);
            assert_faults_are_named(&item, &[], read_member);
        }
        for members in [Vec::new(), vec![UserId(1), UserId(12)]] {
            let role = Role { id: RoleId(Uuid::from_u128(1)), name: "Billing".into(), members };
            let item = write_role(ProjectId(1), &role);
            assert_eq!(read_role(&item).unwrap(), role);
            assert_faults_are_named(&item, &[], read_role);
        }
    }

    #[test]
    fn a_member_without_access_is_corrupt_and_no_administrator() {
        let rights = Rights::new(Access::Agent);
        let member = Member { id: UserId(1), email: "a@b.c".into(), first_name: String::new(), rights };
        let mut item = write_member(ProjectId(1), &member);
        item.remove("access");
        assert_eq!(read_member(&item).unwrap_err().to_string(), "the item P#1 MEMBER#1 has a bad attribute access");
    }
}
