//! Whatever reads what others wrote, given what nobody would write: texts that are kept for each reader, changed by chance. A reader
//! may refuse. It neither panics nor takes long, and what it takes holds what it promises.
//!
//! The ordinary form tries some hundred texts a reader, always the same ones. The long form takes other ones each time, for as many
//! minutes as it is told (CONTRIBUTING.md, "Longer"):
//!
//! ```sh
//! LAMBDESK_FUZZ_MINUTES=60 cargo it outside:: -- --nocapture
//! ```
//!
//! A text that finds something is written to `target/tmp/outside/`. Once it is mended, the text belongs to `outside/seeds.rs`.

mod engine;
mod readers;
mod seeds;

use std::{env, time::Duration};

use engine::{Bounds, Engine};
use lambdesk_local::Options;
use readers::READERS;
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{AGENT, desk, desk_with};

/// How many texts the ordinary form tries with each reader.
const TEXTS: usize = 300;
/// How many it sends to a running desk.
const CALLS: usize = 150;
/// The seed of the ordinary form.
const SEED: u64 = 20_261_130;

/// The bounds and the seed: those of the ordinary form, or of the long one, of which each of `parts` gets its part.
fn bounds(texts: usize, parts: u32) -> (Bounds, u64) {
    let minutes = env::var("LAMBDESK_FUZZ_MINUTES").ok().map(|minutes| minutes.parse::<u64>().expect("minutes"));
    let Some(minutes) = minutes else { return (Bounds::Texts(texts), SEED) };
    let seed = env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a seed"));
    println!("SEED={seed}");
    (Bounds::Until(Duration::from_secs(60 * minutes) / parts), seed)
}

#[test]
fn readers_of_what_others_wrote_neither_panic_nor_take_long() {
    let (bounds, seed) = bounds(TEXTS, u32::try_from(READERS.len()).unwrap());
    for reader in READERS {
        let tried = Engine::new(seed, (reader.seeds)()).run(reader.name, bounds, reader.read);
        println!("{}: {tried} texts", reader.name);
    }
}

/// Query strings of every kind, and bodies of every kind at the routes of browsers.
#[tokio::test]
async fn requests_that_nobody_would_make_are_answered() {
    let desk = desk().await;
    let (_, seed) = bounds(CALLS, 1);
    let mut engine = Engine::new(seed, seeds::queries());
    for _ in 0..CALLS {
        let query: String = engine.next().iter().map(|byte| char::from(*byte)).filter(char::is_ascii_graphic).collect();
        let query = query.replace('#', "%23");
        for path in ["/api/projects/1/conversations/tickets/", "/api/conversations/v1/widget/tickets", "/array/phc_local/config"]
        {
            let headers = [("authorization", AGENT), ("x-conversations-token", "wgt_local")];
            let reply = desk.http.raw(Method::GET, &format!("{path}?{query}"), &headers, Vec::new()).await;
            assert!(reply.status < 500, "{path}?{query}: {}", reply.text);
        }
    }
    let mut engine = Engine::new(seed, seeds::captured());
    for _ in 0..CALLS {
        let body = engine.next();
        for path in ["/e/", "/i/v0/e/", "/s/"] {
            let reply = desk.http.raw(Method::POST, path, &[("content-type", "text/plain")], body.clone()).await;
            // A session that no ticket names yet may be in a moment.
            assert!(reply.status < 500 || reply.status == 503 && path == "/s/", "{path}: {} {}", reply.status, reply.text);
        }
    }
}

/// Lines that no mail program would send. The listener answers the next one.
#[tokio::test]
async fn lines_that_no_mail_program_sends_end_at_most_their_connection() {
    let desk = desk_with(Options { smtp: Some(0), ..Options::default() }).await;
    let (_, seed) = bounds(CALLS, 1);
    let mut engine = Engine::new(seed, seeds::smtp());
    for _ in 0..CALLS {
        let mut stream = TcpStream::connect(desk.running.smtp.unwrap()).await.unwrap();
        // The other end may have had enough before all of it is sent.
        let _ = stream.write_all(&engine.next()).await;
        let _ = stream.shutdown().await;
        let mut answers = Vec::new();
        // Who closes with something unread takes back what it has said.
        if stream.read_to_end(&mut answers).await.is_ok() {
            assert!(answers.starts_with(b"220 "), "{}", String::from_utf8_lossy(&answers));
        }
        let is_reply = |line: &[u8]| line.is_empty() || line.first().is_some_and(|first| b"2345".contains(first));
        assert!(answers.split(|byte| *byte == b'\n').all(is_reply), "{}", String::from_utf8_lossy(&answers));
    }
}
