//! What customers' browsers say about customers: what is stored, what is believed, and what customers can read about the team.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Time, Visitor, claim, desk, desk_at, proof};

/// Sends a message with the fields in `beside`, such as traits. They are text, because a map would not keep their order.
async fn send(visitor: &Visitor, beside: &str) -> String {
    let body =
        format!(r#"{{"message": "help", "widget_session_id": "{}", "distinct_id": "visitor", {beside}}}"#, visitor.session);
    let headers = [("x-conversations-token", "wgt_local"), ("content-type", "application/json")];
    let path = "/api/conversations/v1/widget/message";
    let sent = visitor.http.raw(Method::POST, path, &headers, body.into_bytes()).await.expect(200).json;
    sent["ticket_id"].as_str().unwrap().to_owned()
}

async fn seen(desk: &Desk, ticket: &str) -> Value {
    desk.tickets().get(&ticket).await
}

/// An object with these keys, in this order.
fn object(keys: impl IntoIterator<Item = String>) -> String {
    let entries: Vec<_> = keys.into_iter().map(|key| format!(r#""{key}": "{key}""#)).collect();
    format!("{{{}}}", entries.join(", "))
}

#[tokio::test]
async fn of_too_many_traits_the_first_stay_and_name_and_email_always() {
    let desk = desk().await;
    let own = || ["name", "email"].map(str::to_owned);
    let many = || (0..60).rev().map(|n| format!("a{n:02}"));
    let first = send(&desk.customer(), &format!(r#""traits": {}"#, object(own().into_iter().chain(many())))).await;
    let first = seen(&desk, &first).await["anonymous_traits"].clone();
    assert_eq!((first.as_object().unwrap().len(), &first["name"], &first["email"]), (50, &json!("name"), &json!("email")));
    assert!(first.get("a12").is_some() && first.get("a11").is_none(), "in the order sent: {first}");
    let last = send(&desk.customer(), &format!(r#""traits": {}"#, object(many().chain(own())))).await;
    let last = seen(&desk, &last).await["anonymous_traits"].clone();
    assert_eq!((&last["name"], &last["email"]), (&json!("name"), &json!("email")));
    assert!(last.get("a10").is_some() && last.get("a09").is_none(), "{last}");
    let context = object((0..30).rev().map(|n| format!("z{n:02}")).chain(["current_url".to_owned()]));
    let context = send(&desk.customer(), &format!(r#""session_context": {context}"#)).await;
    let context = seen(&desk, &context).await["session_context"].clone();
    assert!(context.get("z10").is_some() && context.get("z09").is_none() && context["current_url"] == "current_url", "{context}");
}

/// Customers see an agent's first name, or a name that does not identify the agent.
#[tokio::test]
async fn no_customer_reads_an_agents_address() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    for (name, email) in [
        (Value::Null, "nameless@team.example"),
        (json!("\u{200B}\u{2060}"), "unseen@team.example"),
        (json!("doubled@team.example"), "doubled@team.example"),
    ] {
        let member = json!({"email": email, "first_name": name});
        // A name that shows nothing may be refused; then no member has it.
        let member = desk.agent().members().create(member).reply().await;
        if member.status != 201 {
            continue;
        }
        let key = desk.key(json!({"label": email, "scopes": ["ticket:write"], "user": member.json["id"]})).await;
        let reply = desk
            .agent_with(&key)
            .tickets()
            .reply(&id, json!({"message": format!("hello from {}", email.len())}))
            .expect(201)
            .await;
        assert!(reply.text.contains(email), "agents see the address: {}", reply.text);
        let polled = visitor.poll(&id, None).await.expect(200);
        assert_eq!(polled.json["messages"].as_array().unwrap().last().unwrap()["author_name"], "Support");
        assert!(
            !polled.text.contains("team.example") && !polled.text.contains(email.split('@').next().unwrap()),
            "{}",
            polled.text
        );
        let tickets = visitor.tickets().await.expect(200);
        assert!(!tickets.text.contains("team.example"));
        let filed = json!({"message": "hello", "author_type": "support"});
        let filed = desk.agent_with(&key).tickets().create(filed).await;
        let thread = desk.tickets().messages(&filed).await;
        assert_eq!(thread["results"][0]["author_name"], email, "as among agents");
    }
}

const MONDAY: &str = "2026-03-09T09:00:00Z";
const HOUR: i64 = 3600;
/// The longest lifetime of a claim: a day and five minutes.
const LONGEST: i64 = 24 * HOUR + 300;

/// A desk with the example policies.
async fn promising() -> (Desk, Time) {
    let (desk, time) = desk_at(MONDAY).await;
    let example = desk.http.get("/sla_policies/example/").await.expect(200).json;
    desk.agent().set_sla_policies(example).await;
    (desk, time)
}

fn with(mut message: Value, more: &Value) -> Value {
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

/// Sends a customer's message that names their plan, with the fields in `beside`.
async fn writes(visitor: &Visitor, ticket: Option<&str>, says: &str, beside: Value) -> String {
    let message = with(visitor.message(ticket, says), &json!({"traits": {"name": null, "email": null, "plan": says}}));
    let sent = visitor.http.widget(Method::POST, "/message", with(message, &beside)).await.expect(200).json;
    sent["ticket_id"].as_str().unwrap().to_owned()
}

/// The ticket's plan, the names of its proven traits, and its policy.
fn stands(ticket: &Value) -> (String, String, String) {
    let names = ticket["proven_traits"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&ticket["anonymous_traits"]["plan"]), names.collect::<Vec<_>>().join(" "), text(&ticket["sla"]["policy"]))
}

fn as_expected(plan: &str, proven: &str, policy: &str) -> (String, String, String) {
    (plan.to_owned(), proven.to_owned(), policy.to_owned())
}

#[tokio::test]
async fn what_a_browser_says_promises_nothing() {
    let (desk, time) = promising().await;
    let id = writes(&desk.customer(), None, "enterprise", json!({})).await;
    let ticket = seen(&desk, &id).await;
    assert_eq!((stands(&ticket), &ticket["sla_due_at"]), (as_expected("enterprise", "", ""), &Value::Null));
    let why = desk.tickets().sla(&id).await;
    assert_eq!(why["policies"][0]["failing"], "traits.plan");
    assert!(why["policies"][0]["why"].as_str().unwrap().contains("not proven"), "{why}");
    assert_eq!(why["policies"][1]["why"], Value::Null, "that is another plan");
    // A message that is proven to be from somebody proves nothing else that it says.
    let verified = json!({"identity_distinct_id": "ada", "identity_hash": proof("ada", "phs_local"), "widget_session_id": null});
    let id = writes(&desk.customer(), None, "enterprise", verified).await;
    let ticket = seen(&desk, &id).await;
    assert_eq!((&ticket["identity_verified"], stands(&ticket)), (&json!(true), as_expected("enterprise", "", "")));
    // What the team sets is proven. It stays as it was when a ticket is sent back as it was read.
    let filed = desk.tickets().create(json!({"message": "hi", "anonymous_traits": {"plan": "Scale", "age": null}})).await;
    assert_eq!(stands(&filed), as_expected("Scale", "plan", "Scale"));
    let back = with(ticket, &json!({"priority": "high"}));
    let back = desk.tickets().put(&id, back).await;
    assert_eq!((&back["priority"], stands(&back)), (&json!("high"), as_expected("enterprise", "", "")));
    let set = json!({"anonymous_traits": {"plan": "enterprise"}, "proven_traits": ["name"]});
    let set = desk.tickets().patch(&id, set).await;
    assert_eq!(stands(&set), as_expected("enterprise", "plan", "Enterprise"));
    assert_eq!(set["sla_due_at"].as_str().unwrap()[..16], *"2026-03-09T17:00");
    let list = desk.tickets().list("order_by=ticket_number").await;
    let rows: Vec<_> = list["results"].as_array().unwrap().iter().map(|row| row["proven_traits"].clone()).collect();
    assert_eq!(rows, [json!([]), json!(["plan"]), json!(["plan"])]);
    let _ = time;
}

#[tokio::test]
async fn a_signed_claim_is_proof_of_what_it_says() {
    let (desk, time) = promising().await;
    let now = time.now().seconds();
    let hold = [
        claim("visitor", "plan", "enterprise", now + HOUR, "phs_local"),
        claim("visitor", "plan", " EnterPrise ", now + LONGEST, "phs_local"),
        with(claim("visitor", "plan", "enterprise", now + 60, "phs_local"), &json!({"identity_exp_plan": now + 60})),
    ];
    for signed in hold {
        let id = writes(&desk.customer(), None, "free", signed.clone()).await;
        let ticket = seen(&desk, &id).await;
        let (plan, proven, policy) = stands(&ticket);
        assert_eq!((&*plan.to_lowercase(), &*proven, &*policy), ("enterprise", "plan", "Enterprise"), "{signed}");
        assert_eq!(ticket["sla_due_at"].as_str().unwrap()[..16], *"2026-03-09T17:00");
    }
    let signed = || claim("visitor", "plan", "enterprise", now + HOUR, "phs_local");
    let fail = [
        ("foreign", claim("visitor", "plan", "enterprise", now + HOUR, "phs_other")),
        ("somebody else's", claim("ada", "plan", "enterprise", now + HOUR, "phs_local")),
        ("expired", claim("visitor", "plan", "enterprise", now - 1, "phs_local")),
        ("too long", claim("visitor", "plan", "enterprise", now + LONGEST + 60, "phs_local")),
        (
            "another value",
            with(claim("visitor", "plan", "free", now + HOUR, "phs_local"), &json!({"identity_plan": "enterprise"})),
        ),
        ("another expiry", with(signed(), &json!({"identity_exp_plan": (now + 2 * HOUR).to_string()}))),
        ("no expiry", with(signed(), &json!({"identity_exp_plan": null}))),
        ("no hash", with(signed(), &json!({"identity_hash_plan": ""}))),
        ("no text", with(signed(), &json!({"identity_plan": ["enterprise"], "identity_hash_plan": 7}))),
        ("another field", {
            let tier = claim("visitor", "tier", "enterprise", now + HOUR, "phs_local");
            json!({"identity_plan": "enterprise", "identity_hash_plan": tier["identity_hash_tier"], "identity_exp_plan": tier["identity_exp_tier"]})
        }),
        // If a part could contain the separator, this claim would sign the same bytes.
        ("joined otherwise", {
            let other = claim("visitor", "pl", "an enterprise", now + HOUR, "phs_local");
            json!({"identity_plan": "enterprise", "identity_hash_plan": other["identity_hash_pl"], "identity_exp_plan": other["identity_exp_pl"]})
        }),
    ];
    for (what, beside) in fail {
        let id = writes(&desk.customer(), None, "enterprise", beside).await;
        assert_eq!(stands(&seen(&desk, &id).await), as_expected("enterprise", "", ""), "{what}");
    }
    let nul = with(desk.customer().message(None, "hi"), &json!({"identity_plan": "enter\u{0}prise"}));
    desk.http.widget(Method::POST, "/message", nul).await.expect(400);
}

#[tokio::test]
async fn what_is_proven_stays_so_whatever_is_said_later() {
    let (desk, time) = promising().await;
    let now = time.now().seconds();
    let visitor = desk.customer();
    let id = writes(&visitor, None, "free", json!({})).await;
    let signed = |of: &str, plan: &str| claim(of, "plan", plan, now + HOUR, "phs_local");
    writes(&visitor, Some(&id), "free", signed("visitor", "Scale")).await;
    assert_eq!(stands(&seen(&desk, &id).await), as_expected("Scale", "plan", "Scale"));
    // The plan stays: one message proves nothing, and the other's claim is about the sender that it names, who is not the
    // ticket's customer.
    writes(&visitor, Some(&id), "enterprise", json!({})).await;
    writes(&visitor, Some(&id), "enterprise", with(signed("ada", "enterprise"), &json!({"distinct_id": "ada"}))).await;
    assert_eq!(stands(&seen(&desk, &id).await), as_expected("Scale", "plan", "Scale"));
    writes(&visitor, Some(&id), "free", signed("visitor", "enterprise")).await;
    assert_eq!(stands(&seen(&desk, &id).await), as_expected("enterprise", "plan", "Enterprise"));
    // A trait that the team set is proven too. Once the team has removed it, customers may set it again.
    let patch = async |traits: Value| {
        let change = json!({"anonymous_traits": traits});
        desk.tickets().patch(&id, change).await;
    };
    patch(json!({"plan": "boost"})).await;
    writes(&visitor, Some(&id), "enterprise", json!({})).await;
    assert_eq!(stands(&seen(&desk, &id).await), as_expected("boost", "plan", "Boost"));
    patch(json!({})).await;
    writes(&visitor, Some(&id), "enterprise", json!({})).await;
    assert_eq!(stands(&seen(&desk, &id).await), as_expected("enterprise", "", ""));
}

#[tokio::test]
async fn the_secret_before_a_rotation_signs_until_it_is_removed() {
    let (desk, time) = promising().await;
    let new = desk.admin(Method::POST, "/projects/1/rotate_secret_token/", json!({})).await.expect(200).json;
    let new = new["secret_api_token"].as_str().unwrap();
    let proves = async |secret: &str| {
        let signed = claim("visitor", "plan", "scale", time.now().seconds() + HOUR, secret);
        let id = writes(&desk.customer(), None, "scale", signed).await;
        stands(&seen(&desk, &id).await) == as_expected("scale", "plan", "Scale")
    };
    assert!(proves(new).await && proves("phs_local").await);
    desk.admin(Method::POST, "/projects/1/delete_secret_token_backup/", json!({})).await;
    assert!(proves(new).await && !proves("phs_local").await);
}

/// A follow-up is of the same customer, so the same traits are proven.
#[tokio::test]
async fn a_follow_up_inherits_what_is_proven() {
    let (desk, time) = promising().await;
    desk.settings(json!({"reopen_within_days": 1})).await;
    let visitor = desk.customer();
    let signed = claim("visitor", "plan", "scale", time.now().seconds() + HOUR, "phs_local");
    let id = writes(&visitor, None, "free", signed).await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    time.pass(48 * HOUR);
    let next = writes(&visitor, Some(&id), "enterprise", json!({})).await;
    assert_ne!(id, next);
    assert_eq!(stands(&seen(&desk, &next).await), as_expected("scale", "plan", "Scale"));
}

#[tokio::test]
async fn events_and_workflows_tell_whether_an_address_is_proven() {
    let (desk, time) = desk_at(MONDAY).await;
    let workflow = |name: &str, property: &str| {
        let condition = json!({"property": property, "operator": "equals", "value": true});
        let tag = json!({"action": "update_ticket", "inputs": {"tags": [name], "tags_mode": "add"}});
        json!({
            "name": name, "trigger": {"event": "$conversation_ticket_created", "filters": []},
            "steps": [{"action": "get_ticket", "inputs": {}}, {"branches": [{"when": condition, "steps": [tag]}]}],
        })
    };
    for (name, property) in
        [("event", "event.properties.customer_email_proven"), ("ticket", "variables.ticket.customer_email_proven")]
    {
        desk.agent().workflows().create(workflow(name, property)).await;
    }
    let opens = async |beside: Value| {
        let visitor = desk.customer();
        let message = with(visitor.message(None, "hi"), &json!({"traits": {"name": null, "email": "ada@bigcorp.com"}}));
        let sent = desk.http.widget(Method::POST, "/message", with(message, &beside)).await.expect(200).json;
        desk.http.drain().await;
        let id = sent["ticket_id"].clone();
        let told = desk.http.events(1).await.into_iter().map(|event| event["detail"]["properties"].clone());
        let told: Vec<_> = told
            .filter(|properties| properties["ticket_id"] == id)
            .map(|properties| (properties["customer_email"].clone(), properties["customer_email_proven"].clone()))
            .collect();
        (told, seen(&desk, id.as_str().unwrap()).await["tags"].clone())
    };
    let told = |proven: bool| vec![(json!("ada@bigcorp.com"), json!(proven)); 2];
    assert_eq!(opens(json!({})).await, (told(false), json!([])));
    let signed = claim("visitor", "email", "ada@bigcorp.com", time.now().seconds() + HOUR, "phs_local");
    assert_eq!(opens(signed).await, (told(true), json!(["event", "ticket"])));
}
