//! Mails made to take long. Each is read at one length and at eight times that: the time may grow in proportion, and must not
//! with the square. What counts is the time that the test's own thread had a processor, so that other load says nothing.

use std::time::{Duration, Instant};

use lambdesk_mail::{clean::Pictures, letter::Letter, quote, words::Words};

const TIMES: usize = 8;

/// How long this thread had a processor; where Linux does not tell, how long it is since the test began.
fn worked(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

fn time(work: impl Fn()) -> Duration {
    let since = Instant::now();
    let before = worked(since);
    work();
    worked(since).saturating_sub(before)
}

/// Fails if eight times the length takes over thirty times as long, three times over. The square would be sixty-four.
fn grows_in_proportion(name: &str, work: impl Fn(usize)) {
    let length = 4_000;
    let mut measured = Vec::new();
    for _ in 0..3 {
        let (short, long) = (time(|| work(length)), time(|| work(length * TIMES)));
        // What takes less than some milliseconds is lost in the noise. It can't hide the square: of 32,000 pieces that would be
        // a thousand million steps.
        if long < short * 30 || long < Duration::from_millis(40) {
            return;
        }
        measured.push((short, long));
    }
    panic!("{name}: {measured:?}");
}

fn reads(raw: &[u8]) {
    let letter = Letter::read(raw);
    let words = Words::of(&letter, true, &Pictures::default());
    assert!(words.text.chars().count() <= 50_000 && !words.text.is_empty());
}

#[test]
fn a_mail_takes_time_in_proportion_to_its_length() {
    let pieces: [(&str, &str, &str); 14] = [
        (
            "open boundaries",
            "Content-Type: multipart/mixed; boundary=b\n\n",
            "--b\nContent-Type: multipart/mixed; boundary=never\n\n",
        ),
        ("parts in parts", "Content-Type: multipart/mixed; boundary=b\n\n", "--b\nContent-Type: multipart/mixed; boundary=b\n\n"),
        ("mails in mails", "", "Content-Type: message/rfc822\n\n"),
        ("empty parts", "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\n"),
        ("encoded words", "Subject: ", "=?u?Q?"),
        ("addresses", "From: ", "<a@b.c>,("),
        ("ids", "References: ", "<a@b.c> "),
        ("fields", "", "A: b\n"),
        ("elements in elements", "Content-Type: text/html\n\n", "<div>"),
        ("links in links", "Content-Type: text/html\n\n", "<a href=x><table>"),
        ("attributes", "Content-Type: text/html\n\n<p ", "a b=c "),
        ("comments", "Content-Type: text/html\n\n", "<!-- <"),
        ("quotes in a page", "Content-Type: text/html\n\nhi", "<div class=gmail_quote></div><b>"),
        ("signs", "Content-Type: text/html\n\n", "&amp;&&lt;<"),
    ];
    for (name, begin, piece) in pieces {
        grows_in_proportion(name, |length| reads(format!("{begin}{}", piece.repeat(length)).as_bytes()));
    }
}

#[test]
fn a_quote_is_found_in_time_in_proportion_to_the_text() {
    let pieces = [
        "> x\n",
        "On 2026 wrote:\n",
        "On 2026\n",
        "wrote:\n> x\n\n",
        "From: a\n",
        "-----\n",
        "\n",
        "x",
        "On 4 May 2026 a@b.c wrote:\n\n\n> x\nno\n",
        ":",
    ];
    for piece in pieces {
        grows_in_proportion(piece, |length| {
            let text = piece.repeat(length);
            assert!(text.starts_with(quote::new_text(&text)));
        });
    }
}

#[test]
fn mails_of_a_thousand_parts_and_of_one_long_line_are_read_at_once() {
    let level = |level: usize| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    let nested = (0..300).map(level).collect::<Vec<_>>().concat();
    let many =
        format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\nContent-Type: text/plain\n\nword\n".repeat(10_000));
    let line = format!("Content-Type: text/html\n\n{}", "word ".repeat(1_000_000));
    for (name, raw) in [("nested", nested), ("many", many), ("line", line)] {
        let letter = Letter::read(raw.as_bytes());
        assert!(letter.is_cut, "{name}");
        let words = Words::of(&letter, false, &Pictures::default());
        assert!(words.text.starts_with("word") || name == "nested" && words.text == "(no text)", "{name}: {}", &words.text[..20]);
    }
}
