use serde_json::{Value, json};

use super::{
    statements::{denied_keys, leading_keys},
    *,
};

/// The part of a call that a role of the template refuses, or `None`.
fn refused(function: &str, call: &str, body: &Value) -> Option<String> {
    Roles::read(template::TEXT).unwrap().by_function[function].refuses(call, body.to_string().as_bytes())
}

fn key(partition: &str) -> Value {
    json!({"PK": {"S": partition}, "SK": {"S": "~"}})
}

fn query(index: &str) -> Value {
    json!({"TableName": "desk", "IndexName": index, "Limit": 1})
}

const TICKET: &str = "P#1#T#01890a5d-ac96-774b-bcce-b302099a8057";

#[test]
fn a_role_is_what_its_statements_say() {
    assert_eq!(refused("ExternalFunction", "GetItem", &json!({"Key": key(TICKET)})), None);
    let deletes = refused("ExternalFunction", "DeleteItem", &json!({"Key": key(TICKET)}));
    assert_eq!(deletes.unwrap(), format!("dynamodb:DeleteItem of {TICKET}"));
    let of_project = json!({
        "KeyConditionExpression": "PK = :pk AND SK BETWEEN :first AND :last",
        "ExpressionAttributeValues": {":pk": {"S": "P#1"}, ":first": {"S": "MEMBER#"}, ":last": {"S": "ROLE$"}},
    });
    assert_eq!(refused("ExternalFunction", "Query", &of_project), None);
    assert_eq!(refused("ExternalFunction", "Query", &query("by_status")).unwrap(), "dynamodb:Query on by_status");
    assert_eq!(refused("ClockFunction", "Query", &query("by_status")), None);
    assert!(refused("ClockFunction", "Query", &query("by_sla")).is_some());
    let transaction = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Delete": {"Key": key("TIMER#1")}}]});
    assert_eq!(refused("ExternalFunction", "TransactWriteItems", &transaction).unwrap(), "dynamodb:DeleteItem of TIMER#1");
    assert_eq!(refused("ClockFunction", "TransactWriteItems", &transaction), None);
    assert!(refused("ClockFunction", "Scan", &json!({"TableName": "desk"})).is_some());
}

/// Strangers call the widget's function. Whoever takes that function over can make no key with it, nor a member, nor a
/// user.
#[test]
fn only_what_administers_writes_credentials_and_accounts() {
    for partition in ["K#0123", "U#1", "E#ada@example.com", "DESK"] {
        let item = json!({"Item": key(partition)});
        let update = json!({"Key": key(partition), "UpdateExpression": "SET n = :n"});
        let beside = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Put": {"Item": key(partition)}}]});
        let updates = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Update": {"Key": key(partition)}}]});
        for (call, body) in [
            ("PutItem", &item),
            ("UpdateItem", &update),
            ("DeleteItem", &update),
            ("TransactWriteItems", &beside),
            ("TransactWriteItems", &updates),
        ] {
            // The clock records, beside the counter of projects, which projects an older version wrote. Sessions are credentials.
            let may = |name: &str| {
                name == "ProjectsFunction"
                    || (partition, name) == ("DESK", "ClockFunction")
                    || (["K#0123", "U#1"].contains(&partition) && name == "SessionFunction")
            };
            for function in Roles::read(template::TEXT).unwrap().by_function.into_keys().filter(|name| !may(name)) {
                assert!(refused(&function, call, body).is_some(), "{function} may {call} {partition}");
            }
        }
    }
    for partition in ["K#0123", "U#1", "E#ada@example.com"] {
        assert_eq!(refused("ProjectsFunction", "PutItem", &json!({"Item": key(partition)})), None, "{partition}");
    }
    assert_eq!(refused("ProjectsFunction", "UpdateItem", &json!({"Key": key("DESK")})), None);
    assert!(refused("ProjectsFunction", "DeleteItem", &json!({"Key": key("DESK")})).is_some(), "numbers are not given twice");
    let batch = |partitions: [&str; 2]| json!({"RequestItems": {"desk": {"Keys": partitions.map(key)}}});
    assert_eq!(refused("WidgetFunction", "BatchGetItem", &batch([TICKET, "P#1#D#0123"])), None);
    assert!(refused("WidgetFunction", "BatchGetItem", &batch([TICKET, "U#1"])).is_some(), "each of them has to be allowed");
    assert!(refused("WidgetFunction", "BatchGetItem", &json!({"RequestItems": {}})).is_some(), "no key is none that is allowed");
    // The partition of the project itself, with its members and its settings.
    assert!(refused("WidgetFunction", "PutItem", &json!({"Item": key("P#1")})).is_some());
    assert_eq!(refused("WidgetFunction", "PutItem", &json!({"Item": key("P#1#V#0123")})), None);
}

/// What browsers sent lies in a table of its own, in which `E#` is no address.
#[test]
fn a_permission_on_one_table_is_none_on_the_other() {
    let put = |table: &str, partition: &str| json!({"TableName": table, "Item": key(partition)});
    assert_eq!(refused("CaptureFunction", "PutItem", &put("desk-context", "E#1#s")), None);
    for (table, partition) in [("desk", "E#1#s"), ("desk", "P#1"), ("desk-context", "T#1#t"), ("desk-context", "P#1")] {
        assert!(refused("CaptureFunction", "PutItem", &put(table, partition)).is_some(), "{table} {partition}");
    }
    assert!(refused("ProjectsFunction", "PutItem", &put("desk-context", "E#1#s")).is_some());
    let beside = json!({"TransactItems": [{"Put": {"TableName": "desk-context", "Item": key("P#1#T#1")}}]});
    assert!(refused("TicketsFunction", "TransactWriteItems", &beside).is_some());
    let removes = json!({"TableName": "desk-context", "Key": key("E#1#s")});
    assert!(refused("CaptureFunction", "DeleteItem", &removes).is_some(), "strangers call it");
    assert_eq!(refused("NamingFunction", "DeleteItem", &removes), None);
}

