//! Signing in by an identity provider, and every way to be refused.

use std::sync::Arc;

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use lambdesk_local::{Options, Registration};
use reqwest::Method;
use ring::digest;
use serde_json::{Value, json};

use crate::{
    identity_provider::{Browser, CLIENT, Idp, Plan, Signing, get, sign_in},
    sessions::{OWN, call},
    support::{Desk, Reply, Time, desk_with},
};

const TICKETS: &str = "/api/projects/1/conversations/tickets/";

/// The value of a cookie that an answer sets.
fn set(reply: &Reply, name: &str) -> Option<String> {
    let all = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    all.filter_map(|line| line.split(';').next()?.split_once('=')).find(|(of, _)| *of == name).map(|(_, value)| value.to_owned())
}

/// The cookie of the session that an answer opens.
fn session(reply: &Reply) -> String {
    format!("lambdesk_local={}", set(reply, "lambdesk_local").expect("a session"))
}

/// A page that says why nobody is signed in. It opens no session, and no page shows, keeps or passes it on.
#[track_caller]
fn refused(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(set(reply, "lambdesk_local"), None);
    assert!(reply.text.contains("You are not signed in") && !reply.text.contains("<script"), "{}", reply.text);
    sealed(reply);
    assert!(reply.header("content-security-policy").unwrap().contains("default-src 'none'"));
}

#[track_caller]
fn sealed(reply: &Reply) {
    assert_eq!((reply.header("cache-control"), reply.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));
    assert!(reply.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(reply.header("x-frame-options"), Some("DENY"));
}

async fn audit(desk: &Desk) -> Vec<Value> {
    let rows = desk.admin(Method::GET, "/projects/1/audit/", Value::Null).await.expect(200).json["results"].clone();
    rows.as_array().unwrap().clone()
}

#[tokio::test]
async fn a_member_signs_in_and_goes_on_to_where_they_wanted() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let browser = Browser::begin(&desk, &idp, "?next=%2Finbox%2F1%2Ft%2F7%3Fpanel%3Derrors").await;
    let here = desk.http.url("");
    let said = |name: &str| browser.said[name].clone();
    assert_eq!((said("tenant"), said("client_id"), said("response_type")), ("1".into(), CLIENT.into(), "code".into()));
    assert_eq!((said("scope"), said("redirect_uri")), ("openid email".into(), format!("{here}/auth/callback")));
    assert_eq!(said("code_challenge_method"), "S256");
    assert!(browser.cookie.starts_with("lambdesk_local_sign_in="));

    let back = browser.back().await.expect(303);
    sealed(&back);
    assert_eq!(back.header("location"), Some(format!("{here}/inbox/1/t/7?panel=errors").as_str()));
    assert_eq!(set(&back, "lambdesk_local_sign_in").as_deref(), Some(""), "the attempt's cookie is forgotten");
    let (credential, form) = idp.asked().remove(0);
    assert!(credential.starts_with("Basic "), "the desk names itself in the header");
    assert_eq!((form["grant_type"].as_str(), form["code"].as_str()), ("authorization_code", "good"));
    let challenge = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(challenge), said("code_challenge"));

    let me = call(&desk.http, &session(&back), Method::GET, "/api/me/", Value::Null).await.expect(200).json;
    assert_eq!((&me["user"]["id"], &me["sign_in"]), (&json!(1), &json!("oidc")));
    call(&desk.http, &session(&back), Method::GET, TICKETS, Value::Null).await.expect(200);
}

#[tokio::test]
async fn nobody_is_led_out_of_the_inbox() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let inbox = format!("{}/inbox", desk.http.url(""));
    for next in
        ["%2F%2Fevil.example", "%2F%5Cevil.example", "https:%2F%2Fevil.example", "%252F%252Fevil", "/inbox@evil", "//evil", ""]
    {
        let back = Browser::begin(&desk, &idp, &format!("?next={next}")).await.back().await.expect(303);
        assert_eq!(back.header("location"), Some(inbox.as_str()), "{next}");
    }
}

