//! Rules of people's own, and the facts that such rules listen for.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{Router, extract, http::HeaderMap, routing::post};
use lambdesk_local::{
    Functions, Options,
    bus::{Entry, Fault},
    start,
};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Desk, desk, desk_with};

const TEXT: &str = "Your card 4111 is valid again.";
/// Tells a function of what agents do, and a queue of what is urgent.
const RULES: &str = "
Parameters:
  BusName: { Type: String, Default: lambdesk }
Resources:
  AgentsDid:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref BusName
      EventPattern:
        source: [lambdesk.facts]
        detail-type: [message.added, ticket.changed]
        detail: { cause: [agent, workflow] }
      Targets: [{ Id: function, Arn: !GetAtt Deliver.Arn }]
  Deliver: { Type: AWS::Lambda::Function }
  MayDeliver:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Deliver, Action: lambda:InvokeFunction, Principal: events.amazonaws.com }
  Urgent:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref BusName
      EventPattern: { source: [lambdesk], detail: { properties: { new_priority: [high] } } }
      Targets: [{ Id: queue, Arn: !GetAtt Queue.Arn }]
  Queue: { Type: AWS::SQS::Queue }
";

/// Calls of Lambda's API, in place of AWS's: the name of each function and the event.
#[derive(Clone, Default)]
struct Lambda(Arc<Mutex<Vec<(String, Value)>>>);

impl Lambda {
    /// Serves the API. The first `failing` invocations fail, as they do if a function raises an exception.
    async fn serve(&self, failing: usize) -> Functions {
        let invoked = self.clone();
        let invoke = async move |extract::Path(name): extract::Path<String>, extract::Json(event): extract::Json<Value>| {
            let mut invoked = invoked.0.lock().unwrap();
            invoked.push((name, event));
            let mut headers = HeaderMap::new();
            if invoked.len() <= failing {
                headers.insert("x-amz-function-error", "Unhandled".parse().unwrap());
            }
            headers
        };
        let routes = Router::new().route("/2015-03-31/functions/{name}/invocations", post(invoke));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address.parse().unwrap()
    }

    fn invoked(&self) -> Vec<(String, Value)> {
        self.0.lock().unwrap().clone()
    }
}

/// A file of rules, and its directory.
fn file(rules: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rules.yaml");
    std::fs::write(&path, rules).unwrap();
    (directory, path)
}

async fn desk_of(rules: &Path, functions: Option<Functions>) -> Desk {
    desk_with(Options { rules: Some(rules.to_owned()), functions, ..Options::default() }).await
}

async fn reply(desk: &Desk, ticket: &str) -> Value {
    let message = json!({"message": TEXT});
    desk.tickets().reply(&ticket, message).await
}

#[tokio::test]
async fn a_function_is_told_what_an_agent_did_and_not_what_they_wrote() {
    let lambda = Lambda::default();
    let (_directory, rules) = file(RULES);
    let desk = desk_of(&rules, Some(lambda.serve(0).await)).await;
    let ticket = desk.customer().open("help").await;
    desk.http.drain().await;
    assert_eq!(lambda.invoked(), [], "a customer did that");
    let message = reply(&desk, &ticket).await;
    let note = json!({"message": TEXT, "is_private": true});
    desk.tickets().reply(&ticket, note).await;
    desk.http.external(Method::PATCH, &ticket, json!({"priority": "low"})).await.expect(200);
    desk.http.drain().await;
    let invoked = lambda.invoked();
    assert!(invoked.iter().all(|(name, event)| name == "Deliver" && event["source"] == "lambdesk.facts"), "{invoked:?}");
    let mut facts: Vec<_> = invoked.iter().map(|(_, event)| event["detail"].clone()).collect();
    facts.sort_by_key(|fact| (fact["fact"].to_string(), fact["version"].as_u64()));
    let what: Vec<_> = facts.iter().map(|fact| [&fact["fact"], &fact["cause"], &fact["message_id"]]).collect();
    let (added, changed) = (json!("message.added"), json!("ticket.changed"));
    let (agent, workflow) = (json!("agent"), json!("workflow"));
    assert_eq!(
        what,
        [
            [&added, &agent, &message["id"]],
            [&changed, &agent, &Value::Null],
            [&changed, &agent, &Value::Null],
            [&changed, &workflow, &Value::Null]
        ]
    );
    assert!(facts.iter().all(|fact| fact["ticket_id"] == json!(ticket) && fact["project_id"] == 1));
    assert!(!json!(invoked).to_string().contains(TEXT));
    let events = desk.http.events(1).await;
    assert!(json!(events).to_string().contains(TEXT), "the public event has it");
    assert!(events.iter().all(|event| event["source"] == "lambdesk"));
    assert_eq!(desk.http.facts(1).await.len(), 4 + 2, "the customer's message and their session are on the bus too");
}

#[tokio::test]
async fn an_invocation_that_fails_is_retried_and_set_aside() {
    let lambda = Lambda::default();
    let (_directory, rules) = file(RULES);
    let desk = desk_of(&rules, Some(lambda.serve(3 + 1).await)).await;
    let ticket = desk.customer().open("help").await;
    desk.http.external(Method::PATCH, &ticket, json!({"priority": "low"})).await.expect(200);
    desk.http.drain().await;
    assert_eq!(lambda.invoked().len(), 3, "Lambda tries three times");
    let dead = desk.http.dead_letters().await;
    assert_eq!((dead.len(), &dead[0]["queue"]), (1, &json!("AgentsDid.function")));
    assert_eq!(desk.http.redrive().await["queue"], 1);
    desk.http.drain().await;
    assert_eq!((lambda.invoked().len(), desk.http.dead_letters().await.len()), (5, 0));
}

