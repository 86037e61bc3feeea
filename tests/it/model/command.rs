//! What people and the machinery do. Each command means something in every state, so any part of a sequence is one too.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::desk::{Change, Tagging};

pub(super) const STATUSES: [&str; 5] = ["new", "open", "pending", "on_hold", "resolved"];
const PRIORITIES: [&str; 3] = ["low", "medium", "high"];
const TAGS: [&str; 3] = ["a", "b", "c"];
/// How many tickets there are at most, and how many browsers.
pub(super) const TICKETS: usize = 5;
const BROWSERS: usize = 2;

/// A command. A ticket is named by a number, modulo the tickets that are there.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// A customer opens a ticket.
    Open {
        browser: usize,
    },
    /// The last opening comes once more.
    OpenAgain,
    /// An agent files a ticket; twice with one key.
    File {
        priority: Option<&'static str>,
        message: bool,
        twice: bool,
    },
    Write {
        ticket: usize,
    },
    Reply {
        ticket: usize,
        private: bool,
        twice: bool,
    },
    /// The last reply comes once more.
    ReplyAgain,
    EditNote {
        ticket: usize,
    },
    DeleteNote {
        ticket: usize,
    },
    Change {
        ticket: usize,
        change: Change,
        external: bool,
        twice: bool,
    },
    Bulk {
        change: Change,
    },
    TeamReads {
        ticket: usize,
    },
    TeamUnreads {
        ticket: usize,
    },
    CustomerReads {
        ticket: usize,
    },
    Delete {
        ticket: usize,
    },
    /// The time moves on.
    Pass {
        seconds: i64,
    },
    /// The clock ticks; first it may die after some steps.
    Tick {
        dies: Option<usize>,
    },
    /// The stream is handed to the relay. It may die after some steps, the bus may refuse an entry, and some records come
    /// again.
    Relay {
        dies: Option<usize>,
        refused: Option<usize>,
        again: usize,
    },
    /// The queue is handed to the automation. It may die after some steps, and some messages come again.
    Run {
        dies: Option<usize>,
        again: usize,
    },
    /// The functions start anew and remember nothing.
    Restart,
    /// Everything is compared.
    Look,
}

fn tagging() -> impl Strategy<Value = Tagging> {
    let tags = || proptest::sample::subsequence(&TAGS[..], 0..=TAGS.len());
    let some = || proptest::sample::subsequence(&TAGS[..], 1..=TAGS.len());
    prop_oneof![tags().prop_map(Tagging::Set), some().prop_map(Tagging::Add), some().prop_map(Tagging::Remove),]
}

fn set() -> impl Strategy<Value = Tagging> {
    proptest::sample::subsequence(&TAGS[..], 0..=TAGS.len()).prop_map(Tagging::Set)
}

fn change() -> impl Strategy<Value = Change> {
    let seconds = || select(vec![60_i64, 600, 4000, 9000]);
    let parts = (
        option::weighted(0.4, select(&STATUSES[..])),
        option::weighted(0.3, option::of(select(&PRIORITIES[..]))),
        option::weighted(0.2, any::<bool>()),
        option::weighted(0.3, set()),
        option::weighted(0.2, option::weighted(0.7, seconds())),
        option::weighted(0.3, option::weighted(0.8, seconds())),
    );
    parts.prop_map(|(status, priority, assigned, tags, snooze, due)| Change { status, priority, assigned, tags, snooze, due })
}

/// What the external API changes.
fn external() -> impl Strategy<Value = Change> {
    let parts = (option::of(select(&STATUSES[..])), option::of(select(&PRIORITIES[..])), option::of(tagging()));
    parts.prop_map(|(status, priority, tags)| Change { status, priority: priority.map(Some), tags, ..Change::default() })
}

fn bulk() -> impl Strategy<Value = Change> {
    prop_oneof![
        select(&STATUSES[..]).prop_map(Change::to),
        tagging().prop_map(|tags| Change { tags: Some(tags), ..Change::default() }),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let ticket = || 0..TICKETS;
    let dies = || option::weighted(0.3, 1..60_usize);
    let twice = || proptest::bool::weighted(0.2);
    prop_oneof![
        4 => (0..BROWSERS).prop_map(|browser| Command::Open { browser }),
        1 => Just(Command::OpenAgain),
        3 => (option::of(select(&PRIORITIES[..])), any::<bool>(), twice())
            .prop_map(|(priority, message, twice)| Command::File { priority, message, twice }),
        5 => ticket().prop_map(|ticket| Command::Write { ticket }),
        6 => (ticket(), proptest::bool::weighted(0.3), twice())
            .prop_map(|(ticket, private, twice)| Command::Reply { ticket, private, twice }),
        1 => Just(Command::ReplyAgain),
        1 => ticket().prop_map(|ticket| Command::EditNote { ticket }),
        1 => ticket().prop_map(|ticket| Command::DeleteNote { ticket }),
        10 => (ticket(), change(), twice())
            .prop_map(|(ticket, change, twice)| Command::Change { ticket, change, external: false, twice }),
        2 => (ticket(), external())
            .prop_map(|(ticket, change)| Command::Change { ticket, change, external: true, twice: false }),
        2 => bulk().prop_map(|change| Command::Bulk { change }),
        2 => ticket().prop_map(|ticket| Command::TeamReads { ticket }),
        1 => ticket().prop_map(|ticket| Command::TeamUnreads { ticket }),
        2 => ticket().prop_map(|ticket| Command::CustomerReads { ticket }),
        1 => ticket().prop_map(|ticket| Command::Delete { ticket }),
        3 => select(vec![20_i64, 100, 700, 4000, 10_000]).prop_map(|seconds| Command::Pass { seconds }),
        3 => dies().prop_map(|dies| Command::Tick { dies }),
        4 => (dies(), option::weighted(0.2, 0..8_usize), 0..20_usize)
            .prop_map(|(dies, refused, again)| Command::Relay { dies, refused, again }),
        4 => (dies(), 0..6_usize).prop_map(|(dies, again)| Command::Run { dies, again }),
        1 => Just(Command::Restart),
        1 => Just(Command::Look),
    ]
}

/// Sequences of commands.
pub(super) fn commands() -> impl Strategy<Value = Vec<Command>> {
    vec(command(), 1..24)
}