#[tokio::test]
async fn what_a_caller_says_of_the_host_changes_nothing() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let headers = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")];
    let begun = get(&desk.http, "/auth/sign-in", &headers).await.expect(303);
    let here = desk.http.url("").replace(':', "%3A").replace('/', "%2F");
    assert!(begun.header("location").unwrap().contains(&format!("redirect_uri={here}%2Fauth%2Fcallback")));
    assert!(begun.header("set-cookie").unwrap().starts_with("lambdesk_local_sign_in="));
}

#[tokio::test]
async fn only_the_browser_that_began_comes_back_and_once() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let (mine, other) = (Browser::begin(&desk, &idp, "").await, Browser::begin(&desk, &idp, "").await);
    for query in ["code=good", "code=good&state=", "code=good&state=forged", "state=x"] {
        refused(&mine.back_with(query).await, 400);
    }
    // A foreign state, and a callback without the cookie of who began.
    refused(&mine.back_with(&format!("code=good&state={}", other.said["state"])).await, 400);
    refused(&get(&desk.http, &format!("/auth/callback?code=good&state={}", mine.said["state"]), &[]).await, 400);
    let mine = Browser::begin(&desk, &idp, "").await;
    mine.back().await.expect(303);
    refused(&mine.back().await, 400);
}

/// A sibling of the desk's host may set a cookie of the same name, which would sign the agent in as somebody else.
#[tokio::test]
async fn a_cookie_that_a_sibling_tossed_in_begins_nothing() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let (mine, theirs) = (Browser::begin(&desk, &idp, "").await, Browser::begin(&desk, &idp, "").await);
    let both = format!("{}; {}", theirs.cookie, mine.cookie);
    let back = async |cookie: &str, state: &str| {
        get(&desk.http, &format!("/auth/callback?code=good&state={state}"), &[("cookie", cookie)]).await
    };
    for state in [&mine.said["state"], &theirs.said["state"]] {
        refused(&back(&both, state).await, 400);
    }
    assert!(idp.asked().is_empty(), "no code was sent on");
    theirs.back().await.expect(303);
}

#[tokio::test]
async fn behind_https_no_other_host_can_set_the_cookies() {
    let idp = Idp::start(false).await;
    let registration = Registration { issuer: idp.issuer().to_owned(), client_id: CLIENT.to_owned(), client_secret: None };
    let public = Some("https://desk.example.com".parse().unwrap());
    let desk = desk_with(Options { sign_in: true, provider: Some(registration), public, ..Options::default() }).await;
    let begun = get(&desk.http, "/auth/sign-in", &[]).await.expect(303);
    let line = begun.header("set-cookie").unwrap();
    assert!(line.starts_with("__Host-lambdesk-sign-in="), "{line}");
    assert!(line.ends_with("; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"), "{line}");
    let browser = Browser::begin(&desk, &idp, "").await;
    assert_eq!(browser.said["redirect_uri"], "https://desk.example.com/auth/callback");
    let plain = browser.cookie.replace("__Host-lambdesk-sign-in", "lambdesk_local_sign_in");
    let path = format!("/auth/callback?code=good&state={}", browser.said["state"]);
    refused(&get(&desk.http, &path, &[("cookie", &plain)]).await, 400);
    let back = browser.back().await.expect(303);
    assert_eq!(back.header("location"), Some("https://desk.example.com/inbox"));
    let lines: Vec<_> = back.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let opened = lines.iter().find(|line| line.starts_with("__Host-lambdesk=")).unwrap();
    assert!(opened.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{opened}");
}

/// A page of another origin can post a form here, which a browser sends without the cookie of the attempt.
#[tokio::test]
async fn a_form_ends_no_sign_in() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let browser = Browser::begin(&desk, &idp, "").await;
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://evil.example")];
    let form = format!("code=good&state={}", browser.said["state"]).into_bytes();
    for path in ["/auth/callback", "/auth/sign-in"] {
        desk.http.raw(Method::POST, path, &headers, form.clone()).await.expect(405);
    }
    browser.back().await.expect(303);
}