#[tokio::test]
async fn deliveries_are_shown_where_there_is_nothing_to_deliver_to() {
    let (_directory, rules) = file(RULES);
    let desk = desk_of(&rules, None).await;
    let ticket = desk.customer().open("help").await;
    reply(&desk, &ticket).await;
    desk.tickets().patch(&ticket, json!({"priority": "medium"})).await;
    desk.tickets().patch(&ticket, json!({"priority": "high"})).await;
    desk.http.drain().await;
    let delivered = desk.http.deliveries().await;
    let of = |rule: &str| delivered.iter().filter(|it| it["rule"] == rule).collect::<Vec<_>>();
    assert_eq!((of("AgentsDid").len(), of("Urgent").len()), (4, 1), "a message, three changes, one of them urgent");
    let urgent = of("Urgent")[0];
    assert_eq!((&urgent["target"], &urgent["event"]["detail"]["properties"]["new_priority"]), (&json!("queue"), &json!("high")));
}

/// The rules, with one that listens to every fact.
fn all_facts() -> String {
    let some = "detail-type: [message.added, ticket.changed]\n        detail: { cause: [agent, workflow] }";
    assert!(RULES.contains(some));
    RULES.replace(some, "")
}

#[tokio::test]
async fn a_ticket_has_facts_from_its_first_day_to_its_last() {
    let (_directory, rules) = file(&all_facts());
    let desk = desk_of(&rules, None).await;
    let ticket = desk.customer().open("help").await;
    desk.http.drain().await;
    desk.tickets().get(&ticket).await;
    desk.tickets().delete(&ticket).await;
    desk.http.drain().await;
    let facts = desk.http.facts(1).await;
    let told = |fact: &Value| ["fact", "cause", "version"].map(|field| fact["detail"][field].to_string()).join(" ");
    let told: Vec<_> = facts.iter().map(told).collect();
    let (opening, rest) = told.split_at(3);
    for begin in ["\"ticket.created\" \"customer\" 1", "\"session.named\" \"customer\" 1", "\"message.added\" \"customer\" null"]
    {
        assert!(opening.contains(&begin.to_owned()), "{told:?}");
    }
    assert_eq!(rest, ["\"ticket.changed\" \"agent\" 2", "\"ticket.deleted\" \"agent\" 3"], "reading is a change");
}

/// The relay retries the entry of a fact, and reports its record, as it does with events.
#[tokio::test]
async fn a_fact_that_the_bus_does_not_take_comes_again_with_its_id() {
    for fault in [Fault::RefuseEntry("ThrottlingException"), Fault::RefuseEntry("InvalidArgument"), Fault::LoseAnswer] {
        let (_directory, rules) = file(&all_facts());
        let desk = desk_of(&rules, None).await;
        let met = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&met);
        let is_met = move |entry: &Entry| entry.source == "lambdesk.facts" && count.fetch_add(1, SeqCst) < 2;
        desk.running.bus().unwrap().inject(move |entry| is_met(entry).then_some(fault));
        desk.customer().open("help").await;
        desk.http.drain().await;
        assert!(met.load(SeqCst) > 2, "{fault:?}");
        let facts = desk.http.facts(1).await;
        let ids: BTreeSet<_> = facts.iter().map(|fact| fact["detail"]["uuid"].to_string()).collect();
        assert_eq!(ids.len(), 3, "{fault:?}: the ticket, its message and its session, {facts:?}");
        assert_eq!(desk.http.dead_letters().await, [] as [Value; 0], "{fault:?}");
    }
}

#[tokio::test]
async fn without_a_rule_only_those_facts_are_published_that_the_desk_itself_listens_for() {
    let desk = desk().await;
    let ticket = desk.customer().open("help").await;
    reply(&desk, &ticket).await;
    desk.tickets().delete(&ticket).await;
    desk.http.drain().await;
    let facts: Vec<_> = desk.http.facts(1).await.iter().map(|fact| fact["detail"]["fact"].clone()).collect();
    assert_eq!((facts, desk.http.deliveries().await.len()), (vec![json!("session.named"), json!("ticket.deleted")], 0));
}

#[tokio::test]
async fn a_file_that_is_wrong_stops_the_start_and_says_where() {
    let refusal = async |rules: &str| {
        let (_directory, path) = file(rules);
        let refused = start(Options { rules: Some(path.clone()), ..Options::default() }).await.err().expect("no desk");
        refused.to_string().strip_prefix(&format!("{}: ", path.display())).expect("the file's name").to_owned()
    };
    let misspelt = RULES.replace("cause: [agent", "cause: [{ equals: agent }");
    assert_eq!(refusal(&misspelt).await, "the rule AgentsDid: detail.cause[0]: the operator \"equals\" is not known");
    let elsewhere = RULES.replace("EventBusName: !Ref BusName\n      EventPattern:\n", "EventPattern:\n");
    assert!(refusal(&elsewhere).await.starts_with("the rule AgentsDid: its EventBusName must be the desk's"));
    let forbidden = RULES.replace("FunctionName: !Ref Deliver", "FunctionName: !Ref Other");
    let reason = "the rule AgentsDid: the target function: no AWS::Lambda::Permission lets EventBridge invoke Deliver";
    assert_eq!(refusal(&forbidden).await, reason);
    let missing = start(Options { rules: Some("/no/such/rules.yaml".into()), ..Options::default() }).await.err().unwrap();
    assert!(missing.to_string().starts_with("/no/such/rules.yaml: "), "{missing}");
}
