//! Texts, HTML, subjects and dates as people read them.

use std::collections::BTreeMap;

use lambdesk_mail::{
    clean::{Page, Pictures},
    letter::Letter,
    words::{NO_TEXT, Words},
};

use crate::desk::letter;

fn words(letter: &Letter) -> Words {
    Words::of(letter, false, &Pictures::default())
}

#[test]
fn charsets_are_readable() {
    for (name, text) in [
        ("iso-2022-jp", "エクスポートできません。"),
        ("gb18030", "导出失败，请帮忙。"),
        ("koi8-r", "Экспорт не работает."),
        ("latin-1", "He said “it’s broken” – again…"),
        ("unknown", "Übergröße"),
        ("none", "Grüße in UTF-8"),
    ] {
        assert_eq!(words(&letter(&format!("charset-{name}"))).text, text, "{name}");
    }
    assert_eq!(letter("charset-iso-2022-jp").subject, "質問です");
    assert_eq!(letter("charset-koi8-r").subject, "café");
    assert_eq!(letter("charset-utf-7").subject, "Grüße");
}

#[test]
fn html_says_what_the_text_does_not() {
    let only = words(&letter("html-only"));
    assert_eq!(
        only.text,
        "Hello,\n\nplease look at this report (https://example.com/reports/7) and write to ada@example.com.\n\n- first\n- second"
    );
    let rich = only.rich.unwrap();
    assert_eq!(rich["content"][2]["type"], "bulletList");
    assert_eq!(rich["content"][1]["content"][1]["marks"][0]["attrs"]["href"], "https://example.com/reports/7");
    assert_eq!(words(&letter("blank-text")).text, "Only the HTML says it.");
    let file = letter("file-only");
    assert_eq!((words(&file).text.as_str(), file.subject.as_str(), file.files.len()), (NO_TEXT, "", 1));
}

#[test]
fn lines_that_a_program_broke_are_whole() {
    assert_eq!(words(&letter("flowed")).text, "This paragraph was broken by the program that sent it.\n\nThis one not.");
}

#[test]
fn nothing_active_survives() {
    let letter = letter("active-html");
    let clean = Page::read(letter.html.as_deref().unwrap()).clean(&Pictures::default());
    let lower = clean.html.to_lowercase();
    for active in [
        "script",
        "onerror",
        "onload",
        "onclick",
        "svg",
        "javascript",
        "form",
        "meta",
        "base",
        "url(",
        "evil.example",
        "expression",
        "iframe",
        "data:",
        "position",
        "alert",
        "clobber",
        "class",
        "secret",
        "target",
        "<math",
        "<style",
    ] {
        assert!(!lower.contains(active), "{active}: {}", clean.html);
    }
    for kept in [
        "Words stay.",
        "link one",
        "link five",
        "href=\"https://example.com/fine\"",
        "color:red",
        "Borders stay.",
        "border:1px solid #ccc",
        "Ids go.",
    ] {
        assert!(clean.html.contains(kept), "{kept}: {}", clean.html);
    }
    assert_eq!(clean.html.matches("<a ").count(), clean.html.matches("rel=\"noopener noreferrer nofollow\"").count());
    let words = words(&letter);
    assert!(!words.text.contains("alert") && !words.text.contains("secret"), "{}", words.text);
    let rich = words.rich.unwrap().to_string().to_lowercase();
    assert!(
        !rich.contains("javascript") && !rich.contains("evil.example") && rich.contains("https://example.com/fine"),
        "{rich}"
    );
}

#[test]
fn pictures_of_the_mail_are_shown_and_others_are_not() {
    let letter = letter("pictures");
    assert_eq!(letter.files[0].content_id.as_deref(), Some("screen@example.com"));
    let page = Page::read(letter.html.as_deref().unwrap());
    let links = BTreeMap::from([("screen@example.com".to_owned(), "https://desk.test/files/1".to_owned())]);
    let clean = page.clean(&Pictures { links: links.clone(), shows_remote: false });
    assert!(clean.html.contains("src=\"https://desk.test/files/1\"") && clean.html.contains("alt=\"lost\""), "{}", clean.html);
    assert!(!clean.html.contains("track") && !clean.html.contains("cid:"), "{}", clean.html);
    assert_eq!(clean.left_out, 1);
    assert_eq!(clean.text(), "See here: [the screen]\n\n[lost]");
    let asked = page.clean(&Pictures { links, shows_remote: true });
    assert!(asked.html.contains("https://track.example.net/p.gif?u=1") && asked.left_out == 0);
}

#[test]
fn a_subject_is_one_line() {
    let letter = letter("subject-with-header");
    assert_eq!(letter.subject, "Hello  Bcc: victim@example.net");
    assert_eq!(letter.count("bcc"), 0);
    let long = format!("Subject: {}\r\n\r\nhi", "é".repeat(2_000));
    assert_eq!(Letter::read(long.as_bytes()).subject.chars().count(), 500);
}

#[test]
fn dates_are_only_told() {
    assert_eq!(letter("date-2099").sent_at.unwrap().to_string(), "2099-12-31T23:59:59.000000Z");
    for name in ["date-absent", "date-rubbish"] {
        assert_eq!(letter(name).sent_at, None, "{name}");
    }
    assert_eq!(letter("plain").sent_at.unwrap().to_string(), "2026-05-04T08:11:12.000000Z");
}

#[test]
fn text_around_alternatives_is_kept() {
    let part = |kind: &str, text: &str| format!("--b\r\nContent-Type: {kind}\r\n\r\n{text}\r\n");
    let mixed = |parts: &str| format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n");
    let raw =
        mixed(&(part("text/plain", "before") + &part("text/html", "<p>the <b>page</b></p>") + &part("text/plain", "after")));
    let letter = Letter::read(raw.as_bytes());
    assert_eq!(letter.plain, None, "plain text lacks what the page says");
    assert_eq!(words(&letter).text, "before\n\nthe page\n\nafter");
    let raw = mixed(&(part("text/plain", "one") + &part("text/plain", "two")));
    assert_eq!(words(&Letter::read(raw.as_bytes())).text, "one\n\ntwo");
}

#[test]
fn what_is_over_a_bound_is_cut() {
    let long = words(&Letter::read(format!("\r\n{}", "wörd ".repeat(20_000)).as_bytes()));
    assert!(long.is_cut && long.text.chars().count() <= 50_000 && long.text.len() > 50_000);
    let html = format!("Content-Type: text/html\r\n\r\n<p>begin</p>{}", "<b>x</b>".repeat(200_000));
    let letter = Letter::read(html.as_bytes());
    let words = words(&letter);
    assert!(letter.html_is_cut && words.is_cut && words.rich.is_none());
    assert!(words.text.starts_with("begin\n\nxxx"));
    let nul = Letter::read(b"Subject: a\0b\r\n\r\nc\0d\r\n");
    assert_eq!((nul.subject.as_str(), nul.plain.as_deref()), ("a b", Some("cd")));
}