/// Browsers send to the one, and builds of projects to the other: neither has to do with tickets.
#[test]
fn what_is_denied_is_refused_though_it_is_allowed_too() {
    let of =
        |partition: &str| json!({"KeyConditionExpression": "PK = :pk", "ExpressionAttributeValues": {":pk": {"S": partition}}});
    assert_eq!(refused("CaptureFunction", "GetItem", &json!({"Key": key("P#1")})), None);
    assert_eq!(
        refused("CaptureFunction", "GetItem", &json!({"Key": key(TICKET)})).unwrap(),
        format!("dynamodb:GetItem of {TICKET}")
    );
    assert_eq!(refused("SourceMapsFunction", "Query", &of("P#1")), None);
    assert!(refused("SourceMapsFunction", "Query", &of(TICKET)).is_some());
    let log = json!({"Item": key("P#1#L")});
    assert_eq!(refused("SourceMapsFunction", "PutItem", &log), None, "another call is not denied");
}

#[test]
fn one_key_that_is_denied_is_enough() {
    let only = |keys: &[&str]| Statement {
        calls: vec!["BatchGetItem".to_owned()],
        table: "Table",
        index: None,
        leading_keys: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
    };
    let role = Role { allowed: vec![only(&["P#*"])], denied: vec![only(&["P#*#*"])], ..Role::default() };
    let batch = |partitions: [&str; 2]| json!({"RequestItems": {"desk": {"Keys": partitions.map(key)}}}).to_string();
    assert_eq!(role.refuses("BatchGetItem", batch(["P#1", "P#2"]).as_bytes()), None);
    assert!(role.refuses("BatchGetItem", batch(["P#1", TICKET]).as_bytes()).is_some());
}

#[test]
fn what_a_call_used_of_its_role_is_remembered() {
    let roles = Roles::read(template::TEXT).unwrap();
    let role = &roles.by_function["ExternalFunction"];
    let used = || roles.grants.used().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(used(), [""; 0]);
    role.refuses("GetItem", json!({"Key": key(TICKET)}).to_string().as_bytes());
    assert_eq!(used(), ["ExternalFunction GetItem P#*"]);
    let both = json!({"TransactItems": [{"Put": {"Item": key(TICKET)}}, {"Put": {"Item": key("TIMER#1")}}]});
    role.refuses("TransactWriteItems", both.to_string().as_bytes());
    let refused = json!({"Key": key(TICKET)});
    role.refuses("DeleteItem", refused.to_string().as_bytes());
    roles.by_function["ClockFunction"].refuses("Query", query("by_status").to_string().as_bytes());
    let expected = [
        "ClockFunction Query by_status",
        "ExternalFunction GetItem P#*",
        "ExternalFunction PutItem P#*#*",
        "ExternalFunction PutItem TIMER#*",
    ];
    assert_eq!(used(), expected);
    assert!(roles.grants.used().is_subset(roles.grants.all()));
}

#[test]
fn a_pattern_is_iams() {
    for (text, pattern, like) in [
        ("P#1", "P#1", true),
        ("P#1", "P#*", true),
        ("P#", "P#*", true),
        ("P#1", "P#*#*", false),
        ("P#1#T#2", "P#*#*", true),
        ("P#1#T#2", "P#*#V#*", false),
        ("XP#1", "P#*", false),
        ("ROLLOUTS", "ROLLOUT", false),
        ("P#1#T", "P#*#T", true),
    ] {
        assert_eq!(is_like(text, pattern), like, "{text} {pattern}");
    }
}

/// What such a statement denies on AWS would be allowed here.
#[test]
fn a_denial_that_would_deny_nothing_is_refused() {
    let (effect, denial) = template::TEXT.split_once("Effect: Deny").unwrap();
    for (known, call) in [
        ("dynamodb:GetItem", "dynamodb:*"),
        ("dynamodb:GetItem", "dynamodb:Get*"),
        ("dynamodb:GetItem", "s3:GetObject"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ] {
        let denial = denial.replacen(known, call, 1);
        let refused = Roles::read(&format!("{effect}Effect: Deny{denial}")).err().unwrap().to_string();
        assert!(refused.contains("CaptureFunction is not followed here"), "{call}: {refused}");
    }
}

#[test]
fn a_condition_that_is_not_understood_is_refused() {
    let keys = json!({"dynamodb:LeadingKeys": ["P#*"]});
    let present = json!({"dynamodb:LeadingKeys": "false"});
    assert_eq!(leading_keys(&json!({"ForAllValues:StringLike": keys, "Null": present})).unwrap(), ["P#*"]);
    for condition in [
        json!({"ForAllValues:StringLike": keys}),
        json!({"ForAllValues:StringLike": keys, "Null": {"dynamodb:LeadingKeys": "true"}}),
        json!({"ForAnyValue:StringLike": keys, "Null": present}),
        json!({"ForAllValues:StringLike": keys, "Null": present, "Bool": {"aws:SecureTransport": "true"}}),
    ] {
        assert_eq!(leading_keys(&condition), None, "{condition}");
    }
    assert_eq!(denied_keys(&json!({"ForAnyValue:StringLike": keys})).unwrap(), ["P#*"]);
    for condition in [
        json!({"ForAllValues:StringLike": keys}),
        json!({"ForAnyValue:StringLike": keys, "Null": present}),
        json!({"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": []}}),
    ] {
        assert_eq!(denied_keys(&condition), None, "{condition}");
    }
}
