//! Very many clients that send a byte a second: half of them a request's head, half of them its body. Others are answered
//! meanwhile.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};

use super::others;
use crate::{Failure, desk::Desk};

/// The pause between two bytes.
const PAUSE: Duration = Duration::from_secs(1);
/// How many clients share an address, and how many connect at once.
const TOGETHER: usize = 500;
/// How long it may take until all of them are connected, and until the desk has parted with all of them.
const PATIENCE: Duration = Duration::from_mins(2);

const HEAD: &str = "POST /api/projects/1/conversations/tickets/ HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n\
     Content-Length: 1000\r\n\r\n";

pub(super) async fn print(desk: &Desk, count: usize) -> Result<(), Failure> {
    let alone = others::read(desk.address).await?;
    let before = desk.resident_megabytes()?;
    let (end, ended) = watch::channel(false);
    let connected = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for number in 0..count {
        clients.spawn(dawdle(desk.address, number, connected.clone(), ended.clone()));
        if number % TOGETHER == TOGETHER - 1 {
            reach(&connected, |connected| connected + TOGETHER > number).await?;
        }
    }
    reach(&connected, |connected| connected >= count).await?;
    let beside = others::read(desk.address).await?;
    let (held, memory) = (connected.load(Relaxed), desk.resident_megabytes()?);
    end.send(true)?;
    let mut parted = 0;
    while let Some(times) = clients.join_next().await {
        parted += times??;
    }
    println!("\n{count} clients that send a byte a second; {held} of them are connected at the end");
    println!("  the desk parted with slow ones {parted} times, and they came back");
    println!("  memory of the desk: {before:.1} MB, {memory:.1} MB with them");
    others::compare(&alone, &beside);
    if parted == 0 { Err("the desk waits for slow clients for ever".into()) } else { Ok(()) }
}

async fn reach(connected: &AtomicUsize, enough: impl Fn(usize) -> bool) -> Result<(), Failure> {
    let started = Instant::now();
    while !enough(connected.load(Relaxed)) {
        if started.elapsed() > PATIENCE {
            return Err(format!("only {} slow clients are connected; is `ulimit -n` enough?", connected.load(Relaxed)).into());
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Sends a byte a second, and comes back when the desk has had enough. Returns how often it had.
async fn dawdle(
    address: SocketAddr,
    number: usize,
    connected: Arc<AtomicUsize>,
    mut ended: watch::Receiver<bool>,
) -> Result<usize, Failure> {
    let mut parted = 0;
    while !*ended.borrow() {
        let stream = connect(address, number).await?;
        connected.fetch_add(1, Relaxed);
        let is_over = tokio::select! {
            () = slowly(stream, number.is_multiple_of(2)) => false,
            _ = ended.wait_for(|end| *end) => true,
        };
        connected.fetch_sub(1, Relaxed);
        parted += usize::from(!is_over);
    }
    Ok(parted)
}

async fn connect(address: SocketAddr, number: usize) -> Result<TcpStream, Failure> {
    let caller = Ipv4Addr::from_bits(Ipv4Addr::new(127, 2, 0, 1).to_bits() + u32::try_from(number / TOGETHER)?);
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((caller, 0)))?;
    Ok(socket.connect(address).await?)
}

/// Until the desk answers or closes the connection.
async fn slowly(mut stream: TcpStream, is_body: bool) {
    let begin = if is_body { HEAD } else { "" };
    let rest = HEAD.bytes().chain([b' '].into_iter().cycle());
    if stream.write_all(begin.as_bytes()).await.is_err() {
        return;
    }
    for byte in rest.skip(begin.len()) {
        let mut answer = [0; 1];
        let sent = tokio::select! {
            _ = stream.read(&mut answer) => return,
            () = sleep(PAUSE) => stream.write_all(&[byte]).await,
        };
        if sent.is_err() {
            return;
        }
    }
}
