//! `openapi.json` is generated from the code. These tests fail when the two differ, and when the desk does not behave as it
//! says. `UPDATE=1 cargo test openapi` writes the file.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use axum::Router;
use lambdesk_channels::{MailDomain, MailService, to_lambda};
use lambdesk_domain::scope::Scope;
use lambdesk_http::{Context, Surface, document::complete, session::SignIn};
use lambdesk_runtime::connect::Access;
use reqwest::Method;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use uuid::Uuid;

use crate::support::{AGENT, Desk, Reply, desk, no_bucket};

/// The operations that need no credential.
const PUBLIC: [&str; 6] = [
    "openapi_retrieve",
    "widget_config",
    "widget_config_script",
    "widget_satisfaction_tap",
    "widget_satisfaction_answer",
    "files_retrieve",
];

/// Routes that clients should not build on: answers that the SDK expects, and unknown paths.
const UNDOCUMENTED: [&str; 8] = [
    "/flags",
    "/e",
    "/i/v0/e",
    "/s",
    "/api/conversations/v1/widget",
    "/api/conversations/v1/widget/{*rest}",
    "/api/conversations/external",
    "/api/conversations/external/{*rest}",
];

pub(crate) struct Operation {
    id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) it: Value,
}

impl Operation {
    pub(crate) fn documents(&self, status: u16) -> bool {
        self.it["responses"].get(status.to_string()).is_some()
    }

    /// The scheme and the scopes of the credential that the operation requires.
    pub(crate) fn credential(&self) -> Option<(&str, Vec<&str>)> {
        let requirement = self.it["security"][0].as_object().expect("security");
        let (scheme, scopes) = requirement.iter().next()?;
        Some((scheme, scopes.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect()))
    }

    /// The operation's path in project 1, with ids of things that do not exist.
    fn path(&self) -> String {
        let nothing = Uuid::now_v7().to_string();
        let path = self.path.replace("{project_id}", "1").replace("{token}", "phc_local");
        ["{id}", "{message_id}", "{ticket_id}", "{slug}", "{short_id}", "{chunk}"]
            .iter()
            .fold(path, |path, parameter| path.replace(parameter, &nothing))
    }

    async fn call(&self, desk: &Desk, headers: &[(&str, &str)], query: &str, body: &str) -> Reply {
        desk.http.raw(self.method.clone(), &format!("{}{query}", self.path()), headers, body.as_bytes().to_vec()).await
    }
}

pub(crate) fn document() -> Value {
    serde_json::to_value(lambdesk_local::openapi()).unwrap()
}

pub(crate) fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operation = |path: &String, (method, it): (&String, &Value)| Operation {
        id: it["operationId"].as_str().unwrap().to_owned(),
        method: method.to_uppercase().parse().unwrap(),
        path: path.clone(),
        it: it.clone(),
    };
    paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |entry| operation(path, entry))).collect()
}

fn credentials(scheme: &str) -> (&'static str, &'static str) {
    match scheme {
        "personal_api_key" => ("authorization", AGENT),
        "project_secret" => ("authorization", "Bearer phs_local"),
        "widget_token" => ("x-conversations-token", "wgt_local"),
        other => panic!("{other}"),
    }
}

#[test]
fn the_checked_in_documentation_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let made = format!("{}\n", lambdesk_local::openapi().to_pretty_json().unwrap());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == made, "openapi.json differs from the code; run `UPDATE=1 cargo test openapi` and commit it");
}

