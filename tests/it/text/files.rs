//! Hostile text as the name of a file that an agent sends.

use lambdesk_mail::letter::file_name;
use percent_encoding::percent_decode_str;
use reqwest::header::CONTENT_DISPOSITION;
use serde_json::json;

use super::texts::{CANARY, hostile};
use crate::support::desk;

#[tokio::test]
async fn a_name_of_a_file_stays_a_name() {
    let desk = desk().await;
    let ticket = desk.customer().open("help").await;
    for (what, name) in hostile().into_iter().filter_map(|text| Some((text.what, text.text()?))) {
        let file = desk.upload(&ticket, &name, b"<script>alert(1)</script>").await;
        let sent = desk.send(&ticket, json!({"message": "See this.", "attachments": [file]})).await.expect(201).json;
        let file = &sent["attachments"][0];
        let kept = file["name"].as_str().unwrap();
        assert_eq!(kept, file_name(&name), "{what}");
        let is_plain = !kept.contains(|sign: char| sign.is_control() || "/\\".contains(sign));
        assert!(is_plain && kept.contains(CANARY) && kept.chars().count() <= 255, "{what}: {kept:?}");
        let found = desk.fetch(file).await;
        let field = found.headers()[CONTENT_DISPOSITION].to_str().unwrap();
        let (before, encoded) = field.split_once("''").unwrap();
        assert_eq!(before, "attachment; filename*=UTF-8", "{what}");
        assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-._~!$&+^`|#".contains(&byte)), "{what}: {field}");
        assert_eq!(percent_decode_str(encoded).decode_utf8().unwrap(), kept, "{what}");
        assert_eq!(found.headers()["content-type"], "application/octet-stream", "{what}");
    }
    let wrong: Vec<_> = desk.log.lines().into_iter().filter(|line| line.contains(CANARY)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
