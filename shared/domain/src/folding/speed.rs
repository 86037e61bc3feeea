use std::{hint::black_box, time::Instant};

use super::*;
use crate::tags::Tags;

/// `cargo test --release -p lambdesk-domain speed -- --ignored --nocapture` prints the figures.
#[test]
#[ignore = "measures; meaningful in release builds"]
fn ten_thousand_characters_fold_in_a_millisecond() {
    for (name, text) in [
        ("Latin", "Zoë Ångström ordered "),
        ("ASCII", "the quick brown fox "),
        ("Latin and Han", "Ada 山田太郎 Lovelace "),
        ("Han", "山田太郎株式会社"),
        ("Hangul", "안녕하세요 고객님"),
        ("Hangul in jamo", "\u{110b}\u{1161}\u{11ab}\u{1102}\u{1167}\u{11bc}"),
        ("marks", "e\u{301}\u{323}\u{308}"),
        ("ligatures that open to eighteen letters", "ﷺ"),
    ] {
        let text: String = text.chars().cycle().take(10_000).collect();
        println!("{name}: for searches {}, for conditions {}", median(|| for_search(&text)), median(|| for_conditions(&text)));
    }
}

#[test]
#[ignore = "measures; meaningful in release builds"]
fn a_list_of_150_000_tags_is_refused_in_five_milliseconds() {
    let tags: Vec<String> = (0..150_000).map(|number| number.to_string()).collect();
    let body = serde_json::to_string(&tags).unwrap();
    println!("tags alone: {}", median(|| Tags::new(&tags).unwrap_err()));
    println!("JSON alone, {} bytes: {}", body.len(), median(|| serde_json::from_str::<Vec<String>>(&body).unwrap()));
}

fn median<T>(run: impl Fn() -> T) -> String {
    let mut times: Vec<_> = (0..51)
        .map(|_| {
            let began = Instant::now();
            black_box(run());
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    format!("{:?}", times[times.len() / 2])
}
