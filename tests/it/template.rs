//! Compares `infra/template.yaml` with the code: the table's shape, what each function may do, where each route leads, the bounds
//! of what runs asynchronously, and what there is to look at. `infra/check/template.sh` checks that the file is a valid template.

mod asynchronous;
mod bus;
mod mail;
mod operating;
mod permissions;
mod routes;
mod table;

use std::{collections::BTreeSet, path::Path};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// Every statement of the functions' roles that allows something, with the function's name.
fn statements() -> Vec<(String, Value)> {
    let allowed = statements_of_effect("Allow");
    assert!(!allowed.is_empty());
    allowed
}

/// The statements that take back something of what others allow.
fn denials() -> Vec<(String, Value)> {
    statements_of_effect("Deny")
}

fn statements_of_effect(effect: &str) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, function) in of_type("AWS::Serverless::Function") {
        let role = function["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        let mut policies = list(&properties(role)["Policies"]);
        policies.extend(policies_beside(role));
        for policy in policies {
            let statements = list(&policy["PolicyDocument"]["Statement"]).into_iter().map(|statement| (name.clone(), statement));
            all.extend(statements.filter(|(function, statement)| {
                assert!(["Allow", "Deny"].iter().any(|known| statement["Effect"] == *known), "{function}: {statement}");
                statement["Effect"] == effect
            }));
        }
    }
    all
}

/// What a role may do beside its own policies under a condition. Traces are looked at for themselves.
fn policies_beside(role: &str) -> Vec<Value> {
    let all = of_type("AWS::IAM::Policy").into_iter().filter(|(name, _)| name != "TracesPolicy");
    all.filter(|(_, policy)| list(&policy["Roles"]).contains(&json!({"Ref": role}))).map(|(_, policy)| policy).collect()
}

/// The resource that an ARN belongs to: `!GetAtt Name.Arn` or `!Sub "${Name.Arn}/..."`.
fn owner(arn: &Value) -> Option<String> {
    let of_attribute = arn["Fn::GetAtt"][0].as_str();
    let of_text = arn["Fn::Sub"].as_str().and_then(|text| text.strip_prefix("${")?.split_once(".Arn}")).map(|(name, _)| name);
    of_attribute.or(of_text).map(str::to_owned)
}

/// Whether a function's role allows `action` on a resource.
fn may(function: &str, action: &str, resource: &str) -> bool {
    let allows = |(of, it): &(String, Value)| {
        *of == function && list(&it["Action"]).contains(&json!(action)) && owner(&it["Resource"]).as_deref() == Some(resource)
    };
    statements().iter().any(allows)
}

/// Whether an alarm watches `metric` of this resource.
fn has_alarm(metric: &str, whom: &Value) -> bool {
    let watches = |alarm: &Value| alarm["MetricName"] == metric && alarm["Dimensions"][0]["Value"] == *whom;
    of_type("AWS::CloudWatch::Alarm").iter().any(|(_, alarm)| watches(alarm))
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The template as JSON, with short tags in their long form.
fn template() -> Value {
    parsed(&text())
}

fn text() -> String {
    std::fs::read_to_string(root().join("infra/template.yaml")).unwrap()
}

fn parsed(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    as_json(&documents[0])
}

fn as_json(node: &Yaml) -> Value {
    match node {
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::Boolean(truth)) => json!(truth),
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Sequence(items) => items.iter().map(as_json).collect(),
        Yaml::Mapping(pairs) => {
            let mut object = Map::new();
            for (key, value) in pairs {
                let key = as_json(key).as_str().expect("a key that is text").to_owned();
                assert!(object.insert(key.clone(), as_json(value)).is_none(), "{key} twice");
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, node) => function(&tag.suffix, &as_json(node)),
        other => panic!("not expected in a template: {other:?}"),
    }
}

/// The long form of `!Name argument`.
fn function(name: &str, argument: &Value) -> Value {
    match name {
        "Ref" | "Condition" => json!({name: argument}),
        "GetAtt" => {
            let (resource, attribute) = argument.as_str().and_then(|path| path.split_once('.')).unwrap();
            json!({"Fn::GetAtt": [resource, attribute]})
        }
        _ => json!({format!("Fn::{name}"): argument}),
    }
}

fn properties(resource: &str) -> Value {
    let found = template()["Resources"][resource]["Properties"].take();
    assert!(found.is_object(), "there is no {resource}");
    found
}

/// Name and properties of each resource of a type. Panics if there is none.
fn of_type(kind: &str) -> Vec<(String, Value)> {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    let found = resources.iter().filter(|(_, resource)| resource["Type"] == kind);
    let found: Vec<_> = found.map(|(name, resource)| (name.clone(), resource["Properties"].clone())).collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

fn events(function: &Value) -> Vec<Value> {
    function["Events"].as_object().into_iter().flat_map(Map::values).cloned().collect()
}

/// The items of a value that may be a list or a single item.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// The items of a list, without their order.
fn set(value: &Value) -> BTreeSet<String> {
    list(value).iter().map(Value::to_string).collect()
}
