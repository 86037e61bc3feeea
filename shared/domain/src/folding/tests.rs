use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use proptest::{prelude::*, sample::Index};

use super::*;

/// Letters of many scripts, composed and not, with marks and characters that show nothing.
const TEXT: &str = "[a-zA-Z0-9éèäöüñÉÄÖÜçłŁøØđĐßẞœæþıİςσΣа-яА-Яα-ωΑ-Ω가-힣ぁ-んァ-ン一-龥ก-ฮກ-ຮក-អက-အا-يא-ת\u{300}-\u{306}\u{200c}\u{ad} '@.-]{0,12}";

/// What is passed over for speed has to be as it would be if it were looked at.
#[test]
fn letters_without_case_have_none() {
    for letter in ('\0'..=char::MAX).filter(|letter| is_caseless(*letter)) {
        let folded: Vec<_> = letter.to_uppercase().flat_map(char::to_lowercase).flat_map(as_typed).collect();
        assert_eq!(folded, [letter], "{letter:?}");
    }
}

#[test]
fn letters_are_found_as_people_type_them() {
    for (written, typed) in [
        ("Łukasz Wójcik", "lukasz wojcik"),
        ("Søren Ødegård", "soren odegard"),
        ("Đặng Thị Hà", "dang thi ha"),
        ("Þórður Æsir Œuvre Ħal Ŧor", "thordur aesir oeuvre hal tor"),
        ("Straße STRASSE GROẞ", "strasse strasse gross"),
        ("Işık İnci ILGAZ", "isik inci ilgaz"),
        ("ﬁnn Ｗｉｄｅ Ⅳ", "finn wide iv"),
        ("ΣΊΣΥΦΟΣ Σίσυφος", "σισυφοσ σισυφοσ"),
        ("علی\u{200c}رضا", "علیرضا"),
        ("a\u{200b}b\u{ad}c\u{2060}d\u{feff}e\u{200e}f\u{2067}g\u{202b}h\u{61c}i", "abcdefghi"),
    ] {
        assert_eq!(for_search(written), for_search(typed), "{written}");
        assert!(typed.contains('σ') || !typed.is_ascii() || for_search(written) == typed, "{written}");
    }
}

#[test]
fn conditions_know_spellings_and_cases_and_nothing_else() {
    assert_eq!(for_conditions("CAFE\u{301}"), "café");
    assert_eq!(for_conditions("J\u{30c}"), "ǰ");
    assert_eq!(for_conditions("ΟΔΟΣ"), "οδος");
    for (one, other) in
        [("café", "cafe"), ("straße", "strasse"), ("łódź", "lódź"), ("ﬁn", "fin"), ("a\u{200c}b", "ab"), ("１", "1")]
    {
        assert_ne!(for_conditions(one), for_conditions(other));
    }
}

#[test]
fn folding_once_is_folding_enough_for_every_character() {
    for letter in (0..=0x0010_ffff).filter_map(char::from_u32) {
        let once = for_search(letter.encode_utf8(&mut [0; 4]));
        assert_eq!(for_search(&once), once, "{letter:?}");
        let once = for_conditions(letter.encode_utf8(&mut [0; 4]));
        assert_eq!(for_conditions(&once), once, "{letter:?}");
    }
}

/// Folding goes letter by letter. Taking a whole text apart at once comes to the same.
#[test]
fn letter_by_letter_is_the_whole_text() {
    let whole = |text: &str| -> String {
        let shown = |letter: &char| letter.is_ascii() || !(is_combining_mark(*letter) || is_ignorable(*letter));
        text.nfkd().filter(shown).flat_map(without_case).collect()
    };
    let all: String = (char::MIN..=char::MAX).collect();
    assert!(for_search(&all) == whole(&all));
    for text in ["e\u{301}\u{323}\u{308}", "ﷺﷺ ㍿", "각\u{11a8}", "\u{1e9b}\u{323}", "ΑΣ\u{345}"] {
        assert_eq!(for_search(text), whole(text), "{text}");
    }
}

#[test]
fn runs_without_spaces_may_begin_anywhere() {
    let of = |text: &str| beginnings(text, 32, 16);
    assert_eq!(of("山田太郎"), ["山田太郎", "田太郎", "太郎", "郎"]);
    assert_eq!(of("Yamada山田 スーパー2"), ["yamada", "山田", "田", "スーハー", "ーハー", "ハー", "ー", "2"]);
    assert_eq!(of("김민수").len(), 3);
    assert!(of("김민수").contains(&for_search("민수")) && of("김민수")[0].starts_with(&for_search("기")));
    assert_eq!(of(&"山".repeat(40)).len(), 16);
    let (many, both) = (vec!["word"; 40].join(" "), "山田 ".repeat(9) + &"a b ".repeat(20));
    assert_eq!((of(&many).len(), of(&both).len()), (32, 16 + 32));
    assert_eq!(beginnings("a b 山田", 2, 2), ["a", "b", "山田", "田"], "runs behind the last word");
    assert_eq!(of("თბილისი"), ["თბილისი"], "a word of a later script that has spaces");
    assert_eq!(words("山田太郎 ada@太郎.com").collect::<Vec<_>>(), ["山田太郎", "ada", "太郎", "com"]);
}

