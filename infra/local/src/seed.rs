//! The data that every local desk begins with: two projects, their agents and keys. All of it is fixed and public, and none of
//! it exists on AWS.

use lambdesk_domain::{
    ProjectId, UserId,
    audit::By,
    project::{PersonalKey, Standing},
    scope::{Access, Scopes},
};
use lambdesk_store::{NewKey, ProjectSeed, Store, StoreError, User};

struct Seed {
    id: u32,
    name: &'static str,
    suffix: &'static str,
    email: &'static str,
    first_name: &'static str,
}

const SEEDS: [Seed; 2] = [
    Seed { id: 1, name: "Demo", suffix: "local", email: "agent@example.com", first_name: "Agent" },
    // The second project is for checks that one project never reaches another.
    Seed { id: 2, name: "Other", suffix: "other", email: "other@example.com", first_name: "Other" },
];

/// Writes the seeds unless they exist. The project is the last write of each seed, so that the next start completes one that
/// was interrupted.
pub(crate) async fn ensure(store: &Store) -> Result<(), StoreError> {
    for seed in SEEDS {
        if store.project(ProjectId(seed.id)).await?.is_none() {
            plant(store, &seed).await?;
        }
    }
    Ok(())
}

async fn plant(store: &Store, seed: &Seed) -> Result<(), StoreError> {
    let user = UserId(seed.id);
    let owner = User { id: user, email: seed.email.to_owned(), first_name: seed.first_name.to_owned() };
    let now = store.now();
    let key = PersonalKey {
        id: store.new_id(),
        user,
        maker: user,
        holders: PersonalKey::first_holders(user, user, now),
        label: "Local".to_owned(),
        scopes: Scopes::all(),
        projects: None,
        created_at: now,
    };
    let key = NewKey { key, value: format!("phx_{}", seed.suffix) };
    unless_there(store.seed_user(&owner).await)?;
    unless_there(store.create_key::<StoreError>(&By::the_desk(), &key, |_| Ok(()), None).await)?;
    store.seed_project_counter(ProjectId(seed.id)).await?;
    let tokens = Some(["phc", "wgt", "phs"].map(|prefix| format!("{prefix}_{}", seed.suffix)));
    let project = ProjectSeed {
        id: Some(ProjectId(seed.id)),
        name: seed.name.to_owned(),
        owner: owner.with_standing(Standing::new(Access::Admin)),
        tokens,
    };
    store.create_project::<StoreError>(&By::the_desk(), project, |_| Ok(()), None).await.map(|_| ())
}

fn unless_there(written: Result<(), StoreError>) -> Result<(), StoreError> {
    match written {
        Err(StoreError::Contended(_)) => Ok(()),
        other => other,
    }
}
