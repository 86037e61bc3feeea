//! The first user, project and key of a desk. There is no sign-up page, so whoever may write the table starts the desk.

use clap::Args;
use lambdesk_domain::{
    ProjectId, UserId,
    workflow::gallery::{Example, REOPEN},
};
use lambdesk_runtime::crypto::new_token;
use lambdesk_store::{FirstDesk, NewKey, Store, User};

use crate::{Console, Failure, given, shown::Shown};

/// Make the first project, its first agent and a personal API key, in a table that has none.
///
/// The agent is an administrator, and the key may do everything. A workflow is switched on that opens tickets again when their
/// customers answer. Prints the project's tokens and the key.
#[derive(Debug, Args)]
pub(crate) struct Bootstrap {
    /// The name of the project.
    #[arg(long)]
    name: String,
    /// The e-mail address of the first agent, who is an administrator.
    #[arg(long)]
    email: String,
    /// The first name of that agent, as customers see it.
    #[arg(long, default_value = "")]
    first_name: String,
}

impl Bootstrap {
    pub(crate) async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        let (name, email) = (given::name("--name", &self.name)?, given::email(&self.email)?);
        let first_name = given::first_name(&self.first_name)?;
        let founding = store.founding();
        let (user, value) = (UserId(1), new_token("phx_"));
        if founding.has_project(ProjectId(1)).await? || founding.has_user(user).await? {
            return Err(Failure::refused("this table has a desk already"));
        }
        if let Some(known) = founding.user_of(&email).await? {
            return Err(Failure::refused(format!("{email} is the user {} of this table already", known.id)));
        }
        let example = Example::of(REOPEN).and_then(|example| example.read().ok());
        let (workflow, definition) = example.ok_or_else(|| Failure::refused("the gallery has no such workflow"))?;
        let first = FirstDesk {
            owner: User { id: user, email: email.clone(), first_name },
            name,
            workflow: (workflow.clone(), definition),
            key: NewKey { key: founding.first_key(user, "First key"), value: value.clone() },
        };
        let made = founding.found(first).await?;
        let told = [
            format!("project {}  {}", made.id, Shown(&made.name)),
            format!("  workflow                {workflow}  (switched on)"),
            format!("  token for posthog.init  {}", made.api_token),
            format!("  secret                  {}", made.secret_api_token),
            format!("  personal API key        {value}  (shown once)\n"),
        ];
        let told = told.join("\n");
        console.hand_over(&told, &format!("the desk is made: create-key --email {email} makes a key that can be shown"))
    }
}