#[test]
fn what_was_stored_before_is_found_as_it_was_then() {
    assert_eq!(before::apart("café"), "cafe\u{301}");
    assert_eq!(before::words("Zoë, GROẞ łódź 42"), ["zoe", "groß", "łodz", "42"]);
}

#[test]
fn nothing_visible_is_blank() {
    for blank in [
        "",
        " \t\n",
        "\u{200b}\u{200d}",
        "\u{feff}",
        "\u{3164}",
        "\u{ad} \u{2800}",
        "\u{301}",
        "\u{fe0f}\u{20e3}",
        "\u{e0020}",
        "\u{0}",
    ] {
        assert!(is_blank(blank), "{blank:?}");
    }
    for seen in ["a", " . ", "\u{200b}é", "🦊", "👩\u{200d}🚀", "ー", "\u{301}x", "\u{fffd}"] {
        assert!(!is_blank(seen), "{seen:?}");
    }
}

/// How long this thread has run. Other programs on the machine do not lengthen that, as they do the time of a clock, which stands for
/// it where a system does not tell.
fn has_run(began: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = told.and_then(|told| told.split(' ').next()?.parse().ok()).filter(|ran| *ran > 0);
    ran.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

/// Folding takes time linear in its input: a text takes about as long as its sixteen parts, where quadratic time would be 16 times that.
#[test]
fn folding_takes_time_with_length_and_not_with_its_square() {
    for part in ["Łukasz é山", "a\u{301}\u{302}\u{323}", "\u{301}", "김각", "ﷺ"] {
        let time = |length: usize, times: usize| {
            let text: String = part.chars().cycle().take(length).collect();
            let began = Instant::now();
            let before = has_run(began);
            for _ in 0..times {
                black_box((for_search(&text), for_conditions(&text), beginnings(&text, 32, 16)));
            }
            has_run(began).saturating_sub(before)
        };
        let (parts, whole) = (time(5_000, 16), time(80_000, 1));
        assert!(whole < parts * 5, "{part:?}: sixteen parts {parts:?}, as one text {whole:?}");
    }
}

proptest! {
    #[test]
    fn folding_is_idempotent_and_knows_no_spelling(text in TEXT, any: String, places in prop::collection::vec(any::<Index>(), 0..4)) {
        for text in [&text, &any] {
            let (once, condition) = (for_search(text), for_conditions(text));
            prop_assert_eq!(for_search(&once), once.clone());
            prop_assert_eq!(for_conditions(&condition), condition.clone());
            let (apart, together): (String, String) = (text.nfd().collect(), text.nfc().collect());
            prop_assert_eq!((for_search(&apart), for_search(&together)), (once.clone(), once.clone()));
            prop_assert_eq!((for_conditions(&apart), for_conditions(&together)), (condition.clone(), condition.clone()));
            prop_assert_eq!(for_search(&condition), once.clone());
        }
        let mut letters: Vec<char> = text.nfc().collect();
        for (place, hidden) in places.iter().zip(['\u{200c}', '\u{ad}', '\u{feff}', '\u{2066}']) {
            letters.insert(place.index(letters.len() + 1), hidden);
        }
        prop_assert_eq!(for_search(&letters.into_iter().collect::<String>()), for_search(&text));
    }

    /// Typing the first letters of a word finds it. So does typing any part of a run, within the bound on starts.
    #[test]
    fn a_part_that_is_typed_begins_something(text in TEXT, at: Index, length in 1..8_usize) {
        let known = beginnings(&text, 32, 16);
        let found = |typed: &str| words(typed).all(|word| known.iter().any(|known| known.starts_with(&word)));
        prop_assert!(found(&text));
        for word in text.nfc().collect::<String>().split([' ', '\'', '@', '.', '-']).filter(|word| !word.is_empty()) {
            let beginning: String = word.chars().take(1 + at.index(word.chars().count())).collect();
            prop_assert!(found(&beginning), "{beginning} of {word}");
        }
        let run: Vec<char> = text.nfc().filter(|letter| kind(*letter) == Kind::Run).take(16).collect();
        if !run.is_empty() {
            let known = beginnings(&run.iter().collect::<String>(), 32, 16);
            let part: String = run.iter().skip(at.index(run.len())).take(length).collect();
            prop_assert!(words(&part).all(|word| known.iter().any(|known| known.starts_with(&word))), "{part} of {run:?}");
        }
    }
}
