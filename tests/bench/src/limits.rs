//! What the desk bears: a ticket of very many messages, messages as large as an item gets, a project with very many requests, and
//! very many clients that dawdle. It prints what it measures, and fails where something costs more by it, is lost, or is not
//! answered.

mod neighbour;
mod others;
mod slow;
mod thread;
mod whole;

use tempfile::TempDir;

use crate::{
    Failure,
    desk::{Binary, Desk},
    world::World,
};

pub(crate) async fn print(binary: &Binary, messages: u32, slow: usize) -> Result<(), Failure> {
    let data = TempDir::new()?;
    let mut desk = Desk::spawn(binary, data.path())?;
    let mut world = World::new(&mut desk).await?;
    whole::print(&mut world).await?;
    neighbour::print(&desk, &mut world).await?;
    slow::print(&desk, slow).await?;
    thread::print(&mut world, messages).await
}
