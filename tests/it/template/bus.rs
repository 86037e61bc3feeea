//! What is published, which rules hear it, and what the functions are built from.

use std::collections::BTreeSet;

use lambdesk_domain::{
    events::EventName,
    facts::{FactKind, Kinds},
};
use lambdesk_local::bus::Rules;
use lambdesk_store::schema::INDEXES;
use serde_json::{Value, json};

use super::{events, has_alarm, list, may, of_type, parsed, properties, root, set, template, text};

#[test]
fn every_event_of_the_desk_may_set_off_workflows() {
    let names: BTreeSet<_> = EventName::ALL.iter().map(|event| json!(event.name()).to_string()).collect();
    let rule = properties("WorkflowRule");
    assert_eq!((&rule["EventBusName"], &rule["EventPattern"]["source"]), (&json!({"Ref": "Bus"}), &json!(["lambdesk"])));
    assert_eq!(set(&rule["EventPattern"]["detail-type"]), names);
    let automation = properties("AutomationFunction");
    assert_eq!(events(&automation)[0]["Properties"]["Queue"], rule["Targets"][0]["Arn"]);
    assert_eq!(automation["Environment"]["Variables"]["WORKFLOW_QUEUE_URL"], json!({"Ref": "WorkflowQueue"}));
    assert!(!may("AutomationFunction", "dynamodb:DeleteItem", "Table"), "a workflow deletes nothing");
}

/// The relay publishes the facts that rules of the template listen for, and those that `PublishFacts` adds. The local desk reads
/// from the rules themselves what the relay publishes.
#[test]
fn the_facts_that_rules_listen_for_are_published() {
    let text = text();
    assert_eq!(published(&parsed(&text)), Rules::read(&text).unwrap().facts());

    let kinds: Vec<_> = FactKind::ALL.iter().map(|kind| kind.name()).collect();
    let parameter = &template()["Parameters"]["PublishFacts"];
    let allowed: Vec<_> = std::iter::once("").chain(kinds).collect();
    assert_eq!((&parameter["Default"], &parameter["AllowedValues"]), (&json!(""), &json!(allowed)));
}

/// A rule without `detail-type` listens to every kind, so `FACTS` has to name every kind.
#[test]
fn a_rule_listens_to_every_kind_that_its_pattern_does_not_exclude() {
    const TARGET: &str = "{ Id: queue, Arn: !GetAtt WorkflowQueue.Arn }";
    let all = FactKind::ALL.iter().copied().collect::<Kinds>();
    let listening = |pattern: &str| {
        let properties = format!("{{ EventBusName: !Ref Bus, EventPattern: {pattern}, Targets: [{TARGET}] }}");
        let rule = format!("Resources:\n  Listens: {{ Type: AWS::Events::Rule, Properties: {properties} }}\n");
        let text = text();
        assert_eq!(text.matches("\nResources:\n").count(), 1);
        text.replace("\nResources:\n", &format!("\n{rule}"))
    };
    let heard = |pattern: &str| Rules::read(&listening(pattern)).unwrap().facts();
    assert_eq!(heard("{ source: [lambdesk.facts] }"), all);
    assert_eq!(heard("{ source: [lambdesk.facts], detail: { cause: [agent] } }"), all);
    let own = Rules::read(&text()).unwrap().facts();
    let with = |kind: Option<FactKind>| own.iter().chain(kind).collect::<Kinds>();
    let one = heard("{ source: [lambdesk.facts], detail-type: [message.added] }");
    assert_eq!(one, with(Some(FactKind::MessageAdded)));
    assert_eq!(heard("{ source: [lambdesk] }"), own);

    let listens = listening("{ source: [lambdesk.facts] }");
    assert_ne!(published(&parsed(&listens)), all, "the relay publishes nothing for the rule");
    let facts = |kinds: &Kinds| {
        let kinds: Vec<_> = kinds.iter().map(FactKind::name).collect();
        format!("FACTS: !Join [\",\", [{}, !Join [\",\", !Ref PublishFacts]]]", kinds.join(", "))
    };
    assert!(listens.contains(&facts(&own)));
    let complete = listens.replace(&facts(&own), &facts(&all));
    assert_eq!(published(&parsed(&complete)), all);
}

/// The kinds of facts in the relay's `FACTS`, without those of `PublishFacts`, which come last.
fn published(template: &Value) -> Kinds {
    let facts = &template["Resources"]["RelayFunction"]["Properties"]["Environment"]["Variables"]["FACTS"]["Fn::Join"];
    assert_eq!(facts[0], ",");
    let added = json!({"Ref": "PublishFacts"});
    if facts[1] == added {
        return Kinds::default();
    }
    let mut own = list(&facts[1]);
    assert_eq!(own.pop(), Some(json!({"Fn::Join": [",", added]})), "PublishFacts comes last");
    own.iter().map(|kind| kind.as_str().and_then(FactKind::parse).unwrap_or_else(|| panic!("no kind of fact: {kind}"))).collect()
}

