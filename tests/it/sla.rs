//! Policies: what they promise, what pauses them, and how a ticket explains its deadline.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Http, claim, desk_at};

const MONDAY: &str = "2026-03-09T09:00:00Z";
const HOUR: i64 = 3600;

fn all(targets: &Value) -> Value {
    json!({"policies": [{"name": "All", "targets": targets}]})
}

/// The events about the deadlines of a ticket: name and metric.
async fn told(desk: &Desk, id: &str) -> Vec<(String, Value)> {
    desk.http.drain().await;
    let events = desk.http.events(1).await.into_iter().map(|event| event["detail"].clone());
    let about = events.filter(|detail| detail["properties"]["ticket_id"] == id);
    let named = about.map(|it| (it["event"].as_str().unwrap().to_owned(), it["properties"]["sla_metric"].clone()));
    named.filter(|(name, _)| name.contains("sla")).collect()
}

#[tokio::test]
async fn the_handbooks_policies_are_set_and_shown() {
    let (desk, time) = desk_at(MONDAY).await;
    assert_eq!(desk.agent().sla_policies().await, json!({"policies": [], "paused_by": null}));
    let example = desk.http.get("/sla_policies/example/").await.expect(200).json;
    assert_eq!(desk.agent().set_sla_policies(example.clone()).await, example);
    assert_eq!(desk.agent().sla_policies().await, example);
    let refused = json!({"policies": [{"name": "A", "targets": {"first_response": {"amount": "soon"}}}]});
    let refused = desk.agent().set_sla_policies(refused).refused(400).await;
    assert_eq!(refused["attr"], "policies[0].targets.first_response.amount");
    assert_eq!(desk.agent().sla_policies().await, example, "all or nothing");

    let mut opening = desk.customer().message(None, "help");
    opening["traits"] = json!({"name": "Ada", "email": "ada@example.com"});
    let plan = claim("visitor", "plan", "Enterprise", time.now().seconds() + HOUR, "phs_local");
    opening.as_object_mut().unwrap().extend(plan.as_object().unwrap().clone());
    let sent = desk.http.widget(Method::POST, "/message", opening).await.expect(200).json;
    let id = sent["ticket_id"].as_str().unwrap();
    let seen = desk.tickets().get(id).await;
    assert_eq!(seen["sla_due_at"].as_str().unwrap()[..16], *"2026-03-09T17:00");
    let sla = &seen["sla"];
    assert_eq!(
        (&sla["state"], &sla["policy"], &sla["metric"]),
        (&json!("on_track"), &json!("Enterprise"), &json!("first_response"))
    );
    let explained = desk.tickets().sla(id).await;
    assert_eq!((&explained["source"], &explained["due_at"]), (&json!("policy"), &seen["sla_due_at"]));
    let metric = &explained["metrics"][0];
    assert_eq!((&metric["state"], &metric["target"]["amount"]), (&json!("running"), &json!(8.0)));
    assert_eq!(metric["windows"][0]["to"], seen["sla_due_at"]);
    assert_eq!(explained["policies"][1]["failing"], "traits.plan");
    assert_eq!(desk.tickets().list("sla=on-track").await["results"].as_array().unwrap().len(), 1);
    // Another project has policies of its own.
    let other = desk.by("phx_other", Method::GET, "/projects/2/conversations/sla_policies/", Value::Null).await.expect(200);
    assert_eq!(other.json["policies"], json!([]));
    desk.agent_with("phx_other").sla_policies().refused(404).await;
}

#[tokio::test]
async fn each_deadline_of_a_policy_is_told_of_once() {
    let (desk, time) = desk_at(MONDAY).await;
    desk.agent()
        .set_sla_policies(all(
            &json!({"first_response": {"amount": 2}, "next_response": {"amount": 2}, "resolution": {"amount": 9}}),
        ))
        .await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    let tick = async |seconds: i64| {
        time.pass(seconds);
        desk.http.tick().await;
    };
    tick(HOUR + 60).await;
    tick(60).await;
    tick(HOUR).await;
    desk.tickets().reply(&id, "Let me look.").await;
    tick(60).await;
    visitor.send(Some(&id), "Well?").await.expect(200);
    tick(HOUR + 60).await;
    desk.tickets().reply(&id, "Still looking.").await;
    tick(9 * HOUR).await;
    let (risk, breach) = ("$conversation_sla_at_risk", "$conversation_sla_breached");
    let expected = [
        (risk, "first_response"),
        (breach, "first_response"),
        (risk, "next_response"),
        (risk, "resolution"),
        (breach, "resolution"),
    ];
    assert_eq!(told(&desk, &id).await, expected.map(|(name, metric)| (name.to_owned(), json!(metric))));
}