#[tokio::test]
async fn of_callbacks_at_once_one_signs_in() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let browser = Browser::begin(&desk, &idp, "").await;
    let mut statuses: Vec<_> = join_all((0..5).map(|_| browser.back())).await.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400, 400, 400, 400]);
}

#[tokio::test]
async fn an_attempt_lasts_ten_minutes() {
    let idp = Idp::start(false).await;
    let time = Time::starting(chrono::Utc::now().timestamp_micros());
    let told = time.clone();
    let registration = Registration { issuer: idp.issuer().to_owned(), client_id: CLIENT.to_owned(), client_secret: None };
    let options =
        Options { sign_in: true, provider: Some(registration), time: Some(Arc::new(move || told.now())), ..Options::default() };
    let desk = desk_with(options).await;
    let browser = Browser::begin(&desk, &idp, "").await;
    time.pass(601);
    refused(&browser.back().await, 400);
    Browser::begin(&desk, &idp, "").await;
    assert!(idp.asked().is_empty(), "no code was sent on");
}

/// The code of another session, injected into mine, brings a token with the other's nonce.
#[tokio::test]
async fn a_code_of_another_session_is_refused() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let mine = Browser::begin(&desk, &idp, "").await;
    Browser::begin(&desk, &idp, "").await;
    refused(&mine.back().await, 403);
}

/// What a sign-in is answered with when the provider does this. Each has a desk of its own, since failures are limited.
async fn refused_with(idp: &Idp, plan: Plan, status: u16) {
    let desk = idp.desk().await;
    idp.plan(plan);
    refused(&sign_in(&desk, idp).await, status);
    // The desk believes the same provider as soon as nothing is wrong.
    idp.plan(Plan::default());
    sign_in(&desk, idp).await.expect(303);
}

async fn refused_claims(claims: Value, status: u16) {
    refused_with(&Idp::start(false).await, Plan { claims, ..Plan::default() }, status).await;
}

#[tokio::test]
async fn a_token_without_the_nonce_of_the_attempt_is_refused() {
    refused_claims(json!({"nonce": null}), 403).await;
    refused_claims(json!({"nonce": "other"}), 403).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    refused_claims(json!({"iss": "https://evil.example"}), 403).await;
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    for audience in [json!("another"), json!([CLIENT, "another"]), json!([]), Value::Null] {
        refused_claims(json!({"aud": audience}), 403).await;
    }
    refused_claims(json!({"azp": "another"}), 403).await;
}

#[tokio::test]
async fn a_token_that_is_expired_is_refused() {
    refused_claims(json!({"exp": chrono::Utc::now().timestamp() - 1}), 403).await;
}

#[tokio::test]
async fn a_token_of_the_future_is_refused() {
    let now = chrono::Utc::now().timestamp();
    refused_claims(json!({"iat": now + 3600, "exp": now + 7200}), 403).await;
}

#[tokio::test]
async fn a_token_that_lacks_a_claim_is_refused() {
    for missing in ["iss", "exp", "iat", "sub"] {
        refused_claims(json!({missing: null}), 400).await;
    }
}

async fn refused_signing(signing: Signing) {
    refused_with(&Idp::start(false).await, Plan { signing, ..Plan::default() }, 403).await;
}

#[tokio::test]
async fn a_token_that_another_key_signed_is_refused() {
    refused_signing(Signing::OtherKey).await;
}

#[tokio::test]
async fn a_token_that_nobody_signed_is_refused() {
    refused_signing(Signing::None).await;
}

#[tokio::test]
async fn a_token_that_a_shared_secret_signed_is_refused() {
    refused_signing(Signing::PublicKeyAsSecret).await;
    refused_signing(Signing::ClientSecret).await;
}

