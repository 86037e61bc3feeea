//! Changes texts by chance, and tries them.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use fastrand::Rng;

/// The longest text.
const LONGEST: usize = 40_000;
/// A reader that keeps its processor this long for so short a text takes hours for a long one.
const SLOW: Duration = Duration::from_secs(20);
/// What readers look for, put anywhere.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\r\n",
    b"\n",
    b"\r",
    b"\t",
    b" ",
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"{{",
    b"}}",
    b"<",
    b">",
    b"</",
    b"&",
    b"&#0;",
    b"&#x110000;",
    b"%",
    b"%00",
    b"%zz",
    b"+",
    b"=",
    b"==",
    b"?=",
    b"=?utf-8?B?",
    b";",
    b":",
    b",",
    b".",
    b"..",
    b"/",
    b"\\u0000",
    b"\\ud800",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x98\x80",
    b"\xef\xbb\xbf",
    b"\xcc\x81",
    b"0",
    b"-1",
    b"9999999999999999999999",
    b"1e999",
    b"null",
    b"__proto__",
    b"<!--",
    b"<![CDATA[",
    b"<table><td><div>",
    b"--",
    b"> ",
    b"T00:00:00Z",
    b"2026-02-30",
    b"0000-00-00",
    b"+99:99",
    b"RRULE:FREQ=SECONDLY\r\n",
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b"AAAA;",
    b";;;;",
    b"\x1f\x8b\x08\x00",
];

/// How much is tried.
#[derive(Clone, Copy)]
pub(super) enum Bounds {
    Texts(usize),
    Until(Duration),
}

/// Texts, of which each is made of the kept ones.
pub(super) struct Engine {
    chance: Rng,
    kept: Vec<Vec<u8>>,
    /// The kept ones come first, as they are.
    tried: usize,
}

impl Engine {
    pub(super) fn new(seed: u64, kept: Vec<Vec<u8>>) -> Self {
        assert!(!kept.is_empty(), "a text to begin with");
        Self { chance: Rng::with_seed(seed), kept, tried: 0 }
    }

    /// The next text.
    pub(super) fn next(&mut self) -> Vec<u8> {
        self.tried += 1;
        if let Some(kept) = self.kept.get(self.tried - 1) {
            return kept.clone();
        }
        let mut text = self.one();
        for _ in 0..=self.chance.usize(0..6) {
            self.change(&mut text);
        }
        text.truncate(LONGEST);
        text
    }

    fn one(&mut self) -> Vec<u8> {
        let at = self.chance.usize(0..self.kept.len());
        self.kept[at].clone()
    }

    /// A part of a text, as its beginning and its end.
    fn part(&mut self, text: &[u8]) -> (usize, usize) {
        let (one, other) = (self.chance.usize(0..=text.len()), self.chance.usize(0..=text.len()));
        (one.min(other), one.max(other))
    }

    fn change(&mut self, text: &mut Vec<u8>) {
        let (from, to) = self.part(text);
        match self.chance.u8(0..8) {
            0 => text.truncate(to),
            1 => drop(text.drain(from..to)),
            2 => {
                let again = text[from..to].to_vec();
                let times = self.chance.usize(1..20);
                text.splice(to..to, again.repeat(times).into_iter().take(LONGEST));
            }
            3 => {
                let other = self.one();
                let (start, end) = self.part(&other);
                text.splice(from..to, other[start..end].iter().copied());
            }
            4 if from < text.len() => text[from] ^= 1 << self.chance.u8(0..8),
            5 if from < text.len() => text[from] = self.chance.u8(..),
            6 => {
                let piece = PIECES[self.chance.usize(0..PIECES.len())];
                let times = if self.chance.u8(0..10) == 0 { self.chance.usize(1..2000) } else { 1 };
                text.splice(from..from, piece.repeat(times));
            }
            _ => {
                let piece = PIECES[self.chance.usize(0..PIECES.len())];
                text.splice(from..to.min(from + piece.len()), piece.iter().copied());
            }
        }
    }

    /// Tries texts, and returns how many. Panics with the first that a reader does not stand.
    pub(super) fn run(&mut self, name: &str, bounds: Bounds, read: fn(&[u8])) -> usize {
        let begun = Instant::now();
        while match bounds {
            Bounds::Texts(most) => self.tried < most.max(self.kept.len()),
            Bounds::Until(end) => begun.elapsed() < end,
        } {
            let (text, started) = (self.next(), worked(begun));
            let failed = catch_unwind(AssertUnwindSafe(|| read(&text))).is_err();
            let took = worked(begun).saturating_sub(started);
            assert!(!failed, "{name} panics; the text is in {}", keep(name, &text));
            assert!(took < SLOW, "{name} takes {took:?}; the text is in {}", keep(name, &text));
        }
        self.tried
    }
}

/// For how long this thread has had a processor, as Linux counts it. Elsewhere it is the time since `begun`, in which others may have
/// had the processor.
fn worked(begun: Instant) -> Duration {
    let counted = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = counted.and_then(|counted| counted.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

/// Writes a text down, and says where.
fn keep(name: &str, text: &[u8]) -> String {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
    fs::create_dir_all(&directory).expect("a directory for texts");
    let file = directory.join(format!("{name}-{}", std::process::id()));
    fs::write(&file, text).expect("a text that is kept");
    file.display().to_string()
}
