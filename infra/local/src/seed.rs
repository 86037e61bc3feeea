//! The data that every local desk begins with: two projects, their agents and keys. All of it is fixed and public, and none of
//! it exists on AWS.

use lambdesk_domain::{ProjectId, UserId, project::Rights, scope::Access, settings::Settings};
use lambdesk_store::{Founding, NewKey, ProjectSeed, StoreError, User};
use serde_json::{Map, Value};

struct Seed {
    id: u32,
    name: &'static str,
    suffix: &'static str,
    /// What its mail address begins with, on a desk that takes mail by SMTP.
    mail: &'static str,
    email: &'static str,
    first_name: &'static str,
}

const SEEDS: [Seed; 2] = [
    Seed { id: 1, name: "Demo", suffix: "local", mail: "demo", email: "agent@example.com", first_name: "Agent" },
    // The second project is for checks that one project never reaches another.
    Seed { id: 2, name: "Other", suffix: "other", mail: "other", email: "other@example.com", first_name: "Other" },
];

/// Writes the seeds unless they exist. If it `records`, the first project records the sessions of who writes. The project is the last
/// write of each seed, so that the next start completes one that was interrupted.
pub(crate) async fn ensure(founding: &Founding, records: bool) -> Result<(), StoreError> {
    for seed in SEEDS {
        if !founding.has_project(ProjectId(seed.id)).await? {
            plant(founding, &seed, records && seed.id == SEEDS[0].id).await?;
        }
    }
    Ok(())
}

/// Gives each seeded project an address, unless it has had one before: what somebody has removed stays removed.
pub(crate) async fn addresses(founding: &Founding) -> Result<(), StoreError> {
    for seed in SEEDS {
        founding.seed_mail_address(ProjectId(seed.id), seed.mail).await?;
    }
    Ok(())
}

async fn plant(founding: &Founding, seed: &Seed, records: bool) -> Result<(), StoreError> {
    let user = UserId(seed.id);
    let owner = User { id: user, email: seed.email.to_owned(), first_name: seed.first_name.to_owned() };
    let key = NewKey { key: founding.first_key(user, "Local"), value: format!("phx_{}", seed.suffix) };
    unless_there(founding.seed_user(&owner).await)?;
    unless_there(founding.create_key(&key, |_| Ok::<_, StoreError>(())).await)?;
    founding.seed_project_counter(ProjectId(seed.id)).await?;
    let tokens = Some(["phc", "wgt", "phs"].map(|prefix| format!("{prefix}_{}", seed.suffix)));
    let project = ProjectSeed {
        id: Some(ProjectId(seed.id)),
        name: seed.name.to_owned(),
        owner: owner.with_rights(Rights::new(Access::Admin)),
        tokens,
        settings: if records { recording() } else { Settings::default() },
    };
    founding.create_project(project).await.map(|_| ())
}

fn recording() -> Settings {
    Settings::from_stored(Map::from_iter([("context_recording".to_owned(), Value::Bool(true))]))
}

fn unless_there(written: Result<(), StoreError>) -> Result<(), StoreError> {
    match written {
        Err(StoreError::Contended(_)) => Ok(()),
        other => other,
    }
}
