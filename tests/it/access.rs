//! What members may do, what happens to keys when members leave or lose access, and the limits on members and keys.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Reply, desk, still_desk};

const TICKETS: &str = "/projects/1/conversations/tickets/";

impl Desk {
    async fn member(&self, name: &str, access: &str) -> Value {
        let member = json!({"email": format!("{name}@example.com"), "first_name": name, "access": access});
        self.agent().members().create(member).await["id"].clone()
    }

    /// A key with these scopes that the key `by` makes for `user`.
    async fn made(&self, by: &str, user: &Value) -> Reply {
        let scopes = json!(["ticket:write", "project:write", "workflow:write"]);
        self.by(by, Method::POST, "/personal_api_keys/", json!({"label": "k", "scopes": scopes, "user": user})).await
    }

    async fn remove(&self, member: &Value) -> Reply {
        self.agent().members().delete(&member).reply().await
    }

    async fn get(&self, key: &str, path: &str) -> Reply {
        self.by(key, Method::GET, path, Value::Null).await
    }
}

fn value(made: &Reply) -> String {
    made.json["value"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_person_who_left_made_is_dead_however_often_it_was_handed_on() {
    let desk = desk().await;
    let (mallory, bob) = (desk.member("mallory", "admin").await, desk.member("bob", "admin").await);
    let own = value(&desk.made("phx_local", &mallory).await.expect(201));
    let first = desk.made(&own, &bob).await.expect(201);
    assert_eq!((&first.json["maker"], &first.json["makers"]), (&mallory, &sorted([&json!(1), &mallory, &bob])));
    let first = value(&first);
    let second = value(&desk.made(&first, &Value::Null).await.expect(201));
    let third = value(&desk.made(&second, &json!(1)).await.expect(201));
    for key in [&first, &second, &third] {
        assert!(desk.get(key, "/projects/1/").await.expect(200).json["secret_api_token"].is_string());
    }
    desk.remove(&mallory).await.expect(204);
    let come_back = async || {
        for key in [&own, &first, &second, &third] {
            for path in ["/projects/1/", TICKETS, "/projects/1/members/"] {
                desk.get(key, path).await.expect(404);
            }
            desk.by(key, Method::POST, "/projects/1/rotate_secret_token/", Value::Null).await.expect(404);
            let again = desk.made(key, &Value::Null).await;
            assert!([401, 403].contains(&again.status), "{}", again.text);
            let listed = desk.get(key, "/projects/").await;
            assert!(listed.status == 401 || listed.json["count"] == 0, "{}", listed.text);
            let keys = desk.get(key, "/personal_api_keys/").await;
            assert!(keys.status == 401 || keys.json["count"] == 0, "{}", keys.text);
        }
    };
    come_back().await;
    assert_eq!(desk.member("mallory", "admin").await, mallory, "the same user");
    come_back().await;
    let new = value(&desk.made("phx_local", &mallory).await.expect(201));
    desk.get(&new, TICKETS).await.expect(200);
    // Bob's own keys stay.
    let bobs = value(&desk.made("phx_local", &bob).await.expect(201));
    desk.get(&bobs, TICKETS).await.expect(200);
}

fn sorted<const N: usize>(ids: [&Value; N]) -> Value {
    let mut ids: Vec<_> = ids.iter().map(|id| id.as_u64().unwrap()).collect();
    ids.sort_unstable();
    json!(ids)
}

#[tokio::test]
async fn keys_of_who_leaves_one_of_two_projects_end_there_only() {
    let desk = desk().await;
    let bob = desk.member("bob", "admin").await;
    let held = value(&desk.made("phx_local", &bob).await.expect(201));
    let key = {
        // A key for another user is limited to the projects that both share when it is made. By now that is both of Bob's
        // projects.
        let second = json!({"name": "Second"});
        desk.admin(Method::POST, "/projects/", second).await.expect(201);
        desk.admin(Method::POST, "/projects/3/members/", json!({"email": "bob@example.com"})).await.expect(201);
        value(&desk.made("phx_local", &bob).await.expect(201))
    };
    let reached = async |key: &str| (desk.get(key, "/projects/1/").await.status, desk.get(key, "/projects/3/").await.status);
    assert_eq!((reached(&held).await, reached(&key).await), ((200, 404), (200, 200)));
    desk.remove(&bob).await.expect(204);
    assert_eq!((reached(&held).await, reached(&key).await), ((404, 404), (404, 200)));
    desk.member("bob", "agent").await;
    assert_eq!((reached(&held).await, reached(&key).await), ((404, 404), (404, 200)));
    assert_eq!(desk.get(&key, "/projects/").await.expect(200).json["count"], 1);
}

#[tokio::test]
async fn agents_work_on_tickets_and_administrators_on_the_rest() {
    let desk = desk().await;
    let added = desk.agent().members().create(json!({"email": "ann@example.com"})).await;
    assert_eq!(added["access"], "agent");
    let ann = &added["id"];
    let key = value(&desk.made("phx_local", ann).await.expect(201));
    let ticket = desk.tickets().create(json!({})).id().await;
    let workflow = json!({"name": "w", "trigger": {"event": "$conversation_message_received"}, "steps": []});
    let workflows = "/projects/1/conversations/workflows/";
    let made = desk.admin(Method::POST, workflows, workflow.clone()).await;
    let policies = "/projects/1/conversations/sla_policies/";
    for path in [TICKETS, "/projects/1/", "/projects/1/members/", "/projects/1/roles/", workflows, policies] {
        desk.get(&key, path).await.expect(200);
    }
    desk.by(&key, Method::PATCH, &format!("{TICKETS}{ticket}/"), json!({"status": "open"})).await.expect(200);
    let view = json!({"name": "v", "filters": {}});
    desk.agent_with(&key).views().create(view).await;
    assert!(desk.get(&key, "/projects/1/").await.json.get("secret_api_token").is_none());
    assert!(!desk.get(&key, "/projects/").await.expect(200).text.contains("phs_"));
    let member = format!("/projects/1/members/{ann}/");
    let workflow_path = format!("{workflows}{}/", made.json["id"].as_str().unwrap_or("0190c000-0000-7000-8000-000000000000"));
    let me = json!({"label": "k", "scopes": ["ticket:read"], "user": 1});
    let refused = [
        (Method::PATCH, "/projects/1/", json!({"name": "x"})),
        (Method::POST, "/projects/", json!({"name": "x"})),
        (Method::POST, "/projects/1/members/", json!({"email": "x@example.com"})),
        (Method::PATCH, member.as_str(), json!({"access": "admin"})),
        (Method::DELETE, "/projects/1/members/1/", Value::Null),
        (Method::POST, "/projects/1/roles/", json!({"name": "x"})),
        (Method::POST, "/projects/1/rotate_secret_token/", Value::Null),
        (Method::POST, "/projects/1/rotate_widget_token/", Value::Null),
        (Method::POST, "/projects/1/delete_secret_token_backup/", Value::Null),
        (Method::PUT, policies, json!({"policies": []})),
        (Method::POST, workflows, workflow),
        (Method::DELETE, workflow_path.as_str(), Value::Null),
        (Method::POST, "/personal_api_keys/", me),
        (Method::POST, "/personal_api_keys/", json!({"label": "k", "scopes": ["project:write"]})),
        (Method::POST, "/personal_api_keys/", json!({"label": "k", "scopes": ["workflow:write"]})),
    ];
    for (method, path, body) in &refused {
        desk.by(&key, method.clone(), path, body.clone()).await.expect(403);
    }
    // Members may make, list and revoke keys of their own.
    let mine = json!({"label": "k", "scopes": ["ticket:write", "project:read"]});
    let mine = desk.by(&key, Method::POST, "/personal_api_keys/", mine).await.expect(201);
    desk.get(&value(&mine), TICKETS).await.expect(200);
    let path = format!("/personal_api_keys/{}/", mine.json["id"].as_str().unwrap());
    desk.by(&key, Method::DELETE, &path, Value::Null).await.expect(204);
    desk.get(&value(&mine), TICKETS).await.expect(401);

    // A change of access also applies to existing keys.
    desk.admin(Method::PATCH, &member, json!({"access": "admin"})).await.expect(200);
    desk.agent_with(&key).configure(json!({"name": "x"})).await;
    let by_ann = value(&desk.made(&key, &json!(1)).await.expect(201));
    desk.agent_with(&by_ann).configure(json!({"name": "y"})).await;
    let lowered = desk.admin(Method::PATCH, &member, json!({"access": "agent"})).await.expect(200).json;
    assert_eq!((&lowered["id"], &lowered["access"]), (ann, &json!("agent")));
    desk.agent_with(&key).configure(json!({"name": "z"})).refused(403).await;
    desk.agent_with(&by_ann).configure(json!({"name": "z"})).refused(403).await;
    desk.get(&by_ann, TICKETS).await.expect(200);
    for body in [json!({"access": "owner"}), json!({"access": null}), json!({"access": 1})] {
        assert_eq!(desk.admin(Method::PATCH, &member, body).await.expect(400).json["attr"], "access");
    }
    desk.agent().members().patch(99, json!({"access": "agent"})).refused(404).await;
}

#[tokio::test]
async fn a_project_keeps_an_administrator() {
    let desk = desk().await;
    let bob = desk.member("bob", "agent").await;
    let last = async |reply: Reply| assert_eq!(reply.expect(409).json["code"], "last_admin");
    last(desk.remove(&json!(1)).await).await;
    last(desk.agent().members().patch(1, json!({"access": "agent"})).reply().await).await;
    // Two admins make each other agents at the same time.
    desk.agent().members().patch(&bob, json!({"access": "admin"})).await;
    let key = value(&desk.made("phx_local", &bob).await.expect(201));
    let lower = json!({"access": "agent"});
    let bob_path = format!("/projects/1/members/{bob}/");
    let (one, other) = tokio::join!(
        desk.admin(Method::PATCH, &bob_path, lower.clone()),
        desk.agent_with(&key).members().patch(1, lower.clone()).reply()
    );
    let done = [one.status, other.status];
    assert!(done.contains(&200) && (done.contains(&409) || done.contains(&403)), "{done:?}");
    let members = desk.agent().members().list("").await;
    assert_eq!(members["results"].as_array().unwrap().iter().filter(|member| member["access"] == "admin").count(), 1);
}

#[tokio::test]
async fn nothing_tells_whether_an_address_is_known_elsewhere() {
    let desk = still_desk().await;
    desk.by("phx_other", Method::POST, "/projects/2/members/", json!({"email": "known@example.com", "first_name": "Secret"}))
        .await
        .expect(201);
    let add = async |email: &str| {
        let member = json!({"email": email, "first_name": "Given"});
        desk.agent().members().create(member).expect(201).await
    };
    // The first call fills this process's caches, so that they are the same for both.
    add("first@example.com").await;
    let (new, known) = (add("new@example.com").await, add("Known@example.com").await);
    let shape = |reply: &Reply, email: &str| {
        let mut body = reply.json.clone();
        assert_eq!(body["email"], email);
        assert!(body["id"].as_u64().unwrap() >= 1_000_000, "an id that is counted tells how old it is");
        body["email"].take();
        body["id"].take();
        let (cost, size) = (reply.cost(), reply.headers.len());
        (body, cost.round_trips.to_bits(), cost.wcu.to_bits(), cost.rcu.to_bits(), size)
    };
    assert_eq!(shape(&new, "new@example.com"), shape(&known, "Known@example.com"));
    let again = desk.agent().members().create(json!({"email": "known@example.com"})).expect(400).await;
    assert_eq!(again.json["attr"], "email");
}

#[tokio::test]
async fn keys_roles_and_projects_have_an_end() {
    let desk = desk().await;
    let said = |refused: &Reply, what: &str| assert!(refused.json["detail"].as_str().unwrap().contains(what), "{}", refused.text);
    // The seeded agent has one key already. Of the keys made at the same time, only as many succeed as fit the limit.
    let new_key = async || {
        let key = json!({"label": "k", "scopes": ["ticket:read"]});
        desk.admin(Method::POST, "/personal_api_keys/", key).await
    };
    for _ in 0..46 {
        new_key().await.expect(201);
    }
    let made = join_all((0..6).map(|_| new_key())).await;
    assert_eq!(
        made.iter().filter(|made| made.status == 201).count(),
        3,
        "{:?}",
        made.iter().map(|m| m.status).collect::<Vec<_>>()
    );
    said(&new_key().await.expect(400), "50 keys");

    let role = |name: String| desk.agent().roles().create(json!({"name": name}));
    for at in 0..200 {
        role(format!("r{at}")).await;
    }
    said(&role("one more".to_owned()).expect(400).await, "200 roles");

    let project = async || desk.admin(Method::POST, "/projects/", json!({"name": "p"})).await;
    for _ in 0..99 {
        project().await.expect(201);
    }
    said(&project().await.expect(400), "100 projects");
}