#[tokio::test]
async fn an_address_counts_if_the_provider_has_verified_it() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    for claims in [json!({"email_verified": false}), json!({"email_verified": null}), json!({"email_verified": "false"})] {
        idp.claims(claims);
        refused(&sign_in(&desk, &idp).await, 403);
    }
    let told = async |userinfo: Value| {
        idp.plan(Plan { claims: json!({"email": null, "email_verified": null}), userinfo, ..Plan::default() });
        sign_in(&desk, &idp).await
    };
    let good = json!({"sub": "agent", "email": "agent@example.com", "email_verified": true});
    refused(&told(json!({"sub": "another", "email": "agent@example.com", "email_verified": true})).await, 403);
    refused(&told(json!({"sub": "agent", "email": "agent@example.com"})).await, 403);
    refused(&told(json!({"sub": "agent"})).await, 403);
    told(good).await.expect(303);
}

#[tokio::test]
async fn an_address_that_looks_like_a_members_is_nobodys() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    for email in [
        "agent@exam\u{ff50}le.com",
        "\u{430}gent@example.com",
        "agent+x@example.com",
        "<b>x</b>@example.com",
        "other@example.org",
    ] {
        idp.claims(json!({"email": email, "sub": email}));
        let reply = sign_in(&desk, &idp).await;
        refused(&reply, 403);
        assert!(reply.text.contains("member of nothing") && !reply.text.contains("<b>"), "{email}");
    }
    idp.claims(json!({"email": "AGENT@Example.COM"}));
    sign_in(&desk, &idp).await.expect(303);
}

#[tokio::test]
async fn the_first_sign_in_binds_and_the_subject_decides_from_then_on() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let first = session(&sign_in(&desk, &idp).await.expect(303));
    let bound = audit(&desk).await.remove(0);
    assert_eq!((&bound["action"], &bound["target"]["name"]), (&json!("identity.bound"), &json!("agent@example.com")));
    assert_eq!((&bound["key"], &bound["address"]), (&Value::Null, &json!("127.0.0.1")));

    idp.claims(json!({"email": "renamed@example.com"}));
    sign_in(&desk, &idp).await.expect(303);
    // Somebody else was given the address.
    idp.claims(json!({"sub": "another"}));
    refused(&sign_in(&desk, &idp).await, 409);
    assert_eq!(audit(&desk).await[0]["action"], "identity.refused");

    let path = "/projects/1/members/1/identity/";
    let member = json!({"email": "ann@example.com", "first_name": "Ann"});
    let ann = desk.admin(Method::POST, "/projects/1/members/", member).await.expect(201).json["id"].clone();
    desk.admin(Method::DELETE, &format!("/projects/1/members/{ann}/identity/"), Value::Null).await.expect(404);
    desk.by("phx_other", Method::DELETE, path, Value::Null).await.expect(404);
    desk.admin(Method::DELETE, path, Value::Null).await.expect(204);
    desk.admin(Method::DELETE, path, Value::Null).await.expect(404);
    assert_eq!(audit(&desk).await[0]["action"], "identity.unbound");
    call(&desk.http, &first, Method::GET, TICKETS, Value::Null).await.expect(401);
    sign_in(&desk, &idp).await.expect(303);
    idp.plan(Plan::default());
    refused(&sign_in(&desk, &idp).await, 409);
}

#[tokio::test]
async fn who_is_removed_signs_in_to_nothing() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let member = json!({"email": "ann@example.com", "first_name": "Ann"});
    let ann = desk.admin(Method::POST, "/projects/1/members/", member).await.expect(201).json["id"].clone();
    idp.claims(json!({"sub": "ann", "email": "ann@example.com"}));
    let session = session(&sign_in(&desk, &idp).await.expect(303));
    call(&desk.http, &session, Method::GET, TICKETS, Value::Null).await.expect(200);
    desk.admin(Method::DELETE, &format!("/projects/1/members/{ann}/"), Value::Null).await.expect(204);
    call(&desk.http, &session, Method::GET, TICKETS, Value::Null).await.expect(404);
    refused(&sign_in(&desk, &idp).await, 403);
}

