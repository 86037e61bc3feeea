//! To whom the tickets of a removed member or role may go.

use super::Denial;
use crate::{assignee::Assignee, directory::Directory};

/// Refuses to hand tickets to the member or role that is being removed, and to one that is not of the project.
pub(super) fn may_take_over(to: Option<Assignee>, from: Assignee, directory: &Directory) -> Result<(), Denial> {
    match to {
        Some(to) if to == from => Err(Denial::HandToRemoved),
        Some(to) if !directory.has(to) => Err(Denial::HandToOutsider(to)),
        Some(_) | None => Ok(()),
    }
}
