//! Creates the first user, project and key of a desk on AWS. There is no sign-up page, so whoever may write the table starts
//! the desk. The program reads the same environment as the functions (`TABLE_NAME`, `AWS_REGION`, credentials).

use clap::Parser;
use lambdesk_domain::{
    ProjectId, UserId,
    audit::By,
    project::{PersonalKey, Standing},
    scope::{Access, Scopes},
};
use lambdesk_runtime::crypto;
use lambdesk_store::{NewKey, ProjectSeed, Store, StoreError, User};

/// Creates user 1, project 1 and a personal API key with all scopes, on a table that has no project yet.
#[derive(Parser)]
struct Flags {
    /// The project's name.
    #[arg(long)]
    name: String,
    /// The first agent's e-mail address.
    #[arg(long)]
    email: String,
    /// The first agent's first name, as customers see it.
    #[arg(long, default_value = "")]
    first_name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Flags { name, email, first_name } = Flags::parse();
    let store = Store::from_env()?;
    let (user, project) = (UserId(1), ProjectId(1));
    if store.project(project).await?.is_some() || store.user(user).await?.is_some() {
        return Err("this table has a desk already".into());
    }
    let owner = User { id: user, email, first_name };
    let value = crypto::new_token("phx_");
    let now = store.now();
    let key = PersonalKey {
        id: store.new_id(),
        user,
        maker: user,
        holders: PersonalKey::first_holders(user, user, now),
        label: "First key".to_owned(),
        scopes: Scopes::all(),
        projects: None,
        created_at: now,
    };
    store.seed_user(&owner).await?;
    store.create_key::<StoreError>(&By::the_desk(), &NewKey { key, value: value.clone() }, |_| Ok(()), None).await?;
    store.seed_project_counter(project).await?;
    let owner = owner.with_standing(Standing::new(Access::Admin));
    let seed = ProjectSeed { id: Some(project), name, owner, tokens: None };
    let made = store.create_project::<StoreError>(&By::the_desk(), seed, |_| Ok(()), None).await?;
    println!("project {}  {}", made.id, made.name);
    println!("  token for posthog.init  {}", made.api_token);
    println!("  secret                  {}", made.secret_api_token);
    println!("  personal API key        {value}  (shown once)");
    Ok(())
}
