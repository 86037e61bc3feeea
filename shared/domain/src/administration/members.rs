//! Who may become a member, and which members may be changed or removed.

use super::{Denial, Most, hand_over::may_take_over};
use crate::{
    assignee::Assignee,
    directory::Directory,
    ids::UserId,
    project::{Member, Rights},
    scope::Access,
};

/// Refuses a user who is a member already, and one for whom there is no room.
pub fn may_add(id: UserId, directory: &Directory) -> Result<(), Denial> {
    if directory.member(id).is_some() {
        return Err(Denial::MemberAlready);
    }
    Most::Members.one_more(directory.members.len())
}

/// The member with another access. The last administrator can't become an agent: nobody could administer the project again.
pub fn with_access(id: UserId, access: Access, directory: &Directory) -> Result<Member, Denial> {
    let member = directory.member(id).ok_or(Denial::NoSuchMember)?;
    if access != Access::Admin {
        keeps_an_admin(member, directory)?;
    }
    Ok(Member { rights: Rights { access, ..member.rights }, ..member.clone() })
}

/// Refuses to remove the last administrator, and to hand the member's tickets to themselves or to outsiders.
pub fn may_remove(id: UserId, hand_to: Option<Assignee>, directory: &Directory) -> Result<(), Denial> {
    keeps_an_admin(directory.member(id).ok_or(Denial::NoSuchMember)?, directory)?;
    may_take_over(hand_to, Assignee::User(id), directory)
}

/// Refuses to lose `member` as an administrator if there is no other.
fn keeps_an_admin(member: &Member, directory: &Directory) -> Result<(), Denial> {
    let is_admin = |member: &Member| member.rights.access == Access::Admin;
    let is_last = is_admin(member) && directory.members.iter().filter(|member| is_admin(member)).count() == 1;
    if is_last { Err(Denial::LastAdmin) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::RoleId,
        testing::{directory, member},
    };

    /// Members from 0 on, of whom the first `admins` are administrators.
    fn with_admins(members: u32, admins: u32) -> Directory {
        let access = |id| if id < admins { Access::Admin } else { Access::Agent };
        Directory { members: (0..members).map(|id| member(id, access(id))).collect(), ..directory() }
    }

    #[test]
    fn a_project_has_room_for_a_thousand_members() {
        let newcomer = UserId(2_000);
        assert_eq!(may_add(newcomer, &with_admins(999, 1)), Ok(()));
        assert_eq!(may_add(newcomer, &with_admins(1_000, 1)), Err(Denial::TooMany(Most::Members)));
        assert_eq!(may_add(UserId(0), &with_admins(1, 1)), Err(Denial::MemberAlready));
    }

    #[test]
    fn whoever_is_the_last_administrator_stays_one() {
        let lowered = |id, admins| with_access(UserId(id), Access::Agent, &with_admins(3, admins));
        let removed = |id, admins| may_remove(UserId(id), None, &with_admins(3, admins));
        assert_eq!((lowered(0, 1), removed(0, 1)), (Err(Denial::LastAdmin), Err(Denial::LastAdmin)));
        assert_eq!((removed(1, 1), removed(0, 2)), (Ok(()), Ok(())));
        assert_eq!(lowered(0, 2), Ok(member(0, Access::Agent)));
        assert_eq!((lowered(7, 2), removed(7, 2)), (Err(Denial::NoSuchMember), Err(Denial::NoSuchMember)));
        assert_eq!(with_access(UserId(0), Access::Admin, &with_admins(1, 1)), Ok(member(0, Access::Admin)));
    }

    #[test]
    fn tickets_are_handed_to_others_of_the_project() {
        let handed = |to| may_remove(UserId(1), Some(to), &with_admins(3, 1));
        let (outsider, unknown) = (Assignee::User(UserId(9)), Assignee::Role(RoleId(Uuid::nil())));
        assert_eq!(handed(Assignee::User(UserId(2))), Ok(()));
        assert_eq!(handed(Assignee::User(UserId(1))), Err(Denial::HandToRemoved));
        assert_eq!(handed(outsider), Err(Denial::HandToOutsider(outsider)));
        assert_eq!(handed(unknown), Err(Denial::HandToOutsider(unknown)));
    }
}
