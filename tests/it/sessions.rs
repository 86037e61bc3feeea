//! Sessions: the credential of an agent who signed in, from the cookie to its end.

use lambdesk_domain::UserId;
use lambdesk_local::Options;
use lambdesk_runtime::crypto::sha256_hex;
use lambdesk_store::Device;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    support::{Desk, Http, Reply, desk, desk_at, desk_with},
    table::Table,
};

/// What the desk's own page sends with its session.
pub(crate) const OWN: (&str, &str) = ("x-lambdesk", "1");
const TICKETS: &str = "/api/projects/1/conversations/tickets/";

/// Signs in as a browser on this machine does, and returns the cookie that it keeps.
pub(crate) async fn sign_in(http: &Http) -> String {
    cookie(&http.call(Method::POST, "/auth/local", &[OWN], Value::Null).await.expect(200))
}

/// The cookie that a browser would send after this answer.
pub(crate) fn cookie(reply: &Reply) -> String {
    reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// Calls the desk as its own page does.
pub(crate) async fn call(http: &Http, cookie: &str, method: Method, path: &str, body: Value) -> Reply {
    http.call(method, path, &[("cookie", cookie), OWN, ("sec-fetch-site", "same-origin")], body).await
}

async fn get(http: &Http, cookie: &str, path: &str) -> Reply {
    call(http, cookie, Method::GET, path, Value::Null).await
}

/// Opens a session of a user who did not sign in, and returns its cookie.
async fn session_of(desk: &Desk, user: u32) -> String {
    let opened = desk.running.store.sign_ins().open(UserId(user), Device::default()).await.unwrap();
    format!("lambdesk_local={}", opened.token)
}

/// Adds a member with this access to project 1.
async fn member(desk: &Desk, name: &str, access: &str) -> u32 {
    let member = json!({"email": format!("{name}@example.com"), "first_name": name, "access": access});
    let member = desk.agent().members().create(member).await;
    u32::try_from(member["id"].as_u64().unwrap()).unwrap()
}

#[tokio::test]
async fn whoever_sits_at_the_machine_is_the_first_agent() {
    let desk = desk().await;
    let answer = desk.http.call(Method::POST, "/auth/local", &[OWN], Value::Null).await.expect(200);
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("lambdesk_local=") && set.ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Strict"), "{set}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let me = get(&desk.http, &cookie(&answer), "/api/me/").await.expect(200).json;
    assert_eq!(me["user"], json!({"id": 1, "email": "agent@example.com", "first_name": "Agent"}));
    let all = ["ticket:read", "ticket:write", "project:read", "project:write", "workflow:read", "workflow:write"];
    assert_eq!(me["projects"], json!([{"id": 1, "name": "Demo", "access": "admin", "scopes": all, "email_senders": []}]));
    assert_eq!((&me["sign_in"], &me["expires_at"]), (&json!("local"), &answer.json["expires_at"]));
}

#[tokio::test]
async fn a_key_tells_whose_it_is_too() {
    let desk = desk().await;
    let key = desk.key(json!({"label": "reader", "scopes": ["ticket:read"]})).await;
    let me = desk.by(&key, Method::GET, "/me/", Value::Null).await.expect(200).json;
    assert_eq!((&me["projects"][0]["scopes"], &me["expires_at"]), (&json!(["ticket:read"]), &Value::Null));
}

#[tokio::test]
async fn nobody_else_is_signed_in_without_being_asked() {
    let desk = desk().await;
    let port = desk.running.address.port();
    let local = async |headers: &[(&str, &str)]| desk.http.call(Method::POST, "/auth/local", headers, Value::Null).await;
    for host in [format!("evil.example:{port}"), "localhost".to_owned(), format!("localhost.evil.example:{port}")] {
        let refused = local(&[OWN, ("host", &host)]).await.expect(403);
        assert_eq!(refused.header("set-cookie"), None, "{host}");
    }
    local(&[OWN, ("host", &format!("localhost:{port}"))]).await.expect(200);
    local(&[OWN, ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")]).await.expect(200);
    for site in ["cross-site", "same-site"] {
        local(&[OWN, ("sec-fetch-site", site)]).await.expect(403);
    }
    local(&[]).await.expect(403);
    let foreign = [("content-type", "text/plain"), ("origin", "https://evil.example")];
    desk.http.raw(Method::POST, "/auth/local", &foreign, b"x=1".to_vec()).await.expect(403);
    desk.http.call(Method::GET, "/auth/local", &[OWN], Value::Null).await.expect(405);

    let asking = desk_with(Options { sign_in: true, ..Options::default() }).await;
    asking.http.call(Method::POST, "/auth/local", &[OWN], Value::Null).await.expect(404);
}

#[tokio::test]
async fn a_session_does_what_its_users_access_allows() {
    let desk = desk().await;
    let (agent, admin) = (member(&desk, "ann", "agent").await, member(&desk, "ada", "admin").await);
    let (agent, admin) = (session_of(&desk, agent).await, session_of(&desk, admin).await);
    let me = get(&desk.http, &agent, "/api/me/").await.expect(200).json;
    let scopes = json!(["ticket:read", "ticket:write", "project:read", "workflow:read"]);
    assert_eq!((&me["projects"][0]["access"], &me["projects"][0]["scopes"]), (&json!("agent"), &scopes));
    for (session, write) in [(&agent, 403), (&admin, 200)] {
        call(&desk.http, session, Method::POST, TICKETS, json!({"message": "by phone"})).await.expect(201);
        call(&desk.http, session, Method::PATCH, "/api/projects/1/", json!({"name": "Demo"})).await.expect(write);
        get(&desk.http, session, "/api/projects/2/").await.expect(404);
        get(&desk.http, session, "/api/projects/2/conversations/tickets/").await.expect(404);
    }
}

#[tokio::test]
async fn another_origin_can_do_nothing_with_the_cookie() {
    let desk = desk().await;
    let session = sign_in(&desk.http).await;
    let with = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", session.as_str())];
        all.extend_from_slice(headers);
        let body = if method == Method::GET { Value::Null } else { json!({"message": "hello"}) };
        desk.http.call(method, path, &all, body).await
    };
    with(Method::GET, TICKETS, &[OWN]).await.expect(200);
    for headers in [
        &[][..],
        &[("x-lambdesk", "0")],
        &[("x-lambdesk", "1"), ("x-lambdesk", "2")],
        &[OWN, ("sec-fetch-site", "cross-site")],
        &[OWN, ("sec-fetch-site", "same-site")],
        &[OWN, ("sec-fetch-site", "none")],
        &[("sec-fetch-site", "same-origin")],
    ] {
        for path in [TICKETS, "/api/me/", "/api/me/sessions/", "/api/projects/"] {
            with(Method::GET, path, headers).await.expect(403);
        }
        with(Method::POST, TICKETS, headers).await.expect(403);
    }
    let form = [("cookie", session.as_str()), ("content-type", "application/x-www-form-urlencoded"), ("origin", "null")];
    desk.http.raw(Method::POST, TICKETS, &form, b"message=hello".to_vec()).await.expect(403);
    desk.http.raw(Method::POST, "/auth/sign-out", &form, Vec::new()).await.expect(403);
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket"), ("origin", "https://evil.example")];
    with(Method::GET, TICKETS, &upgrade).await.expect(403);
    let preflight = [("origin", "https://evil.example"), ("access-control-request-headers", "x-lambdesk")];
    for path in [TICKETS, "/api/me/", "/auth/local", "/auth/sign-out"] {
        let answer = desk.http.call(Method::OPTIONS, path, &preflight, Value::Null).await;
        let allows = answer.headers.keys().any(|name| name.as_str().starts_with("access-control"));
        assert!(!allows, "{path} lets other origins in");
    }
    assert_eq!(with(Method::GET, TICKETS, &[OWN]).await.expect(200).json["count"], 0, "nothing was written");
}

#[tokio::test]
async fn a_cookie_that_somebody_tossed_in_counts_for_nothing() {
    let desk = desk().await;
    let (mine, theirs) = (sign_in(&desk.http).await, sign_in(&desk.http).await);
    get(&desk.http, &format!("{mine}; {theirs}"), TICKETS).await.expect(401);
    get(&desk.http, &format!("a=b; {mine}"), TICKETS).await.expect(200);
    let token = mine.split_once('=').unwrap().1;
    for name in ["__Host-lambdesk", "lambdesk", "Lambdesk_Local", " lambdesk_local x"] {
        get(&desk.http, &format!("{name}={token}"), TICKETS).await.expect(401);
    }
    get(&desk.http, "lambdesk_local=phx_local", TICKETS).await.expect(401);
    desk.by(token, Method::GET, "/projects/", Value::Null).await.expect(401);
    for other in ["wgt_local", "phs_local", "phc_local", "", "x"] {
        get(&desk.http, &format!("lambdesk_local={other}"), TICKETS).await.expect(401);
    }
}

#[tokio::test]
async fn a_desk_behind_https_has_a_cookie_that_no_other_host_can_set() {
    let public = Some("https://desk.example.com".parse().unwrap());
    let desk = desk_with(Options { public, ..Options::default() }).await;
    let answer = desk.http.call(Method::POST, "/auth/local", &[OWN], Value::Null).await.expect(200);
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-lambdesk=") && set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{set}");
    get(&desk.http, &cookie(&answer), TICKETS).await.expect(200);
    get(&desk.http, &cookie(&answer).replace("__Host-lambdesk", "lambdesk_local"), TICKETS).await.expect(401);
}

#[tokio::test]
async fn each_sign_in_is_a_session_of_its_own() {
    let desk = desk().await;
    let fixed = "lambdesk_local=fixed-by-somebody-else";
    let answer = desk.http.call(Method::POST, "/auth/local", &[OWN, ("cookie", fixed)], Value::Null).await.expect(200);
    let (first, second) = (cookie(&answer), sign_in(&desk.http).await);
    assert!(first != fixed && first != second && first.len() > 50);
    get(&desk.http, fixed, TICKETS).await.expect(401);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_after_a_week() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let (idle, busy) = (sign_in(&desk.http).await, sign_in(&desk.http).await);
    let hours = |hours: i64| hours * 3600;
    time.pass(hours(11));
    get(&desk.http, &busy, "/api/me/").await.expect(200);
    time.pass(hours(1));
    get(&desk.http, &idle, "/api/me/").await.expect(401);
    get(&desk.http, &idle, TICKETS).await.expect(401);
    for _ in 0..15 {
        get(&desk.http, &busy, "/api/me/").await.expect(200);
        time.pass(hours(10));
    }
    let me = get(&desk.http, &busy, "/api/me/").await.expect(200).json;
    assert_eq!(&me["expires_at"].as_str().unwrap()[..16], "2026-03-16T09:00", "a week after the sign-in, however busy");
    time.pass(hours(6) + 60);
    get(&desk.http, &busy, "/api/me/").await.expect(401);
}

#[tokio::test]
async fn a_use_is_recorded_every_ten_minutes_at_most() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let session = sign_in(&desk.http).await;
    let writes = async || get(&desk.http, &session, TICKETS).await.expect(200).cost().wcu;
    let mut written = Vec::new();
    for minutes in [0, 9, 2, 0, 9, 1] {
        time.pass(minutes * 60);
        written.push(writes().await > 0.0);
    }
    assert_eq!(written, [false, false, true, false, false, true]);
    let listed = get(&desk.http, &session, "/api/me/sessions/").await.expect(200).json["results"][0].clone();
    assert_eq!(&listed["last_used_at"].as_str().unwrap()[..16], "2026-03-09T09:21");
    assert_eq!(&listed["created_at"].as_str().unwrap()[..16], "2026-03-09T09:00");
}

