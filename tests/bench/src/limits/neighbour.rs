//! A project with a thousand requests a second: customers' browsers ask for new messages. Another project is answered meanwhile.

use std::time::Duration;

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::others;
use crate::{
    Failure,
    desk::Desk,
    front::Front,
    load::{Caller as _, Side as _},
    world::World,
};

/// Requests a second of the busy project, and the connections that they come by.
const RATE: u32 = 1000;
const CLIENTS: u32 = 50;

pub(super) async fn print(desk: &Desk, world: &mut World) -> Result<(), Failure> {
    let span = others::SPAN + Duration::from_secs(5);
    let jobs = world.polls_of_one(usize::try_from(CLIENTS)?, RATE, span).await?;
    world.quiet().await?;
    let alone = others::read(desk.address).await?;
    let (end, ended) = watch::channel(false);
    let mut clients = JoinSet::new();
    for job in jobs {
        clients.spawn(at_its_rate(Front::new(world, job).await?, ended.clone()));
    }
    let started = Instant::now();
    let beside = others::read(desk.address).await?;
    let elapsed = started.elapsed();
    end.send(true)?;
    let mut sent = 0_u32;
    while let Some(count) = clients.join_next().await {
        sent += count??;
    }
    println!("\na project of {:.0} requests a second, of {RATE} that were wanted", f64::from(sent) / elapsed.as_secs_f64());
    others::compare(&alone, &beside);
    Ok(())
}

/// Sends requests at random times, as many browsers that know nothing of each other do, and returns how many. What the desk is late
/// with is made up for.
async fn at_its_rate(mut front: Front, ended: watch::Receiver<bool>) -> Result<u32, Failure> {
    let mean = f64::from(CLIENTS) / f64::from(RATE);
    let (mut next, mut sent) = (Instant::now(), 0);
    while !*ended.borrow() {
        next += Duration::from_secs_f64(-mean * (1.0 - fastrand::f64()).ln());
        sleep_until(next).await;
        if !front.step().await? {
            return Err("too few customers for this rate".into());
        }
        sent += 1;
    }
    Ok(sent)
}
