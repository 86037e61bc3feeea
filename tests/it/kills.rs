//! A desk that is killed again and again at any point of its work: between a commit and its event, between an event and the
//! totals, in the middle of a run. Everything that it acknowledged still follows, and takes effect once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::Method;
use serde_json::Value;

use crate::{
    program::Program,
    support::{Http, desk_on},
    team::{Case, Team},
};

const TEAMS: usize = 6;
/// How often the desk comes to rest, how often it is killed before each rest, and how many cases a team has each time. In all,
/// these are fewer actions than a project may do in a minute, so that no run waits. SQS sets a message aside that was received
/// five times, and each life of the desk may end while it has the message: so four lives end, and the fifth must do.
const RESTS: usize = 2;
const KILLS: usize = 4;
const CASES: usize = 3;

/// A team, with the cases that were acknowledged.
#[derive(Clone)]
struct Shift {
    team: Team,
    cases: Arc<Mutex<Vec<Case>>>,
}

impl Shift {
    async fn work(self, http: Http) {
        let team = self.team.at(&http);
        for _ in 0..CASES {
            let Some(case) = team.case().await else { break };
            self.cases.lock().unwrap().push(case);
        }
    }
}

/// Waits until all is done. A desk with much to catch up on may take long.
async fn drain(http: &Http) {
    for _ in 0..12 {
        let drained = http.call(Method::POST, "/_local/drain", &[], Value::Null).await;
        if drained.status == 200 {
            return;
        }
        println!("{}", drained.text);
    }
    panic!("the desk does not come to rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_the_desk_is_killed_everything_follows_once() {
    let data = tempfile::tempdir().unwrap();
    let mut shifts = Vec::new();
    let first = Program::start(Some(data.path()), &[]);
    for _ in 0..TEAMS {
        shifts.push(Shift { team: Team::new(&first.http).await, cases: Arc::default() });
    }
    drop(first);
    for _ in 0..RESTS {
        for kill in 1..=KILLS {
            let desk = Program::start(Some(data.path()), &[]);
            let working: Vec<_> = shifts.iter().map(|shift| tokio::spawn(shift.clone().work(desk.http.clone()))).collect();
            // Sometimes the desk has hardly begun to catch up on what the last kill left.
            let alive = Duration::from_millis(fastrand::u64(20..700));
            tokio::time::sleep(alive).await;
            assert_eq!(desk.end("-KILL"), None);
            println!("kill {kill} after {alive:?}");
            for work in working {
                work.await.unwrap();
            }
        }
        let desk = desk_on(data.path()).await;
        drain(&desk.http).await;
        assert_eq!(desk.http.dead_letters().await, [] as [Value; 0]);
        desk.stop().await;
    }
    let desk = desk_on(data.path()).await;
    let mut cases = 0;
    for Shift { team, cases: of } in shifts {
        let of = of.lock().unwrap().clone();
        team.at(&desk.http).assert_followed(&desk.running.store, &of).await;
        cases += of.len();
    }
    println!("{cases} cases");
    assert!(cases > 0, "the desk lived long enough for some");
}
