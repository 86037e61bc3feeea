//! Users, their memberships and keys, and what a token stands for.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::try_join_all;
use lambdesk_domain::{
    ProjectId, UserId,
    assignee::Assignee,
    audit::{self, By},
    folding,
    project::{Member, Membership, PersonalKey, Project, Role, Standing},
    scope::Access,
    settings::Settings,
};
use lambdesk_runtime::crypto::{entropy, new_token, sha256_hex};

use crate::{
    Credential, Desk, Store,
    error::{ChangeError, StoreError},
    handles::{
        once::Receipt,
        projects::{Directory, Stop},
    },
    items::{
        account::{
            LEFT_AT, User, end_credential, read_credential, read_membership, read_personal, read_user, write_credential,
            write_left, write_membership, write_personal, write_user,
        },
        project::{VERSION, write, write_member, write_role},
    },
    transport::{
        call::Patience,
        item::{Item, Reader},
        keys,
        read::Range,
        write::{Rejection, Write},
    },
    upkeep::{hand_over, zones},
};

/// The first project of a table.
const FIRST: ProjectId = ProjectId(1);
/// From how many roles a leaving member is taken: a transaction has room for 100 writes. A role beyond still names
/// them, but whoever reads roles looks for present members only.
const ROLES_LEFT: usize = 40;
/// In how many of its projects a key is told of when it is made or ended.
const KEYS_AUDITED: usize = 90;
/// How many keys of a user who leaves their last project end with the removal itself.
const KEYS_ENDED: usize = 50;
/// The lowest id that a new user gets. Ids are random: if they were counted, the id of a new member would tell whether their
/// address was known before.
const FIRST_RANDOM_ID: u64 = 1_000_000;

/// A project to be created: with tokens of its own, unless they are given (the local stack's are fixed).
#[derive(Debug, Clone)]
pub struct ProjectSeed {
    /// Its id, if it is fixed.
    pub id: Option<ProjectId>,
    /// Its name.
    pub name: String,
    /// The first member.
    pub owner: Member,
    /// Public token, widget token and secret, if they are fixed.
    pub tokens: Option<[String; 3]>,
}

/// A member to be added.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Their address; an address that is known stays the same user.
    pub email: String,
    /// Their first name in this project.
    pub first_name: String,
    /// What they may do there.
    pub access: Access,
}

/// A key to be made. It has no `Debug`: nothing may print its value.
#[derive(Clone)]
pub struct NewKey {
    /// The key.
    pub key: PersonalKey,
    /// Its value: shown once, then only its hash is known.
    pub value: String,
}

impl Store {
    /// What a token stands for, remembered for up to a minute. Unknown tokens are not remembered.
    pub async fn credential(&self, token: &str) -> Result<Option<Arc<Credential>>, StoreError> {
        let hash = sha256_hex(token.as_bytes());
        let load = || async { self.get(&keys::credential(&hash)).await?.as_ref().map(read_credential).transpose() };
        self.inner.credentials.get(&hash, load).await
    }

    pub(crate) fn forget_credential(&self, hash: &str) {
        self.inner.credentials.forget(hash);
    }

    /// Commits `writes` together with the record of the request, if it has one.
    pub(crate) async fn with_record<T>(
        &self,
        writes: &mut Vec<Write>,
        receipt: Option<Receipt<'_, T>>,
        effect: &T,
    ) -> Result<(), StoreError> {
        let record = receipt.map(|receipt| receipt.write(effect, self.now())).transpose()?;
        let place = writes.len();
        let recorded = record.is_some();
        writes.extend(record);
        self.commit(std::mem::take(writes)).await.map_err(|rejection| {
            if recorded && rejection.at(place).is_some() { StoreError::CarriedOut } else { rejection.into_error("an account") }
        })
    }

    async fn count_up(&self, counter: &str) -> Result<u32, StoreError> {
        let item = self.update(Write::update(keys::counter(counter), "ADD n :one").number(":one", 1)).await?;
        Reader(&item).number("n")
    }

