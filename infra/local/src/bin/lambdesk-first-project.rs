//! Creates the first user, project and key of a desk on AWS. There is no sign-up page, so whoever may write the table starts
//! the desk. The program reads the same environment as the functions (`TABLE_NAME`, `AWS_REGION`, credentials).

use clap::Parser;
use lambdesk_domain::{
    ProjectId, UserId,
    project::Rights,
    scope::Access,
    settings::Settings,
    workflow::gallery::{Example, REOPEN},
};
use lambdesk_runtime::crypto;
use lambdesk_store::{NewKey, ProjectSeed, Store, User};

/// Creates user 1, project 1 and a personal API key with all scopes, on a table that has no project yet, and switches on a
/// workflow that opens tickets again when their customers answer. The environment names the table: `TABLE_NAME`, `AWS_REGION`
/// and AWS credentials, as for the functions. Prints the project's tokens and the key.
#[derive(Parser)]
struct Flags {
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Flags { name, email, first_name } = Flags::parse();
    let founding = Store::from_env()?.founding();
    let (user, project) = (UserId(1), ProjectId(1));
    if founding.has_project(project).await? || founding.has_user(user).await? {
        return Err("this table has a desk already".into());
    }
    let owner = User { id: user, email, first_name };
    let value = crypto::new_token("phx_");
    founding.seed_user(&owner).await?;
    founding.create_key(&NewKey { key: founding.first_key(user, "First key"), value: value.clone() }).await?;
    founding.seed_project_counter(project).await?;
    let owner = owner.with_rights(Rights::new(Access::Admin));
    let seed = ProjectSeed { id: Some(project), name, owner, tokens: None, settings: Settings::default() };
    let made = founding.create_project(seed).await?;
    let (name, definition) = Example::of(REOPEN).ok_or("the gallery has no such workflow")?.read()?;
    founding.create_workflow(project, user, name.clone(), definition).await?;
    println!("project {}  {}", made.id, made.name);
    println!("  workflow                {name}  (switched on)");
    println!("  token for posthog.init  {}", made.api_token);
    println!("  secret                  {}", made.secret_api_token);
    println!("  personal API key        {value}  (shown once)");
    Ok(())
}
