//! A customer who has lost the tickets of their browser gets them back by a link.

use lambdesk_local::ses::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, away::BEGIN, mail_desk, mail_desk_at, still_mail_desk};
use crate::support::{Reply, Visitor};

const PAGE: &str = "https://shop.example.com/help?x=1#chat";
const ORIGIN: [(&str, &str); 2] = [("x-conversations-token", "wgt_local"), ("origin", "https://shop.example.com")];

impl MailDesk {
    async fn with_domain(self) -> Self {
        self.desk.settings(json!({"widget_domains": ["shop.example.com"]})).await;
        self
    }

    async fn ask_on(&self, email: &str, page: &str) -> Reply {
        let body = json!({"email": email, "request_url": page});
        self.desk.http.call(Method::POST, "/api/conversations/v1/widget/restore/request", &ORIGIN, body).await
    }

    /// Asks for a link, and returns what the last mail's link holds; `None` if there was no mail.
    async fn link(&self, email: &str) -> Option<String> {
        let before = self.outbox().await.len();
        assert_eq!(self.ask_on(email, PAGE).await.expect(200).json, json!({"ok": true}));
        self.desk.http.drain().await;
        let outbox = self.outbox().await;
        if outbox.len() == before {
            return None;
        }
        let text = self.sent(outbox.last().unwrap()).await.plain.unwrap();
        let (_, token) = text.split_once("https://shop.example.com/help?x=1&ph_conv_restore=")?;
        Some(token.split_once("#chat")?.0.to_owned())
    }

    async fn redeem(&self, token: &str, browser: &Visitor) -> Value {
        let body = json!({
            "restore_token": token, "widget_session_id": browser.session, "distinct_id": "other", "current_url": PAGE,
        });
        self.desk.http.call(Method::POST, "/api/conversations/v1/widget/restore", &ORIGIN, body).await.expect(200).json
    }

    /// Ada's ticket, in a desk whose widget runs on one domain.
    async fn asked_on_page(&self) -> (Visitor, Value) {
        let visitor = Visitor::new(&self.desk.http);
        let mut message = visitor.message(None, "Where is my invoice?");
        message["traits"] = json!({"name": "Ada", "email": "Ada@example.com"});
        let sent = self.desk.http.call(Method::POST, "/api/conversations/v1/widget/message", &ORIGIN, message).await.expect(200);
        self.desk.http.drain().await;
        (visitor, sent.json["ticket_id"].clone())
    }
}

#[tokio::test]
async fn a_link_brings_the_tickets_to_another_browser_once() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let desk = desk.with_domain().await;
    let (before, ticket) = desk.asked_on_page().await;
    let others = desk.link("ada@example.com").await.unwrap();
    let token = desk.link(" ADA@example.com ").await.unwrap();
    assert_eq!(token.len(), 43);
    let mail = desk.sent(desk.outbox().await.last().unwrap()).await;
    assert_eq!((mail.first("auto-submitted"), mail.to[0].address.as_str()), (Some("auto-generated"), "ada@example.com"));
    let link = format!("<a href=\"https://shop.example.com/help?x=1&amp;ph_conv_restore={token}#chat\"");
    assert!(mail.html.as_deref().unwrap().contains(&link), "one can follow it in a page too");

    let after = Visitor::new(&desk.desk.http);
    let restored = desk.redeem(&token, &after).await;
    let expected = json!({"status": "success", "widget_session_id": after.session, "migrated_ticket_ids": [ticket]});
    assert_eq!(restored, expected);
    after.poll(ticket.as_str().unwrap(), None).await.expect(200);
    before.poll(ticket.as_str().unwrap(), None).await.expect(403);
    assert_eq!(desk.redeem(&token, &after).await, expected, "a call that comes twice is one");
    assert_eq!(desk.redeem(&token, &before).await["status"], "used");
    assert_eq!(desk.redeem(&others, &before).await["status"], "expired", "the other links have ended");
    assert_eq!(desk.redeem(&"x".repeat(43), &before).await["status"], "invalid");
    assert_eq!(desk.redeem("short", &before).await["status"], "invalid");

    time.pass(3601);
    let late = desk.link("ada@example.com").await.unwrap();
    time.pass(3600);
    assert_eq!(desk.redeem(&late, &before).await["status"], "expired");
    after.poll(ticket.as_str().unwrap(), None).await.expect(200);
    let last = desk.link("ada@example.com").await.unwrap();
    time.pass(3599);
    assert_eq!(desk.redeem(&last, &before).await["status"], "success", "it works for an hour");
    before.poll(ticket.as_str().unwrap(), None).await.expect(200);
}

#[tokio::test]
async fn nobody_learns_whether_an_address_is_known() {
    let desk = still_mail_desk().await.with_domain().await;
    desk.asked_on_page().await;
    let known = desk.ask_on("ada@example.com", PAGE).await.expect(200);
    let unknown = desk.ask_on("eve@example.com", PAGE).await.expect(200);
    assert_eq!(known.text, unknown.text);
    let units = |reply: &Reply| (reply.cost().wcu.to_bits(), reply.cost().round_trips.to_bits());
    let again = desk.ask_on("ada@example.com", PAGE).await.expect(200);
    assert_eq!(units(&again), units(&unknown), "the desk does the same for both");
    desk.desk.http.drain().await;
    let to: Vec<_> = desk.outbox().await.iter().map(|mail| mail["recipients"].clone()).collect();
    assert_eq!(to, [json!(["ada@example.com"]), json!(["ada@example.com"])]);
    // Three an hour for each address.
    desk.ask_on("ada@example.com", PAGE).await.expect(200);
    desk.ask_on("ada@example.com", PAGE).await.expect(429);
    desk.ask_on("bob@example.com", PAGE).await.expect(200);
    desk.desk.http.drain().await;
}

#[tokio::test]
async fn a_link_leads_only_to_the_projects_own_pages() {
    let desk = mail_desk().await;
    desk.ask_on("ada@example.com", PAGE).await.expect(403);
    let desk = desk.with_domain().await;
    desk.asked_on_page().await;
    for page in [
        "https://evil.example.net/",
        "https://shop.example.com@evil.example.net/",
        "https://evil.example.net\\@shop.example.com/",
        "javascript:alert(1)",
        "//shop.example.com/",
        "https://shop.example.com.evil.example.net/",
    ] {
        desk.ask_on("ada@example.com", page).await.expect(403);
    }
    desk.ask_on("ada", PAGE).await.expect(400);
    desk.desk.settings(json!({"widget_restore_enabled": false})).await;
    desk.ask_on("ada@example.com", PAGE).await.expect(403);
    desk.desk.http.drain().await;
    assert_eq!(desk.outbox().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_link_that_could_not_be_sent_is_sent_later() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let desk = desk.with_domain().await;
    let (_, ticket) = desk.asked_on_page().await;
    let ses = desk.desk.running.ses().unwrap();
    ses.inject(|_| Some(Fault::Throttle));
    assert_eq!(desk.link("ada@example.com").await, None);
    ses.heal();
    desk.later(&time, 76).await;
    let text = desk.texts().await.remove(0);
    let token = text.split_once("ph_conv_restore=").unwrap().1.split_once('#').unwrap().0;
    let browser = Visitor::new(&desk.desk.http);
    assert_eq!(desk.redeem(token, &browser).await["migrated_ticket_ids"], json!([ticket]));
    assert_eq!(desk.later(&time, 7200).await, json!({"told": 0, "stale": 0}), "no timer is left");
}
