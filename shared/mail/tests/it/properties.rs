//! What holds of any bytes and any text.

use lambdesk_mail::{
    clean::{Page, Pictures},
    letter::{self, Letter},
    quote,
    words::Words,
};
use proptest::prelude::*;

use crate::desk::mail;

/// Pieces of mails, in any order: so more of what a mail can be is reached than by bytes alone.
fn mail_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Content-Type: multipart/mixed; boundary=b\r\n"),
        Just("Content-Type: multipart/alternative; boundary=\"b\"\r\n"),
        Just("Content-Type: text/html; charset=koi8-r\r\n"),
        Just("Content-Transfer-Encoding: base64\r\n"),
        Just("Content-Transfer-Encoding: quoted-printable\r\n"),
        Just("Content-Disposition: attachment; filename*0*=utf-8''%C3\r\n"),
        Just("From: =?utf-8?Q?=C3=A9?= <a@b.c>, \"x\r\n"),
        Just("Subject: =?utf-7?B?AAAA?=\r\n"),
        Just("Date: Mon, 99 May 99999999 25:61:61 +9999\r\n"),
        Just("\r\n"),
        Just("--b\r\n"),
        Just("--b--\r\n"),
        Just("<div class=\"gmail_quote\"><p title='"),
        Just("</p></div><td><li><blockquote type=cite>"),
        Just("> quoted\r\nOn 2026 a@b.c wrote:\r\n"),
        Just("=E2=82=\r\n=AC=\r\n"),
        Just("4pyTIMOg\r\n"),
        Just("é\u{0}\u{202e}☃"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn is_bounded(raw: &[u8]) -> Result<(), TestCaseError> {
    let letter = Letter::read(raw);
    prop_assert!(letter.subject.chars().count() <= letter::SUBJECT && !letter.subject.contains(char::is_control));
    prop_assert!(letter.from.len() <= letter::MAILBOXES && letter.references.len() <= 100 && letter.files.len() <= letter::PARTS);
    prop_assert!(letter.html.as_ref().is_none_or(|html| html.len() <= letter::HTML));
    prop_assert!(letter.message_id.as_ref().is_none_or(|id| !id.is_empty() && id.len() <= 998));
    prop_assert!(letter.files.iter().all(|file| !file.name.is_empty() && !file.name.contains(['/', '\\', '\n', '\0'])));
    for is_reply in [false, true] {
        let words = Words::of(&letter, is_reply, &Pictures::default());
        prop_assert!(!words.text.trim().is_empty() && words.text.chars().count() <= 50_000);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_a_letter(raw: Vec<u8>) {
        is_bounded(&raw)?;
    }

    #[test]
    fn pieces_of_mails_are_a_letter(raw in mail_like()) {
        is_bounded(raw.as_bytes())?;
    }

    #[test]
    fn a_mail_that_was_cut_or_bent_is_a_letter(which in 0..5_usize, end: prop::sample::Index, bent: prop::sample::Index, byte: u8) {
        let mut raw = mail(["client-outlook", "file-names", "bounce", "active-html", "charset-iso-2022-jp"][which]);
        let at = bent.index(raw.len());
        raw[at] = byte;
        raw.truncate(end.index(raw.len()));
        is_bounded(&raw)?;
    }

    #[test]
    fn what_is_new_is_a_beginning_and_stays(text in prop_oneof![any::<String>(), mail_like(), "([>a: \n-]|On 2026 wrote:\n|From: a\nSent: b\nTo: c\n){0,40}"]) {
        let new = quote::new_text(&text);
        prop_assert!(text.starts_with(new));
        prop_assert_eq!(lambdesk_domain::folding::is_blank(new), lambdesk_domain::folding::is_blank(&text));
        prop_assert_eq!(quote::new_text(new), new);
    }

    #[test]
    fn clean_html_stays_clean(html in "(<[a-z/!]{1,6}|[ \"'=<>&;:x-]|href=|src=|style=|on[a-z]{3}=|javascript:|</?(div|p|table|tr|td|li|h1|a|svg|b|style|title|math|img)>?){0,60}") {
        let clean = Page::read(&html).clean(&Pictures::default());
        let again = Page::read(&clean.html).clean(&Pictures::default());
        prop_assert_eq!(&again.html, &clean.html);
        let lower = clean.html.to_lowercase();
        for active in ["<script", "<style", "<svg", "<math", "href=\"javascript", " on"] {
            let in_tag = lower.match_indices(active).any(|(at, _)| lower[..at].rfind('<') > lower[..at].rfind('>') || active.starts_with('<'));
            prop_assert!(!in_tag, "{}: {}", active, clean.html);
        }
        prop_assert!(clean.rich().is_none_or(|rich| rich["type"] == "doc"));
    }
}