#[test]
fn the_desks_own_rules_and_the_archive_name_their_source() {
    for kind in ["AWS::Events::Rule", "AWS::Events::Archive"] {
        for (name, resource) in of_type(kind) {
            let sources = list(&resource["EventPattern"]["source"]);
            // SES tells on the account's own bus. All else is on the desk's.
            let is_of_account = resource["EventBusName"].is_null() && kind == "AWS::Events::Rule";
            let own = if is_of_account { vec![json!(["aws.ses"])] } else { vec![json!(["lambdesk"]), json!(["lambdesk.facts"])] };
            assert!(own.contains(&json!(sources)), "{name} would hear anything");
        }
    }
    for (name, archive) in of_type("AWS::Events::Archive") {
        assert_eq!(archive["EventPattern"], json!({"source": ["lambdesk"]}), "{name}");
    }
}

#[test]
fn what_customers_wrote_does_not_stay_on_the_bus_for_ever() {
    for (name, archive) in of_type("AWS::Events::Archive") {
        assert_eq!(archive["RetentionDays"], json!({"Ref": "EventArchiveDays"}), "{name}");
    }
    let days = &template()["Parameters"]["EventArchiveDays"];
    // Zero would keep events for ever.
    assert_eq!((&days["Default"], &days["MinValue"]), (&json!(7), &json!(1)));
}

#[test]
fn failures_of_the_api_have_an_alarm() {
    assert!(has_alarm("5xx", &json!({"Ref": "Api"})));
    assert!(of_type("AWS::CloudWatch::Alarm").iter().any(|(_, alarm)| alarm["MetricName"] == "WidgetFlood"));
    for (name, alarm) in of_type("AWS::CloudWatch::Alarm") {
        assert!(alarm["AlarmActions"].to_string().contains("AlarmTopic"), "nobody hears of {name}");
    }
}

#[test]
fn the_relay_is_sent_tickets_before_and_after_a_write() {
    let number = INDEXES.iter().find(|index| index.name == "by_number").unwrap().range;
    let relay = properties("RelayFunction");
    let filters = list(&events(&relay)[0]["Properties"]["FilterCriteria"]["Filters"]);
    let patterns: Vec<Value> =
        filters.iter().map(|filter| serde_json::from_str(filter["Pattern"].as_str().unwrap()).unwrap()).collect();
    let [after, before] = ["NewImage", "OldImage"].map(|image| {
        let keys = json!({"PK": {"S": [{"prefix": "P#"}]}, "SK": {"S": ["~"]}});
        json!({"dynamodb": {"Keys": keys, image: {number: {"N": [{"exists": true}]}}}})
    });
    let keys = json!({"PK": {"S": [{"prefix": "P#"}]}, "SK": {"S": [{"prefix": "M#"}]}});
    let message = json!({"eventName": ["INSERT"], "dynamodb": {"Keys": keys}});
    let keys = json!({"PK": {"S": [{"prefix": "P#"}]}, "SK": {"S": ["C#"]}});
    let profile = json!({"dynamodb": {"Keys": keys, "NewImage": {"tld": {"S": [{"exists": true}]}}}});
    let keys = json!({"PK": {"S": [{"prefix": "P#"}]}, "SK": {"S": [{"prefix": "E#"}]}});
    let waiting = json!({"dynamodb": {"Keys": keys, "NewImage": {"due": {"N": [{"exists": true}]}}}});
    assert_eq!(patterns, [after, before, message, profile, waiting]);
}

#[test]
fn each_function_is_built_from_its_own_crate_and_finds_its_table() {
    for (name, function) in of_type("AWS::Serverless::Function") {
        let binary = name.trim_end_matches("Function").to_lowercase();
        // The player of recordings is built with the page.
        let (crate_name, main) = match binary.as_str() {
            "replay" => ("inbox", "src/bin/lambdesk-replay.rs"),
            own => (own, "src/main.rs"),
        };
        assert_eq!(function["CodeUri"], format!("../functions/{crate_name}"));
        let metadata = &template()["Resources"][&name]["Metadata"];
        assert_eq!(metadata["BuildProperties"]["Binary"], format!("lambdesk-{binary}"));
        assert!(root().join("functions").join(crate_name).join(main).is_file(), "{name}");
    }
    let global = &template()["Globals"]["Function"];
    assert_eq!(global["Environment"]["Variables"]["TABLE_NAME"], properties("Table")["TableName"]);
    assert_eq!(global["Environment"]["Variables"]["PUBLIC_URL"], json!({"Ref": "PublicUrl"}));
    assert_eq!(global["Runtime"], "provided.al2023");
}
