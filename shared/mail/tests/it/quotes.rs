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
fn what_is_written_right_above_a_quote_stays() {
    let cited = "<blockquote type=cite><p>Old.</p></blockquote>";
    for above in [
        "<div>Fine.</div><div>Please cancel it.</div><div>On Mon, 2026-05-04 at 09:00 +0000, Ben wrote:</div>",
        "<p>Fine.</p><p>Please cancel it.</p><p>On 2026-05-04 09:00, Ben wrote:</p>",
        "Fine.<br>Please cancel it.<br>On 4 May 2026, <a href=\"mailto:ben@acme.example\">Ben</a> wrote:<br>",
        "<div>Fine.</div><div>Please cancel it.</div>Ben &lt;ben@acme.example&gt; schrieb am Mo., 4. Mai 2026, 09:00:<br>",
        "<div>Fine.</div>Please cancel it.<div>On 4 May 2026,<br>Ben &lt;ben@acme.example&gt; wrote:</div><div><br></div>",
    ] {
        let words = reply(format!("Content-Type: text/html\r\n\r\n{above}{cited}").as_bytes());
        let lines: Vec<_> = words.text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!((lines, words.is_quoted), (vec!["Fine.", "Please cancel it."], true), "{above}");
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
