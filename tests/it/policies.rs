//! Policies that explain themselves: why a ticket follows one, what others would come to, how many tickets each holds. And
//! holidays that are read before they are saved.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, claim, desk, desk_at};

const MONDAY: &str = "2026-03-09T09:00:00Z";
const HOUR: i64 = 3600;
const CONVERSATIONS: &str = "/projects/1/conversations";

fn policy(name: &str, conditions: &Value, hours: u8) -> Value {
    json!({"name": name, "conditions": conditions, "targets": {"first_response": {"amount": hours}}})
}

/// A condition that does not hold.
fn unmet(attribute: &str, expected: Value, had: Value, is_unproven: bool) -> Value {
    Value::from_iter([("attribute", attribute.into()), ("expected", expected), ("had", had), ("is_unproven", is_unproven.into())])
}

/// Of each policy: its name, whether it matched, and whether it applies.
fn outcomes(explained: &Value) -> Vec<(&str, bool, bool)> {
    let of = |policy: &'_ Value, key: &str| policy[key].as_bool().unwrap();
    let each = explained["policies"].as_array().unwrap().iter();
    each.map(|policy| (policy["name"].as_str().unwrap(), of(policy, "matched"), of(policy, "applies"))).collect()
}

/// A customer who claims the plan Enterprise without proof, and has proven the plan Scale.
async fn of_scale(desk: &Desk, now: i64) -> String {
    let mut opening = desk.customer().message(None, "help");
    opening["traits"] = json!({"name": "Ada", "region": "eu"});
    let plan = claim("visitor", "plan", "Scale", now + HOUR, "phs_local");
    opening.as_object_mut().unwrap().extend(plan.as_object().unwrap().clone());
    let sent = desk.http.widget(Method::POST, "/message", opening).await.expect(200).json;
    sent["ticket_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_ticket_says_of_each_policy_why_it_follows_it_or_not() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = of_scale(&desk, time.now().seconds()).await;
    desk.tickets().patch(&id, json!({"tags": ["billing"], "priority": "low"})).await;
    let policies = json!([
        policy("Urgent", &json!({"priority": ["medium", "high"]}), 1),
        policy("Mail", &json!({"channel_source": "email"}), 2),
        policy("Vip", &json!({"tags": ["vip", "press"]}), 3),
        policy("Enterprise", &json!({"traits": {"plan": "enterprise"}}), 4),
        policy("Europe", &json!({"traits": {"region": "EU"}}), 5),
        policy("Scale", &json!({"traits": {"plan": "scale"}}), 6),
        policy("All", &json!({}), 7),
    ]);
    desk.agent().set_sla_policies(json!({"policies": policies})).await;
    let explained = desk.tickets().sla(&id).await;
    assert_eq!((&explained["policy"], &explained["due_at"].as_str().unwrap()[..16]), (&json!("Scale"), "2026-03-09T15:00"));
    let expected = [
        (
            "Urgent",
            unmet("priority", json!(["medium", "high"]), json!("low"), false),
            "The ticket's priority is low; the policy is for medium or high.",
        ),
        (
            "Mail",
            unmet("channel_source", json!(["email"]), json!("widget"), false),
            "The ticket came by widget; the policy is for email.",
        ),
        (
            "Vip",
            unmet("tags", json!(["vip", "press"]), json!(["billing"]), false),
            "The ticket's tags are billing; the policy is for vip or press.",
        ),
        (
            "Enterprise",
            unmet("traits.plan", json!(["enterprise"]), json!("Scale"), false),
            "The customer's plan is Scale; the policy is for enterprise.",
        ),
        (
            "Europe",
            unmet("traits.region", json!(["EU"]), json!("eu"), true),
            "The ticket's traits.region is what a browser said: it is not proven by a signed claim, nor set by the team.",
        ),
        ("Scale", Value::Null, "All its conditions hold, and it is the first such policy."),
        ("All", Value::Null, "All its conditions hold, but the policy Scale comes before it."),
    ];
    for (policy, (name, unmet, reason)) in explained["policies"].as_array().unwrap().iter().zip(expected) {
        assert_eq!((&policy["name"], &policy["unmet"], &policy["reason"]), (&json!(name), &unmet, &json!(reason)));
        assert_eq!((&policy["matched"], &policy["failing"]), (&json!(unmet.is_null()), &unmet["attribute"]));
        assert_eq!(policy["applies"], name == "Scale");
    }
}

#[tokio::test]
async fn policies_are_tried_before_they_are_saved() {
    let (desk, time) = desk_at(MONDAY).await;
    let saved = json!({"policies": [policy("All", &json!({}), 9)], "paused_by": ["on_hold"]});
    desk.agent().set_sla_policies(saved.clone()).await;
    let id = of_scale(&desk, time.now().seconds()).await;
    desk.http.drain().await;
    let before = desk.tickets().list("").await["results"][0].clone();
    let (events, audited) = (desk.http.events(1).await.len(), audited(&desk).await);
    let hours = json!({"days": ["monday", "tuesday"], "time": ["09:00", "11:00"]});
    let mut scale = policy("Scale", &json!({"traits": {"plan": "scale"}}), 3);
    scale["business_hours"] = hours;
    scale["targets"]["resolution"] = json!({"amount": 0.5, "unit": "day"});
    let tried =
        json!({"policies": [policy("Mail", &json!({"channel_source": "email"}), 1), scale, policy("Rest", &json!({}), 2)]});
    let trial = |ticket: Value| {
        let mut trial = tried.clone();
        trial["ticket"] = ticket;
        trial
    };
    let would = desk.agent().try_policies(trial(json!(id))).await;
    assert_eq!(outcomes(&would), [("Mail", false, false), ("Scale", true, true), ("Rest", true, false)]);
    assert_eq!((&would["source"], &would["policy"], &would["state"]), (&json!("policy"), &json!("Scale"), &json!("at_risk")));
    // Two hours of Monday and one of Tuesday; half a day is one hour of opening.
    let due = |metric: usize| would["metrics"][metric]["due_at"].as_str().unwrap()[..16].to_owned();
    assert_eq!([due(0), due(1)], ["2026-03-10T10:00", "2026-03-09T10:00"]);
    assert_eq!((&would["metric"], &would["due_at"].as_str().unwrap()[..16]), (&json!("resolution"), "2026-03-09T10:00"));
    for other in [json!(1), json!("1"), json!(id.to_uppercase())] {
        assert_eq!(desk.agent().try_policies(trial(other)).await["policies"], would["policies"]);
    }

    // Nothing was changed, and nothing follows.
    desk.http.drain().await;
    assert_eq!(desk.tickets().list("").await["results"][0], before);
    assert_eq!((desk.http.events(1).await.len(), self::audited(&desk).await), (events, audited));
    assert_eq!(desk.agent().sla_policies().await["policies"][0]["name"], "All");

    // It is what comes when they are saved.
    desk.agent().set_sla_policies(tried.clone()).await;
    let is = desk.tickets().sla(&id).await;
    assert_eq!((&is["due_at"], &is["metrics"], &is["policies"]), (&would["due_at"], &would["metrics"], &would["policies"]));

    // A deadline that was set wins over whatever is tried, and the policies still say which of them would apply.
    desk.tickets().patch(&id, json!({"sla_due_at": "2026-03-12T09:00:00Z"})).await;
    let set = desk.agent().try_policies(trial(json!(1))).await;
    assert_eq!((&set["source"], &set["due_at"].as_str().unwrap()[..10]), (&json!("explicit"), "2026-03-12"));
    assert_eq!(outcomes(&set)[1], ("Scale", true, true));
    // No policies, and none that is about the ticket.
    let none = desk.agent().try_policies(json!({"ticket": 1, "policies": []})).await;
    assert_eq!((&none["policies"], &none["metrics"]), (&json!([]), &json!([])));
}

/// How many entries the record of administration has.
async fn audited(desk: &Desk) -> usize {
    desk.admin(Method::GET, "/projects/1/audit/", Value::Null).await.expect(200).json["results"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_trial_that_is_wrong_names_its_place() {
    let desk = desk().await;
    desk.tickets().create(json!({"message": "q"})).await;
    let one = |policy: Value| json!({"ticket": 1, "policies": [policy]});
    for (trial, place) in [
        (json!({"policies": []}), "ticket"),
        (json!({"ticket": null, "policies": []}), "ticket"),
        (json!({"ticket": {"id": 1}, "policies": []}), "ticket"),
        (json!({"ticket": -1, "policies": []}), "ticket"),
        (json!({"ticket": 1}), "policies"),
        (json!({"ticket": 1, "policies": {}}), "policies"),
        (json!({"ticket": 1, "policies": [], "paused": []}), "paused"),
        (json!({"ticket": 1, "policies": [], "paused_by": ["asleep"]}), "paused_by[0]"),
        (one(json!({"name": "A"})), "policies[0].targets"),
        (
            one(json!({"name": "A", "targets": {"first_response": {"amount": "soon"}}})),
            "policies[0].targets.first_response.amount",
        ),
        (one(policy("A", &json!({"priority": ["urgent"]}), 1)), "policies[0].conditions.priority[0]"),
        (json!({"ticket": 1, "policies": vec![policy("A", &json!({}), 1); 51]}), "policies"),
        (json!({"ticket": 1, "policies": vec![policy("A", &json!({}), 1); 2]}), "policies[1].name"),
    ] {
        let refused = desk.agent().try_policies(trial.clone()).refused(400).await;
        assert_eq!(refused["attr"], place, "{trial}");
    }
    for ticket in [json!("+1"), json!("01"), json!(2), json!("2"), json!("x"), json!("0190c000-0000-7000-8000-000000000000")] {
        desk.agent().try_policies(json!({"ticket": ticket, "policies": []})).refused(404).await;
    }
}

#[tokio::test]
async fn policies_count_the_tickets_that_they_hold() {
    let desk = desk().await;
    let counts = async || desk.agent().policy_counts().await;
    let none = json!({"tickets": 0, "is_exact": true});
    assert_eq!(counts().await, json!({"policies": [], "without": none, "examined": 0}));
    // Beyond 2 KB, traits are stored beside their ticket.
    let much = json!({"plan": "scale", "notes": "x".repeat(4000)});
    for (fields, how_often) in [
        (json!({"priority": "high", "anonymous_traits": {"plan": "scale"}}), 2),
        (json!({"anonymous_traits": {"plan": "scale"}, "status": "pending"}), 3),
        (json!({"anonymous_traits": much, "status": "on_hold"}), 4),
        (json!({"tags": ["vip"], "anonymous_traits": {"plan": "free"}, "status": "open"}), 5),
        (json!({"priority": "low"}), 6),
        (json!({"tags": ["vip"], "priority": "high", "status": "resolved"}), 7),
    ] {
        for _ in 0..how_often {
            desk.tickets().create(fields.clone()).await;
        }
    }
    // A browser's claim counts for nothing, and a deadline of the ticket's own takes it from no policy.
    let mut opening = desk.customer().message(None, "help");
    opening["traits"] = json!({"plan": "scale"});
    desk.http.widget(Method::POST, "/message", opening).await.expect(200);
    desk.tickets().patch(1, json!({"sla_due_at": "2099-01-01T00:00:00Z"})).await;
    desk.http.drain().await;
    let policies = [
        policy("Urgent", &json!({"priority": "high"}), 1),
        policy("Scale", &json!({"traits": {"plan": "scale"}}), 2),
        policy("Vip", &json!({"tags": "vip"}), 3),
    ];
    desk.agent().set_sla_policies(json!({"policies": policies})).await;
    let held = |name: &str, tickets: u64| json!({"name": name, "tickets": tickets, "is_exact": true});
    let expected = json!({
        "policies": [held("Urgent", 2), held("Scale", 7), held("Vip", 5)],
        "without": {"tickets": 7, "is_exact": true},
        "examined": 21,
    });
    assert_eq!(counts().await, expected);
    // The totals alone tell of priorities and channels.
    let policies = [policy("Urgent", &json!({"priority": "high"}), 1), policy("Widget", &json!({"channel_source": "widget"}), 2)];
    desk.agent().set_sla_policies(json!({"policies": policies})).await;
    let expected = json!({
        "policies": [held("Urgent", 2), held("Widget", 1)], "without": {"tickets": 18, "is_exact": true}, "examined": 0,
    });
    assert_eq!(counts().await, expected);
    // Those of another project are its own.
    let other =
        desk.by("phx_other", Method::GET, "/projects/2/conversations/sla_policies/counts/", Value::Null).await.expect(200);
    assert_eq!(other.json, json!({"policies": [], "without": none, "examined": 0}));
}

/// What an agent of another project, and a key without the scope, may not ask.
#[tokio::test]
async fn policies_explain_themselves_to_who_may_read() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    let trial = |ticket: Value| json!({"ticket": ticket, "policies": []});
    let other = desk.agent_with("phx_other");
    other.try_policies(trial(json!(id))).refused(404).await;
    other.policy_counts().refused(404).await;
    other.preview_holidays("2027-01-01").refused(404).await;
    // The ticket of one project is none of another.
    let elsewhere = "/projects/2/conversations/sla_policies/try/";
    for ticket in [json!(id), json!(1)] {
        desk.by("phx_other", Method::POST, elsewhere, trial(ticket)).await.expect(404);
    }
    for (scopes, statuses) in [
        (json!(["ticket:read"]), [200, 403, 403]),
        (json!(["project:read"]), [403, 403, 200]),
        (json!(["project:read", "ticket:read"]), [200, 200, 200]),
        (json!(["project:write"]), [403, 403, 200]),
        (json!(["workflow:write"]), [403, 403, 403]),
    ] {
        let agent = desk.agent_with(&desk.key(json!({"label": "k", "scopes": scopes})).await);
        let answers = [
            agent.try_policies(trial(json!(id))).reply().await,
            agent.policy_counts().reply().await,
            agent.preview_holidays("2027-01-01").reply().await,
        ];
        assert_eq!(answers.map(|answer| answer.status), statuses, "{scopes}");
    }
    // Nobody has to administer the project for any of them.
    let ann = desk.agent().members().create(json!({"email": "ann@example.com"})).await;
    let key = desk.key(json!({"label": "k", "scopes": ["project:read", "ticket:read"], "user": ann["id"]})).await;
    let ann = desk.agent_with(&key);
    ann.try_policies(trial(json!(1))).await;
    ann.policy_counts().await;
    ann.preview_holidays("2027-01-01").await;
}

#[tokio::test]
async fn holidays_are_read_before_they_are_saved() {
    // In Auckland it is the 10th already.
    let (desk, _) = desk_at("2026-03-09T12:30:00Z").await;
    let calendar = concat!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
        "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201225\r\nDTEND;VALUE=DATE:20201227\r\nRRULE:FREQ=YEARLY\r\n",
        "SUMMARY:Christmas\\, both\r\n  days\r\nEND:VEVENT\r\n",
        "BEGIN:VEVENT\r\nDTSTART:20260401T090000Z\r\nSUMMARY:Planning\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let read = desk.agent().preview_holidays(calendar).await;
    let named = |date: &str, name: &str| json!({"date": date, "name": name});
    let dates = ["2026-12-25", "2026-12-26", "2027-12-25", "2027-12-26"];
    let timed = json!({
        "line": 10, "what": "Planning", "reason": "timed", "why": "It has a time of day, and a holiday is a whole day.",
    });
    let expected = json!({
        "format": "ics", "from": "2026-03-09", "to": "2028-03-09", "most": 100,
        "holidays": dates.map(|date| named(date, "Christmas, both days")),
        "left_out": [timed], "left_out_count": 1,
    });
    assert_eq!(read, expected);
    desk.settings(json!({"timezone": "Pacific/Auckland"})).await;
    let read = desk.agent().preview_holidays("2026-03-09 over\n2026-03-10\n2026-04-03, Good Friday\n1 May").await;
    assert_eq!((&read["format"], &read["from"], &read["to"]), (&json!("dates"), &json!("2026-03-10"), &json!("2028-03-10")));
    assert_eq!(read["holidays"], json!([{"date": "2026-03-10", "name": null}, named("2026-04-03", "Good Friday")]));
    let left: Vec<_> = read["left_out"].as_array().unwrap().iter().map(|left| (&left["line"], &left["reason"])).collect();
    assert_eq!(left, [(&json!(1), &json!("past")), (&json!(4), &json!("unreadable"))]);
    assert_eq!(desk.agent().sla_policies().await["policies"], json!([]), "nothing is saved");

    // What was read can be saved.
    let holidays: Vec<_> = read["holidays"].as_array().unwrap().iter().map(|holiday| holiday["date"].clone()).collect();
    let mut all = policy("All", &json!({}), 1);
    all["business_hours"] = json!({"days": ["tuesday"], "time": "any", "holidays": holidays});
    let saved = desk.agent().set_sla_policies(json!({"policies": [all]})).await;
    assert_eq!(saved["policies"][0]["business_hours"]["holidays"], json!(holidays));

    let path = format!("{CONVERSATIONS}/sla_policies/holidays/preview/");
    let kilobytes = 1024;
    for (body, detail) in [
        (json!({"text": " \n"}), "Can't be empty."),
        (json!({"text": "x".repeat(256 * kilobytes + 1)}), "Can have at most 256 KB."),
    ] {
        let refused = desk.admin(Method::POST, &path, body).await.expect(400).json;
        assert_eq!((&refused["attr"], &refused["detail"]), (&json!("text"), &json!(detail)));
    }
    for body in [json!({}), json!({"text": 1}), json!({"text": null})] {
        let refused = desk.admin(Method::POST, &path, body).await.expect(400).json;
        assert_eq!(refused["attr"], "text");
    }
    let largest = desk.admin(Method::POST, &path, json!({"text": "\n".repeat(256 * kilobytes - 1) + "x"})).await.expect(200).json;
    assert_eq!((&largest["holidays"], &largest["left_out"][0]["line"]), (&json!([]), &json!(256 * kilobytes)));
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\n".repeat(20_000));
    let deep = desk.agent().preview_holidays(&deep).await;
    assert_eq!((&deep["holidays"], &deep["left_out"][0]["reason"]), (&json!([]), &json!("unreadable")));
}