    /// Creates a project with its first member, an administrator, if `allow` has nothing against another project of theirs: it is
    /// told how many they have.
    pub async fn create_project<E: From<StoreError>>(
        &self,
        by: &By,
        seed: ProjectSeed,
        allow: impl Fn(usize) -> Result<(), E>,
        receipt: Option<Receipt<'_, Project>>,
    ) -> Result<Project, E> {
        let ProjectSeed { id, name, owner, tokens } = seed;
        let mut new_id = id;
        let [api_token, widget_public_token, secret_api_token] =
            tokens.unwrap_or_else(|| ["phc_", "wgt_", "phs_"].map(new_token));
        let mut patience = Patience::of_request();
        loop {
            let guard = self.guard(owner.id).await?;
            allow(self.memberships(owner.id).await?.len())?;
            let id = match new_id {
                Some(id) => id,
                None => ProjectId(self.count_up(keys::PROJECTS).await?),
            };
            new_id = Some(id);
            let project = Project {
                id,
                name: name.clone(),
                conversations_enabled: true,
                settings: Settings::default(),
                policies: Arc::default(),
                api_token: api_token.clone(),
                widget_public_token: widget_public_token.clone(),
                secret_api_token: secret_api_token.clone(),
                secret_api_token_backup: None,
                cursor_key: new_token(""),
                created_at: self.now(),
                folding: folding::VERSION,
                version: 1,
            };
            let credentials = [
                (&project.api_token, Credential::ProjectToken(id)),
                (&project.widget_public_token, Credential::WidgetToken(id)),
                (&project.secret_api_token, Credential::Secret(id)),
            ];
            let mut writes = vec![guard, Write::put(write(&project)).if_absent()];
            // A table that is made now has no tickets that follow other rules of time zones.
            writes.extend((id == FIRST).then(|| Write::put(zones::begin())));
            writes.extend(
                credentials.iter().map(|(token, credential)| {
                    Write::put(write_credential(&sha256_hex(token.as_bytes()), credential)).if_absent()
                }),
            );
            writes.extend(membership(id, &owner));
            writes.extend(self.desk(id).audited(by, [audit::project_created(&project)]));
            if self.commit_guarded(writes, receipt, &project).await? {
                return Ok(project);
            }
            if !patience.wait().await {
                return Err(StoreError::Contended("a project").into());
            }
        }
    }

    /// A write of a user that requires that nobody counted something of theirs meanwhile; it counts itself. So what is counted
    /// before such a write still is as many when it is made.
    async fn guard(&self, user: UserId) -> Result<Write, StoreError> {
        let item = self.get(&keys::user(user)).await?;
        let version: u64 = item.as_ref().map(|item| Reader(item).opt_number(VERSION)).transpose()?.flatten().unwrap_or(0);
        let write = Write::update(keys::user(user), format!("SET {VERSION} = :after")).number(":after", version + 1);
        Ok(if version == 0 {
            write.only_if(format!("attribute_not_exists({VERSION})"))
        } else {
            write.only_if(format!("{VERSION} = :before")).number(":before", version)
        })
    }

    /// Commits `writes`, the first of which is a [`Store::guard`]; false if that was in vain.
    async fn commit_guarded<T>(
        &self,
        mut writes: Vec<Write>,
        receipt: Option<Receipt<'_, T>>,
        effect: &T,
    ) -> Result<bool, StoreError> {
        let record = receipt.map(|receipt| receipt.write(effect, self.now())).transpose()?;
        let place = record.is_some().then_some(writes.len());
        writes.extend(record);
        match self.commit(writes).await {
            Ok(()) => Ok(true),
            Err(rejection) if place.and_then(|place| rejection.at(place)).is_some() => Err(StoreError::CarriedOut),
            Err(rejection) if rejection.at(0).is_some() => Ok(false),
            Err(rejection) => Err(rejection.into_error("an account")),
        }
    }

    /// Creates a user with a fixed id; for seeding.
    pub async fn seed_user(&self, user: &User) -> Result<(), StoreError> {
        let writes = vec![
            Write::put(write_user(&keys::user(user.id), user)).if_absent(),
            Write::put(write_user(&keys::email(&user.email), user)).if_absent(),
        ];
        self.commit(writes).await.map_err(|rejection| rejection.into_error("a seeded user"))
    }