/// A reply after the deadline reports the breach, if the clock did not run in between.
#[tokio::test]
async fn an_answer_that_is_late_says_so() {
    let (desk, time) = desk_at(MONDAY).await;
    desk.agent().set_sla_policies(all(&json!({"first_response": {"amount": 1}, "resolution": {"amount": 9}}))).await;
    let id = desk.customer().open("help").await;
    time.pass(2 * HOUR);
    desk.tickets().reply(&id, "At last.").await;
    for _ in 0..2 {
        desk.http.tick().await;
    }
    assert_eq!(told(&desk, &id).await, [("$conversation_sla_breached".to_owned(), json!("first_response"))]);
    let events: Vec<_> = desk.http.events(1).await.into_iter().map(|event| event["detail"].clone()).collect();
    let named = |name: &str| events.iter().find(|event| event["event"] == name).unwrap()["properties"].clone();
    let (breach, sent) = (named("$conversation_sla_breached"), named("$conversation_message_sent"));
    assert_eq!((&breach["late"], &breach["sla_breached"], &sent["sla_breached"]), (&json!(true), &json!(true), &json!(true)));
    let delta = sent["sla_delta_seconds"].as_i64().unwrap();
    assert!((HOUR - 5..=HOUR + 5).contains(&delta), "after the deadline that it missed: {delta}");
    let log = desk.tickets().activity(&id).await["results"].clone();
    assert_eq!(log[0]["changes"][0]["field"], "sla_state_first_response", "{log}");
}

