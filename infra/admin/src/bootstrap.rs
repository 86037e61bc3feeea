//! The first user, project and key of a desk. There is no sign-up page, so whoever may write the table starts the desk.

use clap::Args;
use lambdesk_domain::{
    ProjectId, UserId,
    project::Rights,
    scope::Access,
    settings::Settings,
    workflow::gallery::{Example, REOPEN},
};
use lambdesk_runtime::crypto::new_token;
use lambdesk_store::{NewKey, ProjectSeed, Store, User};

use crate::{Console, Failure, shown::Shown};

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
        let Self { name, email, first_name } = self;
        let founding = store.founding();
        let (user, project) = (UserId(1), ProjectId(1));
        if founding.has_project(project).await? || founding.has_user(user).await? {
            return Err(Failure::refused("this table has a desk already"));
        }
        let owner = User { id: user, email, first_name };
        let value = new_token("phx_");
        founding.seed_user(&owner).await?;
        founding.create_key(&NewKey { key: founding.first_key(user, "First key"), value: value.clone() }).await?;
        founding.seed_project_counter(project).await?;
        let owner = owner.with_rights(Rights::new(Access::Admin));
        let seed = ProjectSeed { id: Some(project), name, owner, tokens: None, settings: Settings::default() };
        let made = founding.create_project(seed).await?;
        let example = Example::of(REOPEN).and_then(|example| example.read().ok());
        let (workflow, definition) = example.ok_or_else(|| Failure::refused("the gallery has no such workflow"))?;
        founding.create_workflow(project, user, workflow.clone(), definition).await?;
        let output = console.output;
        writeln!(output, "project {}  {}", made.id, Shown(&made.name))?;
        writeln!(output, "  workflow                {workflow}  (switched on)")?;
        writeln!(output, "  token for posthog.init  {}", made.api_token)?;
        writeln!(output, "  secret                  {}", made.secret_api_token)?;
        writeln!(output, "  personal API key        {value}  (shown once)")?;
        Ok(())
    }
}
