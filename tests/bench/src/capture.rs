//! What customers' browsers send beside the chat: how many calls a second the desk takes beside everything else, what each costs,
//! and what that comes to.

mod bill;
mod load;
mod units;

use tempfile::TempDir;

use crate::{
    Failure, Flags,
    desk::{Binary, Desk},
    world::World,
};

/// How many events a call has. The SDK sends what came in three seconds.
const EVENTS: usize = 20;
/// How many clients send at once.
const CLIENTS: [usize; 2] = [8, 16];

pub(crate) async fn print(binary: &Binary, flags: &Flags) -> Result<(), Failure> {
    let data = TempDir::new()?;
    let mut desk = Desk::spawn(binary, data.path())?;
    let mut world = World::new(&mut desk).await?;
    load::print(&mut world, &desk, flags).await?;
    let costs = units::print(&world).await?;
    bill::print(&costs);
    Ok(())
}
