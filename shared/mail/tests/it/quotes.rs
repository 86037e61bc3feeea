//! What of a reply is new.

use lambdesk_mail::{clean::Pictures, letter::Letter, words::Words};

use crate::desk::{letter, mail};

fn reply(raw: &[u8]) -> Words {
    Words::of(&Letter::read(raw), true, &Pictures::default())
}

#[test]
fn replies_of_mail_programs_say_what_is_new() {
    for client in ["gmail", "outlook", "outlook-web", "apple", "yahoo", "thunderbird"] {
        let raw = mail(&format!("client-{client}"));
        let words = reply(&raw);
        assert_eq!((words.text.as_str(), words.is_quoted), ("It works now, thank you.", true), "{client}");
        let rich = words.rich.unwrap().to_string();
        assert!(rich.contains("bold") && !rich.contains("try again"), "{client}: {rich}");
        let whole = Words::of(&Letter::read(&raw), false, &Pictures::default());
        assert!(whole.text.contains("It should work.") && !whole.is_quoted, "{client}");
        assert!(whole.rich.unwrap().to_string().contains("It should work."), "{client}");
    }
    assert_eq!(reply(&mail("client-iphone")).text, "It works now, thank you.\n\nSent from my iPhone", "signatures stay");
}

#[test]
fn replies_in_html_only_say_what_is_new() {
    for client in ["gmail", "outlook", "outlook-web", "apple", "yahoo", "thunderbird"] {
        let raw = String::from_utf8(mail(&format!("client-{client}"))).unwrap();
        let (before, rest) = raw.split_once("--0000abc\r\nContent-Type: text/plain").unwrap();
        let (_, html) = rest.split_once("--0000abc\r\n").unwrap();
        let words = reply(format!("{before}--0000abc\r\n{html}").as_bytes());
        assert_eq!((words.text.as_str(), words.is_quoted), ("It works now, thank you.", true), "{client}");
    }
}

#[test]
fn answers_between_the_quotes_stay_with_them() {
    for name in ["answers-between", "one-word-added", "quote-only"] {
        let words = reply(&mail(name));
        assert!(!words.is_quoted && words.text.contains("> Please try again."), "{name}: {}", words.text);
        assert!(words.text.contains("> It should work."), "{name}: {}", words.text);
    }
    assert!(reply(&mail("answers-between")).rich.unwrap().to_string().contains("It does not."));
}

#[test]
fn what_is_forwarded_stays() {
    for is_reply in [false, true] {
        let words = Words::of(&letter("forwarded-first"), is_reply, &Pictures::default());
        assert!(words.text.contains("The sum is wrong.") && words.text.contains("> Here is your invoice."), "{}", words.text);
    }
}

#[test]
fn quotes_in_what_is_forwarded_stay() {
    let quote = "<blockquote type=cite><p>Old.</p></blockquote>";
    let page = |begin: &str| format!("Content-Type: text/html\r\n\r\n<p>See below.</p>{begin}<p>The sum is wrong.</p>{quote}");
    assert_eq!(reply(page("").as_bytes()).text, "See below.\n\nThe sum is wrong.");
    for begin in ["<div>-------- Forwarded Message --------</div>", "<p><b>Begin forwarded message:</b></p>"] {
        let words = reply(page(begin).as_bytes());
        assert!(words.text.ends_with("The sum is wrong.\n\n> Old.") && !words.is_quoted, "{}", words.text);
    }
}
