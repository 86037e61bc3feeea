use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::capture::source_map::Opened;

/// `a(1)` at the script's beginning, of `pay(1)` on the third line of `src/pay.js`.
fn map() -> Value {
    json!({
        "version": 3, "file": "app.js", "sources": ["../src/pay.js"], "names": ["pay"],
        "sourcesContent": ["\n\npay(1)\n"], "mappings": "AAEAA,EAAI", "x_vendor": {"deep": [1]},
    })
}

fn with(more: &Value) -> Value {
    let mut map = map();
    map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    map
}

fn tried(map: &Value) -> Result<Readable, Unreadable> {
    read(map.to_string().as_bytes(), false)
}

fn told(map: &Value) -> String {
    tried(map).unwrap_err().to_string()
}

#[test]
fn what_is_kept_tells_the_place_and_has_no_texts() {
    let text = map().to_string();
    for sent in [text.clone().into_bytes(), gzip::zip(text.as_bytes()), format!("\u{feff})]}}'\n{text}").into_bytes()] {
        let kept = read(&sent, false).unwrap();
        let json = String::from_utf8(gzip::unzip(&kept.zipped, 10_000).unwrap()).unwrap();
        assert!(!json.contains("sourcesContent") && !json.contains("x_vendor"), "{json}");
        let opened = Opened::open(&kept.zipped).unwrap();
        let original = opened.at(1, 1).unwrap();
        assert_eq!((original.file.as_str(), original.line, original.column), ("src/pay.js", 3, 1));
        assert_eq!(opened.name_at(1, 1).as_deref(), Some("pay"));
        assert_eq!(opened.name_at(1, 2), None, "in the midst of it");
        assert_eq!(opened.at(1, 4).unwrap().column, 5, "the place before it");
        for nowhere in [(0, 0), (0, 1), (1, 0), (2, 1), (u32::MAX, u32::MAX)] {
            assert_eq!(opened.at(nowhere.0, nowhere.1), None, "{nowhere:?}");
        }
    }
    assert_eq!(read(&gzip::zip(text.as_bytes()), true).unwrap().size, text.len() as u64);
}

#[test]
fn sections_are_put_together() {
    let section = |line: u32, map: &Value| json!({"offset": {"line": line, "column": 3}, "map": map});
    let of = |name: &str| with(&json!({"sources": [name], "sourceRoot": "web"}));
    let index = json!({"version": 3, "sections": [section(4, &of("a.js")), section(9, &of("b.js"))]});
    let opened = Opened::open(&tried(&index).unwrap().zipped).unwrap();
    assert_eq!(opened.at(5, 4).unwrap().file, "web/a.js");
    assert_eq!((opened.at(10, 4).unwrap().file.as_str(), opened.at(10, 1)), ("web/b.js", None));
    let nested = json!({"version": 3, "sections": [section(0, &index)]});
    assert_eq!(told(&nested), "`sections` can't be read: they lie in each other.");
    let elsewhere = json!({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "url": "https://a.example/x.map"}]});
    assert_eq!(told(&elsewhere), "`sections` can't be read: each must have its `map`.");
    for far in [u32::MAX, walls::MAP_PLACE + 1] {
        let aside = json!({"offset": {"line": 0, "column": far}, "map": map()});
        for section in [section(far, &map()), aside] {
            assert_eq!(told(&json!({"version": 3, "sections": [section]})), "`mappings` has a position out of range.");
        }
    }
    let last = json!({"offset": {"line": 0, "column": walls::MAP_PLACE}, "map": with(&json!({"mappings": "A"}))});
    assert!(tried(&json!({"version": 3, "sections": [section(0, &map()), last]})).is_ok());
    let apart = json!({"version": 3, "sections": [section(walls::MAP_PLACE, &map())]});
    assert!(told(&apart).contains("2000000 lines"), "{}", told(&apart));
    assert_eq!(told(&json!({"version": 3, "sections": []})), "`mappings` is missing or empty.");
}

#[test]
fn what_is_wrong_is_named() {
    for (more, said) in [
        (json!({"version": 4}), "`version` must be 3."),
        (json!({"version": null}), "`version` must be 3."),
        (json!({"mappings": null}), "`mappings` is missing or empty."),
        (json!({"mappings": ";;;"}), "`mappings` is missing or empty."),
        (json!({"mappings": 7}), "This is no source map: invalid type: integer `7`"),
        (json!({"sources": "x"}), "This is no source map: invalid type: string \"x\", expected an array"),
        (json!({"mappings": "AAEA!"}), "`mappings` can't be decoded"),
        (json!({"mappings": "AA"}), "`mappings` can't be decoded"),
        (json!({"mappings": "AAEAg"}), "`mappings` can't be decoded"),
        // The second source, and the second name.
        (json!({"mappings": "ACEA"}), "`mappings` can't be decoded"),
        (json!({"mappings": "AAEAC"}), "`mappings` can't be decoded"),
        // A negative line, a negative column of the script, and numbers beyond any script.
        (json!({"mappings": "AADA"}), "`mappings` has a position out of range."),
        (json!({"mappings": "DAEA"}), "`mappings` has a position out of range."),
        (json!({"mappings": "+/////DAEA"}), "`mappings` has a position out of range."),
        (json!({"mappings": "gggggggggggggggggggggB"}), "`mappings` can't be decoded"),
        (json!({"sourceRoot": "r".repeat(201)}), "`sourceRoot` is longer than 200 characters."),
    ] {
        assert!(told(&with(&more)).starts_with(said), "{more}: {}", told(&with(&more)));
    }
    let said = |bytes: &[u8], is_zipped| read(bytes, is_zipped).unwrap_err().to_string();
    assert_eq!(said(b"", false), "The body is empty. It must be the source map.");
    assert_eq!(said(b"{\"version\": 3,\n x", false), "The map is not JSON: an error at line 2, column 2.");
    assert_eq!(said(b"[]", false), "This is no source map: it must be a JSON object.");
    assert_eq!(said(b"\xff\xfe", false), "The map is not UTF-8.");
    assert_eq!(said(map().to_string().as_bytes(), true), "The body is no gzip, or not the whole of it.");
    let zipped = gzip::zip(map().to_string().as_bytes());
    assert_eq!(said(&zipped[..zipped.len() - 9], false), "The body is no gzip, or not the whole of it.");
    assert!(said(b"\x1f\xef\xbf\xbd\x08", true).starts_with("The gzip was taken for text"));
    assert!(said("[".repeat(100_000).as_bytes(), false).starts_with("This is no source map"));
    assert!(said(format!("{{\"x\":{}", "[".repeat(100_000)).as_bytes(), false).starts_with("The map is not JSON"));
}