#[test]
fn every_operation_has_a_name_a_credential_and_ways_to_fail() {
    let document = document();
    let mut names = BTreeSet::new();
    for operation in operations(&document) {
        let id = &operation.id;
        assert!(id.contains('_') && names.insert(id.clone()), "{id} is no name, or another's");
        match operation.credential() {
            Some((scheme, _)) => assert!(document["components"]["securitySchemes"].get(scheme).is_some(), "{id}: {scheme}"),
            None => assert!(PUBLIC.contains(&id.as_str()), "{id} is public"),
        }
        let responses = operation.it["responses"].as_object().unwrap();
        let failures = responses.iter().filter(|(status, _)| status.as_str() >= "400").collect::<Vec<_>>();
        assert!(!failures.is_empty(), "{id} never fails");
        let error = match &operation.path {
            path if path.contains("/external/") => "ExternalError",
            path if path.contains("/widget/") || path.contains("/v1/files/") || path.starts_with("/array/") => "WidgetError",
            _ => "AgentsError",
        };
        for (status, failure) in failures {
            let reference = failure["$ref"].as_str();
            let shared = reference.map(|reference| document.pointer(reference.strip_prefix('#').unwrap()).expect("a response"));
            let schema = &shared.unwrap_or(failure)["content"]["application/json"]["schema"]["$ref"];
            let schema = schema.as_str().and_then(|schema| schema.strip_prefix("#/components/schemas/")).expect("a schema");
            // A failure that says more than others says all that others do.
            let fields = |schema: &str| document["components"]["schemas"][schema]["properties"].as_object().unwrap().clone();
            let says = |field: &String| fields(schema).contains_key(field);
            assert!(schema == error || (shared.is_none() && fields(error).keys().all(says)), "{id} {status}");
            assert_eq!(
                shared.unwrap_or(failure)["headers"].get("Retry-After").is_some(),
                ["409", "429", "503"].contains(&status.as_str()),
                "{id} {status}"
            );
        }
        assert!(responses.values().all(|response| response.get("$ref").or(response.get("description")).is_some()), "{id}");
    }
}