#[tokio::test]
async fn stored_policies_that_cant_be_read_are_none() {
    let (desk, _) = desk_at(MONDAY).await;
    desk.agent().set_sla_policies(all(&json!({"first_response": {"amount": 1}}))).await;
    let key = |value: &str| AttributeValue::S(value.to_owned());
    let bad = AttributeValue::S(r#"{"policies": [{"name": "", "targets": {}}]}"#.to_owned());
    let update = desk.running.dynamodb.client().update_item().table_name(&desk.running.dynamodb.table);
    let update = update.key("PK", key("P#1")).key("SK", key("PROJECT")).update_expression("SET sla_policies = :bad");
    update.expression_attribute_values(":bad", bad).send().await.unwrap();
    assert_eq!(desk.agent().sla_policies().await["policies"], json!([]));
    desk.agent().set_sla_policies(all(&json!({"first_response": {"amount": 2}}))).await;
    assert_eq!(desk.agent().sla_policies().await["policies"][0]["name"], "All");
}

#[tokio::test]
async fn a_pause_puts_the_deadline_off_and_an_answer_meets_it() {
    let (desk, time) = desk_at(MONDAY).await;
    desk.agent().set_sla_policies(all(&json!({"first_response": {"amount": 4}}))).await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    time.pass(HOUR);
    desk.tickets().patch(&id, json!({"status": "pending"})).await;
    let paused = desk.tickets().get(&id).await;
    assert_eq!((&paused["sla"]["state"], &paused["sla_due_at"]), (&json!("paused"), &Value::Null));
    assert_eq!(paused["sla"]["remaining_seconds"], 3 * HOUR);
    assert_eq!(desk.tickets().list("sla=on-track,at-risk,breached").await["results"], json!([]));
    time.pass(100 * HOUR);
    desk.http.tick().await;
    assert!(desk.tickets().sla(&id).await["reason"].as_str().unwrap().contains("paused"));
    let open = desk.tickets().patch(&id, json!({"status": "open"})).await;
    assert_eq!(open["sla_due_at"].as_str().unwrap()[..16], *"2026-03-13T17:00", "three hours are left");
    desk.tickets().note(&id, "a note").await;
    assert_eq!(desk.tickets().get(&id).await["sla"]["state"], "on_track", "a note is no reply");
    desk.tickets().reply(&id, "an answer").await;
    let met = desk.tickets().get(&id).await;
    assert_eq!((&met["sla"]["state"], &met["sla_due_at"]), (&json!("none"), &Value::Null));
    time.pass(100 * HOUR);
    desk.http.tick().await;
    assert_eq!(told(&desk, &id).await, []);
}

#[tokio::test]
async fn a_workflows_deadline_wins_until_it_is_cleared() {
    let (desk, time) = desk_at(MONDAY).await;
    desk.agent().set_sla_policies(all(&json!({"first_response": {"amount": 4}}))).await;
    let id = desk.customer().open("help").await;
    desk.http.external(Method::PATCH, &id, json!({"sla_amount": 30, "sla_unit": "minute"})).await.expect(200);
    let seen = desk.tickets().get(&id).await;
    assert_eq!((&seen["sla"]["state"], &seen["sla"]["policy"]), (&json!("at_risk"), &Value::Null));
    assert_eq!(desk.tickets().sla(&id).await["source"], "explicit");
    time.pass(60);
    desk.http.external(Method::PATCH, &id, json!({"sla_due_at": null})).await.expect(200);
    let seen = desk.tickets().get(&id).await;
    assert_eq!((&seen["sla"]["policy"], &seen["sla"]["state"]), (&json!("All"), &json!("on_track")));
    assert_eq!(seen["sla_due_at"].as_str().unwrap()[..16], *"2026-03-09T13:00");
    // A deadline that the project no longer promises ends with the ticket's next change, or with a tick.
    desk.agent().set_sla_policies(json!({"policies": []})).await;
    desk.http.tick().await;
    assert_eq!(desk.tickets().get(&id).await["sla_due_at"], Value::Null);
    assert_eq!(desk.tickets().sla(&id).await["source"], "none");
}

#[tokio::test]
async fn what_an_explanation_counts_adds_up_to_the_target() {
    let (desk, time) = desk_at(MONDAY).await;
    let hours = json!({"days": ["monday", "tuesday"], "time": [["09:00", "12:00"], ["13:00", "17:00"]], "timezone": "UTC"});
    let targets = json!({"first_response": {"amount": 8}});
    desk.agent().set_sla_policies(json!({"policies": [{"name": "All", "targets": targets, "business_hours": hours}]})).await;
    let id = desk.customer().open("help").await;
    time.pass(HOUR);
    desk.tickets().patch(&id, json!({"status": "pending"})).await;
    time.pass(HOUR);
    desk.tickets().patch(&id, json!({"status": "open"})).await;
    let told = desk.tickets().sla(&id).await;
    let metric = &told["metrics"][0];
    assert_eq!(metric["due_at"], told["due_at"]);
    let seconds = |at: &Value| at.as_str().unwrap().parse::<lambdesk_domain::Timestamp>().unwrap().micros();
    let all = metric["windows"].as_array().unwrap().iter().map(|it| seconds(&it["to"]) - seconds(&it["from"])).sum::<i64>();
    assert_eq!(all, 8 * HOUR * 1_000_000, "to the microsecond");
}

/// The project's pauses also apply to the amount of a workflow. The amount counts in the project's time zone.
#[tokio::test]
async fn an_amount_is_put_off_by_pauses_and_counts_by_the_projects_wall_clock() {
    let (desk, time) = desk_at(MONDAY).await;
    let zone = json!({"conversations_settings": {"timezone": "Asia/Kolkata"}});
    desk.agent().configure(zone).await;
    desk.agent().set_sla_policies(json!({"policies": [], "paused_by": ["pending"]})).await;
    let id = desk.customer().open("help").await;
    let hours = json!({"days": ["monday", "tuesday"], "time": ["09:00", "17:00"]});
    let amount = json!({"sla_amount": "4", "sla_business_hours": hours});
    desk.http.external(Method::PATCH, &id, amount.clone()).await.expect(200);
    let set = desk.tickets().get(&id).await;
    // It is 14:30 in Kolkata: two and a half hours today, and the rest until 10:30 on Tuesday, which is 05:00 in UTC.
    assert_eq!(set["sla_due_at"].as_str().unwrap()[..16], *"2026-03-10T05:00", "{set}");
    time.pass(HOUR);
    let paused = desk.tickets().patch(&id, json!({"status": "pending"})).await;
    assert_eq!((&paused["sla"]["state"], &paused["sla_due_at"]), (&json!("paused"), &Value::Null));
    assert_eq!(paused["sla"]["remaining_seconds"], 3 * HOUR);
    let why = desk.tickets().sla(&id).await;
    assert_eq!((&why["source"], &why["set"]["target"]), (&json!("explicit"), &json!({"amount": 4.0, "unit": "hour"})));
    assert_eq!(why["set"]["business_hours"]["timezone"], "Asia/Kolkata");
    assert!(why["reason"].as_str().unwrap().contains("paused"));
    // A null that a client sends back as it was shown changes nothing. A null that it means clears the deadline.
    let mut shown = desk.tickets().get(&id).await;
    shown["priority"] = json!("low");
    let back = desk.tickets().put(&id, shown).await;
    assert_eq!((&back["priority"], &back["sla"]["state"]), (&json!("low"), &json!("paused")));
    time.pass(24 * HOUR);
    let open = desk.tickets().patch(&id, json!({"status": "open"})).await;
    // On Tuesday at 15:30 in Kolkata, three hours are left: half of them today, and half on the next Monday.
    assert_eq!(open["sla_due_at"].as_str().unwrap()[..16], *"2026-03-16T05:00");
    time.pass(60);
    desk.http.tick().await;
    assert_eq!(told(&desk, &id).await, Vec::<(String, Value)>::new());
    desk.tickets().patch(&id, json!({"status": "pending"})).await;
    assert_eq!(desk.tickets().patch(&id, json!({"sla_due_at": null})).await["sla"]["state"], "none");
    // In a project without pauses, an amount is a fixed instant.
    assert_eq!(desk.agent().set_sla_policies(json!({"policies": []})).await["paused_by"], Value::Null);
    let other = desk.customer().open("help").await;
    desk.http.external(Method::PATCH, &other, amount).await.expect(200);
    let due = desk.tickets().get(&other).await["sla_due_at"].clone();
    assert_eq!(desk.tickets().patch(&other, json!({"status": "pending"})).await["sla_due_at"], due);
    assert_eq!(desk.tickets().patch(&other, json!({"status": "resolved"})).await["sla_due_at"], due);
    let refused = json!({"conversations_settings": {"timezone": "Kolkata"}});
    let refused = desk.agent().configure(refused).refused(400).await;
    assert_eq!(refused["attr"], "conversations_settings.timezone");
}

/// A deadline from a policy costs an index row and a timer beside the message. Without policies, nothing is added.
#[tokio::test]
async fn what_policies_cost() {
    let (desk, _) = desk_at(MONDAY).await;
    let visitor = desk.customer();
    let costs = async |http: &Http, label: &str| {
        let opened = visitor.send(None, label).await.expect(200);
        let id = opened.json["ticket_id"].as_str().unwrap().to_owned();
        let sent = visitor.send(Some(&id), "more").await.expect(200).cost();
        let answer = http.tickets().reply(&id, "yes").reply().await.cost();
        let asked = visitor.send(Some(&id), "and?").await.expect(200).cost();
        [opened.cost().wcu, sent.wcu, answer.wcu, asked.wcu]
    };
    desk.tickets().list("").await;
    costs(&desk.http, "warm").await;
    let without = costs(&desk.http, "without").await;
    desk.agent().set_sla_policies(all(&json!({"first_response": {"amount": 4}, "next_response": {"amount": 4}}))).await;
    desk.tickets().list("").await;
    costs(&desk.http, "warm again").await;
    let with = costs(&desk.http, "with").await;
    println!("new, message, answer, question: without {without:?}, with {with:?}");
    assert!(without[0] <= 12.0 && with[0] <= 15.0, "index and timer");
    assert!((with[1] - without[1]).abs() < 0.1, "a further message moves no deadline");
    assert!(with[2] <= without[2] + 1.0 && with[3] <= without[3] + 3.0, "{with:?}");
}