    /// Keeps the counter of projects past `id`; for seeding. A counter that is past it stays.
    pub async fn seed_project_counter(&self, id: ProjectId) -> Result<(), StoreError> {
        let counter = Write::update(keys::counter(keys::PROJECTS), "SET n = :id").number(":id", id);
        match self.commit(vec![counter.only_if("attribute_not_exists(n) OR n < :id")]).await {
            Err(rejection) if rejection.at(0).is_none() => Err(rejection.into_error("the counter of projects")),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// A user, wherever they are a member.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.get(&keys::user(id)).await?.as_ref().map(read_user).transpose()
    }

    /// The projects that a user is a member of, in order.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :projects)")
            .text(":pk", keys::user(user).pk)
            .text(":projects", keys::MEMBERSHIPS)
            .consistent();
        let items = self.query_all(range).await?;
        let found = items.iter().map(read_membership).collect::<Result<Vec<_>, _>>()?;
        let mut memberships: Vec<_> = found.into_iter().flatten().collect();
        memberships.sort_unstable_by_key(|membership| membership.project);
        Ok(memberships)
    }

    /// The projects that a key reaches now, in order, with what it may do in each at the most.
    pub async fn reach(&self, key: &PersonalKey) -> Result<Vec<(ProjectId, Access)>, StoreError> {
        let holders: Vec<_> = key.holders.keys().copied().collect();
        let memberships = try_join_all(holders.iter().map(|holder| self.memberships(*holder))).await?;
        let standings: BTreeMap<(UserId, ProjectId), Standing> = holders
            .iter()
            .zip(&memberships)
            .flat_map(|(user, memberships)| memberships.iter().map(|of| ((*user, of.project), of.standing)))
            .collect();
        let projects = standings.keys().filter(|(user, project)| *user == key.user && key.reaches(*project));
        let access = |project: ProjectId| key.access(|user| standings.get(&(user, project)).copied());
        Ok(projects.filter_map(|(_, project)| Some((*project, access(*project)?))).collect())
    }

    /// Whether a key is there, whatever is remembered of it.
    pub async fn has_key(&self, key: &PersonalKey) -> Result<bool, StoreError> {
        Ok(self.get(&keys::personal_key(key.user, key.id)).await?.is_some())
    }

    /// Makes a personal key, if `allow` has nothing against it: it is told those that its user has.
    pub async fn create_key<E: From<StoreError>>(
        &self,
        by: &By,
        new: &NewKey,
        allow: impl Fn(&[PersonalKey]) -> Result<(), E>,
        receipt: Option<Receipt<'_, NewKey>>,
    ) -> Result<(), E> {
        let hash = sha256_hex(new.value.as_bytes());
        let mut patience = Patience::of_request();
        loop {
            let guard = self.guard(new.key.user).await?;
            let mut known = self.keys_of(new.key.user).await?;
            known.retain(|key| key.user == new.key.user);
            allow(&known)?;
            let mut writes = vec![guard, Write::put(write_credential(&hash, &Credential::Personal(new.key.clone()))).if_absent()];
            let mut owners = vec![new.key.user, new.key.maker];
            owners.dedup();
            writes.extend(owners.into_iter().map(|owner| Write::put(write_personal(owner, &hash, &new.key))));
            writes.extend(self.audited_key(by, &new.key, true).await?);
            if self.commit_guarded(writes, receipt, new).await? {
                return Ok(());
            }
            if !patience.wait().await {
                return Err(StoreError::Contended("a key").into());
            }
        }
    }

    /// The keys a user has, or made for others.
    pub async fn keys_of(&self, user: UserId) -> Result<Vec<PersonalKey>, StoreError> {
        let mut keys = self.key_rows(user).await?.iter().map(read_personal).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    /// The record of a key that is made or ended, in each project that it reaches, as far as a transaction has room.
    async fn audited_key(&self, by: &By, key: &PersonalKey, is_new: bool) -> Result<Vec<Write>, StoreError> {
        let reach = self.reach(key).await?;
        let record = |(project, _): &(ProjectId, Access)| self.desk(*project).audited(by, [audit::key(key, is_new)]);
        Ok(reach.iter().take(KEYS_AUDITED).flat_map(record).collect())
    }

    async fn key_rows(&self, user: UserId) -> Result<Vec<Item>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :keys)")
            .text(":pk", keys::user(user).pk)
            .text(":keys", keys::PERSONAL_KEYS)
            .consistent();
        self.query_all(range).await
    }

    /// Ends a key that `owner` has or made, in the lists of its user and its maker.
    pub async fn delete_key(&self, by: &By, owner: UserId, id: uuid::Uuid) -> Result<(), ChangeError> {
        let item = self.get(&keys::personal_key(owner, id)).await?.ok_or(ChangeError::NotFound)?;
        let hash = Reader(&item).text("hash")?;
        let key = read_personal(&item)?;
        let PersonalKey { user, maker, .. } = key;
        let mut writes = vec![
            Write::delete(keys::personal_key(owner, id)).only_if("attribute_exists(PK)"),
            Write::delete(keys::credential(hash)),
        ];
        let other = if owner == user { maker } else { user };
        if other != owner {
            writes.push(Write::delete(keys::personal_key(other, id)));
        }
        writes.extend(self.audited_key(by, &key, false).await?);
        let written = self.commit(writes).await;
        self.forget_credential(hash);
        written.map_err(|rejection| match rejection.at(0) {
            Some(_) => ChangeError::NotFound,
            None => rejection.into_error("a key").into(),
        })
    }
}

