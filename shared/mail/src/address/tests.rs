use proptest::prelude::*;

use super::{recipient::may_be_chosen, *};
use crate::sender::answers_nobody;

#[test]
fn an_address_has_one_form() {
    for (text, address) in [
        ("Ada@Example.com", "ada@example.com"),
        (" <ada+x@sub.example.co.uk> ", "ada+x@sub.example.co.uk"),
        ("jürgen@bücher.example", "jürgen@bücher.example"),
    ] {
        assert_eq!(Address::read(text).unwrap().as_str(), address);
    }
    let long = format!("{}@example.com", "x".repeat(65));
    for text in [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "a b@example.com",
        "a@b@example.com",
        "\"a b\"@example.com",
        "ada@-x.com",
        "ada@x..com",
        "ada@exa\nmple.com",
        &long,
    ] {
        assert_eq!(Address::read(text), None, "{text:?}");
    }
    assert!(Address::read("ada@example.com").unwrap().is_sendable());
    assert!(!Address::read("jürgen@example.com").unwrap().is_sendable());
}

#[test]
fn an_organisation_has_one_domain() {
    for (one, other) in [("mail.example.com", "example.com"), ("a.example.co.uk", "B.Example.co.uk"), ("desk.test", "desk.test")]
    {
        assert!(is_same_organisation(one, other), "{one} {other}");
    }
    for (one, other) in
        [("example.com", "example.org"), ("a.co.uk", "b.co.uk"), ("co.uk", "a.co.uk"), ("", ""), ("a.github.io", "b.github.io")]
    {
        assert!(!is_same_organisation(one, other), "{one} {other}");
    }
}

#[test]
fn some_addresses_say_that_nobody_reads() {
    for local in ["noreply", "No-Reply", "do_not_reply", "no.reply+123", "donotreply-shop", "mailer-daemon"] {
        assert!(answers_nobody(&Address::read(&format!("{local}@example.com")).unwrap()), "{local}");
    }
    for local in ["reply", "ada", "norbert", "nora.reply"] {
        assert!(!answers_nobody(&Address::read(&format!("{local}@example.com")).unwrap()), "{local}");
    }
}

#[test]
fn a_project_chooses_among_plain_words() {
    for local in ["demo", "support-eu", "abc", "a23"] {
        assert!(may_be_chosen(local), "{local}");
    }
    for local in ["ab", "Demo", "reply", "reply+x", "in-abc", "postmaster", "a.b", "", "é3x", &"x".repeat(41)] {
        assert!(!may_be_chosen(local), "{local}");
    }
}

proptest! {
    #[test]
    fn an_address_that_was_read_reads_again(text: String) {
        if let Some(address) = Address::read(&text) {
            prop_assert_eq!(Address::read(address.as_str()), Some(address));
        }
    }
}
