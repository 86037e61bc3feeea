//! Changes of a ticket's fields that come with something else: with a reply, or with a list of tickets.

use lambdesk_domain::{
    Timestamp,
    patch::Patch,
    tags::TagsMode,
    ticket::{Priority, Status},
};
use lambdesk_http::{
    Problem,
    assignee::{self, AssigneeInput},
    body::{not_null, nullable},
};
use lambdesk_store::Directory;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::input;

/// How given tags change those of a ticket.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TagsAction {
    /// They are added.
    Add,
    /// They are removed.
    Remove,
    /// They replace all tags of the ticket.
    Set,
}

impl TagsAction {
    pub(crate) const fn mode(self) -> TagsMode {
        match self {
            Self::Add => TagsMode::Add,
            Self::Remove => TagsMode::Remove,
            Self::Set => TagsMode::Set,
        }
    }
}

/// What to change. Fields that are absent stay as they are; any other key is refused.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    #[serde(default, deserialize_with = "not_null")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "input::priority")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
    #[serde(default, deserialize_with = "not_null")]
    tags: Option<Vec<String>>,
    /// What to do with `tags`: `set` if absent.
    #[serde(default, deserialize_with = "not_null")]
    tags_mode: Option<TagsAction>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeInput>)]
    assignee: Option<Option<Value>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Option<Timestamp>>,
}

impl Changes {
    /// The change in the domain's types. A field that breaks a rule is 400, and named behind `of`.
    pub(crate) fn patch(self, of: &str, directory: &Directory) -> Result<Patch, Problem> {
        let Self { status, priority, tags, tags_mode, assignee, snoozed_until } = self;
        let assignee = assignee.map(|value| assignee::given(&value.unwrap_or_default(), directory)).transpose();
        let (assignee, names_outsider) = assignee.map_err(|problem| within(of, problem))?.unzip();
        let tags = tags.map(|tags| input::tags(&tags)).transpose().map_err(|problem| within(of, problem))?;
        let mode = tags_mode.map_or(TagsMode::Set, TagsAction::mode);
        Ok(Patch {
            status,
            priority,
            assignee,
            names_outsider: names_outsider.unwrap_or(false),
            snoozed_until,
            tags: tags.map(|tags| (tags, mode)),
            ..Patch::default()
        })
    }
}

/// The same problem, of a field inside the object `of`.
pub(crate) fn within(of: &str, problem: Problem) -> Problem {
    match problem {
        Problem::Invalid { attr: Some(attr), code, detail } => {
            Problem::Invalid { attr: Some(format!("{of}.{attr}")), code, detail }
        }
        problem => problem,
    }
}