#[test]
fn a_map_has_bounds() {
    let bomb = gzip::zip(&vec![b' '; walls::MAP_UNZIPPED + 1]);
    assert!(read(&bomb, true).unwrap_err().to_string().contains("Strip `sourcesContent`"));
    let many = told(&with(&json!({"mappings": ";".repeat(walls::MAP_POSITIONS + 1)})));
    assert_eq!(many, "The map has over 2000000 positions. Split the script into more chunks.");
    let sources = told(&with(&json!({"sources": vec![""; walls::MAP_SOURCES + 1]})));
    assert!(sources.contains("over 20000 elements"), "{sources}");
    let long = told(&with(&json!({"names": ["n".repeat(walls::MAP_KEPT)]})));
    assert!(long.contains("16000000 bytes without the sources' texts"), "{long}");
    let texts = with(&json!({"sourcesContent": ["x".repeat(20_000_000)]}));
    assert!(tried(&texts).unwrap().zipped.len() < 300, "texts don't count");
}

/// Numbers as a map's mappings write them: five bits a digit, the lowest first.
fn digits(numbers: &[u32]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut written = String::new();
    for number in numbers {
        let mut rest = number << 1;
        loop {
            let more = if rest >= 32 { 32 } else { 0 };
            written.push(char::from(DIGITS[(rest % 32 + more) as usize]));
            rest /= 32;
            if more == 0 {
                break;
            }
        }
    }
    written
}

#[test]
fn the_last_place_is_taken_and_none_behind_it() {
    let last = walls::MAP_PLACE;
    assert_eq!(digits(&[0, 0, 2, 0]), "AAEA");
    assert!(tried(&with(&json!({"mappings": digits(&[last, 0, last, last])}))).is_ok());
    for beyond in [[last + 1, 0, 0, 0], [0, 0, last + 1, 0], [0, 0, 0, last + 1]] {
        assert_eq!(told(&with(&json!({"mappings": digits(&beyond)}))), "`mappings` has a position out of range.", "{beyond:?}");
    }
}

#[test]
fn sections_are_counted_together() {
    let Readable { zipped, .. } = tried(&map()).unwrap();
    let one = opened(&gzip::unzip(&zipped, 10_000).unwrap()).unwrap();
    let full = || Held { positions: walls::MAP_POSITIONS - 2, sources: walls::MAP_SOURCES - 1, names: walls::MAP_NAMES - 1 };
    assert!(full().and(&one).is_ok(), "two positions, a source and a name");
    for (more, what) in [
        (Held { positions: walls::MAP_POSITIONS - 1, ..full() }, "positions"),
        (Held { sources: walls::MAP_SOURCES, ..full() }, "sources"),
        (Held { names: walls::MAP_NAMES, ..full() }, "names"),
    ] {
        let mut held = more;
        assert!(held.and(&one).unwrap_err().to_string().contains(what), "{what}");
    }
}

#[test]
fn what_a_map_says_is_a_short_text_on_one_line() {
    let of = |source: &str| {
        let map = with(&json!({"sources": [source], "names": [source]}));
        let opened = Opened::open(&tried(&map).unwrap().zipped).unwrap();
        (opened.at(1, 1).map(|original| original.file), opened.name_at(1, 1))
    };
    for (source, shown) in [
        ("webpack://shop/./src/pay.js", "src/pay.js"),
        ("webpack:///src/pay.js", "src/pay.js"),
        ("../../src/pay.js", "src/pay.js"),
        ("/home/ada/shop/pay.js", "/home/ada/shop/pay.js"),
        ("C:\\shop\\pay.js", "C:\\shop\\pay.js"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\nb\u{0}c\u{1b}[31m", "abc[31m"),
    ] {
        assert_eq!(of(source).0.as_deref(), Some(shown));
    }
    assert_eq!(of(&"é".repeat(500)).1.map(|name| name.chars().count()), Some(walls::TEXT));
    assert_eq!(of(""), (None, None));
    assert_eq!(of("../").0, None);
}

proptest! {
    #[test]
    fn no_mappings_break_it(mappings in "[A-Za-z0-9+/,;]{0,60}", line in 0..9_u32, column in 0..99_u32) {
        let of = |mappings: &str| with(&json!({"mappings": mappings, "sources": ["a", "b", "c"], "names": ["x", "y"]}));
        let index = json!({"version": 3, "sections": [{"offset": {"line": line, "column": column}, "map": of(&mappings)}]});
        for map in [of(&mappings), index] {
            if let Ok(kept) = tried(&map) {
                let opened = Opened::open(&kept.zipped).expect("what is kept can be opened");
                let _ = (opened.at(line, column), opened.name_at(line, column));
            }
        }
    }
}