/// Every reference leads to a schema, and no two crates give the same name to two schemas, because only one of them would be
/// kept.
#[test]
fn schemas_have_names_of_their_own() {
    let document = document();
    let apis = [
        (lambdesk_tickets::api::<OpenApi>(), Surface::Agents),
        (lambdesk_widget::api::<OpenApi>(), Surface::Widget),
        (lambdesk_channels::api::<OpenApi>(), Surface::Agents),
        (lambdesk_external::api::<OpenApi>(), Surface::External),
        (lambdesk_projects::api::<OpenApi>(), Surface::Agents),
        (lambdesk_sourcemaps::api::<OpenApi>(), Surface::Agents),
    ];
    for (api, surface) in apis {
        let api = serde_json::to_value(complete(api, surface)).unwrap();
        for (name, schema) in api["components"]["schemas"].as_object().unwrap() {
            assert_eq!(schema, &document["components"]["schemas"][name], "{name}");
        }
    }
    let text = document.to_string();
    for reference in text.split(r##""$ref":"#"##).skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

/// A router can't list its routes, but it prints them.
fn routes(router: &Router) -> BTreeSet<String> {
    let printed = format!("{router:?}");
    let (paths, _fallback) = printed.split_once("fallback_router").expect("its parts");
    paths.split('"').filter(|part| part.starts_with('/')).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_route_is_in_the_document_and_the_other_way_round() {
    let desk = desk().await;
    let context = || Context::new(desk.running.store.clone());
    let mut routed: BTreeSet<_> = UNDOCUMENTED.map(str::to_owned).into();
    for router in [
        lambdesk_tickets::routes(context(), no_bucket(), MailDomain::new("desk.test")),
        lambdesk_widget::routes(context(), no_bucket()),
        lambdesk_channels::routes(
            context(),
            MailDomain::new("desk.test"),
            to_lambda(Access::local(), "mailroom"),
            MailService::new(Access::local(), None),
        ),
        lambdesk_external::routes(context()),
        lambdesk_projects::routes(context(), SignIn::None, MailDomain::new("desk.test")),
        lambdesk_sourcemaps::routes(context()),
    ] {
        routed.append(&mut routes(&router));
    }
    let document = document();
    let documented = document["paths"].as_object().unwrap().keys().map(String::as_str);
    assert_eq!(routed, documented.chain(UNDOCUMENTED).map(str::to_owned).collect());

    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let operations = operations(&document);
    for operation in &operations {
        methods.entry(operation.path.clone()).or_default().insert(operation.method.to_string());
    }
    for operation in &operations {
        let refused = desk.http.call(Method::TRACE, &operation.path(), &[], Value::Null).await.expect(405);
        let allowed = refused.header("allow").unwrap().split(',').filter(|method| *method != "HEAD");
        assert_eq!(allowed.map(str::to_owned).collect::<BTreeSet<_>>(), methods[&operation.path], "{}", operation.path);
    }
}

#[tokio::test]
async fn what_goes_wrong_is_documented() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    const KEY: (&str, &str) = ("idempotency-key", "k");
    for operation in operations(&document()) {
        // Each operation gets a desk of its own, so that none meets another's limits or finds the project's secret changed.
        let desk = desk().await;
        let credential = operation.credential().map_or(("x-none", "x"), |(scheme, _)| credentials(scheme));
        let long = "k".repeat(256);
        let large = "x".repeat(1_000_001);
        let tries = [
            ("no credential", vec![JSON], "", "{}"),
            ("a bad credential", vec![JSON, (credential.0, "Bearer x")], "", "{}"),
            ("nothing", vec![credential, JSON], "", "{}"),
            ("no JSON", vec![credential, JSON], "", "{"),
            ("another type", vec![credential, ("content-type", "text/plain")], "", "{}"),
            ("a bad query", vec![credential, JSON], "?limit=x&offset=-1&cursor=x&status=x&widget_session_id=x&after=x", "{}"),
            ("a bad key", vec![credential, JSON, ("idempotency-key", long.as_str())], "", "{}"),
            ("a key", vec![credential, JSON, KEY], "", "{}"),
            ("the key again", vec![credential, JSON, KEY], "", r#"{"name": "x"}"#),
            ("a large body", vec![credential, JSON], "", large.as_str()),
        ];
        for (what, headers, query, body) in tries {
            // An operation without a request body documents no answer to a large one.
            if operation.it.get("requestBody").is_none() && what == "a large body" {
                continue;
            }
            let reply = operation.call(&desk, &headers, query, body).await;
            assert!(operation.documents(reply.status), "{} {what}: {} {}", operation.id, reply.status, reply.text);
        }
    }
}

#[tokio::test]
async fn a_key_needs_the_scopes_that_the_document_names_and_no_others() {
    let desk = desk().await;
    let scopes = Scope::ALL.map(Scope::name);
    // A `write` scope also grants `read`.
    let gives = |scope: &str, needed: &str| scope == needed || scope.replace(":write", ":read") == needed;
    let mut keys = Vec::new();
    for (index, one) in scopes.iter().enumerate() {
        for other in &scopes[index..] {
            let body = json!({"label": one, "scopes": [one, other]});
            let made =
                desk.http.call(Method::POST, "/api/personal_api_keys/", &[("authorization", AGENT)], body).await.expect(201);
            keys.push(([*one, *other], format!("Bearer {}", made.json["value"].as_str().unwrap())));
        }
    }
    for operation in operations(&document()) {
        let Some(("personal_api_key", needed)) = operation.credential() else { continue };
        // Who one is, every credential may ask.
        assert_eq!(needed.is_empty(), operation.path.starts_with("/api/me"), "the scopes of {}", operation.id);
        for (scopes, key) in &keys {
            let headers = [("content-type", "application/json"), ("authorization", key.as_str())];
            let status = operation.call(&desk, &headers, "", "{}").await.status;
            let enough = needed.iter().all(|needed| scopes.iter().any(|scope| gives(scope, needed)));
            assert_eq!(status != 403, enough, "{} with {scopes:?}: {status}", operation.id);
        }
    }
}
