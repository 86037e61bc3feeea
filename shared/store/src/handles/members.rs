//! Members of a project: adding them, changing what they may do, removing them.

use lambdesk_domain::{
    ProjectId, UserId,
    assignee::Assignee,
    audit::{self, By},
    directory::Directory,
    permission::WritesProjects,
    project::{Member, Membership, PersonalKey, Rights, Role},
    scope::Access,
};
use lambdesk_runtime::crypto::entropy;

use crate::{
    Desk,
    error::StoreError,
    handles::projects::Stop,
    items::{
        account::{
            LEFT_AT, User, end_credential, read_membership, read_personal, read_user, write_left, write_membership, write_user,
        },
        project::{write_member, write_role},
    },
    room::{Room, once::Receipt},
    transport::{
        call::Patience,
        item::{Item, Reader},
        keys,
        write::{Rejection, Write},
    },
    upkeep::hand_over,
};

/// From how many roles a leaving member is taken: a transaction has room for 100 writes. A role beyond still names
/// them, but whoever reads roles looks for present members only.
const ROLES_LEFT: usize = 40;
/// How many keys of a user who leaves their last project end with the removal itself.
const KEYS_ENDED: usize = 50;
/// The lowest id that a new user gets. Ids are random: if they were counted, the id of a new member would tell whether their
/// address was known before.
const FIRST_RANDOM_ID: u64 = 1_000_000;

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

/// The keys that end when a user leaves their last project, each with the hash of its value.
struct LastKeys {
    guard: Write,
    keys: Vec<(String, PersonalKey)>,
}

impl<P: WritesProjects> Desk<P> {
    /// Adds a member, unless `allow` refuses: the user of that address, or a new user. `allow` gets the project as it is and
    /// the user's id, again for each lost race.
    ///
    /// An address that is known costs the same reads and writes as a new one. Otherwise an administrator of one project could
    /// find out who is in others.
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
            let rights = Rights { access: *access, left_before };
            let member = Member { id, email: email.clone(), first_name: first_name.clone(), rights };
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

    /// Writes the member with the access that `decide` gives them. `decide` gets the project as it is, again for each lost
    /// race.
    pub async fn set_access<E: From<StoreError>>(
        &self,
        by: &By,
        decide: impl Fn(&Directory) -> Result<Member, E>,
    ) -> Result<Member, E> {
        let set = |directory: &Directory| {
            let member = decide(directory)?;
            let side = write_membership(member.id, Membership { project: self.project, rights: member.rights });
            let mut writes = vec![Write::put(write_member(self.project, &member)), Write::put(side)];
            writes.extend(self.audited(by, audit::member(directory.member(member.id), &member)));
            Ok((writes, member))
        };
        self.administer(set, None).await
    }

    /// Removes a member from the project and its roles, unless `allow` refuses. `allow` gets the project as it is, again for
    /// each lost race.
    ///
    /// No key that they held reaches this project any more, even if they come back. If it was their last project, their keys
    /// end. Their tickets that are not resolved are assigned to `to`, or to nobody.
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
}

impl Room {
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

    /// Removes keys that have ended from the lists of their user and their maker. A key that can't be removed stays listed, but
    /// has ended all the same.
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

/// When the user of this membership left the project before; `None` if they never did.
fn left_before(side: &Item) -> Result<Option<lambdesk_domain::Timestamp>, StoreError> {
    let left = Reader(side).opt_time(LEFT_AT)?;
    Ok(left.or(read_membership(side)?.and_then(|membership| membership.rights.left_before)))
}

/// The two items of a new membership: the project's member, and the user's project.
pub(crate) fn membership(project: ProjectId, member: &Member) -> [Write; 2] {
    let side = write_membership(member.id, Membership { project, rights: member.rights });
    [Write::put(write_member(project, member)).if_absent(), Write::put(side)]
}
