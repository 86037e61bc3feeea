//! The JSON of a quick action that members write, checked.

use lambdesk_domain::{
    UserId,
    quick_action::{BadQuickAction, DESCRIPTION, NAME, QuickAction, QuickActionVisibility, TicketChanges},
    tags::Tags,
    text::{AGENT_MESSAGE, RICH_CONTENT, STORED, fits},
    ticket::{Priority, Status},
};
use lambdesk_http::{
    Problem,
    assignee::{self, AssigneeInput},
    body::{not_null, nullable},
    input::{bounded, name_within},
};
use lambdesk_store::Directory;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::input;

/// The most bytes of a quick action's changes, as JSON.
const ACTIONS: usize = 10_000;

/// A new quick action, or a change of one. Read-only keys are ignored, so that what was read can be sent back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct QuickActionInput {
    /// 1 to 200 characters.
    #[serde(default, deserialize_with = "not_null")]
    pub(super) name: Option<String>,
    /// Up to 400 characters.
    #[serde(default, deserialize_with = "not_null")]
    description: Option<String>,
    /// The reply: up to 50,000 characters, stored as it is.
    #[serde(default, deserialize_with = "not_null")]
    content: Option<String>,
    /// The same text with formatting, as a `TipTap` document: up to 100,000 characters as JSON.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Option<Value>>,
    #[serde(default, deserialize_with = "not_null")]
    actions: Option<ActionsInput>,
    #[serde(default, deserialize_with = "not_null")]
    visibility: Option<QuickActionVisibility>,
}

/// What the quick action changes of a ticket. It replaces all earlier changes, except that an absent `assignee` keeps the
/// earlier one. Null means no change of that field. Unknown keys are ignored.
#[derive(Debug, Clone, Deserialize, ToSchema)]
struct ActionsInput {
    status: Option<Status>,
    #[serde(default, deserialize_with = "input::priority")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
    tags: Option<Vec<String>>,
    /// A member or a role of the project.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeInput>)]
    assignee: Option<Option<Value>>,
}

impl QuickActionInput {
    /// The quick action that `before` becomes. A field that breaks a rule is 400.
    pub(super) fn apply(&self, before: QuickAction, by: UserId, directory: &Directory) -> Result<QuickAction, Problem> {
        let Self { name, description, content, rich_content, actions, visibility } = self;
        let mut action = before;
        if let Some(name) = name {
            action.name = name_within("name", name, NAME)?;
        }
        if let Some(description) = description {
            action.description = bounded("description", description, DESCRIPTION)?;
        }
        if let Some(content) = content {
            action.content = bounded("content", content, AGENT_MESSAGE)?;
        }
        if let Some(rich) = rich_content {
            action.rich_content = rich.clone().map(read_rich).transpose()?;
        }
        if let Some(actions) = actions {
            action.changes = actions.apply(&action.changes, directory)?;
        }
        if let Some(visibility) = visibility {
            action.set_visibility(*visibility, by).map_err(refused)?;
        }
        storable(action.that_does_something().map_err(refused)?)
    }
}

impl ActionsInput {
    fn apply(&self, before: &TicketChanges, directory: &Directory) -> Result<TicketChanges, Problem> {
        let Self { status, priority, tags, assignee } = self;
        let tags = tags.as_ref().map_or(Ok(Tags::default()), |tags| input::tags(tags)).map_err(within_actions)?;
        let assignee = match assignee {
            None => before.assignee,
            Some(given) => {
                let given = given.clone().unwrap_or_default();
                // An assignee who has left since the quick action was saved may stay.
                match assignee::parse(&given).map_err(within_actions)? {
                    same if same == before.assignee => same,
                    _ => assignee::read(&given, directory).map_err(within_actions)?,
                }
            }
        };
        let (status, priority) = (*status, priority.flatten());
        let json = json!({"status": status, "priority": priority, "tags": tags, "assignee": assignee.map(|who| who.to_string())});
        if json.to_string().len() > ACTIONS {
            return Err(Problem::invalid("actions", format!("Can have at most {ACTIONS} bytes as JSON.")));
        }
        Ok(TicketChanges { status, priority, tags, assignee })
    }
}

fn read_rich(rich: Value) -> Result<Value, Problem> {
    if !rich.is_object() {
        return Err(Problem::invalid("rich_content", "Rich content must be a JSON object."));
    }
    if !fits(&rich.to_string(), RICH_CONTENT) {
        let most = format!("Rich content can have at most {RICH_CONTENT} characters as JSON.");
        return Err(Problem::invalid("rich_content", most));
    }
    Ok(rich)
}

/// The quick action, if its text and rich content fit into one item.
fn storable(action: QuickAction) -> Result<QuickAction, Problem> {
    let rich = action.rich_content.as_ref().map_or(0, |rich| rich.to_string().len());
    if action.content.len() + rich > STORED {
        let most = format!("Text and rich content can have at most {STORED} bytes together.");
        return Err(Problem::invalid("content", most));
    }
    Ok(action)
}

/// The same problem, with `actions.` before the field's path.
fn within_actions(problem: Problem) -> Problem {
    match problem {
        Problem::Invalid { attr: Some(attr), code, detail } => {
            Problem::Invalid { attr: Some(format!("actions.{attr}")), code, detail }
        }
        other => other,
    }
}

fn refused(error: BadQuickAction) -> Problem {
    match error {
        BadQuickAction::DoesNothing => Problem::refused(error.to_string()),
        BadQuickAction::NotYours => Problem::invalid("visibility", error.to_string()),
    }
}