/// The two sides of a new membership.
fn membership(project: ProjectId, member: &Member) -> [Write; 2] {
    let side = write_membership(member.id, Membership { project, standing: member.standing });
    [Write::put(write_member(project, member)).if_absent(), Write::put(side)]
}

/// What a user who leaves their last project takes along: their keys, each with the hash of its value.
struct LastKeys {
    guard: Write,
    keys: Vec<(String, PersonalKey)>,
}

impl Desk {
    /// Adds a member: the user of that address, or a new one, if `allow` has nothing against it. `allow` is told the project as
    /// it is and the user, if they were known before, again for each lost race.
    ///
    /// What is asked and written is as much for an address that is known as for a new one: nothing may tell an administrator of
    /// one project who is in others.
    pub async fn add_member<E: From<StoreError>>(
        &self,
        by: &By,
        new: &NewMember,
        allow: impl Fn(&Directory, UserId) -> Result<(), E>,
        receipt: Option<Receipt<'_, Member>>,
    ) -> Result<Member, E> {
        let NewMember { email, first_name, access } = new;
        let mut patience = Patience::of_request();
        loop {
            let known = self.store.get(&keys::email(email)).await?.as_ref().map(read_user).transpose()?;
            let id = known.as_ref().map_or_else(random_user, |user| user.id);
            let side = self.store.get(&keys::membership(id, self.project)).await?;
            let left_before = side.as_ref().map(left_before).transpose()?.flatten();
            let standing = Standing { access: *access, left_before };
            let member = Member { id, email: email.clone(), first_name: first_name.clone(), standing };
            let named = User { id, email: email.clone(), first_name: first_name.clone() };
            let user = [keys::user(id), keys::email(email)].map(|key| match known {
                Some(_) => Write::update(key, "SET id = :id").only_if("id = :id").number(":id", id),
                None => Write::put(write_user(&key, &named)).if_absent(),
            });
            let add = |directory: &Directory| {
                allow(directory, id).map_err(Stop::Refused)?;
                let mut writes: Vec<_> = membership(self.project, &member).into_iter().chain(user.clone()).collect();
                // Tickets that are still theirs stay so.
                writes.push(Write::delete(keys::hand_over(self.project, Assignee::User(id))));
                writes.extend(self.audited(by, audit::member(None, &member)));
                Ok((writes, member.clone()))
            };
            match self.administer(add, receipt).await {
                Ok(member) => return Ok(member),
                // In the meantime someone else made a user of that address.
                Err(Stop::Store(StoreError::Contended(_))) if patience.wait().await => {}
                Err(stop) => return Err(stop.into_error()),
            }
        }
    }

    /// Changes what a member may do, if `allow` has nothing against it: it is told the project as it is, again for each lost
    /// race.
    pub async fn set_access<E: From<StoreError>>(
        &self,
        by: &By,
        id: UserId,
        access: Access,
        allow: impl Fn(&Directory) -> Result<Member, E>,
    ) -> Result<Member, E> {
        let set = |directory: &Directory| {
            let mut member = allow(directory)?;
            member.standing.access = access;
            let side = write_membership(id, Membership { project: self.project, standing: member.standing });
            let mut writes = vec![Write::put(write_member(self.project, &member)), Write::put(side)];
            writes.extend(self.audited(by, audit::member(directory.member(id), &member)));
            Ok((writes, member))
        };
        self.administer(set, None).await
    }

