//! What the desk sends, as others read it: this crate's own reader, and Python's.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use lambdesk_domain::Timestamp;
use lambdesk_mail::{
    address::Address,
    clean::Pictures,
    compose::{CannotSend, Enclosed, Line, NotALine, Outgoing, Party, reply_subject},
    letter::{Bytes, Letter},
    token::mark,
    words::Words,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::desk::{MESSAGE, PROJECT, Ticket, ada, address, id_of_ours, key, letter, reply_token};

fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

fn party(name: Option<&str>, at: &str) -> Party {
    Party { name: name.map(line), address: address(at) }
}

fn outgoing() -> Outgoing {
    Outgoing {
        from: party(Some("Zoë Müller (Acme, Support)"), "demo@desk.test"),
        to: party(Some("Ada Example"), "ada@example.com"),
        cc: vec![party(None, "bob@example.com"), party(Some("日本 太郎"), "taro@example.jp")],
        bcc: vec![address("audit@acme.example")],
        reply_to: Some(address(&format!("reply+{}@desk.test", reply_token(PROJECT)))),
        subject: reply_subject("Der Export schlägt fehl: „Größe“ über 1.000 Zeilen, seit gestern Abend und auch heute wieder"),
        id: id_of_ours(),
        written_at: Timestamp::from_micros(1_777_881_600_000_000).unwrap(),
        before: vec!["a1@mail.example.com".into(), "a2@mail.example.com".into()],
        text: "Hallo Ada,\n\nbitte noch einmal versuchen.\n\n.\nFrom here on it is fine.\n--\nZoë".into(),
        rich: Some(json!({"type": "doc", "content": [
            {"type": "paragraph", "content": [
                {"type": "text", "text": "Hallo <Ada>, "},
                {"type": "text", "text": "bitte", "marks": [{"type": "bold"}]},
            ]},
            {"type": "orderedList", "attrs": {"start": 3}, "content": [{"type": "listItem", "content": [{"type": "paragraph", "content": [
                {"type": "text", "text": "hier", "marks": [{"type": "link", "attrs": {"href": "https://example.com/?a=1&b=\"2\""}}]},
            ]}]}]},
            {"type": "paragraph", "content": [
                {"type": "image", "attrs": {"src": "cid:p1@desk.test", "alt": "the screen"}},
                {"type": "image", "attrs": {"src": "https://track.example/x.gif", "alt": "elsewhere"}},
            ]},
        ]})),
        files: vec![
            Enclosed {
                name: line("p.png"),
                content_type: line("image/png"),
                bytes: b"\x89PNG\r\n\x1a\nxx".to_vec(),
                content_id: Some(line("p1@desk.test")),
            },
            Enclosed {
                name: line("Grüße und ein recht langer Name für eine Datei, die niemand so nennen würde – oder doch.pdf"),
                content_type: line("application/pdf"),
                bytes: (0..=255).collect(),
                content_id: None,
            },
        ],
        is_automatic: false,
        mark: mark(&key(PROJECT), PROJECT),
    }
}

/// What Python's own parser makes of a mail.
fn python(raw: &[u8]) -> Value {
    const READS: &str = r#"
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
people = lambda name: [[a.display_name, a.addr_spec] for field in mail.get_all(name, []) for a in field.addresses]
text, html = mail.get_body(("plain",)), mail.get_body(("html",))
defects = [str(d) for part in mail.walk() for d in part.defects] + [str(d) for v in mail.values() for d in getattr(v, "defects", [])]
print(json.dumps({
  "subject": mail["subject"], "from": people("from"), "to": people("to"), "cc": people("cc"), "reply_to": people("reply-to"),
  "id": mail["message-id"], "in_reply_to": mail["in-reply-to"], "references": (mail["references"] or "").split(),
  "date": int(mail["date"].datetime.timestamp()), "names": [n.lower() for n in mail.keys()],
  "text": text.get_content(), "html": html.get_content(), "defects": defects,
  "files": [[p.get_filename(), p.get_content_type(), len(p.get_payload(decode=True)), p["content-id"], p.get_content_disposition()] for p in mail.walk() if p.get_content_disposition()],
}))
"#;
    let mut python =
        Command::new("python3").args(["-c", READS]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
    python.stdin.take().unwrap().write_all(raw).unwrap();
    let output = python.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).expect("python3 reads the mail")
}

fn id_in_brackets(id: &str) -> String {
    format!("<{id}>")
}

#[test]
fn python_reads_what_was_meant() {
    let mail = outgoing();
    let raw = mail.compose().unwrap().raw;
    let read = python(&raw);
    assert_eq!(read["defects"], json!([]));
    assert_eq!(read["subject"], mail.subject.as_str());
    assert_eq!(read["from"], json!([["Zoë Müller (Acme, Support)", "demo@desk.test"]]));
    assert_eq!(read["to"], json!([["Ada Example", "ada@example.com"]]));
    assert_eq!(read["cc"], json!([["", "bob@example.com"], ["日本 太郎", "taro@example.jp"]]));
    assert_eq!(read["reply_to"][0][1], mail.reply_to.as_ref().unwrap().as_str());
    assert_eq!(read["id"], id_in_brackets(&mail.id));
    assert_eq!(read["in_reply_to"], "<a2@mail.example.com>");
    assert_eq!(read["references"], json!(["<a1@mail.example.com>", "<a2@mail.example.com>", id_in_brackets(&mail.id)]));
    assert_eq!(read["date"], 1_777_881_600);
    assert_eq!(read["text"].as_str().unwrap().replace("\r\n", "\n").trim_end(), mail.text);
    let html = read["html"].as_str().unwrap();
    for shown in [
        "Hallo &lt;Ada&gt;, <strong>bitte</strong>",
        "<ol start=\"3\">",
        "href=\"https://example.com/?a=1&amp;b=&quot;2&quot;\"",
        "src=\"cid:p1@desk.test\"",
        "elsewhere",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(!html.contains("track.example"), "nothing calls a server");
    assert_eq!(read["files"][0], json!([null, "image/png", 10, "<p1@desk.test>", "inline"]));
    assert_eq!(read["files"][1], json!([mail.files[1].name.as_str(), "application/pdf", 256, null, "attachment"]));
    assert!(!read["names"].as_array().unwrap().contains(&json!("bcc")), "nobody sees who gets a blind copy");
    assert!(!String::from_utf8_lossy(&raw).contains("audit@acme.example"));
}

#[test]
fn lines_are_as_short_as_mail_wants_them() {
    let raw = Outgoing { text: format!("{}\n{}", "word ".repeat(1_000), "é".repeat(2_000)), rich: None, ..outgoing() }
        .compose()
        .unwrap()
        .raw;
    let text = String::from_utf8(raw).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap();
    assert!(text.is_ascii() && !text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.lines().all(|line| line.len() <= 998));
    assert!(head.lines().all(|line| line.len() <= 100), "{head}");
}

#[test]
fn a_mail_of_the_desk_is_known_and_answers_find_the_ticket() {
    let ready = Outgoing { is_automatic: true, ..outgoing() }.compose().unwrap();
    let letter = Letter::read(&ready.raw);
    assert_eq!(letter.first("auto-submitted"), Some("auto-generated"));
    assert_eq!(letter.first("x-auto-response-suppress"), Some("OOF, AutoReply"), "bounces shall come");
    assert_eq!(Ticket::default().receives(&ready.raw).sort, lambdesk_mail::loops::Sort::Loop);
    let recipients: Vec<_> = ready.recipients.iter().map(ToString::to_string).collect();
    assert_eq!(recipients, ["ada@example.com", "bob@example.com", "taro@example.jp", "audit@acme.example"]);
    // An answer to Reply-To, whose program took over References and lost everything else.
    let to = &letter.reply_to[0].address;
    let answer = format!(
        "Authentication-Results: amazonses.com; dmarc=pass header.from=example.com\r\nFrom: ada@example.com\r\nTo: {to}\r\n\r\nthanks\r\n"
    );
    assert_eq!(Ticket::default().receives(answer.as_bytes()).outcome, MESSAGE);
    let last = letter.references.last().unwrap();
    let answer = format!(
        "Authentication-Results: amazonses.com; dmarc=pass header.from=example.com\r\nFrom: ada@example.com\r\nTo: demo@desk.test\r\nReferences: <{last}>\r\n\r\nthanks\r\n"
    );
    assert_eq!(Ticket::default().receives(answer.as_bytes()).outcome, MESSAGE);
}

#[test]
fn the_same_reply_is_the_same_bytes() {
    assert_eq!(outgoing().compose(), outgoing().compose());
}

#[test]
fn a_reply_goes_without_the_thread() {
    let letter = Letter::read(&outgoing().compose().unwrap().raw);
    assert!(!letter.plain.as_ref().unwrap().contains('>'), "whoever is new in Cc learns nothing old");
    let long = Outgoing { before: (0..60).map(|number| format!("a{number}@mail.example.com")).collect(), ..outgoing() };
    let references = Letter::read(&long.compose().unwrap().raw).references;
    assert_eq!(references.len(), 22);
    assert_eq!((references[0].as_str(), references[1].as_str()), ("a0@mail.example.com", "a40@mail.example.com"));
    assert_eq!(references[21], id_of_ours());
}

#[test]
fn a_header_field_is_one_line() {
    for text in ["a\r\nBcc: victim@example.net", "a\nb", "a\rb", "a\0b", "a\u{2028}b"] {
        assert_eq!(Line::new(text), Err(NotALine), "{text:?}");
    }
    let evil = Outgoing {
        subject: reply_subject(&letter("subject-with-header").subject),
        before: vec!["x@y.example>\r\nBcc: <victim@example.net".into(), "fine@example.org".into()],
        ..outgoing()
    };
    let read = Letter::read(&evil.compose().unwrap().raw);
    assert_eq!((read.count("bcc"), read.count("subject")), (0, 1));
    assert_eq!(read.references, ["fine@example.org".to_owned(), id_of_ours()]);
}

#[test]
fn no_field_of_a_mail_begins_another() {
    const EVIL: [&str; 5] =
        ["x\r\nBcc: victim@example.net", "x\nBcc: v@example.net", "x\rBcc: v@example.net", "x\0", "x\u{2028}y"];
    for evil in EVIL {
        for id in [evil.to_owned(), format!("{evil}@desk.test"), format!("x@desk.test{evil}")] {
            assert_eq!(Outgoing { id, ..outgoing() }.compose(), Err(CannotSend::BadHeader), "{evil:?}");
        }
        assert_eq!(Outgoing { mark: evil.to_owned(), ..outgoing() }.compose(), Err(CannotSend::BadHeader), "{evil:?}");
        // All else that goes into a header field is a line or an address.
        assert_eq!(Line::new(evil), Err(NotALine), "{evil:?}");
        for address in [format!("{evil}@example.com"), format!("a@example.com{evil}"), format!("a@{evil}.example.com")] {
            let read = Address::read(&address);
            assert!(read.is_none_or(|read| !read.is_sendable()), "{address:?}");
        }
        let mail = Outgoing {
            before: vec![evil.to_owned(), format!("x@y.example>{evil}")],
            text: format!("\r\n\r\n{evil}"),
            rich: Some(json!({"type": "doc", "content": [{"type": evil, "content": [{"type": "text", "text": evil}]}]})),
            ..outgoing()
        };
        let read = Letter::read(&mail.compose().unwrap().raw);
        assert_eq!((read.count("bcc"), read.references), (0, vec![id_of_ours()]), "{evil:?}");
    }
    for (id, mark) in [("", "x"), ("a>b@desk.test", "x"), ("a b@desk.test", "x"), ("a@desk.test", ""), ("a@desk.test", "a b")] {
        let mail = Outgoing { id: id.to_owned(), mark: mark.to_owned(), ..outgoing() };
        assert_eq!(mail.compose(), Err(CannotSend::BadHeader), "{id} {mark}");
    }
}

#[test]
fn subjects_are_answered_once() {
    for (subject, answer) in [
        ("The export fails", "Re: The export fails"),
        ("Re: RE: re:The export fails", "Re: The export fails"),
        ("AW: Antw: x", "Re: x"),
        ("", "Re:"),
        ("Regarding: y", "Re: Regarding: y"),
    ] {
        assert_eq!(reply_subject(subject).as_str(), answer);
        assert_eq!(reply_subject(answer).as_str(), answer);
    }
}

#[test]
fn what_can_never_be_sent_says_so() {
    let many = Outgoing { bcc: (0..50).map(|number| address(&format!("p{number}@example.org"))).collect(), ..outgoing() };
    assert_eq!(many.compose(), Err(CannotSend::TooManyRecipients));
    let odd = address("jürgen@example.org");
    assert_eq!(
        Outgoing { cc: vec![Party { name: None, address: odd.clone() }], ..outgoing() }.compose(),
        Err(CannotSend::BadAddress(odd))
    );
    let odd = address("jürgen@desk.test");
    let from = Party { name: None, address: odd.clone() };
    assert_eq!(Outgoing { from, ..outgoing() }.compose(), Err(CannotSend::BadAddress(odd.clone())));
    assert_eq!(Outgoing { reply_to: Some(odd.clone()), ..outgoing() }.compose(), Err(CannotSend::BadAddress(odd)));
    let file =
        Enclosed { name: line("a"), content_type: line("application/zip"), bytes: vec![7; 31 * 1024 * 1024], content_id: None };
    assert_eq!(Outgoing { files: vec![file], ..outgoing() }.compose(), Err(CannotSend::TooLarge));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_composed_is_read_again(subject in "\\PC{0,200}", name in "\\PC{0,60}", file in "\\PC{1,80}", text in "(\\PC|\n){1,400}", bytes: Vec<u8>) {
        let mail = Outgoing {
            subject: Line::of(&subject),
            to: Party { name: Some(Line::of(&name)), address: ada() },
            files: vec![Enclosed { name: Line::of(&file), content_type: line("application/octet-stream"), bytes: bytes.clone(), content_id: None }],
            text: text.clone(),
            rich: None,
            ..outgoing()
        };
        let raw = mail.compose().unwrap().raw;
        let read = Letter::read(&raw);
        prop_assert_eq!(&read.subject, mail.subject.as_str());
        prop_assert_eq!(read.to[0].name.as_deref().unwrap_or_default(), mail.to.name.as_ref().unwrap().as_str());
        prop_assert_eq!(&read.to[0].address, &ada());
        let words = Words::of(&read, false, &Pictures::default());
        if !lambdesk_domain::folding::is_blank(&text) {
            prop_assert_eq!(words.text, text.trim());
        }
        prop_assert_eq!(&read.files.last().unwrap().bytes, &Bytes::Kept(bytes));
    }
}