#[tokio::test]
async fn an_answer_of_another_provider_is_refused() {
    for says_iss in [false, true] {
        let idp = Idp::start(says_iss).await;
        let desk = idp.desk().await;
        let answer = async |iss: &str| {
            let browser = Browser::begin(&desk, &idp, "").await;
            browser.back_with(&format!("code=good&state={}{iss}", browser.said["state"])).await
        };
        refused(&answer("&iss=https://evil.example").await, 400);
        assert!(idp.asked().is_empty(), "the code was sent nowhere");
        let silent = answer("").await;
        if says_iss {
            refused(&silent, 400);
        } else {
            drop(silent.expect(303));
        }
        answer(&format!("&iss={}", idp.issuer())).await.expect(303);
    }
}

#[tokio::test]
async fn failures_from_an_address_are_limited() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    for _ in 0..10 {
        refused(&get(&desk.http, "/auth/callback?code=x&state=guess", &[("cookie", "lambdesk_local_sign_in=guess")]).await, 400);
    }
    let limited = Browser::begin(&desk, &idp, "").await.back().await;
    refused(&limited, 429);
    assert!(limited.header("retry-after").is_some());
}

#[tokio::test]
async fn a_provider_that_refuses_or_is_away_signs_nobody_in() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let browser = Browser::begin(&desk, &idp, "").await;
    let denied = format!("error=access_denied&error_description=%3Cscript%3E&state={}", browser.said["state"]);
    refused(&browser.back_with(&denied).await, 403);
    idp.plan(Plan { status: StatusCode::BAD_REQUEST, ..Plan::default() });
    refused(&sign_in(&desk, &idp).await, 400);

    let gone = Registration { issuer: "http://127.0.0.1:9".to_owned(), client_id: CLIENT.to_owned(), client_secret: None };
    let desk = desk_with(Options { sign_in: true, provider: Some(gone), ..Options::default() }).await;
    refused(&get(&desk.http, "/auth/sign-in", &[]).await, 502);
    let desk = desk_with(Options { sign_in: true, ..Options::default() }).await;
    for path in ["/auth/sign-in", "/auth/callback?code=x&state=y"] {
        refused(&get(&desk.http, path, &[]).await, 404);
    }
}

#[tokio::test]
async fn a_session_from_before_is_not_taken_over() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let browser = Browser::begin(&desk, &idp, "").await;
    let cookies = format!("{}; lambdesk_local=fixed", browser.cookie);
    let path = format!("/auth/callback?code=good&state={}", browser.said["state"]);
    let first = session(&get(&desk.http, &path, &[("cookie", &cookies)]).await.expect(303));
    let second = session(&sign_in(&desk, &idp).await.expect(303));
    assert!(first != second && !first.contains("fixed"));
}

#[tokio::test]
async fn signing_out_leads_to_the_providers_own_way_out() {
    let idp = Idp::start(false).await;
    let desk = idp.desk().await;
    let session = session(&sign_in(&desk, &idp).await.expect(303));
    let out = call(&desk.http, &session, Method::POST, "/auth/sign-out", Value::Null).await.expect(200).json;
    let back = format!("{}/inbox", desk.http.url("")).replace(':', "%3A").replace('/', "%2F");
    assert_eq!(out["redirect"], format!("{}/end?client_id=desk&post_logout_redirect_uri={back}", idp.issuer()));
    call(&desk.http, &session, Method::GET, TICKETS, Value::Null).await.expect(401);
    desk.http.call(Method::POST, "/auth/local", &[OWN], Value::Null).await.expect(404);
}

#[test]
fn an_issuer_is_one_that_can_be_believed() {
    let provider = |issuer: &str| {
        let registration = Registration { issuer: issuer.to_owned(), client_id: CLIENT.to_owned(), client_secret: None };
        lambdesk_session::Provider::new(registration).map(|_| ())
    };
    for good in ["https://accounts.google.com", "http://127.0.0.1:9000", "https://login.microsoftonline.com/8f0a/v2.0"] {
        assert!(provider(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "desk",
        "http://accounts.google.com",
        "ftp://a.example",
        "https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/Organizations/v2.0",
        "https://login.microsoftonline.com/consumers/v2.0",
    ] {
        assert!(provider(bad).is_err(), "{bad}");
    }
}