    /// Removes a member, also from roles, if `allow` has nothing against it; what they held reaches this project no more, also
    /// if they come back. If it was their last project, their keys end. Their tickets that are not resolved become `to`'s, or
    /// nobody's. `allow` is told the project as it is, again for each
    /// lost race.
    pub async fn delete_member<E: From<StoreError>>(
        &self,
        by: &By,
        id: UserId,
        to: Option<Assignee>,
        allow: impl Fn(&Directory) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut patience = Patience::of_request();
        loop {
            let last = self.last_keys(id).await?;
            let delete = |directory: &Directory| {
                allow(directory).map_err(Stop::Refused)?;
                let now = self.store.now();
                let mut writes =
                    vec![Write::delete(keys::member(self.project, id)), Write::put(write_left(id, self.project, now))];
                writes.push(hand_over::begin(self.project, Assignee::User(id), to, now));
                let roles = directory.roles.iter().filter(|role| role.members.contains(&id)).take(ROLES_LEFT);
                writes.extend(roles.map(|role| {
                    let members = role.members.iter().copied().filter(|member| *member != id).collect();
                    Write::put(write_role(self.project, &Role { members, ..role.clone() }))
                }));
                if let Some(member) = directory.member(id) {
                    let ended: Vec<_> = last.iter().flat_map(|last| last.keys.iter().map(|(_, key)| key)).collect();
                    writes.extend(self.audited(by, [audit::member_removed(member, &ended, to)]));
                }
                if let Some(LastKeys { guard, keys }) = &last {
                    writes.push(guard.clone());
                    writes.extend(keys.iter().take(KEYS_ENDED).map(|(hash, key)| Write::put(end_credential(hash, key, now))));
                }
                Ok((writes, ()))
            };
            match self.administer(delete, None).await {
                Ok(()) => {
                    self.hand_over_first(Assignee::User(id), to).await;
                    if let Some(LastKeys { keys, .. }) = last {
                        self.forget_keys(id, &keys).await;
                    }
                    return Ok(());
                }
                // In the meantime they got another key.
                Err(Stop::Store(StoreError::Contended(_))) if patience.wait().await => {}
                Err(stop) => return Err(stop.into_error()),
            }
        }
    }

    /// A user's keys, if this project is the last one they are in.
    async fn last_keys(&self, user: UserId) -> Result<Option<LastKeys>, StoreError> {
        let guard = self.store.guard(user).await?;
        let memberships = self.store.memberships(user).await?;
        if memberships.iter().any(|membership| membership.project != self.project) {
            return Ok(None);
        }
        let rows = self.store.key_rows(user).await?;
        let keys = rows.iter().map(|row| Ok((Reader(row).text("hash")?.to_owned(), read_personal(row)?)));
        let mut keys = keys.collect::<Result<Vec<_>, StoreError>>()?;
        keys.retain(|(_, key)| key.user == user);
        Ok(Some(LastKeys { guard, keys }))
    }

    /// Removes keys that have ended from the lists of their user and their maker. What can't be removed is listed on, and ended
    /// all the same.
    async fn forget_keys(&self, user: UserId, keys: &[(String, PersonalKey)]) {
        for (hash, key) in keys {
            self.store.forget_credential(hash);
            let mut owners = vec![user, key.maker];
            owners.dedup();
            let mut writes: Vec<_> = owners.iter().map(|owner| Write::delete(keys::personal_key(*owner, key.id))).collect();
            writes.push(Write::put(end_credential(hash, key, self.store.now())));
            if let Err(Rejection::Store(error)) = self.store.commit(writes).await {
                tracing::warn!(%error, "a key that has ended is still listed");
            }
        }
    }
}

fn random_user() -> UserId {
    let ids = u64::from(u32::MAX >> 1) - FIRST_RANDOM_ID;
    UserId(u32::try_from(FIRST_RANDOM_ID + entropy() % ids).unwrap_or(u32::MAX >> 1))
}

/// When a member left, of whom this is the side of a membership, ended or not.
fn left_before(side: &Item) -> Result<Option<lambdesk_domain::Timestamp>, StoreError> {
    let left = Reader(side).opt_time(LEFT_AT)?;
    Ok(left.or(read_membership(side)?.and_then(|membership| membership.standing.left_before)))
}
