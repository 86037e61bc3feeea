use serde_json::json;

use super::*;
use crate::testing::{at, content, draft_of, opened};

#[test]
fn content_has_bounds() {
    assert_eq!(Content::from_customer(" hi ").unwrap().text, "hi");
    assert_eq!(Content::from_customer(" \n"), Err(BadContent::Blank));
    assert!(Content::from_customer(&"é".repeat(10_000)).is_ok());
    assert_eq!(Content::from_customer(&"é".repeat(10_001)), Err(BadContent::TooLong(10_000)));
    assert!(Content::from_agent(&"é".repeat(50_000), None).is_ok());
    assert_eq!(Content::from_agent("x", Some(json!([]))), Err(BadContent::RichNotAnObject));
    assert_eq!(Content::from_agent("x", Some(json!({"t": "y".repeat(100_000)}))), Err(BadContent::RichTooLong));
    let mail = |rich| Content::from_mail(&"é".repeat(50_001), Some(rich));
    assert_eq!(mail(json!({})).text.chars().count(), 50_000);
    assert!(mail(json!({})).rich.is_some() && mail(json!({"t": "y".repeat(100_000)})).rich.is_none(), "nothing is refused");
}

#[test]
fn customers_read_first_names_and_no_address() {
    let ticket = opened(draft_of("Ada", "ada@example.com")).0;
    let by = |name: &str| Author::Support { user: Some(UserId(1)), name: name.to_owned() };
    for name in ["Grace", "O'Neil", "李", "J. R."] {
        assert_eq!(by(name).name_for_customer(ticket.customer_label()), name);
    }
    for name in
        ["bob@example.com", "Bob <bob@example.com>", "bob\u{FF20}example.com", "@bob", "", " ", "\u{200B}\u{2060}", "\u{3164}"]
    {
        assert_eq!(by(name).name_for_customer(ticket.customer_label()), "Support", "{name:?}");
        assert_eq!(by(name).name(ticket.customer_label(), "Customer"), name, "among agents");
    }
    assert_eq!(Author::Customer.name_for_customer(ticket.customer_label()), "Ada");
    assert_eq!(Author::Desk.name_for_customer(ticket.customer_label()), "Support");
}

#[test]
fn a_hole_in_a_thread_is_seen() {
    let message = |created: i64, follows: Option<i64>| Message {
        id: MessageId::new(at(created), 0),
        created_at: at(created),
        author: Author::Customer,
        content: Content { text: "x".into(), rich: None, files: Vec::new() },
        private: false,
        edits: 0,
        follows: follows.map(at),
        mailed: None,
    };
    let (first, second, third) = (message(10, None), message(20, Some(10)), message(30, Some(20)));
    assert!(contiguous(None, &[first.clone(), second.clone(), third.clone()]));
    assert!(contiguous(Some(at(10)), &[second.clone(), third.clone()]));
    assert!(contiguous(Some(at(15)), std::slice::from_ref(&second)), "a cursor between two messages");
    assert!(!contiguous(Some(at(10)), std::slice::from_ref(&third)), "the second is still landing");
    assert!(!contiguous(None, &[first, third]));
    assert!(!contiguous(None, &[second]));
}

#[test]
fn text_and_rich_content_have_a_bound_together() {
    let text = "€".repeat(50_000);
    let rich = |bytes: usize| {
        let letters = bytes - r#"{"t":""}"#.len();
        json!({"t": "€".repeat(letters / 3) + &"x".repeat(letters % 3)})
    };
    assert!(Content::from_agent(&text, Some(rich(200_000))).unwrap().rich.is_some());
    assert_eq!(Content::from_agent(&text, Some(rich(200_001))), Err(BadContent::TooLarge));
    assert!(Content::from_mail(&text, Some(rich(200_000))).rich.is_some());
    assert_eq!(Content::from_mail(&text, Some(rich(200_001))), content(&text));
    let (longest, longer) = (json!({"t": "y".repeat(99_992)}), json!({"t": "y".repeat(99_993)}));
    assert!(Content::from_agent("x", Some(longest.clone())).is_ok() && Content::from_mail("x", Some(longest)).rich.is_some());
    assert_eq!(Content::from_agent("x", Some(longer)), Err(BadContent::RichTooLong));
}

#[test]
fn an_agents_message_may_be_rich() {
    let rich = Content::from_agent(" hi ", Some(json!({"t": 1}))).unwrap();
    assert_eq!((rich.text.as_str(), rich.rich), ("hi", Some(json!({"t": 1}))));
    assert_eq!(Content::from_agent(" ", None), Err(BadContent::Blank));
    assert_eq!(Content::from_agent(&"é".repeat(50_001), None), Err(BadContent::TooLong(50_000)));
}

#[test]
fn of_a_mail_only_an_object_is_rich() {
    assert_eq!(Content::from_mail(" hi ", Some(json!(["t"]))), content("hi"));
    assert_eq!(Content::from_mail(" hi ", Some(json!({"t": 1}))), Content { rich: Some(json!({"t": 1})), ..content("hi") });
}

#[test]
fn files_go_with_the_same_words() {
    let file = Attachment {
        id: uuid::Uuid::nil(),
        name: "a.png".to_owned(),
        content_type: crate::attachment::FileType::Png,
        size: 3,
        inline: false,
        state: crate::attachment::AttachmentState::Kept,
    };
    let sent = content("hi").with(vec![file.clone()]);
    assert_eq!(sent, Content { files: vec![file], ..content("hi") });
}

#[test]
fn an_author_is_of_one_side_and_has_a_name() {
    let bob = Author::Participant(Participant { name: "Bob".to_owned(), address: "bob@example.com".to_owned() });
    let grace = Author::Support { user: Some(UserId(1)), name: "Grace".to_owned() };
    for (author, kind, for_agents, for_customers) in [
        (Author::Customer, "customer", "Customer", "You"),
        (bob, "customer", "Bob", "Bob"),
        (Author::Desk, "support", "Support", "Support"),
        (grace, "support", "Grace", "Grace"),
    ] {
        assert_eq!(
            (author.kind(), author.name(None, "Customer"), author.name_for_customer(None)),
            (kind, for_agents, for_customers)
        );
    }
    assert_eq!(Author::Customer.name(Some("Ada"), "Customer"), "Ada");
}
