use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

const JSON: &str = r#"{"api_key":"phc_x","batch":[{"event":"a>?~ÿ"},{"event":"b"}],"sent_at":"2026-01-01T00:00:00Z"}"#;

fn read(body: &[u8]) -> Result<String, Unreadable> {
    json_of(body).map(Cow::into_owned)
}

#[test]
fn every_encoding_of_the_sdk_is_read() {
    let zipped = gzip::zip(JSON.as_bytes());
    let form = |data: &str| form_urlencoded::Serializer::new(String::new()).append_pair("data", data).finish().into_bytes();
    for body in [
        JSON.as_bytes().to_vec(),
        format!("\n {JSON} ").into_bytes(),
        zipped.clone(),
        form(&STANDARD.encode(JSON)),
        form(&STANDARD.encode(&zipped)),
        form(&URL_SAFE_NO_PAD.encode(JSON)),
        form(JSON),
        format!("data={}", STANDARD.encode(JSON)).into_bytes(),
        STANDARD.encode(JSON).into_bytes(),
    ] {
        assert_eq!(read(&body).unwrap(), JSON, "{:?}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut broken = gzip::zip(JSON.as_bytes());
    let mangled = String::from_utf8_lossy(&broken).into_owned().into_bytes();
    assert_eq!(read(&mangled), Err(Unreadable::Mangled));
    broken.truncate(20);
    for body in [b"".as_slice(), b"x=1", b"data=%%%", b"\xff\xfe", b"{\"a\":\"\xff\"}", &broken] {
        assert_eq!(read(body), Err(Unreadable::Broken), "{body:?}");
    }
    let bomb = gzip::zip(&vec![b' '; UNZIPPED + 1]);
    assert_eq!(read(&bomb), Err(Unreadable::TooLarge));
    assert_eq!(read(format!("data={}", STANDARD.encode(&bomb)).as_bytes()), Err(Unreadable::TooLarge));
}

#[test]
fn a_batch_comes_in_three_forms() {
    let batch = Batch::parse(JSON).unwrap();
    assert_eq!((batch.token.as_deref(), batch.sent_at.as_deref()), (Some("phc_x"), Some("2026-01-01T00:00:00Z")));
    assert_eq!(
        batch.events.all.iter().map(|event| event.get()).collect::<Vec<_>>(),
        [r#"{"event":"a>?~ÿ"}"#, r#"{"event":"b"}"#]
    );
    assert_eq!(Batch::parse(r#" [{"event":"a"},{},3]"#).unwrap().events.all.len(), 3);
    let alone = r#"{"event":"a","token":"phc_y","properties":{}}"#;
    let batch = Batch::parse(alone).unwrap();
    assert_eq!((batch.token.as_deref(), batch.events.all[0].get()), (Some("phc_y"), alone));
    for wrong in ["", "[", "[1", "{", "3", "null", "\"x\"", r#"{"batch":3}"#, r#"{"batch":[]"#, "[] x"] {
        assert!(Batch::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn of_many_events_the_first_are_held() {
    let many = format!("[{}1]", "1,".repeat(200_000));
    let events = Batch::parse(&many).unwrap().events;
    assert_eq!((events.all.len(), events.left_out), (RECORDED, 150_001));
    let few = events.up_to(100);
    assert_eq!((few.all.len(), few.left_out), (100, 199_901));
    let said = serde_json::from_str::<First<'_>>("3").unwrap_err().to_string();
    assert!(said.contains("expected an array"), "{said}");
}

#[test]
fn nesting_has_an_end_and_brackets_in_text_are_text() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!((check_depth(&nested(32), 32), check_depth(&nested(33), 32)), (Ok(()), Err(Unreadable::TooDeep)));
    assert_eq!(check_depth(&nested(2_000_000), 32), Err(Unreadable::TooDeep));
    assert_eq!(check_depth(r"[[],{},[[]]]", 3), Ok(()), "what has ended counts no more");
    assert_eq!(check_depth(r#"{"a\"[[[[":"[[[[\\","b":["]"]}"#, 2), Ok(()));
    assert_eq!(check_depth(r#"["a",[[]]]"#, 2), Err(Unreadable::TooDeep), "a text has an end");
    assert!(Batch::parse(&format!("[{}]", nested(5000))).is_ok(), "what is not read may be nested");
}

proptest! {
    #[test]
    fn nothing_panics(body: Vec<u8>, text: String) {
        let _ = json_of(&body);
        let _ = Batch::parse(&text);
        let _ = json_of(format!("data={text}").as_bytes());
    }
}
