//! What a role may be called, who may be in it, and whether it may be removed.

use super::{Denial, Most, hand_over::may_take_over};
use crate::{
    assignee::Assignee,
    directory::Directory,
    folding::for_conditions,
    ids::{RoleId, UserId},
    project::Role,
};

/// A role of the project, without members who have left.
pub fn existing(id: RoleId, directory: &Directory) -> Result<Role, Denial> {
    let role = directory.role(id).cloned().ok_or(Denial::NoSuchRole)?;
    Ok(without_former_members(role, directory))
}

/// The role without members who have left the project.
#[must_use]
pub fn without_former_members(mut role: Role, directory: &Directory) -> Role {
    role.members.retain(|id| directory.member(*id).is_some());
    role
}

/// The new role, if there is room for it and no other has its name.
pub fn new(role: Role, directory: &Directory) -> Result<Role, Denial> {
    Most::Roles.one_more(directory.roles.len())?;
    named_alone(role, directory)
}

/// The role with another name or other members, where they are given. Only members of the project can be in a role.
pub fn changed(
    mut role: Role,
    name: Option<String>,
    members: Option<Vec<UserId>>,
    directory: &Directory,
) -> Result<Role, Denial> {
    if let Some(name) = name {
        role.name = name;
    }
    if let Some(members) = members {
        role.members = members;
        role.members.sort_unstable();
        role.members.dedup();
    }
    if let Some(outsider) = role.members.iter().find(|id| directory.member(**id).is_none()) {
        return Err(Denial::RoleOfOutsider(*outsider));
    }
    named_alone(role, directory)
}

/// Refuses to remove an unknown role, and to hand its tickets to itself or to outsiders.
pub fn may_remove(id: RoleId, hand_to: Option<Assignee>, directory: &Directory) -> Result<(), Denial> {
    directory.role(id).ok_or(Denial::NoSuchRole)?;
    may_take_over(hand_to, Assignee::Role(id), directory)
}

/// The role, if no other role has its name, compared without case and spelling.
fn named_alone(role: Role, directory: &Directory) -> Result<Role, Denial> {
    let name = for_conditions(&role.name);
    let is_taken = directory.roles.iter().any(|other| other.id != role.id && for_conditions(&other.name) == name);
    if is_taken { Err(Denial::RoleNameTaken) } else { Ok(role) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        scope::Access,
        testing::{self, member},
    };

    const SALES: RoleId = RoleId(Uuid::from_u128(1));

    fn ids(ids: &[u32]) -> Vec<UserId> {
        ids.iter().copied().map(UserId).collect()
    }

    fn role(id: u128, name: &str, members: &[u32]) -> Role {
        Role { id: RoleId(Uuid::from_u128(id)), name: name.to_owned(), members: ids(members) }
    }

    /// Members 1 and 2. User 9 has left.
    fn directory() -> Directory {
        let members = [1, 2].map(|id| member(id, Access::Agent)).into();
        Directory { members, roles: vec![role(1, "Sales", &[1, 9]), role(2, "Büro", &[])], ..testing::directory() }
    }

    fn change(name: Option<&str>, members: Option<&[u32]>) -> Result<Role, Denial> {
        changed(existing(SALES, &directory())?, name.map(str::to_owned), members.map(ids), &directory())
    }

    #[test]
    fn a_change_replaces_what_it_names_and_drops_who_left() {
        assert_eq!(change(None, None).unwrap().members, [UserId(1)]);
        assert_eq!(change(None, Some(&[2, 1, 2])).unwrap().members, [UserId(1), UserId(2)]);
        assert_eq!(change(None, Some(&[])).unwrap().members, []);
        assert_eq!(change(Some("SALES"), None).unwrap().name, "SALES", "its own name in another case");
    }

    #[test]
    fn outsiders_and_names_in_use_are_refused() {
        assert_eq!(change(None, Some(&[1, 9])), Err(Denial::RoleOfOutsider(UserId(9))));
        for taken in ["bÜRO", "bu\u{308}ro"] {
            assert_eq!(change(Some(taken), None), Err(Denial::RoleNameTaken), "{taken}");
            assert_eq!(new(role(3, taken, &[]), &directory()), Err(Denial::RoleNameTaken), "{taken}");
        }
        assert_eq!(existing(RoleId(Uuid::nil()), &directory()), Err(Denial::NoSuchRole));
    }

    #[test]
    fn a_project_has_room_for_two_hundred_roles() {
        let with = |count: u128| Directory {
            roles: (0..count).map(|id| role(id, &id.to_string(), &[])).collect(),
            ..testing::directory()
        };
        assert_eq!(new(role(500, "New", &[]), &with(199)), Ok(role(500, "New", &[])));
        assert_eq!(new(role(500, "New", &[]), &with(200)), Err(Denial::TooMany(Most::Roles)));
    }

    #[test]
    fn tickets_are_handed_to_others_of_the_project() {
        let handed = |id, to| may_remove(id, Some(to), &directory());
        let outsider = Assignee::User(UserId(9));
        assert_eq!(handed(SALES, Assignee::User(UserId(2))), Ok(()));
        assert_eq!(handed(SALES, Assignee::Role(SALES)), Err(Denial::HandToRemoved));
        assert_eq!(handed(SALES, outsider), Err(Denial::HandToOutsider(outsider)));
        assert_eq!(handed(RoleId(Uuid::nil()), outsider), Err(Denial::NoSuchRole), "an unknown role comes first");
    }
}