#[tokio::test]
async fn a_user_lists_and_ends_their_sessions() {
    let desk = desk().await;
    let agent = [OWN, ("user-agent", "Browser/1.0")];
    let first = cookie(&desk.http.call(Method::POST, "/auth/local", &agent, Value::Null).await.expect(200));
    let (second, third) = (sign_in(&desk.http).await, sign_in(&desk.http).await);
    let other = session_of(&desk, 2).await;
    let listed = get(&desk.http, &first, "/api/me/sessions/").await.expect(200).json;
    assert_eq!(listed["count"], 3);
    let results = listed["results"].as_array().unwrap();
    assert_eq!(results.iter().map(|row| row["is_current"].as_bool().unwrap()).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!((&results[2]["user_agent"], &results[2]["address"]), (&json!("Browser/1.0"), &json!("127.0.0.1")));

    let path = |row: usize| format!("/api/me/sessions/{}/", results[row]["id"].as_str().unwrap());
    let one = get(&desk.http, &first, &path(1)).await.expect(200).json;
    assert_eq!((&one["id"], &one["is_current"]), (&results[1]["id"], &json!(false)));
    get(&desk.http, &other, &path(1)).await.expect(404);
    call(&desk.http, &other, Method::DELETE, &path(1), Value::Null).await.expect(404);
    call(&desk.http, &first, Method::DELETE, &path(1), Value::Null).await.expect(204);
    get(&desk.http, &second, TICKETS).await.expect(401);
    call(&desk.http, &first, Method::DELETE, &path(1), Value::Null).await.expect(404);
    get(&desk.http, &third, TICKETS).await.expect(200);

    call(&desk.http, &first, Method::DELETE, "/api/me/sessions/", Value::Null).await.expect(204);
    for ended in [&first, &third] {
        get(&desk.http, ended, TICKETS).await.expect(401);
    }
    get(&desk.http, &other, "/api/projects/2/conversations/tickets/").await.expect(200);
}

#[tokio::test]
async fn the_oldest_of_too_many_sessions_ends() {
    let desk = desk().await;
    let first = sign_in(&desk.http).await;
    for _ in 0..49 {
        session_of(&desk, 1).await;
    }
    get(&desk.http, &first, TICKETS).await.expect(200);
    let last = session_of(&desk, 1).await;
    get(&desk.http, &first, TICKETS).await.expect(401);
    assert_eq!(get(&desk.http, &last, "/api/me/sessions/").await.expect(200).json["count"], 50);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_the_cookie() {
    let desk = desk().await;
    let session = sign_in(&desk.http).await;
    let out = call(&desk.http, &session, Method::POST, "/auth/sign-out", Value::Null).await.expect(200);
    assert_eq!(out.json, json!({"redirect": null}));
    assert!(out.header("set-cookie").unwrap().starts_with("lambdesk_local=; Max-Age=0;"));
    get(&desk.http, &session, TICKETS).await.expect(401);
    call(&desk.http, &session, Method::POST, "/auth/sign-out", Value::Null).await.expect(200);
    desk.http.call(Method::POST, "/auth/sign-out", &[OWN], Value::Null).await.expect(200);
    let key = [OWN, ("cookie", "lambdesk_local=phx_local")];
    desk.http.call(Method::POST, "/auth/sign-out", &key, Value::Null).await.expect(200);
    desk.tickets().list("").await;
}

#[tokio::test]
async fn who_left_is_out_and_a_session_from_before_stays_out() {
    let desk = desk().await;
    let user = member(&desk, "ann", "admin").await;
    let before = session_of(&desk, user).await;
    get(&desk.http, &before, TICKETS).await.expect(200);
    desk.agent().members().delete(user).await;
    get(&desk.http, &before, TICKETS).await.expect(404);
    let me = get(&desk.http, &before, "/api/me/").await.expect(200).json;
    assert_eq!(me["projects"], json!([]));
    member(&desk, "ann", "admin").await;
    get(&desk.http, &before, TICKETS).await.expect(404);
    let after = session_of(&desk, user).await;
    get(&desk.http, &after, TICKETS).await.expect(200);
}

#[tokio::test]
async fn a_session_is_shown_the_secret_only_when_it_asks() {
    let desk = desk().await;
    let session = sign_in(&desk.http).await;
    let project = get(&desk.http, &session, "/api/projects/1/").await.expect(200).json;
    assert_eq!((project.get("secret_api_token"), &project["name"]), (None, &json!("Demo")));
    let projects = get(&desk.http, &session, "/api/projects/").await.expect(200).json;
    assert_eq!(projects["results"][0].get("secret_api_token"), None);
    let patched = call(&desk.http, &session, Method::PATCH, "/api/projects/1/", json!({"name": "Desk"})).await.expect(200).json;
    assert_eq!(patched.get("secret_api_token"), None);
    let audit = get(&desk.http, &session, "/api/projects/1/audit/").await.expect(200).json["results"].clone();
    assert_eq!(audit[0]["action"], "project.updated");
    assert_eq!(audit[0]["actor"], json!({"type": "user", "id": 1, "name": "Agent"}));
    assert_eq!((&audit[0]["key"], &audit[0]["address"]), (&Value::Null, &json!("127.0.0.1")));
    let reveal = "/api/projects/1/secret_api_token/reveal/";
    let shown = call(&desk.http, &session, Method::POST, reveal, Value::Null).await.expect(200).json;
    assert_eq!(shown["secret_api_token"], "phs_local");
    let audit = get(&desk.http, &session, "/api/projects/1/audit/").await.expect(200).json["results"].clone();
    assert_eq!(audit[0]["action"], "secret_api_token.revealed");
}

#[tokio::test]
async fn a_session_makes_keys_and_a_retry_makes_none() {
    let desk = desk().await;
    let (session, other) = (sign_in(&desk.http).await, sign_in(&desk.http).await);
    let make = async |session: &str| {
        let headers = [("cookie", session), OWN, ("idempotency-key", "k")];
        let body = json!({"label": "made", "scopes": ["ticket:write"]});
        desk.http.call(Method::POST, "/api/personal_api_keys/", &headers, body).await.expect(201)
    };
    let (first, again) = (make(&session).await, make(&session).await);
    assert_eq!((again.header("idempotent-replayed"), &again.json), (Some("true"), &first.json));
    assert_ne!(make(&other).await.json["value"], first.json["value"], "a key of requests is of one credential");
    let value = first.json["value"].as_str().unwrap();
    desk.agent_with(value).tickets().list("").await;
}

#[tokio::test]
async fn preferences_are_one_object_of_the_user() {
    let desk = desk().await;
    let (session, other) = (sign_in(&desk.http).await, session_of(&desk, 2).await);
    let path = "/api/me/preferences/";
    assert_eq!(get(&desk.http, &session, path).await.expect(200).json, json!({}));
    let put = async |session: &str, body: Value| call(&desk.http, session, Method::PUT, path, body).await;
    let preferences = json!({"density": "compact", "undo": 5, "keys": {"j": null}});
    assert_eq!(put(&session, preferences.clone()).await.expect(200).json, preferences);
    assert_eq!(get(&desk.http, &session, path).await.expect(200).json, preferences);
    assert_eq!(desk.admin(Method::GET, "/me/preferences/", Value::Null).await.expect(200).json, preferences);
    assert_eq!(get(&desk.http, &other, path).await.expect(200).json, json!({}));
    for wrong in [json!([]), json!("x"), json!(1)] {
        put(&session, wrong).await.expect(400);
    }
    let of_size = |bytes: usize| json!({"x": "y".repeat(bytes - r#"{"x":""}"#.len())});
    put(&session, of_size(16_385)).await.expect(400);
    put(&session, of_size(16_384)).await.expect(200);
    put(&session, json!({})).await.expect(200);
    assert_eq!(get(&desk.http, &session, path).await.expect(200).json, json!({}));
}

#[tokio::test]
async fn a_key_that_another_may_know_has_no_part_in_sessions() {
    let desk = desk().await;
    let user = member(&desk, "ann", "agent").await;
    let session = session_of(&desk, user).await;
    let made = json!({"label": "for ann", "scopes": ["ticket:write"], "user": user});
    let key = desk.key(made).await;
    assert_eq!(desk.by(&key, Method::GET, "/me/", Value::Null).await.expect(200).json["user"]["id"], user);
    for path in ["/me/sessions/", "/me/preferences/"] {
        desk.by(&key, Method::GET, path, Value::Null).await.expect(403);
    }
    desk.by(&key, Method::DELETE, "/me/sessions/", Value::Null).await.expect(403);
    get(&desk.http, &session, "/api/me/").await.expect(200);
}

/// The token is nowhere in the table, and the last use is in an item that opens nothing.
#[tokio::test]
async fn the_table_knows_only_the_hash_of_a_token() {
    let desk = desk().await;
    let session = sign_in(&desk.http).await;
    let token = session.split_once('=').unwrap().1;
    let items = Table(&desk).scan().await;
    assert!(!format!("{items:?}").contains(token));
    let hash = sha256_hex(token.as_bytes());
    let sort: Vec<_> = items.iter().filter(|item| item["PK"].as_s().unwrap().ends_with(&hash)).map(|item| &item["PK"]).collect();
    assert_eq!(sort.len(), 2, "{sort:?}");
}
